"""Numbers that a step hands out are computed where they are handed out.

A gradient is summed up in a row of its own, and what it has come to is copied to where the captured
Values have their gradients. Where a whole row is copied as it lies, and nothing else uses the place
that it is copied to, the row lies there from the beginning, and there is no copy.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from ..ir.loops import Item, Loop, Operand, Program, Statement, Storage
from .fuse import injective, meet

_LONG = 8  # numbers, below which a copy costs next to nothing
_INNER = ("VALUE", "ADJOINT")


def with_rows_in_place(program: Program) -> Program:
    """The program without copies of whole rows to the outside."""
    read = {storage for item in program.items for storage in item.reads()}
    writers: dict[Storage, list[Statement]] = {}
    for statement in program.statements():
        writers.setdefault(statement.written, []).append(statement)
    places: dict[Storage | None, tuple[Storage, int]] = {}  # of a row, and how far it moves
    copies: set[Item] = set()
    for item in program.items:
        row = _copied_row(item)
        if row is None or isinstance(item, Loop) or item.written in read or row.storage in places:
            continue
        others = (other for other in writers[item.written] if other is not item)
        if not any(_meet(item, other) for other in others):
            places[row.storage] = item.written, item.target.map.base - row.map.base
            copies.add(item)

    def moved(operand: Operand, _points: tuple[int, ...]) -> Operand:
        if operand.storage not in places:
            return operand
        storage, shift = places[operand.storage]
        return replace(operand, storage=storage, map=operand.map.moved(shift))

    return Program([item for item in program.items if item not in copies]).changed(moved)


def _copied_row(item: Item) -> Operand | None:
    """The row that a statement copies number by number to the outside; None: it does no such."""
    if isinstance(item, Loop) or item.row or item.accumulate or item.written.kind in _INNER:
        return None
    (groups,), index = item.sums, item.target.map
    (group,) = groups[:1]
    row = group.operands[0]
    plain = not (group.reduction or group.settled) and group.coefficient == 1.0
    alone = len(groups) == len(group.operands) == 1
    if not (plain and alone) or row.storage is None or row.storage.kind not in _INNER:
        return None
    whole = prod(item.domain) == row.storage.size >= _LONG and injective(row.map, item.domain)
    straight = row.map.strides == index.strides and index.table is None
    return row if whole and straight else None


def _meet(one: Statement, other: Statement) -> bool:
    return meet((one.target, one.domain), (other.target, other.domain), timed=False)
