"""Numbers that are known beforehand, put where they are read: none is stored or loaded.

The derivative of a loss by itself is 1, and what a mean or a penalty passes back is constant, too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import isfinite, prod

from ..ir.loops import Group, IndexMap, Item, Operand, Program, Statement, Storage
from .gather import covers

_INNER = ("VALUE", "ADJOINT")


def with_constants(program: Program) -> Program:
    """The program without the storages that hold one and the same number throughout."""
    writers = Counter(statement.written for statement in program.statements())
    known: dict[Storage, float] = {}

    def number(operand: Operand, points: tuple[int, ...]) -> Operand:
        if operand.storage not in known:
            return operand
        return Operand(None, IndexMap(0, (0,) * len(points)), known[operand.storage])

    items: list[Item] = []
    for item in program.items:
        changed = item.changed(number)
        if isinstance(changed, Statement):
            changed = _folded(changed)
            value = _constant(changed)
            if value is not None and writers[changed.written] == 1:
                known[changed.written] = value
                continue
        items.append(changed)
    return Program(items)


def _folded(statement: Statement) -> Statement:
    sums = tuple(tuple(map(_folded_group, groups)) for groups in statement.sums)
    return replace(statement, sums=sums)


def _folded_group(group: Group) -> Group:
    """The group with the numbers among its operands in the coefficient."""
    numbers = [o.value for o in group.operands if o.storage is None]
    rest = tuple(o for o in group.operands if o.storage is not None)
    factor = prod(numbers) * group.coefficient
    if not numbers or not isfinite(factor) or factor == 0.0 or (group.reduction and not rest):
        return group
    if not rest:
        return replace(group, coefficient=1.0, operands=(replace(group.operands[0], value=factor),))
    # An operand that is a number is not zero here, and a single one stays what it is.
    annulling = sum(o.storage is not None for o in group.operands[: group.settled])
    return Group(factor, group.reduction, rest, annulling if len(rest) > 1 else 0)


def _constant(statement: Statement) -> float | None:
    """The number that a statement fills a storage with; None: it is none, or not of the inside."""
    groups = statement.sums[0]
    plain = not statement.row and not statement.accumulate and statement.written.kind in _INNER
    if not plain or not covers(statement.target.map, statement.domain, statement.written.size):
        return None
    if any(g.reduction or len(g.operands) > 1 or g.operands[0].storage for g in groups):
        return None
    return sum(group.coefficient * group.operands[0].value for group in groups)
