// Time: play, step, epoch, first weights; the loss as a landscape to drag over; speed.
import { Button, Segments, useCalm } from "../controls";
import type { Key } from "../keys";
import { count, number } from "../numbers";
import type { Explorer } from "../state";
import type { ViewProps } from "../view";
import { Asks } from "./Asks";
import { LossTimeline } from "./LossTimeline";

const SPEEDS = [
  ["1", "1"],
  ["10", "10"],
  ["100", "100"],
  ["0", "max"],
] as const;

/** How far the branch of time at hand goes. */
export function lastStep(explorer: Explorer): number {
  const { timeline, frame } = explorer;
  const branch = timeline.value?.branches[timeline.value.current];
  return Math.max(branch?.last ?? 0, frame.value?.report.step ?? 0);
}

function seek(explorer: Explorer, step: number): void {
  const to = Math.max(0, Math.min(lastStep(explorer), step));
  if (to !== explorer.frame.value?.report.step) explorer.send({ type: "seek", step: to });
}

export function Transport({ explorer }: ViewProps) {
  const frame = explorer.frame.value?.report;
  const drag = useCalm((step: number) => seek(explorer, step), 40);
  const playing = frame?.playing ?? false;
  const step = frame?.step ?? 0;
  const last = lastStep(explorer);
  const first = frame ? "" : "Waiting for the first numbers";
  return (
    <>
      <div class="row buttons">
        <Button kind="quiet" icon="reset" label="Back to the same first weights" notNow={first} onPress={() => explorer.send({ type: "reset" })} />
        <Button
          kind="quiet"
          icon="back"
          label="One step back"
          notNow={first || (step === 0 ? "This is the first step" : "")}
          onPress={() => seek(explorer, step - 1)}
        />
        <Button
          kind="primary"
          class="play"
          icon={playing ? "pause" : "play"}
          label={playing ? "Pause" : "Play"}
          notNow={first}
          onPress={() => explorer.turn()}
        />
        <Button kind="quiet" icon="forward" label="One step" notNow={first} onPress={() => forward(explorer)} />
        <Button kind="quiet" icon="epoch" label="One epoch" notNow={first} onPress={() => explorer.send({ type: "epoch" })} />
      </div>
      <div class="clock num">
        <span>
          <b>Step {count(step)}</b> {last > step && <span class="muted">of {count(last)}</span>}
        </span>
        <small class="muted">
          epoch {count(frame?.epoch ?? 0)}
          {frame?.way === "compiling" && ", compiling"}
        </small>
      </div>
      <LossTimeline explorer={explorer} step={step} last={last} onSeek={drag} />
      <div class="row speed">
        <Asks explorer={explorer} about="code">
          {frame?.way === "compiled" ? "Native" : "Eager"}, how fast?
        </Asks>
        <Segments
          label="Steps a second"
          options={SPEEDS}
          chosen={String(explorer.speed.value)}
          onChoose={(speed) => {
            explorer.speed.value = Number(speed);
            if (playing) explorer.send({ type: "play", speed: Number(speed) });
          }}
        />
      </div>
    </>
  );
}

/** One step on: what is recorded first, then a new one. */
function forward(explorer: Explorer): void {
  const step = explorer.frame.value?.report.step ?? 0;
  if (step < lastStep(explorer)) seek(explorer, step + 1);
  else explorer.send({ type: "step", steps: 1 });
}

export function transportKeys(explorer: Explorer): Key[] {
  const frame = () => explorer.frame.value?.report;
  const epoch = (by: number) => {
    const { step = 0, steps_per_epoch: length = 1 } = frame() ?? {};
    const to = (by < 0 ? Math.ceil(step / length) - 1 : Math.floor(step / length) + 1) * length;
    if (by < 0 || to <= lastStep(explorer)) seek(explorer, to);
    else explorer.send({ type: "epoch" });
  };
  const unless = (run: () => void) => () => {
    if (!explorer.notNow.value) run();
  };
  return [
    { keys: [" "], shown: "Space", does: "play, pause", run: unless(() => explorer.turn()) },
    { keys: ["ArrowRight"], shown: "→", does: "one step on", run: unless(() => forward(explorer)) },
    { keys: ["ArrowLeft"], shown: "←", does: "one step back", run: unless(() => seek(explorer, (frame()?.step ?? 0) - 1)) },
    { keys: ["Shift+ArrowRight"], shown: "Shift →", does: "one epoch on", run: unless(() => epoch(1)) },
    { keys: ["Shift+ArrowLeft"], shown: "Shift ←", does: "one epoch back", run: unless(() => epoch(-1)) },
    { keys: ["Home"], shown: "Home", does: "first step", run: unless(() => seek(explorer, 0)) },
    { keys: ["End"], shown: "End", does: "last step", run: unless(() => seek(explorer, lastStep(explorer))) },
    {
      keys: ["w", "W"],
      shown: "W",
      does: "why is the chosen gradient so",
      run: () => {
        if (explorer.place.at.value) explorer.place.view.value = "why";
      },
    },
  ];
}

/** What a screen reader hears of training. */
export function said(explorer: Explorer): string {
  const frame = explorer.frame.value?.report;
  return frame ? `Step ${frame.step}, loss ${number(frame.training.loss)}` : "";
}
