"""`step.repeat`: many steps in one go."""

import copy
import math
import os
import pickle
import signal
import threading
import time
import types
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Interpreter
from glassgrad.compiler.running import native
from glassgrad.compiler.running.backends import Native

pytest.importorskip("llvmlite")
BACKENDS = [pytest.param(Interpreter(), id="interpreter"), pytest.param(Native(), id="native")]
X, Y = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [1.0, -1.0, 0.5]


def made() -> tuple[Any, list[Value], Any]:
    """A step of Adam by hand, with moments in lists, a count, and two results."""
    w = [Value(0.4), Value(-0.3), Value(0.1)]
    m, v, t = [0.0] * 3, [0.0] * 3, 0

    def step(rows: Any, targets: Any, rate: Any) -> Any:
        nonlocal t
        outs = [(w[0] * a + w[1] * b + w[2]).tanh() for a, b in rows]
        loss = sum((o - y) ** 2 for o, y in zip(outs, targets, strict=True))
        for p in w:
            p.grad = 0.0
        loss.backward()
        t += 1
        for i, p in enumerate(w):
            m[i] = 0.9 * m[i] + 0.1 * p.grad
            v[i] = 0.99 * v[i] + 0.01 * p.grad**2
            p.data -= rate * (m[i] / (1 - 0.9**t)) / ((v[i] / (1 - 0.99**t)) ** 0.5 + 1e-8)
        return loss, outs

    return step, w, lambda: [*m, *v, t, *(p.data for p in w), *(p.grad for p in w)]


def flat(results: list[Any]) -> list[float]:
    """List the numbers of results in order."""
    return [x for loss, outs in results for x in (loss.data, *(o.data for o in outs))]


@pytest.mark.parametrize("backend", BACKENDS)
def test_repeat_is_so_many_calls(backend: Any) -> None:
    """Results in order, parameters, gradients, moments and the count are those of eager steps."""
    eager, _, state = made()
    step, _, state2 = made()
    run = gg.compile(step, backend=backend)
    for k in (1, 7, 0, 4):
        wanted = [eager(X, Y, 0.1) for _ in range(k)]
        got = run.repeat(k, X, Y, 0.1)
        assert len(got) == k
        assert flat(got) == pytest.approx(flat(wanted), rel=1e-11)
        assert state2() == pytest.approx(state(), rel=1e-10)
    assert run.stats["calls"] == 12
    assert run.stats["compilations"] == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_stacked_arguments_are_named(backend: Any) -> None:
    """Those in `each` give one entry to each step, by position or by name; the others stay."""
    rng = np.random.default_rng(3)
    rows, rates = rng.normal(size=(5, 3, 2)), [0.1, 0.2, 0.05, 0.1, 0.3]
    eager, _, state = made()
    step, _, state2 = made()
    wanted = [eager(a, Y, b) for a, b in zip(rows, rates, strict=True)]
    got = gg.compile(step, backend=backend).repeat(5, rows, Y, rate=rates, each=["rows", "rate"])
    assert flat(got) == pytest.approx(flat(wanted), rel=1e-11)
    assert state2() == pytest.approx(state(), rel=1e-10)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("room", [1, 40, 1 << 17])
def test_batches_run_in_native_code(room: int, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches from an array or from lists are laid out ahead, as many as there is room for."""
    monkeypatch.setattr(native, "_STAGED", room)
    rng = np.random.default_rng(4)
    rows, targets = rng.normal(size=(23, 9, 3)), rng.normal(size=(23, 9))
    rate = np.linspace(0.2, 0.1, 23)

    def dot(w: Any, x: Any) -> Any:
        return sum(a * b for a, b in zip(w, x, strict=True))

    def of(compiled: bool) -> tuple[Any, Any]:
        weights = [[Value(0.1 * i - 0.05 * j) for i in range(3)] for j in range(4)]

        def step(rows: Any, targets: Any, rate: Any, scale: Any) -> Any:
            outs = [sum(dot(w, x).tanh() for w in weights) for x in rows]
            loss = sum((scale * o - t) ** 2 for o, t in zip(outs, targets, strict=True)) / len(rows)
            for w in weights:
                for p in w:
                    p.grad = 0.0
            loss.backward()
            for w in weights:
                for p in w:
                    p.data -= rate * p.grad
            return loss

        return (gg.compile(step, dtype=dtype) if compiled else step), weights

    eager, by_hand = of(False)
    wanted = [eager(*own, 0.5).data for own in zip(rows, targets, rate, strict=True)]
    step, weights = of(True)
    each = ["rows", "targets", "rate"]
    got = step.repeat(11, rows[:11], targets[:11], rate[:11], 0.5, each=each)
    got += step.repeat(12, rows[11:].tolist(), targets[11:].tolist(), rate[11:], 0.5, each=each)
    tolerance = {"float64": 1e-12, "float32": 1e-5}[dtype]
    assert [loss.data for loss in got] == pytest.approx(wanted, rel=tolerance)
    for ws, own in zip(weights, by_hand, strict=True):
        expected = [p.data for p in own]
        assert [p.data for p in ws] == pytest.approx(expected, rel=tolerance, abs=tolerance)
    assert step.stats["compilations"] == 2  # for arrays, and for lists
    assert step.stats["calls"] == 23


def test_results_are_made_when_asked_for_and_stay() -> None:
    """What `repeat` gives acts as the list of what calls give, and makes only what is looked at."""
    w = Value(1.0)

    @gg.compile
    def step(x: Any) -> Any:
        y = w * x
        w.data = y.data
        return {"y": y, "both": (y.data, [y, "text"])}

    many = step.repeat(5, 2.0)
    wanted = [2.0, 4.0, 8.0, 16.0, 32.0]
    assert len(many) == 5
    assert many[3] is many[-2]
    assert not many._made.keys() - {3}
    assert many[3]["both"][0] == 16.0
    assert many[3]["both"][1][0].data == 16.0
    assert [one["y"].data for one in many] == wanted
    assert [one["y"].data for one in reversed(many)] == wanted[::-1]
    assert type(many[1:4:2]) is list
    assert [one["y"].data for one in many[1:4:2]] == [4.0, 16.0]
    assert many[2] in many
    assert many.index(many[2]) == 2
    for index in (5, -6):
        with pytest.raises(IndexError, match=f"5 results, but {index} was"):
            many[index]
    with pytest.raises(TypeError):
        many["y"]
    with pytest.raises(TypeError):
        hash(many)


def test_results_compare_join_and_copy_as_lists_do() -> None:
    """Equality is that of the elements; sums, copies and pickles are plain lists."""
    pairs = gg.compile(lambda x, y: [x, x < y])
    got = pairs.repeat(3, [1.0, 2.0, 3.0], 2.5, each=["x"])
    wanted = [[1.0, True], [2.0, True], [3.0, False]]
    assert got == wanted
    assert wanted == got
    assert got != wanted[:2]
    assert got != [*wanted[:2], [3.0, True]]
    assert got != tuple(wanted)
    assert got + got == wanted + got == got + wanted == wanted * 2
    assert repr(got) == repr(wanted)
    for copied in (copy.copy(got), copy.deepcopy(got), pickle.loads(pickle.dumps(got))):
        assert type(copied) is list
        assert copied == wanted
    assert type(gg.compile(lambda x: x + 0.5).repeat(2, 1.0)) is list  # of plain numbers


def test_what_a_step_stores_is_that_of_the_last_one() -> None:
    """An attribute that each step sets holds what the last one set, at once."""
    kept = types.SimpleNamespace(latest=None)
    w = Value(1.0)

    @gg.compile
    def step(x: Any) -> Any:
        y = w * x
        w.data = y.data
        kept.latest = [y, 0.5 * y.data]
        return y

    step.repeat(4, 2.0)
    assert kept.latest[0].data == 16.0
    assert kept.latest[1] == 8.0


def test_entries_of_different_shapes_are_calls_of_their_own() -> None:
    """Lists of one length after another compile for each, and give what calls give."""
    step = gg.compile(lambda x: sum(a * a for a in x))
    entries = [[1.0, 2.0], [3.0], [0.5, 1.5, 2.5], [4.0]]
    got = step.repeat(4, entries, each=["x"])
    assert [y.data if isinstance(y, Value) else y for y in got] == [5.0, 9.0, 8.75, 16.0]
    assert step.stats["compilations"] == 3


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("room", [1, 6, 1 << 17])
def test_integers_that_select_differ_from_step_to_step(
    backend: Any, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that whole numbers choose, read or computed, are those of each step's own."""
    monkeypatch.setattr(native, "_STAGED", room)
    table = [Value(0.5), Value(-1.0), Value(2.0)]
    step = gg.compile(lambda k, j, x: table[k] * x + 10.0 * table[j + 1], backend=backend)
    got = step.repeat(4, [2, 0, 1, 2], 0, [1.0, 2.0, 3.0, 4.0], each=["k", "x"])
    assert [y.data for y in got] == [-8.0, -9.0, -13.0, -2.0]
    got = step.repeat(3, 1, [[1, 0][k % 2] for k in range(3)], 1.0, each=["j"])
    assert [y.data for y in got] == [19.0, -11.0, 19.0]
    assert step.stats["compilations"] == 1
    with pytest.raises(IndexError, match="is 3"):
        step.repeat(3, [0, 1, 3], 0, 1.0, each=["k"])


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_of_entries_are_those_of_calls(backend: Any) -> None:
    """A row for each entry holds what eager code gives."""
    w = Value(0.7)

    def f(rows: Any, scale: Any) -> Any:
        return {"sum": sum(rows) * scale, "each": [(w * x).tanh() for x in rows]}

    run = gg.compile(f, backend=backend)
    rows = np.random.default_rng(5).normal(size=(6, 3))
    wanted = [[2.0 * math.fsum(row), *(math.tanh(0.7 * x) for x in row)] for row in rows.tolist()]
    got = run.numbers(rows, 2.0, each=["rows"])
    assert got == pytest.approx(np.array(wanted), rel=1e-12)
    w.data = -0.3
    assert run.numbers(rows, 2.0, each=["rows"])[5, 3] == pytest.approx(
        math.tanh(-0.3 * rows[5, 2])
    )
    assert run.numbers([], 2.0, each=["rows"]).size == 0
    with pytest.raises(ValueError, match="each names 'row'"):
        run.numbers(rows, 2.0, each=["row"])


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda r: r.repeat([1.0]), TypeError, r"number of steps first.*a list came"),
        (lambda r: r.repeat(True, 1.0), TypeError, "a bool came"),
        (lambda r: r.repeat(-1, 1.0), ValueError, "0 or more, but -1 came"),
        (lambda r: r.repeat(3, [1.0], each="x"), TypeError, r"each=\['x'\]"),
        (lambda r: r.repeat(3, [1.0], each=["y"]), ValueError, "names 'y'.*are x"),
        (lambda r: r.repeat(3, 1.0, each=["x"]), TypeError, "x must hold.*3 steps, but a float"),
        (
            lambda r: r.repeat(3, [1.0], each=["x"]),
            ValueError,
            "x must hold.*3 steps, but it has 1",
        ),
    ],
)
def test_wrong_calls_of_repeat_teach(call: Any, kind: type[Exception], words: str) -> None:
    """What is wrong is named: the count, the name in `each`, or the number of entries."""
    with pytest.raises(kind, match=words):
        call(gg.compile(lambda x: x * 2.0))


def test_repeat_within_another_trace_and_under_anomaly() -> None:
    """As a part of another compiled function, or watched, `repeat` is so many plain calls."""
    w = Value(1.0)

    @gg.compile
    def grow(x: Any) -> Any:
        y = w * x
        w.data = y.data
        return y

    outer = gg.compile(lambda x: sum(grow.repeat(3, x)))
    assert outer(2.0).data == 2.0 + 4.0 + 8.0
    assert w.data == 8.0
    with gg.detect_anomaly():
        assert [y.data for y in grow.repeat(2, 0.5)] == [4.0, 2.0]
        with pytest.raises(gg.AnomalyError):
            grow.repeat(2, math.inf)


def test_ctrl_c_leaves_whole_steps() -> None:
    """An interrupt during a long repeat ends it soon; counts, moments and parameters agree."""
    w = [Value(1.0) for _ in range(50)]
    total, count = [0.0] * 50, 0

    @gg.compile
    def step() -> Any:
        nonlocal count
        count += 1
        for i, p in enumerate(w):
            p.data = p.data + 1.0
            total[i] = total[i] + 2.0

    step()
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        step.repeat(2_000_000_000)
    assert time.perf_counter() - start < 60.0  # all the steps would take minutes
    assert count > 1
    assert {p.data for p in w} == {1.0 + count}
    assert set(total) == {2.0 * count}
    step()
    assert {p.data for p in w} == {1.0 + count}
    assert set(total) == {2.0 * count}
