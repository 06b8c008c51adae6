"""Iterators of outside in a traced function: refused, for it would go on at the first call alone.

A compiled function that takes `next(batches)` would see the first batch at every call. So while it
is traced, a stand-in takes the place of every iterator that it can reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import modes
from .numbers import TraceError
from .places import Key, Place


def is_iterator(thing: Any) -> bool:
    """Whether `next(thing)` gives another thing each time."""
    return hasattr(type(thing), "__next__")


class Halted:
    """Stands for an iterator in a trace, and does not go on; to other threads it is what it was."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def __iter__(self) -> Halted:
        return self

    def __next__(self) -> Any:
        if modes.tape() is None:
            return next(self._iterator)
        raise TraceError(
            f"The function takes the next of {_article(self._iterator)} that it finds outside of "
            f"itself, at {modes.user_line()}. It runs once, while it is compiled, and every call "
            "would get the same. Take it outside, and pass it as an argument."
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._iterator, name)


class Iterators:
    """Where iterators are kept, and the stand-ins for them."""

    def __init__(self, kept: Sequence[tuple[Place, Key]]) -> None:
        self._kept = [(place, key, Halted(place.before[key])) for place, key in kept]

    def halt(self) -> None:
        """Put the stand-ins in their places."""
        for place, key, halted in self._kept:
            place.put(key, halted)

    def put_back(self) -> None:
        """Put the iterators back, unless the function has put something else there."""
        for place, key, halted in self._kept:
            if place.get(key) is halted:
                place.put(key, place.before[key])


def _article(iterator: Any) -> str:
    name = type(iterator).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
