"""Loads and stores of a tile: which number in memory an operand means at a point."""

from __future__ import annotations

from dataclasses import dataclass

from ..ir.loops import Operand
from ..machine.text import Builder
from .layout import Layout
from .lower import Lowering
from .plan import contiguous


@dataclass(frozen=True, slots=True)
class Span:
    """Points of one axis: counter + first + k * step for k < count, `lanes` numbers at each."""

    counter: str | None
    first: int
    count: int
    step: int
    lanes: int


Spans = list[Span]
Point = tuple[int, ...]
Strides = tuple[int, ...]
ONE = Span(None, 0, 1, 1, 1)


class Access:
    """Where everything lies, as instructions in a builder."""

    def __init__(self, b: Builder, layout: Layout) -> None:
        self.b = b
        self.layout = layout

    def shift(self, operand: Operand, spans: Spans, at: Point) -> int:
        """How far a point's number lies behind the first one of the tile."""
        return _shift(operand.map.strides, spans, at)

    def load(self, to: Lowering, operand: Operand, spans: Spans, at: Point) -> str:
        """The numbers of an operand at a point, a vector of them where an axis has lanes."""
        if operand.storage is None:
            return to.number(operand.value)
        lanes_axis = next((k for k, span in enumerate(spans) if span.lanes > 1), None)
        if to.lanes == 1 or lanes_axis is None:
            return self._load_one(operand, spans, at, 0)
        if not operand.map.moves(lanes_axis):
            one = self._load_one(operand, spans, at, 0)
            first = self.b.op(f"insertelement {to.kind} poison, {to.float.llvm} {one}, i32 0")
            mask = f"<{to.lanes} x i32> zeroinitializer"
            return self.b.op(f"shufflevector {to.kind} {first}, {to.kind} poison, {mask}")
        if contiguous(operand, lanes_axis):
            pointer = self._pointer(operand, spans, at)
            return self.b.op(f"load {to.kind}, ptr {pointer}, align {to.float.bytes}")
        vector = "poison"
        for lane in range(to.lanes):
            one = self._load_one(operand, spans, at, lane)
            one = f"{to.float.llvm} {one}"
            vector = self.b.op(f"insertelement {to.kind} {vector}, {one}, i32 {lane}")
        return vector

    def load_along(self, to: Lowering, operand: Operand, spans: Spans, lane: int) -> str:
        """A vector of neighbours in memory, from where one lane of the tile's first point is."""
        pointer = self._pointer(operand, spans, (0,) * len(spans), lane)
        return self.b.op(f"load {to.kind}, ptr {pointer}, align {to.float.bytes}")

    def store(self, to: Lowering, target: Operand, value: str, spans: Spans, at: Point) -> None:
        """Write a value to where the target is at a point."""
        pointer = self._pointer(target, spans, at)
        self.b.do(f"store {to.kind} {value}, ptr {pointer}, align {to.float.bytes}")

    def _load_one(self, operand: Operand, spans: Spans, at: Point, lane: int) -> str:
        pointer = self._pointer(operand, spans, at, lane)
        return self.b.op(f"load {self.b.float.llvm}, ptr {pointer}")

    def _pointer(self, operand: Operand, spans: Spans, at: Point, lane: int = 0) -> str:
        """Where the number is; `lane` counts along the axis that has the lanes."""
        assert operand.storage is not None
        index, kind = operand.map, self.b.float.llvm
        row = self.layout.row(operand.storage)
        first = self.layout.offsets[operand.storage] + index.base
        first += self._shift_of(index.strides, spans, at, lane)
        place = self.b.place(kind, row, first, _counters(index.strides, spans))
        table = index.table
        if table is None:
            return place
        entry = self.layout.tables[table] + self._shift_of(table.strides, spans, at, lane)
        where = self.b.place("i32", "%tables", entry, _counters(table.strides, spans))
        chosen = self.b.op(f"sext i32 {self.b.op(f'load i32, ptr {where}')} to i64")
        return self.b.pointer(kind, place, chosen)

    def _shift_of(self, strides: Strides, spans: Spans, at: Point, lane: int) -> int:
        along = zip(strides, spans, strict=True)
        return _shift(strides, spans, at) + lane * sum(s for s, span in along if span.lanes > 1)


def _shift(strides: Strides, spans: Spans, at: Point) -> int:
    return sum(
        stride * (span.first + k * span.step)
        for stride, span, k in zip(strides, spans, at, strict=True)
    )


def _counters(strides: Strides, spans: Spans) -> list[tuple[str, int]]:
    """The counters of loops that move an index, each with its stride."""
    return [(span.counter, s) for span, s in zip(spans, strides, strict=True) if span.counter]
