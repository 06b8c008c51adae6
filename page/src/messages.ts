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

/** Answer by two branches at one step (`Compared`); steps that they lack are made. */
export type Compare = {
  type: "compare";
  id: number;
  original: number;
  changed: number;
  step: number;
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
  question: "bias" | "difference" | "five" | "inputs" | "movers" | "nan" | "neuron" | "order" | "second" | "sweep" | "without";
  node: number;
  sample?: number;
  held?: (Held)[];
  five?: boolean;
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

/** Say why the gradient of a parameter is what it is. */
export type Why = {
  type: "why";
  id: number;
  parameter: string;
  sample?: number;
};

/** Say what the last step did, how other rates would do, or what the compiler made of a step. */
export type Explain = {
  type: "explain";
  id: number;
  about: "code" | "rate" | "step";
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
  wrong: Numbers;
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

/** Two branches at one step. */
export type Compared = {
  type: "compared";
  id: number;
  step: number;
  parted: number;
  last: number;
  changes: (Change)[];
  original: History;
  changed: History;
  differences: Numbers;
  difference: Grid;
  otherwise: number | "-inf" | "inf" | "nan";
};

/** Something that one of the two branches has and the other has not. */
export type Change = {
  branch: number;
  step: number;
  thing: string;
  was: string;
  now: string;
};

/** A branch at a step: its score, its samples, its losses up to its end. */
export type History = {
  branch: number;
  training: Score;
  held_out: Score | null;
  inputs: ((number)[])[];
  targets: (number)[];
  parts: ("held_out" | "left_out" | "train")[];
  wrong: Numbers;
  weights: Numbers;
  boundary: Grid;
  steps: Numbers;
  losses: Numbers;
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

/** What is explored is an expression alone: there is nothing to train. */
export type Expression = {
  type: "expression";
  title: string;
};

/** An answer: a sentence in which {0}, {1}, ... stand for numbers, and a table. */
export type Answer = {
  type: "answer";
  id: number;
  question: "bias" | "difference" | "five" | "inputs" | "movers" | "nan" | "neuron" | "order" | "second" | "sweep" | "without";
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

/** What was asked to be explained. */
export type Explained = {
  type: "explained";
  id: number;
  about: "code" | "rate" | "step";
  sections: (Section)[];
  shares?: (number | "-inf" | "inf" | "nan")[];
  samples?: (number | "-inf" | "inf" | "nan")[];
  stages?: (Stage)[];
};

/** A part of an explanation: a sentence as in `Answer`, a table, a chart, parts that add up. */
export type Section = {
  title: string;
  says?: string;
  numbers?: (number | "-inf" | "inf" | "nan")[];
  columns?: (string)[];
  rows?: (Point)[];
  chart?: Chart | null;
  parts?: (Part)[];
  total?: number | "-inf" | "inf" | "nan";
};

/** Lines over one axis: what stands at some of its places, and the place where we are. */
export type Chart = {
  x: (number)[];
  names: (string)[];
  lines: ((number | "-inf" | "inf" | "nan")[])[];
  ticks: ([number, string])[];
  at: number;
};

/** A form that a step takes in the compiler; `more` lines of it are left out. */
export type Stage = {
  name: string;
  says: string;
  lines: (string)[];
  more: number;
};

export type Request = Hello | Play | Pause | Step | ToEpoch | Reset | Drawn | Configure | SetSample | SetPlane | Seek | Peek | AskCurve | EditParameter | EditInput | LeaveOut | AddPoint | Upload | Compare | Look | Ask | AskLessons | OpenLesson | Fill | TakeAway | Why | Explain;

export type Report = Refused | Setup | Frame | Peeked | Curve | Timeline | Compared | Graph | Expression | Answer | Lessons | Lesson | Filled | Taken | Because | Explained;

/** What the page checks, a word a field; wire.ts reads it. */
export const PARTS: Record<string, string> = {
  Answer: "type:'answer id:int question:'bias|'difference|'five|'inputs|'movers|'nan|'neuron|'order|'second|'sweep|'without title:str says:str numbers:Real[] columns:str[] rows:Point[]",
  Argument: "name:str value:num low:num high:num step:num",
  Because: "type:'because id:int parameter:str value:Real gradient:Real layer:int neuron:int input:int step:int through:Part[] paths:Part[] by_sample:Part[] samples:Real[] edges:Real[][][]",
  Box: "node:int x:num y:num width:num height:num owner:str members:int[]",
  Branch: "parent:int|null step:int last:int change:str",
  Change: "branch:int step:int thing:str was:str now:str",
  Chart: "x:num[] names:str[] lines:Real[][] ticks:num|str[2][] at:num",
  Choices: "data:str[] activations:str[] losses:str[] optimisers:str[]",
  Compared: "type:'compared id:int step:int parted:int last:int changes:Change[] original:History changed:History differences:Numbers difference:Grid otherwise:Real",
  Configuration: "data:str size:int noise:num data_seed:int held_out:num hidden:int[] activations:str[] loss:str optimiser:str rate:num l1:num l2:num batch_size:int zero_grad:bool seed:int",
  Curve: "type:'curve branch:int steps:Numbers batch:Numbers training:Numbers held_out:Numbers training_metric:Numbers held_out_metric:Numbers",
  Explained: "type:'explained id:int about:'code|'rate|'step sections:Section[] shares?:Real[] samples?:Real[] stages?:Stage[]",
  Expression: "type:'expression title:str",
  Feature: "name:str low:num high:num mean:num scale:num",
  Filled: "type:'filled id:int right:bool title:str says:str",
  Finding: "kind:str where:str text:str numbers:Real[]",
  Frame: "type:'frame serial:int branch:int step:int epoch:int steps_per_epoch:int playing:bool way:'compiled|'compiling|'eager loss:Real training:Score held_out:Score|null sample:Shown weights:Numbers gradients:Numbers updates:Numbers sample_gradients:Numbers values:Numbers value_gradients:Numbers maps:Grid boundary:Grid wrong:Numbers findings:Finding[]",
  Graph: "type:'graph id:int title:str result:str sample:int samples:int step:int detail:'all|'cards|'focus focus:int arguments:bool nodes:Node[] forward:int[] backward:int[] boxes:Box[] wires:Wire[] width:num height:num sources:Source[] says:str[2]{} broken:int",
  Grid: "width:int height:int count:int buffer:int",
  History: "branch:int training:Score held_out:Score|null inputs:num[][] targets:num[] parts:'held_out|'left_out|'train[] wrong:Numbers weights:Numbers boundary:Grid steps:Numbers losses:Numbers",
  Lesson: "type:'lesson id:int name:str title:str paragraphs:str[] numbers:Real[] arguments:Argument[] fill:bool graph:Graph|null columns:str[] rows:Real[][] chart:int[]",
  LessonHead: "name:str title:str short:str minutes:int",
  Lessons: "type:'lessons id:int lessons:LessonHead[] trouble:str[]",
  Node: "kind:'constant|'input|'operation|'parameter op:str row:str name:str short:str data:Real grad:Real parents:int[] partials:Real[] shares:Real[] rules:str[] code:int[2] held:bool",
  Numbers: "count:int buffer:int",
  Part: "name:str share:Real neurons:int[] sample:int count:int",
  Peeked: "type:'peeked id:int frame:Frame",
  Plane: "x:int y:int|null held:num[] bounds:num[4]",
  Point: "name:str numbers:Real[] node?:int",
  Refused: "type:'refused id:int text:str",
  Score: "loss:Real metric:Real",
  Section: "title:str says?:str numbers?:Real[] columns?:str[] rows?:Point[] chart?:Chart|null parts?:Part[] total?:Real",
  Setup: "type:'setup title:str task:'binary|'classes|'regression configuration:Configuration choices:Choices features:Feature[] target:str classes:str[] sizes:int[] activations:str[] parameters:str[] inputs:num[][] targets:num[] parts:'held_out|'left_out|'train[] plane:Plane note:str",
  Shown: "index:int outputs:Real[] loss:Real",
  Source: "file:str first:int lines:str[]",
  Stage: "name:str says:str lines:str[] more:int",
  Taken: "type:'taken id:int name:str media:str",
  Timeline: "type:'timeline branches:Branch[] current:int",
  Wire: "tail:int head:int reader:int operand:int points:num[2][]",
};
