"""Whether a gradient that a reader gives is right, and what the mistake looks like if not."""

from __future__ import annotations

from ..messages.inside import Graph
from ..messages.lessons import Fill, Filled
from .reading import LessonError, source_of
from .telling import graph_for, with_equals

_RULES = {
    "add": "A plus hands on to each side what arrived at it, unchanged.",
    "sub": "A minus hands on what arrived to its left side, and the same with the other sign "
    "to its right.",
    "mul": "A times hands each side what arrived at it, times the other side's value.",
    "tanh": "Through a tanh what arrived is multiplied by 1 − o², where o is what tanh gave.",
}


def filled(request: Fill) -> Filled:
    """Answer by whether a gradient agrees with the engine's, to half a unit of its third digit."""
    source = source_of(request.name)
    graph = graph_for(source, source.given(request.given))
    if graph is None or request.node >= len(graph.nodes):
        raise LessonError("There is no such number in the lesson's expression.")
    right = float(graph.nodes[request.node].grad)
    if _agree(request.gradient, right):
        return Filled(request.id, True, "", "")
    title = _mistake(graph, request.node, request.gradient)
    return Filled(request.id, False, title, _advice(graph, request.node))


def _agree(x: float, y: float) -> bool:
    return abs(x - y) <= 0.005 * max(1.0, abs(y))


def _mistake(graph: Graph, node: int, said: float) -> str:
    """Name the number that was given instead, where it is a known one."""
    here = graph.nodes[node]
    name = here.name or "this number"
    known = [
        (-float(here.grad), "The size is right, the sign is not"),
        (float(with_equals(graph, node)), "That is what one path brings, not all together"),
        (float(here.data), f"That is {name} itself"),
    ]
    for reader in graph.nodes:
        for operand, parent in enumerate(reader.parents):
            if parent == node:
                known.append((float(reader.partials[operand]), "That leaves out what arrived"))
                known.append((float(reader.grad), "That is what arrived, before the rule"))
    return next((text for x, text in known if _agree(said, x)), "Not yet")


def _advice(graph: Graph, node: int) -> str:
    """Say by the reader's own numbers where the gradient comes from."""
    parts = []
    for reader in graph.backward:
        here = graph.nodes[reader]
        if node in here.parents:
            name = here.name or here.op
            rule = _RULES.get(here.row, "What arrived is multiplied by the slope of the operation.")
            parts.append(f"{rule} At {name} {_short(float(here.grad))} arrived.")
    if len(parts) > 1:
        parts.append("What comes along several paths is added.")
    return " ".join(dict.fromkeys(parts))


def _short(x: float) -> str:
    return f"{x:.4g}".replace("-", "−")
