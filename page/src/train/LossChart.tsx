// Losses against the step on a logarithmic axis. After the step at hand a line is paler.
import { useRef } from "preact/hooks";
import { number } from "../numbers";
import { useSize } from "../useSize";
import { rowAt } from "./curves";

interface Line {
  /** Written at its end; a line without a name is drawn faint, whole and behind. */
  name: string;
  class: string;
  steps: number[];
  losses: number[];
}

interface Props {
  lines: Line[];
  step: number;
  last: number;
  /** Pixels for the names. */
  right: number;
  /** Where branches part. */
  parted?: number;
  label: string;
}

const [TOP, BOTTOM, LEFT] = [8, 20, 38];
const POINTS = 160; // of each line at most: dashes along more of them cost more than all else that is drawn

export function LossChart(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  return (
    <div ref={box} class="curve">
      {width > 0 && height > 40 && <Lines {...props} width={width} height={height} />}
    </div>
  );
}

interface Axes {
  x: (step: number) => number;
  y: (loss: number) => number;
}

function Lines({ lines, step, last, right, parted, label, width, height }: Props & { width: number; height: number }) {
  const range = rangeOf(lines);
  if (!range) return <p class="caption empty">Train, and the loss is drawn here.</p>;
  const [low, high] = range;
  const x = (at: number) => LEFT + (at / last) * (width - LEFT - right);
  const span = Math.log(high) - Math.log(low) || 1;
  const y = (loss: number) => TOP + ((Math.log(high) - Math.log(loss)) / span) * (height - TOP - BOTTOM);
  const axes = { x, y };
  const named = lines.filter(({ name, losses }) => name && finite(losses.at(-1)));
  const labels = apart(named.map(({ name, losses }) => ({ name, y: y(losses.at(-1) ?? 1) })), height - BOTTOM);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={label}>
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
        {lines.map((line) => {
          const now = line.name ? rowAt(line.steps, step) : undefined;
          return (
            <>
              <path class={line.class} d={lineOf(line, axes, 0, now)} />
              {now !== undefined && <path class={`${line.class} ghost`} d={lineOf(line, axes, now)} />}
            </>
          );
        })}
      </svg>
      {parted !== undefined && <path class="parted" d={`M${x(parted).toFixed(1)},${TOP}V${height - BOTTOM}`} />}
      <path class="cursor" d={`M${x(step).toFixed(1)},${TOP}V${height - BOTTOM}`} />
      {named.map(({ name, steps, losses }) => {
        const loss = losses[Math.max(rowAt(steps, step), 0)];
        return finite(loss) && <circle key={name} class="cursor-dot" cx={x(step)} cy={y(loss)} r="4" />;
      })}
      {labels.map((one) => (
        <text key={one.name} class="label" x={width - right + 6} y={one.y + 4}>
          {one.name}
        </text>
      ))}
    </svg>
  );
}

export function finite(x: number | undefined): x is number {
  return x !== undefined && x > 0 && x < Infinity;
}

function rangeOf(lines: Line[]): [number, number] | undefined {
  const ranged = lines.filter((line) => line.name && line.losses.filter(finite).length > 3);
  let [low, high] = [Infinity, 0];
  for (const line of ranged.length ? ranged : lines) {
    for (const x of line.losses.filter(finite)) [low, high] = [Math.min(low, x), Math.max(high, x)];
  }
  return high ? [low / 1.15, high * 1.15] : undefined;
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
  return tick >= 1e-4 && tick < 1e4 ? String(Number(tick.toPrecision(2))) : number(tick, 0).replace(".0e", "e");
}

/** Round steps for the axis, at most four. */
function stepsOf(last: number): number[] {
  const rough = last / 3;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const each = Math.max(1, ([1, 2, 5, 10].find((n) => n * power >= rough) ?? 10) * power);
  return Array.from({ length: Math.floor(last / each + 1e-9) + 1 }, (_, i) => i * each);
}

function lineOf({ steps, losses }: Line, { x, y }: Axes, from = 0, to = steps.length - 1): string {
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
export function apart(labels: { name: string; y: number }[], most: number): { name: string; y: number }[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  sorted.forEach((label, i) => {
    const above = sorted[i - 1];
    if (above) label.y = Math.max(label.y, above.y + 14);
  });
  const over = Math.max(0, (sorted.at(-1)?.y ?? 0) - most);
  return sorted.map((label) => ({ ...label, y: label.y - over }));
}
