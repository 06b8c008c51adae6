// Small pictures of the data sets, drawn from their formulas. They show shapes, not the samples.
type Dot = [x: number, y: number, plus: boolean];

const POINTS = 34;

/** Shares that fill 0 to 1 evenly without a visible pattern (the golden ratio's multiples). */
const even = (i: number) => (i * 0.6180339887) % 1;
const shaken = (i: number, size: number) => (even(7 * i + 3) - 0.5) * size;

const moon = (i: number, noise: number): Dot => {
  const [turn, up] = [Math.PI * even(i), i % 2 === 0];
  const [x, y] = up ? [Math.cos(turn) - 0.5, Math.sin(turn) - 0.25] : [0.5 - Math.cos(turn), 0.25 - Math.sin(turn)];
  return [x / 1.6 + shaken(i, noise), y / 1.3 + shaken(i + 9, noise), up];
};

const SHAPES: Record<string, (i: number) => Dot> = {
  moons: (i) => moon(i, 0.14),
  demo_moons: (i) => moon(i, 0.04),
  lecture: (i) => [i & 1 ? 0.5 : -0.5, i & 2 ? 0.5 : -0.5, (i & 1) === ((i >> 1) & 1)],
  circles: (i) => {
    const [turn, inner] = [2 * Math.PI * even(i), i % 2 === 0];
    const radius = (inner ? 0.36 : 0.86) + shaken(i, 0.1);
    return [radius * Math.cos(turn), radius * Math.sin(turn), inner];
  },
  xor: (i) => {
    const [x, y] = [2 * even(i) - 1, 2 * even(13 * i + 5) - 1];
    const apart = (v: number) => 0.82 * v + 0.12 * Math.sign(v);
    return [apart(x), apart(y), x * y > 0];
  },
  spirals: (i) => {
    const [share, plus] = [0.15 + 0.85 * even(i), i % 2 === 0];
    const turn = 1.7 * Math.PI * share + (plus ? 0 : Math.PI);
    return [0.9 * share * Math.cos(turn), 0.9 * share * Math.sin(turn), plus];
  },
  blobs: (i) => {
    const [turn, plus] = [2 * Math.PI * even(i), i % 2 === 0];
    const [radius, to] = [0.42 * Math.sqrt(even(5 * i + 2)), plus ? 0.45 : -0.45];
    return [to + radius * Math.cos(turn), to + radius * Math.sin(turn), plus];
  },
};


/** Whether a data set is one that comes with glassgrad, rather than a user's table. */
export const isPictured = (name: string) => name in SHAPES;

export function DataPicture({ name }: { name: string }) {
  const shape = SHAPES[name];
  return (
    <svg viewBox="0 0 44 44" aria-hidden="true">
      {shape ? (
        Array.from({ length: POINTS }, (_, i) => {
          const [x, y, plus] = shape(i + 1);
          return <circle key={i} cx={22 + 18 * x} cy={22 - 18 * y} r="1.5" fill={plus ? "var(--pos)" : "var(--neg)"} />;
        })
      ) : (
        <path d="M8 12h28v20H8zM8 19h28M18 12v20M27 12v20" fill="none" stroke="var(--ink-3)" stroke-width="1.5" />
      )}
    </svg>
  );
}
