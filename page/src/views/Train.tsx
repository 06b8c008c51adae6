// Training, live.
import type { Explorer } from "../state";
import { HeatMap } from "../HeatMap";

export function Train({ explorer }: { explorer: Explorer }) {
  const arrival = explorer.frame.value;
  if (!arrival) return <main class="view" />;
  const { report, buffers } = arrival;
  return (
    <main class="view">
      <HeatMap grid={report.boundary} buffers={buffers} label="output over the plane of the inputs" />
      <p>
        Step {report.step}, loss {typeof report.loss === "number" ? report.loss.toFixed(4) : report.loss}
      </p>
      <button
        class="button primary"
        onClick={() => explorer.send(report.playing ? { type: "pause" } : { type: "play" })}
      >
        {report.playing ? "Pause" : "Play"}
      </button>
      <button class="button" onClick={() => explorer.send({ type: "step", steps: 1 })}>
        Step
      </button>
    </main>
  );
}
