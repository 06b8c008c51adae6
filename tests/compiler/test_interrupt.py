import linecache
import random
import sys
import threading
from types import FrameType
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value, modes

_FINALISERS = ("died", "give_back")  # Python swallows what these raise


class CtrlC:
    """Presses Ctrl-C at the `count`-th line that glassgrad's tracing runs."""

    def __init__(self, count: int) -> None:
        self.left = count

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        """Count a line."""
        file, name = frame.f_code.co_filename.replace("\\", "/"), frame.f_code.co_name
        if "/glassgrad/" not in file or name in _FINALISERS:
            return None
        if _leaves_a_lock(frame):  # where Python itself never stops for Ctrl-C
            return self
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
        return self


def _leaves_a_lock(frame: FrameType) -> bool:
    """Whether the line is a `with` of a lock, which is run once more when its block ends."""
    return "lock:" in linecache.getline(frame.f_code.co_filename, frame.f_lineno)


def step_of(parameters: list[Value], kept: list[float]) -> Any:
    """A step with state, that clears, descends and counts."""

    def step(x: Any, y: Any) -> Any:
        loss = sum((p * xi - y).tanh() for p, xi in zip(parameters, x, strict=True))
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad
        kept[0] += 1.0
        return loss

    return step


def test_ctrl_c_at_any_line_while_compiling_leaves_everything_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Values, gradients and state are as before, no trace is open, and the next call is right."""
    monkeypatch.setattr(modes, "active", modes.active)  # Ctrl-C may leave it higher than need be
    rng = random.Random(5)
    numbers = [0.3, -0.7, 1.1]
    x, y = [0.5, -1.5, 2.5], 0.25
    expected, counted = [Value(a) for a in numbers], [0.0]
    loss = step_of(expected, counted)(x, y).data
    gg.compile(step_of([Value(a) for a in numbers], [0.0]))(x, y)  # its code is kept from here on
    pressed, count = 0, 1
    while True:
        parameters, kept = [Value(a) for a in numbers], [0.0]
        run = gg.compile(step_of(parameters, kept))
        before = sys.gettrace()
        sys.settrace(CtrlC(count))
        try:
            run(x, y)
        except KeyboardInterrupt:
            pressed += 1
        else:
            break  # it came to the end before the line was reached
        finally:
            sys.settrace(before)
        assert modes.tape() is None
        assert all(isinstance(p.data, float) and isinstance(p.grad, float) for p in parameters)
        if parameters[0].data == numbers[0]:  # before the code ran
            assert [p.data for p in parameters] == numbers
            assert [p.grad for p in parameters] == [0.0] * 3
            assert kept == [0.0]
            assert run(x, y).data == pytest.approx(loss, rel=1e-14)
            assert kept == [1.0]
        assert [p.data for p in parameters] == pytest.approx([p.data for p in expected])
        assert (parameters[0] * 2.0).data == 2.0 * parameters[0].data
        count += rng.randrange(1, 40)
    assert pressed > 50
    for thread in threading.enumerate():
        if thread.name == "glassgrad progress":
            thread.join(1.0)  # it has been told to end
            assert not thread.is_alive()
