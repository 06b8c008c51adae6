// Where the cards of a network stand: columns, sizes that fit, the middle of wide layers folded.
import type { Tier } from "../state";

/** How much a card says, most last: its map; numbers beside; larger; bars of weights; a table. */
export type CardKind = "map" | "small" | "short" | "bars" | "table";

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Column {
  /** The places, in their layer, of the cards that are shown. */
  shown: number[];
  boxes: Box[];
  /** How many more there are, and the strip between the cards where that is said. */
  folded: number;
  fold: Box | undefined;
  x: number;
  w: number;
}

export interface Layout {
  kind: CardKind;
  /** Sides of the maps on neurons' cards and, as far as names leave room, on inputs' cards. */
  map: number;
  inputMap: number;
  /** Inputs first, then the layers. */
  columns: Column[];
  loss: Box | undefined;
}

interface CardSize {
  w: number;
  map: number;
  h: (rows: number) => number;
}

const SIZES: Record<CardKind, CardSize> = {
  map: { w: 40, map: 34, h: () => 40 },
  small: { w: 112, map: 40, h: () => 56 },
  short: { w: 150, map: 58, h: () => 74 },
  bars: { w: 150, map: 62, h: () => 99 },
  table: { w: 304, map: 112, h: (rows) => Math.max(166, 56 + 20 * (rows + 1)) },
};
const ROOMY: Partial<Record<CardKind, CardSize>> = {
  small: { w: 150, map: 52, h: () => 68 },
  short: { w: 186, map: 74, h: () => 92 },
  bars: { w: 186, map: 82, h: () => 130 },
};
const LARGEST: Record<Tier, CardKind[]> = {
  phone: ["map"],
  narrow: ["short", "small", "map"],
  regular: ["bars", "short", "small", "map"],
  roomy: ["table", "bars", "short", "small", "map"],
};
/** Of an input's card: its map, the height of its name below, and how wide a letter of that is. */
const INPUT: Record<Tier, { w: number; h: number; map: number; name: number; letter: number }> = {
  phone: { w: 34, h: 40, map: 28, name: 0, letter: 0 },
  narrow: { w: 46, h: 62, map: 36, name: 20, letter: 6.5 },
  regular: { w: 68, h: 88, map: 56, name: 22, letter: 6.5 },
  roomy: { w: 120, h: 148, map: 104, name: 26, letter: 7.7 },
};
const LOSS: Record<Tier, { w: number; h: number }> = {
  phone: { w: 0, h: 0 },
  narrow: { w: 0, h: 0 },
  regular: { w: 92, h: 78 },
  roomy: { w: 150, h: 112 },
};
const EDGES = 36; // pixels between two columns at least
const SPACE = 4; // pixels between two cards at least
const FOLD = 24; // height of the strip that says how many more
/** How low a card may become: until the middle of its layer is folded, and unfolded by hand. */
const LEAST = { folded: 26, unfolded: 8 };
const MOST_SHOWN = 12;

interface Wanted {
  tier: Tier;
  width: number;
  height: number;
  /** Height of the heads of the columns. */
  top: number;
  /** Cards of the inputs, then of each layer. */
  sizes: number[];
  /** Letters of the longest name of an input. */
  letters: number;
  /** For each column the places that stay when it is folded, the most important first. */
  ranked: (column: number) => number[];
  unfolded: ReadonlySet<number>;
}

export function layoutOf(wanted: Wanted): Layout {
  const { tier, width, height, top, sizes } = wanted;
  const room = height - top;
  const least = (wanted.unfolded.size ? LEAST.unfolded : LEAST.folded) + SPACE;
  const columns = sizes.map((size, c) => {
    if (size * least <= room && (size <= MOST_SHOWN || wanted.unfolded.has(c))) return shownOf(size, size);
    const fit = Math.max(1, Math.floor((room - FOLD) / least));
    const most = wanted.unfolded.has(c) ? fit : Math.min(MOST_SHOWN, fit);
    return shownOf(size, Math.min(most, size - 1), () => wanted.ranked(c));
  });
  const cardOf = (kind: CardKind) => (tier === "roomy" && ROOMY[kind]) || SIZES[kind];
  const input = INPUT[tier];
  const loss = LOSS[tier];
  const layers = columns.slice(1);
  const kind =
    LARGEST[tier].find((one) => {
      const { w, h } = cardOf(one);
      const tall = layers.every(
        ({ shown, folded }, l) =>
          shown.length * (h((sizes[l] ?? 0) + 1) + SPACE) + (folded ? FOLD : 0) <= room,
      );
      return tall && input.w + layers.length * (w + EDGES) + loss.w <= width;
    }) ?? "map";
  const card = cardOf(kind);
  const free = width - input.w - layers.length * (card.w + EDGES) - loss.w;
  const wide = input.w + Math.max(0, Math.min((2 / 3) * free, input.letter * wanted.letters + 10 - input.w));
  const widths = [wide, ...layers.map(() => card.w), ...(loss.w ? [loss.w] : [])];
  const left = lefts(widths, sizes, width);
  const placed = columns.map((column, c): Column => {
    const w = widths[c] ?? 0;
    const h = c === 0 ? input.h : card.h((sizes[c - 1] ?? 0) + 1);
    return { ...column, x: left[c] ?? 0, w, ...stacked(column, { x: left[c] ?? 0, w, h, top, room }) };
  });
  const output = placed.at(-1)?.boxes[0];
  const lossBox =
    loss.w && output
      ? { x: left.at(-1) ?? 0, y: middleOf(placed.at(-1)) - loss.h / 2, w: loss.w, h: loss.h }
      : undefined;
  const inputMap = Math.min(input.map, (placed[0]?.boxes[0]?.h ?? 0) - input.name - 8);
  return { kind, map: card.map, inputMap, columns: placed, loss: lossBox };
}

const all = (size: number) => Array.from({ length: size }, (_, i) => i);

function shownOf(size: number, most: number, ranked = () => all(size)): { shown: number[]; folded: number } {
  if (size <= most) return { shown: all(size), folded: 0 };
  const shown = ranked()
    .slice(0, most)
    .sort((a, b) => a - b);
  return { shown, folded: size - most };
}

/** Columns with more edges between them get more room. */
function lefts(widths: number[], sizes: number[], width: number): number[] {
  const wishes = widths.slice(1).map((_, i) => {
    const [from, to] = [sizes[i] ?? 1, sizes[i + 1]];
    return to === undefined ? 0.6 : 1 + Math.sqrt(Math.min(from, MOST_SHOWN) * Math.min(to, MOST_SHOWN)) / 4;
  });
  const free = width - widths.reduce((a, b) => a + b, 0);
  const unit = free / (wishes.reduce((a, b) => a + b, 0) || 1);
  let x = 0;
  return widths.map((w, i) => {
    const at = x;
    x += w + unit * (wishes[i] ?? 0);
    return at;
  });
}

interface Space {
  x: number;
  w: number;
  h: number;
  top: number;
  room: number;
}

function stacked({ shown, folded }: { shown: number[]; folded: number }, { x, w, h, top, room }: Space) {
  const n = shown.length;
  const fold = folded ? FOLD : 0;
  const height = Math.min(h, (room - fold) / n - SPACE);
  const most = h * 0.8;
  const space = n > 1 ? Math.min((room - fold - n * height) / (n - 1), most) : 0;
  let y = top + (room - fold - n * height - (n - 1) * space) / 2;
  let strip: Box | undefined;
  const boxes = shown.map((place, i): Box => {
    const box = { x, y, w, h: height };
    y += height + space;
    const gap = folded > 0 && !strip && ((shown[i + 1] ?? Infinity) > place + 1 || i === n - 1);
    if (gap) {
      strip = { x, y: y - space, w, h: fold + space };
      y += fold;
    }
    return box;
  });
  return { boxes, fold: strip };
}

function middleOf(column: Column | undefined): number {
  const [first, last] = [column?.boxes[0], column?.boxes.at(-1)];
  return first && last ? (first.y + last.y + last.h) / 2 : 0;
}
