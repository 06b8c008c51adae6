// What the page knows: the last reports, and what its user looks at. Numbers come from Python only.
import { signal } from "@preact/signals";
import type { Finder } from "./Find";
import type { Frame, Report, Request, Setup } from "./messages";
import { Notices } from "./notices";
import { Place } from "./place";
import { ThemeChoice } from "./theme";
import type { Arrival, Host } from "./wire";

/** A request as a view writes it; its id is given here. */
type Asked = Request extends infer R ? (R extends Request ? Omit<R, "id"> : never) : never;

/** The size that fits; styles/tokens.css has the limits. */
export type Tier = "phone" | "narrow" | "regular" | "roomy";

type Listener = (arrival: Arrival) => void;

export class Explorer {
  /** Why nothing can be asked of Python now; "" where it can. */
  readonly notNow = signal("");
  readonly setup = signal<Setup | undefined>(undefined);
  readonly frame = signal<Arrival<Frame> | undefined>(undefined);
  readonly place = new Place();
  readonly theme = new ThemeChoice();
  readonly notices = new Notices();
  readonly tier = signal<Tier>("regular");
  /** Counts up when the field that finds shall take the focus. */
  readonly finding = signal(0);
  readonly finders: Finder[] = [];

  private readonly waiting = new Map<number, { done: Listener; failed: (error: Error) => void }>();
  private lastId = 0;

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
      case "setup":
        this.setup.value = report;
        break;
      case "frame":
        this.frame.value = arrival as Arrival<Frame>;
        requestAnimationFrame(() => this.send({ type: "drawn", serial: report.serial }));
        break;
      case "refused":
        this.notices.add(report.text);
        break;
    }
  }
}
