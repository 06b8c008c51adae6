// The edges of a network on a canvas: width and colour say size and sign.
import type { Palette } from "../colours";
import type { Column, Layout } from "./layout";
import { type Layer, parameterPlace } from "./shape";

export interface Edge {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  /** The weight's place among the parameters, and where it stands in the network. */
  place: number;
  layer: number;
  neuron: number;
  input: number;
}

/** The edges between the cards that are shown; each enters its card at the height of its weight. */
export function edgesOf({ columns }: Layout, layers: Layer[]): Edge[] {
  return layers.flatMap((layer, l) => {
    const [from, to] = [columns[l], columns[l + 1]];
    if (!from || !to) return [];
    return to.shown.flatMap((neuron, n) => between(from, to, n, { layer, neuron }));
  });
}

function between(from: Column, to: Column, n: number, end: { layer: Layer; neuron: number }): Edge[] {
  const card = to.boxes[n];
  if (!card) return [];
  const { layer, neuron } = end;
  const pad = card.h * 0.16;
  const last = from.shown.length - 1;
  return from.boxes.map((box, i) => {
    const input = from.shown[i] ?? 0;
    return {
      x1: box.x + box.w,
      y1: box.y + box.h / 2,
      x2: card.x,
      y2: card.y + pad + (card.h - 2 * pad) * (last > 0 ? i / last : 0.5),
      place: parameterPlace(layer, neuron, input),
      layer: layer.index,
      neuron,
      input,
    };
  });
}

interface EdgeStyle {
  palette: Palette;
  /** What each parameter's edge shows, and the number that has the full width. */
  values: ArrayLike<number>;
  full: number;
  widest: number;
  /** Minus is dashed too, so that sign shows without colour. */
  dashes: boolean;
  chosen: number | undefined;
  /** Edges that are not at issue, drawn thin and grey. */
  faded?: ((place: number) => boolean) | undefined;
}

/** Paints the edges, small ones first. */
export function paintEdges(context: CanvasRenderingContext2D, edges: Edge[], style: EdgeStyle): void {
  const { palette, values, full } = style;
  const sized = edges.map((edge) => {
    const x = values[edge.place] ?? 0;
    const faded = style.faded?.(edge.place) ?? false;
    return { edge, x, faded, share: Math.min(1, Math.abs(x) / full || 0) };
  });
  sized.sort((a, b) => Number(b.faded) - Number(a.faded) || a.share - b.share);
  context.lineCap = "round";
  for (const { edge, x, faded, share } of sized) {
    const wrong = !Number.isFinite(x);
    const token = wrong ? "--alarm" : faded ? "--line-firm" : x < 0 ? "--neg" : "--pos";
    context.strokeStyle = palette.colour(token);
    context.globalAlpha = wrong ? 1 : faded ? 0.35 : 0.28 + 0.72 * share;
    context.lineWidth = wrong ? 1.5 : faded ? 0.75 : 0.6 + style.widest * share ** 0.9;
    context.setLineDash(style.dashes && x < 0 && !faded ? [7, 4] : []);
    trace(context, edge);
  }
  context.setLineDash([]);
  const chosen = sized.find(({ edge }) => edge.place === style.chosen);
  if (chosen) mark(context, chosen.edge, palette, 0.6 + style.widest * chosen.share ** 0.9);
  context.globalAlpha = 1;
}

function trace(context: CanvasRenderingContext2D, { x1, y1, x2, y2 }: Edge): void {
  const middle = (x1 + x2) / 2;
  context.beginPath();
  context.moveTo(x1, y1);
  context.bezierCurveTo(middle, y1, middle, y2, x2, y2);
  context.stroke();
}

function mark(context: CanvasRenderingContext2D, edge: Edge, palette: Palette, width: number): void {
  context.strokeStyle = palette.colour("--accent");
  context.globalAlpha = 0.3;
  context.lineWidth = width + 8;
  trace(context, edge);
  context.globalAlpha = 1;
  const [x, y] = [(edge.x1 + edge.x2) / 2, (edge.y1 + edge.y2) / 2];
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.fillStyle = palette.colour("--accent");
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = palette.colour("--surface");
  context.stroke();
}

const NEAR = 7; // pixels beside an edge that still mean it

/** The edge nearest to a point, if one is near. */
export function edgeAt(edges: Edge[], x: number, y: number): Edge | undefined {
  let best: Edge | undefined;
  let least = NEAR;
  for (const edge of edges) {
    if (x < edge.x1 || x > edge.x2) continue;
    const distance = distanceTo(edge, x, y);
    if (distance < least) [best, least] = [edge, distance];
  }
  return best;
}

/** Distance across the curve at x: its height there by bisection, then by its slope. */
function distanceTo({ x1, y1, x2, y2 }: Edge, x: number, y: number): number {
  const share = (x - x1) / (x2 - x1 || 1);
  let [low, high] = [0, 1];
  for (let i = 0; i < 12; i++) {
    const t = (low + high) / 2;
    if (1.5 * t - 1.5 * t * t + t ** 3 < share) low = t;
    else high = t;
  }
  const t = (low + high) / 2;
  const height = y1 + (y2 - y1) * (3 * t * t - 2 * t ** 3);
  const rise = (y2 - y1) * (6 * t - 6 * t * t);
  const run = (x2 - x1) * (1.5 - 3 * t + 3 * t * t);
  return Math.abs(y - height) * (run / Math.hypot(run, rise) || 0);
}
