"""Numbers that a loop over time carries in registers from one time to the next.

Note [Carried numbers]
A step of a recurrence that reads from memory what the step before it wrote waits for it longer than
for an addition. Where a loop touches a storage at single numbers alone, each at its own distance
from the time, it is known of each number where the time before had it: what was loaded or stored
then is a number of the loop's next turn. So is what does not move with time at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..ir.loops import Operand, Statement, Storage
from ..machine.text import Builder
from .access import Access, Point, Span, Spans
from .fuse import Fused, FusedLoop
from .layout import Layout
from .lower import Lowering

_MOST = 32  # numbers that are carried, about as many as there are registers
Cell = tuple[Storage, int, int]  # number base + stride * time of a storage


class Carried(Access):
    """Access within one loop over time."""

    def __init__(self, b: Builder, layout: Layout, loop: FusedLoop) -> None:
        super().__init__(b, layout)
        self._loop = loop
        self._single = _touched_singly(loop)
        self._cells = self._carried()
        self._numbers: dict[Cell, str] = {}

    def run(self, body: Callable[[str], None]) -> None:
        """Run `body(time)` at every time of the loop."""
        last = self._loop.extent - 1
        to = Lowering(self.b, 1)
        there = [Span(None, last if self._loop.backward else 0, 1, 1, 1)]
        loaded = [self.load(to, operand, there, (0,)) for operand in self._cells.values()]

        def once(counter: str, numbers: list[str]) -> list[str]:
            self._numbers = dict(zip(self._cells, numbers, strict=True))
            body(self.b.countdown(counter, last) if self._loop.backward else counter)
            return [self._numbers[self._before(cell)] for cell in self._cells]

        self.b.loop(last + 1, 1, [(to.kind, number) for number in loaded], once)

    def load(self, to: Lowering, operand: Operand, spans: Spans, at: Point) -> str:
        """The numbers of an operand, from the register that has them if there is one."""
        if operand.storage not in self._single:
            return super().load(to, operand, spans, at)
        cell = _cell(operand)
        if cell not in self._numbers:
            self._numbers[cell] = super().load(to, operand, spans, at)
        return self._numbers[cell]

    def store(self, to: Lowering, target: Operand, value: str, spans: Spans, at: Point) -> None:
        """Write a value to where the target is, and remember its register."""
        super().store(to, target, value, spans, at)
        if target.storage in self._single:
            self._numbers[_cell(target)] = value

    def _before(self, cell: Cell) -> Cell:
        """What the time before has where this time has the cell."""
        storage, base, stride = cell
        return storage, base + (-stride if self._loop.backward else stride), stride

    def _carried(self) -> dict[Cell, Operand]:
        """What a time reads before it writes it, and the time before has in a register."""
        known: set[Cell] = set()
        first: dict[Cell, Operand] = {}
        for _, statement in _statements(self._loop):
            grown = [statement.target] if statement.accumulate else []
            for operand in (*statement.operands(), *grown):
                if operand.storage in self._single and _cell(operand) not in known:
                    first[_cell(operand)] = operand
                    known.add(_cell(operand))
            if statement.written in self._single:
                known.add(_cell(statement.target))
        carried = [cell for cell in first if self._before(cell) in known]
        return {cell: first[cell] for cell in carried[:_MOST]}


def _statements(loop: FusedLoop) -> Iterator[tuple[Fused, Statement]]:
    return ((nest, statement) for nest in loop.nests for statement in nest.statements)


def _touched_singly(loop: FusedLoop) -> set[Storage]:
    """The storages of which a time touches single numbers, all of which move alike with time."""
    strides: dict[Storage, set[int]] = {}
    others: set[Storage] = set()
    for nest, statement in _statements(loop):
        if statement.written not in nest.stored:  # is in no other nest, nor at another time
            others.add(statement.written)
        for operand, points in statement.touches():
            if operand.storage is None:
                continue
            if points != (loop.extent,) or operand.map.table is not None:
                others.add(operand.storage)
            else:
                strides.setdefault(operand.storage, set()).add(operand.map.strides[0])
    return {storage for storage, own in strides.items() if len(own) == 1} - others


def _cell(operand: Operand) -> Cell:
    assert operand.storage is not None
    return operand.storage, operand.map.base, operand.map.strides[0]
