"""Stretches of a trace that repeat themselves.

Note [Windows]
A simulation of 100,000 steps is a million nodes, of which each step's look like those of the step
before: the same operations, on operands that lie as far back, or do not move, or move on by as much
as they did. Such a stretch is a window. The whole trace is then a function of one number, how many
repetitions are left out of each window: with none it is what was traced, with most of them a short
trace of the same program. cuts.py makes these traces; extrapolate.py reads the long one off them.
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


def is_constant(fields: Ints) -> NDArray[np.bool_]:
    """Which of a tape's fields are constants."""
    constant: NDArray[np.bool_] = (-2 - fields) // _KIND == CONST
    return constant


class Tape:
    """A trace as columns, with its windows.

    Its nodes are those that compute, and behind them the outputs, as if they were nodes. What they
    read is a node's number, or for a leaf a number below -1 that says its kind and index: leaves
    have no place of their own, and a window may walk through them in any step.

    Attributes:
        op, fields: what the nodes do, and what they read, (3, nodes).
        windows: stretches of at least so many repetitions, in order.
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
        self.op = np.concatenate([op[inner], kinds])
        self._line = np.concatenate([np.array(graph.line)[inner], np.full(len(kinds), -1, "i")])
        self.fields = np.full((3, len(self.op)), -1, np.int32)
        count = len(self.op) - len(kinds)
        for fields, column in zip(self.fields, (graph.a, graph.b, graph.c), strict=True):
            fields[:count] = name[np.array(column)[inner]]
        self.fields[0, count:] = name[np.array(outputs.node)]
        self.fields[1, count:] = -2 - _INDEX * _KIND - np.array(outputs.index)
        self.windows = self._found()

    # ---------------------------------------------------------------- windows

    def _found(self) -> list[Window]:
        found: list[Window] = []
        pending = [(0, len(self.op))]
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
        """A window of such a period around a node, or of a part of one.

        Where one of the possible periods fails the others are asked too.
        """
        periods = self._periods_at(at, longest)
        inside = range(low + longest, high - longest)
        for _ in range(_FEW):
            if not len(periods):
                break
            multiple = int(periods[0])
            reach = min(multiple * self._least, max(_NEAR, 8 * multiple))
            start, stop = self._goes_on(multiple, max(low, at - reach), min(high, at + reach), at)
            if stop - start + 2 * multiple >= reach // 2:
                window = self._stretch(multiple, low, high, at)
                if window.times >= self._least:
                    return self._finest(window, at, low, high)
            periods = periods[1:]
            for end in (start - 1, stop):
                for here in (end, end + multiple, end + 2 * multiple):
                    periods = self._agreeing(periods, here) if here in inside else periods
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
            if len(periods):
                periods = self._agreeing(periods, at + longest * (k * 29 % _PROBES) // _PROBES)
        return periods

    def _agreeing(self, periods: Ints, here: int) -> Ints:
        """Those of the periods with which a node comes after the one before and before the next."""
        before, after = here - periods, here + periods
        same = (self.op[before] == self.op[here]) & (self.op[after] == self.op[here])
        for each in self.fields:
            now = int(each[here])
            same &= each[after] - now == now - each[before].astype(np.int64)
        agreeing: Ints = periods[same]
        return agreeing

    def _stretch(self, period: int, low: int, high: int, at: int) -> Window:
        """The window of this period around a node."""
        start, stop = self._goes_on(period, low, high, at)
        return Window(start, period, (stop - start) // period + 2)

    def _goes_on(self, period: int, low: int, high: int, at: int) -> tuple[int, int]:
        """The nodes around one that are as they are there, from one period to the next."""
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
        return start, stop

    def _breaks(self, start: int, stop: int, period: int) -> Ints:
        """The nodes from which two periods on nothing goes on as it did."""
        ends = [slice(start + k * period, stop + k * period) for k in range(3)]
        first, second, third = (self.op[end] for end in ends)
        alike = (first == second) & (second == third)
        for each in self.fields:
            first, second, third = (each[end].astype(np.int64) for end in ends)
            alike &= second - first == third - second
        return start + np.flatnonzero(~alike)

    # ---------------------------------------------------------------- traces of these nodes

    def graph_of(self, nodes: Ints, fields: Ints) -> Graph:
        """The graph of nodes that look like these, but for their fields."""
        op, line = self.op[nodes], self._line[nodes]
        outputs = op >= _OUTPUT
        index = -2 - _INDEX * _KIND - fields[1, outputs]
        fields[1, outputs] = -1
        kind, leaf, place = _numbered(-2 - fields[fields < -1])
        leaves = len(kind)
        fields[fields >= 0] += leaves
        fields[fields < -1] = place
        new = Graph(self._graph.inputs)
        new.names, new.lines = self._graph.names, self._graph.lines
        new.constants = self._graph.constants
        new.op = array("H", np.concatenate([kind, op[~outputs]]).astype(np.uint16).tobytes())
        none = np.full(leaves, -1)
        new.a, new.b, new.c = (
            array("i", np.concatenate([first, x[~outputs]]).astype(np.int32).tobytes())
            for first, x in zip((leaf, none, none), fields, strict=True)
        )
        new.line = array("i", np.concatenate([none, line[~outputs]]).astype(np.int32).tobytes())
        new.outputs.extend(op[outputs] - _OUTPUT, index, fields[0, outputs])
        return new


def _numbered(names: Ints) -> tuple[Ints, Ints, Ints]:
    """The different ones of these leaves, their kinds and indices, and for each its place there."""
    kinds, indices = np.divmod(names, _KIND)
    sizes = [int(indices.max(initial=-1, where=kinds == kind)) + 1 for kind in range(_INDEX)]
    starts = np.concatenate(([0], np.cumsum(sizes)))
    flat = starts[kinds] + indices
    is_there = np.zeros(starts[-1], bool)
    is_there[flat] = True
    different = np.flatnonzero(is_there)
    kind = np.searchsorted(starts, different, side="right") - 1
    place = np.cumsum(is_there) - 1
    return kind, different - starts[kind], place[flat]
