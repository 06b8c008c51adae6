// Parameters and neurons by what their names contain.
import { type Found, matches } from "../Find";
import { signed } from "../numbers";
import type { Explorer } from "../state";
import { layersOf, neuronName } from "./shape";

export function foundParameters(explorer: Explorer, words: string): Found[] {
  const [setup, shot] = [explorer.setup.value, explorer.shot.value];
  if (!setup || !shot) return [];
  const neurons = layersOf(setup).flatMap((layer) =>
    Array.from({ length: layer.size }, (_, i): [string, number] => [
      neuronName(layer.index, i),
      shot.values[layer.firstNeuron + i] ?? NaN,
    ]),
  );
  const parameters = setup.parameters.map((name, i): [string, number] => [name, shot.weights[i] ?? NaN]);
  return [...neurons, ...parameters]
    .filter(([name]) => matches(name, words))
    .map(([name, x]) => ({ name, text: signed(x, 4), go: () => (explorer.place.at.value = name) }));
}
