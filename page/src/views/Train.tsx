// Training, live: settings on the left, the network, what it makes of the data on the right.
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button, Segments } from "../controls";
import type { Setup } from "../messages";
import { Chosen } from "../network/Chosen";
import { Network } from "../network/Network";
import type { Snapshot } from "../network/shape";
import { number } from "../numbers";
import type { Explorer } from "../state";
import { Findings } from "../train/Findings";
import { Rail } from "../train/Rail";
import { Side } from "../train/Side";
import { said, Transport, transportKeys } from "../train/Transport";
import type { View, ViewProps } from "../view";

function Stage({ explorer }: ViewProps) {
  useSpoken(explorer);
  const [setup, shot] = [explorer.setup.value, explorer.shot.value];
  if (!setup || !shot) return <section class="stage" aria-label="Network" />;
  const shows = { weight: shot.weights, gradient: shot.sampleGradients, update: shot.updates };
  return (
    <section class="stage" aria-label="Network">
      <div class="stage-head">
        <SampleChooser explorer={explorer} setup={setup} shot={shot} />
        <span class="grow" />
        <Layers explorer={explorer} setup={setup} />
        <span class="muted not-narrow">Edges show</span>
        <Segments
          local
          label="Edges show"
          options={EDGES}
          chosen={explorer.edges.value}
          onChoose={(what) => (explorer.edges.value = what)}
        />
      </div>
      <Network explorer={explorer} setup={setup} shot={shot} edges={shows[explorer.edges.value]} />
      <Chosen explorer={explorer} setup={setup} shot={shot} />
      {shot.frame.findings.length ? <Findings explorer={explorer} setup={setup} shot={shot} /> : <Legend what={explorer.edges.value} />}
    </section>
  );
}

const EDGES = [
  ["weight", "Weight"],
  ["gradient", "Gradient"],
  ["update", "Update"],
] as const;

const CALM = 5000; // milliseconds between two sentences of the live region while training

/** Says loss and step now and then while training, and where it stopped. */
function useSpoken(explorer: Explorer): void {
  const last = useRef(0);
  const report = explorer.frame.value?.report;
  // An effect after painting would ask the browser for a frame of its own.
  useLayoutEffect(() => {
    if (!report || (report.playing && performance.now() - last.current < CALM)) return;
    last.current = performance.now();
    explorer.notices.say(said(explorer));
  }, [report]);
}

interface Props {
  explorer: Explorer;
  setup: Setup;
  shot: Snapshot;
}

function SampleChooser({ explorer, setup, shot }: Props) {
  const { index } = shot.frame.sample;
  const all = setup.inputs.length;
  const show = (to: number) => explorer.send({ type: "set_sample", index: (to + all) % all });
  const point = setup.inputs[index] ?? [];
  const x = point.slice(0, 3).map((v) => number(v, 2));
  const target = setup.targets[index] ?? NaN;
  const named = setup.task === "regression" ? number(target, 2) : (setup.classes[classOf(setup, target)] ?? number(target, 0));
  return (
    <div class="row sample">
      <span class="muted">Sample</span>
      <Button kind="quiet" icon="left" label="Sample before" onPress={() => show(index - 1)} />
      <b class="num">
        {index} of {all}
      </b>
      <Button kind="quiet" icon="right" label="Next sample" onPress={() => show(index + 1)} />
      <span class="muted not-narrow num">
        x = ({x.join(", ")}
        {point.length > 3 && ", …"}), y = {named}
      </span>
    </div>
  );
}

/** Two classes have targets of any two numbers, the larger is the second class. */
function classOf({ classes }: Setup, target: number): number {
  return classes.length === 2 ? Number(target > 0) : target;
}

const MOST_LAYERS = 8;

function Layers({ explorer, setup }: Omit<Props, "shot">) {
  const { hidden, activations } = explorer.configuration ?? setup.configuration;
  if (setup.sizes.length === 0) return null;
  const more = () =>
    explorer.configure({
      hidden: [...hidden, hidden.at(-1) ?? 4],
      activations: [...activations.slice(0, -1), activations.at(-2) ?? "tanh", ...activations.slice(-1)],
    });
  const fewer = () =>
    explorer.configure({
      hidden: hidden.slice(0, -1),
      activations: [...activations.slice(0, -2), ...activations.slice(-1)],
    });
  return (
    <span class="row layers">
      <span class="muted">Layers</span>
      <Button kind="quiet" icon="minus" label="One layer less" notNow={hidden.length ? "" : "There is no hidden layer"} onPress={fewer} />
      <b class="num">{hidden.length + 1}</b>
      <Button kind="quiet" icon="plus" label="One layer more" notNow={hidden.length < MOST_LAYERS ? "" : "More would not fit"} onPress={more} />
    </span>
  );
}

/** What colours and widths say. */
function Legend({ what }: { what: string }) {
  return (
    <div class="legend">
      <span class="row">
        − <i class="ramp" /> + output over the plane
      </span>
      <span class="row">
        <i class="stroke minus" /> negative
      </span>
      <span class="row">
        <i class="stroke plus" />
        <span>
          positive {what}
          <span class="not-narrow">, thicker is larger</span>
        </span>
      </span>
      <span class="row not-narrow">
        <i class="here-sample" /> the sample shown
      </span>
    </div>
  );
}

export const train: View = {
  name: "train",
  title: "Train",
  stage: Stage,
  rail: Rail,
  side: Side,
  transport: Transport,
  keys: transportKeys,
};
