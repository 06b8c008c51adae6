"""A compiled training step beside the same step run eagerly.

    ./dev bench compiled

Two networks: the lecture's 3-4-4-1 on its 4 samples, and the moons demo's 2-16-16-1 on 100. Before
anything is timed, ten steps of each are compared, in loss and all parameters.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import glassgrad as gg


def descend(loss: gg.Value, model: gg.MLP) -> None:
    """Clear the gradients, go back, and take a step at the rate 0.1."""
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad


def lecture() -> tuple[Callable[[], Any], gg.MLP]:
    """The notes' loop: squared error, rate 0.1."""
    X, y = gg.data.lecture()
    model = gg.MLP(3, [4, 4, 1], rng=random.Random(1))

    def step() -> Any:
        loss = sum((model(x) - t) ** 2 for x, t in zip(X, y, strict=True))
        descend(loss, model)
        return loss

    return step, model


def moons() -> tuple[Callable[[], Any], gg.MLP]:
    """The micrograd demo: hinge loss and an L2 penalty."""
    X, y = gg.data.demo_moons()
    activations = ["relu", "relu", "linear"]
    model = gg.MLP(2, [16, 16, 1], activation=activations, bias=0.0, rng=random.Random(1))

    def step() -> Any:
        losses = [(1 - t * model(x)).relu() for x, t in zip(X, y, strict=True)]
        loss = sum(losses) / len(losses) + 1e-4 * sum(p * p for p in model.parameters())
        descend(loss, model)
        return loss

    return step, model


def microseconds(step: Callable[[], Any], seconds: float = 2.0) -> float:
    """The median time of a call, over `seconds` of them."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e6 * statistics.median(times)


def compare(name: str, make: Callable[[], tuple[Callable[[], Any], gg.MLP]]) -> None:
    """Check ten steps, then time both and print a line."""
    (eager, by_hand), (traced, model) = make(), make()
    step = gg.compile(traced)
    start = time.perf_counter()
    step()
    first = 1e3 * (time.perf_counter() - start)
    eager()
    for _ in range(9):
        wanted, got = eager().data, step().data
        numbers = zip(by_hand.state_dict().values(), model.state_dict().values(), strict=True)
        worst = max(abs(a - b) for a, b in [(wanted, got), *numbers])
        if not worst < 1e-9:
            sys.exit(f"{name}: compiled and eager disagree by {worst:.1e}; nothing was timed.")
    slow, fast = microseconds(eager), microseconds(step)
    print(f"{name:<10}{slow:>12,.0f}{fast:>12,.1f}{slow / fast:>10,.0f}{first:>12,.0f}")


def main() -> None:
    """Print a line for each network."""
    print(f"{'':<10}{'eager us':>12}{'compiled us':>12}{'ratio':>10}{'1st call ms':>12}")
    compare("lecture", lecture)
    compare("moons", moons)


if __name__ == "__main__":
    main()
