// Numbers over a plane as colour: minus, zero, plus.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Grid } from "./messages";

interface Props {
  grid: Grid;
  buffers: ArrayBuffer[];
  label: string;
}

export function HeatMap({ grid, buffers, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const target = canvas.current;
    const buffer = buffers[grid.buffer];
    if (target && buffer) paint(target, grid, new Float32Array(buffer));
  });
  return (
    <canvas ref={canvas} class="heat" width={grid.width} height={grid.height} role="img" aria-label={label} />
  );
}

function paint(canvas: HTMLCanvasElement, grid: Grid, numbers: Float32Array): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(grid.width, grid.height);
  numbers.forEach((x, i) => {
    const share = Math.max(-1, Math.min(1, x));
    const end = share < 0 ? [238, 157, 102] : [108, 176, 218];
    [247, 247, 244].forEach((zero, c) => {
      image.data[4 * i + c] = zero + ((end[c] ?? 0) - zero) * Math.abs(share);
    });
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}
