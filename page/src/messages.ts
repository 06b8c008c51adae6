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

/** The page has drawn the frame of this serial number and can take the next. */
export type Drawn = {
  type: "drawn";
  id: number;
  serial: number;
};

/** A request could not be met; `text` says why and what can be done. */
export type Refused = {
  type: "refused";
  id: number;
  text: string;
};

/** What is explored: the network's shape and the samples. */
export type Setup = {
  type: "setup";
  title: string;
  sizes: (number)[];
  activations: (string)[];
  inputs: ((number)[])[];
  targets: (number)[];
  bounds: [number, number, number, number];
};

/** Where the network stands after a step. */
export type Frame = {
  type: "frame";
  serial: number;
  step: number;
  playing: boolean;
  loss: number | "-inf" | "inf" | "nan";
  boundary: Grid;
};

/** Numbers in a buffer of the report, float32, row by row from the top. */
export type Grid = {
  width: number;
  height: number;
  buffer: number;
};

export type Request = Hello | Play | Pause | Step | Drawn;

export type Report = Refused | Setup | Frame;

export const PARTS: Record<string, unknown> = {"Hello": {"type": "object", "properties": {"type": {"enum": ["hello"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id"], "additionalProperties": false}, "Play": {"type": "object", "properties": {"type": {"enum": ["play"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "speed": {"type": "number", "minimum": 0, "maximum": 1000000.0}}, "required": ["type", "id"], "additionalProperties": false}, "Pause": {"type": "object", "properties": {"type": {"enum": ["pause"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id"], "additionalProperties": false}, "Step": {"type": "object", "properties": {"type": {"enum": ["step"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "steps": {"type": "integer", "minimum": 1, "maximum": 1000000}}, "required": ["type", "id"], "additionalProperties": false}, "Drawn": {"type": "object", "properties": {"type": {"enum": ["drawn"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "serial": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["type", "id", "serial"], "additionalProperties": false}, "Refused": {"type": "object", "properties": {"type": {"enum": ["refused"]}, "id": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "text": {"type": "string"}}, "required": ["type", "id", "text"]}, "Setup": {"type": "object", "properties": {"type": {"enum": ["setup"]}, "title": {"type": "string"}, "sizes": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "activations": {"type": "array", "items": {"type": "string", "maxLength": 200}}, "inputs": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, "targets": {"type": "array", "items": {"type": "number"}}, "bounds": {"type": "array", "minItems": 4, "maxItems": 4, "prefixItems": [{"type": "number"}, {"type": "number"}, {"type": "number"}, {"type": "number"}], "items": false}}, "required": ["type", "title", "sizes", "activations", "inputs", "targets", "bounds"]}, "Frame": {"type": "object", "properties": {"type": {"enum": ["frame"]}, "serial": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "step": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "playing": {"type": "boolean"}, "loss": {"anyOf": [{"type": "number"}, {"enum": ["-inf", "inf", "nan"]}]}, "boundary": {"$ref": "Grid"}}, "required": ["type", "serial", "step", "playing", "loss", "boundary"]}, "Grid": {"type": "object", "properties": {"width": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "height": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}, "buffer": {"type": "integer", "minimum": 0, "maximum": 9007199254740992}}, "required": ["width", "height", "buffer"]}};

export const REPORTS: Record<string, string> = {"refused": "Refused", "setup": "Setup", "frame": "Frame"};
