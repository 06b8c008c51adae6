// The maps of a column of cards, on one canvas over them: a canvas costs a browser more than its pixels.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Palette } from "../colours";
import { colour, type Heat, pixelled } from "../HeatMap";
import { fitted } from "../useSize";
import type { Box, Layout } from "./layout";

interface Props {
  /** Holds the cards, where elements of the class card-plane leave room for the maps, in their order. */
  cards: { current: HTMLElement | null };
  column: number;
  layout: Layout;
  /** All of one size. */
  maps: Heat[];
  /** Where the sample lies on each, as shares of its sides from the top left. */
  here: { x: number; y: number } | undefined;
  palette: Palette | undefined;
}

export function Maps({ cards, column, layout, maps, here, palette }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [squares, setSquares] = useState<Box[]>([]);
  useLayoutEffect(() => {
    if (cards.current) setSquares(squaresIn(cards.current, column));
  }, [layout, maps.length]);
  const around = boxAround(squares);
  useLayoutEffect(() => {
    if (!canvas.current || !palette || squares.length !== maps.length) return;
    const context = fitted(canvas.current, { width: around.w, height: around.h });
    if (!context) return;
    context.translate(-around.x, -around.y);
    paintMaps(context, squares, maps, palette);
    if (here) for (const { x, y, w } of squares) paintHere(context, x + w * here.x, y + w * here.y, palette);
  }, [squares, maps, here?.x, here?.y, palette]);
  return (
    <canvas
      ref={canvas}
      class="maps"
      aria-hidden="true"
      style={{ left: `${around.x}px`, top: `${around.y}px`, width: `${around.w}px`, height: `${around.h}px` }}
    />
  );
}

function squaresIn(cards: HTMLElement, column: number): Box[] {
  const origin = cards.getBoundingClientRect();
  return Array.from(cards.querySelectorAll(`.card-plane[data-column="${column}"]`), (plane) => {
    const { left, top, width, height } = plane.getBoundingClientRect();
    return { x: left - origin.left, y: top - origin.top, w: width, h: height };
  });
}

const RIM = 4; // pixels that the mark of the sample may stand out

function boxAround(squares: Box[]): Box {
  const [first, last] = [squares[0], squares.at(-1)];
  if (!first || !last) return { x: 0, y: 0, w: 0, h: 0 };
  const { x, y, w } = first;
  return { x: x - RIM, y: y - RIM, w: w + 2 * RIM, h: last.y + last.h - y + 2 * RIM };
}

function paintMaps(context: CanvasRenderingContext2D, squares: Box[], maps: Heat[], { ramp }: Palette): void {
  const { width = 0, height = 0 } = maps[0] ?? {};
  const size = width * height;
  const pixels = pixelled(width, height * maps.length, (all) =>
    maps.forEach((map, i) => colour(all.subarray(i * size, (i + 1) * size), map, ramp)),
  );
  context.save();
  context.beginPath();
  for (const { x, y, w, h } of squares) context.roundRect(x, y, w, h, 5);
  context.clip();
  squares.forEach(({ x, y, w, h }, i) => context.drawImage(pixels, 0, i * height, width, height, x, y, w, h));
  context.restore();
}

function paintHere(context: CanvasRenderingContext2D, x: number, y: number, { colour }: Palette): void {
  context.beginPath();
  context.arc(x, y, 2.75, 0, 2 * Math.PI);
  context.fillStyle = colour("--surface");
  context.fill();
  context.strokeStyle = colour("--ink");
  context.lineWidth = 1.5;
  context.stroke();
}
