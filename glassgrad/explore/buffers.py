"""The bulk numbers of a report, which travel beside it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from .messages.parts import Grid, Numbers


class Buffers:
    """Takes numbers, and gives what stands for them in a report."""

    def __init__(self) -> None:
        self.packed: list[bytes] = []

    def numbers(self, values: Sequence[float]) -> Numbers:
        """Take numbers, as float64."""
        return Numbers(len(values), self._take(array("d", values).tobytes()))

    def grid(self, maps: Any, side: int) -> Grid:
        """Take maps, as float32.

        Args:
            maps: an array with a row for each map; its cells row by row, from the top.
            side: how many cells a row of a map has.
        """
        count, cells = maps.shape
        return Grid(side, cells // side, count, self._take(maps.astype("<f4").tobytes()))

    def _take(self, content: bytes) -> int:
        self.packed.append(content)
        return len(self.packed) - 1
