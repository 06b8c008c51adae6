"""The same trace with fewer repetitions; see Note [Windows] in windows.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.graph import Graph
from .windows import Tape, Window, is_constant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .windows import Ints

_SPREAD = 8  # by how many repetitions windows of one length may differ
_LARGE = 16  # windows that many times smaller than the largest are small


def choices(windows: list[Window]) -> list[list[Window]]:
    """The windows that may grow together, first those of which that is likely.

    Which ones do is not to be told from their lengths alone: the neurons of a layer may be as many
    as the samples, and many times as often is what a window of any length repeats. So first come
    large windows alone.
    """
    most = max((window.period * window.times for window in windows), default=0)
    large = [w for w in windows if w.period * w.times * _LARGE >= most]
    times = min((window.times for window in large), default=0)
    few = max(1, times // (4 * _SPREAD))
    found: list[list[Window]] = []
    for some, folds in ((large, few), (windows, few), (windows, times)):
        kept = _of_one_length(some, times, folds)
        if kept not in found:
            found.append(kept)
    return found


def _of_one_length(windows: list[Window], times: int, most: int) -> list[Window]:
    """The windows that repeat about so many times, or up to `most` times as often."""
    kept = []
    for window in windows:
        folds = round(window.times / times)
        if 0 < folds <= most and abs(window.times - folds * times) <= folds * _SPREAD:
            kept.append(Window(window.start, window.period * folds, window.times // folds))
    return kept


class Cuts:
    """A trace cut short in some of its windows, all of about the same number of repetitions.

    Attributes:
        share: of the nodes, those in windows.
        times: the repetitions of the shortest window; 0 where there is none.
    """

    def __init__(self, tape: Tape, windows: list[Window]) -> None:
        self._tape, self._windows = tape, windows
        repeated = sum(window.period * window.times for window in windows)
        self.share = repeated / max(1, len(tape.op))
        self.times = min((window.times for window in windows), default=0)
        self._starts = np.array([window.start for window in windows], np.int64)
        self._stops = np.array([window.stop for window in windows], np.int64)
        self._periods = np.array([window.period for window in windows], np.int64)
        self._times = np.array([window.times for window in windows], np.int64)
        self._before = np.concatenate(([0], np.cumsum(self._periods)))

    def size(self, count: int) -> int:
        """How many nodes there are with `count` repetitions less."""
        return len(self._tape.op) - count * int(self._before[-1])

    def cut(self, count: int) -> Graph | None:
        """The trace with `count` repetitions less in every window; None where it has no such form.

        Node numbers in it: those behind a window come down by its nodes left out.
        """
        parts: list[tuple[Ints, Ints | None]] = []  # nodes, and their fields
        at = 0
        for window in self._windows:
            fixed = np.arange(at, window.start)
            once = np.arange(window.start, window.start + window.period)
            parts.append((fixed, self._moved(self._tape.fields[:, fixed], count)))
            parts.append((np.tile(once, window.times - count), self._repeated(window, count)))
            at = window.stop
        fixed = np.arange(at, len(self._tape.op))
        parts.append((fixed, self._moved(self._tape.fields[:, fixed], count)))
        kept = [fields for _, fields in parts if fields is not None]
        if len(kept) < len(parts):
            return None
        nodes = np.concatenate([nodes for nodes, _ in parts])
        fields = np.concatenate(kept, axis=1)
        refers = self._tape.fields[:, nodes] >= 0
        if ((fields >= 0) != refers).any() or (fields >= np.arange(len(nodes))).any():
            return None  # a node would read one that was left out, or that comes later
        return self._tape.graph_of(nodes, fields)

    def _moved(self, fields: NDArray[np.signedinteger[Any]], count: int) -> Ints | None:
        """Fields in the shorter trace, of what reads the same there; None where that is left out.

        In a window the first half of the repetitions counts from the start, the other from the end.
        """
        refers = fields >= 0
        nodes = fields[refers].astype(np.int64)
        place = np.searchsorted(self._stops, nodes, side="right")  # windows that end before
        inside = np.append(self._starts, 2**62)[place] <= nodes
        here = np.minimum(place, len(self._windows) - 1)
        turn, times = (nodes - self._starts[here]) // self._periods[here], self._times[here]
        late = 2 * turn >= times
        if (inside & (np.where(late, times - turn, turn + 1) > times - count)).any():
            return None
        moved = fields.astype(np.int64)
        shift = self._before[place] + np.where(inside & late, self._periods[here], 0)
        moved[refers] = nodes - count * shift
        return moved

    def _repeated(self, window: Window, count: int) -> Ints | None:
        """The fields of a window's nodes; None where they cannot be told."""
        once = slice(window.start, window.start + window.period)
        next_one = slice(once.stop, once.stop + window.period)
        first = self._tape.fields[:, once].astype(np.int64)
        second = self._tape.fields[:, next_one].astype(np.int64)
        step = second - first
        walks = (first >= 0) & (step != 0)
        place = np.searchsorted(self._stops, second[walks], side="right")
        here = np.minimum(place, len(self._windows) - 1)
        inside = (place < len(self._windows)) & (self._starts[here] <= second[walks])
        backward = np.where(step[walks] < 0, self._periods[here], 0)
        if not np.all(inside & (np.abs(step[walks]) == self._periods[here])):
            return None
        if np.any((step != 0) & is_constant(first)):
            return None
        start = self._moved(np.where(walks, -1, first), count)
        if start is None:
            return None
        start[walks] = first[walks] - count * (self._before[place] + backward)
        turns = np.arange(window.times - count)
        fields: Ints = start[:, None, :] + turns[None, :, None] * step[:, None, :]
        return fields.reshape(3, -1)
