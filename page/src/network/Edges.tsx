// The edges' canvas: painted with each frame; a click chooses the weight under it.
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { largest } from "../HeatMap";
import type { Tier } from "../state";
import { fitted } from "../useSize";
import { edgeAt, edgesOf, paintEdges } from "./edgeShapes";
import type { PartProps } from "./Network";
import { inputName, neuronName, parameterPlace, parsed } from "./shape";

const WIDEST: Record<Tier, number> = { phone: 4, narrow: 6, regular: 7, roomy: 11 };

export function Edges({ explorer, edges: values, faded, layers, size, layout }: PartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const edges = useMemo(() => edgesOf(layout, layers), [layout, layers]);
  const palette = explorer.palette.value;
  const part = parsed(explorer.place.at.value);
  const layer = part && layers[part.layer];
  const chosen = layer && part.input !== undefined ? parameterPlace(layer, part.neuron, part.input) : undefined;
  useLayoutEffect(() => {
    const context = canvas.current && fitted(canvas.current, size);
    if (!context || !palette) return;
    const full = largest(values);
    const widest = WIDEST[explorer.tier.value];
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
