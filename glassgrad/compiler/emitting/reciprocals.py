"""Divisions by a number that many points share: its reciprocal once, and a product at each point.

Note [Reciprocals]
A division takes as long as a dozen products. So x / b becomes (x * r) * c with r = 1 / (b * c).
Here c is 1, but a power of two where the reciprocal of b would not be a normal number. Thereby
zeros, infinities and nan come out as from a division, and other numbers differ from it by no more
than a rounding.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ..ir.affine import c_strides
from ..ir.floats import Float
from ..ir.loops import Group, IndexMap, Item, Operand, Program, Statement, Storage

_FEWEST = 4  # points for each divisor
_FAR = 2.0**64  # leads from the subnormal numbers, and back from those with such reciprocals

Map = tuple[int, tuple[int, ...], tuple[int, ...]]  # base, strides and extents


def with_reciprocals(program: Program, kind: Float) -> Program:
    """The program with products where points share a divisor; `kind`: the type of all numbers."""
    reciprocals = _Reciprocals(kind)
    for item in program.items:
        reciprocals.items.append(reciprocals.changed(item) if isinstance(item, Statement) else item)
        reciprocals.forget(item.writes())
    return Program(reciprocals.items)


class _Reciprocals:
    """Statements so far, and the reciprocals among them that are up to date."""

    def __init__(self, kind: Float) -> None:
        self.items: list[Item] = []
        self._kind = kind
        self._made: dict[tuple[Storage, Map], tuple[Storage, Storage]] = {}

    def forget(self, written: set[Storage]) -> None:
        """Use no reciprocal any more of what is written now."""
        self._made = {key: made for key, made in self._made.items() if key[0] not in written}

    def changed(self, statement: Statement) -> Statement:
        """The statement as a product, if it is a division that is better one."""
        if statement.row != "div":
            return statement
        (number, divisor) = (groups[0] for groups in statement.sums)
        plain = all(len(groups) == 1 and not groups[0].reduction for groups in statement.sums)
        if not plain or number.settled or divisor.settled or len(divisor.operands) > 1:
            return statement
        (by,) = divisor.operands
        if by.storage is None:
            size = divisor.coefficient * by.value
            if not self._is_normal(size):
                return statement
            product = replace(number, coefficient=number.coefficient / size)
        else:
            axes = [a for a in range(len(statement.domain)) if by.map.moves(a)]
            shared = prod(n for a, n in enumerate(statement.domain) if a not in axes)
            if by.map.table is not None or divisor.coefficient != 1.0 or shared < _FEWEST:
                return statement
            factors = self._factors(by, axes, statement)
            known = prod(o.value for o in number.operands if o.storage is None)
            if self._is_normal(known):
                others = (o for o in number.operands if o.storage is not None)
                size = number.coefficient * known
                product = replace(number, coefficient=size, operands=(*others, *factors))
            else:
                product = replace(number, operands=(*number.operands, *factors))
        return replace(statement, row="", sums=((product,),))

    def _is_normal(self, x: float) -> bool:
        return self._kind.smallest <= abs(x) <= 1.0 / self._kind.smallest

    def _factors(self, by: Operand, axes: list[int], statement: Statement) -> list[Operand]:
        """The two factors that stand for a divisor which moves along some axes of a statement."""
        assert by.storage is not None
        axes = sorted(axes, key=lambda axis: -abs(by.map.strides[axis]))
        domain = tuple(statement.domain[axis] for axis in axes)
        strides = tuple(by.map.strides[axis] for axis in axes)
        steps = c_strides(domain, (True,) * len(domain))
        key = by.storage, (by.map.base, strides, domain)
        if key not in self._made:
            divisor = Operand(by.storage, IndexMap(by.map.base, strides))
            self._made[key] = self._reciprocal(divisor, domain, steps, statement.line)
        along = [0] * len(statement.domain)
        for axis, step in zip(axes, steps, strict=True):
            along[axis] = step
        return [Operand(made, IndexMap(0, tuple(along))) for made in self._made[key]]

    def _reciprocal(
        self, by: Operand, domain: tuple[int, ...], steps: tuple[int, ...], line: str
    ) -> tuple[Storage, Storage]:
        """The storages of r and c, as the note calls them, which are computed now."""
        assert by.storage is not None
        still = IndexMap(0, (0,) * len(domain))

        def made(row: str, *sums: tuple[Operand, ...] | float) -> Operand:
            target = Operand(Storage(f"{row}_{name}", "VALUE", domain), IndexMap(0, steps))
            groups = (
                Group(1.0, (), (Operand(None, still, x),) if isinstance(x, float) else x)
                for x in sums
            )
            self.items.append(
                Statement(target, domain, tuple((g,) for g in groups), row, line=line)
            )
            return target

        name, least = by.storage.name, self._kind.smallest
        size = made("abs", (by,))
        is_small, is_large = made("lt", (size,), least), made("gt", (size,), 1.0 / least)
        less = made("where", (is_large,), 1.0 / _FAR, 1.0)
        scale = made("where", (is_small,), _FAR, (less,))
        inverse = made("div", 1.0, (by, scale))
        assert inverse.storage is not None
        assert scale.storage is not None
        return inverse.storage, scale.storage
