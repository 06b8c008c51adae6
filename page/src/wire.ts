// What travels between the page and Python, checked against the schema as it arrives.
import { PARTS, REPORTS, type Report, type Request } from "./messages";

/** A report with the buffers that its grids point to. */
export interface Arrival<R extends Report = Report> {
  report: R;
  buffers: ArrayBuffer[];
}

/** What carries messages: a socket, a notebook, or a record that plays back. */
export interface Host {
  send(request: Request): void;
  listen(arrived: (arrival: Arrival) => void, state: (connected: boolean, why: string) => void): void;
}

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  enum?: unknown[];
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | false;
  prefixItems?: Schema[];
  additionalProperties?: Schema | boolean;
}

/** Returns a report, or throws an Error that says where it is not as the schema says. */
export function checked(message: unknown): Report {
  const type = (message as { type?: unknown } | null)?.type;
  const part = typeof type === "string" ? REPORTS[type] : undefined;
  if (!part) throw new Error(`there is no report of type ${String(type)}`);
  check(message, PARTS[part] as Schema, part);
  return message as Report;
}

function check(x: unknown, schema: Schema, path: string): void {
  if (schema.$ref) return check(x, PARTS[schema.$ref] as Schema, path);
  if (schema.anyOf) {
    if (schema.anyOf.some((option) => fits(x, option, path))) return;
    throw new Error(`${path} is none of the things that it may be`);
  }
  if (schema.enum) {
    if (schema.enum.includes(x)) return;
    throw new Error(`${path} is ${String(x)}, not one of ${schema.enum.join(", ")}`);
  }
  if (schema.type && !isOf(x, schema.type)) throw new Error(`${path} is not of type ${schema.type}`);
  if (Array.isArray(x)) {
    x.forEach((item, i) => {
      const inner = schema.prefixItems?.[i] ?? schema.items;
      if (inner) check(item, inner, `${path}[${i}]`);
    });
  } else if (schema.type === "object") {
    const object = x as Record<string, unknown>;
    for (const name of schema.required ?? []) {
      if (!(name in object)) throw new Error(`${path}.${name} is missing`);
    }
    for (const [name, item] of Object.entries(object)) {
      const inner = schema.properties?.[name] ?? schema.additionalProperties;
      if (inner && inner !== true) check(item, inner, `${path}.${name}`);
    }
  }
}

function fits(x: unknown, schema: Schema, path: string): boolean {
  try {
    check(x, schema, path);
    return true;
  } catch {
    return false;
  }
}

function isOf(x: unknown, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(x);
    case "array":
      return Array.isArray(x);
    case "null":
      return x === null;
    case "object":
      return typeof x === "object" && x !== null && !Array.isArray(x);
    default:
      return typeof x === type;
  }
}

/** Takes apart what `packed` in Python has put together. */
export function unpacked(bytes: ArrayBuffer): Arrival {
  const view = new DataView(bytes);
  const count = view.getUint32(0, true);
  let at = filled(4 * (count + 1));
  const parts: ArrayBuffer[] = [];
  for (let i = 1; i <= count; i++) {
    const length = view.getUint32(4 * i, true);
    parts.push(bytes.slice(at, at + length));
    at += filled(length);
  }
  const [head, ...buffers] = parts;
  if (!head) throw new Error("a message without parts");
  return { report: checked(JSON.parse(new TextDecoder().decode(head))), buffers };
}

function filled(length: number): number {
  return Math.ceil(length / 8) * 8;
}
