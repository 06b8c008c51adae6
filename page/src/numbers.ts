// How numbers are written: one place for digits, signs and sums that add up.

/** A number as it travels: JSON has no nan and no infinity. */
export type Real = number | "nan" | "inf" | "-inf";

export const MINUS = "\u2212";
const MOST = 6; // decimals that a sum may be given so that it adds up

export function value(x: Real): number {
  return typeof x === "number" ? x : x === "nan" ? NaN : x === "inf" ? Infinity : -Infinity;
}

interface Style {
  /** A plus sign in front of what is above zero, where the sign matters. */
  plus?: boolean;
}

/**
 * Writes a number with so many decimals, a true minus, and a power of ten where the decimals
 * would hide it. An exact zero keeps its decimals; what rounds to zero without being it does not.
 */
export function number(real: Real, decimals = 3, { plus = false }: Style = {}): string {
  const x = value(real);
  if (Number.isNaN(x)) return "nan";
  const size = Math.abs(x);
  const sign = x < 0 ? MINUS : plus && x > 0 ? "+" : "";
  if (size === Infinity) return `${sign}inf`;
  return sign + digits(size, decimals);
}

function digits(size: number, decimals: number): string {
  const hidden = size !== 0 && Number(size.toFixed(decimals)) === 0;
  if (!hidden && size < 1e5) return size.toFixed(decimals);
  return size.toExponential(1).replace("e-", `e${MINUS}`).replace("e+", "e");
}

/** Writes a number with so many figures that count, and no zeros behind them. */
export function short(real: Real, figures: number): string {
  const x = value(real);
  const size = Math.abs(x);
  return size >= 1e-4 && size < 1e6 ? exact(Number(x.toPrecision(figures))) : number(x, 0);
}

/** Writes a number with its sign always in front: for weights, gradients, shares. */
export function signed(real: Real, decimals = 3): string {
  return number(real, decimals, { plus: true });
}

/** Writes a number in full, so that it reads back as the same one. */
export function exact(real: Real): string {
  const x = value(real);
  return Number.isFinite(x) ? String(x).replace("-", MINUS) : number(x);
}

/** Returns the class that gives a number the colour of its sign. */
export function signClass(real: Real): "pos" | "neg" | "wrong" | "" {
  const x = value(real);
  if (!Number.isFinite(x)) return "wrong";
  return x > 0 ? "pos" : x < 0 ? "neg" : "";
}

/**
 * Returns the fewest decimals, from `least` to 6, with which the terms as written add up to the
 * total as written; undefined where no number of decimals does, so that "≈" has to be said.
 */
export function decimalsThatAdd(terms: Real[], total: Real, least = 4): number | undefined {
  for (let decimals = least; decimals <= MOST; decimals++) {
    const written = (x: Real) => units(value(x), decimals);
    const sum = terms.reduce((so, term) => so + written(term), 0n);
    if (sum === written(total)) return decimals;
  }
  return undefined;
}

/** Returns a number as written with so many decimals, in units of the last one. */
function units(x: number, decimals: number): bigint {
  if (!Number.isFinite(x) || Math.abs(x) >= 1e21) return 0n;
  return BigInt(x.toFixed(decimals).replace(".", ""));
}

export function percent(share: number, decimals = 1): string {
  return `${number(100 * share, decimals)} %`;
}

/** Writes a count with its thousands apart. */
export function count(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Reads what somebody typed: a true minus, a comma for the point and e-notation are understood. */
export function read(text: string): number | undefined {
  const plain = text.trim().replace(MINUS, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  if (plain === "" || Number.isNaN(Number(plain))) return undefined;
  return Number(plain);
}
