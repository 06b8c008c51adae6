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

/** Show the expression: of this sample, these nodes held, so much of it. */
export type Look = {
  type: "look";
  id: number;
  sample?: number;
  detail?: "" | "all" | "cards" | "focus";
  focus?: number;
  held?: (Held)[];
  five?: boolean;
};

/** A node that is held at a number: what if it were so? */
export type Held = {
  node: number;
  data: number;
};

/** Answer a question about one node of what `Look` shows. */
export type Ask = {
  type: "ask";
  id: number;
  question: "difference" | "five" | "inputs" | "nan" | "neuron" | "second" | "sweep" | "without";
  node: number;
  sample?: number;
  held?: (Held)[];
  five?: boolean;
};

/** Say why the gradient of a parameter is what it is. */
export type Why = {
  type: "why";
  id: number;
  parameter: string;
  sample?: number;
};

/** Answer by what lessons there are (`Lessons`). */
export type AskLessons = {
  type: "ask_lessons";
  id: number;
};

/** Answer by a lesson (`Lesson`), its numbers computed for these arguments; none: its own. */
export type OpenLesson = {
  type: "open_lesson";
  id: number;
  name: string;
  given?: (number)[];
};

/** Judge the gradient that the reader gives a node of a lesson's expression (`Filled`). */
export type Fill = {
  type: "fill";
  id: number;
  name: string;
  node: number;
  gradient: number;
  given?: (number)[];
};

/** Answer by a file (`Taken`): a picture, the code, the weights, or the log of the training. */
export type TakeAway = {
  type: "take_away";
  id: number;
  what: "code" | "log" | "png" | "svg" | "weights";
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

/** What is explored is an expression alone: there is nothing to train. */
export type Expression = {
  type: "expression";
  title: string;
};

/** An expression with all of its numbers, and where the shown part of it stands. */
export type Graph = {
  type: "graph";
  id: number;
  title: string;
  result: string;
  sample: number;
  samples: number;
  step: number;
  detail: "all" | "cards" | "focus";
  focus: number;
  arguments: boolean;
  nodes: (Node)[];
  forward: (number)[];
  backward: (number)[];
  boxes: (Box)[];
  wires: (Wire)[];
  width: number;
  height: number;
  sources: (Source)[];
  says: Record<string, [string, string]>;
  broken: number;
};

/** One number: what made it, and what it passes back. */
export type Node = {
  kind: "constant" | "input" | "operation" | "parameter";
  op: string;
  row: string;
  name: string;
  short: string;
  data: number | "-inf" | "inf" | "nan";
  grad: number | "-inf" | "inf" | "nan";
  parents: (number)[];
  partials: (number | "-inf" | "inf" | "nan")[];
  shares: (number | "-inf" | "inf" | "nan")[];
  rules: (string)[];
  code: [number, number];
  held: boolean;
};

/** Where a node stands, or a card of several; `members` are the nodes folded into it. */
export type Box = {
  node: number;
  x: number;
  y: number;
  width: number;
  height: number;
  owner: string;
  members: (number)[];
};

/** An edge between two boxes: a reader's operand, and the points that it passes. */
export type Wire = {
  tail: number;
  head: number;
  reader: number;
  operand: number;
  points: ([number, number])[];
};

/** Lines of the user's program; `first` is the number of the first. */
export type Source = {
  file: string;
  first: number;
  lines: (string)[];
};

/** An answer: a sentence in which {0}, {1}, ... stand for numbers, and a table. */
export type Answer = {
  type: "answer";
  id: number;
  question: "difference" | "five" | "inputs" | "nan" | "neuron" | "second" | "sweep" | "without";
  title: string;
  says: string;
  numbers: (number | "-inf" | "inf" | "nan")[];
  columns: (string)[];
  rows: (Point)[];
};

/** One row of an answer's table: a name, numbers, and the node it is about or -1. */
export type Point = {
  name: string;
  numbers: (number | "-inf" | "inf" | "nan")[];
  node?: number;
};

/** A gradient and its parts, each list largest first and adding up to it. */
export type Because = {
  type: "because";
  id: number;
  parameter: string;
  value: number | "-inf" | "inf" | "nan";
  gradient: number | "-inf" | "inf" | "nan";
  layer: number;
  neuron: number;
  input: number;
  step: number;
  through: (Part)[];
  paths: (Part)[];
  by_sample: (Part)[];
  samples: (number | "-inf" | "inf" | "nan")[];
  edges: (((number | "-inf" | "inf" | "nan")[])[])[];
};

/** What one path, one neuron of the next layer, or one sample brings to a gradient. */
export type Part = {
  name: string;
  share: number | "-inf" | "inf" | "nan";
  neurons: (number)[];
  sample: number;
  count: number;
};

/** The lessons in their order; `trouble` says which files are none, and why. */
export type Lessons = {
  type: "lessons";
  id: number;
  lessons: (LessonHead)[];
  trouble: (string)[];
};

/** A lesson in the list of all. */
export type LessonHead = {
  name: string;
  title: string;
  short: string;
  minutes: number;
};

/** A lesson with its numbers. */
export type Lesson = {
  type: "lesson";
  id: number;
  name: string;
  title: string;
  paragraphs: (string)[];
  numbers: (number | "-inf" | "inf" | "nan")[];
  arguments: (Argument)[];
  fill: boolean;
  graph: Graph | null;
  columns: (string)[];
  rows: ((number | "-inf" | "inf" | "nan")[])[];
  chart: (number)[];
};

/** A number of a lesson that its reader can change. */
export type Argument = {
  name: string;
  value: number;
  low: number;
  high: number;
  step: number;
};

/** Whether a gradient is right; `title` and `says` tell the reader what to look at, if not. */
export type Filled = {
  type: "filled";
  id: number;
  right: boolean;
  title: string;
  says: string;
};

/** A file to save: its content is the report's one buffer. */
export type Taken = {
  type: "taken";
  id: number;
  name: string;
  media: string;
};

export type Request = Hello | Play | Pause | Step | ToEpoch | Reset | Drawn | Configure | SetSample | SetPlane | Seek | Peek | AskCurve | EditParameter | EditInput | LeaveOut | AddPoint | Upload | Look | Ask | Why | AskLessons | OpenLesson | Fill | TakeAway;

export type Report = Refused | Setup | Frame | Peeked | Curve | Timeline | Expression | Graph | Answer | Because | Lessons | Lesson | Filled | Taken;

export const PARTS: Record<string, unknown> = {"Configuration": {"type": "object", "properties": {"data": {"type": "string"}, "size": {"type": "integer"}, "noise": {"type": "number"}, "data_seed": {"type": "integer"}, "held_out": {"type": "number"}, "hidden": {"type": "array", "items": {"type": "integer"}}, "activations": {"type": "array", "items": {"type": "string"}}, "loss": {"type": "string"}, "optimiser": {"type": "string"}, "rate": {"type": "number"}, "l1": {"type": "number"}, "l2": {"type": "number"}, "batch_size": {"type": "integer"}, "zero_grad": {"type": "boolean"}, "seed": {"type": "integer"}}, "required": ["data", "size", "noise", "data_seed", "held_out", "hidden", "activations", "loss", "optimiser", "rate", "l1", "l2", "batch_size", "zero_grad", "seed"], "additionalProperties": false}, "Refused": {"type": "object", "properties": {"type": {"enum": ["refused"]}, "id": {"type": "integer"}, "text": {"type": "string"}}, "required": ["type", "id", "text"]}, "Setup": {"type": "object", "properties": {"type": {"enum": ["setup"]}, "title": {"type": "string"}, "task": {"enum": ["binary", "classes", "regression"]}, "configuration": {"$ref": "Configuration"}, "choices": {"$ref": "Choices"}, "features": {"type": "array", "items": {"$ref": "Feature"}}, "target": {"type": "string"}, "classes": {"type": "array", "items": {"type": "string"}}, "sizes": {"type": "array", "items": {"type": "integer"}}, "activations": {"type": "array", "items": {"type": "string"}}, "parameters": {"type": "array", "items": {"type": "string"}}, "inputs": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, "targets": {"type": "array", "items": {"type": "number"}}, "parts": {"type": "array", "items": {"enum": ["held_out", "left_out", "train"]}}, "plane": {"$ref": "Plane"}, "note": {"type": "string"}}, "required": ["type", "title", "task", "configuration", "choices", "features", "target", "classes", "sizes", "activations", "parameters", "inputs", "targets", "parts", "plane", "note"]}, "Choices": {"type": "object", "properties": {"data": {"type": "array", "items": {"type": "string"}}, "activations": {"type": "array", "items": {"type": "string"}}, "losses": {"type": "array", "items": {"type": "string"}}, "optimisers": {"type": "array", "items": {"type": "string"}}}, "required": ["data", "activations", "losses", "optimisers"]}, "Feature": {"type": "object", "properties": {"name": {"type": "string"}, "low": {"type": "number"}, "high": {"type": "number"}, "mean": {"type": "number"}, "scale": {"type": "number"}}, "required": ["name", "low", "high", "mean", "scale"]}, "Plane": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "held": {"type": "array", "items": {"type": "number"}}, "bounds": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}, {"type": "number"}, {"type": "number"}], "items": false}}, "required": ["x", "y", "held", "bounds"]}, "Frame": {"type": "object", "properties": {"type": {"enum": ["frame"]}, "serial": {"type": "integer"}, "branch": {"type": "integer"}, "step": {"type": "integer"}, "epoch": {"type": "integer"}, "steps_per_epoch": {"type": "integer"}, "playing": {"type": "boolean"}, "way": {"enum": ["compiled", "compiling", "eager"]}, "loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "training": {"$ref": "Score"}, "held_out": {"anyOf": [{"$ref": "Score"}, {"type": "null"}]}, "sample": {"$ref": "Shown"}, "weights": {"$ref": "Numbers"}, "gradients": {"$ref": "Numbers"}, "updates": {"$ref": "Numbers"}, "sample_gradients": {"$ref": "Numbers"}, "values": {"$ref": "Numbers"}, "value_gradients": {"$ref": "Numbers"}, "maps": {"$ref": "Grid"}, "boundary": {"$ref": "Grid"}, "findings": {"type": "array", "items": {"$ref": "Finding"}}}, "required": ["type", "serial", "branch", "step", "epoch", "steps_per_epoch", "playing", "way", "loss", "training", "held_out", "sample", "weights", "gradients", "updates", "sample_gradients", "values", "value_gradients", "maps", "boundary", "findings"]}, "Score": {"type": "object", "properties": {"loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "metric": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "required": ["loss", "metric"]}, "Shown": {"type": "object", "properties": {"index": {"type": "integer"}, "outputs": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "required": ["index", "outputs", "loss"]}, "Numbers": {"type": "object", "properties": {"count": {"type": "integer"}, "buffer": {"type": "integer"}}, "required": ["count", "buffer"]}, "Grid": {"type": "object", "properties": {"width": {"type": "integer"}, "height": {"type": "integer"}, "count": {"type": "integer"}, "buffer": {"type": "integer"}}, "required": ["width", "height", "count", "buffer"]}, "Finding": {"type": "object", "properties": {"kind": {"type": "string"}, "where": {"type": "string"}, "text": {"type": "string"}, "numbers": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}}, "required": ["kind", "where", "text", "numbers"]}, "Peeked": {"type": "object", "properties": {"type": {"enum": ["peeked"]}, "id": {"type": "integer"}, "frame": {"$ref": "Frame"}}, "required": ["type", "id", "frame"]}, "Curve": {"type": "object", "properties": {"type": {"enum": ["curve"]}, "branch": {"type": "integer"}, "steps": {"$ref": "Numbers"}, "batch": {"$ref": "Numbers"}, "training": {"$ref": "Numbers"}, "held_out": {"$ref": "Numbers"}, "training_metric": {"$ref": "Numbers"}, "held_out_metric": {"$ref": "Numbers"}}, "required": ["type", "branch", "steps", "batch", "training", "held_out", "training_metric", "held_out_metric"]}, "Timeline": {"type": "object", "properties": {"type": {"enum": ["timeline"]}, "branches": {"type": "array", "items": {"$ref": "Branch"}}, "current": {"type": "integer"}}, "required": ["type", "branches", "current"]}, "Branch": {"type": "object", "properties": {"parent": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "step": {"type": "integer"}, "last": {"type": "integer"}, "change": {"type": "string"}}, "required": ["parent", "step", "last", "change"]}, "Expression": {"type": "object", "properties": {"type": {"enum": ["expression"]}, "title": {"type": "string"}}, "required": ["type", "title"]}, "Graph": {"type": "object", "properties": {"type": {"enum": ["graph"]}, "id": {"type": "integer"}, "title": {"type": "string"}, "result": {"type": "string"}, "sample": {"type": "integer"}, "samples": {"type": "integer"}, "step": {"type": "integer"}, "detail": {"enum": ["all", "cards", "focus"]}, "focus": {"type": "integer"}, "arguments": {"type": "boolean"}, "nodes": {"type": "array", "items": {"$ref": "Node"}}, "forward": {"type": "array", "items": {"type": "integer"}}, "backward": {"type": "array", "items": {"type": "integer"}}, "boxes": {"type": "array", "items": {"$ref": "Box"}}, "wires": {"type": "array", "items": {"$ref": "Wire"}}, "width": {"type": "number"}, "height": {"type": "number"}, "sources": {"type": "array", "items": {"$ref": "Source"}}, "says": {"type": "object", "additionalProperties": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}], "items": false}}, "broken": {"type": "integer"}}, "required": ["type", "id", "title", "result", "sample", "samples", "step", "detail", "focus", "arguments", "nodes", "forward", "backward", "boxes", "wires", "width", "height", "sources", "says", "broken"]}, "Node": {"type": "object", "properties": {"kind": {"enum": ["constant", "input", "operation", "parameter"]}, "op": {"type": "string"}, "row": {"type": "string"}, "name": {"type": "string"}, "short": {"type": "string"}, "data": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "grad": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "parents": {"type": "array", "items": {"type": "integer"}}, "partials": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "shares": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "rules": {"type": "array", "items": {"type": "string"}}, "code": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "integer"}], "items": false}, "held": {"type": "boolean"}}, "required": ["kind", "op", "row", "name", "short", "data", "grad", "parents", "partials", "shares", "rules", "code", "held"]}, "Box": {"type": "object", "properties": {"node": {"type": "integer"}, "x": {"type": "number"}, "y": {"type": "number"}, "width": {"type": "number"}, "height": {"type": "number"}, "owner": {"type": "string"}, "members": {"type": "array", "items": {"type": "integer"}}}, "required": ["node", "x", "y", "width", "height", "owner", "members"]}, "Wire": {"type": "object", "properties": {"tail": {"type": "integer"}, "head": {"type": "integer"}, "reader": {"type": "integer"}, "operand": {"type": "integer"}, "points": {"type": "array", "items": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}], "items": false}}}, "required": ["tail", "head", "reader", "operand", "points"]}, "Source": {"type": "object", "properties": {"file": {"type": "string"}, "first": {"type": "integer"}, "lines": {"type": "array", "items": {"type": "string"}}}, "required": ["file", "first", "lines"]}, "Answer": {"type": "object", "properties": {"type": {"enum": ["answer"]}, "id": {"type": "integer"}, "question": {"enum": ["difference", "five", "inputs", "nan", "neuron", "second", "sweep", "without"]}, "title": {"type": "string"}, "says": {"type": "string"}, "numbers": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "columns": {"type": "array", "items": {"type": "string"}}, "rows": {"type": "array", "items": {"$ref": "Point"}}}, "required": ["type", "id", "question", "title", "says", "numbers", "columns", "rows"]}, "Point": {"type": "object", "properties": {"name": {"type": "string"}, "numbers": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "node": {"type": "integer"}}, "required": ["name", "numbers"]}, "Because": {"type": "object", "properties": {"type": {"enum": ["because"]}, "id": {"type": "integer"}, "parameter": {"type": "string"}, "value": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "gradient": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "layer": {"type": "integer"}, "neuron": {"type": "integer"}, "input": {"type": "integer"}, "step": {"type": "integer"}, "through": {"type": "array", "items": {"$ref": "Part"}}, "paths": {"type": "array", "items": {"$ref": "Part"}}, "by_sample": {"type": "array", "items": {"$ref": "Part"}}, "samples": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "edges": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}}}}, "required": ["type", "id", "parameter", "value", "gradient", "layer", "neuron", "input", "step", "through", "paths", "by_sample", "samples", "edges"]}, "Part": {"type": "object", "properties": {"name": {"type": "string"}, "share": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "neurons": {"type": "array", "items": {"type": "integer"}}, "sample": {"type": "integer"}, "count": {"type": "integer"}}, "required": ["name", "share", "neurons", "sample", "count"]}, "Lessons": {"type": "object", "properties": {"type": {"enum": ["lessons"]}, "id": {"type": "integer"}, "lessons": {"type": "array", "items": {"$ref": "LessonHead"}}, "trouble": {"type": "array", "items": {"type": "string"}}}, "required": ["type", "id", "lessons", "trouble"]}, "LessonHead": {"type": "object", "properties": {"name": {"type": "string"}, "title": {"type": "string"}, "short": {"type": "string"}, "minutes": {"type": "integer"}}, "required": ["name", "title", "short", "minutes"]}, "Lesson": {"type": "object", "properties": {"type": {"enum": ["lesson"]}, "id": {"type": "integer"}, "name": {"type": "string"}, "title": {"type": "string"}, "paragraphs": {"type": "array", "items": {"type": "string"}}, "numbers": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}, "arguments": {"type": "array", "items": {"$ref": "Argument"}}, "fill": {"type": "boolean"}, "graph": {"anyOf": [{"$ref": "Graph"}, {"type": "null"}]}, "columns": {"type": "array", "items": {"type": "string"}}, "rows": {"type": "array", "items": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}}}, "chart": {"type": "array", "items": {"type": "integer"}}}, "required": ["type", "id", "name", "title", "paragraphs", "numbers", "arguments", "fill", "graph", "columns", "rows", "chart"]}, "Argument": {"type": "object", "properties": {"name": {"type": "string"}, "value": {"type": "number"}, "low": {"type": "number"}, "high": {"type": "number"}, "step": {"type": "number"}}, "required": ["name", "value", "low", "high", "step"]}, "Filled": {"type": "object", "properties": {"type": {"enum": ["filled"]}, "id": {"type": "integer"}, "right": {"type": "boolean"}, "title": {"type": "string"}, "says": {"type": "string"}}, "required": ["type", "id", "right", "title", "says"]}, "Taken": {"type": "object", "properties": {"type": {"enum": ["taken"]}, "id": {"type": "integer"}, "name": {"type": "string"}, "media": {"type": "string"}}, "required": ["type", "id", "name", "media"]}};

export const REPORTS: Record<string, string> = {"refused": "Refused", "setup": "Setup", "frame": "Frame", "peeked": "Peeked", "curve": "Curve", "timeline": "Timeline", "expression": "Expression", "graph": "Graph", "answer": "Answer", "because": "Because", "lessons": "Lessons", "lesson": "Lesson", "filled": "Filled", "taken": "Taken"};
