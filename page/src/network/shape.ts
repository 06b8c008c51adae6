// The network that is explored: its shape, its names in Python, and a frame's numbers for it.
import type { Frame, Grid, Numbers, Setup } from "../messages";
import type { Arrival } from "../wire";

export interface Layer {
  index: number;
  size: number;
  inputs: number;
  activation: string;
  /** Places of its first neuron among all, and of its first parameter. */
  firstNeuron: number;
  firstParameter: number;
}

/** What a name such as layers[1].neurons[2].w[4] points to; `input` is undefined for a neuron. */
export interface Part {
  layer: number;
  neuron: number;
  input?: number | "b";
}

const NAME = /^layers\[(\d+)\]\.neurons\[(\d+)\](?:\.(?:w\[(\d+)\]|(b)))?$/;

export function layersOf(setup: Setup): Layer[] {
  let firstNeuron = 0;
  let firstParameter = 0;
  return setup.sizes.slice(1).map((size, index) => {
    const inputs = setup.sizes[index] ?? 0;
    const layer = {
      index,
      size,
      inputs,
      activation: setup.activations[index] ?? "linear",
      firstNeuron,
      firstParameter,
    };
    firstNeuron += size;
    firstParameter += size * (inputs + 1);
    return layer;
  });
}

/** Place of a weight among the parameters; the bias follows the weights of its neuron. */
export function parameterPlace(layer: Layer, neuron: number, input: number | "b"): number {
  const offset = input === "b" ? layer.inputs : input;
  return layer.firstParameter + neuron * (layer.inputs + 1) + offset;
}

export function neuronName(layer: number, neuron: number): string {
  return `layers[${layer}].neurons[${neuron}]`;
}

export function inputName(input: number | "b"): string {
  return input === "b" ? "b" : `w[${input}]`;
}

export function parsed(name: string): Part | undefined {
  const found = NAME.exec(name);
  if (!found) return undefined;
  const [, layer, neuron, weight, bias] = found;
  const part = { layer: Number(layer), neuron: Number(neuron) };
  if (weight !== undefined) return { ...part, input: Number(weight) };
  return bias ? { ...part, input: "b" } : part;
}

/** The buffers of a frame as arrays, without a copy. */
export interface Snapshot {
  frame: Frame;
  weights: Float64Array;
  gradients: Float64Array;
  updates: Float64Array;
  sampleGradients: Float64Array;
  values: Float64Array;
  valueGradients: Float64Array;
  maps: Float32Array[];
  boundary: Float32Array[];
  /** The samples that are put in another class than theirs. */
  wrong: ReadonlySet<number>;
}

export function snapshot({ report: frame, buffers }: Arrival<Frame>): Snapshot {
  return {
    frame,
    weights: numbersOf(frame.weights, buffers),
    gradients: numbersOf(frame.gradients, buffers),
    updates: numbersOf(frame.updates, buffers),
    sampleGradients: numbersOf(frame.sample_gradients, buffers),
    values: numbersOf(frame.values, buffers),
    valueGradients: numbersOf(frame.value_gradients, buffers),
    maps: mapsOf(frame.maps, buffers),
    boundary: mapsOf(frame.boundary, buffers),
    wrong: new Set(numbersOf(frame.wrong, buffers)),
  };
}

export function numbersOf({ count, buffer }: Numbers, buffers: ArrayBuffer[]): Float64Array {
  return new Float64Array(buffers[buffer] ?? new ArrayBuffer(8 * count), 0, count);
}

export function mapsOf({ width, height, count, buffer }: Grid, buffers: ArrayBuffer[]): Float32Array[] {
  const size = width * height;
  const held = buffers[buffer] ?? new ArrayBuffer(4 * size * count);
  return Array.from({ length: count }, (_, i) => new Float32Array(held, 4 * size * i, size));
}
