import copy
import math
import numbers
import queue
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value, modes
from glassgrad.compiler import Interpreter, TraceError
from glassgrad.compiler.ir.graph import NAMES, Graph


def compiled(function: Callable[..., Any]) -> Any:
    """Compile for the interpreter, which computes with the very operations of eager code."""
    return gg.compile(function, backend=Interpreter())


def names(graph: Graph) -> list[str]:
    """Return the name of every node."""
    return [NAMES[op] for op in graph.op]


def outputs(graph: Graph) -> list[tuple[str, int]]:
    """Return the kind and index of every output."""
    return [(out.kind, out.index) for out in graph.outputs]


def test_a_step_is_one_graph() -> None:
    """Each operation is a node with the user's line; gradient and update are outputs."""
    w = Value(0.5)

    def step(x: Any) -> Any:
        loss = w * x
        w.grad = 0.0
        loss.backward()
        w.data -= 0.1 * w.grad
        return loss

    run = compiled(step)
    run(3.0)
    graph = run.graph
    graph.verify()
    assert names(graph) == ["INPUT", "PARAM", "mul", "CONST", "GRAD", "CONST", "mul", "sub"]
    line = step.__code__.co_firstlineno + 1
    assert graph.lines[graph.line[2]] == f"{Path(__file__)}:{line}"
    assert outputs(graph) == [("data", 0), ("grad", 0), ("result", 0)]
    assert (w.data, w.grad) == (0.5 - 0.1 * 3.0, 3.0)


def test_a_network_of_ours_bears_the_line_that_called_it() -> None:
    """Operations inside of glassgrad's own classes are shown at the user's line."""
    model = gg.MLP(2, [3, 1])

    def predict(x: Any) -> Any:
        return model(x)

    run = compiled(predict)
    run([1.0, 2.0])
    where = {run.graph.lines[i] for i in run.graph.line if i >= 0}
    assert where == {f"{Path(__file__)}:{predict.__code__.co_firstlineno + 1}"}


def test_captured_values_are_numbered_as_they_are_kept() -> None:
    """The order of parameters is that of the model's lists, whatever is touched first."""
    w = [Value(float(i)) for i in range(4)]
    run = compiled(lambda x: (w[3] * x + w[1]) * w[2])
    run(1.0)
    trace = run._latest.trace
    assert trace.captured == [w[1], w[2], w[3]]


def test_equal_operations_on_numbers_are_one_node() -> None:
    """0.9 ** t for three parameters stands in the graph once; Values keep each operation."""
    ws = [Value(1.0), Value(2.0), Value(3.0)]

    def step(t: Any) -> Any:
        for w in ws:
            w.data -= 0.9**t
        return [ws[0] * 2.0, ws[0] * 2.0]

    run = compiled(step)
    run(2.0)
    assert names(run.graph).count("pow") == 1
    assert names(run.graph).count("mul") == 2


def test_a_traced_number_says_that_it_is_what_it_stands_for() -> None:
    """Code that asks `isinstance`, or matches, goes the way that it goes with plain numbers."""
    w, kinds = Value(0.5), (float, int, bool, (int, float), numbers.Real, Value, list)

    def asked(x: Any, n: Any, rows: Any) -> Any:
        things = (x, n, rows[0][1], w.data, w.grad, x * 2.0, x > 0.0, abs(x), w * x)
        return [[float(isinstance(thing, kind)) for kind in kinds] for thing in things]

    def matched(x: Any, n: Any) -> Any:
        found = []
        for thing in (x, n, w * x):
            match thing:
                case Value():
                    found.append(thing * 3.0)
                case int():
                    found.append(w * thing)
                case float():
                    found.append(w + thing)
        return found

    given = (1.5, 3, [[0.5, 2.5]])
    assert compiled(asked)(*given) == asked(*given)
    assert [y.data for y in compiled(matched)(1.5, 3)] == [2.0, 1.5, 2.25]


def test_gradients_accumulate_and_clear_like_eager_ones() -> None:
    """Without clearing, with clearing before and after, read in between, and two backwards."""
    w = Value(3.0)

    def keep(x: Any) -> None:
        (w * x).backward()

    def clear_after(x: Any) -> float:
        (w * x).backward()
        seen = w.grad
        w.grad = 0.0
        return seen

    def twice(x: Any) -> Any:
        w.grad = 0.0
        loss = w * w * x
        loss.backward()
        first = w.grad
        loss.backward()
        return first, w.grad, loss.grad

    run = compiled(keep)
    for wanted in (5.0, 10.0, 15.0):
        run(5.0)
        assert w.grad == wanted
    assert (compiled(clear_after)(2.0), w.grad) == (17.0, 0.0)
    assert compiled(twice)(1.0) == (6.0, 12.0, 1.0)


def test_an_updated_parameter_is_another_number() -> None:
    """After `w.data = ...` operations use the new number, and a backward gives both shares."""
    w = Value(2.0)

    def step(x: Any) -> Any:
        before = w * x
        w.data = w.data * 10.0
        after = w * x
        w.grad = 0.0
        after.backward()
        return before, after

    before, after = compiled(step)(3.0)
    assert (before.data, after.data, w.data, w.grad) == (6.0, 60.0, 20.0, 3.0)


def test_backward_through_a_number_since_replaced_is_refused() -> None:
    """Eager slopes would be those of the new data; the message says to call backward before."""
    w = Value(2.0)

    def step(x: Any) -> Any:
        loss = w * w * x
        w.data = 5.0
        loss.backward()

    with pytest.raises(TraceError, match=r"backward\(\) at .*test_trace.py:\d+ .* before"):
        compiled(step)(3.0)


def test_values_made_inside_are_leaves_of_one_call() -> None:
    """A Value of an input or a constant has a gradient, which starts at 0 in every call."""
    w = Value(2.0)

    def step(x: Any) -> Any:
        a, b = Value(x), Value(4.0)
        (a * b * w).backward()
        return a.grad, b.grad, a.data

    run = compiled(step)
    assert run(3.0) == (8.0, 6.0, 3.0)
    assert run(5.0) == (8.0, 10.0, 5.0)
    assert w.grad == 12.0 + 20.0


def test_detach_and_no_grad_stop_gradients() -> None:
    """The product w * detach(w) has the slope w, and nothing flows back from inside of no_grad."""
    w = Value(3.0)

    def step() -> Any:
        with gg.no_grad():
            frozen = w * w
        (w * w.detach() + frozen * w).backward()

    compiled(step)()
    assert w.grad == 3.0 + 9.0


def test_a_plain_number_lets_no_gradient_through() -> None:
    """The slope of w * w.data * 2 is 2 * w.data: the number in `data` is no way back to w."""
    w = Value(3.0)

    def step(x: Any) -> Any:
        inner = w * x
        loss = w * w.data * 2.0 + w * inner.data
        loss.backward()
        return loss

    assert compiled(step)(5.0).data == 18.0 + 45.0
    assert w.grad == 6.0 + 15.0


def test_comparisons_count_and_choose() -> None:
    """A comparison adds up, averages, combines with & and |, and chooses in gg.where."""
    w = Value(1.0)

    def step(xs: Any, ys: Any) -> Any:
        scores = [w * x for x in xs]
        right = [(s > 0) == (y > 0) for s, y in zip(scores, ys, strict=True)]
        both = [(s > 0) & (y > 0) for s, y in zip(scores, ys, strict=True)]
        one = [(s > 0) | (y > 0) for s, y in zip(scores, ys, strict=True)]
        chosen = [gg.where(s < 0, -s, 2 * s) for s in scores]
        return sum(right) / len(right), sum(both), sum(one), chosen, scores[0] >= 1

    xs, ys = [1.0, -2.0, 3.0, -4.0], [1.0, 1.0, -1.0, -1.0]
    accuracy, both, one, chosen, at_least = compiled(step)(xs, ys)
    assert (accuracy, both, one, at_least) == (0.5, 1.0, 3.0, True)
    assert [v.data for v in chosen] == [2.0, 2.0, 6.0, 4.0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda v: 1 if v > 0 else 0, "gg.where"),
        (lambda v: 1 if v else 0, "gg.where"),
        (lambda v: max(v, 0.5), "gg.maximum"),
        (lambda v: sorted([v, v * 2]), "decision"),
        (lambda v: v.data > 0 and 1, "`&`"),
        (lambda v: float(v), "gg.exp"),
        (lambda v: math.exp(v.data), "gg.exp"),
        (lambda v: int(v.data), "outside of the function"),
        (lambda v: [1, 2][v.data], "only integers among the arguments"),
        (lambda v: list(range(v.data)), "only integers among the arguments"),
        (lambda v: {v.data: 1}, "key of a dict"),
        (lambda v: v.data % 2, "operations of glassgrad"),
        (lambda v: round(v.data), "operations of glassgrad"),
        (lambda v: Value(0.5, (v,), "mine"), "gg.primitive"),
        (lambda v: setattr(v, "data", 3.0), "only leaves"),
    ],
)
def test_what_needs_a_number_is_refused(body: Callable[[Any], Any], words: str) -> None:
    """The error names the user's file and line, and what to write instead."""
    w = Value(1.5)
    with pytest.raises(TraceError, match=f"test_trace.py:{body.__code__.co_firstlineno}") as caught:
        compiled(lambda x: body(w * x))(2.0)
    assert words in str(caught.value)
    assert type(w) is Value


def test_values_computed_outside_are_refused() -> None:
    """A graph that was begun before the call cannot be continued inside."""
    v = Value(2.0) * 3.0
    with pytest.raises(TraceError, match="computed outside"):
        compiled(lambda x: v * x)(1.0)


def test_an_error_leaves_nothing_behind() -> None:
    """When the function raises, data, grad, classes, lists and attributes are as before."""
    w = Value(1.0)
    moments = [0.5]

    def step(x: Any) -> Any:
        moments[0] = moments[0] * 0.9
        w.data -= x
        w.grad = x
        (w * x).backward()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        compiled(step)(2.0)
    assert "compiled for x of the shape ()" in caught.value.__notes__[0]
    assert (w.data, w.grad, type(w), moments) == (1.0, 0.0, Value, [0.5])
    assert (w * 2.0).data == 2.0
    assert modes.active == 0


def test_what_leaks_from_a_trace_says_so() -> None:
    """A number kept in a place that is not looked at cannot be used afterwards."""
    w, kept = Value(2.0), queue.SimpleQueue[Any]()

    def step(x: Any) -> Any:
        kept.put(w * x)
        return x

    run = compiled(step)
    run(1.0)
    with pytest.raises(TraceError, match="kept from inside"):
        _ = kept.get() + 1.0


def test_other_threads_compute_meanwhile() -> None:
    """Eager work of another thread on the same parameter is right all through the traces."""
    w = Value(0.5)
    stop, wrong = threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            a = Value(2.0)
            y = (a * w + w.tanh() * a) / 2.0
            y.backward()
            slope = (0.5 + math.tanh(0.5)) / 2.0
            if type(y) is not Value or a.grad != slope or w.data != 0.5:
                wrong.append(y)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(20):
            run = compiled(lambda x: sum((w * x).tanh() * i for i in range(200)))
            assert run(1.0).data == pytest.approx(math.tanh(0.5) * 19900)
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
    assert wrong == []
    assert type(w) is Value


class Moments:
    """An optimiser as a user writes one: lists, a count, a dict that is filled on the way."""

    __slots__ = ("by_parameter", "m", "t")

    def __init__(self, n: int) -> None:
        self.m = [0.0] * n
        self.t = 0
        self.by_parameter: dict[Value, float] = {}

    def step(self, ws: list[Value]) -> None:
        """Move each parameter by a mixture of all that is kept."""
        self.t += 1
        self.m = [0.5 * m + w.grad for m, w in zip(self.m, ws, strict=True)]
        for w, m in zip(ws, self.m, strict=True):
            if w not in self.by_parameter:
                self.by_parameter[w] = 0.0
            self.by_parameter[w] = self.by_parameter[w] + 1.0
            w.data -= 0.1 * m / (1.0 - 0.9**self.t) + 0.01 * self.by_parameter[w]


def test_state_is_found_by_mutation() -> None:
    """Lists, slots, counts, nonlocal numbers and lazily filled dicts go on as in eager code."""

    def made() -> tuple[Callable[..., Any], list[Value], Moments, Callable[[], float]]:
        ws, kept, mean = [Value(0.5), Value(-1.0)], Moments(2), 0.0

        def step(x: Any) -> Any:
            nonlocal mean
            loss = (ws[0] * x + ws[1]) ** 2
            for w in ws:
                w.grad = 0.0
            loss.backward()
            kept.step(ws)
            mean = 0.9 * mean + 0.1 * loss.data
            return loss

        return step, ws, kept, lambda: mean

    eager, ws, kept, mean = made()
    step, ws2, kept2, mean2 = made()
    run = compiled(step)
    for k in range(6):
        assert run(0.3 * k).data == eager(0.3 * k).data
        assert [w.data for w in ws2] == [w.data for w in ws]
        assert (kept2.m, kept2.t, mean2()) == (kept.m, kept.t, mean())
        assert type(kept2.t) is int
        assert list(kept2.by_parameter.values()) == list(kept.by_parameter.values())
    assert run.stats["compilations"] == 2  # once more when the dict has been filled


def test_state_that_is_written_on_values() -> None:
    """Momentum kept as an attribute of each parameter, from the first call on, is state."""

    def made() -> tuple[Callable[..., Any], list[Any]]:
        ws: list[Any] = [Value(0.5, label="slope"), Value(-1.0)]

        def step(x: Any) -> Any:
            loss = (ws[0] * x + ws[1]) ** 2
            for w in ws:
                w.grad = 0.0
            loss.backward()
            for w in ws:
                w.momentum = 0.9 * getattr(w, "momentum", 0.0) + w.grad
                w.data -= 0.01 * w.momentum
            return loss

        return step, ws

    (eager, ws), (step, ws2) = made(), made()
    run = compiled(step)
    for k in range(5):
        assert run(0.3 * k).data == eager(0.3 * k).data
        assert [(w.data, w.momentum) for w in ws2] == [(w.data, w.momentum) for w in ws]
    assert ws2[0].label == "slope"
    assert run.stats["compilations"] == 2


def test_state_in_values() -> None:
    """A hidden Value that is replaced by a detached one is state; what is only kept is written."""

    class Net:
        def __init__(self) -> None:
            self.w, self.h, self.last = Value(0.5), Value(0.0), None

        def __call__(self, x: Any) -> Any:
            h = (self.w * x + self.h).tanh()
            self.h, self.last = h.detach(), h
            return h

    eager, net = Net(), Net()
    run = compiled(net)
    for x in (1.0, 2.0, -0.5):
        assert run(x).data == eager(x).data
        assert net.h.data == eager.h.data
        assert net.last.data == eager.last.data


def test_a_graph_that_goes_on_to_the_next_call_is_refused() -> None:
    """Gradients into an earlier call would be lost in silence: the message says detach."""
    kept = [Value(0.0)]
    w = Value(0.5)

    def step(x: Any) -> Any:
        kept[0] = (kept[0] + w * x).tanh()
        return kept[0]

    with pytest.raises(TraceError, match=r"detach"):
        compiled(step)(1.0)


def test_a_list_that_grows_is_refused() -> None:
    """Appending inside of a compiled function would append at the first call only."""
    losses: list[float] = []
    with pytest.raises(TraceError, match="append it outside"):
        compiled(lambda x: losses.append(x))(1.0)
    assert losses == []


def test_copies_of_values() -> None:
    """Both copy and deepcopy of a Value inside give a leaf with its number."""
    w = Value(2.0)

    def step(x: Any) -> Any:
        a, b = copy.copy(w), copy.deepcopy([w])[0]
        (a * b * x).backward()
        return a.grad, b.grad, w.grad

    assert compiled(step)(3.0) == (6.0, 6.0, 0.0)


def test_printing_inside_shows_a_stand_in(capsys: pytest.CaptureFixture[str]) -> None:
    """A formatted loss prints once, at the trace, and does not stop it."""
    w = Value(2.0)

    def step(x: Any) -> Any:
        loss = w * x
        print(f"{loss.data:.4f} {loss} {w:.3f}")
        return loss

    run = compiled(step)
    assert (run(3.0).data, run(4.0).data) == (6.0, 8.0)
    assert capsys.readouterr().out.count("traced") == 3


def test_numpy_arrays_of_values_and_inputs() -> None:
    """Arrays come as arrays: slices, sums and matrix products of them trace."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(5, 3)), rng.integers(0, 2, size=5)

    def made() -> tuple[Callable[..., Any], Any]:
        w = np.array([Value(0.1 * i) for i in range(3)])

        def step(X: Any, y: Any) -> Any:
            z = np.tanh(X @ w) - y
            loss = (z * z).sum() / len(y)
            loss.backward()
            return loss, z, X[:, 0] * 2 / X.std(axis=0)[0]

        return step, w

    eager, w = made()
    step, w2 = made()
    (loss, z, double), (loss2, z2, double2) = eager(X, y), compiled(step)(X, y)
    assert loss2.data == loss.data
    assert [v.data for v in z2] == [v.data for v in z]
    assert double2.dtype == float
    np.testing.assert_allclose(double2, double, rtol=1e-15)
    assert [v.grad for v in w2] == [v.grad for v in w]


def test_random_order_of_touching_does_not_matter() -> None:
    """Reading gradients and data in any order, before and after, gives eager's numbers."""
    for seed in range(20):
        results = []
        for compile_it in (False, True):
            ws = [Value(0.3 * i - 0.5) for i in range(4)]
            order = random.Random(seed)
            moves = [(order.choice(ws), order.choice(ws), order.randrange(6)) for _ in range(25)]

            def step(x: Any, moves: list[tuple[Value, Value, int]] = moves) -> Any:
                noted = []
                for w, other, kind in moves:
                    if kind == 0:
                        w.grad = 0.0
                    elif kind == 1:
                        (w * other * x + w).tanh().backward()
                    elif kind == 2:
                        w.data = w.data - 0.1 * other.grad
                    elif kind == 3:
                        noted.append(w.grad * 2.0)
                    elif kind == 4:
                        noted.append(w * other)
                    else:
                        w.grad += other.data
                return noted

            run = compiled(step) if compile_it else step
            noted = [v.data if isinstance(v, Value) else v for v in run(0.7)]
            results.append([*noted, *(w.data for w in ws), *(w.grad for w in ws)])
        assert results[1] == pytest.approx(results[0], rel=1e-13), seed


def test_a_module_without_a_file() -> None:
    """A function may name a module that is built into Python, which has no `__file__`."""
    assert not hasattr(time, "__file__")
    assert compiled(lambda x: (time.monotonic() > 0.0) * x + x)(1.5) == 3.0
