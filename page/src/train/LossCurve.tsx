// The loss against the step on a logarithmic axis: training, held out, and each batch faint behind.
import { useRef } from "preact/hooks";
import { number } from "../numbers";
import type { Explorer } from "../state";
import { useSize } from "../useSize";
import { type Losses, rowAt } from "./curves";
import { lastStep } from "./Transport";

const [TOP, BOTTOM, LEFT] = [8, 20, 38];
const POINTS = 300; // of each line at most

export function LossCurve({ explorer }: { explorer: Explorer }) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  return (
    <div ref={box} class="curve">
      {width > 0 && height > 40 && <Lines explorer={explorer} width={width} height={height} />}
    </div>
  );
}

interface Axes {
  x: (step: number) => number;
  y: (loss: number) => number;
}

function Lines({ explorer, width, height }: { explorer: Explorer; width: number; height: number }) {
  const losses = explorer.curves.shown.value;
  const frame = explorer.frame.value?.report;
  const step = frame?.step ?? 0;
  const last = Math.max(lastStep(explorer), 1);
  const right = explorer.tier.value === "roomy" ? 72 : 58;
  const range = rangeOf(losses);
  if (!range) return <p class="caption empty">Train, and the loss is drawn here.</p>;
  const [low, high] = range;
  const x = (at: number) => LEFT + (at / last) * (width - LEFT - right);
  const span = Math.log(high) - Math.log(low) || 1;
  const y = (loss: number) => TOP + ((Math.log(high) - Math.log(loss)) / span) * (height - TOP - BOTTOM);
  const axes = { x, y };
  const now = rowAt(losses.steps, step);
  const ends = [
    { name: "training", row: losses.training },
    { name: "held out", row: losses.heldOut },
  ].filter(({ row }) => finite(row.at(-1)));
  const labels = apart(ends.map(({ name, row }) => ({ name, y: y(row.at(-1) ?? 1) })), height - BOTTOM);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={spoken(losses, now)}>
      {ticksOf(low, high).map((tick) => (
        <g key={tick}>
          <path class="axis" d={`M${LEFT},${y(tick).toFixed(1)}H${width - right}`} />
          <text x={LEFT - 6} y={y(tick) + 4} text-anchor="end">
            {plain(tick)}
          </text>
        </g>
      ))}
      {stepsOf(last).map((at, i) => (
        <text key={at} x={x(at)} y={height - 4} text-anchor={i ? "middle" : "start"}>
          {i ? at : `step ${at}`}
        </text>
      ))}
      <svg width={width} height={height - BOTTOM} overflow="hidden">
        <path class="line-raw" d={lineOf(losses.steps, losses.batch, axes)} />
        <path class="line-valid ghost" d={lineOf(losses.steps, losses.heldOut, axes, now)} />
        <path class="line-valid" d={lineOf(losses.steps, losses.heldOut, axes, 0, now)} />
        <path class="line-train ghost" d={lineOf(losses.steps, losses.training, axes, now)} />
        <path class="line-train" d={lineOf(losses.steps, losses.training, axes, 0, now)} />
      </svg>
      <path class="cursor" d={`M${x(step).toFixed(1)},${TOP}V${height - BOTTOM}`} />
      {ends.map(({ name, row }) => {
        const loss = row[Math.max(now, 0)];
        return finite(loss) && <circle key={name} class="cursor-dot" cx={x(step)} cy={y(loss)} r="4" />;
      })}
      {labels.map((label) => (
        <text key={label.name} class="label" x={width - right + 6} y={label.y + 4}>
          {label.name}
        </text>
      ))}
    </svg>
  );
}

function finite(x: number | undefined): x is number {
  return x !== undefined && x > 0 && x < Infinity;
}

function rangeOf({ training, heldOut, batch }: Losses): [number, number] | undefined {
  const smooth = [...training, ...heldOut].filter(finite);
  if (smooth.length === 0) return undefined;
  const all = smooth.length > 3 ? smooth : [...smooth, ...batch.filter(finite)];
  let [low, high] = [Infinity, 0];
  for (const x of all) [low, high] = [Math.min(low, x), Math.max(high, x)];
  return [low / 1.15, high * 1.15];
}

/** Which leading figures an axis marks: as few as give three marks. */
const LEADS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]];

function ticksOf(low: number, high: number): number[] {
  const powers: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) powers.push(power);
  const marked = LEADS.map((leads) =>
    powers
      .flatMap((power) => leads.map((lead) => Number(`${lead}e${power}`)))
      .filter((tick) => tick >= low && tick <= high),
  );
  return marked.find((ticks) => ticks.length >= 3) ?? marked.at(-1) ?? [];
}

function plain(tick: number): string {
  return tick >= 1e-4 && tick < 1e5 ? String(Number(tick.toPrecision(2))) : number(tick, 0);
}

/** Round steps for the axis, at most four. */
function stepsOf(last: number): number[] {
  const rough = last / 3;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const each = Math.max(1, ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power);
  return Array.from({ length: Math.floor(last / each + 1e-9) + 1 }, (_, i) => i * each);
}

function lineOf(steps: number[], losses: number[], { x, y }: Axes, from = 0, to = steps.length - 1): string {
  const stride = Math.max(1, Math.ceil(steps.length / POINTS));
  let path = "";
  let drawing = false;
  for (let i = Math.max(from, 0); i <= to; i = i === to ? to + 1 : Math.min(to, i + stride)) {
    const loss = losses[i];
    if (finite(loss)) path += `${drawing ? "L" : "M"}${x(steps[i] ?? 0).toFixed(1)},${y(loss).toFixed(1)}`;
    drawing = finite(loss);
  }
  return path;
}

/** Labels at the ends of lines, moved apart so that each can be read. */
function apart(labels: { name: string; y: number }[], most: number): { name: string; y: number }[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  sorted.forEach((label, i) => {
    const above = sorted[i - 1];
    if (above) label.y = Math.max(label.y, above.y + 14);
  });
  const over = Math.max(0, (sorted.at(-1)?.y ?? 0) - most);
  return sorted.map((label) => ({ ...label, y: label.y - over }));
}

function spoken({ steps, training, heldOut }: Losses, row: number): string {
  const at = Math.max(row, 0);
  const held = finite(heldOut[at]) ? `, held out ${number(heldOut[at] ?? 0)}` : "";
  return `Loss against step, logarithmic. Step ${steps[at] ?? 0}: training ${number(training[at] ?? 0)}${held}.`;
}
