// One number of an expression, or a neuron as a card: its name, its value, its gradient.
import type { Box } from "../messages";
import { number, signed } from "../numbers";
import type { Inside, Known } from "./state";
import { symbol } from "./words";

export function NodeBox({ inside, known, box }: { inside: Inside; known: Known; box: Box }) {
  const node = known.graph.nodes[box.node];
  if (!node) return null;
  const at = inside.selected.value === box.node;
  const there = inside.isVisited(box.node, false) || node.kind === "constant";
  const arrived = inside.isVisited(box.node, true);
  const following = known.visits[inside.cursor.value + 1];
  const isNext = !at && following?.node === box.node;
  const back = inside.visit.value?.back || inside.isComplete;
  const broken = typeof node.data === "string" || (arrived && typeof node.grad === "string");
  const pending = back ? !arrived && node.kind !== "constant" : !there;
  const classes = [
    "node",
    node.kind,
    at ? "current" : isNext ? "next" : pending ? "pending" : "",
    node.held ? "held" : "",
    broken ? "broken" : "",
    box.members.length ? "card" : "",
    box.height < 40 ? "rider" : "",
  ];
  const name = box.owner ? short(box.owner) : node.short;
  const says = `${node.name || symbol(node.op) || "number"}, value ${number(node.data, 4)}${arrived ? `, gradient ${signed(node.grad, 4)}` : ""}`;
  return (
    <div
      id={`node-${box.node}`}
      class={classes.filter(Boolean).join(" ")}
      role="treeitem"
      aria-label={says}
      aria-selected={at}
      title={node.name}
      style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` }}
      onClick={() => inside.select(box.node)}
      onDblClick={() => {
        inside.focus.value = box.node;
        inside.detail.value = "focus";
      }}
    >
      {node.kind === "constant" ? (
        <span class="node-value">{number(node.data, Number.isInteger(node.data) ? 0 : 3)}</span>
      ) : (
        <>
          <span class="node-title">
            {node.op && <i class="node-op">{symbol(node.op)}</i>}
            <span class="node-name">{name}</span>
          </span>
          <span class="node-value">{there ? signed(node.data, 3) : "…"}</span>
          {box.height >= 40 && <span class={arrived ? "node-grad" : "node-grad later"}>{arrived ? `∂ ${signed(node.grad, 4)}` : "∂ later"}</span>}
          {isNext && <span class="node-note">next</span>}
        </>
      )}
    </div>
  );
}

function short(owner: string): string {
  return /(\[\d+\])$/.exec(owner)?.[1] ?? owner;
}
