// The network: cards in columns, edges between them, heads above. One tab stop, arrows inside.
import { useMemo, useRef, useState } from "preact/hooks";
import type { Setup } from "../messages";
import { number } from "../numbers";
import type { Explorer, Tier } from "../state";
import { type Size, useSize } from "../useSize";
import { Cards } from "./Cards";
import { Edges } from "./Edges";
import { LayerHead } from "./LayerHead";
import { type Column, type Layout, layoutOf } from "./layout";
import { type Layer, layersOf, type Snapshot } from "./shape";

interface NetworkProps {
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

/** What each part of the drawing is given. */
export interface PartProps extends DrawnProps {
  layout: Layout;
}

function Drawn(props: DrawnProps) {
  const { explorer, setup, shot, layers, size } = props;
  const tier = explorer.tier.value;
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const ranks = useRanks(shot, layers);
  const layout = useMemo(
    () =>
      layoutOf({ tier, ...size, top: HEAD[tier], sizes: setup.sizes, letters: Math.max(...setup.features.map(({ name }) => name.length)), ranked: (c) => ranks[c - 1] ?? all(setup.sizes[c]), unfolded }),
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
      {layout.columns.map((column, c) => (
        <Fold key={c} column={column} unfolded={unfolded.has(c)} brief={tier === "phone"} onTurn={() => fold(c)} />
      ))}
      {layout.loss && <LossCard {...props} layout={layout} />}
    </>
  );
}

interface FoldProps {
  column: Column;
  unfolded: boolean;
  brief: boolean;
  onTurn: () => void;
}

/** Says how many cards are folded away, and turns them out or back. */
function Fold({ column, unfolded, brief, onTurn }: FoldProps) {
  const { fold: strip, folded, x, w } = column;
  if (!strip && !unfolded) return null;
  const place = strip
    ? { left: `${strip.x}px`, top: `${strip.y}px`, width: `${strip.w}px`, height: `${strip.h}px` }
    : { left: `${x}px`, bottom: "-14px", width: `${w}px` };
  const words = strip ? (brief ? `+${folded}` : `and ${folded} more`) : "fold";
  const why = "Those with the largest gradients are shown; press to show as many as fit";
  return (
    <button type="button" class="fold" style={place} title={unfolded ? "Show fewer" : why} onClick={onTurn}>
      {words}
    </button>
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

const HEAD_WIDTH = 104; // pixels that the controls of a layer take

function Heads({ explorer, setup, shot, layout, fixed }: PartProps) {
  const phone = explorer.tier.value === "phone";
  const [first, second] = layout.columns.slice(1);
  const tight = first && second ? second.x - first.x < HEAD_WIDTH : false;
  return (
    <>
      {layout.columns.map((column, c) => (
        <div key={c} class="column-head" style={{ left: `${column.x + column.w / 2}px` }}>
          {c > 0 ? (
            <LayerHead
              explorer={explorer}
              setup={setup}
              layer={c - 1}
              brief={phone}
              fixed={fixed || tight}
              finding={shot.frame.findings.find(({ where }) => where === `layers[${c - 1}]`)?.kind}
            />
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

function LossCard({ setup, shot, layout }: PartProps) {
  const box = layout.loss;
  const output = layout.columns.at(-1);
  if (!box || !output) return null;
  const from = output.x + output.w;
  const middle = box.y + box.h / 2;
  return (
    <>
      <div class="to-loss" style={{ left: `${from}px`, top: `${middle}px`, width: `${box.x - from}px` }} />
      <div class="card loss" style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.w}px`, height: `${box.h}px` }}>
        <span class="slope">{LOSSES[setup.configuration.loss] ?? setup.configuration.loss}</span>
        <span class="value">{number(shot.frame.sample.loss, 4)}</span>
        <span class="slope">this sample</span>
      </div>
    </>
  );
}

/** What the losses are called, short. */
const LOSSES: Record<string, string> = {
  squared: "(o − y)²",
  cross_entropy: "−log p",
  hinge: "hinge",
};

