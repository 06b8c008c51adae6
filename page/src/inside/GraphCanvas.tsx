// A large graph on a canvas: only what is in sight is drawn, and words only where they can be read.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Palette } from "../colours";
import { number, signed, value } from "../numbers";
import { fitted, type Size } from "../useSize";
import type { Looking } from "./GraphView";
import type { Spread } from "./geometry";
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

export function GraphCanvas(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { inside, known, spread, looking } = props;
  const palette = inside.explorer.palette.value;
  void [inside.selected.value, inside.cursor.value];
  useLayoutEffect(() => {
    const asked = requestAnimationFrame(() => canvas.current && palette && draw(canvas.current, palette, props));
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

function draw(canvas: HTMLCanvasElement, { colour }: Palette, { inside, known, spread, looking, room }: Props): void {
  const context = fitted(canvas, room);
  if (!context) return;
  const { scale } = looking;
  context.translate(looking.x, looking.y);
  context.scale(scale, scale);
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
    context.strokeStyle = colour(here ? (share < 0 ? "--neg" : "--pos") : "--line-firm");
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
    context.fillStyle = colour(chosen ? "--accent-soft" : node.kind === "input" ? "--page" : "--raised");
    context.strokeStyle = colour(typeof node.data === "string" ? "--alarm" : chosen ? "--accent" : "--line-firm");
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

function words(context: CanvasRenderingContext2D, x: number, y: number, width: number, title: string, data: string, grad: string, colour: Palette["colour"]): void {
  context.textAlign = "left";
  context.font = "11px ui-monospace, monospace";
  context.fillStyle = colour("--ink-2");
  if (title) context.fillText(title.slice(0, 18), x + 8, y + 17);
  context.font = "600 12px system-ui, sans-serif";
  context.fillStyle = colour("--ink");
  context.fillText(data, x + 8, title ? y + 38 : y + 16);
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = colour("--ink-2");
  context.textAlign = "right";
  context.fillText(grad, x + width - 8, y + 38);
}
