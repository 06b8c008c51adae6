// What is wrong, at the foot of the stage: one box for each sickness of a layer, each neuron a way there.
import { Icon, iconOf } from "../Icon";
import type { Finding, Setup } from "../messages";
import { layersOf, neuronName, parsed, type Snapshot } from "../network/shape";
import type { Explorer } from "../state";

interface Props {
  explorer: Explorer;
  setup: Setup;
  shot: Snapshot;
}

export function Findings(props: Props) {
  const { findings } = props.shot.frame;
  return (
    <div class="findings" role="group" aria-label="What is wrong">
      {[...grouped(findings)].map(([key, alike]) => (
        <div key={key} class="finding">
          <Icon name={iconOf(alike[0]?.kind ?? "")} />
          {alike.length > 1 ? <Several {...props} alike={alike} /> : alike.map((one) => <One key={one.where} {...props} finding={one} />)}
        </div>
      ))}
    </div>
  );
}

/** By their kind and the layer that they are in. */
function grouped(findings: Finding[]): Map<string, Finding[]> {
  const found = new Map<string, Finding[]>();
  for (const one of findings) {
    const key = `${one.kind} ${parsed(one.where)?.layer ?? one.where}`;
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return found;
}

/** A press leads to the place; what is wrong with the whole run leads nowhere, but for its rate. */
function One({ finding: { kind, where, text }, ...props }: Props & { finding: Finding }) {
  const { place } = props.explorer;
  const go = () => {
    if (where) place.at.value = neuronIn(props, where);
    else {
      place.about.value = "rate";
      place.view.value = "why";
    }
  };
  return where || kind === "rate" ? <button type="button" onClick={go}>{text}</button> : <span>{text}</span>;
}

/** The neuron of this name; of a layer that of the largest gradient. */
function neuronIn({ setup, shot }: Props, where: string): string {
  const layer = layersOf(setup).find(({ index }) => where === `layers[${index}]`);
  if (!layer) return where;
  const sizes = Array.from(shot.valueGradients.subarray(layer.firstNeuron, layer.firstNeuron + layer.size), Math.abs);
  return neuronName(layer.index, sizes.indexOf(Math.max(...sizes)));
}

function Several({ explorer, alike }: Props & { alike: Finding[] }) {
  const [first] = alike;
  if (!first) return null;
  return (
    <span>
      {alike.length} neurons of <code>{first.where.replace(/\..*/, "")}</code> are {first.kind}:{" "}
      {alike.map(({ where, text }) => (
        <button key={where} type="button" title={text} aria-label={where} aria-pressed={explorer.place.at.value === where} onClick={() => (explorer.place.at.value = where)}>
          <code>{where.replace(/.*neurons/, "")}</code>
        </button>
      ))}
    </span>
  );
}
