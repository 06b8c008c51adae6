// Colours for what is drawn on canvas: the tokens as the theme has them, and the map's ramp.

/** The colours of one theme. */
export interface Palette {
  /** A token as CSS writes it: colour("--pos"). */
  colour: (token: string) => string;
  /** 256 colours from minus through zero to plus, as ImageData holds them. */
  ramp: Uint32Array;
  /** A ramp from zero to a class's own colour. */
  classRamp: (index: number) => Uint32Array;
}

export const CLASSES = 6; // tokens --class-0 to --class-5; further classes begin again

type Triple = [number, number, number];

/** Reads the colours that an element inherits. */
export function paletteOf(element: HTMLElement): Palette {
  const known = new Map<string, string>();
  const colour = (token: string) => {
    const found = known.get(token) ?? resolved(element, token);
    known.set(token, found);
    return found;
  };
  const lab = (token: string) => toOklab(triple(colour(token)));
  const [minus, zero, plus] = [lab("--map-neg"), lab("--map-zero"), lab("--map-pos")];
  const ramps = new Map<number, Uint32Array>();
  const classRamp = (index: number) => {
    const at = index % CLASSES;
    const found = ramps.get(at) ?? rampThrough(zero, zero, mixed(zero, lab(`--class-${at}`), 0.6));
    ramps.set(at, found);
    return found;
  };
  return { colour, ramp: rampThrough(minus, zero, plus), classRamp };
}

function resolved(element: HTMLElement, token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function triple(css: string): Triple {
  const [r = 0, g = 0, b = 0] = (css.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

/** Mixed in OKLab, so that equal steps look equal. */
function rampThrough(minus: Triple, zero: Triple, plus: Triple): Uint32Array {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let i = 0; i < 256; i++) {
    const t = i / 127.5 - 1;
    bytes.set([...fromOklab(mixed(zero, t < 0 ? minus : plus, Math.abs(t))), 255], 4 * i);
  }
  return new Uint32Array(bytes.buffer);
}

function mixed(from: Triple, to: Triple, share: number): Triple {
  return from.map((x, i) => x + share * ((to[i] ?? 0) - x)) as Triple;
}

// OKLab by Bjorn Ottosson (2020), https://bottosson.github.io/posts/oklab
function toOklab(srgb: Triple): Triple {
  const [r, g, b] = srgb.map((x) => {
    const share = x / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Triple;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((x) => 255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055)) as Triple;
}

/** Returns the place on a ramp of a number between -scale and scale. */
export function rampPlace(x: number, scale: number): number {
  return Math.max(0, Math.min(255, Math.round(127.5 * (1 + x / scale))));
}
