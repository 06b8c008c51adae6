"""The order in which samples are taken: shuffled anew for each epoch, in batches."""

from __future__ import annotations

import random
from typing import Any


class Order:
    """Where a run stands among its samples.

    Args:
        samples: how many there are.
        batch_size: samples in a step; the last step of an epoch may have fewer.
        seed: of the shuffling.

    >>> order = Order(5, 2, seed=0)
    >>> order.upcoming(), order.advance(), order.upcoming(), order.advance(), order.upcoming()
    ([2, 1], False, [0, 4], False, [3])
    >>> order.advance(), order.done  # the next epoch has begun
    (True, 0)
    """

    def __init__(self, samples: int, batch_size: int, seed: int) -> None:
        self.samples = samples
        self.batch_size = batch_size
        self._shuffler = random.Random(seed)
        self._begin()

    def _begin(self) -> None:
        self.done = 0  # samples of this epoch
        self.shuffled_from: tuple[Any, ...] = self._shuffler.getstate()
        self._order = list(range(self.samples))
        self._shuffler.shuffle(self._order)

    @property
    def batches(self) -> int:
        """How many batches make an epoch."""
        return -(-self.samples // self.batch_size)

    def upcoming(self) -> list[int]:
        """Return the indices of the samples in the next batch."""
        return self._order[self.done : self.done + self.batch_size]

    def ahead(self, most: int) -> list[list[int]]:
        """Return the next batches of this epoch, of one size and at most so many."""
        whole = max(1, min(most, (self.samples - self.done) // self.batch_size))
        starts = range(self.done, self.done + whole * self.batch_size, self.batch_size)
        return [self._order[start : start + self.batch_size] for start in starts]

    def advance(self, batches: int = 1) -> bool:
        """Go past the next batches of an epoch; whether they were its last ones."""
        self.done = min(self.done + batches * self.batch_size, self.samples)
        ended = self.done == self.samples
        if ended:
            self._begin()
        return ended

    def take_up(self, shuffled_from: tuple[Any, ...], done: int) -> None:
        """Stand where an order stood with this `shuffled_from` and `done`."""
        self._shuffler.setstate(shuffled_from)
        self._begin()
        self.done = done
