// Two branches beside each other: which, at which step, and what Python says of them.
import { computed, effect, signal } from "@preact/signals";
import type { Branch, Compared } from "../messages";
import { mapsOf, numbersOf } from "../network/shape";
import type { Explorer } from "../state";
import type { Arrival } from "../wire";

const TICK = 100; // milliseconds between two answers while playing, at least

/** The answer with its buffers as arrays. */
export function unpacked({ report, buffers }: Arrival<Compared>) {
  const side = (history: Compared["original"]) => ({
    ...history,
    weights: numbersOf(history.weights, buffers),
    wrong: new Set(numbersOf(history.wrong, buffers)),
    maps: mapsOf(history.boundary, buffers),
    steps: Array.from(numbersOf(history.steps, buffers)),
    losses: Array.from(numbersOf(history.losses, buffers)),
  });
  return {
    report,
    original: side(report.original),
    changed: side(report.changed),
    differences: numbersOf(report.differences, buffers),
    difference: mapsOf(report.difference, buffers)[0] ?? new Float32Array(),
  };
}

export type Both = ReturnType<typeof unpacked>;
type Pair = [original: number, changed: number];

class Comparison {
  readonly both = signal<Both | undefined>(undefined);
  readonly trouble = signal("");
  readonly playing = signal(false);
  /** As chosen; by default the branch at hand and the one that it left. */
  readonly chosen = signal<Pair | undefined>(undefined);
  /** The step that is asked for; by default the last of either. */
  readonly step = signal<number | undefined>(undefined);
  readonly pair = computed<Pair | undefined>(() => this.pairOf());
  private running = false;
  private wanted = "";

  constructor(private readonly explorer: Explorer) {
    effect(() => this.follow());
  }

  choose(original: number, changed: number): void {
    this.step.value = undefined;
    this.chosen.value = [original, changed];
  }

  turn(): void {
    this.playing.value = !this.playing.value;
    if (this.playing.value) this.on();
  }

  /** Goes on by as many steps as the chosen speed makes in a tick. */
  private on(): void {
    const { speed, frame } = this.explorer;
    const by = speed.value ? Math.max(1, Math.round((speed.value * TICK) / 1000)) : (frame.value?.report.steps_per_epoch ?? 1);
    this.step.value = (this.both.value?.report.step ?? 0) + by;
  }

  private pairOf(): Pair | undefined {
    const timeline = this.explorer.timeline.value;
    const branches = timeline?.branches ?? [];
    if (!timeline || branches.length < 2) return undefined;
    const { value: chosen } = this.chosen;
    if (chosen?.every((number) => number < branches.length)) return chosen;
    const changed = branches[timeline.current]?.parent == null ? branches.length - 1 : timeline.current;
    return [branches[changed]?.parent ?? 0, changed];
  }

  private follow(): void {
    const { explorer } = this;
    const pair = this.pair.value;
    const branches = explorer.timeline.value?.branches;
    const shown = !explorer.notNow.value && explorer.place.view.value === "compare";
    const plane = explorer.setup.value?.plane;
    if (!shown) {
      this.running = this.playing.value = false;
      this.step.value = undefined;
      return;
    }
    if (!pair || !branches) return;
    const step = this.step.value ?? Math.max(...pair.map((number) => branches[number]?.last ?? 0));
    this.wanted = JSON.stringify([pair, step, plane, explorer.frame.value?.report.way]);
    if (!this.running) void this.fetch(pair, step);
  }

  private async fetch([original, changed]: Pair, step: number): Promise<void> {
    this.running = true;
    const { wanted } = this;
    const begun = performance.now();
    try {
      const both = unpacked(await this.explorer.ask<Compared>({ type: "compare", original, changed, step }));
      if (wanted === this.wanted) this.step.value = both.report.step;
      this.both.value = both;
      this.trouble.value = "";
      if (both.report.step < step) this.playing.value = false;
    } catch (error) {
      this.trouble.value = (error as Error).message;
      this.playing.value = false;
    }
    this.running = false;
    if (this.playing.value) {
      const { speed } = this.explorer;
      const pause = speed.value ? Math.max(TICK, 1000 / speed.value) : 0;
      setTimeout(() => this.playing.value && this.on(), Math.max(0, pause - (performance.now() - begun)));
    } else if (wanted !== this.wanted) this.follow();
  }
}

/** What a branch is called where one is chosen. */
export function nameOf(branch: Branch | undefined, number: number): string {
  return branch?.parent == null ? "first run" : `${number}: ${branch.change} at step ${branch.step}`;
}

const all = new WeakMap<Explorer, Comparison>();

export function comparisonOf(explorer: Explorer): Comparison {
  const found = all.get(explorer) ?? new Comparison(explorer);
  all.set(explorer, found);
  return found;
}
