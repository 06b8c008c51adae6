"""What tests of the explorer share: a page that takes down what it is told."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from glassgrad.explore.messages.parts import Grid, Numbers, Report, Request
from glassgrad.explore.messages.training import Frame, Step
from glassgrad.explore.session import Session
from glassgrad.explore.training import Training

R = TypeVar("R", bound=Report)


class Listener:
    """A page: asks, and takes down all that it is told."""

    def __init__(self, training: Training) -> None:
        self.session = Session(training)
        self.told: list[tuple[Report, Sequence[bytes]]] = []
        self.asked = 0
        self.session.join(self._take)

    def _take(self, report: Report, buffers: Sequence[bytes]) -> None:
        self.told.append((report, buffers))

    def ask(self, kind: type[Request], **fields: Any) -> None:
        """Ask for something."""
        self.asked += 1
        self.session.handle(kind(id=self.asked, **fields), self._take)

    def train(self, steps: int) -> None:
        """Make so many steps, and wait for the last."""
        with self.session.training.turn():
            target = self.session.training.timeline.step + steps
        self.ask(Step, steps=steps)

        def there() -> bool:
            frames = [report for report, _ in self.told if isinstance(report, Frame)]
            return bool(frames) and frames[-1].step == target and not frames[-1].playing

        self.wait_for(there)

    @staticmethod
    def wait_for(met: Callable[[], bool], seconds: float = 60.0) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < end, "it did not come to that"
            time.sleep(0.01)

    def last(self, kind: type[R]) -> R:
        """Return the last report of a kind."""
        return self._last(kind)[0]

    def _last(self, kind: type[R]) -> tuple[R, Sequence[bytes]]:
        found = [(r, buffers) for r, buffers in self.told if isinstance(r, kind)]
        return found[-1]

    def numbers(self, kind: type[Report], field: str) -> list[float]:
        """Return the numbers behind a field of the last report of a kind."""
        report, buffers = self._last(kind)
        place: Numbers | Grid = getattr(report, field)
        found = array("d" if isinstance(place, Numbers) else "f", buffers[place.buffer])
        return found.tolist()


@pytest.fixture
def page() -> Callable[..., Listener]:
    """Make a page on a training that is eager, or what is given."""
    return lambda training=None: Listener(training or Training(compiled=False))
