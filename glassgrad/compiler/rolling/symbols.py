"""Writing new nodes into a Graph with the table's own operations: how slopes become code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from ...ops import TABLE, Operand, Primitive, number
from ..ir.graph import CONST, Graph, opcode
from ..tracing.numbers import REFUSED


class Symbol(Operand):
    """A node of a graph under construction; operations on it append nodes."""

    __slots__ = ("graph", "node")
    rank: ClassVar[int] = 100

    def __init__(self, graph: Graph, node: int) -> None:
        self.graph = graph
        self.node = node

    def bind(self, row: Primitive, inputs: tuple[Any, ...]) -> Symbol:
        """Append `row` applied to `inputs`, or what it is by arithmetic alone."""
        graph = self.graph
        nodes = [x.node if isinstance(x, Symbol) else graph.constant(number(x, row.name))
                 for x in inputs]  # fmt: skip
        return Symbol(graph, append(graph, row, nodes))


def _comparison(row: Primitive) -> Callable[[Symbol, Any], Symbol]:
    """`a < b` as a node, as it is a number in eager code."""
    return lambda a, b: a.bind(row, (a, b))


for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Symbol, f"__{_name}__", _comparison(TABLE[_name]))
for _name, _method in REFUSED.items():
    setattr(Symbol, _name, _method)


def expression(row: Primitive) -> Graph:
    """What a row of the user's own computes, in other rows of the table: a graph of its inputs.

    Raises:
        Exception: whatever `forward` raises where it is given other things than numbers.
    """
    assert row.expression is not None, f"{row.name} is not written in other rows"
    graph = Graph([()] * row.arity)
    inputs = [Symbol(graph, graph.add("INPUT", k)) for k in range(row.arity)]
    y = row.expression(*inputs)
    node = y.node if isinstance(y, Symbol) else graph.constant(number(y, row.name))
    graph.output("result", 0, node)
    return graph


def constant_value(graph: Graph, node: int) -> float | None:
    """The number of a CONST node, None for any other node."""
    return graph.constants[graph.a[node]] if graph.op[node] == CONST else None


def append(graph: Graph, row: Primitive, nodes: Sequence[int]) -> int:
    """Append a row, folded where no bit changes: constants, x * 1, x * -1, x ** 1, x ** 2."""
    values = [constant_value(graph, node) for node in nodes]
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        return graph.constant(row.forward(*known))
    if row.name == "where" and values[0] is not None:
        return nodes[1] if values[0] else nodes[2]
    if row.name == "mul" and 1.0 in known:
        return nodes[1] if values[0] == 1.0 else nodes[0]
    if row.name == "mul" and -1.0 in known:
        return graph.add("neg", nodes[1] if values[0] == -1.0 else nodes[0])
    if row.name == "pow" and values[1] == 1.0:
        return nodes[0]
    if row.name == "pow" and values[1] == 2.0:
        return graph.add("mul", nodes[0], nodes[0])
    opcode(row)
    return graph.add(row.name, *nodes)


def slopes(graph: Graph, row: Primitive, y: int, nodes: Sequence[int]) -> list[int]:
    """Append the partials of `y = row(nodes)` to the graph; their nodes."""
    symbols = [Symbol(graph, node) for node in nodes]
    partials = row.slopes(Symbol(graph, y), *symbols)
    return [
        p.node if isinstance(p, Symbol) else graph.constant(number(p, row.name)) for p in partials
    ]


def where_reached(graph: Graph, g: int, slope: int) -> int:
    """Append the slope for where an adjoint `g` comes in, and 0 for where none does.

    So that a row that selects, whose product counts as 0 where the slope is 0, also passes nothing
    back of no adjoint where its slope is nan, as that of abs at nan.
    """
    zero = graph.constant(0.0)
    return append(graph, TABLE["where"], [append(graph, TABLE["eq"], [g, zero]), zero, slope])
