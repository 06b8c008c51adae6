// What went wrong and what to know: said at the foot of the view, and to who listens.
import { signal } from "@preact/signals";

interface Notice {
  id: number;
  text: string;
  /** Something is wrong, rather than good to know. */
  bad: boolean;
  /** One way on. */
  way?: { title: string; run: () => void };
}

const MOST = 3;

export class Notices {
  readonly shown = signal<Notice[]>([]);
  /** What a screen reader says next, when it has time. */
  readonly spoken = signal("");
  private lastId = 0;

  /** Shows a notice until it is dismissed; one that says the same takes its place. */
  add(text: string, rest: Partial<Omit<Notice, "id" | "text">> = {}): void {
    const others = this.shown.value.filter((notice) => notice.text !== text);
    this.shown.value = [...others, { id: ++this.lastId, text, bad: true, ...rest }].slice(-MOST);
  }

  dismiss(id: number): void {
    this.shown.value = this.shown.value.filter((notice) => notice.id !== id);
  }

  say(text: string): void {
    this.spoken.value = text;
  }
}
