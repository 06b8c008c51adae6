"""`Writer`: appends what a trace does to its graph, with the user's line of each operation.

Note [Many at a time]
Tracing runs Python for every operation, so each step of it counts. The fields of an operation wait
in one list, and are packed into the graph's columns thousands at a time. Whoever reads the graph
during a trace asks for it here, and gets it complete.

Note [Lines]
A code object holds its instructions inside itself, so the address of one, that of the object plus a
number smaller than its size, belongs to no other code. It is what a line is known by.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .graph import Graph

_PACKAGE = str(Path(__file__).parents[1])
_FIELDS = 5  # of an operation: its line, code and three operands
_MOST = 1 << 14  # operations that wait
_FRAMES = 64  # of glassgrad, whose lines are remembered


def is_user(frame: Any) -> bool:
    """Whether a frame runs other code than that of glassgrad."""
    return not frame.f_code.co_filename.startswith(_PACKAGE)


class Writer:
    """The graph of a step in the making.

    Attributes:
        emit: appends an operation with its operands, and returns its node.
        graph: gives the graph with all that was emitted.
        lines: the user's lines in the order of their numbers.
    """

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._codes: list[Any] = []  # keeps code objects alive, for lines are known by their id
        self._known: dict[int, int] = {}  # a place in the user's code -> its line
        self._frames: dict[Any, int] = {}  # a running function of glassgrad -> the user's line
        self._graph = Graph()
        self.emit, self.graph = self._appending()

    def count(self) -> int:
        """How many nodes there are, short of those that wait."""
        return len(self._graph)

    def close(self) -> None:
        """Let go of the frames of running functions."""
        self._frames.clear()

    def _appending(self) -> tuple[Callable[..., int], Callable[[], Graph]]:
        graph = self._graph
        columns = (graph.line, graph.op, graph.a, graph.b, graph.c)
        waiting: list[int] = []
        number = iter(range(0)).__next__  # of the next node; at its end those that wait are written
        line_at, line_in, line_of = self._known.get, self._frames.get, self._line_of
        frame_at = sys._getframe

        def written() -> Graph:
            nonlocal number
            number = iter(range(0)).__next__
            if waiting:
                count = len(waiting) // _FIELDS
                for k, column in enumerate(columns):
                    fields = waiting[k::_FIELDS]
                    column.frombytes(struct.pack(f"{count}{column.typecode}", *fields))
                waiting.clear()
            return graph

        def emit(code: int, a: int, b: int = -1, c: int = -1) -> int:
            nonlocal number, waiting
            frame = frame_at(2)
            line = line_at(id(frame.f_code) + frame.f_lasti)
            if line is None:
                line = line_in(frame)
                if line is None:
                    line = line_of(frame)
            try:
                node = number()
            except StopIteration:
                node = len(written())
                number = iter(range(node + 1, node + _MOST)).__next__
            waiting += (line, code, a, b, c)
            return node

        return emit, written

    def _line_of(self, frame: Any) -> int:
        """The number of the innermost line outside of glassgrad on the way to `frame`."""
        inside = frame
        while not is_user(frame) and frame.f_back is not None:
            frame = frame.f_back
        where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        line = self.lines.setdefault(where, len(self.lines))
        if frame is inside:
            self._codes.append(frame.f_code)
            self._known[id(frame.f_code) + frame.f_lasti] = line
        else:
            if len(self._frames) > _FRAMES:
                self._frames.clear()
            self._frames[inside] = line
        return line
