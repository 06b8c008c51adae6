"""What waits to be sent to one page.

Note [Slow pages]
A page that does not read must not make the program grow. Of what tells how things stand (frames,
curves, the setup) only the latest waits; answers wait up to a bound, and a page that lets more of
them pile up is given up. Nothing is packed into bytes before it is sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from .messages import packed
from .messages.parts import Report
from .messages.training import Curve, Frame, Setup, Timeline

MOST = 256  # answers that wait
_STANDING = (Setup, Timeline, Curve, Frame)


class Outbox:
    """Reports on their way to a page; filled from any thread, emptied by one.

    Args:
        wake: is called when something waits.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting: list[tuple[Report, Sequence[bytes]]] = []
        self.is_full = False

    def put(self, report: Report, buffers: Sequence[bytes]) -> None:
        """Take a report and its buffers."""
        with self._lock:
            if self.is_full:
                return
            if isinstance(report, _STANDING):
                kind = type(report)
                self._waiting = [one for one in self._waiting if type(one[0]) is not kind]
            self._waiting.append((report, buffers))
            self.is_full = len(self._waiting) > MOST
            if self.is_full:
                self._waiting.clear()
        self._wake()

    def take(self) -> bytes | None:
        """Return the next message, or None where nothing waits."""
        with self._lock:
            if not self._waiting:
                return None
            report, buffers = self._waiting.pop(0)
        return packed(report, buffers)
