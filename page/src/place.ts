// What its user looks at: it survives a change of view and stands in the address.
import { effect, signal } from "@preact/signals";
import type { Explain } from "./messages";

type About = Explain["about"] | "gradient";

export class Place {
  readonly view = signal("train");
  /** Number of the sample that is shown. */
  readonly sample = signal(0);
  /** The number chosen, by its name in Python: layers[1].neurons[1].w[2]; "" for none. */
  readonly at = signal("");
  /** What Why is about. */
  readonly about = signal<About>("gradient");
  /** The training step that is shown; undefined before the first report. */
  readonly step = signal<number | undefined>(undefined);

  /** What an address asked for, until the first report has come. */
  private wanted: { step: number | undefined; sample: number | undefined } | undefined;

  /** `ask` brings a step and a sample that an address names. */
  constructor(private readonly ask: (step: number | undefined, sample: number | undefined) => void) {}

  /** Returns the part of an address that leads here. */
  get hash(): string {
    const parts = [`view=${this.view.value}`];
    if (this.step.value !== undefined) parts.push(`step=${this.step.value}`);
    parts.push(`sample=${this.sample.value}`);
    if (this.about.value !== "gradient") parts.push(`about=${this.about.value}`);
    if (this.at.value) parts.push(`at=${this.at.value}`);
    return `#${parts.join("&")}`;
  }

  /** Goes where an address leads; what it does not name stays. */
  go(hash: string): void {
    const given = new URLSearchParams(hash.replace(/^#/, ""));
    this.view.value = given.get("view") ?? this.view.value;
    this.at.value = given.get("at") ?? this.at.value;
    this.about.value = (given.get("about") as About | null) ?? "gradient";
    this.wanted = { step: whole(given.get("step")), sample: whole(given.get("sample")) };
    if (this.step.value !== undefined) this.fetch();
  }

  /** Takes down what a report shows; the first one is the time to ask for what the address names. */
  reached(step: number, sample: number): void {
    this.step.value = step;
    this.sample.value = sample;
    this.fetch();
  }

  private fetch(): void {
    const { wanted } = this;
    this.wanted = undefined;
    if (wanted) this.ask(wanted.step, wanted.sample);
  }
}

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const CALM = 250; // milliseconds: browsers limit how often an address may change

/** Keeps a place and the window's address the same: for the page that is all the explorer's own. */
export function followAddress(place: Place): () => void {
  const take = () => place.go(location.hash);
  take();
  addEventListener("hashchange", take);
  let view = place.view.value;
  let waiting = 0;
  const stop = effect(() => {
    const { hash } = place;
    clearTimeout(waiting);
    if (place.view.value !== view) {
      view = place.view.value;
      if (location.hash !== hash) history.pushState(null, "", hash);
    } else {
      waiting = setTimeout(() => history.replaceState(null, "", hash), CALM);
    }
  });
  return () => {
    removeEventListener("hashchange", take);
    clearTimeout(waiting);
    stop();
  };
}
