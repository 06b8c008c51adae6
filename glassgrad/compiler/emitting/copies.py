"""Transposed copies: what lets a sum over samples keep its lanes along a row of weights.

Note [Transposed copies]
The gradient of a weight is a sum over samples of an adjoint times what came in. Both have the
samples innermost, so either the sum goes along the lanes, and these have to be added up for every
weight; or what came in is copied with the samples outermost, once for all rows of weights. Then it
is an outer product: a number of the adjoint in every lane, times a vector along the row.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ..ir.affine import c_strides
from ..ir.loops import Group, IndexMap, Item, Operand, Program, Statement, Storage

_FEWEST = 8  # rows of weights for which a copy pays


def with_copies(program: Program, lanes: int) -> Program:
    """The program with transposed copies where they pay; `lanes`: numbers in a vector."""
    copies = _Copies(lanes)
    for item in program.items:
        copies.items.append(copies.changed(item) if isinstance(item, Statement) else item)
        copies.forget(item.writes())
    return Program(copies.items)


class _Copies:
    """Statements so far, and the copies among them that are up to date."""

    def __init__(self, lanes: int) -> None:
        self.items: list[Item] = []
        self._lanes = lanes
        self._made: dict[tuple[Storage, int, tuple[int, ...], tuple[int, ...]], Storage] = {}

    def forget(self, written: set[Storage]) -> None:
        """Use no copy any more of what is written now."""
        self._made = {key: copy for key, copy in self._made.items() if key[0] not in written}

    def changed(self, statement: Statement) -> Statement:
        """The statement on copies, which are made before it."""
        axis = self._row(statement)
        if axis is None:
            return statement
        groups = [self._group(statement, group, axis) for group in statement.sums[0]]
        return replace(statement, sums=(tuple(groups),))

    def _row(self, statement: Statement) -> int | None:
        """The axis of a sum along which the target counts up, if it has rows enough."""
        target, domain = statement.target.map, statement.domain
        if self._lanes == 1 or target.table is not None or len(statement.sums) != 1:
            return None
        for axis, extent in enumerate(domain):
            if target.strides[axis] == 1 and extent >= self._lanes:
                return axis if prod(domain) >= _FEWEST * extent else None
        return None

    def _group(self, statement: Statement, group: Group, axis: int) -> Group:
        apart = [o for o in group.operands if o.map.strides[axis] not in (0, 1)]
        if len(apart) != 1 or any(o.map.table is not None for o in group.operands):
            return group
        (operand,) = apart
        size, strides = len(statement.domain), operand.map.strides
        lies_still = all(strides[other] == 0 for other in range(size) if other != axis)
        if not lies_still or 1 not in strides[size:]:
            return group
        shape = (*group.reduction, statement.domain[axis])
        source = IndexMap(operand.map.base, (*strides[size:], strides[axis]))
        steps = c_strides(shape, (True,) * len(shape))
        own = [0] * size
        own[axis] = 1
        copy = Operand(
            self._copy(operand, source, shape, steps, statement.line),
            IndexMap(0, (*own, *steps[:-1])),
        )
        operands = tuple(copy if o is operand else o for o in group.operands)
        return replace(group, operands=operands)

    def _copy(
        self,
        operand: Operand,
        source: IndexMap,
        shape: tuple[int, ...],
        steps: tuple[int, ...],
        line: str,
    ) -> Storage:
        """The storage of a copy; its statement is appended, unless there is one."""
        assert operand.storage is not None
        key = operand.storage, source.base, source.strides, shape
        if key not in self._made:
            copy = self._made[key] = Storage(f"{operand.storage.name}_t", "VALUE", shape)
            moved = Group(1.0, (), (Operand(operand.storage, source),))
            target = Operand(copy, IndexMap(0, steps))
            self.items.append(Statement(target, shape, ((moved,),), line=line))
        return self._made[key]
