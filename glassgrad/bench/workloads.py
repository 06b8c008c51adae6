"""What is computed: steps of plain gradient descent on six small programs.

All numbers are drawn in float64 by seed, and cast to the type at hand. A step takes the gradient at
the old parameters and moves against it at a fixed rate; its loss is the one before the move.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PENALTY = 1e-4  # on the squares of all parameters, beside the hinge loss


@dataclass(frozen=True)
class Network:
    """A fully connected network on one batch.

    Attributes:
        hidden: the activation of all layers but the last, "tanh" or "relu"; the last one is linear,
            but under "squared" it has the same.
        loss: "squared", summed over the samples; "hinge", their mean, plus `PENALTY`;
            "cross-entropy", their mean.
        models: how many independent copies train on the same data, each from weights of its own.
    """

    name: str
    sizes: tuple[int, ...]
    hidden: Literal["tanh", "relu"]
    loss: Literal["squared", "hinge", "cross-entropy"]
    batch: int
    models: int = 1
    rate: float = 0.1

    @property
    def title(self) -> str:
        """What it is, in a line."""
        sizes = "-".join(map(str, self.sizes))
        copies = f"{self.models:,} independent copies, time for each" if self.models > 1 else ""
        return f"{sizes} {self.hidden}, {self.batch} samples, {self.loss}" + (
            copies and f"; {copies}"
        )

    @property
    def multiplications(self) -> int:
        """How many one forward pass has in the sums of all layers, samples and models."""
        return self.batch * self.models * sum(map(math.prod, pairwise(self.sizes)))

    def data(self) -> tuple[Array, NDArray[Any]]:
        """Inputs, a row for each sample, and targets: numbers, -1 or 1, or indices of classes."""
        import numpy as np

        from ..data import demo_moons, lecture

        if self.loss == "squared" and self.batch == 4:
            X, y = lecture()
            return np.array(X), np.array(y, float)
        if self.loss == "hinge" and self.batch == 100:
            X, y = demo_moons()
            return np.array(X), np.array(y, float)
        rng = np.random.default_rng(7)
        inputs = rng.normal(size=(self.batch, self.sizes[0]))
        if self.loss == "cross-entropy":
            return inputs, rng.integers(0, self.sizes[-1], self.batch)
        return inputs, rng.choice([-1.0, 1.0], self.batch)

    def initial(self) -> list[tuple[Array, Array]]:
        """Weights, (nin, nout), and biases of each layer; with several models, behind their axis.

        Small networks start as the lecture's do, from uniform(-1, 1); wide ones smaller.
        """
        import numpy as np

        layers = []
        shape = () if self.models == 1 else (self.models,)
        rng = np.random.default_rng(0)
        for nin, nout in zip(self.sizes, self.sizes[1:], strict=False):
            if self.loss == "cross-entropy":
                W = rng.normal(0.0, nin**-0.5, (*shape, nin, nout))
            else:
                W = rng.uniform(-1.0, 1.0, (*shape, nin, nout))
            b = rng.uniform(-1.0, 1.0, (*shape, nout)) * (self.loss == "squared")
            layers.append((W, b))
        return layers


@dataclass(frozen=True)
class Rosenbrock:
    """The sum of 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2, a loop over scalars."""

    name: str
    n: int = 1000
    rate: float = 1e-4

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return f"Rosenbrock's function of {self.n:,} numbers, written as a loop over scalars"

    def initial(self) -> Array:
        """Where it starts."""
        import numpy as np

        return np.random.default_rng(3).uniform(-1.0, 1.0, self.n)


@dataclass(frozen=True)
class Pendulum:
    """How far a pendulum is from where it should be after some steps of Euler's method."""

    name: str
    steps: int = 200
    rate: float = 1e-3
    dt: float = 0.01
    gravity: float = 9.81
    aim: tuple[float, float] = (0.5, -0.3)  # angle and speed

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return f"a pendulum's angle, speed and length fitted through {self.steps} Euler steps"

    def initial(self) -> Array:
        """Angle, speed and length at the start."""
        import numpy as np

        return np.array([1.0, 0.2, 1.5])


Workload = Network | Rosenbrock | Pendulum

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for workload in (
        Network("A", (3, 4, 4, 1), "tanh", "squared", 4),
        Network("B", (2, 16, 16, 1), "relu", "hinge", 100),
        Network("C", (64, 32, 10), "tanh", "cross-entropy", 32),
        Network("D", (784, 128, 10), "relu", "cross-entropy", 128),
        Rosenbrock("E1"),
        Pendulum("E2"),
        Network("F", (2, 16, 16, 1), "relu", "hinge", 100, models=1000),
    )
}


def workload_of(name: str) -> Workload:
    """The workload of a name: one of `WORKLOADS`, or WIDTHxBATCH.

    >>> workload_of("64x32").title
    '64-64-10 relu, 32 samples, cross-entropy'
    """
    if name in WORKLOADS:
        return WORKLOADS[name]
    width, batch = map(int, name.split("x"))
    return Network(name, (width, width, 10), "relu", "cross-entropy", batch)
