// Numbers over a plane as colour: minus, zero, plus.
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Palette, rampPlace } from "./colours";

/** A number for each cell, row by row from the top. */
export interface Heat {
  values: Float32Array;
  width: number;
  height: number;
  /** The size that has the full colour; by default the largest on the map. */
  scale?: number | undefined;
}

interface Props extends Heat {
  palette: Palette | undefined;
  label: string;
}

/** A canvas with a pixel for each number; its style sheet stretches it smoothly. */
export function HeatMap({ palette, label, ...heat }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { values, width, height, scale } = heat;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && palette) putPixels(context, (pixels) => colour(pixels, heat, palette.ramp));
  }, [values, width, height, palette, scale]);
  return <canvas ref={canvas} class="heat" width={width} height={height} role="img" aria-label={label} />;
}

/** Gives each number its colour on a ramp; nan has none. */
export function colour(pixels: Uint32Array, { values, scale }: Heat, ramp: Uint32Array): void {
  const full = scale ?? largest(values);
  values.forEach((x, i) => (pixels[i] = Number.isNaN(x) ? 0 : (ramp[rampPlace(x, full)] ?? 0)));
}

function putPixels(context: CanvasRenderingContext2D, fill: (pixels: Uint32Array) => void): void {
  const image = context.createImageData(context.canvas.width, context.canvas.height);
  fill(new Uint32Array(image.data.buffer));
  context.putImageData(image, 0, 0);
}

let scratch: HTMLCanvasElement | undefined;

/** Returns a canvas with these pixels, to be drawn from at once: the next call takes it again. */
export function pixelled(width: number, height: number, fill: (pixels: Uint32Array) => void): HTMLCanvasElement {
  scratch ??= document.createElement("canvas");
  [scratch.width, scratch.height] = [width, height];
  const context = scratch.getContext("2d");
  if (context) putPixels(context, fill);
  return scratch;
}

/** The largest size among numbers, never zero. */
export function largest(values: ArrayLike<number>): number {
  let found = 1e-6;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i] ?? 0);
    if (size > found && size < Infinity) found = size;
  }
  return found;
}
