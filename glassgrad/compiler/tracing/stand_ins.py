"""GRAD nodes by what merely stands for a leaf, as in `gg.grad`, turned into those by the leaf."""

from __future__ import annotations

import numpy as np

from ...ops import TABLE
from ..ir.graph import CONST, GRAD, STATE, STOP, Graph, opcode
from ..ir.liveness import reaching
from ..ir.redirect import redirected

_MUL = opcode(TABLE["mul"])
_MOST = 8  # roots that are gone through one by one


def leaf_behind(graph: Graph, node: int) -> int:
    """The leaf that `node` merely stands for, as the inputs of `gg.grad` do; -1 for others."""
    a, b = graph.a[node], graph.b[node]
    if graph.op[node] == STOP and graph.op[a] <= STATE:
        return a
    is_once = graph.op[node] == _MUL and graph.op[b] == CONST and graph.constants[graph.a[b]] == 1.0
    return a if is_once and graph.op[a] <= STATE else -1


def without_stand_ins(graph: Graph) -> Graph:
    """The same step with leaves in the place of their stand-ins.

    As it is where a leaf also has another way to the number that is differentiated, by which no
    gradient is asked for, or where something else is differentiated by the leaf itself.
    """
    op, a, b = (np.array(x, np.int64) for x in (graph.op, graph.a, graph.b))
    grads = np.flatnonzero(op == GRAD)
    others = b[grads][op[b[grads]] > STATE]
    asked = {node: leaf_behind(graph, node) for node in others.tolist()}
    if not asked or min(asked.values()) < 0:
        return graph
    roots = set(a[grads].tolist())
    if len(roots) > _MOST:
        return graph
    by_root = {root: set(b[grads[a[grads] == root]].tolist()) for root in roots}
    if not all(_has_one_way(graph, op, root, by, asked) for root, by in by_root.items()):
        return graph
    target = np.arange(len(op))
    target[list(asked)] = list(asked.values())
    return redirected(graph, target)


def _has_one_way(
    graph: Graph, op: np.ndarray, root: int, by: set[int], asked: dict[int, int]
) -> bool:
    """Whether gradients flow from `root` to the leaves in `asked` by stand-ins in `by` alone."""
    reach = np.frombuffer(reaching(graph, root), np.uint8).astype(bool)
    leaves = np.array(sorted(set(asked.values())))
    reached_stand_ins = {node for node in asked if node <= root and reach[node]}
    if not reached_stand_ins <= by:
        return False
    flows = reach & (op[: root + 1] > GRAD)
    flows[list(reached_stand_ins)] = False
    stops = reach & (op[: root + 1] == STOP)
    stops[list(reached_stand_ins)] = False
    for column in (graph.a, graph.b, graph.c):
        operands = np.array(column[: root + 1], np.int64)
        if np.isin(operands[flows | stops], leaves).any():
            return False
    tables = [x for table in graph.tables for x in table]
    return not np.isin(tables, [*leaves, *asked]).any()
