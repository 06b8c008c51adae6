// All cards as one tree: one tab stop, arrows go to neighbours, Enter opens.
import { useMemo, useRef } from "preact/hooks";
import { largest } from "../HeatMap";
import { number, signed } from "../numbers";
import type { Layout } from "./layout";
import type { PartProps } from "./Network";
import { Maps } from "./Maps";
import { Badge, MapRoom, NeuronCard, spoken } from "./NeuronCard";
import { inputMap, placeOnMap } from "./plane";
import { inputName, neuronName, parameterPlace, parsed } from "./shape";

const LEAST_MAP = 12; // pixels: a smaller one shows nothing

export function Cards({ explorer, setup, shot, layers, layout }: PartProps) {
  const tree = useRef<HTMLDivElement>(null);
  const { place } = explorer;
  const { frame } = shot;
  const palette = explorer.palette.value;
  const at = parsed(place.at.value);
  const inputs = layout.columns[0]?.shown ?? [];
  const inputMaps = useMemo(() => inputs.map((input) => inputMap(setup, input)), [setup, layout]);
  const mapped = layout.inputMap > LEAST_MAP;
  const here = placeOnMap(setup, frame.sample.index);
  const full = largest(shot.weights);
  const focus = at ? `${at.layer + 1},${at.neuron}` : `1,${layout.columns[1]?.shown[0] ?? 0}`;
  const open = (name: string) => {
    place.at.value = name;
    place.view.value = "inside";
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = neighbour(layout, at ?? { layer: 0, neuron: layout.columns[1]?.shown[0] ?? 0 }, event.key);
    if (event.key === "Enter" && at) open(neuronName(at.layer, at.neuron));
    else if (!next) return;
    else {
      place.at.value = neuronName(next.layer, next.neuron);
      tree.current?.querySelector<HTMLElement>(`[data-place="${next.layer + 1},${next.neuron}"] [role=treeitem]`)?.focus();
    }
    event.preventDefault();
  };
  return (
    <div ref={tree} class="cards" role="tree" aria-label="Network, from the inputs to the loss" onKeyDown={onKeyDown}>
      {inputs.map((input, i) => {
        const box = layout.columns[0]?.boxes[i];
        const x = setup.inputs[frame.sample.index]?.[input] ?? 0;
        return (
          box && (
            <div
              key={`x${input}`}
              class={`card input tier-${explorer.tier.value}`}
              role="treeitem"
              aria-level={1}
              aria-label={`input ${setup.features[input]?.name ?? input}, ${number(x, 2)}`}
              tabIndex={-1}
              style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.w}px`, height: `${box.h}px` }}
            >
              {mapped && <MapRoom column={0} side={layout.inputMap} />}
              {explorer.tier.value !== "phone" && (
                <span class="slope" title={setup.features[input]?.name}>
                  <span class="name">{setup.features[input]?.name ?? `x[${input}]`}</span>
                  {explorer.tier.value === "roomy" && ` ${signed(x, 2)}`}
                </span>
              )}
            </div>
          )
        );
      })}
      {layers.flatMap((layer) => {
        const column = layout.columns[layer.index + 1];
        return (column?.shown ?? []).map((neuron, i) => {
          const box = column?.boxes[i];
          const flat = layer.firstNeuron + neuron;
          const first = parameterPlace(layer, neuron, 0);
          const name = neuronName(layer.index, neuron);
          const key = `${layer.index + 1},${neuron}`;
          if (!box) return null;
          const finding = frame.findings.find((one) => one.where === name)?.kind;
          const mine = at?.layer === layer.index && at.neuron === neuron;
          const [value, gradient] = [shot.values[flat] ?? NaN, shot.valueGradients[flat] ?? NaN];
          return (
            <div key={key} data-place={key} role="none">
              <NeuronCard
                id={name}
                box={box}
                kind={layout.kind}
                column={layer.index + 1}
                side={Math.min(layout.map, box.h - 6)}
                name={`[${neuron}]`}
                label={spoken(layer.index, neuron, value, gradient)}
                value={value}
                gradient={gradient}
                weights={shot.weights.subarray(first, first + layer.inputs + 1)}
                slopes={shot.sampleGradients.subarray(first, first + layer.inputs + 1)}
                full={full}
                selected={mine && at.input === undefined}
                chosen={mine ? (at.input === "b" ? layer.inputs : at.input) : undefined}
                focusable={key === focus}
                level={layer.index + 2}
                onSelect={() => (place.at.value = name)}
                onOpen={() => open(name)}
                onWeight={(input) => (place.at.value = `${name}.${inputName(input === layer.inputs ? "b" : input)}`)}
              />
              {finding && <Badge box={box} kind={layout.kind} finding={finding} />}
            </div>
          );
        });
      })}
      {mapped && <Maps cards={tree} column={0} layout={layout} maps={inputMaps} here={here} palette={palette} />}
      {layers.map((layer) => {
        const { width, height } = frame.maps;
        const scale = bound(layer.activation);
        const maps = (layout.columns[layer.index + 1]?.shown ?? []).map((neuron) => {
          const values = shot.maps[layer.firstNeuron + neuron] ?? new Float32Array(width * height);
          return { values, width, height, scale };
        });
        return <Maps key={layer.index} cards={tree} column={layer.index + 1} layout={layout} maps={maps} here={here} palette={palette} />;
      })}
    </div>
  );
}

/** The largest size that an activation can give; undefined where there is none. */
function bound(activation: string): number | undefined {
  return activation === "tanh" || activation === "sigmoid" ? 1 : undefined;
}

/** The card beside another one in the direction of an arrow. */
function neighbour({ columns }: Layout, at: { layer: number; neuron: number }, key: string) {
  const side = { ArrowLeft: -1, ArrowRight: 1 }[key];
  const by = { ArrowUp: -1, ArrowDown: 1 }[key];
  const column = columns[at.layer + 1];
  const i = Math.max(0, column?.shown.indexOf(at.neuron) ?? 0);
  if (by && column) {
    const neuron = column.shown[i + by];
    return neuron === undefined ? undefined : { layer: at.layer, neuron };
  }
  const next = side && at.layer + side >= 0 ? columns[at.layer + 1 + side] : undefined;
  if (!side || !next || !column) return undefined;
  const share = column.shown.length > 1 ? i / (column.shown.length - 1) : 0.5;
  const neuron = next.shown[Math.round(share * (next.shown.length - 1))] ?? 0;
  return { layer: at.layer + side, neuron };
}
