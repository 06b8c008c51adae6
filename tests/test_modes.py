import asyncio
import inspect
import math
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value, modes


def here(offset: int = 0) -> str:
    """The caller's `file:line`, some lines further down."""
    frame = inspect.currentframe().f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno + offset}"


def test_no_mode_is_on_by_itself() -> None:
    """Outside of all blocks the modes cost one look at a zero."""
    assert modes.active == 0
    assert modes.recording()
    assert not modes.watching()


# no_grad and enable_grad.


def test_no_grad_keeps_no_graph() -> None:
    """Inside of no_grad every operation gives a leaf with the right number."""
    a, b = Value(3.0), Value(2.0)
    with gg.no_grad():
        made = [a * b, a**2, 1 - a, gg.tanh(a), a.clip(0, 1), gg.where(a > b, a, b), sum([a, b])]
    expected = [6.0, 9.0, -2.0, math.tanh(3.0), 1.0, 3.0, 5.0]
    assert [y.data for y in made] == expected
    assert all(y._prev == () and y._op == "" for y in made)
    made[0].backward()
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_no_grad_ends() -> None:
    """After the block, and after an exception that left it, graphs are kept again."""
    a = Value(3.0)
    with pytest.raises(ZeroDivisionError), gg.no_grad():
        1 / 0  # noqa: B018 - raises, which is the point
    assert modes.active == 0
    (a * a).backward()
    assert a.grad == 6.0


def test_backward_inside_of_no_grad() -> None:
    """A graph made before the block runs backward inside of it."""
    a = Value(3.0)
    y = a * a
    with gg.no_grad():
        y.backward()
    assert a.grad == 6.0


def test_nesting() -> None:
    """Blocks nest: enable_grad keeps the graph inside of no_grad, and no_grad comes back after."""
    a = Value(3.0)
    with gg.no_grad():
        with modes.enable_grad():
            kept = a * 2
        dropped = a * 2
    assert len(kept._prev) == 2
    assert dropped._prev == ()
    with gg.no_grad(), gg.no_grad():
        assert modes.active == 2
    assert modes.active == 0


# detect_anomaly on the way forward.


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (lambda x: x / 0, r"x=2\.0 / 0\.0 is inf"),
        (lambda x: (x - 4).log(), r"log\(-2\.0\) is nan"),
        (lambda x: (x * 1000).exp(), r"exp\(2000\.0\) is inf"),
        (lambda x: x * math.inf, r"x=2\.0 \* inf is inf"),
        (lambda x: gg.clip(x, math.nan, 3), r"clip\(x=2\.0, nan, 3\.0\) is nan"),
        (lambda x: 1 / (x - 2), r"1\.0 / 0\.0 is inf"),
        (lambda x: (-x) ** 0.5, r"-2\.0 \*\* 0\.5 is nan"),
    ],
)
def test_forward_anomaly(operation: Callable[[Value], Value], says: str) -> None:
    """The first number that is not finite raises: operation, labels, inputs, file and line."""
    x = Value(2.0, label="x")
    line = inspect.getsourcelines(operation)[1]
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError) as caught:
        operation(x)
    assert re.fullmatch(rf"{says}, at .*test_modes\.py:{line}\.", str(caught.value))


def test_forward_anomaly_inside_of_the_library() -> None:
    """The line is the user's own, also where a function of the library did the operation."""
    xs = [Value(1e308), Value(1e308)]
    with gg.detect_anomaly():
        line = here(2)
        with pytest.raises(gg.AnomalyError, match=r"1e\+308 \+ 1e\+308 is inf") as caught:
            gg.mean(xs)
        assert str(caught.value).endswith(f", at {line}.")
        line = here(2)
        with pytest.raises(gg.AnomalyError, match=r"log\(0\.0\) is -inf") as caught:
            gg.log(Value(0.0))
        assert str(caught.value).endswith(f", at {line}.")


def test_leaves_are_not_judged() -> None:
    """An infinite leaf is the user's own doing; what is computed from it is watched."""
    with gg.detect_anomaly():
        x = Value(math.inf)
        with pytest.raises(gg.AnomalyError, match="-inf is -inf"):
            x.neg()
        assert (1 / x).data == 0.0


def test_nothing_raises_without_the_mode() -> None:
    """Outside of the block IEEE numbers flow."""
    assert (Value(1.0) / 0).data == math.inf
    assert math.isnan(Value(-1.0).log().data)


def test_lines_alone_are_kept_without_stopping() -> None:
    """With stop=False each node keeps its line, and a nan goes on to its gradients."""
    x = gg.Value(-1.0)
    with gg.detect_anomaly(stop=False):
        y = x.log() * 2.0
        y.backward()
    assert math.isnan(y.data)
    assert y.line.startswith(__file__)
    assert x.grad == -2.0


# detect_anomaly on the way back.


def test_backward_anomaly() -> None:
    """A gradient that is not finite raises: the node, its operation, the line that made it."""
    x = Value(0.0, label="x")
    with gg.detect_anomaly():
        line = here(1)
        root = x.sqrt()
        end = root * 3
        with pytest.raises(gg.AnomalyError) as caught:
            end.backward()
    assert str(caught.value) == (
        "The gradient of Value(data=0.0, grad=inf, label='x') became inf on the way back through "
        f"sqrt(x=0.0) at {line}, whose own gradient is 3.0."
    )


def test_backward_anomaly_of_a_graph_made_before() -> None:
    """A graph made outside of the block is watched on its way back, without line."""
    end = Value(0.0).sqrt()
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError) as caught:
        end.backward()
    assert "sqrt(0.0), whose own gradient is 1.0." in str(caught.value)


def test_backward_anomaly_in_a_closure() -> None:
    """A student's closure that makes a nan is named by its operation."""
    x = Value(1.0)
    out = Value(1.0, (x,), "odd")

    def _backward() -> None:
        x.grad += math.nan * out.grad

    out._backward = _backward
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError, match="through the hand-made 'odd'"):
        (out * 2).backward()


def test_no_false_alarm_on_the_way_back() -> None:
    """An infinite slope that nothing flows through, or along a plain number, is no anomaly."""
    x, negative = Value(0.0), Value(-3.0)
    with gg.detect_anomaly():
        (gg.where(0.0, x.sqrt(), x * 2) + negative**2 + x**0).backward()
    assert (x.grad, negative.grad) == (2.0, -6.0)


def test_watched_gradients_are_the_same() -> None:
    """Watching changes no bit of a gradient."""

    def gradients(watched: bool) -> list[float]:
        x, y = Value(0.3), Value(-1.7)
        end = (x * y).tanh() + gg.maximum(x, y) / (x**2 + y.exp())
        with gg.detect_anomaly() if watched else gg.no_grad():
            end.backward()
        return [x.grad, y.grad]

    assert gradients(True) == gradients(False)


def test_line_of_a_node() -> None:
    """Under the mode each node knows the line that made it; else there is none."""
    x = Value(2.0)
    with gg.detect_anomaly():
        line = here(1)
        y = x * x
    assert y.line == line
    assert (x.line, (x * x).line) == ("", "")


def test_both_modes_together() -> None:
    """Inside of no_grad numbers are watched too."""
    with gg.no_grad(), gg.detect_anomaly(), pytest.raises(gg.AnomalyError, match="log"):
        Value(-1.0).log()


# Threads and tasks.


def in_thread(work: Callable[[], Any]) -> Any:
    """What `work` returns in a thread of its own."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_modes_hold_for_one_thread() -> None:
    """Neither mode reaches into a thread started inside of its block."""
    a = Value(3.0)

    def work() -> Any:
        y = a * 2
        return y._prev[0] is a, (a / 0).data, y.line

    with gg.no_grad():
        assert in_thread(work) == (True, math.inf, "")
    with gg.detect_anomaly():
        assert in_thread(work) == (True, math.inf, "")


def test_modes_of_another_thread() -> None:
    """While one thread is inside of a block, another keeps its graphs, and back again."""
    inside, finish = threading.Event(), threading.Event()
    made: list[Value] = []
    a = Value(3.0)

    def work() -> None:
        with gg.no_grad():
            inside.set()
            finish.wait(10)
            made.append(a * 2)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    y = a * 2
    finish.set()
    thread.join()
    assert len(y._prev) == 2
    assert made[0]._prev == ()
    assert modes.active == 0


def test_modes_of_many_threads() -> None:
    """Blocks opened and closed in many threads at once leave nothing on."""
    a = Value(1.0)
    wrong: list[Value] = []

    def work(drop: bool) -> None:
        for _ in range(300):
            if drop:
                with gg.no_grad():
                    wrong.extend(y for y in [a + 1] if y._prev)
            else:
                wrong.extend(y for y in [a + 1] if not y._prev)

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert modes.active == 0


def test_modes_hold_for_one_task() -> None:
    """A block in one asyncio task does not hold in another that runs meanwhile."""
    a = Value(3.0)
    kept: dict[str, int] = {}

    async def dropping(entered: asyncio.Event, other_done: asyncio.Event) -> None:
        with gg.no_grad():
            entered.set()
            await other_done.wait()
            kept["dropping"] = len((a * 2)._prev)

    async def keeping(entered: asyncio.Event, other_done: asyncio.Event) -> None:
        await entered.wait()
        kept["keeping"] = len((a * 2)._prev)
        other_done.set()

    async def both() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(dropping(*events), keeping(*events))

    asyncio.run(both())
    assert kept == {"dropping": 0, "keeping": 2}


def test_user_line_under_the_command_line() -> None:
    """With the user's file on the way it is that; in the program, glassgrad's use of the engine."""
    package = modes.__file__.removesuffix("modes.py")

    def placed(where: str, call: Callable[[], str]) -> Callable[[], str]:
        """A function of a file, that calls from its third line."""
        made: dict[str, Any] = {"call": call}
        exec(compile("def f():\n\n    return call()", where, "exec"), made)
        function: Callable[[], str] = made["f"]
        return function

    engine = placed(f"{package}value.py", modes.user_line)
    training = placed(f"{package}training/run.py", engine)
    lesson = placed("lesson.py", engine)
    command = f"{package}cli/train.py"
    assert placed(command, training)() == f"{package}training/run.py:3"
    assert placed(command, lesson)() == "lesson.py:3"
    assert placed("lesson.py", training)() == "lesson.py:3"
