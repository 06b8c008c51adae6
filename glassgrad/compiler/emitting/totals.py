"""Sums over the whole domain of a nest, carried in registers through its loops; see Note [Fusion].

A processor does not begin to add to a register before it is done with what it adds to it already.
So each vector of a tile adds to a register of its own, and these are added up behind the loops.
Where a domain ends within a vector, narrower vectors go into one number beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from ..ir.loops import Statement
from .access import Access
from .lower import Lowering
from .plan import Plan
from .sums import across


class Totals:
    """What the totals of one nest have come to so far."""

    def __init__(self, access: Access, totals: list[Statement], plan: Plan) -> None:
        self._access = access
        self._totals = totals
        self._ways = prod(plan.tiles)
        b = access.b
        self._one, self._wide = (
            Lowering(b, 1),
            Lowering(b, 1 if plan.vector is None else plan.lanes),
        )
        kinds = [*[self._wide] * self._ways, self._one] * len(totals)
        self._kinds = [to.kind for to in kinds]
        self._sums = [to.number(0.0) for to in kinds]

    def loop(self, stop: int, step: int, body: Callable[[str], None]) -> None:
        """Run `body(counter)` for 0, step, ... below `stop`, which may add to the totals."""

        def once(counter: str, sums: list[str]) -> list[str]:
            self._sums = list(sums)
            body(counter)
            return self._sums

        carried = list(zip(self._kinds, self._sums, strict=True))
        self._sums = self._access.b.loop(stop, step, carried, once)

    def add(self, to: Lowering, number: int, values: list[str]) -> None:
        """Add the values at the points of a tile to a total."""
        first = number * (self._ways + 1)
        wide = to.lanes == self._wide.lanes
        for k, value in enumerate(values if wide else across(to, values)):
            at = first + (k % self._ways if wide else self._ways)
            how = self._wide if wide else self._one
            self._sums[at] = how.binary("fadd", self._sums[at], value)

    def store(self) -> None:
        """Write every total to where it belongs."""
        size = self._ways + 1
        for number, total in enumerate(self._totals):
            *parts, rest = self._sums[number * size : (number + 1) * size]
            while len(parts) > 1:
                paired = zip(parts[::2], parts[1::2], strict=False)
                left = parts[len(parts) // 2 * 2 :]
                parts = [*(self._wide.binary("fadd", a, b) for a, b in paired), *left]
            (whole,) = across(self._wide, parts)
            value = self._one.binary("fadd", whole, rest)
            self._access.store(self._one, total.target, value, [], ())
