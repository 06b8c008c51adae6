"""Random choices that are written down, so that what was made of them can be made smaller.

A program is a function of the whole numbers that it draws. Fewer and smaller ones make a smaller
program: that is all that shrinking knows (as in Hypothesis: MacIver and Donaldson, 2020).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """Whole numbers, at random by a seed, or given ones and then zeros."""

    def __init__(self, seed: int | None = None, given: Sequence[int] = ()) -> None:
        self.taken: list[int] = []
        self._given = given
        self._random = None if seed is None else random.Random(seed)

    def below(self, count: int) -> int:
        """One of 0 to count - 1; 0 is the plainest."""
        at = len(self.taken)
        if self._random is not None:
            x = int(self._random.random() * count)
        else:
            x = min(self._given[at], count - 1) if at < len(self._given) else 0
        self.taken.append(x)
        return x

    def within(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one_in(self, count: int) -> bool:
        """True once in so many times."""
        return self.below(count) == count - 1

    def pick(self, things: Sequence[T]) -> T:
        """One of these; the first is the plainest."""
        return things[self.below(len(things))]


def shrunk(
    taken: Sequence[int], fails: Callable[[Sequence[int]], bool], seconds: float
) -> list[int]:
    """Fewer and smaller numbers for which `fails` still holds, found within so many seconds."""
    best, end = list(taken), time.monotonic() + seconds

    def better(candidate: list[int]) -> bool:
        nonlocal best
        if candidate == best or time.monotonic() > end or not fails(candidate):
            return False
        best = candidate
        return True

    before = None
    while best != before:
        before = best
        for width in (64, 32, 16, 8, 4, 2, 1):
            at = len(best) - width
            while at >= 0:
                if not better(best[:at] + best[at + width :]):
                    at -= max(1, width // 2)
                else:
                    at = min(at, len(best) - width)
        for at in range(len(best) - 1, -1, -1):
            for smaller in (0, best[at] // 2, best[at] - 1) if at < len(best) else ():
                if 0 <= smaller < best[at] and better([*best[:at], smaller, *best[at + 1 :]]):
                    break
    return best
