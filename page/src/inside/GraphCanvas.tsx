// A large graph on a canvas: only what is in sight is drawn, and words only where they can be read.
import { useLayoutEffect, useRef } from "preact/hooks";
import { number, signed, value } from "../numbers";
import type { Looking } from "./GraphView";
import type { Size, Spread } from "./geometry";
import type { Inside, Known } from "./state";
import { symbol } from "./words";

interface Props {
  inside: Inside;
  known: Known;
  spread: Spread;
  looking: Looking;
  room: Size;
}

const READABLE = 0.55; // the scale from which on words are drawn
const TOKENS = ["page", "raised", "line", "line-firm", "ink", "ink-2", "ink-3", "accent", "accent-soft", "pos", "neg", "alarm", "sunken"] as const;

export function GraphCanvas(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { inside, known, spread, looking } = props;
  void [inside.selected.value, inside.cursor.value, inside.explorer.theme.isDark];
  useLayoutEffect(() => {
    const asked = requestAnimationFrame(() => canvas.current && draw(canvas.current, props));
    return () => cancelAnimationFrame(asked);
  });
  const press = (event: MouseEvent) => {
    const frame = (event.currentTarget as Element).getBoundingClientRect();
    const x = (event.clientX - frame.left - looking.x) / looking.scale;
    const y = (event.clientY - frame.top - looking.y) / looking.scale;
    const found = spread.boxes.find((b) => x >= b.x && x <= b.x + b.width && y >= b.y && y <= b.y + b.height);
    if (found) inside.select(found.node);
  };
  const at = known.graph.nodes[inside.selected.value];
  return (
    <>
      <canvas ref={canvas} class="graph-canvas" onClick={press} aria-hidden="true" />
      {at && (
        <div class="unseen" role="treeitem" id={`node-${inside.selected.value}`} aria-selected="true">
          {`${at.name || symbol(at.op)}, value ${number(at.data, 4)}, gradient ${signed(at.grad, 4)}`}
        </div>
      )}
    </>
  );
}

const curves = new WeakMap<Spread, Path2D[]>();

function draw(canvas: HTMLCanvasElement, { inside, known, spread, looking, room }: Props): void {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(room.width * ratio), Math.round(room.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context) return;
  const colour = coloursOf(canvas, String(inside.explorer.theme.isDark));
  const { scale } = looking;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * looking.x, ratio * looking.y);
  const sight = { left: -looking.x / scale, top: -looking.y / scale, right: (room.width - looking.x) / scale, bottom: (room.height - looking.y) / scale };
  const paths = curves.get(spread) ?? spread.paths.map((path) => new Path2D(path));
  curves.set(spread, paths);
  const at = inside.selected.value;
  context.lineWidth = 1;
  known.graph.wires.forEach((wire, i) => {
    const [a, b] = [spread.boxes[wire.tail], spread.boxes[wire.head]];
    const path = paths[i];
    if (!a || !b || !path || Math.max(a.y, b.y) + 60 < sight.top || Math.min(a.y, b.y) > sight.bottom || a.x > sight.right || b.x + b.width < sight.left) return;
    const node = known.graph.nodes[wire.reader];
    const here = node?.parents[wire.operand] === at;
    const share = value(node?.shares[wire.operand] ?? 0);
    context.strokeStyle = (here ? (share < 0 ? colour["neg"] : colour["pos"]) : colour["line-firm"]) ?? "";
    context.globalAlpha = here ? 1 : 0.45;
    context.lineWidth = here ? 3 : 1;
    context.stroke(path);
  });
  context.globalAlpha = 1;
  context.textBaseline = "middle";
  for (const box of spread.boxes) {
    if (box.x > sight.right || box.x + box.width < sight.left || box.y > sight.bottom || box.y + box.height < sight.top) continue;
    const node = known.graph.nodes[box.node];
    if (!node) continue;
    const chosen = box.node === at;
    const seen = inside.isVisited(box.node, true);
    context.fillStyle = (chosen ? colour["accent-soft"] : node.kind === "input" ? colour["page"] : colour["raised"]) ?? "";
    context.strokeStyle = (typeof node.data === "string" ? colour["alarm"] : chosen ? colour["accent"] : colour["line-firm"]) ?? "";
    context.lineWidth = chosen ? 2.5 : 1;
    context.setLineDash(seen || node.kind === "constant" ? [] : [4, 3]);
    context.beginPath();
    context.roundRect(box.x, box.y, box.width, box.height, node.kind === "operation" ? 8 : 3);
    context.fill();
    context.stroke();
    context.setLineDash([]);
    if (scale < READABLE) continue;
    words(context, box.x, box.y, box.width, node.kind === "constant" ? "" : `${symbol(node.op)} ${node.short}`, number(node.data, 3), node.kind === "constant" || !seen ? "" : `∂ ${signed(node.grad, 4)}`, colour);
  }
}

const resolved = new Map<string, Record<string, string>>();

/** The tokens as a canvas understands them: a probe's colour, worked out once for each theme. */
function coloursOf(canvas: HTMLCanvasElement, theme: string): Record<string, string> {
  const known = resolved.get(theme);
  if (known) return known;
  const probe = canvas.parentElement?.appendChild(document.createElement("i"));
  if (!probe) return {};
  const found = Object.fromEntries(
    TOKENS.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  resolved.set(theme, found);
  return found;
}

function words(context: CanvasRenderingContext2D, x: number, y: number, width: number, title: string, data: string, grad: string, colour: Record<string, string>): void {
  context.textAlign = "left";
  context.font = "11px ui-monospace, monospace";
  context.fillStyle = colour["ink-2"] ?? "";
  if (title) context.fillText(title.slice(0, 18), x + 8, y + 17);
  context.font = "600 12px system-ui, sans-serif";
  context.fillStyle = colour["ink"] ?? "";
  context.fillText(data, x + 8, title ? y + 38 : y + 16);
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = colour["ink-2"] ?? "";
  context.textAlign = "right";
  context.fillText(grad, x + width - 8, y + 38);
}
