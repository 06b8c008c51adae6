// A lesson's table of numbers, and two of its columns as a line.
import { useRef } from "preact/hooks";
import type { Lesson } from "../messages";
import { exact, number, type Real, value } from "../numbers";
import { useSize } from "../useSize";

const [LEFT, RIGHT, TOP, BOTTOM] = [52, 16, 12, 24];

export function LessonTable({ lesson }: { lesson: Lesson }) {
  return (
    <div class="lesson-table" tabIndex={0} role="region" aria-label="The numbers">
      <table>
        <thead>
          <tr>
            {lesson.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lesson.rows.map((row, i) => (
            <tr key={i}>
              {row.map((x, j) => (
                <td key={j} title={exact(x)}>
                  {written(x)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function written(x: Real): string {
  return number(x, Number.isInteger(x) ? 0 : 6);
}

export function LessonChart({ lesson }: { lesson: Lesson }) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const [across = 0, up = 1] = lesson.chart;
  const points = lesson.rows.map((row) => [value(row[across] ?? "nan"), value(row[up] ?? "nan")] as const);
  const shown = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const most = Math.max(...shown.map(([, y]) => y), 1e-12);
  const [first, last] = [shown[0]?.[0] ?? 0, shown.at(-1)?.[0] ?? 1];
  const x = (at: number) => LEFT + ((at - first) / (last - first || 1)) * (width - LEFT - RIGHT);
  const y = (at: number) => TOP + (1 - at / most) * (height - TOP - BOTTOM);
  return (
    <div ref={box} class="lesson-chart">
      {width > 0 && (
        <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${lesson.columns[up]} against ${lesson.columns[across]}`}>
          {[0, most / 2, most].map((tick) => (
            <g key={tick}>
              <path class="axis" d={`M${LEFT},${y(tick)}H${width - RIGHT}`} />
              <text x={LEFT - 8} y={y(tick) + 4} text-anchor="end">
                {number(tick, most < 1 ? 3 : 1)}
              </text>
            </g>
          ))}
          <text x={LEFT} y={height - 6}>
            {lesson.columns[across]} {first}
          </text>
          <text x={width - RIGHT} y={height - 6} text-anchor="end">
            {last}
          </text>
          <path class="lesson-line" d={shown.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)},${y(b).toFixed(1)}`).join("")} />
        </svg>
      )}
    </div>
  );
}
