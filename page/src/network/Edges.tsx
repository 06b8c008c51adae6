// The edges' canvas: painted with each frame; a click chooses the weight under it.
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { largest } from "../HeatMap";
import type { Tier } from "../state";
import { fitted } from "../useSize";
import { edgeAt, edgesOf, paintEdges } from "./edgeShapes";
import type { PartProps } from "./Network";
import { inputName, neuronName, parameterPlace, parsed } from "./shape";

const WIDEST: Record<Tier, number> = { phone: 4, narrow: 6, regular: 7, roomy: 11 };

const UNSEEN = 0.1; // pixels by which a width may differ from what is painted
const CALM = 100; // milliseconds between two paintings while it trains: strokes take the longest of all

/** What was painted and when: all that it was made from, and each edge's share of the full width. */
interface Painted {
  at: number;
  parts: unknown[];
  shares: Float64Array;
}

function looksLike(one: Painted, other: Painted, by: number): boolean {
  return (
    one.parts.every((part, i) => part === other.parts[i]) &&
    one.shares.every((share, i) => Math.abs(share - (other.shares[i] ?? NaN)) < by)
  );
}

export function Edges({ explorer, shot, edges: values, faded, layers, size, layout }: PartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const edges = useMemo(() => edgesOf(layout, layers), [layout, layers]);
  const palette = explorer.palette.value;
  const part = parsed(explorer.place.at.value);
  const layer = part && layers[part.layer];
  const chosen = layer && part.input !== undefined ? parameterPlace(layer, part.neuron, part.input) : undefined;
  const painted = useRef<Painted>({ at: 0, parts: [], shares: new Float64Array() });
  useLayoutEffect(() => {
    if (!canvas.current || !palette) return;
    const full = largest(values);
    const widest = WIDEST[explorer.tier.value];
    const now = {
      at: performance.now(),
      parts: [edges, palette, size, chosen, faded, widest],
      shares: Float64Array.from(edges, ({ place }) => (values[place] ?? 0) / full),
    };
    const early = shot.frame.playing && now.at - painted.current.at < CALM;
    if (looksLike(now, painted.current, early ? Infinity : UNSEEN / widest)) return;
    painted.current = now;
    const context = fitted(canvas.current, size);
    if (!context) return;
    const dashes = matchMedia("(prefers-contrast: more)").matches;
    paintEdges(context, edges, { palette, values, full, widest, dashes, chosen, faded });
  });
  const under = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return edgeAt(edges, event.clientX - box.left, event.clientY - box.top);
  };
  return (
    <canvas
      ref={canvas}
      class="edges"
      aria-hidden="true"
      onPointerMove={(event) => (event.currentTarget.style.cursor = under(event) ? "pointer" : "")}
      onClick={(event) => {
        const edge = under(event);
        explorer.place.at.value = edge ? `${neuronName(edge.layer, edge.neuron)}.${inputName(edge.input)}` : "";
      }}
    />
  );
}
