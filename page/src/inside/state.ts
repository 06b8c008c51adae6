// What is looked into: the expression that Python reported, the node at hand, how far one has stepped.
import { batch, computed, effect, signal } from "@preact/signals";
import { type Found, matches } from "../Find";
import type { Answer, Graph, Look } from "../messages";
import { signed } from "../numbers";
import type { Explorer } from "../state";

type Question = Answer["question"];
export type Detail = Graph["detail"];

/** One visit of a node: on the way forward, or back. */
interface Visit {
  node: number;
  back: boolean;
}

/** A share that arrives at a node: from which operand of which reader. */
export interface Arrival {
  reader: number;
  operand: number;
}

/** A graph with what follows from it, worked out once. */
export interface Known {
  graph: Graph;
  /** The nodes that have a box of their own, and the box of each. */
  boxOf: Map<number, number>;
  visits: Visit[];
  forwardAt: Map<number, number>;
  backwardAt: Map<number, number>;
  /** For each node its shares, in the order in which the engine adds them. */
  arrivals: Arrival[][];
}

export class Inside {
  readonly known = signal<Known | undefined>(undefined);
  readonly detail = signal<Detail | "">("");
  readonly focus = signal(-1);
  readonly held = signal<ReadonlyMap<number, number>>(new Map());
  readonly five = signal(false);
  /** The visit at hand; one less than the first before anything was computed. */
  readonly cursor = signal(-1);
  readonly selected = signal(0);
  readonly lit = signal<Arrival | undefined>(undefined);
  readonly answer = signal<Answer | undefined>(undefined);
  readonly check = signal<Answer | undefined>(undefined);
  readonly trouble = signal("");
  readonly pinned = signal<readonly string[]>([]);
  readonly playing = signal(false);
  /** Counts the steps that one has taken: each sends its shares along the edges anew. */
  readonly pulse = signal(0);

  private wanted = 0;
  private running = false;
  private structure = "";

  constructor(readonly explorer: Explorer) {
    effect(() => this.follow());
    effect(() => this.showChosen());
    effect(() => this.compare());
    explorer.finders.push((words) => this.find(words));
  }

  readonly visit = computed<Visit | undefined>(() => this.known.value?.visits[this.cursor.value]);

  /** Whether a node's value, or its gradient, is there yet. */
  isVisited(node: number, back: boolean): boolean {
    const known = this.known.value;
    const at = (back ? known?.backwardAt : known?.forwardAt)?.get(node);
    return at === undefined ? !back || this.isComplete : at <= this.cursor.value;
  }

  get isComplete(): boolean {
    const known = this.known.value;
    return !known || this.cursor.value >= known.visits.length - 1;
  }

  /** Chooses a node; one that is folded away is brought to the front. */
  select(node: number): void {
    const known = this.known.value;
    const name = known?.graph.nodes[node]?.name ?? "";
    batch(() => {
      this.selected.value = node;
      this.lit.value = undefined;
      this.answer.value = undefined;
      if (known && !known.boxOf.has(node)) {
        this.detail.value = "focus";
        this.focus.value = node;
      }
      const visited = known?.backwardAt.get(node) ?? -1;
      if (this.cursor.value >= this.turn && visited > this.cursor.value) this.cursor.value = visited;
      if (name) this.explorer.place.at.value = name.replace(/\.(out|act)$/, "");
    });
  }

  /** Goes to a visit; `sends` lets its shares travel. */
  go(cursor: number, sends = false): void {
    const visits = this.known.value?.visits ?? [];
    const to = Math.max(0, Math.min(visits.length - 1, cursor));
    const visit = visits[to];
    if (!visit) return;
    batch(() => {
      this.cursor.value = to;
      this.select(visit.node);
      if (sends && visit.back) this.pulse.value++;
    });
  }

  /** The first visit of the way back. */
  get turn(): number {
    const visits = this.known.value?.visits ?? [];
    const found = visits.findIndex((visit) => visit.back);
    return found < 0 ? visits.length : found;
  }

  /** Steps through by itself, or stops; from the first node where all have been visited. */
  turnPlaying(): void {
    if (!this.playing.value && this.isComplete) this.go(0);
    this.playing.value = !this.playing.value;
  }

  hold(node: number, data: number | undefined): void {
    const held = new Map(this.held.value);
    if (data === undefined) held.delete(node);
    else held.set(node, data);
    this.held.value = held;
  }

  pin(name: string): void {
    const pinned = this.pinned.value;
    this.pinned.value = pinned.includes(name) ? pinned.filter((one) => one !== name) : [...pinned, name];
  }

  async ask(question: Question): Promise<void> {
    const [node, known] = [this.selected.value, this.known.value];
    try {
      const { report } = await this.explorer.ask<Answer>({ type: "ask", question, node, ...this.about });
      if (node === this.selected.value && known === this.known.value) this.answer.value = report;
    } catch (error) {
      this.explorer.notices.add((error as Error).message);
    }
  }

  private get about(): Required<Pick<Look, "sample" | "held" | "five">> {
    const held = [...this.held.value].map(([node, data]) => ({ node, data }));
    return { sample: this.explorer.place.sample.value, held, five: this.five.value };
  }

  /** Asks for the expression whenever something that it depends on has changed. */
  private follow(): void {
    const { explorer } = this;
    void [explorer.moment.value, explorer.setup.value];
    const view = explorer.place.view.value;
    const asked = { ...this.about, detail: this.detail.value, focus: this.focus.value };
    if (explorer.notNow.value) this.running = false; // no answer comes any more
    if (explorer.isWaiting.value || explorer.notNow.value || (view !== "inside" && view !== "why")) return;
    this.wanted++;
    if (!this.running) void this.fetch(asked);
  }

  private async fetch(asked: Omit<Look, "id" | "type">): Promise<void> {
    this.running = true;
    const wanted = this.wanted;
    try {
      const { report } = await this.explorer.ask<Graph>({ type: "look", ...asked });
      this.take(report);
      this.trouble.value = "";
    } catch (error) {
      this.trouble.value = (error as Error).message;
    }
    this.running = false;
    if (wanted !== this.wanted) this.follow();
  }

  private take(graph: Graph): void {
    const known = knownOf(graph);
    const structure = [graph.detail, graph.focus, graph.nodes.length, graph.boxes.length].join();
    const isNew = structure !== this.structure;
    const size = this.known.value?.graph.nodes.length;
    batch(() => {
      if (size !== undefined && size !== graph.nodes.length) {
        if (this.held.value.size && !graph.arguments) this.held.value = new Map();
        this.selected.value = -1;
      }
      this.known.value = known;
      this.structure = structure;
      const at = this.explorer.place.at.value;
      const named = at ? graph.nodes.findIndex((node) => node.name === at || node.name === `${at}.out`) : -1;
      if (isNew && known.boxOf.has(named)) this.selected.value = named;
      else if (size === undefined || !graph.nodes[this.selected.value] || !known.boxOf.has(this.selected.value)) {
        this.selected.value = known.boxOf.has(graph.focus) ? graph.focus : graph.nodes.length - 1;
      }
      if (graph.broken >= 0 && isNew && known.boxOf.has(graph.broken)) this.selected.value = graph.broken;
      if (isNew) this.cursor.value = known.backwardAt.get(this.selected.value) ?? known.visits.length - 1;
      this.answer.value = undefined;
    });
  }

  /** Brings the number that was chosen elsewhere to the front. */
  private showChosen(): void {
    const name = this.explorer.place.at.value;
    const known = this.known.value;
    const now = known?.graph.nodes[this.selected.peek()]?.name ?? "";
    if (!name || !known || now === name || /^(.*)\.(out|act)$/.exec(now)?.[1] === name) return;
    const node = known.graph.nodes.findIndex((one) => one.name === name || one.name === `${name}.out`);
    if (node >= 0) this.select(node);
  }

  /** Has the gradient at hand compared with a finite difference. */
  private compare(): void {
    const node = this.selected.value;
    const known = this.known.value;
    this.check.value = undefined;
    if (!known || this.explorer.place.view.value !== "inside" || known.graph.nodes.length > 3000) return;
    const kind = known.graph.nodes[node]?.kind;
    if (!kind || kind === "constant" || this.explorer.frame.peek()?.report.playing) return;
    setTimeout(() => {
      if (node !== this.selected.peek() || known !== this.known.peek()) return;
      this.explorer
        .ask<Answer>({ type: "ask", question: "difference", node, ...this.about })
        .then(({ report }) => {
          if (node === this.selected.peek() && known === this.known.peek()) this.check.value = report;
        })
        .catch(() => undefined);
    }, 120);
  }

  private find(words: string): Found[] {
    const nodes = this.known.value?.graph.nodes ?? [];
    return nodes
      .map((node, index) => ({ node, index }))
      .filter(({ node }) => node.name && matches(node.name, words))
      .slice(0, 50)
      .map(({ node, index }) => ({
        name: node.name,
        text: signed(node.data, 4),
        go: () => {
          this.explorer.place.view.value = "inside";
          this.select(index);
        },
      }));
  }
}

function knownOf(graph: Graph): Known {
  const boxOf = new Map(graph.boxes.map((box, index) => [box.node, index]));
  const shown = (node: number) => boxOf.has(node);
  const visits = [
    ...graph.forward.filter(shown).map((node) => ({ node, back: false })),
    ...graph.backward.filter(shown).map((node) => ({ node, back: true })),
  ];
  const forwardAt = new Map<number, number>();
  const backwardAt = new Map<number, number>();
  visits.forEach(({ node, back }, i) => (back ? backwardAt : forwardAt).set(node, i));
  const arrivals: Arrival[][] = graph.nodes.map(() => []);
  for (const reader of graph.backward) {
    const node = graph.nodes[reader];
    if (node?.shares.length) node.parents.forEach((parent, operand) => arrivals[parent]?.push({ reader, operand }));
  }
  return { graph, boxOf, visits, forwardAt, backwardAt, arrivals };
}

const all = new WeakMap<Explorer, Inside>();

/** The one state of looking inside that an explorer has. */
export function insideOf(explorer: Explorer): Inside {
  const found = all.get(explorer) ?? new Inside(explorer);
  all.set(explorer, found);
  return found;
}
