// The results: the plane, the losses, three figures.
import { number, percent, signed, value } from "../numbers";
import type { Score, Setup } from "../messages";
import { Asks } from "./Asks";
import type { ViewProps } from "../view";
import { Boundary } from "./Boundary";
import { LossCurve } from "./LossCurve";

export function Side({ explorer }: ViewProps) {
  const [setup, shot] = [explorer.setup.value, explorer.shot.value];
  if (!setup || !shot) {
    return <div class="bone" style={{ width: "100%", aspectRatio: "1" }} />;
  }
  const { frame } = shot;
  if (explorer.tier.value === "phone") {
    return (
      <>
        <Boundary explorer={explorer} setup={setup} shot={shot} />
        <p class="caption num brief">
          loss <b>{number(frame.training.loss)}</b>
          {frame.held_out && (
            <>
              , held out <b>{number(frame.held_out.loss)}</b>
            </>
          )}
        </p>
      </>
    );
  }
  const outputs = frame.sample.outputs.map((o) => signed(o, 2)).join(", ");
  return (
    <>
      <Boundary explorer={explorer} setup={setup} shot={shot} />
      <section class="section losses" aria-label="Loss">
        <div class="section-head">
          <h2>Loss</h2>
          <Asks explorer={explorer} about="step">
            Why this step?
          </Asks>
        </div>
        <LossCurve explorer={explorer} />
      </section>
      <div class="figures">
        <Figure title="Training" amount={number(frame.training.loss)} more={scored(setup, frame.training)} />
        {frame.held_out ? (
          <Figure title="Held out" amount={number(frame.held_out.loss)} more={scored(setup, frame.held_out)} />
        ) : (
          <Figure title="Held out" amount="none" more="" />
        )}
        <Figure title="Sample" amount={number(frame.sample.loss)} more={outputs.length < 16 ? `o = ${outputs}` : ""} />
      </div>
    </>
  );
}

export function scored(setup: Setup, { metric }: Score): string {
  if (setup.task === "regression") return `R² ${number(metric)}`;
  return `${percent(value(metric))} right`;
}

function Figure({ title, amount, more }: { title: string; amount: string; more: string }) {
  return (
    <div class="figure num">
      <span class="caption">{title}</span>
      <span class={amount === "nan" || amount === "inf" ? "amount wrong" : "amount"}>{amount}</span>
      <span class="caption not-narrow">{more}</span>
    </div>
  );
}
