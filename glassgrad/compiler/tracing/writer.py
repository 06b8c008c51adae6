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
from typing import TYPE_CHECKING, Any

from ...modes import PROGRAMS
from ..ir.graph import CONST, Graph
from .numbers import left_over

if TYPE_CHECKING:
    from ...value import Value
    from .pen import Pen, Traced

_PACKAGE = str(Path(__file__).parents[2])
_FIELDS = 5  # of an operation: its line, code and three operands
_MOST = 1 << 12  # operations that wait
_MANY = 1 << 12  # from which on a pen is worth while


def is_user(frame: Any) -> bool:
    """Whether a frame runs other code than that of glassgrad."""
    return not frame.f_code.co_filename.startswith(_PACKAGE)


def is_program(frame: Any) -> bool:
    """Whether a frame runs one of glassgrad's programs, on the way from which no user's code is."""
    return bool(frame.f_code.co_filename.startswith(PROGRAMS))


class Writer:
    """The graph of a step in the making.

    Attributes:
        emit: appends an operation with its operands, and returns its node.
        graph: gives the graph with all that was emitted.
        lines: the user's lines in the order of their numbers.
    """

    emit: Callable[..., int]
    leaf: Callable[[int, int], int]
    graph: Callable[[], Graph]

    def __init__(self, crowded: Callable[[], None]) -> None:
        """`crowded` is called once, when there are many operations, and may `give` a pen."""
        self.lines: dict[str, int] = {}
        self._codes: list[Any] = []  # keeps code objects alive, for lines are known by their id
        self._known: dict[int, int] = {}  # a place in the user's code -> its line
        self._inside: set[int] = set()  # the code objects of glassgrad that were met
        self._graph = Graph()
        self._crowded: Callable[[], None] | None = crowded
        self._hand_over: Callable[[Pen], None]
        self._end: Callable[[], None]
        self._pen: Pen | None = None
        self._shared: dict[tuple[int, ...], int] = {}  # an operation on numbers -> its node
        self._latest = (-1, bytearray(), 0)  # what `backward` was told
        self._waiting: Callable[[], int]
        self._start()

    def count(self) -> int:
        """How many nodes there are; may be asked from another thread."""
        return len(self._graph) + self._waiting()

    def give(self, pen: Pen, tape: Traced) -> None:
        """Have a pen write from now on."""
        pen.take(tape, self.graph(), self.line_of)
        pen.backward(*self._latest)
        for (code, a, b, c), node in self._shared.items():
            if c < 0:
                pen.share(code, a, b, node)
        self._pen = pen
        self._hand_over(pen)

    def met(self, value: Value) -> None:
        """Have the pen know a leaf that is new."""
        if self._pen is not None:
            self._pen.enter(value)

    def constant(self, x: float) -> int:
        """The node of a constant, appended where its bits are new."""
        node = self._graph.constant(x, lambda place: self.leaf(CONST, place))
        if self._pen is not None and str(x) == "0.0":  # for the pen it equals -0
            self._pen.zero(node)
        return node

    def backward(self, root: int, reach: bytearray, count: int) -> None:
        """Have the pen know the latest of so many `backward()` calls."""
        self._latest = root, reach, count
        if self._pen is not None:
            self._pen.backward(*self._latest)

    def shared(self, code: int, a: int, b: int = -1, c: int = -1) -> int:
        """The node of an operation on numbers, which is appended if there is none yet."""
        if self._pen is not None and c < 0:
            return self._pen.shared(code, a, b)
        key = (code, a, b, c)
        if key not in self._shared:
            self._shared[key] = self.emit(code, a, b, c)
        return self._shared[key]

    def bindings(self) -> int:
        """How often the pen has assigned data."""
        return 0 if self._pen is None else self._pen.bindings()

    def close(self) -> None:
        """Write nothing more; the graph is what it is by now. It may be begun twice."""
        self._end()
        if self._pen is not None:
            self._pen.put_down()
            self._pen = None

    def _start(self) -> None:
        graph = self._graph
        columns = (graph.line, graph.op, graph.a, graph.b, graph.c)
        waiting: list[int] = []
        number = iter(range(0)).__next__  # of the next node; at its end those that wait are written
        line_at, line_of, inside = self._known.get, self.line_of, self._inside
        frame_at: Callable[[int], Any] = sys._getframe
        append: Callable[..., int]

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

        def by_python(line: int, code: int, a: int, b: int, c: int) -> int:
            nonlocal number, waiting
            try:
                node = number()
            except StopIteration:
                node = len(written())
                if node >= _MANY and self._crowded is not None:
                    crowded, self._crowded = self._crowded, None
                    crowded()
                    return append(line, code, a, b, c)
                number = iter(range(node + 1, node + _MOST)).__next__
            waiting += (line, code, a, b, c)
            return node

        def emit(code: int, a: int, b: int = -1, c: int = -1) -> int:
            frame = frame_at(2)
            place = id(frame.f_code)
            while place in inside:
                frame = frame.f_back
                place = id(frame.f_code)
            line = line_at(place + frame.f_lasti)
            return append(line_of(frame)[0] if line is None else line, code, a, b, c)

        def hand_over(pen: Pen) -> None:
            nonlocal append
            append, self.graph, self._waiting = pen.append, pen.written, pen.waiting

        def end() -> None:
            nonlocal append
            self.graph()
            append, self.graph, self._waiting = left_over, lambda: graph, int

        append = by_python
        self.emit, self.graph, self._hand_over, self._end = emit, written, hand_over, end
        self.leaf = lambda code, index: append(-1, code, index, -1, -1)
        self._waiting = lambda: len(waiting) // _FIELDS

    def line_of(self, frame: Any) -> tuple[int, bool]:
        """The number of the innermost line outside of glassgrad on the way to `frame`.

        And whether it is the frame's own. Where glassgrad runs as a program the line is empty: what
        called it there, a server's thread or a command, is nobody's code.
        """
        first = frame
        while frame.f_back is not None and self._is_inside(frame):
            frame = frame.f_back
        place = id(frame.f_code) + frame.f_lasti
        line = self._known.get(place)
        if line is None:
            where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if is_user(frame) else ""
            line = self._known[place] = self.lines.setdefault(where, len(self.lines))
            self._codes.append(frame.f_code)
        return line, frame is first

    def _is_inside(self, frame: Any) -> bool:
        """Whether a frame runs glassgrad's code, and none of its programs."""
        place = id(frame.f_code)
        if place in self._inside:  # names are compared once for each code: they are long
            return True
        if is_user(frame) or is_program(frame):
            return False
        self._inside.add(place)
        self._codes.append(frame.f_code)
        return True
