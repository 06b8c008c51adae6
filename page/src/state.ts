// What the page knows: the last reports, and what its user looks at. Numbers come from Python only.
import { batch, computed, signal } from "@preact/signals";
import type { Palette } from "./colours";
import type { Finder } from "./Find";
import { foundParameters } from "./network/find";
import type { Configuration, Curve, Frame, Report, Request, Setup, Timeline } from "./messages";
import { type Snapshot, snapshot } from "./network/shape";
import { Notices } from "./notices";
import { Place } from "./place";
import { Curves } from "./train/curves";
import { ThemeChoice } from "./theme";
import type { Arrival, Host } from "./wire";

/** A request as a view writes it; its id is given here. */
type Asked = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

/** The size that fits; styles/tokens.css has the limits. */
export type Tier = "phone" | "narrow" | "regular" | "roomy";

export type Tool = "choose" | "add" | "leave_out";

type Listener = (arrival: Arrival) => void;

export class Explorer {
  /** Why nothing can be asked of Python now; "" where it can. */
  readonly notNow = signal("");
  readonly setup = signal<Setup | undefined>(undefined);
  readonly frame = signal<Arrival<Frame> | undefined>(undefined);
  /** The last frame's numbers; undefined until there is one. */
  readonly shot = computed<Snapshot | undefined>(() => this.frame.value && snapshot(this.frame.value));
  /** Where in time the numbers are from: frames of the same moment hold the same numbers. */
  readonly moment = computed(() => this.frame.value && `${this.frame.value.report.branch}/${this.frame.value.report.step}`);
  readonly timeline = signal<Timeline | undefined>(undefined);
  readonly curves = new Curves();
  /** What is explored where it is an expression alone; "" where there is a network. */
  readonly expression = signal("");
  /** Whether the first numbers are still on their way. */
  readonly isWaiting = computed(() => !this.frame.value && !this.expression.value);
  readonly place = new Place((step, sample) => this.goTo(step, sample));
  readonly theme = new ThemeChoice();
  readonly notices = new Notices();
  readonly tier = signal<Tier>("regular");
  /** Colours for canvases; undefined until the frame is in the page. */
  readonly palette = signal<Palette | undefined>(undefined);
  /** What a click on the plane of the samples does, and the class of a sample that it adds. */
  readonly tool = signal<Tool>("choose");
  readonly newClass = signal(1);
  /** What the edges of the network show. */
  readonly edges = signal<"weight" | "gradient" | "update">("weight");
  /** Training steps a second; 0: as many as can be. */
  readonly speed = signal(10);
  /** Counts up when the field that finds shall take the focus. */
  readonly finding = signal(0);
  readonly finders: Finder[] = [(words) => foundParameters(this, words)];

  private readonly waiting = new Map<number, { done: Listener; failed: (error: Error) => void }>();
  private lastId = 0;
  /** Of each kind the latest that tells how things stand: until its frame has come, and until it is taken. */
  private readonly arriving = new Map<string, Arrival>();
  private readonly next = new Map<string, Arrival>();
  private draws = false;
  /** The configuration last asked for, until it is the setup's: further changes build on it. */
  private asked: { id: number; configuration: Configuration } | undefined;

  constructor(private readonly host: Host) {
    host.listen(
      (arrival) => this.take(arrival),
      (connected, why) => {
        this.notNow.value = connected ? "" : why;
        if (connected) this.send({ type: "hello" });
      },
    );
  }

  /** Sends a request that nothing needs to answer. */
  send(asked: Asked): number {
    const id = ++this.lastId;
    this.host.send({ ...asked, id } as Request);
    return id;
  }

  /** Sends a request and waits for the report that repeats its id. */
  ask<R extends Report>(asked: Asked): Promise<Arrival<R>> {
    return new Promise((done, failed) => {
      this.waiting.set(this.send(asked), { done: done as Listener, failed });
    });
  }

  /** The configuration as last asked for, which the setup may not yet have. */
  get configuration(): Configuration | undefined {
    return this.asked?.configuration ?? this.setup.value?.configuration;
  }

  /** Asks for another configuration: what is given changes, the rest stays. */
  configure(changed: Partial<Configuration>): void {
    if (!this.configuration) return;
    const configuration = { ...this.configuration, ...changed };
    this.asked = { id: this.send({ type: "configure", configuration }), configuration };
  }

  /** Train on, or stop. */
  turn(): void {
    const playing = this.frame.value?.report.playing ?? false;
    this.send(playing ? { type: "pause" } : { type: "play", speed: this.speed.value });
  }

  /** Asks for what an address names, where it is not shown already. */
  private goTo(step: number | undefined, sample: number | undefined): void {
    const frame = this.frame.value?.report;
    if (!frame) return;
    if (step !== undefined && step !== frame.step) this.send({ type: "seek", step });
    if (sample !== undefined && sample !== frame.sample.index) this.send({ type: "set_sample", index: sample });
  }

  private take(arrival: Arrival): void {
    const { report } = arrival;
    const waiting = "id" in report ? this.waiting.get(report.id) : undefined;
    if (waiting && "id" in report) {
      this.waiting.delete(report.id);
      if (report.type === "refused") waiting.failed(new Error(report.text));
      else waiting.done(arrival);
      return;
    }
    switch (report.type) {
      case "expression":
        this.expression.value = report.title;
        if (this.place.view.value === "train") this.place.view.value = "inside";
        break;
      case "refused":
        if (report.id === this.asked?.id) this.asked = undefined;
        this.notices.add(report.text);
        break;
      default:
        this.receive(arrival);
    }
  }

  /**
   * Keeps what tells how things stand until the frame that ends it, so that the page is drawn once.
   * While training the latest waits for the moment to draw; any other is shown at once.
   */
  private receive(arrival: Arrival): void {
    const { report } = arrival;
    this.arriving.set(report.type, arrival);
    if (report.type !== "frame") return;
    for (const [type, one] of this.arriving) this.next.set(type, one);
    this.arriving.clear();
    if (!report.playing) this.takeNext();
    if (this.draws) return;
    this.draws = true;
    requestAnimationFrame(() => {
      this.draws = false;
      this.takeNext();
      this.send({ type: "drawn", serial: this.frame.value?.report.serial ?? 0 });
    });
  }

  private takeNext(): void {
    batch(() => this.next.forEach((arrival) => this.stand(arrival)));
    this.next.clear();
  }

  private stand(arrival: Arrival): void {
    const { report } = arrival;
    switch (report.type) {
      case "setup":
        this.setup.value = report;
        if (same(report.configuration, this.asked?.configuration)) this.asked = undefined;
        break;
      case "timeline":
        this.timeline.value = report;
        break;
      case "curve":
        this.curves.take(arrival as Arrival<Curve>);
        break;
      case "frame":
        this.frame.value = arrival as Arrival<Frame>;
        this.curves.follow(report);
        this.place.reached(report.step, report.sample.index);
        break;
    }
  }
}

function same(one: Configuration, other: Configuration | undefined): boolean {
  const names = Object.keys(one) as (keyof Configuration)[];
  return other !== undefined && names.every((name) => String(one[name]) === String(other[name]));
}
