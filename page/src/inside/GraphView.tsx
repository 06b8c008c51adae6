// The graph of an expression: boxes to press, edges that carry shares, a plane to drag and to zoom.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Box } from "../messages";
import { signClass, signed, value } from "../numbers";
import { type Size, useSize } from "../useSize";
import { GraphCanvas } from "./GraphCanvas";
import { NodeBox } from "./NodeBox";
import { type Spread, spread } from "./geometry";
import type { Inside, Known } from "./state";

const MOST_DRAWN = 400; // boxes; beyond, a canvas keeps up
const LEAST_SCALE = { phone: 0.92, narrow: 0.92, regular: 0.95, roomy: 1.3 };
const MOST_SCALE = { phone: 1, narrow: 1, regular: 1.15, roomy: 1.9 };
const PAD = 20;

export interface Looking {
  x: number;
  y: number;
  scale: number;
}

export function GraphView({ inside, known }: { inside: Inside; known: Known }) {
  const host = useRef<HTMLDivElement>(null);
  const room = useSize(host);
  const tier = inside.explorer.tier.value;
  const places = useMemo(() => {
    const { graph } = known;
    const fits = Math.min(room.width / (graph.width + 2 * PAD), room.height / (graph.height + 2 * PAD));
    const scale = Math.max(LEAST_SCALE[tier], Math.min(MOST_SCALE[tier], fits));
    const inner = { width: room.width / scale - 2 * PAD, height: room.height / scale - 2 * PAD };
    return { spread: spread(graph, inner), scale };
  }, [known, room, tier]);
  const [looking, setLooking] = useState<Looking | undefined>(undefined);
  const shape = `${known.graph.detail} ${known.graph.focus} ${known.graph.nodes.length} ${room.width} ${room.height}`;
  const selected = inside.selected.value;
  const box = places.spread.boxes[known.boxOf.get(selected) ?? -1];
  const first = useRef("");
  useLayoutEffect(() => {
    if (!room.width) return;
    const isNew = first.current !== shape;
    first.current = shape;
    setLooking((now) => (isNew || !now ? whole(places, room, box) : intoView(now, room, box)));
  }, [shape, box?.x, box?.y]);
  const drag = useDrag(looking, setLooking);
  const isLarge = known.graph.boxes.length > MOST_DRAWN;
  return (
    <div
      ref={host}
      class="graph"
      role="tree"
      tabIndex={0}
      aria-label={`Expression of ${known.graph.result || "the result"}`}
      aria-activedescendant={box ? `node-${selected}` : undefined}
      onKeyDown={(event) => walk(event, inside, known, places.spread)}
      {...drag}
    >
      {looking &&
        (isLarge ? (
          <GraphCanvas inside={inside} known={known} spread={places.spread} looking={looking} room={room} />
        ) : (
          <div
            class="graph-plane"
            style={{ transform: `translate(${looking.x}px, ${looking.y}px) scale(${looking.scale})` }}
          >
            <Edges inside={inside} known={known} spread={places.spread} />
            {places.spread.boxes.map((place) => (
              <NodeBox key={place.node} inside={inside} known={known} box={place} />
            ))}
            <Shares inside={inside} known={known} spread={places.spread} />
          </div>
        ))}
    </div>
  );
}

/** Shows all of it, or where it does not fit the part around a box. */
function whole(places: { spread: Spread; scale: number }, room: Size, box?: Box): Looking {
  const { spread: laid, scale } = places;
  const along = (size: number, available: number, at: number) => {
    if (size * scale <= available) return (available - size * scale) / 2;
    return Math.max(available - (size + PAD) * scale, Math.min(PAD * scale, available / 2 - at * scale));
  };
  return {
    x: along(laid.width, room.width, box ? box.x + box.width / 2 : 0),
    y: along(laid.height, room.height, box ? box.y + box.height / 2 : 0),
    scale,
  };
}

/** Moves no further than a box needs to be seen. */
function intoView(now: Looking, room: Size, box?: Box): Looking {
  if (!box) return now;
  const along = (at: number, from: number, length: number, available: number) => {
    const start = from * now.scale + at;
    const end = start + length * now.scale;
    if (start < PAD) return at + PAD - start;
    return end > available - PAD ? at - (end - available + PAD) : at;
  };
  const x = along(now.x, box.x, box.width, room.width);
  const y = along(now.y, box.y, box.height, room.height);
  return x === now.x && y === now.y ? now : { ...now, x, y };
}

function useDrag(looking: Looking | undefined, set: (looking: Looking) => void) {
  const held = useRef<{ x: number; y: number; from: Looking } | undefined>(undefined);
  return {
    onPointerDown: (event: PointerEvent) => {
      if (!looking || event.button !== 0 || (event.target as Element).closest(".node")) return;
      held.current = { x: event.clientX, y: event.clientY, from: looking };
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      if (!held.current) return;
      const { from, x, y } = held.current;
      set({ ...from, x: from.x + event.clientX - x, y: from.y + event.clientY - y });
    },
    onPointerUp: () => (held.current = undefined),
    onPointerCancel: () => (held.current = undefined),
    onWheel: (event: WheelEvent) => {
      if (!looking) return;
      event.preventDefault();
      if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        set({ ...looking, x: looking.x - event.deltaX });
        return;
      }
      const frame = (event.currentTarget as Element).getBoundingClientRect();
      const [px, py] = [event.clientX - frame.left, event.clientY - frame.top];
      const scale = Math.max(0.05, Math.min(3, looking.scale * Math.exp(-event.deltaY / 400)));
      const by = scale / looking.scale;
      set({ x: px - (px - looking.x) * by, y: py - (py - looking.y) * by, scale });
    },
  };
}

function Edges({ inside, known, spread: laid }: { inside: Inside; known: Known; spread: Spread }) {
  const { graph } = known;
  const at = inside.selected.value;
  const lit = inside.lit.value;
  const most = Math.max(
    1e-300,
    ...graph.wires.map((wire) => finite(Math.abs(value(graph.nodes[wire.reader]?.shares[wire.operand] ?? 0)))),
  );
  const pulse = inside.pulse.value;
  return (
    <svg class="graph-edges" width={laid.width} height={laid.height} aria-hidden="true">
      {graph.wires.map((wire, i) => {
        const node = graph.nodes[wire.reader];
        const share = node?.shares[wire.operand] ?? 0;
        const receives = node?.parents[wire.operand] ?? -1;
        const sent = inside.isVisited(graph.boxes[wire.head]?.node ?? -1, true);
        const here = receives === at && sent;
        const size = finite(Math.abs(value(share))) / most;
        const isLit = lit?.reader === wire.reader && lit.operand === wire.operand;
        const kind = sent ? `sent ${signClass(share)}` : "";
        return (
          <path
            key={i}
            class={`graph-edge ${kind} ${here ? "here" : ""} ${isLit ? "lit" : ""}`}
            d={laid.paths[i]}
            stroke-width={sent ? (1 + 7 * size).toFixed(2) : 1.25}
          />
        );
      })}
      {pulse > 0 &&
        graph.wires.map((wire, i) => {
          const share = graph.nodes[wire.reader]?.shares[wire.operand] ?? 0;
          const receives = graph.nodes[wire.reader]?.parents[wire.operand];
          if (receives !== at || !inside.visit.value?.back) return null;
          const size = finite(Math.abs(value(share))) / most;
          return (
            <circle
              key={`${pulse}-${i}`}
              class={`pulse ${signClass(share)}`}
              r={4 + 4 * size}
              style={{ offsetPath: `path("${laid.paths[i]}")` }}
            />
          );
        })}
    </svg>
  );
}

/** The numbers on the edges along which the node at hand gets its gradient. */
function Shares({ inside, known, spread: laid }: { inside: Inside; known: Known; spread: Spread }) {
  const { graph } = known;
  const at = inside.selected.value;
  const wires = graph.wires
    .map((wire, i) => ({ wire, i }))
    .filter(({ wire }) => graph.nodes[wire.reader]?.parents[wire.operand] === at)
    .filter(({ wire }) => inside.isVisited(graph.boxes[wire.head]?.node ?? -1, true));
  if (wires.length < 2 || wires.length > 16 || inside.explorer.tier.value === "phone") return null;
  return (
    <>
      {wires.map(({ wire, i }) => {
        const share = graph.nodes[wire.reader]?.shares[wire.operand] ?? 0;
        const [x, y] = laid.middles[i] ?? [0, 0];
        return (
          <span key={i} class={`share ${signClass(share)}`} style={{ left: `${x}px`, top: `${y}px` }} aria-hidden="true">
            {signed(share, 4)}
          </span>
        );
      })}
    </>
  );
}

function finite(x: number): number {
  return Number.isFinite(x) ? x : 0;
}

/** Arrows go to parents, readers, and the boxes above and below. */
function walk(event: KeyboardEvent, inside: Inside, known: Known, laid: Spread): void {
  const at = inside.selected.value;
  const to = WALKS[event.key]?.(at, known, laid);
  if (event.key === "Enter" && known.graph.detail === "cards") {
    event.preventDefault();
    inside.detail.value = "focus";
    inside.focus.value = at;
    return;
  }
  if (event.shiftKey || event.key.slice(0, 5) !== "Arrow") return;
  event.preventDefault();
  if (to !== undefined) inside.select(to);
}

function parentOf(node: number, known: Known): number | undefined {
  const at = known.boxOf.get(node);
  const wire = known.graph.wires.find((one) => one.head === at);
  return wire && known.graph.boxes[wire.tail]?.node;
}

function readerOf(node: number, known: Known): number | undefined {
  const at = known.boxOf.get(node);
  const wire = known.graph.wires.find((one) => one.tail === at);
  return wire && known.graph.boxes[wire.head]?.node;
}

function beside(node: number, known: Known, laid: Spread, down: boolean): number | undefined {
  const here = laid.boxes[known.boxOf.get(node) ?? -1];
  if (!here) return undefined;
  const column = laid.boxes
    .filter((box) => Math.abs(box.x + box.width / 2 - here.x - here.width / 2) < here.width / 2)
    .sort((a, b) => a.y - b.y);
  return column[column.indexOf(here) + (down ? 1 : -1)]?.node;
}

type Walk = (node: number, known: Known, laid: Spread) => number | undefined;

const above: Walk = (node, known, laid) => beside(node, known, laid, false);
const below: Walk = (node, known, laid) => beside(node, known, laid, true);

const WALKS: Record<string, Walk> = { ArrowLeft: parentOf, ArrowRight: readerOf, ArrowUp: above, ArrowDown: below };
