"""GRAD nodes written out as ordinary nodes: the adjoint of every number, scalar by scalar.

The general way, for traces whose gradients `differentiate.py` does not cover: always right, and
several times longer than the trace was.
"""

from __future__ import annotations

from ..ops import TABLE
from .graph import CONST, GRAD, NAMES, ROWS, STOP, Graph
from .risk import chooses_between_numbers, extend_risky
from .symbols import append, slopes


def expand_gradients(graph: Graph) -> Graph:
    """The same step without GRAD and STOP, and with cheaper equal forms."""
    new, at = _empty(graph), list[int]()
    risky = bytearray()
    chooses = chooses_between_numbers(graph.op)
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
    _copy_outputs(graph, new, at)
    return new


def _empty(graph: Graph) -> Graph:
    new = Graph(graph.inputs)
    new.names = graph.names
    new.lines = graph.lines
    return new


def _copied(graph: Graph, i: int, new: Graph, at: list[int]) -> int:
    """The new node of a node that is no GRAD."""
    op = graph.op[i]
    row = ROWS[op]
    if row is not None:
        return append(new, row, [at[x] for x in graph.operands(i)])
    if op == CONST:
        return new.constant(graph.constants[graph.a[i]])
    return at[graph.a[i]] if op == STOP else new.add(NAMES[op], graph.a[i])


def _mark_lines(graph: Graph, i: int, new: Graph) -> None:
    """Give the nodes that came from node i its line."""
    for k in range(len(new) - 1, -1, -1):
        if new.line[k] >= 0:
            return
        new.line[k] = graph.line[i]
        if graph.line[i] < 0:
            return


def _copy_outputs(graph: Graph, new: Graph, at: list[int]) -> None:
    for out in graph.outputs:
        new.output(out.kind, out.index, at[out.node])


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
        if not leads[i] and ROWS[graph.op[i]] is not None:
            leads[i] = any(leads[x] for x in graph.operands(i))
    adjoints = {root: new.constant(1.0)}
    zero = new.constant(0.0)
    for i in range(root, -1, -1):
        row = ROWS[graph.op[i]]
        operands = graph.operands(i)
        if i not in adjoints or row is None or not any(leads[x] for x in operands):
            continue
        g = adjoints[i]
        partials = slopes(new, row, at[i], [at[x] for x in operands])
        extend_risky(new, risky, lambda _: chooses)
        for x, slope in zip(operands, partials, strict=True):
            if not leads[x]:
                continue
            share = append(new, TABLE["mul"], [g, slope])
            guard = slope if row.selects else g
            if row.selects or risky[slope]:  # see Note [Settled products] in risk.py
                is_zero = append(new, TABLE["eq"], [guard, zero])
                share = append(new, TABLE["where"], [is_zero, zero, share])
            if x in adjoints:
                share = append(new, TABLE["add"], [adjoints[x], share])
            adjoints[x] = share
        _mark_lines(graph, i, new)
    return adjoints
