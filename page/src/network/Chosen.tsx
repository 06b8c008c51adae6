// What is chosen on the network, docked where it covers no card: a weight, or a neuron.
import { Button, NumberField, Slider, useCalm } from "../controls";
import type { Setup } from "../messages";
import { exact, signClass, signed } from "../numbers";
import type { Explorer } from "../state";
import { inputName, type Layer, layersOf, neuronName, type Part, parameterPlace, parsed, type Snapshot } from "./shape";

interface Props {
  explorer: Explorer;
  setup: Setup;
  shot: Snapshot;
}

export function Chosen(props: Props) {
  const { explorer, setup, shot } = props;
  const part = parsed(explorer.place.at.value);
  const layer = part && layersOf(setup)[part.layer];
  const fits = layer && part.neuron < layer.size && shot.frame.weights.count === setup.parameters.length;
  if (!part || !fits) return null;
  if (part.input === undefined) return <Neuron {...props} part={part} layer={layer} />;
  return <Weight {...props} part={{ ...part, input: part.input }} layer={layer} />;
}

const REACH = 3; // of the slider on each side of zero, unless the weight lies beyond

interface WeightProps extends Props {
  part: Part & { input: number | "b" };
  layer: Layer;
}

function Weight({ explorer, setup, shot, part, layer }: WeightProps) {
  const index = parameterPlace(layer, part.neuron, part.input);
  const edit = useCalm((value: number) => explorer.send({ type: "edit_parameter", index, value }), 60);
  const name = setup.parameters[index] ?? explorer.place.at.value;
  const value = shot.weights[index] ?? NaN;
  const gradient = shot.sampleGradients[index] ?? NaN;
  const most = Math.max(REACH, Math.ceil(Math.abs(value)));
  return (
    <section class="chosen chosen-weight" aria-label={`Chosen: ${name}`}>
      <Title explorer={explorer} name={name} />
      <div class="row amounts">
        <NumberField label={name} class={`big ${signClass(value)}`} value={value} decimals={4} plus step={0.01} onChange={edit} />
        <span class="grow" />
        <span class="muted num" title={`of this sample's loss: ${exact(gradient)}`}>
          ∂L {signed(gradient, 4)}
        </span>
      </div>
      <Slider centred label={`${name}, slider`} value={value} min={-most} max={most} step={0.01} text={signed(value, 4)} onChange={edit} />
      <dl class="more">
        <dt>last batch</dt>
        <dd class="num">∂ {signed(shot.gradients[index] ?? NaN, 4)}</dd>
        <dt>last update</dt>
        <dd class="num">{signed(shot.updates[index] ?? NaN, 4)}</dd>
      </dl>
      <Ways explorer={explorer} />
    </section>
  );
}

const ROWS = 8; // weights that a docked neuron lists at once; the rest is a scroll away

function Neuron({ explorer, setup, shot, part, layer }: Props & { part: Part; layer: Layer }) {
  const name = neuronName(part.layer, part.neuron);
  const flat = layer.firstNeuron + part.neuron;
  const inputs = [...Array(layer.inputs).keys(), "b" as const];
  const finding = shot.frame.findings.find((one) => one.where === name);
  const edit = useCalm((index: number, value: number) => explorer.send({ type: "edit_parameter", index, value }), 60);
  return (
    <section class="chosen chosen-neuron" aria-label={`Chosen: ${name}`}>
      <Title explorer={explorer} name={name} />
      <div class="row amounts">
        <span class="big num" title={exact(shot.values[flat] ?? NaN)}>
          {signed(shot.values[flat] ?? NaN, 4)}
        </span>
        <span class="grow" />
        <span class="muted num">∂L {signed(shot.valueGradients[flat] ?? NaN, 4)}</span>
      </div>
      {finding && <p class="wrong">{finding.text}</p>}
      <ul class="weights" style={{ maxHeight: `${ROWS * 24}px` }}>
        {inputs.map((input) => {
          const index = parameterPlace(layer, part.neuron, input);
          const value = shot.weights[index] ?? NaN;
          return (
            <li key={input} class="row">
              <button type="button" class="link" onClick={() => (explorer.place.at.value = setup.parameters[index] ?? "")}>
                <code>{inputName(input)}</code>
              </button>
              <span class="grow" />
              <NumberField label={`${name}.${inputName(input)}`} class={signClass(value)} value={value} plus step={0.01} onChange={(x) => edit(index, x)} />
              <span class="muted num slope">∂ {signed(shot.sampleGradients[index] ?? NaN, 4)}</span>
            </li>
          );
        })}
      </ul>
      <Ways explorer={explorer} inside />
    </section>
  );
}

function Title({ explorer, name }: { explorer: Explorer; name: string }) {
  return (
    <div class="row title">
      <code class="muted">{name}</code>
      <span class="grow" />
      <Button local kind="quiet" icon="cross" label="Close" onPress={() => (explorer.place.at.value = "")} />
    </div>
  );
}

function Ways({ explorer, inside = false }: { explorer: Explorer; inside?: boolean }) {
  const { view } = explorer.place;
  return (
    <div class="row ways">
      <Button local class="grow" label="Why this gradient?" onPress={() => (view.value = "why")}>
        <span>
          Why<span class="not-narrow"> this gradient</span>?
        </span>
      </Button>
      {inside && (
        <Button local class="inside" onPress={() => (view.value = "inside")}>
          Look inside
        </Button>
      )}
    </div>
  );
}
