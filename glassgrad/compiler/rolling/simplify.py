"""A trace made ready for rolling: without needless STOPs, and squares as products."""

from __future__ import annotations

from array import array

import numpy as np

from ..ir.graph import CONST, GRAD, OPCODES, PICK, STATE, STOP, Graph
from ..tracing.stand_ins import without_stand_ins


def simplified(graph: Graph) -> Graph | None:
    """The same step without the STOPs that hold no gradient up, and with x * x for x ** 2.

    None where the GRAD nodes are not of the kind that `differentiate.py` covers: of a computed
    number by a leaf.
    """
    graph = without_stand_ins(graph)
    op = np.array(graph.op, np.int64)
    a, b, c = (np.array(x, np.int64) for x in (graph.a, graph.b, graph.c))
    roots = a[op == GRAD]
    if (op[roots] <= GRAD).any() or (op[b[op == GRAD]] > STATE).any():
        return None
    target = np.where(op == STOP, a, np.arange(len(op)))
    if (op == STOP).any():
        stay = _stops_that_matter(graph, set(roots.tolist()), set(b[op == GRAD].tolist()))
        target[stay] = stay
        while not np.array_equal(target[target], target):
            target = target[target]
        for k, x in enumerate((a, b, c)):
            inner = (op >= STOP) & (x >= 0) & ((op != PICK) | (k == 0))
            x[inner] = target[x[inner]]
    constants = np.array(graph.constants, np.float64)
    powers = np.flatnonzero(op == OPCODES["pow"])
    powers = powers[op[b[powers]] == CONST]
    squares = powers[constants[a[b[powers]]] == 2.0]
    op[squares] = OPCODES["mul"]
    b[squares] = a[squares]
    new = Graph(graph.inputs)
    new.names = graph.names
    new.op = array("H", op.astype(np.uint16).tobytes())
    new.a, new.b, new.c = (array("i", x.astype(np.int32).tobytes()) for x in (a, b, c))
    new.line, new.lines, new.constants = graph.line, graph.lines, graph.constants
    new.names = graph.names
    new.tables = [array("i", target[table].astype(np.int32).tobytes()) for table in graph.tables]
    new.outputs = graph.outputs.by(target[np.array(graph.outputs.node, np.int64)])
    return new


def _stops_that_matter(graph: Graph, roots: set[int], wanted: set[int]) -> list[int]:
    """The STOPs of what depends on the leaves `wanted`; none where no way to `roots` meets one."""
    moves, stopped = 1, 2
    state = bytearray(len(graph) + 1)  # one more, which an absent operand, -1, finds
    found = []
    for i, op in enumerate(graph.op):
        if i in wanted:
            state[i] = moves
        elif op == STOP:
            before = state[graph.a[i]]
            state[i] = before | stopped if before & moves else before
            if before & moves:
                found.append(i)
        elif op == PICK:
            for x in graph.tables[graph.b[i]]:
                state[i] |= state[x]
        elif op > GRAD:
            state[i] = state[graph.a[i]] | state[graph.b[i]] | state[graph.c[i]]
    return found if any(state[root] & stopped for root in roots) else []
