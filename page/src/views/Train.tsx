// Training, live.
import { Button } from "../controls";
import { HeatMap } from "../HeatMap";
import { number } from "../numbers";
import type { View, ViewProps } from "../view";

function Stage({ explorer }: ViewProps) {
  const arrival = explorer.frame.value;
  if (!arrival) return <section class="stage" />;
  const { report, buffers } = arrival;
  return (
    <section class="stage">
      <HeatMap grid={report.boundary} buffers={buffers} label="output over the plane of the inputs" />
    </section>
  );
}

function Transport({ explorer }: ViewProps) {
  const report = explorer.frame.value?.report;
  const playing = report?.playing ?? false;
  return (
    <>
      <Button
        kind="primary"
        icon={playing ? "pause" : "play"}
        label={playing ? "Pause" : "Play"}
        onPress={() => explorer.send(playing ? { type: "pause" } : { type: "play" })}
      />
      {report && (
        <span class="num">
          Step {report.step}, loss {number(report.loss, 4)}
        </span>
      )}
    </>
  );
}

export const train: View = { name: "train", title: "Train", stage: Stage, transport: Transport };
