// An answer that Python worked out: a sentence with its numbers, and a table.
import { Button } from "../controls";
import type { Answer } from "../messages";
import { number, signed, value } from "../numbers";
import { Rows, Sentence } from "../Said";
import type { Inside } from "./state";

export function AnswerBox({ inside, answer }: { inside: Inside; answer: Answer }) {
  return (
    <section class="section answer-box" role="status">
      <div class="section-head">
        <h2>{answer.title}</h2>
        <Button local kind="quiet" icon="cross" label="Close" onPress={() => (inside.answer.value = undefined)} />
      </div>
      <Sentence says={answer.says} numbers={answer.numbers} />
      {answer.question === "sweep" && <Sweep answer={answer} />}
      <Rows
        columns={answer.columns}
        rows={answer.rows}
        written={(x, j) => (answer.question === "sweep" ? number(x, j === 1 ? 9 : 0) : answer.question === "order" && !j ? number(x, 0) : signed(x, 6))}
        onNode={(node) => inside.select(node)}
      />
    </section>
  );
}

/** How far off the measured slope is, against h, both by powers of ten. */
function Sweep({ answer }: { answer: Answer }) {
  const [width, height, left, bottom] = [300, 130, 34, 20];
  const points = answer.rows
    .map((row) => [value(row.numbers[0] ?? 0), value(row.numbers[2] ?? 0)] as const)
    .filter(([h, error]) => h > 0 && error > 0 && Number.isFinite(error))
    .map(([h, error]) => [Math.log10(h), Math.log10(error)] as const);
  if (points.length < 2) return null;
  const errors = points.map(([, error]) => error);
  const [low, high] = [Math.floor(Math.min(...errors)), Math.ceil(Math.max(...errors))];
  const x = (h: number) => left + ((-1 - h) / 16) * (width - left - 8);
  const y = (error: number) => 8 + ((high - error) / (high - low || 1)) * (height - bottom - 8);
  const best = points.reduce((a, b) => (b[1] < a[1] ? b : a));
  return (
    <svg class="sweep" viewBox={`0 0 ${width} ${height}`} role="img" aria-label="The error against h: it falls, and then rises again">
      <line class="axis" x1={left} x2={width - 8} y1={height - bottom} y2={height - bottom} />
      <text x={left - 6} y={y(high) + 4} text-anchor="end">1e{high}</text>
      <text x={left - 6} y={y(low) + 4} text-anchor="end">1e{low}</text>
      <text x={x(-1)} y={height - 5} text-anchor="start">h = 0.1</text>
      <text x={x(-17)} y={height - 5} text-anchor="end">1e−17</text>
      <polyline class="sweep-line" points={points.map(([h, error]) => `${x(h).toFixed(1)},${y(error).toFixed(1)}`).join(" ")} />
      <circle class="sweep-best" cx={x(best[0])} cy={y(best[1])} r="4" />
    </svg>
  );
}
