// Written by tools/make_messages.py from glassgrad/explore/messages; not to be edited.

/** A page has opened: tell it what is explored and where it stands. */
export type Hello = {
  type: "hello";
  id: number;
};

/** Train on until `pause`, so many steps a second; 0: as many as can be. */
export type Play = {
  type: "play";
  id: number;
  speed?: number;
};

/** Stop training after the running step. */
export type Pause = {
  type: "pause";
  id: number;
};

/** Make so many training steps and stop there. */
export type Step = {
  type: "step";
  id: number;
  steps?: number;
};

/** Train up to the end of the epoch and stop there. */
export type ToEpoch = {
  type: "epoch";
  id: number;
};

/** Go back to the first weights, and forget what came after them. */
export type Reset = {
  type: "reset";
  id: number;
};

/** The page has drawn the frame of this serial number and can take the next. */
export type Drawn = {
  type: "drawn";
  id: number;
  serial: number;
};

/** Take another configuration; what fits of the weights is kept, unless the seed is another. */
export type Configure = {
  type: "configure";
  id: number;
  configuration: Configuration;
};

/** All that can be chosen; a page sends it back whole, with what it changed. */
export type Configuration = {
  data: string;
  size: number;
  noise: number;
  data_seed: number;
  held_out: number;
  hidden: (number)[];
  activations: (string)[];
  loss: string;
  optimiser: string;
  rate: number;
  l1: number;
  l2: number;
  batch_size: number;
  zero_grad: boolean;
  seed: number;
};

/** Show this sample's numbers on the network from now on. */
export type SetSample = {
  type: "set_sample";
  id: number;
  index: number;
};

/** Draw maps over these two inputs (one alone: `y` null), the others held at these numbers. */
export type SetPlane = {
  type: "set_plane";
  id: number;
  x: number;
  y: number | null;
  held: (number)[];
};

/** Stand at this step of this branch of time; by default that at hand. */
export type Seek = {
  type: "seek";
  id: number;
  step: number;
  branch?: number | null;
};

/** Answer by the frame of this step of this branch (`Peeked`), and stay where we are. */
export type Peek = {
  type: "peek";
  id: number;
  step: number;
  branch: number;
};

/** Answer by the losses of a branch (`Curve`). */
export type AskCurve = {
  type: "ask_curve";
  id: number;
  branch: number;
};

/** Set a parameter, by its place in `Setup.parameters`: a new branch of time begins here. */
export type EditParameter = {
  type: "edit_parameter";
  id: number;
  index: number;
  value: number;
};

/** Set an input of a sample: a new branch of time begins here. */
export type EditInput = {
  type: "edit_input";
  id: number;
  sample: number;
  input: number;
  value: number;
};

/** Train without a sample, or with it again: a new branch of time begins here. */
export type LeaveOut = {
  type: "leave_out";
  id: number;
  sample: number;
  out?: boolean;
};

/** Add a sample: a new branch of time begins here. */
export type AddPoint = {
  type: "add_point";
  id: number;
  inputs: (number)[];
  target: number;
};

/** Explore a table that a page's user has as a text file, CSV or TSV. */
export type Upload = {
  type: "upload";
  id: number;
  name: string;
  text: string;
  target?: string | null;
};

/** A request could not be met; `text` says why and what can be done. */
export type Refused = {
  type: "refused";
  id: number;
  text: string;
};

/** What is explored: the data, the network's shape, and all that can be chosen. */
export type Setup = {
  type: "setup";
  title: string;
  task: "binary" | "classes" | "regression";
  configuration: Configuration;
  choices: Choices;
  features: (Feature)[];
  target: string;
  classes: (string)[];
  sizes: (number)[];
  activations: (string)[];
  parameters: (string)[];
  inputs: ((number)[])[];
  targets: (number)[];
  parts: ("held_out" | "left_out" | "train")[];
  plane: Plane;
  note: string;
};

/** What a configuration can name. */
export type Choices = {
  data: (string)[];
  activations: (string)[];
  losses: (string)[];
  optimisers: (string)[];
};

/** An input of the network: what it is called, and where the samples lie. */
export type Feature = {
  name: string;
  low: number;
  high: number;
  mean: number;
  scale: number;
};

/** What maps are drawn over: two inputs, or one (`y` null), the others held. */
export type Plane = {
  x: number;
  y: number | null;
  held: (number)[];
  bounds: [number, number, number, number];
};

/** Where the network stands after a step. */
export type Frame = {
  type: "frame";
  serial: number;
  branch: number;
  step: number;
  epoch: number;
  steps_per_epoch: number;
  playing: boolean;
  way: "compiled" | "compiling" | "eager";
  loss: number | "-inf" | "inf" | "nan";
  training: Score;
  held_out: Score | null;
  sample: Shown;
  weights: Numbers;
  gradients: Numbers;
  updates: Numbers;
  sample_gradients: Numbers;
  values: Numbers;
  value_gradients: Numbers;
  maps: Grid;
  boundary: Grid;
  findings: (Finding)[];
};

/** How well the network does on a part of the samples. */
export type Score = {
  loss: number | "-inf" | "inf" | "nan";
  metric: number | "-inf" | "inf" | "nan";
};

/** The sample at hand, and what the network makes of it. */
export type Shown = {
  index: number;
  outputs: (number | "-inf" | "inf" | "nan")[];
  loss: number | "-inf" | "inf" | "nan";
};

/** Numbers in a buffer of the report, float64. */
export type Numbers = {
  count: number;
  buffer: number;
};

/** Numbers in a buffer of the report, float32: maps one after another, rows from the top. */
export type Grid = {
  width: number;
  height: number;
  count: number;
  buffer: number;
};

/** Something is wrong, and the number that proves it. */
export type Finding = {
  kind: string;
  where: string;
  text: string;
  numbers: (number | "-inf" | "inf" | "nan")[];
};

/** The frame that was asked for. */
export type Peeked = {
  type: "peeked";
  id: number;
  frame: Frame;
};

/** The losses of a branch, thinned: each buffer has one number for each of `steps`. */
export type Curve = {
  type: "curve";
  branch: number;
  steps: Numbers;
  batch: Numbers;
  training: Numbers;
  held_out: Numbers;
  training_metric: Numbers;
  held_out_metric: Numbers;
};

/** All branches of time, by number, and that at hand. */
export type Timeline = {
  type: "timeline";
  branches: (Branch)[];
  current: number;
};

/** A line of time: the first, or one that an edit began. */
export type Branch = {
  parent: number | null;
  step: number;
  last: number;
  change: string;
};

export type Request = Hello | Play | Pause | Step | ToEpoch | Reset | Drawn | Configure | SetSample | SetPlane | Seek | Peek | AskCurve | EditParameter | EditInput | LeaveOut | AddPoint | Upload;

export type Report = Refused | Setup | Frame | Peeked | Curve | Timeline;

export const PARTS: Record<string, unknown> = {"Hello": {"type": "object", "properties": {"type": {"enum": ["hello"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id"], "additionalProperties": false}, "Play": {"type": "object", "properties": {"type": {"enum": ["play"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "speed": {"type": "number", "minimum": 0, "maximum": 1000000.0}}, "required": ["type", "id"], "additionalProperties": false}, "Pause": {"type": "object", "properties": {"type": {"enum": ["pause"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id"], "additionalProperties": false}, "Step": {"type": "object", "properties": {"type": {"enum": ["step"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "steps": {"type": "integer", "minimum": 1, "maximum": 1000000}}, "required": ["type", "id"], "additionalProperties": false}, "ToEpoch": {"type": "object", "properties": {"type": {"enum": ["epoch"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id"], "additionalProperties": false}, "Reset": {"type": "object", "properties": {"type": {"enum": ["reset"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id"], "additionalProperties": false}, "Drawn": {"type": "object", "properties": {"type": {"enum": ["drawn"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "serial": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id", "serial"], "additionalProperties": false}, "Configure": {"type": "object", "properties": {"type": {"enum": ["configure"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "configuration": {"$ref": "Configuration"}}, "required": ["type", "id", "configuration"], "additionalProperties": false}, "Configuration": {"type": "object", "properties": {"data": {"type": "string", "maxLength": 200}, "size": {"type": "integer", "minimum": 1, "maximum": 100000}, "noise": {"type": "number", "minimum": 0, "maximum": 1000000.0}, "data_seed": {"type": "integer", "minimum": 0, "maximum": 4294967295}, "held_out": {"type": "number", "minimum": 0, "maximum": 0.9}, "hidden": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 128}, "maxItems": 8}, "activations": {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 9}, "loss": {"type": "string", "maxLength": 200}, "optimiser": {"type": "string", "maxLength": 200}, "rate": {"type": "number", "minimum": 0, "maximum": 1000000.0}, "l1": {"type": "number", "minimum": 0, "maximum": 1000000.0}, "l2": {"type": "number", "minimum": 0, "maximum": 1000000.0}, "batch_size": {"type": "integer", "minimum": 1, "maximum": 100000}, "zero_grad": {"type": "boolean"}, "seed": {"type": "integer", "minimum": 0, "maximum": 4294967295}}, "required": ["data", "size", "noise", "data_seed", "held_out", "hidden", "activations", "loss", "optimiser", "rate", "l1", "l2", "batch_size", "zero_grad", "seed"], "additionalProperties": false}, "SetSample": {"type": "object", "properties": {"type": {"enum": ["set_sample"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "index": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id", "index"], "additionalProperties": false}, "SetPlane": {"type": "object", "properties": {"type": {"enum": ["set_plane"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "x": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "y": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740992}, {"type": "null"}]}, "held": {"type": "array", "items": {"type": "number"}}}, "required": ["type", "id", "x", "y", "held"], "additionalProperties": false}, "Seek": {"type": "object", "properties": {"type": {"enum": ["seek"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "step": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "branch": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740992}, {"type": "null"}]}}, "required": ["type", "id", "step"], "additionalProperties": false}, "Peek": {"type": "object", "properties": {"type": {"enum": ["peek"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "step": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "branch": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id", "step", "branch"], "additionalProperties": false}, "AskCurve": {"type": "object", "properties": {"type": {"enum": ["ask_curve"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "branch": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id", "branch"], "additionalProperties": false}, "EditParameter": {"type": "object", "properties": {"type": {"enum": ["edit_parameter"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "index": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "value": {"type": "number"}}, "required": ["type", "id", "index", "value"], "additionalProperties": false}, "EditInput": {"type": "object", "properties": {"type": {"enum": ["edit_input"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "sample": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "input": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "value": {"type": "number"}}, "required": ["type", "id", "sample", "input", "value"], "additionalProperties": false}, "LeaveOut": {"type": "object", "properties": {"type": {"enum": ["leave_out"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "sample": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "out": {"type": "boolean"}}, "required": ["type", "id", "sample"], "additionalProperties": false}, "AddPoint": {"type": "object", "properties": {"type": {"enum": ["add_point"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "inputs": {"type": "array", "items": {"type": "number"}}, "target": {"type": "number"}}, "required": ["type", "id", "inputs", "target"], "additionalProperties": false}, "Upload": {"type": "object", "properties": {"type": {"enum": ["upload"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "name": {"type": "string", "maxLength": 200}, "text": {"type": "string"}, "target": {"anyOf": [{"type": "string", "maxLength": 200}, {"type": "null"}]}}, "required": ["type", "id", "name", "text"], "additionalProperties": false}, "Refused": {"type": "object", "properties": {"type": {"enum": ["refused"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "text": {"type": "string"}}, "required": ["type", "id", "text"]}, "Setup": {"type": "object", "properties": {"type": {"enum": ["setup"]}, "title": {"type": "string"}, "task": {"enum": ["binary", "classes", "regression"]}, "configuration": {"$ref": "Configuration"}, "choices": {"$ref": "Choices"}, "features": {"type": "array", "items": {"$ref": "Feature"}}, "target": {"type": "string"}, "classes": {"type": "array", "items": {"type": "string"}}, "sizes": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "activations": {"type": "array", "items": {"type": "string", "maxLength": 200}}, "parameters": {"type": "array", "items": {"type": "string"}}, "inputs": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, "targets": {"type": "array", "items": {"type": "number"}}, "parts": {"type": "array", "items": {"enum": ["held_out", "left_out", "train"]}}, "plane": {"$ref": "Plane"}, "note": {"type": "string"}}, "required": ["type", "title", "task", "configuration", "choices", "features", "target", "classes", "sizes", "activations", "parameters", "inputs", "targets", "parts", "plane", "note"]}, "Choices": {"type": "object", "properties": {"data": {"type": "array", "items": {"type": "string"}}, "activations": {"type": "array", "items": {"type": "string"}}, "losses": {"type": "array", "items": {"type": "string"}}, "optimisers": {"type": "array", "items": {"type": "string"}}}, "required": ["data", "activations", "losses", "optimisers"]}, "Feature": {"type": "object", "properties": {"name": {"type": "string"}, "low": {"type": "number"}, "high": {"type": "number"}, "mean": {"type": "number"}, "scale": {"type": "number"}}, "required": ["name", "low", "high", "mean", "scale"]}, "Plane": {"type": "object", "properties": {"x": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "y": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740992}, {"type": "null"}]}, "held": {"type": "array", "items": {"type": "number"}}, "bounds": {"type": "array", "minItems": 4, "maxItems": 4, "prefixItems": [{"type": "number"}, {"type": "number"}, {"type": "number"}, {"type": "number"}], "items": false}}, "required": ["x", "y", "held", "bounds"]}, "Frame": {"type": "object", "properties": {"type": {"enum": ["frame"]}, "serial": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "branch": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "step": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "epoch": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "steps_per_epoch": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "playing": {"type": "boolean"}, "way": {"enum": ["compiled", "compiling", "eager"]}, "loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "training": {"$ref": "Score"}, "held_out": {"anyOf": [{"$ref": "Score"}, {"type": "null"}]}, "sample": {"$ref": "Shown"}, "weights": {"$ref": "Numbers"}, "gradients": {"$ref": "Numbers"}, "updates": {"$ref": "Numbers"}, "sample_gradients": {"$ref": "Numbers"}, "values": {"$ref": "Numbers"}, "value_gradients": {"$ref": "Numbers"}, "maps": {"$ref": "Grid"}, "boundary": {"$ref": "Grid"}, "findings": {"type": "array", "items": {"$ref": "Finding"}}}, "required": ["type", "serial", "branch", "step", "epoch", "steps_per_epoch", "playing", "way", "loss", "training", "held_out", "sample", "weights", "gradients", "updates", "sample_gradients", "values", "value_gradients", "maps", "boundary", "findings"]}, "Score": {"type": "object", "properties": {"loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "metric": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "required": ["loss", "metric"]}, "Shown": {"type": "object", "properties": {"index": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "outputs": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "required": ["index", "outputs", "loss"]}, "Numbers": {"type": "object", "properties": {"count": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "buffer": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["count", "buffer"]}, "Grid": {"type": "object", "properties": {"width": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "height": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "count": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "buffer": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["width", "height", "count", "buffer"]}, "Finding": {"type": "object", "properties": {"kind": {"type": "string", "maxLength": 200}, "where": {"type": "string"}, "text": {"type": "string"}, "numbers": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}}, "required": ["kind", "where", "text", "numbers"]}, "Peeked": {"type": "object", "properties": {"type": {"enum": ["peeked"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "frame": {"$ref": "Frame"}}, "required": ["type", "id", "frame"]}, "Curve": {"type": "object", "properties": {"type": {"enum": ["curve"]}, "branch": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "steps": {"$ref": "Numbers"}, "batch": {"$ref": "Numbers"}, "training": {"$ref": "Numbers"}, "held_out": {"$ref": "Numbers"}, "training_metric": {"$ref": "Numbers"}, "held_out_metric": {"$ref": "Numbers"}}, "required": ["type", "branch", "steps", "batch", "training", "held_out", "training_metric", "held_out_metric"]}, "Timeline": {"type": "object", "properties": {"type": {"enum": ["timeline"]}, "branches": {"type": "array", "items": {"$ref": "Branch"}}, "current": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "branches", "current"]}, "Branch": {"type": "object", "properties": {"parent": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9007199254740992}, {"type": "null"}]}, "step": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "last": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "change": {"type": "string"}}, "required": ["parent", "step", "last", "change"]}};

export const REPORTS: Record<string, string> = {"refused": "Refused", "setup": "Setup", "frame": "Frame", "peeked": "Peeked", "curve": "Curve", "timeline": "Timeline"};
