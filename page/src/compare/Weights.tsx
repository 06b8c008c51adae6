// The weights of both branches: their difference as maps, and those that differ most as numbers.
import { Button } from "../controls";
import { HeatMap, largest } from "../HeatMap";
import type { Setup } from "../messages";
import { type Layer, layersOf } from "../network/shape";
import { exact, number, signClass, signed } from "../numbers";
import type { Explorer } from "../state";
import type { Both } from "./state";

interface Props {
  explorer: Explorer;
  setup: Setup;
  both: Both;
}

const ROWS = { phone: 4, narrow: 10, regular: 14, roomy: 24 };

export function Weights({ explorer, setup, both }: Props) {
  const { report, original, changed, differences } = both;
  const places = [...differences.keys()].sort((a, b) => Math.abs(differences[b] ?? 0) - Math.abs(differences[a] ?? 0));
  const rows = places.slice(0, ROWS[explorer.tier.value]);
  const edited = new Set(report.changes.map((change) => change.thing));
  // An edited weight differs by far the most; it takes the ramp's last colour, not the ramp.
  const most = largest(differences.filter((_, i) => !edited.has(setup.parameters[i] ?? "")));
  const goOn = (branch: number) => {
    explorer.send({ type: "seek", step: report.step, branch });
    explorer.place.view.value = "train";
  };
  return (
    <>
      {setup.sizes.length > 0 && (
        <section class="section" aria-label="Weights, changed minus original">
          <h2>Weights, changed minus original</h2>
          <div class="matrices">
            {layersOf(setup).map((layer) => (
              <Matrix key={layer.index} explorer={explorer} layer={layer} differences={differences} scale={most} />
            ))}
          </div>
          <div class="caption row num">
            {signed(-most, 2)} <i class="ramp" /> {signed(most, 2)}
          </div>
        </section>
      )}
      <section class="section" aria-label="Changed most">
        <div class="section-head">
          <h2>Changed most</h2>
          <span class="caption num">
            {rows.length} of {places.length}
          </span>
        </div>
        <table class="weights-compared num">
          <thead>
            <tr>
              {["weight", "original", "changed", "difference"].map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((i) => {
              const name = setup.parameters[i] ?? "";
              return (
                <tr key={name} class={edited.has(name) ? "edited" : undefined}>
                  <th scope="row">
                    <code title={name}>{name.replace("layers", "").replace(".neurons", "")}</code>
                    {edited.has(name) && <b> edited</b>}
                  </th>
                  {[original.weights, changed.weights].map((weights, side) => (
                    <td key={side} title={exact(weights[i] ?? 0)}>
                      {number(weights[i] ?? 0, 3, { plus: true })}
                    </td>
                  ))}
                  <td class={signClass(differences[i] ?? 0)}>{signed(differences[i] ?? 0)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      <div class="row go-on">
        <span class="muted">Go on from</span>
        {([["original", original], ["changed", changed]] as const).map(([name, side]) => (
          <Button key={name} onPress={() => goOn(side.branch)}>
            {name}
          </Button>
        ))}
      </div>
    </>
  );
}

interface MatrixProps {
  explorer: Explorer;
  layer: Layer;
  differences: Float64Array;
  scale: number;
}

/** A row for each neuron, a column for each of its weights, the bias last. */
function Matrix({ explorer, layer, differences, scale }: MatrixProps) {
  const columns = layer.inputs + 1;
  const values = Float32Array.from(differences.subarray(layer.firstParameter, layer.firstParameter + columns * layer.size));
  return (
    <div class="matrix" style={{ "--columns": columns, "--rows": layer.size }}>
      <code class="caption">layers[{layer.index}]</code>
      <HeatMap values={values} width={columns} height={layer.size} palette={explorer.palette.value} scale={scale} label={`Differences of layers[${layer.index}], a row for each neuron`} />
    </div>
  );
}
