"""How a statement is cut: which axis goes into the lanes of a vector, which into registers."""

from __future__ import annotations

from dataclasses import dataclass

from .fuse import Fused
from .loops import Group, Operand

_ROWS, _VECTORS = 4, 2  # accumulators of a register tile: rows of so many vectors


@dataclass(frozen=True, slots=True)
class Plan:
    """The lanes' axis (None: none), their number, and the extent of every axis in registers."""

    vector: int | None
    lanes: int
    tiles: tuple[int, ...]


def plan(nest: Fused, lanes: int) -> Plan:
    """Lanes along an axis on which the targets count up, and a tile where numbers are reused."""
    domain = nest.statements[0].domain
    groups = [g for statement in nest.statements for sums in statement.sums for g in sums]
    lanes, vector = _vectors(nest, groups, lanes)
    tiles = [1] * len(domain)
    products = [group for group in groups if group.reduction]
    if products:
        budget = _ROWS * _VECTORS
        if vector is not None:
            tiles[vector] = min(_VECTORS, domain[vector] // lanes)
            budget = _ROWS
        for axis in sorted(_axes(nest), key=lambda a: -min(domain[a], budget)):
            if axis != vector and budget > 1 and _reuses(products, axis):
                tiles[axis] = min(budget if vector is not None else _ROWS, domain[axis])
                budget //= tiles[axis]
    return Plan(vector, lanes, tuple(tiles))


def _vectors(nest: Fused, groups: list[Group], lanes: int) -> tuple[int, int | None]:
    """How many lanes a vector has, and along which axis; narrower ones where no axis is so long."""
    domain = len(nest.statements[0].domain)
    while lanes > 1:
        lanewise = any(vector_reduction(group, domain, lanes) is not None for group in groups)
        vector = _vector_axis(nest, groups, lanes, lanewise)
        if vector is not None or lanewise:
            return lanes, vector
        lanes //= 2
    return 1, None


def _vector_axis(nest: Fused, groups: list[Group], lanes: int, lanewise: bool) -> int | None:
    domain = nest.statements[0].domain
    targets = [statement.target for statement in nest.statements]
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
    return range(1 if nest.timed else 0, len(nest.statements[0].domain))


def _counts_up(target: Operand, axis: int) -> bool:
    return target.map.table is None and target.map.strides[axis] == 1


def contiguous(operand: Operand, axis: int) -> bool:
    """Whether the operand lies still along an axis or takes one step with it."""
    if operand.storage is None:
        return True
    table = operand.map.table
    return operand.map.strides[axis] in (0, 1) and (table is None or not table.strides[axis])


def _reuses(groups: list[Group], axis: int) -> bool:
    return any(not o.map.moves(axis) for g in groups for o in g.operands if o.storage is not None)


def vector_reduction(group: Group, domain: int, lanes: int) -> int | None:
    """The axis of a group's own sum that can be added up in lanes."""
    for k, extent in enumerate(group.reduction):
        if extent >= lanes and all(contiguous(o, domain + k) for o in group.operands):
            return k
    return None
