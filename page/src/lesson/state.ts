// The lessons: which there are, the one that is open, and what its reader has filled in.
import { signal } from "@preact/signals";
import type { Filled, Lesson, LessonHead, Lessons } from "../messages";
import type { Explorer } from "../state";

/** What the reader gave as a node's gradient, and what came of it. */
export interface Attempt {
  text: string;
  judged?: Filled;
}

export class Course {
  readonly heads = signal<LessonHead[]>([]);
  readonly lesson = signal<Lesson | undefined>(undefined);
  readonly attempts = signal<ReadonlyMap<number, Attempt>>(new Map());
  /** The node whose wrong answer is explained. */
  readonly explained = signal<number | undefined>(undefined);
  readonly read = signal<ReadonlySet<string>>(new Set());
  private given: number[] = [];
  private asked = 0;

  constructor(private readonly explorer: Explorer) {
    void this.begin();
  }

  get index(): number {
    return this.heads.value.findIndex((head) => head.name === this.lesson.value?.name);
  }

  /** Opens a lesson from its start. */
  open(name: string): void {
    this.given = [];
    this.attempts.value = new Map();
    this.explained.value = undefined;
    void this.load(name);
  }

  /** Changes an argument of the open lesson. */
  give(place: number, value: number): void {
    const lesson = this.lesson.value;
    if (!lesson) return;
    this.given = lesson.arguments.map((argument, i) => (i === place ? value : argument.value));
    this.attempts.value = new Map();
    this.explained.value = undefined;
    void this.load(lesson.name);
  }

  type(node: number, text: string): void {
    this.attempts.value = new Map(this.attempts.value).set(node, { text });
  }

  /** Asks Python whether a gradient is right. */
  async check(node: number, gradient: number): Promise<void> {
    const lesson = this.lesson.value;
    if (!lesson) return;
    const judged = await this.tried<Filled>({ type: "fill", name: lesson.name, node, gradient, given: this.given });
    const attempt = this.attempts.value.get(node);
    if (!judged || !attempt) return;
    this.attempts.value = new Map(this.attempts.value).set(node, { ...attempt, judged });
    this.explained.value = judged.right ? undefined : node;
    if (this.right === this.toFill) this.finish();
  }

  /** How many gradients are right, of how many. */
  get right(): number {
    return [...this.attempts.value.values()].filter((attempt) => attempt.judged?.right).length;
  }

  get toFill(): number {
    return (this.lesson.value?.graph?.nodes ?? []).filter((node) => node.kind !== "constant").length - 1;
  }

  /** The share of a lesson that has been done. */
  done(name: string): number {
    if (this.read.value.has(name)) return 1;
    const lesson = this.lesson.value;
    return lesson?.name === name && lesson.fill ? this.right / this.toFill : 0;
  }

  finish(): void {
    if (this.lesson.value) this.read.value = new Set([...this.read.value, this.lesson.value.name]);
  }

  private async begin(): Promise<void> {
    const found = await this.tried<Lessons>({ type: "ask_lessons" });
    if (!found) return;
    this.heads.value = found.lessons;
    found.trouble.forEach((text) => this.explorer.notices.add(text));
    const first = found.lessons[0];
    if (first) void this.load(first.name);
  }

  private async load(name: string): Promise<void> {
    const turn = ++this.asked;
    const lesson = await this.tried<Lesson>({ type: "open_lesson", name, given: this.given });
    if (lesson && turn === this.asked) this.lesson.value = lesson;
  }

  private async tried<R extends Filled | Lesson | Lessons>(
    asked: Parameters<Explorer["ask"]>[0],
  ): Promise<R | undefined> {
    try {
      return (await this.explorer.ask<R>(asked)).report;
    } catch (error) {
      this.explorer.notices.add((error as Error).message);
      return undefined;
    }
  }
}

const courses = new WeakMap<Explorer, Course>();

/** The lessons of an explorer: what was done in them survives a change of view. */
export function courseOf(explorer: Explorer): Course {
  const known = courses.get(explorer) ?? new Course(explorer);
  courses.set(explorer, known);
  return known;
}
