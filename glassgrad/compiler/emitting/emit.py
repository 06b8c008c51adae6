"""Loops -> LLVM IR: every statement a nest of loops around a tile that is kept in registers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from ..ir.loops import Group, IndexMap, Operand, Program, Storage, Sum
from ..machine.text import Builder
from .access import ONE, Access, Point, Span, Spans
from .carried import Carried
from .fuse import Fused, FusedLoop, fuse, nests_of
from .layout import Layout
from .lower import Lowering
from .plan import plan
from .recompute import recompute
from .sums import Sums
from .totals import Totals

ENTRY = "glassgrad_step"
_COPY = "llvm.memcpy.p0.p0.i64"


def emit(program: Program, layout: Layout, results: Storage, lanes: int) -> str:
    """The text of a module that runs the program."""
    b = Builder(layout.float)

    def step() -> None:
        for unit in recompute(fuse(program)):
            for nest in nests_of(unit):
                for total in nest.totals:
                    layout.place(total.written)
            if isinstance(unit, FusedLoop):
                _emit_loop(b, layout, unit, lanes)
            else:
                _Nest(Access(b, layout), unit, lanes).emit(None)

    return module(b, layout.offsets[results], results.size, layout.inputs, step)


def module(b: Builder, first: int, count: int, inputs: range, step: Callable[[], None]) -> str:
    """The text of a module with one function, which runs what `step` writes `repeat` times.

    It has the arguments memory (numbers), tables (int32), parameters and gradients (numbers),
    repeat (int64, at least 1), results (numbers): the `count` numbers from `first` on in memory
    after each run, one run after another; and each (numbers): none, or what is copied to `inputs`
    in memory before each run, one after another.
    """
    kind = b.float.llvm

    def once(_: str, values: list[str]) -> list[str]:
        results, each = values
        if inputs:
            each = _taken(b, each, inputs)
        step()
        if not count:
            return [results, each]

        def copy(i: str, at: str) -> list[str]:
            number = b.op(f"load {kind}, ptr {b.pointer(kind, '%memory', at)}")
            b.do(f"store {kind} {number}, ptr {b.pointer(kind, results, i)}")
            return []

        if count == 1:
            copy("0", str(first))
        else:
            b.loop(count, 1, [], lambda i, _: copy(i, b.index(first, [(i, 1)])))
        return [b.pointer(kind, results, str(count)), each]

    b.loop("%repeat", 1, [("ptr", "%results"), ("ptr", "%each")], once)
    head = (
        f"define void @{ENTRY}(ptr noalias align 64 %memory, ptr noalias readonly %tables, "
        "ptr noalias %parameters, ptr noalias %gradients, i64 %repeat, ptr noalias %results, "
        "ptr noalias readonly %each) {"
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


def _taken(b: Builder, each: str, inputs: range) -> str:
    """Copy the numbers at `each` to `inputs` in memory, if it is any address; the next one."""
    kind, size = b.float.llvm, len(inputs) * b.float.bytes

    def copy() -> list[str]:
        into = b.pointer(kind, "%memory", str(inputs.start))
        b.do(f"call void @{_COPY}(ptr {into}, ptr {each}, i64 {size}, i1 false)")
        return [b.pointer(kind, each, str(len(inputs)))]

    b.declarations[_COPY] = f"declare void @{_COPY}(ptr, ptr, i64, i1)"
    given = b.op(f"icmp ne ptr {each}, null")
    (following,) = b.otherwise(["null"], "ptr", given, copy)
    return following


def _emit_loop(b: Builder, layout: Layout, loop: FusedLoop, lanes: int) -> None:
    access = Carried(b, layout, loop)

    def once(time: str) -> None:
        for nest in loop.nests:
            _Nest(access, nest, lanes).emit(time)

    access.run(once)


class _Nest:
    """Fused statements: loops over their domain, and within them one tile at a time."""

    def __init__(self, access: Access, nest: Fused, lanes: int) -> None:
        self.b = b = access.b
        self.nest = nest
        self.domain = nest.domain
        self.plan = plan(nest, lanes, b.float.bytes)
        self.lanes, self.most = self.plan.lanes, lanes
        self.values: dict[Storage | None, tuple[IndexMap, list[str]]] = {}
        self.access = access
        self.sums = Sums(self.access, self.lanes, self.values)
        self.totals = Totals(self.access, nest.totals, self.plan)
        axes = range(1 if nest.timed else 0, len(self.domain))
        self.order = sorted(axes, key=lambda axis: axis == self.plan.vector)

    def emit(self, time: str | None) -> None:
        """Append the nest; `time` is the counter of the loop around it."""
        spans = [ONE] * len(self.domain)
        if time is not None:
            spans[0] = Span(time, 0, 1, 1, 1)
        self._axis(0, spans)
        self.totals.store()

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

            def body(counter: str) -> None:
                within(Span(counter, 0, self.plan.tiles[axis], lanes, lanes))

            self.totals.loop(whole, block, body)
        elif whole:
            within(Span(None, 0, self.plan.tiles[axis], lanes, lanes))
        vectors = (extent - whole) // lanes
        if vectors:
            within(Span(None, whole, vectors, lanes, lanes))
        left = (extent - whole) % lanes
        if left and extent >= lanes and self.nest.may_run_twice():
            within(Span(None, extent - lanes, 1, lanes, lanes))
            return
        while left:
            lanes //= 2
            if left >= lanes:
                within(Span(None, extent - left, 1, lanes, lanes))
                left -= lanes

    def _tile(self, spans: Spans) -> None:
        points = list(product(*(range(span.count) for span in spans)))
        vector = self.plan.vector
        to = Lowering(self.b, 1 if vector is None else spans[vector].lanes)
        self.values.clear()
        for statement in self.nest.statements:
            sums = [self._sum(to, groups, spans, points) for groups in statement.sums]
            values = [list(inputs) for inputs in zip(*sums, strict=True)]
            row, target = statement.row, statement.target
            made = to.rows(row, values, self.most) if row else [total for (total,) in values]
            if statement.accumulate:
                made = self._grown(to, target, made, spans, points)
            elif statement.written in self.nest.stored:
                for point, value in zip(points, made, strict=True):
                    self.access.store(to, target, value, spans, point)
            self.values[statement.written] = (target.map, made)
        for number, total in enumerate(self.nest.totals):
            term = self.nest.term(total)
            self.totals.add(to, number, self.sums.of(to, term, spans, points))

    def _grown(
        self, to: Lowering, target: Operand, values: list[str], spans: Spans, points: list[Point]
    ) -> list[str]:
        """What is at the target after `values` were added to it, one point after another."""
        made = []
        for point, value in zip(points, values, strict=True):
            total = to.binary("fadd", self.access.load(to, target, spans, point), value)
            self.access.store(to, target, total, spans, point)
            made.append(total)
        return made

    def _sum(self, to: Lowering, groups: Sum, spans: Spans, points: list[Point]) -> list[str]:
        """The sum of some groups at every point, to which products are added in one rounding."""
        first, *others = sorted(groups, key=_is_product)
        totals = self.sums.of(to, first, spans, points)
        if abs(first.coefficient) != 1.0:
            size = to.number(first.coefficient)
            totals = [to.binary("fmul", size, total) for total in totals]
        elif first.coefficient < 0.0:
            totals = [to.negative(total) for total in totals]
        for group in others:
            if _is_product(group) and not group.settled:
                totals = self.sums.added(to, group, spans, points, totals)
            else:
                values = self.sums.of(to, group, spans, points)
                totals = _added(to, totals, group.coefficient, values)
        return totals


def _is_product(group: Group) -> bool:
    """Whether numbers are multiplied at each point.

    What is multiplied by a constant alone is rounded as Python does it, so that a step such as
    p - 0.1 * g ends in the same decimal digits.
    """
    return not group.reduction and len(group.operands) > 1


def _added(to: Lowering, totals: list[str], coefficient: float, values: list[str]) -> list[str]:
    if abs(coefficient) != 1.0:
        values = [to.binary("fmul", to.number(abs(coefficient)), value) for value in values]
    how = "fadd" if coefficient > 0.0 else "fsub"
    return [to.binary(how, t, v) for t, v in zip(totals, values, strict=True)]
