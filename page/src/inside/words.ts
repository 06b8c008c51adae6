// How nodes are written: operations as on paper, each with its parents' names put in.
import type { Graph, Node } from "../messages";
import { number } from "../numbers";

const SYMBOLS: Record<string, string> = { "*": "×", "-": "−", "/": "÷", "**": "xʸ" };

export function symbol(op: string): string {
  return SYMBOLS[op] ?? op;
}

/** The name of a node where there is little room; its number, or its operation, where it has none. */
export function called(graph: Graph, index: number): string {
  const node = graph.nodes[index];
  if (!node) return "";
  if (node.short) return node.short;
  return node.kind === "constant" ? number(node.data, Number.isInteger(node.data) ? 0 : 3) : `(${symbol(node.op)})`;
}

/** A node as a line of Python: `out = tanh(act)`. */
export function written(graph: Graph, node: Node): string {
  const form = graph.says[node.row]?.[1];
  if (!form) return node.short || number(node.data, 4);
  const text = form.replace(/\{(\d)\}/g, (_, i: string) => called(graph, node.parents[Number(i)] ?? -1));
  return node.short && !node.short.includes("*") ? `${node.short} = ${text}` : text;
}

export function plural(n: number, one: string): string {
  return `${spelt(n)} ${one}${n === 1 ? "" : "s"}`;
}

const WORDS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];

export function spelt(n: number): string {
  return WORDS[n] ?? String(n);
}
