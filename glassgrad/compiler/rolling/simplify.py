"""A trace made ready for rolling: without needless STOPs, and squares as products."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import CONST, GRAD, OPCODES, PICK, STATE, STOP, Graph
from ..ir.redirect import redirected
from ..tracing.stand_ins import without_stand_ins
from .expand import expand_gradients
from .guards import without_guards

if TYPE_CHECKING:
    from numpy.typing import NDArray


def rollable(graph: Graph) -> Graph:
    """The same step as `roll` takes it, simplified, or else with all gradients written out."""
    graph = without_guards(graph)
    return simplified(graph) or expand_gradients(graph)


def simplified(graph: Graph) -> Graph | None:
    """The same step without the STOPs that hold no gradient up, and with x * x for x ** 2.

    None where the GRAD nodes are not of the kind that `differentiate.py` covers: of a computed
    number by a leaf.
    """
    graph = without_stand_ins(graph)
    op, a, b = (np.array(x, np.int64) for x in (graph.op, graph.a, graph.b))
    grads = op == GRAD
    if (op[a[grads]] <= GRAD).any() or (op[b[grads]] > STATE).any():
        return None
    if (op == STOP).any():
        target = np.where(op == STOP, a, np.arange(len(op)))
        stay = _stops_that_matter(graph, set(a[grads].tolist()), set(b[grads].tolist()))
        target[stay] = stay
        while not np.array_equal(target[target], target):
            target = target[target]
        graph = redirected(graph, target)
    return _with_squares(graph, op)


def _with_squares(graph: Graph, op: NDArray[np.int64]) -> Graph:
    """The same step with x * x for x ** 2."""
    a, b = np.array(graph.a), np.array(graph.b)
    constants = np.array(graph.constants, np.float64)
    powers = np.flatnonzero(op == OPCODES["pow"])
    powers = powers[op[b[powers]] == CONST]
    squares = powers[constants[a[b[powers]]] == 2.0]
    new = copy(graph)
    new.op, new.b = copy(graph.op), copy(graph.b)
    for node in squares.tolist():
        new.op[node], new.b[node] = OPCODES["mul"], new.a[node]
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
