"""Loops -> LLVM IR: every statement a nest of loops around a tile that is kept in registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from .fuse import Fused, FusedLoop, fuse, same
from .layout import Layout
from .loops import Group, IndexMap, Operand, Program, Statement, Storage
from .lower import Lowering
from .plan import contiguous, plan, vector_reduction
from .text import Builder

ENTRY = "glassgrad_step"


@dataclass(frozen=True, slots=True)
class Span:
    """Points of one axis: counter + first + k * step for k < count, `lanes` numbers at each."""

    counter: str | None
    first: int
    count: int
    step: int
    lanes: int


Spans = list[Span]


def emit(program: Program, layout: Layout, results: Storage, lanes: int) -> str:
    """The text of a module that runs the program."""
    b = Builder(layout.float)

    def step() -> None:
        for unit in fuse(program):
            if isinstance(unit, FusedLoop):
                _emit_loop(b, layout, unit, lanes)
            else:
                _Nest(b, layout, unit, lanes).emit(None)

    return module(b, layout.offsets[results], results.size, step)


def module(b: Builder, first: int, count: int, step: Callable[[], None]) -> str:
    """The text of a module with one function, which runs what `step` writes `repeat` times.

    It has the arguments memory (numbers), tables (int32), parameters and gradients (numbers),
    repeat (int64, at least 1) and results (numbers): the `count` numbers from `first` on in memory
    after each run, one run after another.
    """
    kind = b.float.llvm

    def once(_: str, values: list[str]) -> list[str]:
        step()
        if not count:
            return values

        def copy(i: str, _: list[str]) -> list[str]:
            at = b.index(first, [(i, 1)])
            number = b.op(f"load {kind}, ptr {b.pointer(kind, '%memory', at)}")
            b.do(f"store {kind} {number}, ptr {b.pointer(kind, values[0], i)}")
            return []

        b.loop(count, 1, [], copy)
        return [b.pointer(kind, values[0], str(count))]

    b.loop("%repeat", 1, [("ptr", "%results")], once)
    head = (
        f"define void @{ENTRY}(ptr noalias align 64 %memory, ptr noalias readonly %tables, "
        "ptr noalias %parameters, ptr noalias %gradients, i64 %repeat, ptr noalias %results) {"
    )
    return "\n".join(
        [
            *(b.declarations[name] for name in sorted(b.declarations)),
            head,
            "entry:",
            b.text(),
            "  ret void",
            "}",
        ]
    )


def _emit_loop(b: Builder, layout: Layout, loop: FusedLoop, lanes: int) -> None:
    def once(counter: str, _: list[str]) -> list[str]:
        time = b.countdown(counter, loop.extent - 1) if loop.backward else counter
        for nest in loop.nests:
            _Nest(b, layout, nest, lanes).emit(time)
        return []

    b.loop(loop.extent, 1, [], once)


class _Nest:
    """Fused statements: loops over their domain, and within them one tile at a time."""

    def __init__(self, b: Builder, layout: Layout, nest: Fused, lanes: int) -> None:
        self.b = b
        self.layout = layout
        self.nest = nest
        self.domain = nest.statements[0].domain
        self.plan = plan(nest, lanes)
        self.lanes = self.plan.lanes
        self.values: dict[Storage, list[str]] = {}  # of the statements so far, at a tile's points
        self.targets = {s.written: s.target.map for s in nest.statements}
        axes = range(1 if nest.timed else 0, len(self.domain))
        self.order = sorted(axes, key=lambda axis: axis == self.plan.vector)

    def emit(self, time: str | None) -> None:
        """Append the nest; `time` is the counter of the loop around it."""
        spans = [Span(None, 0, 1, 1, 1)] * len(self.domain)
        if time is not None:
            spans[0] = Span(time, 0, 1, 1, 1)
        self._axis(0, spans)

    def _axis(self, depth: int, spans: Spans) -> None:
        """Loop over the axes from `depth` on; those before have their spans."""
        if depth == len(self.order):
            self._tile(spans)
            return
        axis = self.order[depth]
        extent = self.domain[axis]
        lanes = self.lanes if axis == self.plan.vector else 1

        def within(span: Span) -> None:
            self._axis(depth + 1, [*spans[:axis], span, *spans[axis + 1 :]])

        block = self.plan.tiles[axis] * lanes
        whole = extent - extent % block
        if whole > block:

            def body(counter: str, _: list[str]) -> list[str]:
                within(Span(counter, 0, self.plan.tiles[axis], lanes, lanes))
                return []

            self.b.loop(whole, block, [], body)
        elif whole:
            within(Span(None, 0, self.plan.tiles[axis], lanes, lanes))
        vectors = (extent - whole) // lanes
        if vectors:
            within(Span(None, whole, vectors, lanes, lanes))
        left = (extent - whole) % lanes
        while left:
            lanes //= 2
            if left >= lanes:
                within(Span(None, extent - left, 1, lanes, lanes))
                left -= lanes

    # ------------------------------------------------------------------ one tile

    def _tile(self, spans: Spans) -> None:
        points = list(product(*(range(span.count) for span in spans)))
        vector = self.plan.vector
        to = Lowering(self.b, 1 if vector is None else spans[vector].lanes)
        self.values.clear()
        for statement in self.nest.statements:
            sums: list[list[str]] = []
            for groups in statement.sums:
                totals: list[str] = []
                for group in groups:
                    totals = self._added(to, totals, group, self._group(to, group, spans, points))
                sums.append(totals)
            values = [list(inputs) for inputs in zip(*sums, strict=True)]
            row = statement.row
            made = [to.row(row, inputs) if row else inputs[0] for inputs in values]
            if statement.written in self.nest.stored:
                for point, value in zip(points, made, strict=True):
                    self._store(to, statement, value, spans, point)
            self.values[statement.written] = made

    def _added(self, to: Lowering, totals: list[str], group: Group, values: list[str]) -> list[str]:
        size = abs(group.coefficient)
        if size != 1.0:
            values = [to.binary("fmul", to.number(size), value) for value in values]
        if not totals:
            return values if group.coefficient > 0.0 else [to.negative(v) for v in values]
        how = "fadd" if group.coefficient > 0.0 else "fsub"
        return [to.binary(how, t, v) for t, v in zip(totals, values, strict=True)]

    def _group(
        self, to: Lowering, group: Group, spans: Spans, points: list[tuple[int, ...]]
    ) -> list[str]:
        """For every point of the tile the sum of the products, without the coefficient."""
        if not group.reduction:
            return self._products(to, group, spans, points, None)
        lanewise = None
        if to.lanes == 1 and self.lanes > 1:
            lanewise = vector_reduction(group, len(spans), self.lanes)
        zero = [to.number(0.0)] * len(points)
        return self._reduce(to, group, spans, points, lanewise, 0, zero)

    def _reduce(
        self,
        to: Lowering,
        group: Group,
        spans: Spans,
        points: list[tuple[int, ...]],
        lanewise: int | None,
        depth: int,
        totals: list[str],
    ) -> list[str]:
        """Add to `totals` over the group's axes from `depth` on; the lanewise one comes last."""
        order = [k for k in range(len(group.reduction)) if k != lanewise]
        order += [lanewise] if lanewise is not None else []
        if depth == len(order):
            full = [spans[axis] for axis in range(len(spans))]
            return self._products(to, group, full, points, totals)
        axis, extent = len(self.domain) + order[depth], group.reduction[order[depth]]
        spans = spans + [Span(None, 0, 1, 1, 1)] * (axis + 1 - len(spans))

        def along(inner: Lowering, sums: list[str], first: int, stop: int, step: int) -> list[str]:
            def body(counter: str, values: list[str]) -> list[str]:
                span = Span(counter, first, 1, 1, step)
                there = [*spans[:axis], span, *spans[axis + 1 :]]
                return self._reduce(inner, group, there, points, lanewise, depth + 1, values)

            return self.b.loop(stop - first, step, [(inner.kind, s) for s in sums], body)

        if lanewise is None or depth < len(order) - 1:
            return along(to, totals, 0, extent, 1)
        wide = Lowering(self.b, self.lanes)
        whole = extent - extent % self.lanes
        vectors = along(wide, [wide.number(0.0)] * len(points), 0, whole, self.lanes)
        totals = [self._horizontal(wide, t, v) for t, v in zip(totals, vectors, strict=True)]
        return along(to, totals, whole, extent, 1) if whole < extent else totals

    def _horizontal(self, wide: Lowering, total: str, vector: str) -> str:
        name, one = f"llvm.vector.reduce.fadd.{wide.float.suffix(wide.lanes)}", wide.float.llvm
        self.b.declarations[name] = f"declare {one} @{name}({one}, {wide.kind})"
        return self.b.op(f"call reassoc {one} @{name}({one} {total}, {wide.kind} {vector})")

    def _products(
        self,
        to: Lowering,
        group: Group,
        spans: Spans,
        points: list[tuple[int, ...]],
        totals: list[str] | None,
    ) -> list[str]:
        """The product at every point of the tile, added to `totals` where there are any."""
        loaded: dict[tuple[int, int], str] = {}
        values = []
        for k, point in enumerate(points):
            at = point + (0,) * (len(spans) - len(point))
            factors = []
            for number, operand in enumerate(group.operands):
                if operand.storage in self.values and same(
                    operand.map, self.targets[operand.storage]
                ):
                    factors.append(self.values[operand.storage][k])
                    continue
                key = (number, self._shift(operand, spans, at))
                if key not in loaded or operand.map.table is not None:
                    loaded[key] = self._load(to, operand, spans, at)
                factors.append(loaded[key])
            *others, last = factors
            if totals is not None and others and not group.settled:
                left = self._multiplied(to, others)
                values.append(to.fused(left, last, totals[k]))
                continue
            value = self._multiplied(to, factors)
            if group.settled:
                zero = to.number(0.0)
                value = to.choose(to.compare("oeq", factors[0], zero), zero, value)
            values.append(value if totals is None else to.binary("fadd", totals[k], value))
        return values

    def _multiplied(self, to: Lowering, factors: list[str]) -> str:
        value = factors[0]
        for factor in factors[1:]:
            value = to.binary("fmul", value, factor)
        return value

    # ------------------------------------------------------------------ memory

    def _shift(self, operand: Operand, spans: Spans, at: tuple[int, ...]) -> int:
        """How far a point's number lies behind the first one of the tile."""
        strides = operand.map.strides
        return sum(
            stride * (span.first + k * span.step)
            for stride, span, k in zip(strides, spans, at, strict=True)
        )

    def _address(self, operand: Operand, spans: Spans, at: tuple[int, ...], lane: int = 0) -> str:
        """The index into the storage's row; `lane` counts along the axis that has the lanes."""
        assert operand.storage is not None
        index = operand.map
        parts = [
            (span.counter, stride)
            for span, stride in zip(spans, index.strides, strict=True)
            if span.counter is not None
        ]
        along = [s for span, s in zip(spans, index.strides, strict=True) if span.lanes > 1]
        first = self.layout.offsets[operand.storage] + index.base + self._shift(operand, spans, at)
        first += lane * sum(along)
        address = self.b.index(first, parts)
        if index.table is None:
            return address
        rows = Operand(operand.storage, IndexMap(0, index.table.strides))
        entry = self.layout.tables[index.table] + self._shift(rows, spans, at)
        entry += lane * sum(
            s for span, s in zip(spans, index.table.strides, strict=True) if span.lanes > 1
        )
        parts = [
            (span.counter, stride)
            for span, stride in zip(spans, index.table.strides, strict=True)
            if span.counter is not None
        ]
        pointer = self.b.pointer("i32", "%tables", self.b.index(entry, parts))
        looked_up = self.b.op(f"sext i32 {self.b.op(f'load i32, ptr {pointer}')} to i64")
        return self.b.op(f"add i64 {address}, {looked_up}")

    def _pointer(self, operand: Operand, spans: Spans, at: tuple[int, ...], lane: int = 0) -> str:
        assert operand.storage is not None
        row = self.layout.row(operand.storage)
        return self.b.pointer(self.b.float.llvm, row, self._address(operand, spans, at, lane))

    def _load(self, to: Lowering, operand: Operand, spans: Spans, at: tuple[int, ...]) -> str:
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

    def _load_one(self, operand: Operand, spans: Spans, at: tuple[int, ...], lane: int) -> str:
        pointer = self._pointer(operand, spans, at, lane)
        return self.b.op(f"load {self.b.float.llvm}, ptr {pointer}")

    def _store(
        self, to: Lowering, statement: Statement, value: str, spans: Spans, at: tuple[int, ...]
    ) -> None:
        pointer = self._pointer(statement.target, spans, at)
        if statement.accumulate:
            old = self.b.op(f"load {to.kind}, ptr {pointer}, align {to.float.bytes}")
            value = to.binary("fadd", old, value)
        self.b.do(f"store {to.kind} {value}, ptr {pointer}, align {to.float.bytes}")
