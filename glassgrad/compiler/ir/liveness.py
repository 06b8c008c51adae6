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


def live_nodes(graph: Graph) -> NDArray[np.bool_]:
    """Which nodes some output needs."""
    used = _used(graph, graph.outputs.node, len(graph), STOP)
    if used is not None:
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
    used = _used(graph, [root], root + 1, GRAD + 1)
    if used is not None:
        return bytearray(used.tobytes())
    reach = bytearray(root) + b"\1"
    op, a, b, c = graph.op, graph.a, graph.b, graph.c
    waiting = {k: table for k, table in enumerate(graph.tables) if k not in plain}
    for i in range(root, -1, -1):
        if op[i] == PICK:
            # In the place of a probed one its candidates are used: one of them stands for all.
            candidates = waiting.get(b[i], ())
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


def _used(graph: Graph, roots: Sequence[int], count: int, first: int) -> NDArray[np.bool_] | None:
    """Which of `count` nodes are roots or operands of the opcodes from `first` on.

    None where one of these operations is not used itself, or an integer selects.
    """
    if graph.tables:
        return None
    inner = np.array(graph.op[:count]) >= first
    used = np.zeros(count + 1, np.bool_)  # one more, which an absent operand, -1, finds
    for operands in (graph.a, graph.b, graph.c):
        used[np.array(operands[:count])[inner]] = True
    used[np.array(roots, np.int64)] = True
    return used[:-1] if used[:-1][inner].all() else None
