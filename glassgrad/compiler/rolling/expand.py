"""GRAD nodes written out as ordinary nodes: the adjoint of every number, scalar by scalar.

The general way, for traces whose gradients `differentiate.py` does not cover: always right, and
several times longer than the trace was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from ...ops import TABLE
from ..ir.graph import CONST, GRAD, NAMES, PICK, ROWS, STOP, Graph
from ..ir.liveness import live_nodes
from .risk import chooses_between_numbers, extend_risky
from .symbols import append, slopes, where_reached

Share = Callable[[], int]  # appends the share of an operand's adjoint, and gives its node


def expand_gradients(graph: Graph) -> Graph:
    """The same step without GRAD and STOP, and with cheaper equal forms."""
    return expanded(graph)[0]


def expanded(graph: Graph) -> tuple[Graph, list[int]]:
    """The same, and for each node of the graph the one that stands for it there."""
    new, at = _empty(graph), list[int]()
    risky = bytearray()
    chooses = chooses_between_numbers(graph, np.array(graph.op)[live_nodes(graph)].tolist())
    wanted: dict[int, list[int]] = {}
    for i, op in enumerate(graph.op):
        if op == GRAD:
            wanted.setdefault(graph.a[i], []).append(graph.b[i])
    adjoints: dict[int, dict[int, int]] = {}
    for i, op in enumerate(graph.op):
        if op == GRAD:
            root = graph.a[i]
            if root not in adjoints:
                extend_risky(new, risky, lambda _: chooses)
                adjoints[root] = _adjoints(graph, root, wanted[root], new, at, risky, chooses)
            by = graph.b[i]
            at.append(adjoints[root][by] if by in adjoints[root] else new.constant(0.0))
        else:
            at.append(_copied(graph, i, new, at))
        _mark_lines(graph, i, new)
    new.outputs = graph.outputs.by([at[node] for node in graph.outputs.node])
    return new, at


def _empty(graph: Graph) -> Graph:
    new = Graph(graph.inputs)
    new.lines, new.names = graph.lines, graph.names
    return new


def _copied(graph: Graph, i: int, new: Graph, at: list[int]) -> int:
    """The new node of a node that is no GRAD."""
    op = graph.op[i]
    row = ROWS[op]
    if row is not None:
        return append(new, row, [at[x] for x in graph.operands(i)])
    if op == CONST:
        return new.constant(graph.constants[graph.a[i]])
    if op == PICK:
        table = new.table(at[x] for x in graph.tables[graph.b[i]])
        return new.add("PICK", at[graph.a[i]], table)
    return at[graph.a[i]] if op == STOP else new.add(NAMES[op], graph.a[i])


def _mark_lines(graph: Graph, i: int, new: Graph) -> None:
    """Give the nodes that came from node i its line."""
    for k in range(len(new) - 1, -1, -1):
        if new.line[k] >= 0:
            return
        new.line[k] = graph.line[i]
        if graph.line[i] < 0:
            return


def _adjoints(
    graph: Graph,
    root: int,
    wanted: list[int],
    new: Graph,
    at: list[int],
    risky: bytearray,
    chooses: bool,
) -> dict[int, int]:
    """For each node on a way from one of `wanted` to `root`: the new node of its adjoint."""
    leads = bytearray(root + 1)
    for node in wanted:
        if node <= root:
            leads[node] = 1
    for i in range(root + 1):
        if not leads[i] and (graph.op[i] == PICK or ROWS[graph.op[i]] is not None):
            leads[i] = any(leads[x] for x in graph.operands(i))
    adjoints = {root: new.constant(1.0)}
    for i in range(root, -1, -1):
        operands = graph.operands(i)
        if i not in adjoints or graph.op[i] <= GRAD or not any(leads[x] for x in operands):
            continue
        if graph.op[i] == PICK:
            shares = _shares_of_pick(graph, i, adjoints[i], new, at)
        else:
            shares = _shares_of_row(graph, i, adjoints[i], new, at, risky, chooses)
        for x, share in zip(operands, shares, strict=True):
            if leads[x]:
                parts = [adjoints[x], share()] if x in adjoints else [share()]
                adjoints[x] = append(new, TABLE["add"], parts) if len(parts) > 1 else parts[0]
        _mark_lines(graph, i, new)
    return adjoints


def _shares_of_row(
    graph: Graph, i: int, g: int, new: Graph, at: list[int], risky: bytearray, chooses: bool
) -> Iterator[Share]:
    """For each operand what appends its share: the adjoint times the slope."""
    row, nodes, zero = ROWS[graph.op[i]], [at[x] for x in graph.operands(i)], new.constant(0.0)
    assert row is not None
    partials = slopes(new, row, at[i], nodes)
    extend_risky(new, risky, lambda _: chooses)
    selects = row.selects

    def share(slope: int) -> int:
        is_risky = risky[slope]  # see Note [Settled products] in risk.py
        if selects and is_risky:
            slope = where_reached(new, g, slope)
        product = append(new, TABLE["mul"], [g, slope])
        if not (selects or is_risky):
            return product
        is_zero = append(new, TABLE["eq"], [slope if selects else g, zero])
        return append(new, TABLE["where"], [is_zero, zero, product])

    return (partial(share, slope) for slope in partials)


def _shares_of_pick(graph: Graph, i: int, g: int, new: Graph, at: list[int]) -> Iterator[Share]:
    """For its integer and each candidate what appends its share: all of g where it is taken."""
    integer, count, zero = at[graph.a[i]], len(graph.tables[graph.b[i]]), new.constant(0.0)

    def share(k: int) -> int:
        numbers = [new.constant(float(number)) for number in (k, k - count)]
        is_it = [append(new, TABLE["eq"], [integer, number]) for number in numbers]
        return append(new, TABLE["where"], [append(new, TABLE["add"], is_it), g, zero])

    return (partial(share, k) for k in range(-1, count))
