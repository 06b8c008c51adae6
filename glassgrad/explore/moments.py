"""Moments of a run that are kept, so that every step of it can be seen again.

Note [The way back]
A step is computed again from the nearest moment kept before it: the same native code gives the same
bits. Moments are kept at every so many steps; when they take too much room, every second one goes
and the gap doubles. Native code makes a step in some ten microseconds, so the way back stays short.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..training.order import Order
from ..training.recipe import Recipe, State

_GAP = 16  # steps, at first
ROOM = 64_000_000  # bytes, for a branch of time


@dataclass(frozen=True)
class Moment:
    """All that makes a run go on from here as it did."""

    step: int
    epoch: int
    loss: float  # of the batch of this step, before it
    done: int
    shuffled_from: array[int]
    weights: array[float]
    remembered: Mapping[str, Any]
    gradients: array[float]

    @classmethod
    def of(cls, recipe: Recipe, order: Order, step: int, epoch: int, loss: float) -> Moment:
        """Take down where a run stands."""
        state = recipe.state
        remembered = {
            name: array("d", kept) if isinstance(kept, list) else kept
            for name, kept in state.remembered.items()
        }
        numbers = array("I", order.shuffled_from[1])
        weights, gradients = array("d", state.weights), array("d", state.gradients)
        return cls(step, epoch, loss, order.done, numbers, weights, remembered, gradients)

    @property
    def state(self) -> State:
        """What a recipe takes."""
        remembered = {
            name: kept.tolist() if isinstance(kept, array) else kept
            for name, kept in self.remembered.items()
        }
        return State(self.weights.tolist(), remembered, self.gradients.tolist())

    @property
    def shuffler(self) -> tuple[Any, ...]:
        """What an order takes."""
        return 3, tuple(self.shuffled_from), None

    @property
    def size(self) -> int:
        """How many bytes it takes, about."""
        arrays = [self.shuffled_from, self.weights, self.gradients, *self.remembered.values()]
        return 500 + sum(len(a) * a.itemsize for a in arrays if isinstance(a, array))

    def with_weight(self, index: int, data: float) -> Moment:
        """Return it with another number for a parameter."""
        weights = array("d", self.weights)
        weights[index] = data
        return replace(self, weights=weights)


class Moments:
    """The moments kept of a branch of time; see Note [The way back].

    Args:
        first: where it begins; it is always kept.
        room: bytes that all may take together.
    """

    def __init__(self, first: Moment, room: int = ROOM) -> None:
        self._room = room
        self._kept = {first.step: first}
        self._steps = [first.step]
        self.gap = _GAP

    @property
    def first(self) -> Moment:
        """The beginning."""
        return self._kept[self._steps[0]]

    def __len__(self) -> int:
        return len(self._steps)

    def wants(self, step: int) -> bool:
        """Whether the moment after this step is to be kept."""
        return step % self.gap == 0 and step > self._steps[-1]

    def keep(self, moment: Moment) -> None:
        """Keep a moment later than all others."""
        self._kept[moment.step] = moment
        self._steps.append(moment.step)
        self._thin()

    def shrink(self, room: int) -> None:
        """Take less room from now on."""
        self._room = room
        self._thin()

    def _thin(self) -> None:
        """Let every second one go until the rest has room."""
        while len(self._steps) > 2 and len(self._steps) * self.first.size > self._room:
            self.gap *= 2
            first = self._steps[0]
            self._steps = [step for step in self._steps if step == first or step % self.gap == 0]
            self._kept = {step: self._kept[step] for step in self._steps}

    def before(self, step: int) -> Moment:
        """Return the last one kept at or before a step."""
        return self._kept[self._steps[bisect.bisect_right(self._steps, step) - 1]]
