// How a sample is drawn: a shape and a colour for its class, hollow when held out.
import { CLASSES, type Palette } from "../colours";

type Draw = (context: CanvasRenderingContext2D, x: number, y: number, r: number) => void;

const polygon =
  (corners: [number, number][]): Draw =>
  (context, x, y, r) => {
    context.beginPath();
    for (const [dx, dy] of corners) context.lineTo(x + r * dx, y + r * dy);
    context.closePath();
  };

const circle: Draw = (context, x, y, r) => {
  context.beginPath();
  context.arc(x, y, r, 0, 2 * Math.PI);
};
const diamond = polygon([[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]]); // prettier-ignore
const triangle = polygon([[0, -1.25], [1.15, 0.8], [-1.15, 0.8]]); // prettier-ignore
const square = polygon([[-0.92, -0.92], [0.92, -0.92], [0.92, 0.92], [-0.92, 0.92]]); // prettier-ignore
const turned = polygon([[0, 1.25], [1.15, -0.8], [-1.15, -0.8]]); // prettier-ignore
const hexagon = polygon([[-1.1, 0], [-0.55, -0.95], [0.55, -0.95], [1.1, 0], [0.55, 0.95], [-0.55, 0.95]]); // prettier-ignore
const SHAPES: Draw[] = [circle, diamond, triangle, square, turned, hexagon];

interface Mark {
  token: string;
  shape: Draw;
}

/** Two classes: plus is a blue circle, minus a vermillion diamond. More have colours of their own. */
export function markOf(label: number, classes: number): Mark {
  if (classes <= 2) return label > 0 ? { token: "--pos", shape: circle } : { token: "--neg", shape: diamond };
  const place = Math.abs(Math.round(label)) % CLASSES;
  return { token: `--class-${place}`, shape: SHAPES[place] ?? circle };
}

interface Looks {
  palette: Palette;
  r: number;
  held: boolean;
  out: boolean;
  wrong: boolean;
}

export function paintMark(context: CanvasRenderingContext2D, mark: Mark, x: number, y: number, looks: Looks): void {
  const { palette, r, held, out, wrong } = looks;
  const colour = palette.colour(mark.token);
  context.globalAlpha = out ? 0.45 : 1;
  mark.shape(context, x, y, r);
  context.fillStyle = held || out ? palette.colour("--surface") : colour;
  context.fill();
  context.lineWidth = wrong ? 2 : held || out ? 1.75 : 1;
  context.strokeStyle = wrong ? palette.colour("--ink") : held || out ? colour : palette.colour("--surface");
  context.stroke();
  if (out) {
    context.beginPath();
    context.moveTo(x - r, y - r);
    context.lineTo(x + r, y + r);
    context.stroke();
  }
  context.globalAlpha = 1;
}
