"""Every optimiser, clipping and schedule inside of a compiled step, against the same step eager."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import MLP, Value, optim
from glassgrad.compiler import Interpreter
from glassgrad.compiler.running.backends import Native
from glassgrad.losses import squared

X = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5], [1.25, 0.3]]
Y = [1.0, -1.0, 0.5, 0.25]
STEPS = 50

OPTIMISERS: dict[str, Callable[[list[Value], Any], optim.Optimiser]] = {
    "sgd": lambda p, lr: optim.SGD(p, lr),
    "momentum": lambda p, lr: optim.SGD(p, lr, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda p, lr: optim.SGD(p, lr, momentum=0.8, nesterov=True),
    "adam": lambda p, lr: optim.Adam(p, lr, weight_decay=0.02),
    "adamw": lambda p, lr: optim.AdamW(p, lr, betas=(0.8, 0.95), eps=1e-6),
    "rmsprop": lambda p, lr: optim.RMSprop(p, lr, momentum=0.5, weight_decay=0.01),
}
SCHEDULES: dict[str, optim.Schedule] = {
    "constant": optim.constant(0.02),
    "step_decay": optim.step_decay(0.04, every=7, factor=0.6),
    "cosine": optim.cosine(0.04, steps=33, low=0.003),
    "warm_up": optim.warm_up(0.03, steps=6),
    "warm_up of step_decay": optim.warm_up(optim.step_decay(0.04, every=9, factor=0.5), steps=5),
    "warm_up of cosine": optim.warm_up(optim.cosine(0.04, steps=30), steps=11),
}


def made(optimiser: str, lr: Any, clip: Callable[[list[Value]], Any]) -> tuple[Any, MLP]:
    """A step on a small network of the same weights each time."""
    model = MLP(2, [3, 1], activation=["tanh", "linear"], rng=random.Random(5))
    parameters = model.parameters()
    moves = OPTIMISERS[optimiser](parameters, lr)

    def step(xs: Any, ys: Any) -> Any:
        loss = sum(squared(model(x), y) for x, y in zip(xs, ys, strict=True))
        moves.zero_grad()
        loss.backward()
        clipped = clip(parameters)
        moves.step()
        return loss, clipped

    return step, model


def agree(optimiser: str, lr: Any, clip: Callable[[list[Value]], Any] = lambda _: 0.0) -> None:
    """Make the steps both ways and compare all numbers after each."""
    eager, by_hand = made(optimiser, lr, clip)
    step, model = made(optimiser, lr, clip)
    fast = gg.compile(step, backend=Native())
    for _ in range(STEPS):
        wanted, got = eager(X, Y), fast(X, Y)
        assert got[0].data == pytest.approx(wanted[0].data, rel=1e-12)
        assert got[1] == pytest.approx(wanted[1], rel=1e-12)
        assert [p.data for p in model.parameters()] == pytest.approx(
            [p.data for p in by_hand.parameters()], rel=1e-12, abs=1e-13
        )
    assert fast.stats["compilations"] == 1


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_compiles(optimiser: str) -> None:
    """Fifty steps with a falling rate leave the parameters of fifty eager steps."""
    agree(optimiser, optim.step_decay(0.03, every=10, factor=0.5))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_compiles(schedule: str) -> None:
    """The rate follows the count of steps, which is state of the compiled step."""
    agree("momentum", SCHEDULES[schedule])


def test_clipping_by_norm_compiles() -> None:
    """The norm before it, which is returned, and the parameters after it are the eager ones."""
    agree("adam", 0.02, lambda parameters: optim.clip_grad_norm(parameters, 0.7))


def test_clipping_by_value_compiles() -> None:
    """Some of these gradients are beyond the bound, some within."""
    agree("sgd", 0.02, lambda parameters: optim.clip_grad_value(parameters, 0.3) or 0.0)


@pytest.mark.parametrize("backend", [Interpreter(), Native()], ids=["interpreter", "native"])
@pytest.mark.parametrize("size", [1e200, 1e-200, 0.0])
def test_clipping_compiled_overflows_no_square(size: float, backend: Any) -> None:
    """Gradients whose squares are inf or 0 keep their direction, and none at all stays none."""
    ps = [Value(0.0), Value(0.0)]

    @gg.compile(backend=backend)
    def step(a: float, b: float) -> Any:
        (ps[0] * a + ps[1] * b).backward()
        norm = optim.clip_grad_norm(ps, 2.0)
        gradients = [p.grad for p in ps]
        for p in ps:
            p.grad = 0.0
        return norm, gradients

    norm, gradients = step(3.0 * size, -4.0 * size)
    assert norm == pytest.approx(5.0 * size, rel=1e-15)
    scale = 2.0 / (5.0 * size) if size > 1.0 else 1.0
    expected = [3.0 * size * scale, -4.0 * size * scale]
    assert gradients == pytest.approx(expected, rel=1e-14)


def test_floor_of_traced_numbers() -> None:
    """It is IEEE's floor, signed zeros, infinities and nan included, compiled as it is eager."""
    points = [-2.5, -2.0, -0.3, -0.0, 0.0, 0.7, 3.0, 1e300, -math.inf, math.inf, math.nan, -5e-324]
    fast = gg.compile(lambda xs: [gg.floor(x) for x in xs], backend=Native())
    assert list(map(repr, fast(points))) == [repr(gg.floor(x)) for x in points]
