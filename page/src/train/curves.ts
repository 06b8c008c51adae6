// The losses of the branch of time at hand: as reported, and the frames that came since.
import { signal } from "@preact/signals";
import type { Curve, Frame } from "../messages";
import { numbersOf } from "../network/shape";
import { value } from "../numbers";
import type { Arrival } from "../wire";

/** One row for each step that is kept; held_out is nan where nothing is held out. */
export interface Losses {
  steps: number[];
  batch: number[];
  training: number[];
  heldOut: number[];
}

const NONE: Losses = { steps: [], batch: [], training: [], heldOut: [] };
const MOST = 4000; // rows until every other one goes: the page's memory stays bounded

export class Curves {
  readonly shown = signal<Losses>(NONE);
  private branch = -1;

  /** Takes what Python kept of a branch. */
  take({ report, buffers }: Arrival<Curve>): void {
    const read = (numbers: Curve["steps"]) => Array.from(numbersOf(numbers, buffers));
    this.branch = report.branch;
    this.shown.value = {
      steps: read(report.steps),
      batch: read(report.batch),
      training: read(report.training),
      heldOut: read(report.held_out),
    };
  }

  /** Adds a frame that goes beyond what is there. */
  follow(frame: Frame): void {
    const { steps, batch, training, heldOut } = this.shown.value;
    if (frame.branch !== this.branch || frame.step <= (steps.at(-1) ?? -1)) return;
    const grown: Losses = {
      steps: [...steps, frame.step],
      batch: [...batch, value(frame.loss)],
      training: [...training, value(frame.training.loss)],
      heldOut: [...heldOut, frame.held_out ? value(frame.held_out.loss) : NaN],
    };
    this.shown.value = grown.steps.length > MOST ? thinned(grown) : grown;
  }
}

function thinned({ steps, batch, training, heldOut }: Losses): Losses {
  const other = <T>(rows: T[]) => rows.filter((_, i) => i % 2 === 0 || i === rows.length - 1);
  return { steps: other(steps), batch: other(batch), training: other(training), heldOut: other(heldOut) };
}

/** Index of the last row at or before a step; -1 if none is. */
export function rowAt(steps: number[], step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle] ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
