// Lines of one height on a map: marching squares.

/** Where a row and a column of a map lie on the screen. */
export interface Place {
  x: (column: number) => number;
  y: (row: number) => number;
}

/** Adds the lines where the map crosses a level to the path of a context. */
export function contour(
  context: CanvasRenderingContext2D,
  values: Float32Array,
  [width, height]: [number, number],
  level: number,
  { x, y }: Place,
): void {
  const at = (column: number, row: number) => (values[row * width + column] ?? 0) - level;
  for (let row = 0; row + 1 < height; row++) {
    for (let column = 0; column + 1 < width; column++) {
      const corners: [number, number][] = [
        [column, row],
        [column + 1, row],
        [column + 1, row + 1],
        [column, row + 1],
      ];
      let open = false;
      corners.forEach(([c0, r0], i) => {
        const [c1, r1] = corners[(i + 1) % 4] ?? [c0, r0];
        const [a, b] = [at(c0, r0), at(c1, r1)];
        if ((a < 0) === (b < 0)) return;
        const t = a / (a - b);
        const [px, py] = [x(c0 + t * (c1 - c0)), y(r0 + t * (r1 - r0))];
        if (open) context.lineTo(px, py);
        else context.moveTo(px, py);
        open = !open;
      });
    }
  }
}

/** A map's number between its pixels, by the four around. */
export function between(values: Float32Array, [width, height]: [number, number], x: number, y: number): number {
  const [column, row] = [x * width - 0.5, y * height - 0.5];
  const [c, r] = [Math.floor(column), Math.floor(row)];
  const at = (i: number, j: number) =>
    values[Math.max(0, Math.min(height - 1, j)) * width + Math.max(0, Math.min(width - 1, i))] ?? 0;
  const mix = (a: number, b: number, t: number) => a + t * (b - a);
  const upper = mix(at(c, r), at(c + 1, r), column - c);
  return mix(upper, mix(at(c, r + 1), at(c + 1, r + 1), column - c), row - r);
}
