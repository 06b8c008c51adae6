"""Native code for a branch of time, made in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .dataset import Dataset
from .engine import Engine
from .messages.training import Configuration

_KEPT = 4  # engines, for the way back to where they were used
_CALM = 1.0  # seconds at most that it waits for the first picture, which comes first


class Compiling:
    """Makes compiled engines, one at a time and the latest wish first.

    Args:
        done: takes what an engine was wanted for, and the engine.
    """

    def __init__(self, done: Callable[[object, Engine], None]) -> None:
        self._done = done
        self._lock = threading.Lock()
        self._wish: tuple[object, Callable[[], Engine]] | None = None
        self._latest: object = None
        self._is_making = self._is_working = False
        self._engines: list[Engine] = []
        self._begun = threading.Event()

    def begin(self) -> None:
        """Take down that there is a picture to look at, so that it is time to compile."""
        self._begun.set()

    @property
    def is_busy(self) -> bool:
        """Whether something is being compiled."""
        return self._is_making or self._wish is not None

    def settle(self) -> None:
        """Take down that what was made is in use, or was given up."""
        self._is_making = False

    def want(self, branch: object, make: Callable[[], Engine]) -> None:
        """Make an engine, in the place of what was wanted before and has not begun."""
        with self._lock:
            if branch is self._latest:
                return
            self._wish, self._latest = (branch, make), branch
            if not self._is_working:
                self._is_working = True
                threading.Thread(target=self._work, daemon=True).start()

    def ready(self, configuration: Configuration, data: Dataset) -> Engine | None:
        """Return the engine that was made for this, if there is one."""
        with self._lock:
            found = [engine for engine in self._engines if engine.fits(configuration, data)]
        return found[-1] if found else None

    def _work(self) -> None:
        self._begun.wait(_CALM)
        from ..compiler.ir.progress import quietly

        while True:
            with self._lock:
                wish, self._wish = self._wish, None
                self._is_making = self._is_working = wish is not None
            if wish is None:
                return
            branch, make = wish
            engine = make()
            with quietly():
                engine.warm_up()
            with self._lock:
                if engine.is_compiled:
                    self._engines = [*self._engines[1 - _KEPT :], engine]
            self._done(branch, engine)
