// Numbers over a plane as colour: minus, zero, plus.
import { useLayoutEffect, useRef } from "preact/hooks";
import { type Palette, rampPlace } from "./colours";

interface Props {
  values: Float32Array;
  width: number;
  height: number;
  palette: Palette | undefined;
  /** The size that has the full colour; by default the largest on the map. */
  scale?: number | undefined;
  /** For who cannot see it; without one it is decoration. */
  label?: string | undefined;
}

/** A canvas with a pixel for each number; its style sheet stretches it smoothly. */
export function HeatMap({ values, width, height, palette, scale, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context && palette) paint(context, values, palette.ramp, scale ?? largest(values));
  }, [values, width, height, palette, scale]);
  return (
    <canvas
      ref={canvas}
      class="heat"
      width={width}
      height={height}
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    />
  );
}

function paint(context: CanvasRenderingContext2D, values: Float32Array, ramp: Uint32Array, scale: number): void {
  const image = context.createImageData(context.canvas.width, context.canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const x = values[i] ?? NaN;
    pixels[i] = Number.isNaN(x) ? 0 : (ramp[rampPlace(x, scale)] ?? 0);
  }
  context.putImageData(image, 0, 0);
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
