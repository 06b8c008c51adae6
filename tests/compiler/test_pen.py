"""The native methods of a long trace write what Python's methods write."""

from __future__ import annotations

import gc
import random
import sys
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad.compiler.ir.unsupported import Unsupported
from glassgrad.compiler.machine import functions
from glassgrad.compiler.tracing import pen, writer
from glassgrad.compiler.tracing.arguments import Arguments
from glassgrad.compiler.tracing.trace import trace
from glassgrad.ops import TABLE

ROWS = [row for row in TABLE.values() if row.arity <= 2 and not row.expression]
OPERATORS = ["+", "-", "*", "/", "**"]


class Parameter(gg.Value):
    """A user's own class of Values."""


def traced(function: Callable[..., Any], *args: Any, native: bool) -> str:
    """The text of a trace, from its first operation on natively or not at all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "_MANY", 0 if native else 10**9)
        return str(trace(function, Arguments(args, {}, ["x", "y", "z"])).graph)


def same(function: Callable[..., Any], *args: Any) -> str:
    """The text of a trace, which is the same both ways."""
    by_python, by_pen = (traced(function, *args, native=native) for native in (False, True))
    assert by_pen == by_python
    return by_pen


def test_there_is_a_pen() -> None:
    """On the Pythons that the project is tested with the native methods exist."""
    assert pen.pen() is not None


@pytest.mark.parametrize("error", [ImportError, Unsupported, RuntimeError, OSError])
def test_without_a_pen_python_writes(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever keeps the native methods from being made, the trace goes on without them."""

    def fails(_: str) -> None:
        raise error("no code today")

    monkeypatch.setattr(functions, "functions", fails)
    monkeypatch.setattr(pen, "pen", pen.pen.__wrapped__)
    assert pen.pen() is None
    w = gg.Value(0.5)
    assert " tanh " in same(lambda x: (w * x).tanh(), 1.5)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_on_every_kind_of_operand(row: Any) -> None:
    """A row as a method writes the same node whatever its operands are."""
    leaf, other, own = gg.Value(0.3), gg.Value(0.7), Parameter(0.2)

    def function(x: Any, y: Any) -> Any:
        node = leaf * other + own
        moved = own * own
        own.data = own.data + 1.0
        kinds = [node, moved, leaf, other, own, x, y, x * y, 0.5, 2, 0.0, -0.0, True, own.data]
        results = []
        for left in kinds[:5]:
            if row.arity == 1:
                results.append(getattr(left, row.name)())
            else:
                method = f"__{row.operator}__" if row.operator else row.name
                results += [getattr(left, method)(right) for right in kinds]
        return results

    assert f" {row.name} " in same(function, 1.5, 2.5)


def test_operators_and_lines() -> None:
    """The operators, reflected ones too, write the same nodes with the same lines."""
    leaf = gg.Value(0.3)

    def function(x: Any) -> Any:
        node = leaf * 2.0
        first = [node + leaf, node - x, leaf * node, leaf / 3, node**2]
        second = [1.0 + node, 2 - leaf, x * node, 3.0 / leaf, x**leaf, -node, abs(leaf)]
        return first + second + [sum(first), (node + 1.0) + 0.0]

    text = same(function, 1.5)
    assert len({line.split("; ")[1] for line in text.splitlines() if "; " in line}) == 4


def test_lines_of_code_inside_of_glassgrad() -> None:
    """What a layer of glassgrad's own computes is at the user's line that called it."""
    model = gg.MLP(3, [4, 2], rng=random.Random(2))

    def function(x: Any) -> Any:
        first = sum(model(x))
        second = sum(model(x))
        return first + second

    lines = {line.split("; ")[1] for line in same(function, [1.0, 2.0, 3.0]).splitlines()[4:-1]
             if "; " in line}  # fmt: skip
    assert len(lines) == 3


def test_more_operations_than_wait_at_once() -> None:
    """A trace longer than the room for operations that wait is whole."""
    w = gg.Value(0.5)

    def function(x: Any) -> Any:
        total = w
        for k in range(30_000):
            total = total * w + x
            if k % 7_000 == 0:
                w.data = w.data * 0.5
        return total

    assert len(same(function, 1.5).splitlines()) > 60_000


def test_modes_and_other_classes() -> None:
    """Inside of `no_grad`, and on what is no single number, the native methods ask Python."""
    w = gg.Value(0.5)

    def function(x: Any) -> Any:
        known = w * x + 1.0  # from here on by the pen, to which 1.0 is no longer new
        with gg.no_grad():
            frozen = w * x + 1.0 - w.tanh() * known
        made = gg.Value(2.0) * w
        array = np.array([w, made]) * w
        return [frozen * w, made, *(w * array), w * np.float64(2.0), made.detach() * w]

    assert " STOP " in same(function, 1.5)


def test_errors_are_those_of_python() -> None:
    """What cannot be computed raises what it raises without native methods."""
    w = gg.Value(0.5)
    for wrong in ("a", None, [1.0]):
        for native in (False, True):
            with pytest.raises(TypeError):
                traced(lambda x, wrong=wrong: (w * x) * wrong, 1.5, native=native)


def test_classes_have_their_own_methods_after_a_trace() -> None:
    """A trace, be it one that fails, leaves the pen free and Values as they were."""
    w = gg.Value(0.5)

    def fails(x: Any) -> Any:
        raise ZeroDivisionError(w * x)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            traced(fails, 1.5, native=True)
    kept = pen.pen()
    assert kept is not None
    assert kept.is_free
    assert type(w) is gg.Value
    assert (w * 3.0).data == 1.5


@pytest.mark.parametrize("native", [False, True])
def test_what_is_left_over_from_a_trace(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values and methods kept from a trace are refused, in another trace too."""
    monkeypatch.setattr(writer, "_MANY", 0 if native else 10**9)
    w, other, kept = gg.Value(0.5), gg.Value(0.25), SimpleQueue[Any]()

    def function(x: Any) -> Any:
        h = w * x + 1.0
        kept.put([x, h, h.tanh, (-w).exp])
        return h.tanh()

    trace(function, Arguments((1.5,), {}, ["x"]))
    number, h, *methods = kept.get()
    with pytest.raises(TypeError, match="number of an earlier compilation"):
        trace(lambda x: other * x + other * number, Arguments((1.5,), {}, ["x"]))
    uses: list[Callable[[], Any]] = [*methods, lambda: h * 2.0, lambda: w + h, lambda: h._prev]
    for use in uses:
        with pytest.raises(TypeError, match="kept from inside of a compiled function"):
            use()
        with pytest.raises(TypeError, match="kept from inside of a compiled function"):
            trace(lambda x, use=use: other * x + use(), Arguments((1.5,), {}, ["x"]))
    assert (w * 3.0).data == 1.5


def test_a_native_method_of_a_value_that_lives_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It computes with the number, when the trace in which it was taken has ended."""
    monkeypatch.setattr(writer, "_MANY", 0)
    w, kept = gg.Value(0.5), SimpleQueue[Any]()

    def function(x: Any) -> Any:
        y = w * x
        kept.put(w.exp)
        return y

    trace(function, Arguments((1.5,), {}, ["x"]))
    assert kept.get()().data == w.exp().data


def test_methods_with_a_keyword() -> None:
    """Operands may be given by their names."""
    w = gg.Value(0.5)
    assert " maximum " in same(lambda x: w.add(other=x).maximum(other=w), 1.5)


def test_a_node_without_a_number() -> None:
    """An object that nothing has filled raises what it raises without native methods."""
    w = gg.Value(0.5)

    def function(x: Any) -> Any:
        node_class = type(w * x)
        return node_class.__new__(node_class) * w

    for native in (False, True):
        with pytest.raises(AttributeError, match="no attribute '_data'"):
            traced(function, 1.5, native=native)


def test_memory_does_not_grow() -> None:
    """Hundreds of traces leave no objects and no references behind."""
    w = gg.Value(0.5)

    def function(x: Any) -> Any:
        y = w * x
        for _ in range(20):
            y = (y * w + 1.0).tanh() - x
        return y

    def count(traces: int) -> tuple[int, int]:
        for _ in range(traces):
            traced(function, 1.5, native=True)
        gc.collect()
        return len(gc.get_objects()), sys.getrefcount(function.__code__)

    before = count(20)
    after = count(300)
    assert after[0] - before[0] < 100
    assert after[1] == before[1]


def test_other_threads_compute_meanwhile() -> None:
    """Another thread gets numbers from the Values that are being traced."""
    w, found = gg.Value(0.5), SimpleQueue[float]()

    def function(x: Any) -> Any:
        y = w * x * 3.0  # from here on by the pen, to which 3.0 is no longer new
        thread = threading.Thread(target=lambda: found.put((w * 3.0 + w * w).data))
        thread.start()
        thread.join()
        return y

    same(function, 1.5)
    assert [found.get(), found.get()] == [1.75, 1.75]


@pytest.mark.parametrize("rounds", [1, 2])
def test_an_update_of_parameters(rounds: int) -> None:
    """Gradients cleared, read and summed up, and data assigned, write the same nodes."""
    values = [gg.Value(0.1 * k) for k in range(6)] + [Parameter(0.7)]

    def function(x: Any) -> Any:
        known = [-1.0, 0.5, 0.0]
        for k in range(rounds):
            loss = sum((w * x + w) ** 2 for w in values[:-2]) * 0.5
            for p in values[::2]:
                p.grad = 0.0
            loss.backward()
            if k:
                loss.backward()
            for p in values:
                p.data -= 0.1 * p.grad
                p.grad = p.grad / 2.0 + p.data * known[k] - 1.0
                p.data = 3.0 - p.data
            values[0].data, values[1].grad = 1.0, 2.0
            known.append(values[1].grad * 0.25)
        made = gg.Value(values[1].grad) * values[1]
        return made, known, [(p.data, p.grad, p * x) for p in values]

    assert " GRAD " in same(function, 1.5)


def test_numbers_of_a_selecting_step() -> None:
    """Where integers select, numbers of parameters and states are the same nodes both ways.

    A number that may be selected has operations of its own; another one shares what is the same.
    """
    rows = [[gg.Value(0.1 * k + 0.01 * j) for j in range(3)] for k in range(5)]
    values = [p for row in rows for p in row]
    moments, rates = [0.0] * len(values), [0.1, 0.2, 0.3]

    def powers(x: Any) -> Any:
        total = x
        for _ in range(40_000):
            total = total * x
        return total

    def function(i: Any, x: Any, y: Any) -> Any:
        rows[0][0].data = rows[0][0].data * 0.5
        loss = sum(w * x for w in rows[i]) ** 2
        rate = rates[i - 1] * 2.0
        for p in values:
            p.grad = 0.0
        loss.backward()
        rows[1][0].data = rows[1][0].data * 0.5
        again = sum(w * x for w in rows[i])
        for k, p in enumerate(values):
            m = moments[k] = 0.9 * moments[k] + p.grad * 3 - 2**p.grad
            p.data -= x * 0.25 * (m / 0.5) ** 0.5 * rate
        first, second = powers(y), powers(y)
        twice = [x * rates[0], x * rates[0]]
        return again, first - second, twice, [twice[0] * 3.0, twice[0] * 3.0]

    text = same(function, 2, 1.5, 2.5)
    assert text.count(" pow ") == 1 + 2 * len(values)
    assert "STATE 0 .. 14" in text
    assert 40_000 < text.count(" mul ") < 41_000


def program(rng: random.Random, values: list[gg.Value]) -> Callable[..., Any]:
    """A random program over Values, arguments and constants."""
    steps = [
        (rng.choice(ROWS), *(rng.random() for _ in range(3))) for _ in range(rng.randint(1, 40))
    ]

    def function(x: Any, y: Any) -> Any:
        known: list[Any] = [*values, x, y, 1.0, 0.25, 3, -2.0, 0.0]
        for row, first, second, move in steps:
            left = known[int(first * len(known))]
            right = known[int(second * len(known))]
            if not isinstance(left, gg.Value):
                left = values[0]
            inputs = (left,) if row.arity == 1 else (left, right)
            known.append(getattr(inputs[0], row.name)(*inputs[1:]))
            if move < 0.1:
                values[-1].data = values[-1].data * 0.5 + x
        known[-1].backward() if isinstance(known[-1], gg.Value) else None
        return known[-5:], [p.grad for p in values]

    return function


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_random_programs(seed: int) -> None:
    """A random program is the same trace both ways, or fails the same way."""
    rng = random.Random(seed)
    values = [gg.Value(0.1), gg.Value(0.2), Parameter(0.3)]
    function = program(rng, values)
    found = []
    for native in (False, True):
        try:
            found.append(traced(function, 1.5, 2.5, native=native))
        except TypeError as error:
            found.append(repr(error))
    assert found[0] == found[1]
