// Why a gradient is what it is: the report for the parameter that is chosen, asked for as things change.
import { effect, signal } from "@preact/signals";
import { parsed } from "../network/shape";
import type { Because, Explain, Explained, Why } from "../messages";
import type { Explorer } from "../state";
import { insideOf } from "../inside/state";

type Wish = Omit<Why, "id"> | Omit<Explain, "id">;

class Reasons {
  readonly because = signal<Because | undefined>(undefined);
  readonly explained = signal<Explained | undefined>(undefined);
  readonly all = signal(true);
  readonly trouble = signal("");
  private running = false;
  private wanted = "";

  constructor(private readonly explorer: Explorer) {
    effect(() => this.follow());
  }

  private follow(): void {
    const { explorer } = this;
    const shot = explorer.shot.value;
    void [shot?.frame.step, shot?.frame.branch];
    const sample = this.all.value ? -1 : explorer.place.sample.value;
    const parameter = this.parameter();
    const about = explorer.place.about.value;
    if (explorer.notNow.value) this.running = false;
    if (explorer.notNow.value || explorer.place.view.value !== "why") return;
    if (about === "gradient" ? !parameter : shot?.frame.playing) return;
    const asked: Wish = about === "gradient" ? { type: "why", parameter, sample } : { type: "explain", about };
    this.wanted = JSON.stringify([asked, shot?.frame.step, shot?.frame.branch, shot?.frame.way]);
    if (!this.running) void this.fetch(asked);
  }

  /** What is chosen; of a neuron its bias; where nothing is, the parameter of the largest gradient. */
  private parameter(): string {
    const { explorer } = this;
    const at = explorer.place.at.value;
    const setup = explorer.setup.value;
    if (!setup) {
      const graph = insideOf(explorer).known.value?.graph;
      return at || (graph?.nodes.find((node) => node.kind !== "operation" && node.name)?.name ?? "");
    }
    const part = parsed(at);
    if (part) return part.input === undefined ? `${at}.b` : at;
    const gradients = explorer.shot.value?.gradients ?? [];
    let largest = 0;
    gradients.forEach((gradient, i) => {
      if (Math.abs(gradient) > Math.abs(gradients[largest] ?? 0)) largest = i;
    });
    return setup.parameters[largest] ?? "";
  }

  private async fetch(asked: Wish): Promise<void> {
    this.running = true;
    const wanted = this.wanted;
    if (asked.type === "explain" && this.explained.peek()?.about !== asked.about) this.explained.value = undefined;
    try {
      const { report } = await this.explorer.ask<Because | Explained>(asked);
      if (report.type === "because") this.because.value = report;
      else this.explained.value = report;
      this.trouble.value = "";
    } catch (error) {
      this.trouble.value = (error as Error).message;
    }
    this.running = false;
    if (wanted !== this.wanted) this.follow();
  }
}

const all = new WeakMap<Explorer, Reasons>();

export function reasonsOf(explorer: Explorer): Reasons {
  const found = all.get(explorer) ?? new Reasons(explorer);
  all.set(explorer, found);
  return found;
}
