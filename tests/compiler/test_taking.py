"""Machine code takes the numbers of arguments out of Python's objects, or leaves it to Python."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.ir.floats import float_of
from glassgrad.compiler.running import taking
from glassgrad.compiler.running.native import Step, build
from glassgrad.compiler.running.words import CHANGED, OTHER, RAN
from glassgrad.compiler.tracing.arguments import Arguments
from glassgrad.compiler.tracing.trace import trace

pytest.importorskip("llvmlite")
pytestmark = pytest.mark.skipif(
    not taking._objects_are_known(), reason="on this Python objects are not looked into"
)

BIG = np.random.default_rng(4).normal(size=(12, 9))
TABLES: list[Any] = [
    BIG[:6, :3],
    BIG[::2, ::3],
    BIG[5::-1, 8:5:-1],
    np.asfortranarray(BIG[:6, :3]),
    np.broadcast_to(BIG[0, :3], (6, 3)),
    BIG[:6, :3].astype(np.float32),
    BIG[:6, :3].astype(">f8"),
    np.arange(18).reshape(6, 3) - 9,
    np.arange(18, dtype=np.int32).reshape(6, 3),
    np.frombuffer(b"x" + BIG[:6, :3].tobytes(), np.uint8)[1:].view(np.float64).reshape(6, 3),
    BIG[:6, :3].tolist(),
    [[1, 2.5, -3.0]] * 6,
    [[True, 0.5, 2.0]] * 6,
    (BIG[:6, :3] > 0.0).tolist(),
]
NUMBERS: list[Any] = [2.0, 3, -0.0, np.float64(0.5), np.float32(1.5), np.array(4.0), True]


def flat(*args: Any) -> list[float]:
    """The numbers in nested lists and arrays."""
    return [float(x) for part in args for x in np.ravel(np.array(part, float))]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numbers_are_those_that_python_takes(dtype: str) -> None:
    """Whatever came before, each form of arguments brings its own numbers, call after call."""
    w = Value(3.0)

    def f(X: Any, scale: Any) -> Any:
        return [[w * x for x in row] for row in X], w * scale

    run = gg.compile(f, dtype=dtype)
    draws = random.Random(7)
    for _ in range(60):
        X, scale = draws.choice(TABLES), draws.choice(NUMBERS)
        wanted = 3.0 * np.array(flat(X, scale))
        for _ in range(draws.randint(1, 3)):
            rows, last = run(X, scale)
            found = [y.data for row in rows for y in row] + [last.data]
            np.testing.assert_allclose(found, wanted, rtol=1e-6 if dtype == "float32" else 1e-15)


def test_an_argument_that_is_left_out_is_not_the_last_one() -> None:
    """Its default counts, however often the function was called with another number."""
    w = Value(3.0)
    run = gg.compile(lambda x=2.0, y=0.5: w * x + y)
    for x in [1.0] * 4 + [5.0]:
        assert run(x).data == 3.0 * x + 0.5
    assert [run().data, run(1.0, 4.0).data, run().data] == [6.5, 7.0, 6.5]


def total(dtype: str, X: Any, y: Any) -> Step:
    """A step that adds up all that is in its two arguments."""

    def summed(X: Any, y: Any) -> Any:
        return sum(map(sum, X)) + (sum(y) if hasattr(y, "__len__") else y)

    graph = trace(summed, Arguments((X, y), {}, ["X", "y"])).graph
    return build(graph, kind=float_of(dtype, False))


def watched(step: Step, *args: Any) -> Callable[..., int]:
    """Its quick call, with no words to watch."""
    return step.watch(np.zeros((0, 2), np.uint64), args)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("y", [0.25, [0.25, 1.0, -2.0], np.array([0.25, 1.0, -2.0], np.float32)])
@pytest.mark.parametrize("X", [x for k, x in enumerate(TABLES) if k not in (6, 8, 11, 12, 13)])
def test_machine_code_takes_what_it_knows(X: Any, y: Any, dtype: str) -> None:
    """It runs without Python, also on other objects of the same form and on changed ones."""
    step = total(dtype, X, y)
    quick = watched(step, X, y)
    for rows in (X, X[::-1], X):
        assert quick((rows, y)) == RAN
        assert step.results[0] == pytest.approx(sum(flat(rows, y)), rel=1e-5, abs=1e-5)
        step.results[0] = 0.0
    if isinstance(X, list):
        X = [row[:] for row in X]
        X[5][2] += 1000.0
        assert quick((X, y)) == RAN
        assert step.results[0] == pytest.approx(sum(flat(X, y)), rel=1e-5)


ROWS = BIG[:6, :3].tolist()


@pytest.mark.parametrize(
    ("like", "x"),
    [
        (ROWS, ROWS[:5]),
        (ROWS, [*ROWS, ROWS[0]]),
        (ROWS, [*ROWS[:5], ROWS[0][:2]]),
        (ROWS, [*ROWS[:5], [*ROWS[0], 1.0]]),
        (ROWS, [*ROWS[:5], tuple(ROWS[0])]),
        (ROWS, [*ROWS[:5], [0.5, 1.0, 2]]),
        (ROWS, [*ROWS[:5], [0.5, 1.0, True]]),
        (ROWS, [*ROWS[:5], 1.0]),
        (ROWS, tuple(ROWS)),
        (ROWS, BIG[:6, :3]),
        (BIG[:6, :3], ROWS),
        (BIG[:6, :3], BIG[:3, :6]),
        (BIG[:6, :3], BIG[:6, :4]),
        (BIG[:6, :3], BIG[0]),
        (BIG[:6, :3], BIG[:6, :3, None]),
        (BIG[:6, :3], BIG[:6, :3].astype(np.float32)),
        (BIG[:6, :3], BIG[:6, :3].astype(">f8")),
        (BIG[:6, :3], np.ma.array(BIG[:6, :3])),
        (BIG[:6, :3], 1.0),
        (BIG[:6, :3], None),
    ],
)
def test_it_leaves_other_forms_to_python(like: Any, x: Any) -> None:
    """Nothing is run then; nor where there are more arguments or fewer."""
    step = total("float64", like, 0.5)
    quick = watched(step, like, 0.5)
    step.results[0] = 77.0
    assert quick((x, 0.5)) == OTHER
    assert quick((like, 1)) == quick((like,)) == quick((like, 0.5, 0.5)) == quick(()) == OTHER
    assert step.results[0] == 77.0
    step.take([flat(like), [2.0]])
    assert quick() == RAN
    assert step.results[0] == pytest.approx(sum(flat(like)) + 2.0)


@pytest.mark.parametrize("like", [TABLES[6][0], TABLES[8][0], 1, np.array(1.0)])
def test_what_it_does_not_know_is_taken_by_python(like: Any) -> None:
    """Numbers of other types are always of another form."""
    step = total("float64", [ROWS[0]], like)
    quick = watched(step, [ROWS[0]], like)
    assert quick(([ROWS[0]], like)) == OTHER


def test_a_word_that_is_another_now_stops_it() -> None:
    """The numbers are taken, and nothing is run."""
    step, word = total("float64", ROWS, 0.5), np.array([5], np.int64)
    quick = step.watch(np.array([[word.ctypes.data, 5]], np.uint64), (ROWS, 0.5))
    assert quick((ROWS, 0.5)) == RAN
    word[0], step.results[0] = 6, 77.0
    assert quick((ROWS, 0.5)) == CHANGED
    assert step.results[0] == 77.0
