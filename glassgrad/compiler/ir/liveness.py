"""Which nodes of a trace count: those that some output needs, those that lead to a number.

Most traces use all that they compute, and then the answer is plain: what is used, counts. Only
where a computed number is not used at all are the nodes gone through one by one, from the end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .graph import GRAD, PICK, STOP, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Ops = NDArray[np.uint16]


def live_nodes(graph: Graph) -> Bools:
    """Which nodes some output needs."""
    ops = np.array(graph.op)
    used = _read(graph, graph.outputs.node, ops, STOP)
    for k in set(np.array(graph.b)[ops == PICK].tolist()):
        used[graph.tables[k]] = True
    if used[ops >= STOP].all():
        return used
    live = bytearray(len(graph) + 1)  # one more, which an absent operand, -1, finds
    for node in graph.outputs.node:
        live[node] = 1
    op, a, b, c = graph.op, graph.a, graph.b, graph.c
    tables = dict(enumerate(graph.tables))
    for i in range(len(graph) - 1, -1, -1):
        if live[i] and op[i] == PICK:
            for x in tables.pop(b[i], ()):  # its integer is worked out before the step runs
                live[x] = 1
        elif live[i] and op[i] >= STOP:
            live[a[i]] = live[b[i]] = live[c[i]] = 1
    return np.frombuffer(live, np.bool_)[:-1]


def reaching(graph: Graph, root: int, plain: Collection[int] = ()) -> bytearray:
    """Which nodes up to `root` have a way to it, on which gradients flow.

    Args:
        graph: a trace.
        root: a node.
        plain: the tables of numbers, from which no gradient flows.
    """
    ops = np.array(graph.op[: root + 1])
    used = _read(graph, [root], ops, GRAD + 1)
    if graph.tables:
        _stand_in(graph, used, ops, plain)
    if used[ops > PICK].all():
        return bytearray(used.tobytes())
    reach = bytearray(root) + b"\1"
    op, a, b, c = graph.op, graph.a, graph.b, graph.c
    waiting = {k: table for k, table in enumerate(graph.tables) if k not in plain}
    for i in range(root, -1, -1):
        if op[i] == PICK:
            candidates = waiting.get(b[i], ())  # see `_stand_in`
            if reach[i] or any(reach[x] for x in candidates):
                waiting.pop(b[i], None)
                for x in candidates:
                    reach[x] = 1
        elif reach[i] and op[i] > GRAD:
            reach[a[i]] = 1
            if b[i] >= 0:
                reach[b[i]] = 1
                if c[i] >= 0:
                    reach[c[i]] = 1
    return reach


def is_read(graph: Graph, node: int, reach: bytearray, until: int) -> bool:
    """Whether a way in `reach` begins at `node`, given that it could be read before `until` only.

    In the place of a probed PICK one of its candidates is read, and any stands for all.
    """
    stand_ins = {node}
    for i in range(node + 1, min(until, len(reach))):
        if graph.op[i] == PICK and node in graph.tables[graph.b[i]]:
            stand_ins.update(graph.tables[graph.b[i]])
        elif reach[i] and graph.op[i] > GRAD and not stand_ins.isdisjoint(graph.operands(i)):
            return True
    return False


def _read(graph: Graph, roots: Sequence[int], op: Ops, first: int) -> Bools:
    """Which nodes are roots or operands of the opcodes from `first` on, but for PICKs."""
    used = np.zeros(len(op) + 1, np.bool_)  # one more, which an absent operand, -1, finds
    readers = (op >= first) & (op != PICK)
    for operands in (graph.a, graph.b, graph.c):
        used[np.array(operands[: len(op)])[readers]] = True
    used[np.array(roots, np.int64)] = True
    return used[:-1]


def _stand_in(graph: Graph, used: Bools, op: Ops, plain: Collection[int]) -> None:
    """Have the candidates of each PICK that counts among the nodes that are used.

    In the place of a probed one its candidates are read: one of them stands for all.
    """
    readers = np.flatnonzero(op > PICK)
    last = np.where(used, 0, -1)  # the last reader of each node, or a root
    last = np.append(last, -1)
    for operands in (graph.a, graph.b, graph.c):
        found = np.full(len(last), -1)
        found[np.array(operands[: len(op)])[readers]] = readers  # of several the last one stays
        np.maximum(last, found, out=last)
    waiting = {k: np.array(table) for k, table in enumerate(graph.tables) if k not in plain}
    for i in np.flatnonzero(op == PICK)[::-1].tolist():
        candidates = waiting.get(graph.b[i])
        if candidates is not None and (used[i] or (last[candidates] > i).any()):
            used[candidates], last[candidates] = True, len(op)
            del waiting[graph.b[i]]
