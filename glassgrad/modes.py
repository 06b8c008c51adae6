"""How operations are watched or left unrecorded, for the length of a `with` block.

The modes hold for the current thread (and asyncio task) only. While no mode is on anywhere, an
operation pays for them with one look at the global `active`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any

active = 0  # blocks now open, in all threads together
_lock = threading.Lock()
_recording: ContextVar[bool] = ContextVar("recording", default=True)
_watching: ContextVar[str] = ContextVar("watching", default="")
_tape: ContextVar[Any] = ContextVar("tape", default=None)
_PACKAGE = __file__.removesuffix("modes.py")
_ENGINE = tuple(_PACKAGE + name for name in ("ops", "value.py", "backward.py", "modes.py"))
PROGRAMS = (_PACKAGE + "cli", _PACKAGE + "explore")


class AnomalyError(ArithmeticError):
    """A number stopped being finite under `detect_anomaly`; the message says where it began."""


def recording() -> bool:
    """Whether operations keep their parents, as they do outside of `no_grad`."""
    return _recording.get()


def watching() -> str:
    """What `detect_anomaly` watches, where it is on: "numbers", or the "lines" alone; else ""."""
    return _watching.get()


def tape() -> Any:
    """What the compiler writes operations down on while it traces a function; else None."""
    found = _tape.get()
    return None if found is None or found.closed else found


@contextmanager
def _mode(variable: ContextVar[Any], setting: Any) -> Iterator[None]:
    global active
    with _lock:
        active += 1  # too high a number, should Ctrl-C come right here, costs only time
    token = variable.set(setting)
    try:
        yield
    finally:
        variable.reset(token)
        with _lock:
            active -= 1


def no_grad() -> AbstractContextManager[None]:
    """Compute without keeping the graph: results are leaves, and nothing flows back from them.

    >>> import glassgrad as gg
    >>> a = gg.Value(3.0)
    >>> with gg.no_grad():
    ...     b = a * a
    >>> b.data, b._prev
    (9.0, ())
    """
    return _mode(_recording, False)


def enable_grad() -> AbstractContextManager[None]:
    """Keep the graph even inside of `no_grad`."""
    return _mode(_recording, True)


def tracing(tape: Any) -> AbstractContextManager[None]:
    """Have `tape` adopt every Value that is made, and bind every operation."""
    return _mode(_tape, tape)


def detect_anomaly(*, stop: bool = True) -> AbstractContextManager[None]:
    """Raise at the first number or gradient that is not finite, and say where it began.

    Each node keeps the line of the user's that made it, `Value.line`.

    Args:
        stop: False keeps the lines alone and raises nothing.

    Raises (inside the block):
        AnomalyError: names the operation, its inputs and the user's source line.

    >>> import glassgrad as gg
    >>> with gg.detect_anomaly():
    ...     gg.Value(-1.0).log()
    Traceback (most recent call last):
    ...
    glassgrad.modes.AnomalyError: log(-1.0) is nan...
    """
    return _mode(_watching, "numbers" if stop else "lines")


def user_line() -> str:
    """The innermost line outside of glassgrad on the way here, as `file:line`.

    Where glassgrad runs as a program there is none, and the line is its own that uses the engine.
    """
    frame: FrameType | None = sys._getframe(1)
    own = ""
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        name = frame.f_code.co_filename
        if not own and not name.startswith(_ENGINE):
            own = f"{name}:{frame.f_lineno}"
        if name.startswith(PROGRAMS):
            return own
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else own
