// The node at hand: its value, why its gradient is what it is, what it passes on, questions.
import type { ComponentChildren } from "preact";
import { Button, NumberField } from "../controls";
import { Icon } from "../Icon";
import type { Node } from "../messages";
import { decimalsThatAdd, exact, number, signClass, signed, value } from "../numbers";
import { AnswerBox } from "./AnswerBox";
import { Formula, Name, Partial, Rule } from "./Formula";
import type { Arrival, Inside, Known } from "./state";
import { called, plural, spelt, symbol, written } from "./words";

export function NodePanel({ inside, known }: { inside: Inside; known: Known }) {
  const index = inside.selected.value;
  const node = known.graph.nodes[index];
  if (!node) return null;
  const there = inside.isVisited(index, false);
  const arrived = inside.isVisited(index, true);
  const decimals = decimalsOf(known, index);
  return (
    <>
      <section class="section">
        <div class="section-head">
          <h2 class="node-head">
            <code>{written(known.graph, node)}</code>
          </h2>
          {node.name && (
            <Button local kind="quiet" icon="pin" label="Pin" pressed={inside.pinned.value.includes(node.name)} onPress={() => inside.pin(node.name)} />
          )}
        </div>
        {node.name && node.name !== node.short && <code class="caption full-name">{node.name}</code>}
        <div class="bigpair">
          <div>
            <span class="caption">value</span>
            <div class="amount">
              {!there ? (
                "…"
              ) : node.kind === "constant" ? (
                number(node.data, 4)
              ) : (
                <Held inside={inside} index={index} node={node} />
              )}
            </div>
          </div>
          <div>
            <span class="caption">
              gradient, ∂{known.graph.result || "L"} / ∂{node.short || symbol(node.op)}
            </span>
            <div class={`amount ${arrived ? signClass(node.grad) : "muted"}`} title={arrived ? exact(node.grad) : ""}>
              {arrived ? signed(node.grad, decimals ?? 6) : "later"}
            </div>
          </div>
        </div>
        {node.held && (
          <div class="note-box">
            Held at {number(node.data, 4)}
            {node.kind === "operation" && ": nothing flows back through it"}.{" "}
            <Button kind="quiet" onPress={() => inside.hold(index, undefined)}>
              Let go
            </Button>
          </div>
        )}
      </section>
      {arrived && <Received inside={inside} known={known} index={index} node={node} decimals={decimals} />}
      {node.parents.length > 0 && !node.held && <PassedOn inside={inside} known={known} index={index} node={node} arrived={arrived} />}
      {arrived && <Check inside={inside} />}
      {inside.answer.value && <AnswerBox inside={inside} answer={inside.answer.value} />}
      <Questions inside={inside} known={known} index={index} node={node} />
    </>
  );
}

function decimalsOf(known: Known, index: number): number | undefined {
  const node = known.graph.nodes[index];
  const shares = (known.arrivals[index] ?? []).map((one) => shareOf(known, one));
  return node && shares.length ? decimalsThatAdd(shares, node.grad) : 4;
}

function shareOf(known: Known, { reader, operand }: Arrival) {
  return known.graph.nodes[reader]?.shares[operand] ?? 0;
}

function Held({ inside, index, node }: { inside: Inside; index: number; node: Node }) {
  if (typeof node.data === "string") return <span class="wrong">{node.data}</span>;
  return (
    <NumberField
      class="held-field"
      label={`Value of ${node.name || symbol(node.op)}`}
      value={node.data}
      decimals={4}
      plus
      step={0.01}
      onChange={(data) => inside.hold(index, data)}
    />
  );
}

interface Part {
  inside: Inside;
  known: Known;
  index: number;
  node: Node;
}

/** The shares that arrive, from whom, and that they add up. */
function Received({ inside, known, index, node, decimals }: Part & { decimals: number | undefined }) {
  const { graph } = known;
  const arrivals = known.arrivals[index] ?? [];
  const result = graph.result || "L";
  if (index === graph.nodes.length - 1) {
    return (
      <section class="section">
        <h2>Why this gradient?</h2>
        <p class="muted">Here the way back begins: {result} changes by 1 when {result} changes by 1.</p>
      </section>
    );
  }
  if (!arrivals.length) {
    return (
      <section class="section">
        <h2>Why this gradient?</h2>
        <p class="muted">Nothing that {result} was computed from reads it, so nothing comes back.</p>
      </section>
    );
  }
  const places = decimals ?? 6;
  const last = arrivals.at(-1);
  const most = Math.max(...arrivals.map((one) => Math.abs(value(shareOf(known, one)))).filter(Number.isFinite), 1e-300);
  const [k, by] = [<mi>k</mi>, <Name name={node.short || "this"} />];
  const m = <msub><mi>m</mi><mi>k</mi></msub>;
  const L = <Name name={result} />;
  const only = arrivals.length === 1 ? arrivals[0] : undefined;
  const products = arrivals.every((one) => graph.nodes[one.reader]?.row === "mul");
  return (
    <section class="section">
      <h2>Why this gradient?</h2>
      <p class="muted">
        {only
          ? `It is read once, by ${called(graph, only.reader)}, which sends back its own gradient times the slope there.`
          : `It is read ${arrivals.length === 2 ? "twice" : `${spelt(arrivals.length).toLowerCase()} times`}. Each reader sends back its own gradient times ${products ? "what it was multiplied by" : "its slope"}, and ${arrivals.length === 2 ? "both" : "all"} add up.`}
      </p>
      {!only && inside.explorer.tier.value !== "phone" && (
        <Formula>
          <Partial of={L} by={by} />
          <mo>=</mo>
          <munder><mo>∑</mo>{k}</munder>
          <Partial of={L} by={m} />
          <mo>·</mo>
          <Partial of={m} by={by} />
        </Formula>
      )}
      <table class="sums">
        <thead>
          <tr>
            <th scope="col">back from</th>
            <th scope="col">its ∂</th>
            <th scope="col">× slope</th>
            <th scope="col">= share</th>
            <td class="bar-cell" />
          </tr>
        </thead>
        <tbody>
          {arrivals.slice(0, 24).map((one) => (
            <Share key={`${one.reader}-${one.operand}`} inside={inside} known={known} one={one} places={places} most={most} />
          ))}
          {arrivals.length > 1 && (
            <tr class="total">
              <td>together{decimals === undefined && " ≈"}</td>
              <td />
              <td />
              <td class={signClass(node.grad)}>{signed(node.grad, places)}</td>
              <td class="bar-cell" />
            </tr>
          )}
        </tbody>
      </table>
      {!only && last && (
        <div class="note-box">
          They add because of <code>+=</code>. With <code>=</code> only the last to arrive would count:{" "}
          <b class="num">{signed(shareOf(known, last), places)}</b>.
        </div>
      )}
    </section>
  );
}

function Share({ inside, known, one, places, most }: { inside: Inside; known: Known; one: Arrival; places: number; most: number }) {
  const { graph } = known;
  const reader = graph.nodes[one.reader];
  const share = shareOf(known, one);
  const lit = inside.lit.value?.reader === one.reader && inside.lit.value.operand === one.operand;
  const size = Number.isFinite(value(share)) ? (23 * Math.abs(value(share))) / most : 0;
  return (
    <tr class={lit ? "on" : ""} onMouseEnter={() => (inside.lit.value = one)} onMouseLeave={() => (inside.lit.value = undefined)}>
      <td>
        <button type="button" class="node-link" title={reader?.name} onClick={() => inside.select(one.reader)} onFocus={() => (inside.lit.value = one)} onBlur={() => (inside.lit.value = undefined)}>
          <code>{called(graph, one.reader)}</code>
        </button>
      </td>
      <td>{signed(reader?.grad ?? 0, places)}</td>
      <td>{signed(reader?.partials[one.operand] ?? 0, places)}</td>
      <td class={signClass(share)} title={exact(share)}>{signed(share, places)}</td>
      <td class="bar-cell">
        <svg width="48" height="12" aria-hidden="true">
          <line x1="24" x2="24" y1="0" y2="12" stroke="var(--line-firm)" />
          <rect x={value(share) < 0 ? 24 - size : 24} width={size} y="2" height="8" rx="1.5" fill={value(share) < 0 ? "var(--neg)" : "var(--pos)"} />
        </svg>
      </td>
    </tr>
  );
}

/** What goes on to each parent: the rule of the table, with its numbers. */
function PassedOn({ known, index, node, arrived }: Part & { arrived: boolean }) {
  const { graph } = known;
  const [says] = graph.says[node.row] ?? ["Built by hand: what goes back is what your own function adds."];
  const result = <Name name={graph.result || "L"} />;
  const own = <Name name={node.short || symbol(node.op)} />;
  const names: Record<string, ComponentChildren> = { y: own };
  node.parents.forEach((parent, i) => {
    const drawn = graph.nodes[parent]?.kind === "constant" ? <mn>{called(graph, parent)}</mn> : <Name name={called(graph, parent)} />;
    names["abcdefgh"[i] ?? ""] = drawn;
    if (node.parents.length === 1) names["x"] = drawn;
  });
  const shown = node.parents
    .map((parent, operand) => ({ parent, operand }))
    .filter(({ parent }) => graph.nodes[parent]?.kind !== "constant")
    .slice(0, 3);
  if (!shown.length) return null;
  const to = shown.map(({ parent }) => called(graph, parent)).filter((one, i, all) => all.indexOf(one) === i).join(" and ");
  return (
    <section class="section">
      <h2>
        Next: through {symbol(node.op)} to <code>{to}</code>
      </h2>
      <p class="muted">{says}</p>
      {shown.map(({ parent, operand }) => {
        const share = node.shares[operand] ?? 0;
        const slope = node.partials[operand] ?? 0;
        const by = <Name name={called(graph, parent)} />;
        return (
          <div key={`${index}-${operand}`}>
          <Formula label={`to ${called(graph, parent)}: ${signed(node.grad, 4)} times ${signed(slope, 4)} is ${signed(share, 4)}`}>
            <Partial of={result} by={by} />
            <mo>{(known.arrivals[parent]?.length ?? 0) > 1 ? "+=" : "="}</mo>
            <Partial of={result} by={own} />
            <mo>·</mo>
            {node.rules[operand] ? <Rule text={node.rules[operand]} names={names} within /> : <Partial of={own} by={by} />}
          </Formula>
          {arrived && (
            <Formula>
              <mo>=</mo>
              <mn>{number(node.grad, 5)}</mn>
              <mo>×</mo>
              {value(slope) < 0 ? <mrow><mo>(</mo><mn>{number(slope, 4)}</mn><mo>)</mo></mrow> : <mn>{number(slope, 4)}</mn>}
              <mo>=</mo>
              <mn class={signClass(share)}>{number(share, 5)}</mn>
            </Formula>
          )}
          </div>
        );
      })}
    </section>
  );
}

function Check({ inside }: { inside: Inside }) {
  const check = inside.check.value;
  if (!check) return null;
  const agrees = !check.says.includes("does not");
  const [measured = 0, h = 0] = check.numbers;
  if (!Number.isFinite(value(measured))) {
    return <p class="finite muted">A finite difference cannot tell: it is {number(measured)} here.</p>;
  }
  return (
    <p class={`finite ${agrees ? "" : "wrong"}`}>
      <Icon name={agrees ? "check" : "cross"} />
      <span>
        A finite difference {agrees ? "agrees" : "does not agree"}: <b class="num">{signed(measured, 6)}</b>{" "}
        <span class="muted num">with h = {number(h, 0).replace(".0e", "e")}</span>
      </span>
    </p>
  );
}

function Questions({ inside, known, index, node }: Part) {
  const { graph } = known;
  const name = node.short || "this";
  const hasTanh = inside.five.value || "tanh" in graph.says;
  const open = () => {
    inside.explorer.place.at.value = node.name;
    inside.explorer.place.view.value = "why";
  };
  if (node.kind === "constant") return null;
  const isCard = graph.boxes.some((box) => box.node === index && box.members.length) || /out$|act$/.test(node.short);
  return (
    <div class="questions">
      {graph.broken >= 0 && (
        <Button kind="primary" onPress={() => void inside.ask("nan")}>
          Where did {String(graph.nodes[graph.broken]?.data)} begin?
        </Button>
      )}
      {node.name && (
        <Button local onPress={open}>
          By which paths?
        </Button>
      )}
      {node.kind === "operation" && <Button onPress={() => void inside.ask("neuron")}>What does it compute?</Button>}
      <Button pressed={node.held && node.data === 0} onPress={() => inside.hold(index, node.held && node.data === 0 ? undefined : 0)}>
        What if {name} = 0?
      </Button>
      {isCard && <Button onPress={() => void inside.ask("without")}>Without this neuron</Button>}
      {(isCard || (node.kind === "parameter" && node.short.endsWith("b"))) && <Button onPress={() => void inside.ask("bias")}>What does the bias do?</Button>}
      <Button onPress={() => void inside.ask("sweep")}>A smaller h</Button>
      <Button onPress={() => void inside.ask("second")}>Second derivative</Button>
      <Button onPress={() => void inside.ask("inputs")}>What moves {graph.result || "it"} most?</Button>
      {node.kind === "operation" && index !== graph.nodes.length - 1 && (
        <Button onPress={() => void inside.ask("movers")}>What moves {name} most?</Button>
      )}
      <Button onPress={() => void inside.ask("order")}>Why this order?</Button>
      {hasTanh && <Button onPress={() => void inside.ask("five")}>tanh: one step or five?</Button>}
      {hasTanh && (
        <Button pressed={inside.five.value} onPress={() => (inside.five.value = !inside.five.value)}>
          Show the five
        </Button>
      )}
      {inside.held.value.size > 0 && (
        <Button onPress={() => (inside.held.value = new Map())}>Undo {plural(inside.held.value.size, "change").toLowerCase()}</Button>
      )}
    </div>
  );
}
