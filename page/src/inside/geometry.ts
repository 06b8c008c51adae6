// Where boxes and edges stand on the stage: Python's layout, stretched to the room there is.
import type { Box, Graph, Wire } from "../messages";
import type { Size } from "../useSize";

export interface Spread {
  boxes: Box[];
  /** The path of each edge, from the value to its reader. */
  paths: string[];
  /** Where the number of each edge stands. */
  middles: [number, number][];
  width: number;
  height: number;
}

const LEAST_X = 0.92; // boxes come nearer to each other before any is out of sight
const MOST_X = 1.9;
const MOST_Y = 1.6;

/** Spreads the boxes over a room; they keep their sizes. */
export function spread(graph: Graph, room: Size): Spread {
  const widest = Math.max(1, ...graph.boxes.map((box) => box.width));
  const tallest = Math.max(1, ...graph.boxes.map((box) => box.height));
  const x = stretch(graph.width, widest, room.width, LEAST_X, MOST_X);
  const y = stretch(graph.height, tallest, room.height, 1, MOST_Y);
  const boxes = graph.boxes.map((box) => ({
    ...box,
    x: x(box.x + box.width / 2) - box.width / 2,
    y: y(box.y + box.height / 2) - box.height / 2,
  }));
  const corners = graph.wires.map((wire) => cornersOf(wire, graph, boxes, x, y));
  return {
    boxes,
    paths: corners.map(pathOf),
    middles: corners.map(middleOf),
    width: x(graph.width - widest / 2) + widest / 2,
    height: y(graph.height - tallest / 2) + tallest / 2,
  };
}

function stretch(size: number, box: number, room: number, least: number, most: number): (at: number) => number {
  const by = size > box ? Math.max(least, Math.min(most, (room - box) / (size - box))) : 1;
  return (at) => (at - box / 2) * by + box / 2;
}

type Point = [number, number];

function cornersOf(wire: Wire, graph: Graph, boxes: Box[], x: (at: number) => number, y: (at: number) => number): Point[] {
  const tail = boxes[wire.tail];
  const head = boxes[wire.head];
  const was = graph.boxes[wire.head];
  const last = wire.points.at(-1);
  if (!tail || !head || !was || !last) return [];
  if (wire.points.length === 2) {
    const middle = head.x + head.width / 2;
    return [[middle, tail.y + tail.height], [middle, head.y]]; // what rides on its reader
  }
  const port = last[1] - (was.y + was.height / 2);
  const inner: Point[] = [];
  for (let i = 2; i + 1 < wire.points.length - 2; i += 2) {
    const [a, b] = [wire.points[i], wire.points[i + 1]];
    if (a && b) inner.push([x((a[0] + b[0]) / 2), y((a[1] + b[1]) / 2)]);
  }
  return [
    [tail.x + tail.width, tail.y + tail.height / 2],
    ...inner,
    [head.x, head.y + head.height / 2 + port],
  ];
}

function pathOf(corners: Point[]): string {
  return corners
    .map(([x, y], i) => {
      const before = corners[i - 1];
      if (!before) return `M${x.toFixed(1)},${y.toFixed(1)}`;
      const middle = ((before[0] + x) / 2).toFixed(1);
      return `C${middle},${before[1].toFixed(1)} ${middle},${y.toFixed(1)} ${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join("");
}

function middleOf(corners: Point[]): Point {
  const from = corners.at(-2);
  const to = corners.at(-1);
  if (!from || !to) return [0, 0];
  const t = 0.5;
  return [from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * (3 * t * t - 2 * t ** 3)];
}
