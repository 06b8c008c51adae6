// The plane that maps are drawn over: where a sample lies on it, and the inputs' own maps.
import type { Setup } from "../messages";

/** Where a sample lies, as shares of the sides from the top left. */
export function placeOnMap({ plane, inputs }: Setup, index: number): { x: number; y: number } | undefined {
  const point = inputs[index];
  if (!point) return undefined;
  const [left, right, bottom, top] = plane.bounds;
  const x = ((point[plane.x] ?? 0) - left) / (right - left);
  const y = plane.y === null ? 0.5 : (top - (point[plane.y] ?? 0)) / (top - bottom);
  return { x: clamped(x), y: clamped(y) };
}

function clamped(share: number): number {
  return Math.max(0, Math.min(1, share));
}

const SIDE = 16;

/** An input over the plane: it is the coordinate itself, or the number at which it is held. */
export function inputMap({ plane }: Setup, input: number) {
  const [left, right, bottom, top] = plane.bounds;
  const values = new Float32Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const held = plane.held[input] ?? 0;
      const across = left + ((right - left) * (column + 0.5)) / SIDE;
      const up = top - ((top - bottom) * (row + 0.5)) / SIDE;
      values[row * SIDE + column] = input === plane.x ? across : input === plane.y ? up : held;
    }
  }
  const scale = Math.max(...plane.bounds.map(Math.abs), 1e-6);
  return { values, width: SIDE, height: SIDE, scale };
}
