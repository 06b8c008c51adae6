// Lines over one axis, with the place where we are.
import { useRef } from "preact/hooks";
import type { Chart } from "../messages";
import { number, value } from "../numbers";
import { apart } from "../train/LossChart";
import { useSize } from "../useSize";

const [LEFT, RIGHT, TOP, BOTTOM] = [48, 84, 8, 24];

export function Plot({ chart, label }: { chart: Chart; label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const lines = chart.lines.map((line) => line.map(value));
  const drawn = lines.flat().filter(Number.isFinite);
  const [low, high] = [Math.min(...drawn), Math.max(...drawn)];
  const [first = 0, last = 1] = [chart.x[0], chart.x.at(-1)];
  const x = (at: number) => LEFT + ((at - first) / (last - first)) * (width - LEFT - RIGHT);
  const y = (at: number) => TOP + ((high - at) / (high - low || 1)) * (height - TOP - BOTTOM);
  const here = chart.x.indexOf(chart.at);
  const ends = apart(chart.names.map((name, i) => ({ name, y: y(lines[i]?.at(-1) ?? low) })), height - BOTTOM);
  return (
    <div ref={box} class="curve plot">
      {width > 0 && height > 40 && drawn.length > 0 && (
        <svg width={width} height={height} role="img" aria-label={label}>
          {[low, (low + high) / 2, high].map((at) => (
            <g key={at}>
              <path class="axis" d={`M${LEFT},${y(at)}H${width - RIGHT}`} />
              <text x={LEFT - 6} y={y(at) + 4} text-anchor="end">
                {number(at, high < 0.1 ? 4 : 3)}
              </text>
            </g>
          ))}
          {chart.ticks.map(([at, text], i) => (
            <text key={at} x={x(at)} y={height - 4} text-anchor={i ? "middle" : "start"}>
              {text}
            </text>
          ))}
          <path class="cursor" d={`M${x(chart.at)},${TOP}V${height - BOTTOM}`} />
          {lines.map((line, i) => (
            <>
              <path
                class={i ? "line-valid" : "line-train"}
                d={line.map((at, j) => (Number.isFinite(at) ? `${j ? "L" : "M"}${x(chart.x[j] ?? 0).toFixed(1)},${y(at).toFixed(1)}` : "")).join("").replace(/^L/, "M")}
              />
              {Number.isFinite(line[here]) && <circle class="cursor-dot" cx={x(chart.at)} cy={y(line[here] ?? 0)} r="4" />}
            </>
          ))}
          {ends.map((one) => (
            <text key={one.name} class="label" x={width - RIGHT + 6} y={one.y + 4}>
              {one.name}
            </text>
          ))}
        </svg>
      )}
    </div>
  );
}
