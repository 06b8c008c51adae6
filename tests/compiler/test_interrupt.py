import linecache
import random
import sys
import threading
from functools import cache
from types import CodeType, FrameType
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value, modes

_FINALISERS = ("died", "give_back")  # Python swallows what these raise


class CtrlC:
    """Presses Ctrl-C at the `count`-th line of glassgrad that a call runs; notes all to there."""

    def __init__(self, count: int = 0) -> None:
        self.count = count
        self.lines: list[tuple[str, int]] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        """Count a line."""
        if not _is_watched(frame.f_code):
            return None
        if _leaves_a_lock(frame.f_code.co_filename, frame.f_lineno):
            return self  # Python itself never stops there for Ctrl-C
        if event == "line":
            self.lines.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.lines) == self.count:
                raise KeyboardInterrupt
        return self


@cache
def _is_watched(code: CodeType) -> bool:
    """Whether it is glassgrad's, and no finaliser."""
    return "/glassgrad/" in code.co_filename.replace("\\", "/") and code.co_name not in _FINALISERS


@cache
def _leaves_a_lock(file: str, line: int) -> bool:
    """Whether the line is a `with` of a lock, which is run once more when its block ends."""
    return "lock:" in linecache.getline(file, line)


def moments(lines: list[tuple[str, int]], rng: random.Random) -> list[int]:
    """For every fifth line that is there, one of the times when it is run."""
    times: dict[tuple[str, int], list[int]] = {}
    for count, line in enumerate(lines, 1):
        times.setdefault(line, []).append(count)
    return [rng.choice(times[line]) for line in list(times)[::5]]


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
    numbers = [0.3, -0.7, 1.1]
    x, y = [0.5, -1.5, 2.5], 0.25
    expected, counted = [Value(a) for a in numbers], [0.0]
    loss = step_of(expected, counted)(x, y).data

    def called_under(watch: CtrlC) -> tuple[Any, list[Value], list[float]]:
        parameters, kept = [Value(a) for a in numbers], [0.0]
        run = gg.compile(step_of(parameters, kept))
        before = sys.gettrace()
        sys.settrace(watch)
        try:
            run(x, y)
        except KeyboardInterrupt:
            assert watch.count == len(watch.lines)
        finally:
            sys.settrace(before)
        return run, parameters, kept

    called_under(CtrlC())  # its code is kept from here on
    whole, pressed = CtrlC(), 0
    called_under(whole)
    for count in moments(whole.lines, random.Random(5)):
        watch = CtrlC(count)
        run, parameters, kept = called_under(watch)
        pressed += len(watch.lines) == count
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
    assert pressed > 100
    for thread in threading.enumerate():
        if thread.name == "glassgrad progress":
            thread.join(1.0)  # it has been told to end
            assert not thread.is_alive()
