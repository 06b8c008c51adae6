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
  for (let row = 0; row + 1 < height; row++) {
    for (let column = 0; column + 1 < width; column++) {
      const i = row * width + column;
      const a = (values[i] ?? 0) - level;
      const b = (values[i + 1] ?? 0) - level;
      const c = (values[i + width + 1] ?? 0) - level;
      const d = (values[i + width] ?? 0) - level;
      if (a < 0 === b < 0 && b < 0 === c < 0 && c < 0 === d < 0) continue;
      let open = false;
      const meet = (crossed: boolean, across: number, down: number) => {
        if (!crossed) return;
        if (open) context.lineTo(x(column + across), y(row + down));
        else context.moveTo(x(column + across), y(row + down));
        open = !open;
      };
      meet(a < 0 !== b < 0, a / (a - b), 0);
      meet(b < 0 !== c < 0, 1, b / (b - c));
      meet(c < 0 !== d < 0, d / (d - c), 1);
      meet(d < 0 !== a < 0, 0, a / (a - d));
    }
  }
}
