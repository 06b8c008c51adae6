"""Programs that a user can write and that are easy to get wrong, each with numbers by hand."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Interpreter
from glassgrad.compiler.running.backends import Native

pytest.importorskip("llvmlite")
BACKENDS = [pytest.param(Interpreter(), id="interpreter"), pytest.param(Native(), id="native")]
both = pytest.mark.parametrize("backend", BACKENDS)


@both
def test_parameters_trade_places_after_their_update(backend: Any) -> None:
    """An update that needs no gradient is not written before one that reads the old number."""
    a, b, c = Value(0.3), Value(0.7), Value(1.1)

    def step() -> None:
        a.grad = b.grad = c.grad = 0.0
        (a * a).backward()
        for q in (a, b, c):
            q.data = 0.5 * q.data - 0.05 * q.grad
        a.data, c.data = c.data, a.data

    gg.compile(step, backend=backend)()
    assert [a.data, b.data, c.data] == pytest.approx([0.55, 0.35, 0.15 - 0.03])


@both
def test_parameters_touched_in_any_order(backend: Any) -> None:
    """Each parameter keeps its own number, however a step, its update and its result order them."""
    p = [Value(float(k)) for k in range(6)]
    q = [p[k] for k in (4, 0, 5, 2, 1, 3)]

    def step() -> Any:
        loss = sum((k + 1.0) * v * v for k, v in enumerate(reversed(q)))
        for v in p[::2] + p[1::2]:
            v.grad = 0.0
        loss.backward()
        for k in (3, 1, 5, 0, 2, 4):
            q[k].data -= 0.125 * q[k].grad
        return [v.data for v in p[::-1]]

    got = gg.compile(step, backend=backend)()
    factors = {q[5 - k]: k + 1.0 for k in range(6)}
    wanted = [k - 0.125 * 2.0 * factors[p[k]] * k for k in range(6)]
    assert [v.data for v in p] == wanted == got[::-1]


@both
def test_one_value_many_times_in_a_sum(backend: Any) -> None:
    """W + w * w + (w + w) has the slope 3 + 2 w, however often the sum names w."""
    w = Value(3.0)

    def step() -> Any:
        total = sum([w, w * w, w + w])
        w.grad = 0.0
        total.backward()
        return total

    assert gg.compile(step, backend=backend)().data == 18.0
    assert w.grad == 9.0


@both
def test_one_value_in_two_places_of_a_list(backend: Any) -> None:
    """A list that holds the same Value twice moves it twice, as eager code does."""
    w, v = Value(2.0), Value(5.0)
    p = [w, v, w]

    def step(x: Any) -> Any:
        loss = sum(q * x for q in p)
        for q in p:
            q.grad = 0.0
        loss.backward()
        for q in p:
            q.data -= 0.5 * q.grad
        return loss

    assert gg.compile(step, backend=backend)(1.0).data == 9.0
    assert (w.data, w.grad, v.data, v.grad) == (2.0 - 0.5 * 2.0 * 2, 2.0, 4.5, 1.0)


@both
def test_constants_that_alias(backend: Any) -> None:
    """Equal constants, 0.0 beside -0.0 and one Value as a constant stay what they are."""
    w, one = Value(4.0), Value(1.0)

    def step() -> Any:
        zero = gg.ops.div(w * 0.0 + one, gg.ops.mul(w * 0.0, 1.0))
        minus = gg.ops.div(one, gg.ops.mul(w * 0.0, -1.0))
        return [zero, minus, one * one * 1.0, gg.ops.div(1.0, -0.0), w * 1.0 + 1.0]

    got = gg.compile(step, backend=backend)()
    inf = float("inf")
    assert [getattr(x, "data", x) for x in got] == [inf, -inf, 1.0, -inf, 5.0]


@both
@pytest.mark.parametrize("batch", [0, 1, 2, 17])
def test_batches_of_any_size(backend: Any, batch: int) -> None:
    """A batch of one, of none, and one that fills no whole number of vectors."""
    w, b = [Value(0.5), Value(-2.0)], Value(0.25)

    def step(x: Any) -> Any:
        outs = [sum(wi * xi for wi, xi in zip(w, row, strict=True)) + b for row in x]
        loss = sum(o * o for o in outs) + 0.0 * b
        for q in (*w, b):
            q.grad = 0.0
        loss.backward()
        return loss, outs

    x = [[0.1 * i, 1.0 - 0.3 * i] for i in range(batch)]
    loss, outs = gg.compile(step, backend=backend)(x)
    wanted = [0.5 * u - 2.0 * v + 0.25 for u, v in x]
    assert [o.data for o in outs] == pytest.approx(wanted)
    assert loss.data == pytest.approx(sum(o * o for o in wanted))
    assert w[1].grad == pytest.approx(sum(2 * o * v for o, (_, v) in zip(wanted, x, strict=True)))
    assert b.grad == pytest.approx(sum(2 * o for o in wanted))


@both
def test_what_takes_no_part(backend: Any) -> None:
    """The gradient of an unused parameter is cleared to 0; one that nobody names is left alone."""
    used, unused, apart = Value(2.0), Value(7.0), Value(9.0)
    unused.grad = apart.grad = 5.0
    keep = [apart]

    def step(empty: Any) -> Any:
        loss = used * used + sum(empty)
        for q in (used, unused):
            q.grad = 0.0
        loss.backward()
        return loss, keep

    loss, kept = gg.compile(step, backend=backend)([])
    assert (loss.data, used.grad, unused.grad, apart.grad) == (4.0, 4.0, 0.0, 5.0)
    assert kept[0].data == 9.0


@both
@pytest.mark.parametrize("empty", [[], np.zeros((0, 2))], ids=["list", "array"])
def test_a_step_of_nothing(backend: Any, empty: Any) -> None:
    """Neither numbers come in nor Values go out: the sum of no loss is the constant 0."""
    w = Value(2.0)
    assert gg.compile(lambda rows: [w * x for x, _ in rows], backend=backend)(empty) == []
    assert gg.compile(lambda rows: sum(w * x for x, _ in rows), backend=backend)(empty) == 0


@both
def test_an_output_that_is_an_input(backend: Any) -> None:
    """Arguments, parameters before and after their update, and the same number twice."""
    w = Value(3.0)

    def step(x: Any, y: Any) -> Any:
        before = w.data
        w.data = x
        return x, y, before, w.data, [x, x], w.data

    run = gg.compile(step, backend=backend)
    assert run(2.0, [4.0, 5.0]) == (2.0, [4.0, 5.0], 3.0, 2.0, [2.0, 2.0], 2.0)
    assert run(7.0, [4.0, 5.0])[2] == 2.0
    assert w.data == 7.0


@both
def test_two_steps_take_turns(backend: Any) -> None:
    """Two compiled steps on shared parameters and shared state go on where the other stopped."""
    w, moment, count = Value(1.0), [0.0], [0]

    def step(factor: float) -> Any:
        def run() -> Any:
            count[0] += 1
            w.grad = 0.0
            (factor * w).backward()
            moment[0] = 0.5 * moment[0] + w.grad
            w.data -= moment[0]
            return w.data

        return run

    one, two = (gg.compile(step(factor), backend=backend) for factor in (1.0, -3.0))
    numbers, m, expected = [], 0.0, 1.0
    for k in range(6):
        numbers.append((one, two)[k % 2]())
        m = 0.5 * m + (1.0, -3.0)[k % 2]
        expected -= m
        assert numbers[-1] == expected
    assert (w.data, moment, count) == (expected, [m], [6])


@both
def test_a_choice_hides_what_is_not_a_number(backend: Any) -> None:
    """Neither the value nor the slope of the untaken side leaks, for missing arguments too."""
    w, b = Value(2.0), Value(0.5)
    nan = float("nan")

    def step(x: Any) -> Any:
        known = [gg.where(gg.ops.eq(xi, xi), xi * w, b) for xi in x]
        safe = [gg.where(gg.ops.gt(k, 0.0), k.log(), k) for k in known]
        loss = sum(safe)
        w.grad = b.grad = 0.0
        loss.backward()
        return loss

    loss = gg.compile(step, backend=backend)([3.0, nan, -1.0])
    assert loss.data == pytest.approx(1.791759469228055 - 0.6931471805599453 - 2.0)
    assert w.grad == pytest.approx(0.5 - 1.0)
    assert b.grad == pytest.approx(2.0)


@both
def test_a_slope_that_is_not_a_number_and_not_asked_for(backend: Any) -> None:
    """The slope of |nan| is nan, but nothing flows back there from a sample that is left out."""
    w = Value(2.0)

    def step(x: Any) -> Any:
        errors = [abs(xi * w - 1.0) for xi in x]
        loss = sum(gg.where(gg.ops.eq(e, e), e, 0.0) for e in errors)
        w.grad = 0.0
        loss.backward()
        return loss

    loss = gg.compile(step, backend=backend)([3.0, float("nan"), -1.5])
    assert (loss.data, w.grad) == (5.0 + 4.0, 3.0 + 1.5)


@both
def test_a_slope_in_a_recurrence(backend: Any) -> None:
    """|a| after an exp, step after step: forward and backward as in eager code."""
    w = Value(0.3)

    def step(x: Any) -> Any:
        a, b = x[0], x[1]
        for _ in range(20):
            a, b = a + 0.1 * abs(w * b + a), b + 0.1 * (3 * (w * a + b).tanh()).exp()
        w.grad = 0.0
        (a * b).backward()
        return a * b

    x = [Value(-0.9), Value(0.4)]
    expected, slope = step(x).data, w.grad
    result = gg.compile(step, backend=backend)([-0.9, 0.4])
    assert (result.data, w.grad) == (pytest.approx(expected), pytest.approx(slope))


@both
def test_a_state_that_is_not_a_number(backend: Any) -> None:
    """A number kept from call to call may be nan; the side that does not take it has its slope."""
    w, kept = Value(2.0), [0.5]

    def step(x: Any) -> Any:
        loss = gg.where(gg.ops.gt(x, 0.0), kept[0] * w, x * w)
        w.grad = 0.0
        loss.backward()
        kept[0] = x / (x - x)
        return loss

    compiled = gg.compile(step, backend=backend)
    assert (compiled(3.0).data, w.grad) == (1.0, 0.5)
    assert (compiled(-3.0).data, w.grad) == (-6.0, -3.0)


@both
def test_a_division_by_zero_that_is_not_taken(backend: Any) -> None:
    """A slope that is infinite whatever the numbers are does not leak from the untaken side."""
    w = Value(0.25)

    def step() -> Any:
        loss = w + gg.where(gg.ops.gt(0.5, w), w, gg.ops.div(w, 0.0))
        w.grad = 0.0
        loss.backward()
        return loss

    assert gg.compile(step, backend=backend)().data == 0.5
    assert w.grad == 2.0


@both
def test_an_infinite_constant_among_others(backend: Any) -> None:
    """A table of constants with inf in it leaks nothing back through a unit that is shut."""
    w = [Value(0.5), Value(-0.25)]

    def step() -> Any:
        z = sum(wi * c for wi, c in zip(w, [1.0, math.inf], strict=True))
        loss = gg.relu(z)
        w[0].grad = w[1].grad = 0.0
        loss.backward()
        return loss

    assert gg.compile(step, backend=backend)().data == 0.0
    assert (w[0].grad, w[1].grad) == (0.0, 0.0)


def test_thousands_of_unlike_operations() -> None:
    """A program without any order in it computes what eager code does, gradients too."""
    rng = random.Random(1)
    rows = [gg.ops.tanh, gg.ops.sin, gg.ops.sigmoid, gg.ops.relu, gg.ops.atan, gg.ops.add]
    rows += [gg.ops.sub, gg.ops.mul, gg.ops.minimum]
    plan = [(rng.choice(rows), rng.randrange(200), rng.randrange(200)) for _ in range(10_000)]

    def made() -> tuple[Any, list[Value]]:
        p = [Value(math.sin(k)) for k in range(200)]

        def step(x: Any) -> Any:
            known = [v * x for v in p]
            for row, a, b in plan:
                known.append(gg.ops.tanh(row(*(known[-1 - a], known[-1 - b])[: row.arity])))
            loss = sum(known[-100:])
            for v in p:
                v.grad = 0.0
            loss.backward()
            return loss

        return step, p

    (eager, p), (step, q) = made(), made()
    assert gg.compile(step)(0.75).data == pytest.approx(eager(0.75).data, rel=1e-13)
    assert [v.grad for v in q] == pytest.approx([v.grad for v in p], rel=1e-9, abs=1e-13)
    assert any(v.grad for v in p)


def test_functions_that_yield_or_await_are_refused() -> None:
    """Their results would hold numbers of the trace, not of a call."""

    def pieces(x: float) -> Any:
        yield x

    async def later(x: float) -> float:
        return x

    for function in (pieces, later):
        with pytest.raises(TypeError, match=r"yields or awaits.*Return a list"):
            gg.compile(function)


def test_state_in_an_array_of_floats_is_refused_with_what_to_write() -> None:
    """NumPy asks a number of a trace for its float before it is kept."""
    w, momentum = Value(2.0), np.zeros(1)

    def step() -> None:
        w.grad = 0.0
        (w * w).backward()
        momentum[0] = 0.9 * momentum[0] + w.grad

    with pytest.raises(gg.TraceError, match=r"NumPy floats.*keep such state in a list"):
        gg.compile(step)()


class Doubled(gg.Value):
    """A user's class that multiplies otherwise."""

    def __mul__(self, other: Any) -> Any:
        """Multiply, twice."""
        return gg.Value.__mul__(self, other) * 2.0


class Shifted(gg.Value):
    """A user's class whose data is another."""

    data = property(lambda self: self._data + 1.0)  # type: ignore[assignment]


class Loud(gg.Value):
    """A user's class that goes back otherwise."""

    def backward(self) -> None:
        """Go back, and double."""
        gg.Value.backward(self)
        self.grad *= 2.0


@pytest.mark.parametrize(
    ("kind", "name"), [(Doubled, "__mul__"), (Shifted, "data"), (Loud, "backward")]
)
def test_classes_that_compute_otherwise_are_refused(kind: type[gg.Value], name: str) -> None:
    """A class of Values with such a method of its own is refused by name, not taken for Values."""
    w = kind(0.5)
    with pytest.raises(TypeError, match=f"{kind.__name__} has a `{name}` of its own"):
        gg.compile(lambda x: w * x)(2.0)
    assert type(w) is kind
