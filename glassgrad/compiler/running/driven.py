"""Native code that runs a traced step for many replicas, one after another.

Note [Driving]
Each replica has rows of its own for data, gradients, states and results, but what a step computes
on the way lies in memory that all of them use one after another, so that it stays in the cache. All
steps of a replica are made before the next one begins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..emitting.captured import Captured
from ..emitting.drive import Rows, drive
from ..emitting.layout import aligned
from ..emitting.stages import Stages
from ..ir.floats import Float
from ..ir.graph import Graph
from ..ir.outside import outside_of
from ..ir.progress import stage
from ..machine.llvm import lanes
from ..machine.threads import shares, together
from ..tracing.picks import Selection
from .code import Code, Shown, code_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating[Any]]

_MOST_FAMILIES = 200
_PATIENCE = 0.02  # seconds that steps may run without a look at signals
_STAGED = 1 << 17  # numbers of arguments that are laid out for steps ahead
_LONG = 3e-4  # seconds of work from which on it is worth more than one thread
_LINE = 64  # bytes of the cache


class Driven(Shown):
    """Native code for replicas; see Note [Driving] and `ManyRun` in many.py."""

    def __init__(
        self,
        code: Code,
        selection: Selection,
        count: int,
        own: Sequence[bool],
        threads: int,
        make: Callable[[], Stages],
    ) -> None:
        """`own`: for every argument whether each replica has its own; `make`: makes the stages."""
        super().__init__(make)
        self._code, self._selection = code, selection
        self._count, self._own, self._threads = count, own, threads
        self._selects = len(selection) > 0
        rows = [self._rows(size) for size in (code.captured, code.captured, code.states)]
        self.data, self.grads, self.states = rows
        self._apart = count if any(own) else 1  # rows of arguments
        self._tables = np.tile(code.tables, (self._apart if self._selects else 1, 1))
        self._memories = [code.memory()]
        self._inputs = np.zeros((self._apart, 1, code.taken[1]), code.dtype)
        with stage("load"):
            self._step = code.function.address
        self._shortest = math.inf  # seconds of a step of one replica

    def _rows(self, size: int) -> Numbers:
        """A row of so many numbers for each replica, which begins at a line of the cache."""
        line = _LINE // np.dtype(self._code.dtype).itemsize
        room = -(-size // line) * line
        return aligned(self._count * room, self._code.dtype).reshape(self._count, room)[:, :size]

    def measures(self) -> dict[str, float]:
        """The number of statements, the bytes that replicas share and those of each.

        The time is the shortest that a step of one replica took so far.
        """
        own = sum(part[0].nbytes for part in (self.data, self.grads, self.states))
        known = {
            "statements": self._code.statements,
            "memory_bytes": self._memories[0].nbytes + self._tables.nbytes,
            "replica_bytes": own,
        }
        if self._shortest < math.inf:
            known["replica_us"] = 1e6 * self._shortest
        return known

    def run(self, count: int, inputs: Sequence[Any], each: Sequence[bool]) -> Numbers:
        """So many steps of every replica; see `ManyRun`."""
        code = self._code
        results = np.zeros((self._count, count, code.results), code.dtype)
        if any(each) and self._selects:
            for step in range(count):
                now = [x[step] if by_step else x for x, by_step in zip(inputs, each, strict=True)]
                self._once(results[:, step : step + 1], now)
        elif any(each):
            room = max(1, _STAGED // (self._apart * code.taken[1]))
            staged = np.zeros((self._apart, min(count, room), code.taken[1]), code.dtype)
            for done in range(0, count, staged.shape[1]):
                part = results[:, done : done + staged.shape[1]]
                steps = slice(done, done + part.shape[1])
                self._lay_out(staged, inputs, each, steps)
                self._steps(part, staged)
        else:
            self._once(results, inputs)
        return np.ascontiguousarray(results.swapaxes(0, 1))

    def _once(self, results: Numbers, inputs: Sequence[Any]) -> None:
        """Steps on the same arguments."""
        self._lay_out(self._inputs, inputs, [False] * len(inputs), slice(0, 1))
        self._select(inputs)
        self._steps(results, None)

    def _lay_out(
        self, staged: Numbers, inputs: Sequence[Any], each: Sequence[bool], steps: slice
    ) -> None:
        """Write the arguments of some steps to rows, by replica and step."""
        first_of_all = self._code.taken[0]
        given = zip(self._code.inputs, inputs, each, self._own, strict=True)
        for (first, shape, axes), numbers, by_step, own in given:
            start, count = first - first_of_all, math.prod(shape)
            place = staged[:, :, start : start + count].reshape(*staged.shape[:2], *shape)
            place = place.transpose(0, 1, *(2 + np.argsort(axes)))
            rows = np.asarray(numbers)
            rows = rows[steps] if by_step else rows[None]
            rows = rows if own else rows[:, None]
            rows = rows.reshape(*rows.shape[:2], *place.shape[2:])
            place[:, : len(rows) if by_step else None] = rows.swapaxes(0, 1)

    def _select(self, inputs: Sequence[Any]) -> None:
        """Write what integers among the arguments select into the tables."""
        if not self._selects:
            return
        entries, site, first, start = self._code.picks
        for k, table in enumerate(self._tables):
            own = zip(inputs, self._own, strict=True)
            flat = np.concatenate([np.ravel(x[k] if apart else x) for x, apart in own])
            taken = self._selection.entries(flat)
            table[entries] = first + self._code.steps[start + taken[site]]

    def _steps(self, results: Numbers, staged: Numbers | None) -> None:
        """All steps of a stretch for which results have room; Ctrl-C is heard between them."""
        count, done, now = results.shape[1], 0, 1
        while done < count:
            now = min(now, count - done)
            start = perf_counter()
            self._drive(now, results[:, done:], None if staged is None else staged[:, done:])
            taken = perf_counter() - start
            self._shortest = min(self._shortest, taken / (now * self._count))
            done += now
            if taken < _PATIENCE:
                now *= 2

    def _drive(self, repeat: int, results: Numbers, staged: Numbers | None) -> None:
        code = self._code
        work = self._shortest * repeat * self._count
        parts = shares(self._count, self._threads if _LONG < work < math.inf else 1)
        while len(self._memories) < len(parts):
            self._memories.append(code.memory())
        number = results.itemsize

        def beginning(memory: Numbers) -> Rows:
            at = memory.ctypes.data
            return Rows(
                step=self._step,
                memory=at,
                repeat=repeat,
                inputs_to=at + number * code.taken[0],
                inputs_bytes=number * code.taken[1],
                states_to=at + number * code.first_state,
                states_bytes=number * code.states,
                **_where("tables", self._tables),
                **_where("data", self.data),
                **_where("grads", self.grads),
                **_where("states", self.states),
                **_where("inputs", self._inputs),
                **_where("results", results),
                **_where("each", staged),
            )

        tasks = zip(self._memories, parts, strict=False)
        together([partial(drive, beginning(m), part.start, part.stop) for m, part in tasks])


def _where(name: str, rows: Any) -> dict[str, int]:
    """The address of rows, and how far apart they are; 0 where all replicas have the same."""
    if rows is None:
        return {name: 0, f"{name}_stride": 0}
    stride = rows.strides[0] if len(rows) > 1 else 0
    return {name: rows.ctypes.data, f"{name}_stride": stride}


def build(graph: Graph, kind: Float, count: int, own: Sequence[bool], threads: int) -> Driven:
    """Compile a traced step for so many replicas.

    Args:
        kind: the type of all numbers.
        own: for every argument whether each replica has its own.
        threads: how many may be used.

    Raises:
        CannotLower: the trace has a row without native code.
    """
    width = lanes(kind)
    captured = Captured.alone(outside_of(graph).kinds["PARAM"].size, kind)

    def stages() -> Stages:
        return Stages(graph, captured, _MOST_FAMILIES, kind, width)

    code = code_for(stages, graph, "replicas", _MOST_FAMILIES, kind, width)
    return Driven(code, Selection(graph), count, own, threads, stages)
