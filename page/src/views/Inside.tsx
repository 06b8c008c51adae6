// Look inside: the scalar graph of a sample's loss, or of an expression, stepped through node by node.
import { CodePanel } from "../inside/CodePanel";
import { GraphView } from "../inside/GraphView";
import { NodePanel } from "../inside/NodePanel";
import { NodeTransport } from "../inside/NodeTransport";
import { Pins } from "../inside/Pins";
import { Where } from "../inside/Where";
import { type Detail, insideOf } from "../inside/state";
import { Button, Segments } from "../controls";
import { count } from "../numbers";
import type { Key } from "../keys";
import type { Explorer } from "../state";
import type { View, ViewProps } from "../view";

const DETAILS = [
  ["cards", "Cards"],
  ["focus", "Scalars"],
  ["all", "All"],
] as const satisfies readonly (readonly [Detail, string])[];

function Stage({ explorer }: ViewProps) {
  const inside = insideOf(explorer);
  const known = inside.known.value;
  const trouble = inside.trouble.value;
  if (!known) {
    return (
      <section class="stage">
        {trouble ? <p class="inside-trouble">{trouble}</p> : <div class="bone inside-bone" />}
      </section>
    );
  }
  const { graph } = known;
  const folds = graph.samples > 0 || graph.nodes.length > graph.boxes.length || graph.detail !== "all";
  return (
    <section class="stage" aria-label="Expression">
      <div class="stage-head">
        <Path explorer={explorer} />
        <span class="grow" />
        {graph.samples > 0 && <Sample explorer={explorer} samples={graph.samples} />}
        {folds && (
          <Segments label="Detail" options={DETAILS} chosen={graph.detail} onChoose={(detail) => (inside.detail.value = detail)} />
        )}
      </div>
      {trouble && <p class="inside-trouble">{trouble}</p>}
      <GraphView inside={inside} known={known} />
      <div class="inside-foot">
        <CodePanel inside={inside} known={known} />
        <Where inside={inside} known={known} />
      </div>
    </section>
  );
}

/** Where in the network one is, outermost first; each a way back up. */
function Path({ explorer }: ViewProps) {
  const inside = insideOf(explorer);
  const graph = inside.known.value?.graph;
  if (!graph) return null;
  const name = graph.nodes[inside.selected.value]?.name ?? "";
  const parts = graph.samples ? name.split(".").slice(0, 2) : [];
  return (
    <nav class="path" aria-label="Where">
      {graph.samples > 0 ? (
        <Button local kind="quiet" onPress={() => (inside.detail.value = "cards")}>
          network
        </Button>
      ) : (
        <code>{graph.title}</code>
      )}
      {parts.filter((part) => part.includes("[")).map((part, i, all) => (
        <span key={part} class={i === all.length - 1 ? "last" : ""}>
          <span aria-hidden="true">›</span> <code>{part}</code>
        </span>
      ))}
      {graph.samples === 0 && <span class="muted">{count(graph.nodes.length)} nodes</span>}
    </nav>
  );
}

function Sample({ explorer, samples }: ViewProps & { samples: number }) {
  const { sample } = explorer.place;
  const go = (by: number) => explorer.send({ type: "set_sample", index: (sample.value + by + samples) % samples });
  return (
    <span class="row not-narrow">
      <Button kind="quiet" icon="left" label="The sample before" onPress={() => go(-1)} />
      <span class="muted num">
        sample {sample.value} of {count(samples)}
      </span>
      <Button kind="quiet" icon="right" label="The next sample" onPress={() => go(1)} />
    </span>
  );
}

function Side({ explorer }: ViewProps) {
  const inside = insideOf(explorer);
  const known = inside.known.value;
  if (!known) return null;
  return (
    <>
      <Pins inside={inside} known={known} />
      <NodePanel inside={inside} known={known} />
    </>
  );
}

function keys(explorer: Explorer): Key[] {
  const inside = insideOf(explorer);
  const go = (cursor: number, sends = false) => {
    inside.playing.value = false;
    inside.go(cursor, sends);
  };
  const at = () => inside.cursor.value;
  const last = () => inside.known.value?.visits.length ?? 1;
  const name = () => inside.known.value?.graph.nodes[inside.selected.value]?.name ?? "";
  return [
    { keys: [" "], shown: "Space", does: "step through, pause", run: () => inside.turnPlaying() },
    { keys: ["ArrowRight"], shown: "→", does: "one node on", run: () => go(at() + 1, true) },
    { keys: ["ArrowLeft"], shown: "←", does: "one node back", run: () => go(at() - 1) },
    { keys: ["Shift+ArrowRight"], shown: "Shift →", does: "to the next phase", run: () => go(at() < inside.turn ? inside.turn : last() - 1) },
    { keys: ["Shift+ArrowLeft"], shown: "Shift ←", does: "to the phase before", run: () => go(at() > inside.turn ? inside.turn : 0) },
    { keys: ["Home"], shown: "Home", does: "first node", run: () => go(0) },
    { keys: ["End"], shown: "End", does: "last node", run: () => go(last() - 1) },
    { keys: ["f", "F"], shown: "F", does: "forward", run: () => go(0) },
    { keys: ["b", "B"], shown: "B", does: "backward", run: () => go(inside.turn) },
    { keys: ["w", "W"], shown: "W", does: "why this gradient", run: () => (explorer.place.view.value = "why") },
    { keys: ["p", "P"], shown: "P", does: "pin", run: () => name() && inside.pin(name()) },
    { keys: ["e", "E"], shown: "E", does: "edit", run: () => document.querySelector<HTMLInputElement>(".glassgrad .held-field")?.focus() },
  ];
}

export const inside: View = { name: "inside", title: "Look inside", ofExpressions: true, stage: Stage, side: Side, transport: NodeTransport, keys };
