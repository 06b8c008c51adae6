"""The sums of a tile: products of operands, added up in registers over the axes of a group.

Note [Sums in registers]
A processor begins a multiplication before the one before it is done, but not one that adds to the
same register. So a sum by itself is taken in several parts. Where no axis of the domain fills the
lanes, an axis of the sum does; the lanes of several such sums are then added up together.

Note [Settled sums]
That an adjoint of zero stays zero whatever it meets matters only where 0 * inf is met, or 0 * nan,
and that leaves nan in the sum. So the plain sum is taken first; where it is nan, product by product
is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..ir.loops import Group, IndexMap, Operand, Storage
from .access import ONE, Access, Point, Span, Spans
from .fuse import same
from .lower import Lowering
from .plan import turned_axis, vector_reduction

_CHAINS = 8  # sums under way that keep a processor busy
_STRAIGHT = 32  # products that are written one after another rather than in a loop
_LANE_BYTES = 16  # within so many bytes numbers change places at the least cost


@dataclass(slots=True)
class Sums:
    """Sums at the points of tiles.

    Attributes:
        lanes: how many numbers a vector holds where a sum's own axis fills it.
        values: of the storages that earlier statements wrote, by which map, and the numbers at the
            points, which are in registers.
    """

    access: Access
    lanes: int
    values: Mapping[Storage | None, tuple[IndexMap, list[str]]]

    def of(self, to: Lowering, group: Group, spans: Spans, points: list[Point]) -> list[str]:
        """For every point of the tile the sum of the products, without the coefficient."""
        if not group.reduction:
            return self._products(to, group, spans, points, None)
        if not group.settled:
            return self._summed(to, group, spans, points)
        totals = self._summed(to, replace(group, settled=0), spans, points)
        probe = totals[0]
        for total in totals[1:]:
            probe = to.binary("fadd", probe, total)
        return to.unless_none(
            to.compare("uno", probe, probe),
            totals,
            lambda: self._summed(to, group, spans, points),
        )

    def added(
        self, to: Lowering, group: Group, spans: Spans, points: list[Point], totals: list[str]
    ) -> list[str]:
        """The product at every point, with the coefficient, added to `totals`."""
        if group.coefficient != 1.0:
            still = IndexMap(0, (0,) * len(spans))
            factors = (Operand(None, still, group.coefficient), *group.operands)
            group = replace(group, coefficient=1.0, operands=factors)
        return self._products(to, group, spans, points, totals)

    def _summed(self, to: Lowering, group: Group, spans: Spans, points: list[Point]) -> list[str]:
        lanewise = None
        if to.lanes == 1 and self.lanes > 1:
            lanewise = vector_reduction(group, len(spans), self.lanes)
        order = sorted(range(len(group.reduction)), key=lambda k: k == lanewise)
        full = [*spans, *[ONE] * len(group.reduction)]
        inner = to if lanewise is None else Lowering(to.builder, self.lanes)
        zeros = [inner.number(0.0)] * len(points)
        sums = self._along(inner, group, full, points, order, lanewise, zeros)
        return sums if lanewise is None else across(inner, sums)

    def _along(
        self,
        to: Lowering,
        group: Group,
        spans: Spans,
        points: list[Point],
        order: list[int],
        lanewise: int | None,
        totals: list[str],
    ) -> list[str]:
        """Add to `totals` over the group's axes in `order`."""
        if not order:
            return self._products(to, group, spans, points, totals)
        axis = len(spans) - len(group.reduction) + order[0]
        extent, step = group.reduction[order[0]], to.lanes if order[0] == lanewise else 1

        def at(counter: str | None, first: int, sums: list[str]) -> list[str]:
            there = [*spans[:axis], Span(counter, first, 1, 1, step), *spans[axis + 1 :]]
            return self._along(to, group, there, points, order[1:], lanewise, sums)

        count = extent // step
        ways = 1 if order[1:] else max(1, min(_CHAINS // len(points), count // 2))
        looped = 0 if count * len(points) <= _STRAIGHT else count - count % ways
        size = len(points)
        if looped:

            def body(counter: str, sums: list[str]) -> list[str]:
                parts = [sums[k * size : (k + 1) * size] for k in range(ways)]
                return [x for k, part in enumerate(parts) for x in at(counter, k * step, part)]

            zeros = [to.number(0.0)] * (size * (ways - 1))
            carried = [(to.kind, total) for total in (*totals, *zeros)]
            sums = to.builder.loop(looped * step, ways * step, carried, body)
            totals = sums[:size]
            for k in range(1, ways):
                part = sums[k * size : (k + 1) * size]
                totals = [to.binary("fadd", a, b) for a, b in zip(totals, part, strict=True)]
        for k in range(looped, count):
            totals = at(None, k * step, totals)
        left = extent % step
        if left:  # the last vector, of which the first lanes were added already
            last = at(None, extent - step, totals)
            mask = ", ".join(f"i1 {int(lane >= step - left)}" for lane in range(step))
            totals = [to.choose(f"<{mask}>", b, a) for a, b in zip(totals, last, strict=True)]
        return totals

    def _products(
        self,
        to: Lowering,
        group: Group,
        spans: Spans,
        points: list[Point],
        totals: list[str] | None,
    ) -> list[str]:
        """The product at every point of the tile, added to `totals` where there are any."""
        loaded: dict[tuple[int, int], str] = {}
        if not group.reduction:
            for number, operand in enumerate(group.operands):
                loaded |= self._turned(to, number, operand, spans, points)
        values = []
        for k, point in enumerate(points):
            at = point + (0,) * (len(spans) - len(point))
            factors = []
            for number, operand in enumerate(group.operands):
                index, made = self.values.get(operand.storage, (None, []))
                if index is not None and same(operand.map, index):
                    factors.append(made[k])
                    continue
                key = (number, self.access.shift(operand, spans, at))
                if key not in loaded or operand.map.table is not None:
                    loaded[key] = self.access.load(to, operand, spans, at)
                factors.append(loaded[key])
            *others, last = factors
            if totals is not None and others and not group.settled:
                left = _multiplied(to, others)
                values.append(to.fused(left, last, totals[k]))
                continue
            value = _multiplied(to, factors)
            for factor in factors[: group.settled]:
                zero = to.number(0.0)
                value = to.choose(to.compare("oeq", factor, zero), zero, value)
            values.append(value if totals is None else to.binary("fadd", totals[k], value))
        return values

    def _turned(
        self, to: Lowering, number: int, operand: Operand, spans: Spans, points: list[Point]
    ) -> dict[tuple[int, int], str]:
        """Vectors loaded across the lanes and transposed, where a whole block is in the tile."""
        vector = next((axis for axis, span in enumerate(spans) if span.lanes > 1), None)
        if to.lanes != len(points) or vector is None or operand.storage in self.values:
            return {}
        domain = tuple(span.count for span in spans)
        axis = turned_axis(operand, vector, domain, to.lanes)
        if axis is None:
            return {}
        rows = [self.access.load_along(to, operand, spans, lane) for lane in range(to.lanes)]
        rows = _transposed(to, rows)
        shifts = [self.access.shift(operand, spans, point) for point in points]
        return {(number, shift): row for shift, row in zip(shifts, rows, strict=True)}


def _multiplied(to: Lowering, factors: list[str]) -> str:
    value = factors[0]
    for factor in factors[1:]:
        value = to.binary("fmul", value, factor)
    return value


def across(to: Lowering, vectors: list[str]) -> list[str]:
    """The sum over the lanes of each vector."""
    if to.lanes == 1:
        return vectors
    sums: list[str] = []
    for first in range(0, len(vectors), to.lanes):
        part = vectors[first : first + to.lanes]
        together = _together(to, part)
        taken = (f"extractelement {to.kind} {together}, i32 {lane}" for lane in range(len(part)))
        sums += map(to.builder.op, taken)
    return sums


def _together(to: Lowering, vectors: list[str]) -> str:
    """A vector with the sum over the lanes of the k-th in lane k."""
    near = max(1, _LANE_BYTES // to.float.bytes)
    apart = 1  # in each vector, lanes so far apart are of the same sum
    while len(vectors) > 1:
        size = min(to.lanes, max(near, 2 * apart))
        low: list[int] = []
        for start in range(0, to.lanes, size):
            for copy in range(start, start + size // 2, apart):
                low += [*range(copy, copy + apart)]
                low += [*range(to.lanes + copy, to.lanes + copy + apart)]
        high = [lane + size // 2 for lane in low]
        pairs = zip(vectors[::2], [*vectors[1::2], *vectors[-1:]], strict=False)
        vectors = [
            to.binary("fadd", to.shuffled(a, b, low), to.shuffled(a, b, high)) for a, b in pairs
        ]
        apart *= 2
    (vector,) = vectors
    step = to.lanes // 2
    while step >= apart:
        other = to.shuffled(vector, "poison", [lane ^ step for lane in range(to.lanes)])
        vector = to.binary("fadd", vector, other)
        step //= 2
    return vector


def _transposed(to: Lowering, rows: list[str]) -> list[str]:
    """The columns of a square."""
    step = to.lanes // 2
    while step:
        low = [lane if not lane & step else to.lanes + lane - step for lane in range(to.lanes)]
        high = [lane + step if not lane & step else to.lanes + lane for lane in range(to.lanes)]
        turned = list(rows)
        for k in range(to.lanes):
            if not k & step:
                turned[k] = to.shuffled(rows[k], rows[k + step], low)
                turned[k + step] = to.shuffled(rows[k], rows[k + step], high)
        rows = turned
        step //= 2
    return rows
