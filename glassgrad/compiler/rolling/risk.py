"""Which numbers of a trace may be inf or nan although parameters and arguments are finite.

Note [Settled products]
An adjoint of exactly zero stays zero whatever slope it meets, 0 * inf included, so that nothing
leaks from a branch that `where` did not take; and a row that selects passes nothing back where its
slope is zero, whatever the adjoint. Compiled code pays for the first rule only where a slope may be
inf or nan: where it comes from a row that can give one, or from an argument, or a state, in a trace
that chooses between numbers and so may hide a missing one. A sum of finite numbers is taken as
finite: overflow is not looked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import CONST, GRAD, INPUT, NAMES, OPCODES, PICK, ROWS, STATE, STOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...ops import Primitive
    from ..ir.graph import Graph

_STRETCH = 1024  # nodes that are looked at together
_ROUNDS = 24  # until they are settled
_CHOOSES = ("where", "minimum", "maximum", "clip")
_NEVER, _AS_INPUTS, _AS_LAST_INPUTS, _LOOK, _ALWAYS = range(5)
# Every row that is not here, a user's own too, may be inf or nan on finite numbers.
_RULES = {
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), _NEVER),
    **dict.fromkeys(("PARAM", "PARAM_GRAD", "GRAD"), _NEVER),
    **dict.fromkeys(("add", "sub", "mul", "neg", "abs", "sign", "relu", "leaky_relu"), _AS_INPUTS),
    **dict.fromkeys(("minimum", "maximum", "clip", "floor", "elu", "gelu", "silu"), _AS_INPUTS),
    **dict.fromkeys(("softplus", "sigmoid", "tanh", "erf", "sin", "cos", "atan"), _AS_INPUTS),
    **dict.fromkeys(("INPUT", "STATE", "CONST", "STOP", "PICK", "div", "pow"), _LOOK),
    "where": _AS_LAST_INPUTS,
}


def chooses_between_numbers(graph: Graph, ops: Iterable[int]) -> bool:
    """Whether a trace, of which these operations count, can leave out a number it was given."""
    present = set(ops)
    if any(NAMES[op] in _CHOOSES or _may_choose(ROWS[op]) for op in present):
        return True
    return PICK in present and any(graph.op[x] > GRAD for table in graph.tables for x in table)


def _may_choose(row: Primitive | None) -> bool:
    """Whether a row is a user's own, in which there may be any other."""
    return row is not None and row.expression is not None


def risky_nodes(graph: Graph, chooses: bool) -> NDArray[np.bool_]:
    """For every node whether its number may be inf or nan, and for a trace that chooses."""
    found = _by_stretches(graph, chooses)
    if found is not None:
        return found
    risky = bytearray()
    extend_risky(graph, risky, lambda _: chooses)
    return np.frombuffer(risky, np.bool_)


def _by_stretches(graph: Graph, chooses: bool) -> NDArray[np.bool_] | None:
    """The same, for a stretch of nodes at a time; None where risk goes a long way within one."""
    op = np.array(graph.op)
    begins, reads = _beginnings(graph, op, chooses)
    risky = np.append(begins, False)  # one more, which an absent operand, -1, finds
    picks = np.flatnonzero(op == PICK)
    for start in range(0, len(op), _STRETCH):
        here = slice(start, min(start + _STRETCH, len(op)))
        a, b, c = reads[:, here]
        its = picks[slice(*np.searchsorted(picks, (here.start, here.stop)))]
        for _ in range(_ROUNDS):
            now = begins[here] | risky[a] | risky[b] | risky[c]
            now[its - start] = [risky[graph.tables[graph.b[i]]].any() for i in its.tolist()]
            if np.array_equal(now, risky[here]):
                break
            risky[here] = now
        else:
            return None
    return risky[:-1]


def _beginnings(
    graph: Graph, op: NDArray[np.uint16], chooses: bool
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Where risk begins, and for every node the operands of which it takes it over, or -1."""
    rule = np.array(_rules(len(NAMES)))[op]
    reads = np.array([graph.a, graph.b, graph.c], np.int32).reshape(3, len(op))
    constants = np.array(graph.constants)
    begins = (rule == _ALWAYS) | (((op == INPUT) | (op == STATE)) & chooses)
    of_constant = op == CONST
    begins[of_constant] = ~np.isfinite(constants[reads[0, of_constant]])
    powers = op == OPCODES["pow"]
    both = np.flatnonzero(powers | (op == OPCODES["div"]))
    begins[both] = True
    fixed = both[of_constant[reads[1, both]]]
    right = constants[reads[0, reads[1, fixed]]]
    whole = (right >= 1.0) & (right == np.floor(right))
    begins[fixed] = ~np.where(powers[fixed], whole, right != 0.0)
    of_last = rule == _AS_INPUTS
    of_last[both] = True
    of_first = of_last | (op == STOP)
    of_last |= rule == _AS_LAST_INPUTS
    return begins, np.where([of_first, of_last, of_last], reads, np.int32(-1))


def extend_risky(graph: Graph, risky: bytearray, of_input: Callable[[int], bool]) -> None:
    """Append the answer for the nodes from `len(risky)` on; `of_input` says it for arguments."""
    rules = _rules(len(NAMES))
    first, a, b, c = len(risky), graph.a, graph.b, graph.c
    risky.extend(bytes(len(graph) - first + 1))  # one more, which an absent operand, -1, finds
    for i in range(first, len(graph)):
        rule = rules[graph.op[i]]
        if rule == _AS_INPUTS:
            risky[i] = risky[a[i]] | risky[b[i]] | risky[c[i]]
        elif rule == _AS_LAST_INPUTS:
            risky[i] = risky[b[i]] | risky[c[i]]
        elif rule == _ALWAYS:
            risky[i] = 1
        elif rule == _LOOK:
            risky[i] = _look(graph, i, risky, of_input)
    risky.pop()


@lru_cache(maxsize=1)
def _rules(count: int) -> list[int]:
    """The rule of each of the first `count` opcodes; rows may be added later."""
    return [_RULES.get(name, _ALWAYS) for name in NAMES[:count]]


def _look(graph: Graph, i: int, risky: bytearray, of_input: Callable[[int], bool]) -> bool:
    """The answer where it depends on a number or on the argument."""
    op, a = graph.op[i], graph.a[i]
    if op in (INPUT, STATE):
        return of_input(a)
    if op == CONST:
        return not math.isfinite(graph.constants[a])
    if op == STOP:
        return bool(risky[a])
    if op == PICK:
        return any(risky[x] for x in graph.tables[graph.b[i]])
    right = graph.b[i]
    known = graph.constants[graph.a[right]] if graph.op[right] == CONST else 0.0
    if risky[a] or risky[right]:
        return True
    return not (known if NAMES[op] == "div" else known >= 1.0 and known.is_integer())
