"""Several threads at once in native code.

Note [Helpers]
Work is cut into parts that do not touch each other's numbers, and whose numbers do not depend on
how it is cut: so the bits are the same for any number of threads. The thread that calls does the
first part itself; the others are helpers, made when they are first needed, that wait for more. A
forked process has none of them, and makes its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise
from typing import Any

_helpers: ThreadPoolExecutor | None = None
_room = 0  # for how many helpers there is


def checked_threads(threads: Any) -> int:
    """How many threads a function may use: what it asks for, what the environment says, or all.

    Raises:
        ValueError: it is no whole number from 1 on.
    """
    source, asked = "threads", threads
    if threads is None:
        source, asked = "GLASSGRAD_THREADS", os.environ.get("GLASSGRAD_THREADS") or processors()
    try:
        count = int(asked)
    except (TypeError, ValueError):
        count = 0
    if isinstance(asked, (bool, float)) or count < 1:
        raise ValueError(f"{source} must be a whole number from 1 on, but {asked!r} came.")
    return count


def processors() -> int:
    """How many processors this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def together(parts: Sequence[Callable[[], None]]) -> None:
    """Do all parts, each on a thread of its own, and wait for all of them."""
    first, *others = parts
    running = [_pool(len(others)).submit(part) for part in others] if others else []
    pressed: KeyboardInterrupt | None = None
    try:
        first()
    finally:
        while any(not one.done() for one in running):  # they write where the next call writes
            try:
                wait(running)
            except KeyboardInterrupt as interrupt:
                pressed = interrupt
    if pressed is not None:
        raise pressed
    for one in running:
        one.result()


def shares(count: int, parts: int) -> list[range]:
    """0, 1, ... below `count` in at most so many runs that differ in length by one at most."""
    parts = min(parts, count)
    ends = [count * k // parts for k in range(parts + 1)]
    return [range(a, b) for a, b in pairwise(ends)]


def _pool(helpers: int) -> ThreadPoolExecutor:
    global _helpers, _room
    if _helpers is None or helpers > _room:
        _helpers, _room = ThreadPoolExecutor(helpers, "glassgrad"), helpers
    return _helpers


def _forget() -> None:
    global _helpers, _room
    _helpers, _room = None, 0


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
