from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable

import pytest

import glassgrad as gg
from glassgrad.compiler.ir import progress
from glassgrad.compiler.ir.progress import Compilation, quietly, so_far, stage


class Screen(io.StringIO):
    """A standard error that a test can look at from another thread."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        """Tell whether it is a terminal."""
        return self.terminal

    def wait_for(self, text: str) -> None:
        """Go on when the text has come."""
        end = time.monotonic() + 30.0
        while text not in self.getvalue():
            assert time.monotonic() < end, self.getvalue()
            time.sleep(0.01)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Screen]:
    """Have lines come at once."""

    def made(terminal: bool) -> Screen:
        monkeypatch.setattr(progress, "_QUIET", 0.0)
        monkeypatch.setattr(progress, "_PLAIN", 0.02)
        monkeypatch.setattr(progress, "_LIVE", 0.02)
        monkeypatch.setattr(sys, "stderr", Screen(terminal))
        return sys.stderr  # type: ignore[return-value]  # it was put there just now

    return made


def test_a_short_compilation_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """Below two seconds nothing is written, and no thread is left."""
    assert gg.compile(lambda x: x * x)(3.0) == 9.0
    assert capfd.readouterr() == ("", "")
    assert not [t for t in threading.enumerate() if t.name == "glassgrad progress"]


def test_plain_lines_name_what_is_compiled_and_the_stage(screen: Callable[[bool], Screen]) -> None:
    """Where standard error is no terminal, whole lines come, each with how far the stage is."""
    err = screen(False)
    counted = iter(range(10, 10**6))
    with Compilation("step"), stage("roll"):
        err.wait_for("glassgrad: compiling step: roll, 0 s\n")
        so_far(lambda: f"{next(counted)} of 900")
        err.wait_for("roll, 12 of 900, 0 s\n")
    assert "\x1b" not in err.getvalue()


def test_quietly_says_nothing(screen: Callable[[bool], Screen]) -> None:
    """In the block no line comes, however long it takes; the stages are timed all the same."""
    err = screen(False)
    with quietly(), Compilation("step") as compilation, stage("roll"):
        time.sleep(0.05)
    assert err.getvalue() == ""
    assert compilation.milliseconds["roll"] > 0.0


def test_a_terminal_has_one_line_that_goes(screen: Callable[[bool], Screen]) -> None:
    """On a terminal the line is written over, and erased at the end; prints stay untouched."""
    err = screen(True)
    out = sys.stdout
    with Compilation("step"), stage("trace"):
        so_far(lambda: "1,234 operations")
        err.wait_for("compiling step: trace, 1,234 operations")
        assert sys.stdout is out
        assert sys.stderr is err
    assert "\x1b[2K" in err.getvalue().rpartition("operations")[2]


def test_stages_are_timed_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage within another pauses it; one that comes twice is added up."""
    clock = iter([0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0])
    monkeypatch.setattr(progress, "perf_counter", lambda: next(clock))
    with Compilation("step") as compilation:
        with stage("trace"), stage("roll"):  # 1 .. 15, and in it 3 .. 7
            pass
        with stage("roll"):  # 31 .. 63
            pass
    assert compilation.milliseconds == {"trace": 10_000.0, "roll": 36_000.0}


def test_a_function_that_fails_ends_the_line(screen: Callable[[bool], Screen]) -> None:
    """After an exception, Ctrl-C among them, the thread is over and no stage is open."""
    err = screen(False)

    def failing(x: float) -> float:
        err.wait_for("trace, 1 operations")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gg.compile(failing)(1.0)
    assert not [t for t in threading.enumerate() if t.name == "glassgrad progress"]
    with stage("nothing"):
        so_far(lambda: "never asked")
