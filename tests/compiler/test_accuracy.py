"""Well-conditioned training steps: compiled code within a stated distance of eager code."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg

ACTIVATIONS = ("tanh", "sigmoid", "relu", "gelu", "silu", "softplus", "elu", "sin", "atan", "erf")


def programs(seed: int, steps: int) -> tuple[Any, Any]:
    """A random network with its loss and data: what makes a step, and its arguments."""
    rng = random.Random(seed)
    sizes = [rng.randint(1, 9) for _ in range(rng.randint(2, 4))]
    names = [rng.choice(ACTIVATIONS) for _ in sizes]
    batch, loss_name = rng.choice([1, 3, 4, 8, 13, 17]), rng.choice(["squares", "entropy"])
    if loss_name == "entropy":
        sizes.append(rng.randint(2, 9))  # of one class nothing is left but what rounding leaves
    weights = [
        [[rng.uniform(-0.5, 0.5) for _ in range(nin + 1)] for _ in range(nout)]
        for nin, nout in pairwise(sizes)
    ]
    rows = [[rng.uniform(-1.5, 1.5) for _ in range(sizes[0])] for _ in range(batch)]
    goals = [[rng.uniform(0.1, 0.9) for _ in range(sizes[-1])] for _ in range(batch)]

    def forward(layers: Any, xs: Any) -> Any:
        for neurons, name in zip(layers, names, strict=False):
            xs = [getattr(sum((w * x for w, x in zip(n, xs)), n[-1]), name)() for n in neurons]  # noqa: B905 -- the bias is one more
        return xs

    def lost(scores: Any, goal: Any) -> Any:
        if loss_name == "squares":
            return sum((s - g) ** 2 for s, g in zip(scores, goal, strict=True))
        total = sum(s.exp() for s in scores)
        return sum((total.log() - s) * g for s, g in zip(scores, goal, strict=True))

    def made() -> tuple[Any, list[gg.Value]]:
        layers = [[[gg.Value(w) for w in n] for n in neurons] for neurons in weights]
        parameters = [w for neurons in layers for n in neurons for w in n]

        def step(rows: Any, goals: Any) -> Any:
            loss = sum(lost(forward(layers, x), g) for x, g in zip(rows, goals, strict=True))
            for p in parameters:
                p.grad = 0.0
            loss.backward()
            for p in parameters:
                p.data -= 0.01 * p.grad
            return loss

        return step, parameters

    def outcome(dtype: str | None, fast_math: bool = False) -> list[np.ndarray[Any, Any]]:
        step, parameters = made()
        run = step if dtype is None else gg.compile(step, dtype=dtype, fast_math=fast_math)
        losses = [run(rows, goals).data for _ in range(steps)]
        return [
            np.array(losses),
            np.array([p.data for p in parameters]),
            np.array([p.grad for p in parameters]),
        ]

    return outcome, (sizes, names, batch, loss_name)


def off(got: list[Any], expected: list[Any]) -> float:
    """The largest distance, relative to the largest number of its kind."""
    return max(
        float(np.max(np.abs(a - b)) / max(1e-3, float(np.max(np.abs(b)))))
        for a, b in zip(got, expected, strict=True)
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_ten_steps_in_float64_are_within_1e_12(seed: int) -> None:
    """Losses, parameters and gradients of ten steps agree with eager code to twelve digits."""
    outcome, what = programs(seed, 10)
    assert off(outcome("float64"), outcome(None)) <= 1e-12, what


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_step_in_float32_is_within_1e_5(seed: int) -> None:
    """Loss, parameters and gradients of a step agree with eager float64 code to five digits."""
    outcome, what = programs(seed, 1)
    assert off(outcome("float32"), outcome(None)) <= 1e-5, what


@pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-9), ("float32", 1e-4)])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_fast_step_keeps_its_bound(dtype: str, bound: float, seed: int) -> None:
    """`fast_math=True` keeps nine digits of float64, four of float32."""
    outcome, what = programs(seed, 1)
    assert off(outcome(dtype, fast_math=True), outcome(None)) <= bound, what
