"""A training run in a thread of its own, which reports frames as fast as pages draw them."""

from __future__ import annotations

import random
import threading
import time
from array import array
from collections.abc import Callable, Sequence

from ..data.toy import moons
from ..losses import squared
from ..modes import no_grad
from ..nn import MLP
from ..optim import SGD
from .messages.parts import Grid, Report, real
from .messages.training import Frame, Setup

_SIDE = 32  # points of the boundary each way


def _nobody(_report: Report, _buffers: Sequence[bytes]) -> None:
    """Stands where no page listens yet."""


class Training:
    """A network on moons."""

    def __init__(self, seed: int = 7) -> None:
        X, y = moons(200, noise=0.16, seed=seed)
        self.X, self.y = X, [1.0 if c else -1.0 for c in y]
        self.model = MLP(2, [6, 4, 1], rng=random.Random(seed))
        self.optimiser = SGD(self.model.parameters(), lr=0.15)
        self.steps = 0
        self.loss = float("nan")
        self.tell: Callable[[Report, Sequence[bytes]], None] = _nobody
        self._serial = self._drawn = 0
        self._playing = threading.Event()
        self._lock = threading.Lock()

    def setup(self) -> Setup:
        """Return what is explored."""
        return Setup(
            title="moons",
            sizes=self.model.sizes,
            activations=self.model.activations,
            inputs=self.X,
            targets=self.y,
            bounds=(-1.5, 2.5, -1.0, 1.5),
        )

    def frame(self) -> tuple[Frame, list[bytes]]:
        """Return where the network stands."""
        left, right, bottom, top = -1.5, 2.5, -1.0, 1.5
        with self._lock, no_grad():
            numbers = array("f")
            for row in range(_SIDE):
                for column in range(_SIDE):
                    x = left + (right - left) * (column + 0.5) / _SIDE
                    z = top - (top - bottom) * (row + 0.5) / _SIDE
                    numbers.append(self.model([x, z]).data)
            self._serial += 1
            frame = Frame(
                serial=self._serial,
                step=self.steps,
                playing=self._playing.is_set(),
                loss=real(self.loss),
                boundary=Grid(_SIDE, _SIDE, 0),
            )
        return frame, [numbers.tobytes()]

    def play(self, speed: float) -> None:
        """Train on in the background."""
        if not self._playing.is_set():
            self._playing.set()
            threading.Thread(target=self._run, args=(speed,), daemon=True).start()

    def pause(self) -> None:
        """Stop after the running step."""
        self._playing.clear()

    def step(self, steps: int) -> None:
        """Make so many steps."""
        for _ in range(steps):
            self._advance()
        self.tell(*self.frame())

    def drawn(self, serial: int) -> None:
        """Take down that a page has drawn a frame."""
        self._drawn = max(self._drawn, serial)

    def _run(self, speed: float) -> None:
        while self._playing.is_set():
            self._advance()
            if self._drawn == self._serial:
                self.tell(*self.frame())
            if speed:
                time.sleep(1 / speed)
        self.tell(*self.frame())

    def _advance(self) -> None:
        with self._lock:
            rows = [(self.steps * 10 + i) % len(self.X) for i in range(10)]
            losses = [squared(self.model(self.X[i]), self.y[i]) for i in rows]
            loss = sum(losses) / len(rows)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.loss = loss.data
            self.steps += 1
