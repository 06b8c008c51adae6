// Compare: two branches of time beside each other, and what became of the change.
import { Button, Select } from "../controls";
import { Lanes, laneKeys } from "../compare/Lanes";
import { Planes } from "../compare/Planes";
import { type Both, comparisonOf, nameOf } from "../compare/state";
import { Weights } from "../compare/Weights";
import type { Change } from "../messages";
import { number, value } from "../numbers";
import { LossChart } from "../train/LossChart";
import type { View, ViewProps } from "../view";

function Stage({ explorer }: ViewProps) {
  const comparison = comparisonOf(explorer);
  const [setup, both, pair] = [explorer.setup.value, comparison.both.value, comparison.pair.value];
  const trouble = comparison.trouble.value && <p class="inside-trouble">{comparison.trouble.value}</p>;
  if (!pair || !setup) {
    return (
      <section class="stage nothing" aria-label="Two histories">
        <p>Time has one branch so far. Change a weight, an input or a setting, or leave a sample out: a second branch begins there, and both can be run on and compared.</p>
        <Button local kind="primary" onPress={() => (explorer.place.view.value = "train")}>
          Change something
        </Button>
      </section>
    );
  }
  if (!both) {
    return (
      <section class="stage" aria-label="Two histories">
        {trouble || <div class="bone grow" />}
      </section>
    );
  }
  const { report, original, changed } = both;
  const branches = explorer.timeline.value?.branches ?? [];
  const options = branches.map((branch, i) => [String(i), nameOf(branch, i)] as const);
  const line = (name: string, { steps, losses }: typeof original, from = 0) => {
    const row = steps.findIndex((step) => step >= from);
    return { name, class: `run-${name}`, steps: steps.slice(row), losses: losses.slice(row) };
  };
  return (
    <section class="stage" aria-label="Two histories">
      <div class="stage-head">
        <i class="key" />
        <Select label="Original" options={options} chosen={String(pair[0])} onChoose={(to) => comparison.choose(Number(to), pair[1])} />
        <span class="muted">and</span>
        <i class="key changed" />
        <Select label="Changed" options={options} chosen={String(pair[1])} onChoose={(to) => comparison.choose(pair[0], Number(to))} />
      </div>
      <Claim both={both} />
      {trouble}
      <section class="section losses" aria-label="Training loss">
        <div class="section-head">
          <h2>Training loss</h2>
        </div>
        <LossChart
          lines={[line("original", original), line("changed", changed, report.parted)]}
          step={report.step}
          parted={report.parted}
          last={Math.max(1, original.steps.at(-1) ?? 0, changed.steps.at(-1) ?? 0, report.step)}
          right={explorer.tier.value === "roomy" ? 72 : 58}
          label={`Training losses against step. Step ${report.step}: original ${number(original.training.loss)}, changed ${number(changed.training.loss)}.`}
        />
      </section>
      <Planes explorer={explorer} setup={setup} both={both} />
    </section>
  );
}

/** What differs, and what came of it. */
function Claim({ both: { report, original, changed } }: { both: Both }) {
  const [was, now] = [original.training.loss, changed.training.loss];
  return (
    <p class="claim" aria-live="polite">
      {report.changes.length === 0 ? (
        "Both are the same branch. "
      ) : (
        <>
          {report.changes.map((change, i) => (
            <Told key={i} change={change} original={change.branch !== changed.branch && report.changes.length > 1} />
          ))}
          Nothing else differs.{" "}
        </>
      )}
      At step {report.step} the loss is <b class={`num loss-changed ${Number.isFinite(value(now)) ? "" : "wrong"}`}>{number(now)}</b> instead of{" "}
      <span class="num loss-original">{number(was)}</span>.
    </p>
  );
}

function Told({ change, original }: { change: Change; original: boolean }) {
  const { thing, was, now, step } = change;
  return (
    <>
      At step {step}
      {original && `, in branch ${change.branch}`}, {thing.startsWith("sample") ? thing : <code>{thing}</code>} was{" "}
      {was ? (
        <>
          set from <span class="num">{was}</span> to <b class="num">{now}</b>
        </>
      ) : (
        now
      )}
      .{" "}
    </>
  );
}

function Side({ explorer }: ViewProps) {
  const comparison = comparisonOf(explorer);
  const [setup, both] = [explorer.setup.value, comparison.both.value];
  if (!comparison.pair.value || !setup) return <p class="muted">The weights of both stand here, and their difference.</p>;
  return both ? <Weights explorer={explorer} setup={setup} both={both} /> : <div class="bone grow" />;
}

export const compare: View = {
  name: "compare",
  title: "Compare",
  stage: Stage,
  side: Side,
  transport: Lanes,
  keys: laneKeys,
};
