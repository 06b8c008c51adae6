"""Stretches of a trace that repeat themselves, and the same trace with fewer repetitions.

Note [Windows]
A simulation of 100,000 steps is a million nodes, of which each step's look like those of the step
before: the same operations, on operands that lie as far back, or do not move, or move on by as much
as they did. Such a stretch is a window. The whole trace is then a function of one number, how many
repetitions are left out of each window: with none it is what was traced, with most of them a short
trace of the same program. `cut` gives these traces; extrapolate.py reads the long one off them.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import CONST, STOP, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_LONGEST = 1 << 19  # nodes of one repetition
_FINER = 8  # periods are looked for up to a length, then up to one so much shorter
_PROBES = 64  # nodes that are compared first
_FEW = 4  # periods of which so many are compared in full
_NEAR = 2048  # nodes on either side that are compared next
_MOST = 64  # windows; more are no repetition of the whole
_TOGETHER = 1 << 16  # nodes that are looked at together
_PLACES = (4, 2, 6, 1, 7)  # where to look for them first, in eighths
_OUTPUT = 60000  # the operation of an output
_KIND = 2**28  # how far apart the names of leaves of different kinds are
_INDEX = CONST + 1  # the kind of the index of an output
_SPREAD = 8  # by how many repetitions windows of one length may differ


@dataclass(frozen=True, slots=True)
class Window:
    """`times` repetitions of `period` nodes, from node `start` on."""

    start: int
    period: int
    times: int

    @property
    def stop(self) -> int:
        """The node after it."""
        return self.start + self.period * self.times


class Tape:
    """A trace with its windows, all of about the same number of repetitions.

    Its nodes are those that compute, and behind them the outputs, as if they were nodes. What they
    read is a node's number, or for a leaf a number below -1 that says its kind and index: leaves
    have no place of their own, and a window may walk through them in any step.
    """

    def __init__(self, graph: Graph, least: int) -> None:
        self._graph = graph
        self._least = least
        op, index = np.array(graph.op), np.array(graph.a)
        inner = op >= STOP
        leaf = -2 - np.minimum(op, CONST).astype(np.int32) * _KIND - index
        name = np.where(inner, np.cumsum(inner, dtype=np.int32) - 1, leaf)
        name = np.append(name, np.int32(-1))  # which an absent operand, -1, finds
        outputs = graph.outputs
        kinds = _OUTPUT + np.array(outputs.kind, np.uint16)
        self._op = np.concatenate([op[inner], kinds])
        self._line = np.concatenate([np.array(graph.line)[inner], np.full(len(kinds), -1, "i")])
        self._fields = np.full((3, len(self._op)), -1, np.int32)
        count = len(self._op) - len(kinds)
        for fields, column in zip(self._fields, (graph.a, graph.b, graph.c), strict=True):
            fields[:count] = name[np.array(column)[inner]]
        self._fields[0, count:] = name[np.array(outputs.node)]
        self._fields[1, count:] = -2 - _INDEX * _KIND - np.array(outputs.index)
        self.windows = _of_one_length(self._found())
        repeated = sum(window.period * window.times for window in self.windows)
        self.share = repeated / max(1, len(self._op))  # of the nodes: those in windows
        self.times = min((window.times for window in self.windows), default=0)
        self._starts = np.array([window.start for window in self.windows], np.int64)
        self._stops = np.array([window.stop for window in self.windows], np.int64)
        self._periods = np.array([window.period for window in self.windows], np.int64)
        self._times = np.array([window.times for window in self.windows], np.int64)
        self._before = np.concatenate(([0], np.cumsum(self._periods)))

    # ---------------------------------------------------------------- windows

    def _found(self) -> list[Window]:
        found: list[Window] = []
        pending = [(0, len(self._op))]
        while pending:
            low, high = pending.pop()
            if high - low < self._least:
                continue
            window = self._around(low, high)
            if window is None:
                continue
            found.append(window)
            if len(found) > _MOST:
                return []
            pending += [(low, window.start), (window.stop, high)]
        return sorted(found, key=lambda window: window.start)

    def _around(self, low: int, high: int) -> Window | None:
        """A window between two nodes: the first that is found, of the longest periods first."""
        longest = min(_LONGEST, (high - low) // self._least)
        while longest:
            for place in _PLACES:
                at = low + (high - low) * place // 8
                at = max(low + longest, min(at, high - 2 * longest))
                window = self._from(at, longest, low, high)
                if window is not None:
                    return window
            longest //= _FINER
        return None

    def _from(self, at: int, longest: int, low: int, high: int) -> Window | None:
        """A window of such a period around a node, or of a part of one."""
        for multiple in self._periods_at(at, longest).tolist()[:_FEW]:
            reach = min(multiple * self._least, max(_NEAR, 8 * multiple))
            near = self._stretch(multiple, max(low, at - reach), min(high, at + reach), at)
            if near.times * multiple < reach // 2:
                continue
            window = self._stretch(multiple, low, high, at)
            if window.times >= self._least:
                return self._finest(window, at, low, high)
        return None

    def _finest(self, window: Window, at: int, low: int, high: int) -> Window:
        """The same stretch, or a little more, with the shortest period that it has."""
        multiple = window.period
        for period in (p for p in range(1, multiple) if multiple % p == 0):
            finer = self._stretch(period, low, high, at)
            if finer.start <= window.start and finer.stop > window.stop - multiple:
                return finer
        return window

    def _periods_at(self, at: int, longest: int) -> Ints:
        """The periods of about this length with which some nodes, here and there, go on."""
        periods = np.arange(longest // _FINER + 1, longest + 1)
        for k in range(_PROBES):
            if not len(periods):
                break
            here = at + longest * (k * 29 % _PROBES) // _PROBES
            before, after = here - periods, here + periods
            same = (self._op[before] == self._op[here]) & (self._op[after] == self._op[here])
            for each in self._fields:
                now = int(each[here])
                same &= each[after] - now == now - each[before].astype(np.int64)
            periods = periods[same]
        return periods

    def _stretch(self, period: int, low: int, high: int, at: int) -> Window:
        """How far nodes go on as they do at a node, from one period to the next."""
        start, last = at, high - 2 * period
        while start > low:
            breaks = self._breaks(max(low, start - _TOGETHER), start, period)
            if len(breaks):
                start = int(breaks[-1]) + 1
                break
            start = max(low, start - _TOGETHER)
        stop = at
        while stop < last:
            breaks = self._breaks(stop, min(last, stop + _TOGETHER), period)
            if len(breaks):
                stop = int(breaks[0])
                break
            stop = min(last, stop + _TOGETHER)
        return Window(start, period, (stop - start) // period + 2)

    def _breaks(self, start: int, stop: int, period: int) -> Ints:
        """The nodes from which two periods on nothing goes on as it did."""
        ends = [slice(start + k * period, stop + k * period) for k in range(3)]
        first, second, third = (self._op[end] for end in ends)
        alike = (first == second) & (second == third)
        for each in self._fields:
            first, second, third = (each[end].astype(np.int64) for end in ends)
            alike &= second - first == third - second
        return start + np.flatnonzero(~alike)

    # ---------------------------------------------------------------- shorter traces

    def cut(self, count: int) -> Graph | None:
        """The trace with `count` repetitions less in every window; None where it has no such form.

        Node numbers in it: those behind a window come down by its nodes left out.
        """
        if not self.windows:
            return None
        parts: list[tuple[Ints, Ints]] = []  # nodes, and their fields
        at = 0
        for window in self.windows:
            fixed = np.arange(at, window.start)
            repeated = self._repeated(window, count)
            if repeated is None:
                return None
            once = np.arange(window.start, window.start + window.period)
            parts.append((fixed, self._moved(fixed, count)))
            parts.append((np.tile(once, window.times - count), repeated))
            at = window.stop
        fixed = np.arange(at, len(self._op))
        parts.append((fixed, self._moved(fixed, count)))
        nodes = np.concatenate([nodes for nodes, _ in parts])
        fields = np.concatenate([fields for _, fields in parts], axis=1)
        refers = self._fields[:, nodes] >= 0
        if ((fields >= 0) != refers).any() or (fields >= np.arange(len(nodes))).any():
            return None  # a node would read one that was left out, or that comes later
        return self._graph_of(nodes, fields)

    def _graph_of(self, nodes: Ints, fields: Ints) -> Graph:
        """The graph of nodes that look like these, but for their fields."""
        op, line = self._op[nodes], self._line[nodes]
        outputs = op >= _OUTPUT
        index = -2 - _INDEX * _KIND - fields[1, outputs]
        fields[1, outputs] = -1
        leaves = np.unique(fields[fields < -1])[::-1]
        kind, leaf = np.divmod(-2 - leaves, _KIND)
        place = len(leaves) - 1 - np.searchsorted(leaves[::-1], fields)
        fields = np.where(fields < -1, place, np.where(fields < 0, -1, fields + len(leaves)))
        new = Graph(self._graph.inputs)
        new.names, new.lines = self._graph.names, self._graph.lines
        new.constants = self._graph.constants
        new.op = array("H", np.concatenate([kind, op[~outputs]]).astype(np.uint16).tobytes())
        none = np.full(len(leaves), -1)
        new.a, new.b, new.c = (
            array("i", np.concatenate([first, x[~outputs]]).astype(np.int32).tobytes())
            for first, x in zip((leaf, none, none), fields, strict=True)
        )
        new.line = array("i", np.concatenate([none, line[~outputs]]).astype(np.int32).tobytes())
        new.outputs.extend(op[outputs] - _OUTPUT, index, fields[0, outputs])
        return new

    def _shift(self, nodes: Ints) -> Ints:
        """By how many a node's number comes down for each repetition left out.

        In a window the first half of the repetitions counts from the start, the other from the end.
        """
        place = np.searchsorted(self._stops, nodes, side="right")  # windows that end before
        inside = np.append(self._starts, 2**62)[place] <= nodes
        here = np.minimum(place, len(self.windows) - 1)
        turn = (nodes - self._starts[here]) // self._periods[here]
        late = inside & (2 * turn >= self._times[here])
        return self._before[place] + np.where(late, self._periods[here], 0)

    def _moved(self, nodes: Ints, count: int) -> Ints:
        """The fields of nodes outside of windows."""
        fields = self._fields[:, nodes].astype(np.int64)
        return np.where(fields >= 0, fields - count * self._shift(fields), fields)

    def _repeated(self, window: Window, count: int) -> Ints | None:
        """The fields of a window's nodes; None where they cannot be told."""
        once = np.arange(window.start, window.start + window.period)
        first = self._fields[:, once].astype(np.int64)
        second = self._fields[:, once + window.period].astype(np.int64)
        step = second - first
        refers = first >= 0
        place = np.searchsorted(self._stops, second, side="right")
        here = np.minimum(place, len(self.windows) - 1)
        walks = refers & (step != 0)
        inside = (place < len(self.windows)) & (self._starts[here] <= second)
        if not np.all((inside & (np.abs(step) == self._periods[here]))[walks]):
            return None
        if np.any((step != 0) & ((-2 - first) // _KIND == CONST)):
            return None
        backward = np.where(step < 0, self._periods[here], 0)
        shift = np.where(walks, self._before[place] + backward, self._shift(first))
        start = np.where(refers, first - count * shift, first)
        turns = np.arange(window.times - count)
        fields: Ints = start[:, None, :] + turns[None, :, None] * step[:, None, :]
        return fields.reshape(3, -1)


def _of_one_length(found: list[Window]) -> list[Window]:
    """The windows that repeat as often as the shortest large one, or so many times as often."""
    most = max((window.period * window.times for window in found), default=0)
    times = min((w.times for w in found if w.period * w.times * 16 >= most), default=0)
    kept = []
    for window in found:
        folds = round(window.times / times)
        if folds and abs(window.times - folds * times) <= folds * _SPREAD:
            kept.append(Window(window.start, window.period * folds, window.times // folds))
    return kept
