"""What a call notices, refuses and leaves whole."""

import gc
import os
import resource
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.machine import llvm

pytest.importorskip("llvmlite")


def weighted() -> tuple[Any, list[Value]]:
    """A step that adds up products and moves its weights."""
    w = [Value(0.5), Value(-1.5)]

    def step(X: Any, y: Any, rate: Any = 1.0) -> Any:
        loss = sum((w[0] * a + w[1] * b - t) ** 2 for (a, b), t in zip(X, y, strict=True))
        for p in w:
            p.grad = 0.0
        loss.backward()
        for p in w:
            p.data -= rate * p.grad
        return loss

    return step, w


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: [1.0, "a"], "X must hold real numbers, floats or integers, but 'a' among"),
        (lambda: [[1.0, 2.0], [None, 1.0]], "X must hold real numbers.*None among the numbers"),
        (lambda: [1.0, 2j], "X must hold real numbers.*2j among"),
        (lambda: np.array([1j]), "X must hold real numbers.*complex128"),
        (lambda: np.array(["a"]), "X must hold real numbers.*<U1"),
        (lambda: np.array([1.0, None]), r"array of object came\. None is in it"),
        (
            lambda: np.array([[1.0], [2.0, 3.0]], object),
            "different lengths: pass lists, or fill",
        ),
        (lambda: np.array([1.0, 2.0], object), r"Write X\.astype\(float\)"),
        (lambda: np.array(["2020-01-01"], "M8[D]"), "X must hold real numbers.*datetime64"),
    ],
)
def test_wrong_arguments_are_named(make: Callable[[], Any], words: str) -> None:
    """A text, None, a complex number, a ragged array: which argument, what it needs, what came."""
    run = gg.compile(lambda X, y=0.0: X, backend=gg.compiler.Interpreter())
    with pytest.raises(TypeError, match=words):
        run(make())
    with pytest.raises(TypeError, match=words):
        run(y=1.0, X=make())


def test_an_integer_too_large_is_named() -> None:
    """An integer that no float holds names its argument."""
    with pytest.raises(OverflowError, match="argument y holds an integer beyond"):
        gg.compile(lambda x, y: x)(1.0, [10**400])


@pytest.mark.parametrize("args", [([1.0],), ([1.0], 2.0, 3.0, 4.0)])
def test_a_wrong_number_of_arguments(args: tuple[Any, ...]) -> None:
    """Too few or too many arguments say so as Python does, and the function stays usable."""
    step, _ = weighted()
    run = gg.compile(step)
    with pytest.raises(TypeError, match="positional argument"):
        run(*args)
    assert run([[1.0, 1.0]], [0.0]).data == 1.0


def test_every_kind_of_array_is_read_right() -> None:
    """Strides, byte orders, types and scalars of NumPy give what a list of the numbers gives."""
    rng = np.random.default_rng(5)
    big = rng.normal(size=(12, 9))
    w = [Value(x) for x in rng.normal(size=3)]

    def f(X: Any, scale: Any) -> Any:
        return [sum(a * b for a, b in zip(w, x, strict=True)) * scale for x in X]

    run = gg.compile(f)
    forms = [
        big[:6, :3],
        big[::2, ::3],
        big[5::-1, 8:5:-1],
        np.asfortranarray(big[:6, :3]),
        big[:6, :3].astype(">f8"),
        big[:6, :3].astype(np.float32),
        big[:6, :3].astype(np.float16),
        np.arange(18).reshape(6, 3),
        np.arange(18, dtype=np.uint8).reshape(6, 3),
        big[:6, :3] > 0.0,
    ]
    for X in [*forms, *reversed(forms)]:
        for scale in (2.0, 3, np.float64(0.5), np.float32(1.5), np.array(4.0), np.int8(3)):
            wanted = [y.data for y in f(X.astype(float).tolist(), float(scale))]
            assert [y.data for y in run(X, scale)] == pytest.approx(wanted, rel=1e-13)
            X[...] = X[::-1].copy()  # the same array with other numbers in it


def test_an_array_s_shape_may_change_in_place() -> None:
    """The same array object with another shape or type compiles anew."""
    w = Value(2.0)
    run = gg.compile(lambda X: [w * sum(x) for x in X])
    X = np.arange(12.0).reshape(3, 4)
    assert [y.data for y in run(X)] == [12.0, 44.0, 76.0]
    X.shape = (4, 3)
    assert [y.data for y in run(X)] == [6.0, 24.0, 42.0, 60.0]
    assert [y.data for y in run(X.astype(int))] == [6.0, 24.0, 42.0, 60.0]


def test_a_number_that_is_changed_between_calls_is_read_at_each() -> None:
    """A rate that users lower by hand, call after call: a global, an attribute, an element."""

    class Settings:
        scale = 1.0

    settings, rate, rates = Settings(), 1.0, [1.0]
    w = Value(1.0)

    def f(x: Any) -> Any:
        return w * x * settings.scale + rate + rates[0]

    run = gg.compile(f)
    for k in range(12):
        settings.scale, rate, rates[0] = ((k % n + 1.0) * 0.25 for n in (5, 3, 2))
        for _ in range(1 + k // 6):
            assert run(2.0).data == f(2.0).data, k
    assert run.stats["compilations"] <= 4


def test_what_is_exchanged_between_quick_calls_is_seen() -> None:
    """Each way to change what a function reaches is noticed at the very next call."""

    class Net:
        scale = 1.0

        def __init__(self) -> None:
            self.w = [Value(1.0), Value(2.0)]
            self.names: dict[str, Any] = {"a": Value(3.0), "b": Value(4.0)}

    net, extra, table = Net(), Value(5.0), np.array([1.0, 1.0])

    def f(x: Any) -> Any:
        total = sum(net.w) * x + net.names["a"] * table[0] - net.names["b"] * table[1]
        return (total + extra) * net.scale

    run, x = gg.compile(f), np.array(2.0)

    def same() -> None:
        for _ in range(2):
            assert run(x).data == f(2.0).data

    same()
    net.w[1] = Value(7.0)
    same()
    net.w.append(Value(-2.0))
    same()
    net.w.reverse()
    del net.w[0]
    same()
    net.names["a"], net.names["b"] = net.names["b"], net.names["a"]
    same()
    net.names["c"] = net.names.pop("b")
    net.names["b"] = Value(0.25)
    same()
    extra = Value(-1.0)
    same()
    table[1] = 3.0
    same()
    net.scale = 2.0
    same()
    Net.scale = 9.0
    del net.scale
    same()
    net.w = list(net.w)
    same()
    net = Net()
    same()


def test_state_that_a_user_changes_between_calls_counts() -> None:
    """Moments and counts that were set by hand, or by another function, are where a step starts."""
    m, t, w = [0.0, 1.0, 2.0], 0, Value(1.0)

    def f(x: Any) -> Any:
        nonlocal t
        t += 1
        for i in range(3):
            m[i] = 0.5 * m[i] + x
        return w * m[0] * t

    def clear() -> None:
        for i in range(3):
            m[i] = m[i] * 0.0

    run, wipe = gg.compile(f), gg.compile(clear)
    history: list[list[float]] = []
    for call, wiped in ((f, clear), (run, wipe)):
        m[:], t = [0.0, 1.0, 2.0], 0
        seen = []
        for k in range(12):
            seen += [call(1.0 + k).data, *m, float(t)]
            if k == 4:
                m[1] = 17.0
            if k == 6:
                wiped()
            if k == 8:
                t, m[2] = 40, -0.0
        history.append(seen)
    assert history[0] == history[1]
    assert type(t) is int
    assert run.stats["compilations"] <= 2


def test_a_list_of_states_that_two_shapes_of_arguments_share() -> None:
    """Steps on two batch sizes take turns, also where whole numbers and Values come into it."""
    m: list[Any] = [0.0, 1.0, 2.0]

    def step(X: Any) -> Any:
        for i in range(len(m)):
            m[i] = 0.5 * getattr(m[i], "data", m[i]) + sum(X)
        return sum(m)

    run, history = gg.compile(step), []
    for call in (step, run):
        m[:], seen = [0.0, 1.0, 2.0], []
        for k in range(12):
            seen += [call([1.0, 2.0] if k % 2 else [1.0 + k]), *m]
            if k == 3:
                m[0] = 7
            if k == 4:
                m[1] = Value(3.0)
            if k == 5:
                m.append(0.5)
            if k == 8:
                del m[0]
        history.append(seen)
    assert history[0] == history[1]


def test_two_threads_call_one_function() -> None:
    """Each thread gets the results of its own arguments, whatever their shapes."""
    w = [Value(0.5), Value(-0.25)]
    run = gg.compile(lambda X: [(w[0] * x + w[1]).tanh() for x in X])
    wrong: list[Any] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(300):
            X = rng.normal(size=rng.integers(1, 4))
            if not np.allclose([y.data for y in run(X)], np.tanh(0.5 * X - 0.25), rtol=1e-12):
                wrong.append(X)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert (run.stats["calls"], run.stats["compilations"]) == (1200, 3)


def test_threads_train_one_model() -> None:
    """Steps from two threads add up: no update and no count is lost."""
    w, count = Value(0.0), [0.0]

    @gg.compile
    def step(x: Any) -> None:
        w.data = w.data + x
        count[0] += 1.0

    def work() -> None:
        for _ in range(500):
            step(2.0)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (w.data, count) == (2000.0, [1000.0])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_a_forked_process_has_numbers_of_its_own() -> None:
    """A child goes on from where its parent stood; neither sees what the other does then."""
    step, w = weighted()
    run, X, y = gg.compile(step), [[1.0, 2.0], [0.5, -1.0]], [1.0, 0.0]
    run(X, y, 0.1)
    eager, v = weighted()
    eager(X, y, 0.1)
    at_fork = [p.data for p in w]
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        fine = [p.data for p in w] == at_fork
        losses = [run(X, y, 0.1).data for _ in range(3)]
        more = gg.compile(lambda: w[0] * 2.0)().data == 2.0 * w[0].data
        wanted = [eager(X, y, 0.1).data for _ in range(3)]
        fine = fine and more and bool(np.allclose(losses, wanted, rtol=1e-12))
        os.write(write, b"1" if fine else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 1) == b"1"
    assert [p.data for p in w] == at_fork
    assert run(X, y, 0.1).data == pytest.approx(eager(X, y, 0.1).data, rel=1e-12)
    assert [p.data for p in w] == pytest.approx([p.data for p in v], rel=1e-12)
    for end in (read, write):
        os.close(end)


def test_a_hundred_shapes_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many shapes come, code is kept for 64, and memory stops growing."""
    monkeypatch.setattr(llvm, "OPTIMISATION", 0)  # two hundred compilations, in half the time
    w = [Value(0.01 * k) for k in range(3)]
    run = gg.compile(lambda X: sum((a * x).tanh() for x in X for a in w))
    sizes = []
    for turn in range(2):
        for n in range(1, 101):
            x = 0.5 + turn
            wanted = n * sum(np.tanh(0.01 * k * x) for k in range(3))
            assert run(np.full(n, x)).data == pytest.approx(wanted, rel=1e-12)
        gc.collect()
        sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    assert len(run._calls) == 64
    assert sizes[1] < 1.1 * sizes[0]


def test_an_exception_in_the_middle_leaves_nothing_broken() -> None:
    """Whatever a function raises while it is traced, Values, lists and later calls are whole."""
    step, w = weighted()
    moments = [0.0, 0.0]

    def faulty(X: Any, y: Any) -> Any:
        moments[0] += 1.0
        loss = step(X, y)
        if broken:
            raise RuntimeError("in the middle")
        return loss

    broken, run = True, gg.compile(faulty)
    with pytest.raises(RuntimeError, match="in the middle") as caught:
        run([[1.0, 2.0]], [0.5])
    assert "compiled for X" in caught.value.__notes__[0]
    assert [(p.data, p.grad, type(p)) for p in w] == [(0.5, 0.0, Value), (-1.5, 0.0, Value)]
    assert moments == [0.0, 0.0]
    broken = False
    eager, v = weighted()
    for k in range(3):
        assert run([[1.0, 2.0]], [0.5]).data == pytest.approx(eager([[1.0, 2.0]], [0.5]).data)
        assert moments == [k + 1.0, 0.0]
    broken = True
    with pytest.raises(RuntimeError, match="in the middle"):
        run([[1.0, 2.0]], [0.5])
    assert [p.data for p in w] == pytest.approx([p.data for p in v], rel=1e-12)
    assert moments == [3.0, 0.0]
