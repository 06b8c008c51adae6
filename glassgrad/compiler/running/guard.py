"""Whether many places still hold the very same things, asked at every call."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

from ..tracing.places import Place

_END = (object(),)  # behind the things of each place, so that none can pass for the next one's


class Guard:
    """What places are known to hold, in one row, and living views of what they do hold.

    It says yes only if both are the same; where it says no, `Place` looks closer.
    """

    def __init__(self, places: Collection[Place]) -> None:
        self._views: list[Iterable[Any]] = []
        self._row: list[Any] = []
        self._parts: dict[Place, slice] = {}
        for place in places:
            self._views += [*place.views(), _END]
            start = len(self._row)
            self._row += place.row()
            self._parts[place] = slice(start, len(self._row))
            self._row += _END

    def holds(self) -> bool:
        """Whether every place holds what it is known to hold."""
        try:
            return all(map(operator.is_, chain.from_iterable(self._views), self._row))
        except RuntimeError:  # another thread changes a dict this very moment
            return False

    def renew(self, places: Iterable[Place]) -> None:
        """Take notice that other things are known of these places."""
        for place in places:
            self._row[self._parts[place]] = place.row()
