"""Derivatives taken within a compiled function: they are those of eager code."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Interpreter
from glassgrad.nested import leaves

pytest.importorskip("llvmlite")

w = [Value(0.7), Value(-1.3), Value(0.4)]


def cubic(x: Any) -> Any:
    """A number of one number and the parameters."""
    return (x * w[0]).tanh() * x * x + w[1] * x


def many(xs: Any) -> Any:
    """A number of several."""
    return (xs[0] * xs[1] + w[2] * xs[2]).tanh() * xs[0] + xs[1] ** 2


def nest(x: Any) -> Any:
    """Several numbers of one; the last has nothing to do with the parameters."""
    return {"a": [gg.ops.sin(x) * w[0], w[1] * x], "b": x * x}


BODIES: list[Callable[[Any, Any], Any]] = [
    lambda x, v: gg.grad(cubic)(x),
    lambda x, v: gg.grad(cubic)(w[0] * x),
    lambda x, v: gg.grad(gg.grad(cubic))(x),
    lambda x, v: gg.grad(gg.grad(gg.grad(lambda a: gg.ops.sin(a * x))))(w[2]),
    lambda x, v: gg.value_and_grad(lambda a, b: gg.ops.exp(-a * a) * b + w[0], (0, 1))(x, w[1]),
    lambda x, v: gg.value_and_grad(many)(v),
    lambda x, v: gg.grad(many)([w[0], w[1] * x, w[2]]),
    lambda x, v: gg.jacobian(nest)(x),
    lambda x, v: gg.jacobian(lambda xs: [many(xs), xs[0] * x])(v),
    lambda x, v: gg.hessian(many)(v),
    lambda x, v: gg.hessian(many)([w[2], w[1], w[0]]),
    lambda x, v: gg.jvp(nest, [x], [2.5]),
    lambda x, v: gg.jvp(many, [v], [[0.5, x, w[0]]]),
    lambda x, v: gg.vjp(nest, x)[1]({"a": [1.5, w[0]], "b": -0.5}),
    lambda x, v: gg.grad(lambda a: gg.value_and_grad(cubic)(a)[1] * a + gg.grad(cubic)(x))(x),
    lambda x, v: gg.grad(lambda a: gg.where(a > 0.5, cubic(a), a.log()))(x),
]


def numbers(tree: Any) -> list[float]:
    """The numbers of a nest of numbers and Values."""
    return [float(x.data if isinstance(x, Value) else x) for x in leaves(tree)]


@pytest.mark.parametrize("body", range(len(BODIES)))
@pytest.mark.parametrize("backend", [None, Interpreter()], ids=["native", "interpreter"])
def test_derivatives_inside(body: int, backend: Any) -> None:
    """Each is that of eager code, of numbers and of Values, and its own gradients flow on."""
    function = BODIES[body]

    def step(x: Any, v: Any) -> Any:
        found = function(x, v)
        values = [y for y in leaves(found) if isinstance(y, Value)]
        for p in w:
            p.grad = 0.0
        (sum(y * (k + 0.5) for k, y in enumerate(values)) + 0.0 * w[0]).backward()
        return found, [p.grad for p in w]

    compiled = gg.compile(step) if backend is None else gg.compile(step, backend=backend)
    for x, v in ((0.83, [0.6, -0.45, 1.2]), (-0.31, [1.4, 0.2, -0.9])):
        assert numbers(compiled(x, v)) == pytest.approx(numbers(step(x, v)), rel=1e-12)
    assert compiled.stats["compilations"] == 1


def swing(x: Any, v: Any, k: Any, steps: int) -> Any:
    """A pendulum after some steps of Euler's method."""
    for _ in range(steps):
        x, v = x + 0.01 * v, v - 0.01 * k * gg.ops.sin(x)
    return x * x + v


@pytest.mark.parametrize("at", ["numbers", "numbers beside a Value", "a Value", "all Values"])
def test_the_gradient_of_a_recurrence(at: str) -> None:
    """It is noted, not written down: more steps make no more code, and eager's numbers."""

    def make(steps: int) -> Callable[..., Any]:
        def body(x: Any, v: Any) -> Any:
            if at == "numbers":
                return gg.value_and_grad(lambda x, v: swing(x, v, 1.3, steps), (0, 1))(x, v)
            if at == "numbers beside a Value":
                return gg.value_and_grad(lambda x, v: swing(x, v, w[0], steps), (0, 1))(x, v)
            if at == "a Value":
                return gg.value_and_grad(lambda k: swing(x, v, k, steps))(w[0])
            return gg.value_and_grad(lambda a: swing(*a, steps))([w[1], w[2], w[0]])

        return body

    counts = []
    for steps in (150, 300):
        compiled = gg.compile(make(steps))
        got = numbers(compiled(1.1, -0.2))
        assert got == pytest.approx(numbers(make(steps)(1.1, -0.2)), rel=1e-11)
        counts.append(compiled.stats["statements"])
    assert counts[0] == counts[1]


def test_a_gradient_that_is_differentiated_after_all() -> None:
    """Noted at first, it is written down once backward() meets it; so are several together."""

    def step(x: Any) -> Any:
        value, slope = gg.value_and_grad(lambda a: (a * w[1]).tanh() * a * x)(w[0])
        other = gg.grad(cubic)(x)
        for p in w:
            p.grad = 0.0
        (value + slope * slope * other).backward()
        return [p.grad for p in w]

    assert gg.compile(step)(0.7) == pytest.approx(step(0.7), rel=1e-12)


def test_a_leaf_that_is_used_beside_its_stand_in() -> None:
    """What the function finds outside of itself counts as constant, even if it is the argument."""
    bodies: list[Callable[[Any], Any]] = [
        lambda x: gg.grad(lambda a: (a * x).tanh() * a)(x),
        lambda x: gg.grad(lambda a: (a * w[0]).tanh() * a * x)(w[0]),
        lambda x: [gg.grad(lambda a: (a * w[0]).tanh())(w[1]), gg.grad(lambda a: a * a * x)(w[1])],
    ]
    for body in bodies:
        assert numbers(gg.compile(body)(0.9)) == pytest.approx(numbers(body(0.9)), rel=1e-12)


def test_the_gradient_of_what_an_integer_selects() -> None:
    """It goes through an element of a computed list, and by a row of a table."""
    rows = [w[:2], w[1:], [w[2], w[0]]]

    def probability(x: Any, t: Any) -> Any:
        probs = gg.softmax([x * v for v in w])
        return probs[t]

    bodies: list[Callable[[Any], Any]] = [
        lambda t: gg.grad(lambda x: probability(x, t).log())(w[0]),
        lambda t: gg.grad(lambda x: probability(x, t))(1.3),
        lambda t: gg.grad(lambda x: probability(x * x, t))(w[1] * 0.4),
        lambda t: gg.grad(lambda x: gg.take([x * v for v in w], t).tanh())(w[0] * 2.0),
        lambda t: gg.grad(lambda row: (row[0] * row[1]).tanh() * row[0])(rows[t]),
    ]
    for body in bodies:
        compiled = gg.compile(body)
        for t in (0, 2, -2):
            assert numbers(compiled(t)) == pytest.approx(numbers(body(t)), rel=1e-12)
        assert compiled.stats["compilations"] == 1


def test_products_of_slopes_that_are_finite_have_no_guard() -> None:
    """The second derivative of tanh(x) sin(x) is sums of products, without a choice."""
    second = gg.compile(gg.grad(gg.grad(lambda x: gg.tanh(x) * gg.ops.sin(x))))
    for x in (0.3, -1.7, 0.0):
        t, s, c = math.tanh(x), math.sin(x), math.cos(x)
        slope = 1.0 - t * t
        expected = -2.0 * t * slope * s + 2.0 * slope * c - t * s
        assert second(x) == pytest.approx(expected, rel=1e-13, abs=1e-15)
    assert "where" not in str(second.loops)
    assert "settled" not in str(second.loops)


def test_a_guard_stays_where_a_slope_may_be_infinite() -> None:
    """The second derivative of x log x is 1 / x, and at 0 and below what the other side says."""
    second = gg.compile(
        gg.grad(gg.grad(lambda x: gg.where(x > 0.0, x * x.log(), gg.ops.exp(2.0 * x))))
    )
    assert second(2.0) == pytest.approx(0.5, rel=1e-13)
    for x in (0.0, -0.5):
        assert second(x) == pytest.approx(4.0 * math.exp(2.0 * x), rel=1e-13)


@pytest.mark.parametrize(
    "keeps",
    [
        lambda x, y: x < y,
        lambda x, y: gg.ops.ne(x - y, 0.0),
        lambda x, y: gg.ops.ne(x, 1e200),
        lambda x, y: gg.ops.ne(x - y, 0.0) * gg.ops.ne(y, 0.0),
    ],
)
def test_what_merely_looks_like_a_guard_stays(keeps: Any) -> None:
    """A choice between a product and 0 of the user's own is made, also where it overflows."""

    @gg.compile
    def bounded(x: Any, y: Any) -> Any:
        product = x * y
        is_finite = gg.ops.lt(abs(product), math.inf)
        return gg.where(gg.maximum(keeps(x, y), is_finite), product, 0.0)

    assert bounded(1e200, 1e200) == 0.0
    assert bounded(2.0, 3.0) == 6.0
