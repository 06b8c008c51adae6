// The plane of the samples on a canvas: the output as colour or curve, its zero line, the samples.
import { type Palette, rampPlace } from "../colours";
import { colour, pixelled } from "../HeatMap";
import type { Grid, Setup } from "../messages";
import type { Size } from "../useSize";
import { contour } from "./contour";
import { markOf, paintMark } from "./marks";

/** What is drawn of a frame. */
interface Picture {
  boundary: Float32Array[];
  /** The samples that are put in another class than theirs. */
  wrong: ReadonlySet<number>;
  frame: { boundary: Grid; sample: { index: number } };
}

export interface Spot {
  x: number;
  y: number;
}

/** Where samples lie in pixels, and back. */
interface Frame2D {
  toScreen: (index: number) => Spot;
  fromScreen: (spot: Spot) => { across: number; up: number };
}

/** With one input the height is the target, with two the second of them. */
export function frameOf(setup: Setup, shot: Picture, size: Size): Frame2D {
  const [left, right, ...heights] = setup.plane.bounds;
  const [bottom, top] = setup.plane.y === null ? rangeOf(setup, shot) : heights;
  const { plane, inputs, targets } = setup;
  return {
    toScreen: (index) => {
      const point = inputs[index] ?? [];
      const up = plane.y === null ? (targets[index] ?? 0) : (point[plane.y] ?? 0);
      return {
        x: (((point[plane.x] ?? 0) - left) / (right - left)) * size.width,
        y: ((top - up) / (top - bottom)) * size.height,
      };
    },
    fromScreen: ({ x, y }) => ({
      across: left + (x / size.width) * (right - left),
      up: top - (y / size.height) * (top - bottom),
    }),
  };
}

function rangeOf({ targets }: Setup, { boundary }: Picture): [number, number] {
  const all = [...targets, ...(boundary[0] ?? [])].filter(Number.isFinite);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const pad = 0.08 * (high - low || 1);
  return [low - pad, high + pad];
}

export interface Scene {
  setup: Setup;
  shot: Picture;
  palette: Palette;
  size: Size;
}

/** Paints all of it. */
export function paintPlane(context: CanvasRenderingContext2D, scene: Scene): void {
  paintGround(context, scene);
  paintSamples(context, scene);
}

/** Paints what the network makes of the plane: it changes with each step. */
export function paintGround(context: CanvasRenderingContext2D, scene: Scene): void {
  const { setup, shot, palette, size } = scene;
  const { width, height } = shot.frame.boundary;
  const [values] = shot.boundary;
  if (setup.plane.y === null) return paintCurve(context, scene);
  paintMap(context, scene);
  if (setup.task === "classes" || !values) return;
  const place = {
    x: (column: number) => ((column + 0.5) / width) * size.width,
    y: (row: number) => ((row + 0.5) / height) * size.height,
  };
  const draw = (level: number, token: string, wide: number, alpha: number) => {
    context.beginPath();
    contour(context, values, [width, height], level, place);
    context.strokeStyle = palette.colour(token);
    context.lineWidth = wide;
    context.globalAlpha = alpha;
    context.stroke();
    context.globalAlpha = 1;
  };
  context.lineJoin = context.lineCap = "round";
  if (setup.task === "binary") for (const level of [-0.6, 0.6]) draw(level, "--ink", 0.75, 0.3);
  draw(0, "--ink", setup.task === "binary" ? 1.75 : 1, 1);
}

function paintMap(context: CanvasRenderingContext2D, { setup, shot, palette, size }: Scene): void {
  const { width, height } = shot.frame.boundary;
  const [values] = shot.boundary;
  const scale = setup.task === "regression" ? undefined : 1;
  const map = pixelled(width, height, (pixels) => {
    if (setup.task === "classes") pixels.forEach((_, i) => (pixels[i] = classPixel(shot.boundary, i, palette)));
    else if (values) colour(pixels, { values, width, height, scale }, palette.ramp);
  });
  context.drawImage(map, 0, 0, size.width, size.height);
}

/** The likeliest class's colour, paler where it is less likely. */
function classPixel(maps: Float32Array[], i: number, palette: Palette): number {
  let best = 0;
  maps.forEach((map, c) => {
    if ((map[i] ?? 0) > (maps[best]?.[i] ?? 0)) best = c;
  });
  return palette.classRamp(best)[rampPlace(maps[best]?.[i] ?? 0, 1)] ?? 0;
}

function paintCurve(context: CanvasRenderingContext2D, { setup, shot, palette, size }: Scene): void {
  const [values] = shot.boundary;
  const [low, high] = rangeOf(setup, shot);
  if (!values) return;
  const y = (v: number) => ((high - v) / (high - low)) * size.height;
  context.strokeStyle = palette.colour("--line");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(size.width, y(0));
  context.stroke();
  context.beginPath();
  const wide = shot.frame.boundary.width;
  for (let i = 0; i < wide; i++) context.lineTo(((i + 0.5) / wide) * size.width, y(values[i] ?? 0));
  context.strokeStyle = palette.colour("--ink");
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.stroke();
}

/** Paints the samples, with a ring around that whose numbers are shown. */
export function paintSamples(context: CanvasRenderingContext2D, { setup, shot, palette, size }: Scene): void {
  const { toScreen } = frameOf(setup, shot, size);
  const r = Math.max(2.5, Math.min(5.5, size.width / 90) * (setup.inputs.length > 500 ? 0.7 : 1));
  const scale = Math.max(...setup.targets.map(Math.abs), 1e-6);
  setup.inputs.forEach((_, i) => {
    const { x, y } = toScreen(i);
    const target = setup.targets[i] ?? 0;
    const [held, out] = [setup.parts[i] === "held_out", setup.parts[i] === "left_out"];
    if (setup.task === "regression") {
      paintTarget(context, { x, y }, { r, palette, held, place: setup.plane.y === null ? undefined : rampPlace(target, scale) });
      return;
    }
    const wrong = !out && shot.wrong.has(i);
    paintMark(context, markOf(target, setup.classes.length), x, y, { palette, r, held, out, wrong });
  });
  ring(context, toScreen(shot.frame.sample.index), palette, r);
}

interface TargetLooks {
  r: number;
  palette: Palette;
  held: boolean;
  /** Of its target on the map's ramp; on a curve its height says it. */
  place: number | undefined;
}

function paintTarget(context: CanvasRenderingContext2D, { x, y }: Spot, { r, palette, held, place }: TargetLooks): void {
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
  const pixel = place === undefined ? undefined : palette.ramp[place];
  const [ink, surface] = [palette.colour("--ink-2"), palette.colour("--surface")];
  context.fillStyle = pixel === undefined ? (held ? surface : ink) : css(pixel);
  context.fill();
  context.lineWidth = 1.25;
  context.strokeStyle = pixel === undefined && !held ? surface : ink;
  if (held) context.setLineDash([2, 2]);
  context.stroke();
  context.setLineDash([]);
}

function css(pixel: number): string {
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}

function ring(context: CanvasRenderingContext2D, { x, y }: Spot, palette: Palette, r: number): void {
  for (const [token, wide] of [["--surface", 5], ["--accent", 2.5]] as const) {
    context.beginPath();
    context.arc(x, y, r + 5, 0, 2 * Math.PI);
    context.lineWidth = wide;
    context.strokeStyle = palette.colour(token);
    context.stroke();
  }
}

/** Paints the crosshair of who moves it by keys. */
export function paintCross(context: CanvasRenderingContext2D, { x, y }: Spot, { size, palette }: Scene): void {
  context.strokeStyle = palette.colour("--accent");
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, size.height);
  context.moveTo(0, y);
  context.lineTo(size.width, y);
  context.stroke();
}
