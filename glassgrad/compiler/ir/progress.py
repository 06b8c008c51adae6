"""How far a compilation is: the time of each stage, and a line on standard error when it is long.

A compilation that takes less than two seconds says nothing. From then on a terminal has a line that
tells the stage and how long it has taken, and loses it at the end; elsewhere a plain line comes now
and then. A thread of its own writes it, so that it comes during a single long call too.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

_QUIET = 2.0  # seconds
_LIVE, _PLAIN = 0.2, 10.0  # seconds between two lines

_current: ContextVar[Compilation | None] = ContextVar("compilation", default=None)
_silent: ContextVar[bool] = ContextVar("silent", default=False)


class Compilation:
    """A compilation under way, for the length of a `with` block.

    Args:
        what: what is compiled, in the user's words.

    Attributes:
        milliseconds: what each stage took, in the order in which they began.
    """

    def __init__(self, what: str) -> None:
        self.milliseconds: dict[str, float] = {}
        self._what = what
        self._stage = "start"
        self._so_far: Callable[[], str] = str
        self._silent = _silent.get()
        self._outer = _current.get()
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._tell, name="glassgrad progress", daemon=True)

    def __enter__(self) -> Compilation:
        self._start = perf_counter()
        _current.set(self)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._watch.join()

    def end(self) -> None:
        """Fall silent. It may be called twice, for Ctrl-C can keep a block from ending."""
        self._over.set()
        _current.set(self._outer)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what the block takes as the time of a stage; one stage may pause another."""
        before = self._stage, self._so_far
        self._stage, self._so_far = name, str
        self.milliseconds.setdefault(name, 0.0)
        start = perf_counter()
        try:
            yield
        finally:
            taken = 1e3 * (perf_counter() - start)
            self.milliseconds[name] += taken
            if before[0] in self.milliseconds:
                self.milliseconds[before[0]] -= taken
            self._stage, self._so_far = before

    def line(self) -> str:
        """What is told now."""
        parts = [self._stage, self._so_far(), f"{perf_counter() - self._start:.0f} s"]
        return f"glassgrad: compiling {self._what}: {', '.join(filter(None, parts))}"

    def _tell(self) -> None:
        if self._silent or self._over.wait(_QUIET):
            return
        if not sys.stderr.isatty():
            print(self.line(), file=sys.stderr, flush=True)
            while not self._over.wait(_PLAIN):
                print(self.line(), file=sys.stderr, flush=True)
            return
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        console = Console(stderr=True)
        # What the traced function prints goes where it would without the line.
        with Live(
            console=console, transient=True, redirect_stdout=False, redirect_stderr=False
        ) as live:
            while not self._over.wait(_LIVE):
                live.update(Text(self.line(), overflow="ellipsis", no_wrap=True))


@contextmanager
def quietly() -> Iterator[None]:
    """Have no compilation in this block tell how far it is."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """A stage of the compilation that this thread is at; nothing where it is at none."""
    compilation = _current.get()
    if compilation is None:
        yield
    else:
        with compilation.stage(name):
            yield


def so_far(text: Callable[[], str]) -> None:
    """Have the line tell how far the present stage is; `text` is called from another thread."""
    compilation = _current.get()
    if compilation is not None:
        compilation._so_far = text
