// The lines of the program that made the numbers, with the numbers that they made.
import type { Source } from "../messages";
import { number, signed } from "../numbers";
import type { Inside, Known } from "./state";

const KEYWORDS = /\b(def|class|return|for|in|if|else|elif|with|while|import|from|as|lambda|and|or|not|is)\b/g;

export function CodePanel({ inside, known }: { inside: Inside; known: Known }) {
  const { graph } = known;
  const at = graph.nodes[inside.selected.value];
  const [place = -1, line = 0] = at?.code ?? [];
  const nearest = place >= 0 ? place : (graph.nodes.find((node) => node.code[0] >= 0)?.code[0] ?? -1);
  const source = graph.sources[nearest];
  if (!source) {
    return (
      <section class="code-panel" aria-label="Your code">
        <h2>Your code</h2>
        <p class="muted">No line is known: the expression was made before it was looked at. Give a function, or a file with its name, to see its lines.</p>
      </section>
    );
  }
  const hints = hintsOf(known, nearest);
  const shown = linesOf(source, line, new Set(hints.keys()), LINES[inside.explorer.tier.value]);
  return (
    <section class="code-panel" aria-label="Your code">
      <h2>
        {source.file.startsWith("glassgrad/") ? "The code" : "Your code"} <span class="caption">{source.file}</span>
      </h2>
      <div class="source">
        {shown.map(({ text, row }) => {
          const on = row === line;
          const mark = on && at ? markOf(text, at.row) : undefined;
          const nodes = hints.get(row);
          return (
            <span key={row} class={on ? "ln on" : "ln"} data-n={row}>
              {mark ? (
                <>
                  {bold(mark[0])}
                  <mark>{mark[1]}</mark>
                  {bold(mark[2])}
                </>
              ) : (
                bold(text)
              )}
              {on && at ? (
                <i class="hint">
                  {inside.isVisited(inside.selected.value, false) && signed(at.data, 3)}
                  {inside.isVisited(inside.selected.value, true) && `, ∂ ${signed(at.grad, 5)}`}
                </i>
              ) : (
                nodes && <i class="hint">{nodes.slice(-3).map((node) => number(graph.nodes[node]?.data ?? 0, 3, { plus: true })).join(", ")}</i>
              )}
            </span>
          );
        })}
      </div>
    </section>
  );
}

/** For each line the nodes in sight that it made. */
function hintsOf(known: Known, source: number): Map<number, number[]> {
  const found = new Map<number, number[]>();
  known.graph.nodes.forEach((node, index) => {
    if (node.code[0] !== source || !known.boxOf.has(index) || node.short.startsWith("[")) return;
    found.set(node.code[1], [...(found.get(node.code[1]) ?? []), index]);
  });
  return found;
}

const LINES = { phone: 0, narrow: 5, regular: 8, roomy: 15 };

/** The lines that say most: that at hand, those that made numbers, the first, and what is near. */
function linesOf(source: Source, line: number, made: Set<number>, most: number): { text: string; row: number }[] {
  const rows = source.lines.map((text, i) => ({ text, row: source.first + i })).filter(({ text, row }) => /\w/.test(text) && (made.has(row) || row === source.first || Math.abs(row - line) <= 3));
  const rank = ({ row }: { row: number }) => (row === line ? 0 : made.has(row) ? 1 : row === source.first ? 2 : 2 + Math.abs(row - line));
  const part = [...rows].sort((a, b) => rank(a) - rank(b)).slice(0, most).sort((a, b) => a.row - b.row);
  const indent = Math.min(...part.map(({ text }) => text.length - text.trimStart().length));
  return part.map(({ text, row }) => ({ text: text.slice(Number.isFinite(indent) ? indent : 0), row }));
}

const WRITTEN: Record<string, RegExp> = { mul: /[\w.[\]]+ ?\*(?!\*) ?[\w.[\]]+/g, add: /\bsum\b|\+/g, sub: /-/g, div: /\//g, pow: /\*\*/g };

/** The part of a line that did an operation, where only one part of it can have. */
function markOf(text: string, row: string): [string, string, string] | undefined {
  const pattern = WRITTEN[row] ?? new RegExp(`(?:[\\w.]+\\.)?\\b${row}\\([^()]*\\)`, "g");
  const found = row ? [...text.matchAll(pattern)] : [];
  const only = found.length === 1 ? found[0] : undefined;
  if (!only) return undefined;
  return [text.slice(0, only.index), only[0], text.slice(only.index + only[0].length)];
}

function bold(text: string) {
  return text.split(KEYWORDS).map((part, i) => (i % 2 ? <b key={i}>{part}</b> : part));
}
