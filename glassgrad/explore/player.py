"""Steps in the background, at the speed that is asked for, between which others get their turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SLICE = 0.008  # seconds of steps in a row; others wait for no longer
_MANY = 1000  # steps in one go at most
_FRAME = 1 / 32  # seconds between frames, at least
_AHEAD = 2  # frames on their way at most: one is computed while the page draws the other
_LOST = 1.0  # seconds after which a frame that no page said it has drawn counts as drawn


class Player:
    """Trains on until it is stopped.

    Args:
        advance: makes a step that is shown, or up to so many that are not; returns how many, 0
            where it cannot go on.
        show: tells pages where the training stands.
    """

    def __init__(self, advance: Callable[[bool, int], int], show: Callable[[], None]) -> None:
        self._advance = advance
        self._show = show
        self.lock = threading.RLock()
        self.is_playing = False
        self._waiting = 0
        self._thread: threading.Thread | None = None
        self._shown_at = 0.0
        self._on_the_way = 0
        self._cost = 0.0  # seconds of a processor that the last frame took

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Have the training wait between two steps, for as long as the block takes."""
        self._waiting += 1
        self.lock.acquire()
        self._waiting -= 1
        try:
            yield
        finally:
            self.lock.release()

    def play(self, speed: float, steps: int | None = None) -> None:
        """Make steps, `speed` a second (0: as many as can be), so many or until `stop`."""
        self._speed, self._left = speed, steps
        self.is_playing = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Make no further step."""
        self.is_playing = False

    def shows(self) -> None:
        """Take down that pages are told now where the training stands."""
        self._shown_at = time.monotonic()
        self._on_the_way = min(self._on_the_way + 1, _AHEAD)

    def may_show(self, on_the_way: int) -> None:
        """Take down that a page has drawn what it was told, but for so many frames."""
        self._on_the_way = min(self._on_the_way, on_the_way)

    def _run(self) -> None:
        due = time.monotonic()
        while True:
            while self._waiting:
                time.sleep(0.0002)
            with self.lock:
                if not self.is_playing:
                    self._thread = None
                    return
                due = self._slice(due)
            if (rest := due - time.monotonic()) > 0:
                time.sleep(min(rest, 0.05))

    def _slice(self, due: float) -> float:
        """Make steps for some milliseconds; return when the next one is due."""
        now = time.monotonic()
        end = now + _SLICE
        due = max(due, now - 0.25)  # what was missed for long is not made up for
        while self.is_playing and now < end and (not self._speed or due <= now):
            wanted = self._is_wanted(now) or self._left == 1
            made = self._advance(wanted, 1 if self._speed else max(1, (self._left or _MANY) - 1))
            if self._left:
                self._left -= made
            self.is_playing = bool(made) and self._left != 0
            if wanted or not self.is_playing:
                start = time.thread_time()
                self._show()
                self._cost = time.thread_time() - start
            due += 1 / self._speed if self._speed else 0.0
            now = time.monotonic()
        return due if self._speed else now

    def _is_wanted(self, now: float) -> bool:
        """Whether pages can take another frame, and steps had as much time as the last one."""
        past = now - self._shown_at
        return past >= max(_FRAME, 2 * self._cost) and (self._on_the_way < _AHEAD or past > _LOST)
