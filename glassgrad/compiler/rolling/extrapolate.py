"""Programs of very long traces, read off short ones.

Note [Extrapolation]
Where a trace is a function of the number of its repetitions (windows.py), so is its program. It is
rolled for four numbers, small ones. If all four programs have the same statements, and every number
in them (extents, bases, strides, sizes) grows evenly from one to the next, the program of the long
trace is the one for its own number. Three programs would fix such a rule; the fourth confirms it.
Else the long trace is rolled as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..ir.graph import Graph
from ..ir.loops import Group, IndexMap, Item, Loop, Operand, Program, Statement, Storage, Table
from ..ir.outside import Outside
from ..ir.storages import index_map
from .cuts import Cuts, choices
from .roll import roll
from .rolled import Adjoints, Rolled
from .simplify import rollable
from .windows import Tape

_SHARE = 0.5  # of the trace: repetitions that are worth while, and short traces that are
_SHORTEST = (9, 22)  # repetitions of the shortest trace, at the first and at the second attempt
_FEWER = (3, 5, 9, 22)  # the same where a repetition is so long that its own extents are far larger
_LARGE = 1 << 14  # nodes
_LONG = 1 << 18  # nodes that take longer to roll than four short traces
_WORTH = (256, 32)  # repetitions from which on it is worth while, in short traces and in long ones


def extrapolated(graph: Graph, outside: Outside, most: int | None) -> Rolled | None:
    """The program of a trace with many repetitions; None where it is not found in this way."""
    tape = Tape(graph, _WORTH[len(graph) >= _LONG])
    nodes = int(_SHARE * len(graph))  # what the short traces have together
    for windows in choices(tape.windows):
        cuts = Cuts(tape, windows)
        if cuts.share < _SHARE:
            continue
        is_large = max(window.period for window in windows) >= _LARGE
        for shortest in _FEWER if is_large else _SHORTEST:
            counts = [cuts.times - shortest - more for more in range(4)]
            more = sum(map(cuts.size, counts))
            if counts[-1] <= 0 or more > nodes:
                break
            nodes -= more
            shapes = _shapes(cuts, counts, outside, most)
            if shapes is None:
                break
            found = _continued(shapes, counts[0])
            if found is not None:
                return found
    return None


def _shapes(
    cuts: Cuts, counts: list[int], outside: Outside, most: int | None
) -> list[_Shape] | None:
    """The programs with so many repetitions less; None where one is not to be had."""
    shapes = []
    for count in counts:
        short = cuts.cut(count)
        rolled = None if short is None else _rolled(short, outside, most)
        if rolled is None:
            return None
        shapes.append(_Shape(rolled, outside))
    return shapes


def _rolled(graph: Graph, outside: Outside, most: int | None) -> Rolled | None:
    return roll(rollable(graph), outside, most)


def _continued(shapes: list[_Shape], steps: int) -> Rolled | None:
    """The program that comes `steps` after the first of these."""
    first = shapes[0]
    if any(shape.marks != first.marks for shape in shapes):
        return None
    numbers = np.array([shape.numbers for shape in shapes], np.int64)
    growth = numbers[1] - numbers[0]
    if (np.diff(numbers, axis=0) != growth).any():
        return None
    values = iter((numbers[0] + steps * growth).tolist())
    found = _Walk(first.outside, lambda _: next(values), lambda _: None).rolled(first.rolled)
    found.program = found.program.changed(_without_table)
    return found


def _without_table(operand: Operand, points: tuple[int, ...]) -> Operand:
    """The operand without its table, where that counts up after all."""
    index = operand.map
    return operand if index.table is None else replace(operand, map=index_map(index.over(points)))


@dataclass(slots=True)
class _Shape:
    """A program as its whole numbers, and everything else in it."""

    rolled: Rolled
    outside: Outside
    numbers: list[int] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        def noted(number: int) -> int:
            self.numbers.append(number)
            return number

        _Walk(self.outside, noted, self.marks.append).rolled(self.rolled)


class _Walk:
    """A way through a program that replaces its numbers, always in the same order.

    Args:
        number: what to put in the place of a number.
        mark: is told everything that must not change.
    """

    def __init__(
        self, outside: Outside, number: Callable[[int], int], mark: Callable[[Any], None]
    ) -> None:
        self._number = number
        self._mark = mark
        known = [*outside.kinds.values(), *outside.inputs]
        self._storages: dict[Storage, Storage] = {storage: storage for storage in known}
        self._places: dict[Storage, int] = {storage: k for k, storage in enumerate(known)}

    def rolled(self, rolled: Rolled) -> Rolled:
        """The program with its numbers replaced."""
        items = [self._item(item) for item in rolled.program.items]
        adjoints = [self._adjoints(adjoints) for adjoints in rolled.adjoints]
        return Rolled(Program(items), adjoints, self._set(rolled.risky), self._set(rolled.holed))

    def _set(self, storages: set[Storage]) -> set[Storage]:
        self._mark(sorted(self._places[s] for s in storages if s in self._places))
        return {self._storages[s] for s in storages if s in self._storages}

    def _adjoints(self, adjoints: Adjoints) -> Adjoints:
        of = {self._storage(x): self._storage(y) for x, y in adjoints.of.items()}
        return Adjoints(self._operand(adjoints.root), adjoints.mark, of)

    def _item(self, item: Item) -> Item:
        self._mark((item.head and "loop", len(item.body)))
        if isinstance(item, Loop):
            return Loop(tuple(map(self._statement, item.body)), item.backward)
        return self._statement(item)

    def _statement(self, statement: Statement) -> Statement:
        self._mark((statement.row, statement.accumulate, statement.line, len(statement.sums)))
        return replace(
            statement,
            target=self._operand(statement.target),
            domain=self._numbers(statement.domain),
            sums=tuple(self._sum(groups) for groups in statement.sums),
        )

    def _sum(self, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        self._mark(len(groups))
        return tuple(self._group(group) for group in groups)

    def _group(self, group: Group) -> Group:
        self._mark((group.coefficient, group.settled, len(group.operands)))
        operands = tuple(self._operand(operand) for operand in group.operands)
        return replace(group, reduction=self._numbers(group.reduction), operands=operands)

    def _operand(self, operand: Operand) -> Operand:
        storage, index = operand.storage, operand.map
        self._mark(np.float64(operand.value).tobytes())
        if storage is not None:
            storage = self._storage(storage)
        table = index.table
        if table is not None:
            values = self._numbers(tuple(table.values.tolist()))
            table = Table(np.array(values, np.int32), self._numbers(table.strides))
        self._mark(table is None)
        index = IndexMap(self._number(index.base), self._numbers(index.strides), table)
        return replace(operand, storage=storage, map=index)

    def _storage(self, storage: Storage) -> Storage:
        if storage not in self._storages:
            values = storage.values
            self._places[storage] = len(self._places)
            self._mark((storage.name, storage.kind, None if values is None else values.tobytes()))
            new = replace(storage, shape=self._numbers(storage.shape))
            self._storages[storage] = new
        self._mark(self._places[storage])
        return self._storages[storage]

    def _numbers(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        self._mark(len(numbers))
        return tuple(self._number(number) for number in numbers)
