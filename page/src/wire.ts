// What travels between the page and Python, checked against the schema as it arrives.
import { PARTS, type Report, type Request } from "./messages";

/** A report with the buffers that its grids point to. */
export interface Arrival<R extends Report = Report> {
  report: R;
  buffers: ArrayBuffer[];
}

/** What carries messages: a socket, a notebook, or a record that plays back. */
export interface Host {
  send(request: Request): void;
  listen(arrived: (arrival: Arrival) => void, state: (connected: boolean, why: string) => void): void;
}

/** Says where and why something is not as it should be, as the end of a sentence; "" where it is. */
type Check = (x: unknown) => string;

const checks = new Map<string, Check>();

/** The name of the part for each type of report. */
const REPORTS = new Map<unknown, string>();
for (const [name, words] of Object.entries(PARTS)) {
  const type = /^type:'(\w+)/.exec(words);
  if (type) REPORTS.set(type[1], name);
}

/** Returns a report, or throws an Error that says where it is not as the schema says. */
function checked(message: unknown): Report {
  const type = (message as { type?: unknown } | null)?.type;
  const part = REPORTS.get(type);
  if (!part) throw new Error(`there is no report of type ${String(type)}`);
  const wrong = checkOf(part)(message);
  if (wrong) throw new Error(part + wrong);
  return message as Report;
}

/** Returns the check of a word; tools/make_messages.py says how words are written. */
function checkOf(word: string): Check {
  const known = checks.get(word);
  if (known) return known;
  // What refers to itself finds this one while its own is made.
  checks.set(word, (x) => checkOf(word)(x));
  const made = makeCheck(word);
  checks.set(word, made);
  return made;
}

const MANY = /^(.*)(?:\[(\d*)\]|\{\})$/;

function makeCheck(word: string): Check {
  const many = MANY.exec(word);
  if (many) return checkOfMany(checkOf(many[1] ?? ""), word.endsWith("]"), many[2] ?? "");
  const options = word.split("|");
  if (options.length > 1) return oneOf(options.map(checkOf), options);
  if (word.startsWith("'")) return (x) => (x === word.slice(1) ? "" : ` is ${String(x)}, not ${word.slice(1)}`);
  const simple = SIMPLE[word];
  if (simple) return (x) => (simple(x) ? "" : ` is ${String(x)}, not of type ${word}`);
  return checkOfPart(PARTS[word] ?? "");
}

const SIMPLE: Record<string, (x: unknown) => boolean> = {
  int: Number.isInteger,
  num: (x) => typeof x === "number",
  str: (x) => typeof x === "string",
  bool: (x) => typeof x === "boolean",
  null: (x) => x === null,
  Real: (x) => typeof x === "number" || x === "nan" || x === "inf" || x === "-inf",
};

function oneOf(options: Check[], names: string[]): Check {
  return (x) => (options.some((option) => !option(x)) ? "" : ` is ${String(x)}, not one of ${names.join(", ")}`);
}

function checkOfMany(inner: Check, list: boolean, length: string): Check {
  return (x) => {
    if (typeof x !== "object" || x === null || Array.isArray(x) !== list) return ` is no ${list ? "array" : "object"}`;
    if (length && (x as unknown[]).length !== Number(length)) return ` has not ${length} items`;
    for (const name in x) {
      const wrong = inner((x as Record<string, unknown>)[name]);
      if (wrong) return `[${name}]${wrong}`;
    }
    return "";
  };
}

function checkOfPart(words: string): Check {
  const fields = words.split(" ").map((field) => {
    const [name = "", word = ""] = field.split(":");
    return { name: name.replace("?", ""), optional: name.endsWith("?"), check: checkOf(word) };
  });
  return (x) => {
    if (typeof x !== "object" || x === null) return " is no object";
    for (const { name, optional, check } of fields) {
      const held = (x as Record<string, unknown>)[name];
      if (held === undefined && optional) continue;
      const wrong = held === undefined ? " is missing" : check(held);
      if (wrong) return `.${name}${wrong}`;
    }
    return "";
  };
}

/** Takes apart what `packed` in Python has put together. */
export function unpacked(bytes: ArrayBuffer): Arrival {
  const view = new DataView(bytes);
  const count = view.getUint32(0, true);
  let at = filled(4 * (count + 1));
  const parts: ArrayBuffer[] = [];
  for (let i = 1; i <= count; i++) {
    const length = view.getUint32(4 * i, true);
    parts.push(bytes.slice(at, at + length));
    at += filled(length);
  }
  const [head, ...buffers] = parts;
  if (!head) throw new Error("a message without parts");
  return { report: checked(JSON.parse(new TextDecoder().decode(head))), buffers };
}

function filled(length: number): number {
  return Math.ceil(length / 8) * 8;
}
