"""What a trace cannot write down: which object something is, and random draws."""

from __future__ import annotations

import operator
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.random import normal

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.tracing.numbers import TraceError

pytest.importorskip("llvmlite")

w = [Value(1.5), Value(-2.5), Value(0.75), Value(4.0)]
rows = [[v, w[0]] for v in w]
last = w[3]
weights = {v: 0.5 + i for i, v in enumerate(w)}
layers = [gg.Layer(1, 1), gg.Layer(1, 1)]
own = random.Random(3)
numpy_own = np.random.default_rng(3)


def is_in_a_function(a: Any, b: Any) -> bool:
    """Ask what the caller cannot."""
    return a is b


def by_map(t: Any) -> Any:
    """Hand `is` to something that asks."""
    return sum(map(operator.is_, w, [w[t]] * 4)) * w[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda t: w[t] * (9.0 if w[t] is last else 1.0), "compared by `is` or id"),
        (lambda t: w[t] * (1.0 if last is not w[t] else 9.0), "compared by `is` or id"),
        (lambda t: gg.take(w, t) * (9.0 if gg.take(w, t) is last else 1.0), "compared by `is`"),
        (lambda t: w[t] * (9.0 if rows[t] is rows[3] else 1.0), "compared by `is` or id"),
        (lambda t: w[t] * is_in_a_function(w[t], last), "compared by `is` or id"),
        (lambda t: w[t] * (id(w[t]) == id(last)), "compared by `is` or id"),
        (by_map, "compared by `is` or id"),
        (lambda t: w[t] * (9.0 if gg.take(w, t) == last else 1.0), "compared by =="),
        (lambda t: w[t] * {w[2]: 9.0}.get(w[t], 1.0), "depends on an integer"),
        (lambda t: w[t] * weights[w[t]], "depends on an integer"),
        (lambda t: w[t] * (w[t] in {w[2], w[1]}), "depends on an integer"),
        (lambda t: w[t] * {last: 9.0}.get(gg.take(w, t), 1.0), "the key of a dict"),
        (lambda t: w[t] * len({(w[t], w[0]), (w[3], w[0])}), "depends on an integer"),
    ],
)
def test_which_object_an_integer_selects(body: Callable[[Any], Any], words: str) -> None:
    """Asked by `is`, `id` or a dict, it is refused, though no probe meets the object asked for."""
    with pytest.raises(TraceError, match=words) as caught:
        gg.compile(body)(0)
    assert "test_identity.py:" in str(caught.value)


def forward(t: Any, scale: Any = None) -> Any:
    """Ask for many things by `is` and as keys, but for nothing that an integer selects."""
    x = w[t]
    scale = 2.0 if scale is None else scale
    for layer in layers:
        x = layer([x])
        if layer is not layers[-1]:
            x = x.relu() + 1.0
    if type(x) is type(w) or x.__class__ is list:
        x = x * 7.0
    seen = dict.fromkeys(w)
    return x * scale * sum(seen) * weights[last] * (scale is last) + x


def test_which_object_something_else_is() -> None:
    """`is`, `type`, sets and dicts work on all that no integer selects."""
    step = gg.compile(forward)
    for t in (0, 3, -2):
        assert step(t).data == pytest.approx(forward(t).data, rel=1e-12)
    assert step.stats["compilations"] == 1
    assert sys.gettrace() is None or "coverage" in repr(sys.gettrace())


def test_keys_are_compared_in_the_order_of_asking() -> None:
    """Dicts keyed by all parameters in turn, as an optimiser has them, give eager's numbers."""

    def adagrad(t: Any) -> Any:
        loss = (w[t] * w[(t + 1) * (t < 3)] - 0.3) ** 2
        for p in w:
            p.grad = 0.0
        loss.backward()
        for p in w:
            weights[p] = weights[p] + p.grad * p.grad
            p.data -= 0.1 * p.grad / (weights[p] + 1.0)
        return loss

    before, kept = [v.data for v in w], dict(weights)
    results = []
    for run in (adagrad, gg.compile(adagrad)):
        numbers = [run(t).data for t in (2, 0, 3, 1, 2)]
        results.append([*numbers, *(v.data for v in w), *weights.values()])
        weights.update(kept)
        for v, x in zip(w, before, strict=True):
            v.data = x
    assert results[1] == pytest.approx(results[0], rel=1e-12)


def test_what_take_gave_follows_its_leaf() -> None:
    """An element of a list of leaves has the number and the gradient that the leaf has by then."""

    def step(t: Any) -> Any:
        chosen = gg.take(w, t)
        for p in w:
            p.grad = 0.0
        (chosen * w[1] * w[2]).tanh().backward()
        slope = chosen.grad
        for p in w:
            p.data = p.data - 0.1 * p.grad
        return slope, chosen.data, chosen * 2.0, chosen

    compiled = gg.compile(step)
    for t in (2, 1, -1):
        before = [v.data for v in w]
        got = [float(x.data if isinstance(x, Value) else x) for x in compiled(t)]
        for v, x in zip(w, before, strict=True):
            v.data = x
        wanted = [float(x.data if isinstance(x, Value) else x) for x in step(t)]
        assert got == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (lambda x: w[0] * random.random() * x, "Random"),
        (lambda x: w[0] * own.gauss(0.0, 1.0) * x, "Random"),
        (lambda x: w[0] * (random.random() < 0.5) * x, "Random"),
        (lambda x: w[0] * np.random.rand() * x, "RandomState"),
        (lambda x: w[0] * normal() * x, "RandomState"),
        (lambda x: w[0] * numpy_own.normal() * x, "Generator"),
    ],
)
def test_random_draws(draw: Callable[[Any], Any], kind: str) -> None:
    """They are refused, for every call would get the same ones; the generators are as before."""
    states = random.getstate(), own.getstate(), repr(numpy_own.bit_generator.state)
    with pytest.raises(TraceError, match=f"from a {kind}\\).*pass them as an argument"):
        gg.compile(draw)(2.0)
    assert states == (random.getstate(), own.getstate(), repr(numpy_own.bit_generator.state))


def test_a_generator_that_does_not_draw() -> None:
    """Generators may be at hand; one that is made and seeded inside draws the same each time."""

    def step(x: Any) -> Any:
        seeded = random.Random(5)
        return w[0] * x * seeded.random() + (0.0 if own is not None else random.random())

    assert gg.compile(step)(2.0).data == pytest.approx(step(2.0).data, rel=1e-12)


def test_a_list_where_a_number_belongs() -> None:
    """The message is that of eager code."""
    step = gg.compile(lambda xs: w[0] * xs)
    for rows in ([1.0, 2.0], [[1.0], [2.0, 3.0]]):
        with pytest.raises(TypeError, match="must be one number, but a list came"):
            step(rows)
