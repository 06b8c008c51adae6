// The losses of training: of its samples, of those held out, and of each batch faint behind.
import { number } from "../numbers";
import type { Explorer } from "../state";
import { type Losses, rowAt } from "./curves";
import { finite, LossChart } from "./LossChart";
import { lastStep } from "./Transport";

export function LossCurve({ explorer }: { explorer: Explorer }) {
  const losses = explorer.curves.shown.value;
  const { steps } = losses;
  const step = explorer.frame.value?.report.step ?? 0;
  return (
    <LossChart
      lines={[
        { name: "", class: "line-raw", steps, losses: losses.batch },
        { name: "held out", class: "line-valid", steps, losses: losses.heldOut },
        { name: "training", class: "line-train", steps, losses: losses.training },
      ]}
      step={step}
      last={Math.max(lastStep(explorer), 1)}
      right={explorer.tier.value === "roomy" ? 72 : 58}
      label={spoken(losses, rowAt(steps, step))}
    />
  );
}

function spoken({ steps, training, heldOut }: Losses, row: number): string {
  const at = Math.max(row, 0);
  const held = finite(heldOut[at]) ? `, held out ${number(heldOut[at] ?? 0)}` : "";
  return `Loss against step, logarithmic. Step ${steps[at] ?? 0}: training ${number(training[at] ?? 0)}${held}.`;
}
