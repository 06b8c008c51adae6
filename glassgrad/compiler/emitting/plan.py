"""How a statement is cut: which axis goes into the lanes of a vector, which into registers.

Note [Register tiles]
A product of matrices is computed a tile at a time: rows of vectors that add up in registers, so
that a number once loaded serves a whole row or column. A tile that is too small waits for memory or
for its own additions, one that is too large does not fit the registers; and the axes end with a
tile of what is left. The best is the one by which the whole domain takes the fewest cycles.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from ..ir.loops import Group, Operand
from .fuse import Fused

_WAIT = 4.0  # cycles from one addition to the next in the same register
_ISSUED = 2.0  # multiplications with addition, and loads, in a cycle
_MOST = 12  # rows or vectors
_CHAINS = 4  # vectors of a total that are added up apart, which hides the wait
_HEAVY = 8  # accumulators, where a long function is written out for each
_LONG = frozenset(("exp", "tanh", "sigmoid", "silu", "elu", "gelu", "softplus", "erf"))


@dataclass(frozen=True, slots=True)
class Plan:
    """The lanes' axis (None: none), their number, and the extent of every axis in registers."""

    vector: int | None
    lanes: int
    tiles: tuple[int, ...]


def plan(nest: Fused, lanes: int, bytes: int) -> Plan:
    """Lanes along an axis on which the targets count up, and a tile where numbers are reused.

    Args:
        lanes: how many numbers a vector holds.
        bytes: the size of a number.
    """
    domain = nest.domain
    groups = [g for statement in nest.statements for sums in statement.sums for g in sums]
    groups += [nest.term(total) for total in nest.totals]
    registers = 32 if lanes * bytes == 64 else 16
    lanes, vector = _vectors(nest, groups, lanes)
    tiles = [1] * len(domain)
    products = [group for group in groups if group.reduction]
    if products:
        sums = vector is None and lanes > 1  # whose lanes are added up together
        rows = [a for a in _axes(nest) if a != vector and domain[a] > 1]
        rows = [a for a in rows if sums or _reuses(products, a)]
        rows.sort(key=lambda axis: (not _reuses(products, axis), -domain[axis]))
        chosen = [vector, *rows][:2] if vector is not None else rows[:2]
        extents = [domain[a] // lanes if a == vector else domain[a] for a in chosen]
        heavy = any(statement.row in _LONG for statement in nest.statements)
        for axis, size in zip(chosen, _tile(extents, registers, heavy), strict=True):
            tiles[axis] = size
    elif vector is not None:
        turned = {turned_axis(o, vector, domain, lanes) for group in groups for o in group.operands}
        for across in turned:
            if across is not None and sum(tiles) == len(tiles):
                tiles[across] = lanes
    if nest.totals and sum(tiles) == len(tiles):
        inner = max(range(len(domain)), key=lambda axis: (axis == vector, axis))
        tiles[inner] = max(1, min(_CHAINS, domain[inner] // lanes))
    return Plan(vector, lanes, tuple(tiles))


def _tile(extents: list[int], registers: int, heavy: bool) -> list[int]:
    """The size of a tile along each of two axes or fewer; see Note [Register tiles]."""
    first, second = [*extents, 1, 1][:2]
    best, least = (1, 1), inf
    for a in range(1, min(first, _MOST) + 1):
        for b in range(1, min(second, _MOST) + 1):
            fits = a * b + min(a, b) + 1 <= registers
            if fits and (not heavy or a * b <= _HEAVY):
                cycles = sum(
                    times * _cycles(rows, columns)
                    for rows, some in _cut(first, a)
                    for columns, others in _cut(second, b)
                    for times in (some * others,)
                )
                if cycles < least:
                    best, least = (a, b), cycles
    return list(best[: len(extents)])


def _cut(extent: int, size: int) -> list[tuple[int, int]]:
    """The sizes of the parts of an axis, and how many there are of each."""
    return [(size, extent // size), *([(extent % size, 1)] if extent % size else [])]


def _cycles(rows: int, columns: int) -> float:
    """What a tile takes for one step of its sums."""
    return max(rows * columns / _ISSUED, (rows + columns) / _ISSUED, _WAIT)


def _vectors(nest: Fused, groups: list[Group], lanes: int) -> tuple[int, int | None]:
    """How many lanes a vector has, and along which axis; narrower ones where no axis is so long."""
    domain = len(nest.domain)
    while lanes > 1:
        lanewise = any(vector_reduction(group, domain, lanes) is not None for group in groups)
        vector = _vector_axis(nest, groups, lanes, lanewise)
        if vector is not None or lanewise:
            return lanes, vector
        lanes //= 2
    return 1, None


def _vector_axis(nest: Fused, groups: list[Group], lanes: int, lanewise: bool) -> int | None:
    domain = nest.domain
    targets = [s.target for s in nest.statements if s.written in nest.stored]
    best, least = None, 0.0
    for axis in _axes(nest):
        extent = domain[axis]
        if extent < lanes or not all(_counts_up(t, axis) for t in targets):
            continue
        scattered = sum(not contiguous(o, axis) for group in groups for o in group.operands)
        score = scattered - extent / 1e9
        if (not scattered or not lanewise) and (best is None or score < least):
            best, least = axis, score
    return best


def _axes(nest: Fused) -> range:
    """The axes that it loops over itself."""
    return range(1 if nest.timed else 0, len(nest.domain))


def _counts_up(target: Operand, axis: int) -> bool:
    return target.map.table is None and target.map.strides[axis] == 1


def contiguous(operand: Operand, axis: int) -> bool:
    """Whether the operand lies still along an axis or takes one step with it."""
    if operand.storage is None:
        return True
    table = operand.map.table
    return operand.map.strides[axis] in (0, 1) and (table is None or not table.strides[axis])


def turned_axis(operand: Operand, vector: int, domain: tuple[int, ...], lanes: int) -> int | None:
    """The axis along which an operand counts up that does not along that of the lanes."""
    if operand.storage is None or contiguous(operand, vector) or operand.map.table is not None:
        return None
    strides = operand.map.strides[: len(domain)]
    fits = (a for a, s in enumerate(strides) if s == 1 and domain[a] >= lanes and a != vector)
    return next(fits, None)


def _reuses(groups: list[Group], axis: int) -> bool:
    return any(not o.map.moves(axis) for g in groups for o in g.operands if o.storage is not None)


def vector_reduction(group: Group, domain: int, lanes: int) -> int | None:
    """The axis of a group's own sum that can be added up in lanes."""
    for k, extent in enumerate(group.reduction):
        if extent >= lanes and all(contiguous(o, domain + k) for o in group.operands):
            return k
    return None
