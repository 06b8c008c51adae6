// The loss over all steps as a landscape: drag to go to a step. What lies ahead is recorded, paler.
import type { Explorer } from "../state";
import { rowAt } from "./curves";
import { StepSlider } from "./StepSlider";

interface Props {
  explorer: Explorer;
  step: number;
  last: number;
  onSeek: (step: number) => void;
}

export function LossTimeline({ explorer, ...slider }: Props) {
  const { step } = slider;
  return (
    <StepSlider {...slider} first={0}>
      {({ x, left, right, height }) => {
        const base = height - 6;
        const { ahead, behind } = landscape(explorer, step, x, base);
        return (
          <>
            <path d={ahead} fill="var(--sunken)" />
            <path d={behind} fill="var(--accent-soft)" />
            <path d={`M${left},${base}H${right}`} stroke="var(--line-firm)" />
            <path d={`M${left},${base}H${x(step)}`} stroke="var(--accent)" stroke-width="2" />
            {forks(explorer).map((at) => (
              <path key={at} d={`M${x(at)},${base - 5}v10`} stroke="var(--ink-2)" stroke-width="1.5" />
            ))}
            <path d={`M${x(step)},2V${base}`} stroke="var(--accent)" stroke-width="1.5" />
            <circle cx={x(step)} cy={base - 1} r="6.5" fill="var(--accent)" stroke="var(--surface)" stroke-width="2.5" />
          </>
        );
      }}
    </StepSlider>
  );
}

/** The steps at which the branch at hand, or one that leaves it, was changed. */
function forks(explorer: Explorer): number[] {
  const timeline = explorer.timeline.value;
  if (!timeline) return [];
  const { branches, current } = timeline;
  const found = branches
    .filter((branch, i) => branch.parent !== null && (i === current || branch.parent === current))
    .map((branch) => branch.step);
  return [...new Set(found)];
}

const POINTS = 240; // of the landscape at most

function landscape(explorer: Explorer, step: number, x: (at: number) => number, base: number) {
  const { steps, training } = explorer.curves.shown.value;
  const stride = Math.max(1, Math.ceil(steps.length / POINTS));
  const rows: { at: number; loss: number }[] = [];
  for (let i = 0; i < steps.length; i += i + stride < steps.length ? stride : Math.max(1, steps.length - 1 - i)) {
    const loss = training[i] ?? NaN;
    if (loss > 0 && loss < Infinity) rows.push({ at: steps[i] ?? 0, loss });
  }
  if (rows.length < 2) return { ahead: "", behind: "" };
  const logs = rows.map((row) => Math.log(row.loss));
  const low = Math.min(...logs);
  const span = Math.max(...logs) - low || 1;
  const y = (log: number) => base - 4 - ((log - low) / span) * (base - 12);
  const points = rows.map((row, i) => `${x(row.at).toFixed(1)},${y(logs[i] ?? 0).toFixed(1)}`);
  const split = rowAt(
    rows.map((row) => row.at),
    step,
  );
  const area = (from: number, to: number) =>
    to > from
      ? `M${x(rows[from]?.at ?? 0)},${base}L${points.slice(from, to + 1).join("L")}L${x(rows[to]?.at ?? 0)},${base}z`
      : "";
  return { ahead: area(Math.max(split, 0), rows.length - 1), behind: area(0, split) };
}
