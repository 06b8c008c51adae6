"""A training run in a thread of its own, which reports frames as fast as pages draw them."""

from __future__ import annotations

import random
import threading
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from ..data.toy import moons
from ..losses import binary_cross_entropy
from ..modes import no_grad
from ..nn import MLP
from ..optim import SGD
from .inside.subjects import OfSample
from .messages.parts import Grid, Numbers, Report, real
from .messages.training import Branch as BranchSaid
from .messages.training import (
    Choices,
    Configuration,
    Curve,
    Feature,
    Frame,
    Plane,
    Score,
    Setup,
    Shown,
    Timeline,
)

_SIDE = 16  # points of the maps each way
_START = Configuration(
    data="moons",
    size=200,
    noise=0.16,
    data_seed=7,
    held_out=0.25,
    hidden=(6, 4),
    activations=("tanh", "tanh", "linear"),
    loss="cross_entropy",
    optimiser="sgd",
    rate=0.15,
    l1=0.0,
    l2=0.0,
    batch_size=10,
    zero_grad=True,
    seed=7,
)


def _nobody(_report: Report, _buffers: Sequence[bytes]) -> None:
    """Stands where no page listens yet."""


class Training:
    """A network on moons."""

    def __init__(self, seed: int = 7) -> None:
        self.X, self.y = moons(200, noise=0.16, seed=seed)
        self.model = MLP(2, [6, 4, 1], ["tanh", "tanh", "linear"], rng=random.Random(seed))
        self.optimiser = SGD(self.model.parameters(), lr=0.15)
        self.steps = self.sample = 0
        self.loss = float("nan")
        self.gradients = self.updates = [0.0] * len(self.model.parameters())
        self.curve: list[tuple[float, ...]] = []
        self.tell: Callable[[Report, Sequence[bytes]], None] = _nobody
        self._serial = self._drawn = 0
        self._playing = threading.Event()
        self._lock = threading.RLock()

    def setup(self) -> Setup:
        """Return what is explored."""
        return Setup(
            title="MLP(2, [6, 4, 1]) on moons",
            task="binary",
            configuration=_START,
            choices=Choices(
                ["moons", "circles", "xor", "spirals", "blobs"],
                ["tanh", "relu", "sigmoid", "linear"],
                ["cross_entropy", "hinge", "squared"],
                ["sgd", "adam", "adamw", "rmsprop"],
            ),
            features=[Feature("x1", -1.5, 2.5, 0.0, 1.0), Feature("x2", -1.0, 1.5, 0.0, 1.0)],
            target="class",
            classes=["0", "1"],
            sizes=self.model.sizes,
            activations=self.model.activations,
            parameters=[name for name, _ in self.model.named_parameters()],
            inputs=self.X,
            targets=[float(y) for y in self.y],
            parts=["train" if i < 150 else "held_out" for i in range(200)],
            plane=Plane(0, 1, [0.0, 0.0], (-1.5, 2.5, -1.0, 1.5)),
            note="",
        )

    def network(self) -> OfSample:
        """Return the network as it stands, to look into the loss of any sample."""
        return OfSample(
            self.model,
            self.X,
            self.y,
            binary_cross_entropy,
            training=range(150),
            step=self.steps,
            lock=self._lock,
        )

    def timeline(self) -> Timeline:
        """Return the branches of time."""
        return Timeline([BranchSaid(None, 0, self.steps, "")], 0)

    def curve_of(self, branch: int) -> tuple[Curve, list[bytes]]:
        """Return the losses so far."""
        columns = list(zip(*self.curve, strict=True)) or [()] * 6
        numbers = [Numbers(len(column), i) for i, column in enumerate(columns)]
        return Curve(branch, *numbers), [array("d", column).tobytes() for column in columns]

    def _activations(self, x: Any) -> list[list[Any]]:
        found = []
        for layer in self.model.layers:
            x = [neuron(x) for neuron in layer.neurons]
            found.append(x)
        return found

    def _score(self, rows: range) -> Score:
        with no_grad():
            outputs = [self.model(self.X[i]).data for i in rows]
        targets = [self.y[i] for i in rows]
        losses = map(binary_cross_entropy, outputs, targets)
        right = [(o > 0) == (t > 0) for o, t in zip(outputs, targets, strict=True)]
        return Score(real(sum(losses) / len(outputs)), sum(right) / len(right))

    def frame(self) -> tuple[Frame, list[bytes]]:
        """Return where the network stands."""
        left, right, bottom, top = -1.5, 2.5, -1.0, 1.5
        buffers: list[bytes] = []

        def numbers(values: Sequence[float]) -> Numbers:
            buffers.append(array("d", values).tobytes())
            return Numbers(len(values), len(buffers) - 1)

        def grid(maps: Sequence[Sequence[float]]) -> Grid:
            buffers.append(b"".join(array("f", one).tobytes() for one in maps))
            return Grid(_SIDE, _SIDE, len(maps), len(buffers) - 1)

        with self._lock:
            rows = []
            with no_grad():
                for row in range(_SIDE):
                    for column in range(_SIDE):
                        x = left + (right - left) * (column + 0.5) / _SIDE
                        z = top - (top - bottom) * (row + 0.5) / _SIDE
                        rows.append([a.data for one in self._activations([x, z]) for a in one])
            maps = list(zip(*rows, strict=True))
            parameters = self.model.parameters()
            kept = [p.grad for p in parameters]
            self.model.zero_grad()
            layers = self._activations(self.X[self.sample])
            loss = binary_cross_entropy(layers[-1][0], self.y[self.sample])
            loss.backward()
            sample_gradients = [p.grad for p in parameters]
            for p, grad in zip(parameters, kept, strict=True):
                p.grad = grad
            self._serial += 1
            frame = Frame(
                serial=self._serial,
                branch=0,
                step=self.steps,
                epoch=self.steps // 15,
                steps_per_epoch=15,
                playing=self._playing.is_set(),
                way="eager",
                loss=real(self.loss),
                training=self._score(range(150)),
                held_out=self._score(range(150, 200)),
                sample=Shown(self.sample, [real(layers[-1][0].data)], real(loss.data)),
                weights=numbers([p.data for p in parameters]),
                gradients=numbers(self.gradients),
                updates=numbers(self.updates),
                sample_gradients=numbers(sample_gradients),
                values=numbers([a.data for one in layers for a in one]),
                value_gradients=numbers([a.grad for one in layers for a in one]),
                maps=grid(maps),
                boundary=grid([[2 / (1 + 2.718281828459045**-o) - 1 for o in maps[-1]]]),
                findings=[],
            )
        return frame, buffers

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
        self.show()

    def show(self) -> None:
        """Tell pages where the network stands."""
        frame, buffers = self.frame()
        if frame.step and (not self.curve or self.curve[-1][0] < frame.step):
            scores: list[Any] = [frame.loss, frame.training.loss]
            assert frame.held_out
            scores += [frame.held_out.loss, frame.training.metric, frame.held_out.metric]
            self.curve.append((float(frame.step), *map(float, scores)))
        self.tell(self.timeline(), ())
        self.tell(*self.curve_of(0))
        self.tell(frame, buffers)

    def set_sample(self, index: int) -> None:
        """Show another sample."""
        if index >= len(self.X):
            raise ValueError(f"There are {len(self.X)} samples, numbered from 0; not {index}.")
        self.sample = index
        self.show()

    def drawn(self, serial: int) -> None:
        """Take down that a page has drawn a frame."""
        self._drawn = max(self._drawn, serial)

    def _run(self, speed: float) -> None:
        while self._playing.is_set():
            self._advance()
            if self._drawn == self._serial:
                self.show()
            if speed:
                time.sleep(1 / speed)
        self.show()

    def _advance(self) -> None:
        with self._lock:
            rows = [(self.steps * 10 + i) % 150 for i in range(10)]
            losses = [binary_cross_entropy(self.model(self.X[i]), self.y[i]) for i in rows]
            loss = sum(losses) / len(rows)
            self.optimiser.zero_grad()
            loss.backward()
            parameters = self.model.parameters()
            before = [p.data for p in parameters]
            self.gradients = [p.grad for p in parameters]
            self.optimiser.step()
            self.updates = [p.data - b for p, b in zip(parameters, before, strict=True)]
            self.loss = loss.data
            self.steps += 1
