// Rules as mathematics: the text of a partial, `1 - y ** 2`, becomes MathML with the nodes' own names.
import type { ComponentChildren, JSX } from "preact";

type Names = Record<string, ComponentChildren>;

type Drawn = JSX.Element;

export function Formula({ children, label }: { children: ComponentChildren; label?: string }) {
  return (
    <div class="formula">
      <math display="block" aria-label={label}>
        <mrow>{children}</mrow>
      </math>
    </div>
  );
}

/** A name of Python in a formula: `w[0]` gets an index, others stand as they are. */
export function Name({ name }: { name: string }) {
  const found = /^([A-Za-z]\w*?)_?(?:\[(\w+)\]|(\d+))$/.exec(name);
  if (found?.[1]) {
    return (
      <msub>
        <mi>{found[1]}</mi>
        <mn>{found[2] ?? found[3]}</mn>
      </msub>
    );
  }
  return /^[A-Za-z]\w*$/.test(name) ? <mi>{name}</mi> : <mtext>{name}</mtext>;
}

export function Partial({ of, by }: { of: ComponentChildren; by: ComponentChildren }) {
  return (
    <mfrac>
      <mrow>
        <mo>∂</mo>
        {of}
      </mrow>
      <mrow>
        <mo>∂</mo>
        {by}
      </mrow>
    </mfrac>
  );
}

/** The text of a rule as MathML, its letters replaced by what they stand for. */
export function Rule({ text, names, within = false }: { text: string; names: Names; within?: boolean }) {
  try {
    const reader = new Reader(text, names);
    const drawn = reader.sum();
    const sums = reader.loose;
    return within && sums ? <Brackets>{drawn}</Brackets> : drawn;
  } catch {
    return <mtext>{text}</mtext>;
  }
}

function Brackets({ children }: { children: ComponentChildren }) {
  return (
    <mrow>
      <mo>(</mo>
      {children}
      <mo>)</mo>
    </mrow>
  );
}

const TOKEN = /\s*(\*\*|[-+*/(),]|[A-Za-z_]\w*|\d[\d.]*(?:e[-+]?\d+)?)/y;

/** Reads sums, products, powers and calls by descent; rules are short, so it never goes deep. */
class Reader {
  /** Whether the outermost thing is a sum, or begins with a sign. */
  loose = false;
  private readonly tokens: string[] = [];
  private at = 0;

  constructor(text: string, private readonly names: Names) {
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const found = TOKEN.exec(text);
      if (!found?.[1]) throw new Error(text);
      this.tokens.push(found[1]);
    }
  }

  sum(): Drawn {
    let left = this.product();
    while (this.peek("+") || this.peek("-")) {
      const sign = this.next() === "-" ? "−" : "+";
      const right = this.product();
      left = <mrow>{left}<mo>{sign}</mo>{right}</mrow>;
      this.loose = true;
    }
    return left;
  }

  private product(): Drawn {
    if (this.peek("-")) {
      this.next();
      const inner = this.product();
      this.loose = true;
      return <mrow><mo>−</mo>{inner}</mrow>;
    }
    let left = this.power();
    while (this.peek("*") || this.peek("/")) {
      const divides = this.next() === "/";
      const right = this.power();
      left = divides ? <mfrac>{left}{right}</mfrac> : <mrow>{left}<mo>·</mo>{right}</mrow>;
    }
    return left;
  }

  private power(): Drawn {
    const base = this.atom();
    if (!this.peek("**")) return base;
    this.next();
    const loose = this.loose;
    const exponent = this.peek("(") ? this.inBrackets() : this.power();
    this.loose = loose;
    return <msup>{base}{exponent}</msup>;
  }

  private atom(): Drawn {
    if (this.peek("(")) return <Brackets>{this.inBrackets()}</Brackets>;
    const token = this.next();
    if (/^\d/.test(token)) return <mn>{token}</mn>;
    if (!this.peek("(")) return <mrow>{this.names[token] ?? <mi>{token}</mi>}</mrow>;
    this.next();
    const loose = this.loose;
    const given = [this.sum()];
    while (this.peek(",")) {
      this.next();
      given.push(<mo>,</mo>, this.sum());
    }
    this.expect(")");
    this.loose = loose;
    return token === "sqrt" ? <msqrt>{given}</msqrt> : <mrow><mi>{token}</mi><mo>(</mo>{given}<mo>)</mo></mrow>;
  }

  private inBrackets(): Drawn {
    this.expect("(");
    const loose = this.loose;
    const inner = this.sum();
    this.loose = loose;
    this.expect(")");
    return inner;
  }

  private peek(token: string): boolean {
    return this.tokens[this.at] === token;
  }

  private next(): string {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Error("a rule that ends too early");
    return token;
  }

  private expect(token: string): void {
    if (this.next() !== token) throw new Error(`a rule without ${token}`);
  }
}
