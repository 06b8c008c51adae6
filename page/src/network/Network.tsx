// The network: cards in columns, edges between them, heads above. One tab stop, arrows inside.
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { largest } from "../HeatMap";
import type { IconName } from "../Icon";
import type { Finding, Setup } from "../messages";
import { number, signed } from "../numbers";
import type { Explorer, Tier } from "../state";
import { fitted, type Size, useSize } from "../useSize";
import { edgeAt, edgesOf, paintEdges } from "./edges";
import { LayerHead } from "./LayerHead";
import { type Layout, layoutOf } from "./layout";
import { CardMap, NeuronCard, spoken } from "./NeuronCard";
import { inputMap, placeOnMap } from "./plane";
import { inputName, type Layer, layersOf, neuronName, parameterPlace, parsed, type Snapshot } from "./shape";

export interface NetworkProps {
  explorer: Explorer;
  setup: Setup;
  shot: Snapshot;
  /** What the edges show: a number for each parameter. */
  edges: Float64Array;
  /** Edges that are not at issue, thin and grey. */
  faded?: (place: number) => boolean;
  /** Layers cannot be changed here. */
  fixed?: boolean;
}

const HEAD: Record<Tier, number> = { phone: 22, narrow: 44, regular: 46, roomy: 58 };
const WIDEST: Record<Tier, number> = { phone: 4, narrow: 6, regular: 7, roomy: 11 };

export function Network(props: NetworkProps) {
  const { setup, shot } = props;
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const layers = useMemo(() => layersOf(setup), [setup]);
  const current = shot.frame.weights.count === setup.parameters.length;
  return (
    <div ref={box} class="network">
      {size.width > 0 && current && <Drawn {...props} layers={layers} size={size} />}
    </div>
  );
}

interface DrawnProps extends NetworkProps {
  layers: Layer[];
  size: Size;
}

function Drawn(props: DrawnProps) {
  const { explorer, setup, shot, layers, size } = props;
  const tier = explorer.tier.value;
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const ranks = useRanks(shot, layers);
  const layout = useMemo(
    () =>
      layoutOf({ tier, ...size, top: HEAD[tier], sizes: setup.sizes, ranked: (c) => ranks[c - 1] ?? all(setup.sizes[c]), unfolded }),
    [tier, size, setup, ranks, unfolded],
  );
  const fold = (c: number) => {
    const next = new Set(unfolded);
    if (!next.delete(c)) next.add(c);
    setUnfolded(next);
  };
  return (
    <>
      <Edges {...props} layout={layout} />
      <Heads {...props} layout={layout} />
      <Cards {...props} layout={layout} />
      {layout.columns.map(({ fold: strip, folded }, c) => {
        if (!strip) {
          if (!unfolded.has(c)) return null;
          const column = layout.columns[c];
          return (
            <button key={c} type="button" class="fold" style={{ left: `${column?.x ?? 0}px`, width: `${column?.w ?? 0}px`, bottom: 0 }} onClick={() => fold(c)}>
              fold
            </button>
          );
        }
        return (
          <button
            key={c}
            type="button"
            class="fold"
            style={{ left: `${strip.x}px`, top: `${strip.y}px`, width: `${strip.w}px`, height: `${strip.h}px` }}
            title="Those with the largest gradients are shown; press to show all"
            onClick={() => fold(c)}
          >
            {tier === "phone" ? `+${folded}` : `and ${folded} more`}
          </button>
        );
      })}
      {layout.loss && <LossCard {...props} layout={layout} />}
    </>
  );
}

function all(size = 0): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

/** Neurons of each layer by |gradient|, largest first; they keep their places while training. */
function useRanks(shot: Snapshot, layers: Layer[]): number[][] {
  const kept = useRef<{ layers: Layer[]; ranks: number[][] } | undefined>(undefined);
  if (kept.current?.layers !== layers || !kept.current) {
    const size = (layer: Layer, i: number) => Math.abs(shot.valueGradients[layer.firstNeuron + i] ?? 0);
    const ranks = layers.map((layer) => all(layer.size).sort((a, b) => size(layer, b) - size(layer, a)));
    kept.current = { layers, ranks };
  }
  return kept.current.ranks;
}

interface PartProps extends DrawnProps {
  layout: Layout;
}

function Edges({ explorer, edges: values, faded, layers, size, layout }: PartProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const edges = useMemo(() => edgesOf(layout, layers), [layout, layers]);
  const palette = explorer.palette.value;
  const part = parsed(explorer.place.at.value);
  const layer = part && layers[part.layer];
  const chosen = layer && part.input !== undefined ? parameterPlace(layer, part.neuron, part.input) : undefined;
  useLayoutEffect(() => {
    const context = canvas.current && fitted(canvas.current, size);
    if (!context || !palette) return;
    const full = largest(values);
    const widest = WIDEST[explorer.tier.value];
    const dashes = matchMedia("(prefers-contrast: more)").matches;
    paintEdges(context, edges, { palette, values, full, widest, dashes, chosen, faded });
  });
  const under = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return edgeAt(edges, event.clientX - box.left, event.clientY - box.top);
  };
  return (
    <canvas
      ref={canvas}
      class="edges"
      aria-hidden="true"
      onPointerMove={(event) => (event.currentTarget.style.cursor = under(event) ? "pointer" : "")}
      onClick={(event) => {
        const edge = under(event);
        explorer.place.at.value = edge ? `${neuronName(edge.layer, edge.neuron)}.${inputName(edge.input)}` : "";
      }}
    />
  );
}

function Heads({ explorer, setup, layout, fixed }: PartProps) {
  const phone = explorer.tier.value === "phone";
  return (
    <>
      {layout.columns.map((column, c) => (
        <div key={c} class="column-head" style={{ left: `${column.x + column.w / 2}px` }}>
          {c > 0 ? (
            <LayerHead explorer={explorer} setup={setup} layer={c - 1} brief={phone} fixed={fixed ?? false} />
          ) : (
            !phone && <span class="muted">inputs</span>
          )}
        </div>
      ))}
      {layout.loss && (
        <div class="column-head" style={{ left: `${layout.loss.x + layout.loss.w / 2}px` }}>
          <span class="muted">loss</span>
        </div>
      )}
    </>
  );
}

function LossCard({ setup, shot, layout, explorer }: PartProps) {
  const box = layout.loss;
  const output = layout.columns.at(-1);
  if (!box || !output) return null;
  const from = output.x + output.w;
  const middle = box.y + box.h / 2;
  const palette = explorer.palette.value;
  return (
    <>
      <div class="to-loss" style={{ left: `${from}px`, top: `${middle}px`, width: `${box.x - from}px`, background: palette ? "var(--line-firm)" : "" }} />
      <div class="card loss" style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.w}px`, height: `${box.h}px` }}>
        <span class="slope">{LOSSES[setup.configuration.loss] ?? setup.configuration.loss}</span>
        <span class="value">{number(shot.frame.sample.loss, 4)}</span>
        <span class="slope">this sample</span>
      </div>
    </>
  );
}

/** What the losses are called, short. */
export const LOSSES: Record<string, string> = {
  squared: "(o − y)²",
  cross_entropy: "−log p",
  hinge: "hinge",
};

const BADGES: Record<string, { icon: IconName; word: string }> = {
  dead: { icon: "dead", word: "dead" },
  saturated: { icon: "saturated", word: "saturated" },
  exploding: { icon: "exploding", word: "exploding" },
  vanishing: { icon: "vanishing", word: "vanishing" },
};

function badge(finding: Finding | undefined) {
  const found = finding && BADGES[finding.kind];
  return found && { icon: found.icon, text: found.word };
}

function Cards({ explorer, setup, shot, layers, layout }: PartProps) {
  const tree = useRef<HTMLDivElement>(null);
  const { place } = explorer;
  const { frame } = shot;
  const palette = explorer.palette.value;
  const at = parsed(place.at.value);
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
      {layout.columns[0]?.shown.map((input, i) => {
        const box = layout.columns[0]?.boxes[i];
        const map = inputMap(setup, input);
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
              <CardMap map={{ ...map, side: layout.inputMap }} here={here} palette={palette} />
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
          const values = shot.maps[flat];
          if (!box || !values) return null;
          const mine = at?.layer === layer.index && at.neuron === neuron;
          const [value, gradient] = [shot.values[flat] ?? NaN, shot.valueGradients[flat] ?? NaN];
          return (
            <div key={key} data-place={key} role="none">
              <NeuronCard
                id={name}
                box={box}
                kind={layout.kind}
                map={{ values, width: frame.maps.width, height: frame.maps.height, side: Math.min(layout.map, box.h - 6), scale: bound(layer.activation) }}
                here={here}
                palette={palette}
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
                finding={badge(frame.findings.find((one) => one.where === name))}
                onSelect={() => (place.at.value = name)}
                onOpen={() => open(name)}
                onWeight={(input) => (place.at.value = `${name}.${inputName(input === layer.inputs ? "b" : input)}`)}
              />
            </div>
          );
        });
      })}
    </div>
  );
}

/** The largest size that an activation can give; undefined where there is none. */
function bound(activation: string): number | undefined {
  return activation === "tanh" || activation === "sigmoid" ? 1 : undefined;
}

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
