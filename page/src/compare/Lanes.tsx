// Time with two lanes: both branches go on together, and back to where they parted.
import { Button, useCalm } from "../controls";
import { count } from "../numbers";
import type { Explorer } from "../state";
import { StepSlider } from "../train/StepSlider";
import type { Key } from "../keys";
import type { ViewProps } from "../view";
import { comparisonOf } from "./state";

const NAMES = 66; // pixels for the names of the lanes

/** Asks for a step, and does not go before the parting. */
function seek(explorer: Explorer, by: (step: number, last: number) => number): void {
  const comparison = comparisonOf(explorer);
  const report = comparison.both.value?.report;
  if (!report || explorer.notNow.value) return;
  comparison.playing.value = false;
  comparison.step.value = Math.max(report.parted, by(comparison.step.value ?? report.step, report.last));
}

export function Lanes({ explorer }: ViewProps) {
  const comparison = comparisonOf(explorer);
  const report = comparison.both.value?.report;
  const drag = useCalm((to: number) => seek(explorer, () => to), 40);
  if (!report || !comparison.pair.value) return null;
  const { step, parted, last } = report;
  const playing = comparison.playing.value;
  const ends = [comparison.both.value?.original.steps.at(-1) ?? 0, comparison.both.value?.changed.steps.at(-1) ?? 0];
  const whole = Math.max(last, ...ends);
  const epoch = explorer.frame.value?.report.steps_per_epoch ?? 1;
  return (
    <>
      <div class="row buttons">
        <Button kind="quiet" icon="reset" label="To where they part" onPress={() => seek(explorer, () => parted)} />
        <Button kind="quiet" icon="back" label="One step back" notNow={step === parted ? "Here they part" : ""} onPress={() => seek(explorer, (at) => at - 1)} />
        <Button kind="primary" class="play" icon={playing ? "pause" : "play"} label={playing ? "Pause" : "Run both on"} onPress={() => comparison.turn()} />
        <Button kind="quiet" icon="forward" label="One step" onPress={() => seek(explorer, (at) => at + 1)} />
        <Button kind="quiet" icon="epoch" label="One epoch" onPress={() => seek(explorer, (at) => at + epoch)} />
      </div>
      <div class="clock num">
        <span>
          <b>Step {count(step)}</b> {whole > step && <span class="muted">of {count(whole)}</span>}
        </span>
        <small class="muted">both together</small>
      </div>
      <StepSlider step={step} first={parted} last={whole} after={NAMES} onSeek={drag}>
        {({ x, left, right, height }) => {
          const [up, down] = [height * 0.3, height * 0.74];
          const bend = Math.min(24, x(step) - x(parted));
          const fork = `M${x(parted)},${up}C${x(parted) + bend},${up} ${x(parted)},${down} ${x(parted) + bend},${down}`;
          return (
            <>
              <path d={`M${left},${up}H${right}M${x(parted) + bend},${down}H${right}`} stroke="var(--line-firm)" stroke-width="1.5" />
              <path d={`M${left},${up}H${x(step)}`} stroke="var(--ink)" stroke-width="2.5" />
              <path d={`${fork}H${x(step)}`} fill="none" stroke="var(--accent)" stroke-width="2.5" />
              <circle cx={x(parted)} cy={up} r="5" fill="var(--surface)" stroke="var(--accent)" stroke-width="2.5" />
              <path d={`M${x(step)},2V${height - 2}`} stroke="var(--ink-2)" stroke-dasharray="3 3" />
              {[up, down].map((y, i) => (
                <>
                  <circle cx={x(step)} cy={y} r="6" fill={i ? "var(--accent)" : "var(--ink)"} stroke="var(--surface)" stroke-width="2" />
                  <text x={right + 12} y={y + 4} fill="var(--ink-2)">
                    {i ? "changed" : "original"}
                  </text>
                </>
              ))}
            </>
          );
        }}
      </StepSlider>
    </>
  );
}

export function laneKeys(explorer: Explorer): Key[] {
  const epoch = () => explorer.frame.value?.report.steps_per_epoch ?? 1;
  return [
    { keys: [" "], shown: "Space", does: "run both on, pause", run: () => comparisonOf(explorer).turn() },
    { keys: ["ArrowRight"], shown: "→", does: "one step on", run: () => seek(explorer, (at) => at + 1) },
    { keys: ["ArrowLeft"], shown: "←", does: "one step back", run: () => seek(explorer, (at) => at - 1) },
    { keys: ["Shift+ArrowRight"], shown: "Shift →", does: "one epoch on", run: () => seek(explorer, (at) => at + epoch()) },
    { keys: ["Shift+ArrowLeft"], shown: "Shift ←", does: "one epoch back", run: () => seek(explorer, (at) => at - epoch()) },
    { keys: ["Home"], shown: "Home", does: "where they part", run: () => seek(explorer, () => 0) },
    { keys: ["End"], shown: "End", does: "last step of both", run: () => seek(explorer, (_, last) => last) },
  ];
}
