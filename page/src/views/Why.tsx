// Why: one gradient taken apart, by the paths that bring it and by the samples that ask for it.
import { useMemo } from "preact/hooks";
import { Segments } from "../controls";
import { GraphView } from "../inside/GraphView";
import { insideOf } from "../inside/state";
import type { Because } from "../messages";
import { Network } from "../network/Network";
import { layersOf, neuronName, parameterPlace } from "../network/shape";
import { count, decimalsThatAdd, exact, number, signClass, signed, value } from "../numbers";
import type { Explorer } from "../state";
import { Transport, transportKeys } from "../train/Transport";
import type { View, ViewProps } from "../view";
import { Explanation, Stages } from "../why/Explanation";
import { Lie } from "../why/Lie";
import { Plot } from "../why/Plot";
import { reasonsOf } from "../why/because";
import { Waterfall } from "../why/Waterfall";

const ABOUT = [
  ["gradient", "Gradient"],
  ["step", "Step"],
  ["rate", "Rate"],
  ["code", "Code"],
] as const;

function Stage({ explorer }: ViewProps) {
  const reasons = reasonsOf(explorer);
  const inside = insideOf(explorer);
  const [setup, shot] = [explorer.setup.value, explorer.shot.value];
  const because = reasons.because.value;
  const about = explorer.place.about.value;
  const gradient = about === "gradient";
  const explained = reasons.explained.value;
  const edges = useMemo(() => {
    if (gradient) return setup && because && edgesOf(explorer, because);
    return explained?.shares?.length ? Float64Array.from(explained.shares, value) : undefined;
  }, [setup, because, explained, gradient]);
  const answer = explained && (
    <>
      {about === "rate" && explained.sections.map(({ title, chart }) => chart && <Plot key={title} chart={chart} label={title} />)}
      {about === "code" && <Stages explained={explained} />}
    </>
  );
  const trouble = reasons.trouble.value && <p class="inside-trouble">{reasons.trouble.value}</p>;
  const choice = (
    <Segments
      local
      label="Why"
      options={setup ? ABOUT : ABOUT.filter(([name]) => name === "gradient" || name === "code")}
      chosen={about}
      onChoose={(next) => (explorer.place.about.value = next)}
    />
  );
  if (!setup?.sizes.length || !shot) {
    const known = inside.known.value;
    return (
      <section class="stage" aria-label="Expression">
        <div class="stage-head">{choice}</div>
        {trouble}
        {gradient && known && <GraphView inside={inside} known={known} />}
        {answer}
      </section>
    );
  }
  const trained = setup.parts.filter((part) => part === "train").length;
  return (
    <section class="stage" aria-label="Network">
      <div class="stage-head">
        {choice}
        <span class="muted cut not-narrow">{EDGES[about]}</span>
        <span class="grow" />
        {gradient && (
          <Segments
            label="Over"
            options={[["all", `All ${count(trained)} samples`], ["one", "One sample"]] as const}
            chosen={reasons.all.value ? "all" : "one"}
            onChoose={(which) => (reasons.all.value = which === "all")}
          />
        )}
      </div>
      {(gradient || about === "step") && edges && (
        <Network explorer={explorer} setup={setup} shot={shot} edges={edges} faded={(place) => edges[place] === 0} fixed />
      )}
      {answer}
      {trouble}
    </section>
  );
}

const EDGES = {
  gradient: "Edges show what each path brings to the gradient",
  step: "Edges show what the move of each weight brought to the loss",
  rate: "Loss after steps from here, by rate",
  code: "",
};

/** A number for each parameter: what comes to the gradient over the edge that it weighs. */
function edgesOf(explorer: Explorer, because: Because): Float64Array {
  const setup = explorer.setup.value;
  const found = new Float64Array(setup?.parameters.length ?? 0);
  if (!setup) return found;
  const layers = layersOf(setup);
  because.edges.forEach((rows, later) => {
    const layer = layers[because.layer + later];
    if (!layer) return;
    rows.forEach((row, neuron) => row.forEach((share, input) => (found[parameterPlace(layer, neuron, input)] = value(share))));
  });
  return found;
}

function Side({ explorer }: ViewProps) {
  const reasons = reasonsOf(explorer);
  const because = reasons.because.value;
  const setup = explorer.setup.value;
  if (explorer.place.about.value !== "gradient") {
    const explained = reasons.explained.value;
    return explained ? <Explanation explorer={explorer} explained={explained} /> : <div class="bone" style={{ height: reasons.trouble.value ? 0 : "60%" }} />;
  }
  if (!because) return <p class="muted">{reasons.trouble.value || "Choose a weight: press an edge, or a bar on a card."}</p>;
  const lists = [because.through, because.paths, because.by_sample].filter((parts) => parts.length);
  const decimals = lists.map((parts) => decimalsThatAdd(parts.map((part) => part.share), because.gradient));
  const common = decimals.length ? (decimals.includes(undefined) ? undefined : Math.max(...decimals.map((one) => one ?? 4))) : 4;
  const last = setup ? setup.sizes.length - 2 : -1;
  const openSample = (sample: number) => {
    reasons.all.value = false;
    explorer.send({ type: "set_sample", index: sample });
  };
  const neuronOf = (layer: number, neuron: number) => (explorer.place.at.value = neuronName(layer, neuron));
  return (
    <>
      <section class="why-question">
        <span class="muted">
          Why is the gradient of <code>{because.parameter}</code>
        </span>
        <div class="row">
          <span class={`amount ${signClass(because.gradient)}`} title={exact(because.gradient)}>
            {signed(because.gradient, common ?? 6)}
          </span>
          <span class="muted">?</span>
          <span class="grow" />
          <span class="muted num">value {number(because.value, 4, { plus: true })}</span>
        </div>
      </section>
      {because.through.length > 0 && (
        <section class="section">
          <div class="section-head">
            <h2>By path</h2>
            <span class="caption">
              {setup ? <>through <code>layers[{because.layer + 1}]</code>, </> : "by who reads it, "}largest first
            </span>
          </div>
          <Waterfall
            code
            parts={because.through.map((part) => (setup && part.count === 1 ? { ...part, name: `via ${part.name}` } : part))}
            total={because.gradient}
            decimals={common}
            {...(setup ? { onChoose: (part) => neuronOf(because.layer + 1, part.neurons[0] ?? 0) } : {})}
          />
        </section>
      )}
      {setup && because.layer === last && (
        <p class="muted">This is the last layer: what it brings reaches the loss at once, by one path for each output.</p>
      )}
      {because.paths.length > 1 && (!setup || because.paths.length !== because.through.length) && (
        <section class="section">
          <div class="section-head">
            <h2>Whole paths</h2>
            <span class="caption">{setup ? "a neuron of each later layer" : "to the result"}</span>
          </div>
          <Waterfall code parts={because.paths} total={because.gradient} decimals={common} />
        </section>
      )}
      {because.by_sample.length > 0 && (
        <section class="section">
          <div class="section-head">
            <h2>By sample</h2>
            <span class="caption">{count(because.samples.length)} samples, largest first</span>
          </div>
          <Waterfall parts={because.by_sample} total={because.gradient} decimals={common} onChoose={(part) => openSample(part.sample)} />
        </section>
      )}
      {setup && because.by_sample.length > 0 && <Lie
          shares={because.samples}
          setup={setup}
          says={["ask for a larger weight", "for a smaller one"]}
          none="say nothing: the way back is shut for them"
          onChoose={openSample}
        />}
    </>
  );
}

function Time(props: ViewProps) {
  return props.explorer.setup.value ? <Transport {...props} /> : null;
}

export const why: View = {
  name: "why",
  title: "Why",
  ofExpressions: true,
  stage: Stage,
  side: Side,
  transport: Time,
  keys: (explorer) => (explorer.setup.value ? transportKeys(explorer) : []),
};
