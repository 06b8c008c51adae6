"""A traced step as native code with a memory of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..emitting.captured import Captured
from ..emitting.layout import aligned
from ..emitting.stages import Stages
from ..ir.floats import FLOAT64, Float
from ..ir.outside import outside_of
from ..ir.progress import stage
from ..machine.llvm import lanes
from ..tracing.picks import Selection
from .code import Code, Shown, code_for
from .quick import address, unless_changed
from .taking import form_of
from .words import is_known

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..ir.graph import Graph

    Numbers = NDArray[np.floating[Any]]

_MEASURED = 0.002  # seconds
_PATIENCE = 0.02  # seconds that steps may run without a look at signals
_STAGED = 1 << 17  # numbers of arguments that are laid out for steps ahead
_SHORT = 1e-4  # seconds
_MOST_FAMILIES = 200  # of statements, about, that compile in under a second


class Step(Shown):
    """A compiled step: call it with the numbers of its arguments, one array each.

    Attributes:
        results: what the latest call left.
        parameters, gradients, states: memory of the captured Values' data and gradients, and of
            the states. What is written there is what the next call starts from, and a call leaves
            its outcome there.
    """

    def __init__(
        self, code: Code, captured: Captured, selection: Selection, make: Callable[[], Stages]
    ) -> None:
        super().__init__(make)
        self._selection, self._selects = selection, len(selection) > 0
        self._code = code
        self.parameters, self.gradients = captured.data, captured.grads
        self._shared = captured.data, captured.grads
        self._memory = code.memory()
        self._tables = code.tables.copy()
        self.states = self._memory[code.first_state : code.first_state + code.states]
        start, size = code.taken
        own = self._memory[start : start + size].reshape(1, size)
        self._inputs = [place[0, ...] for place in self._places(own)]
        self.results = np.zeros(code.results, code.dtype)
        with stage("load"):
            self._function = code.function
        rows = (self._memory, self._tables, self.parameters, self.gradients)
        pointers = [row.ctypes.data for row in rows]
        self._run: Callable[[int, int, int], None] = partial(self._function.call, *pointers)
        self._once: Callable[[], None] = partial(self._run, 1, self.results.ctypes.data, 0)
        # The table that is watched and its length, the step and what it takes, forms of arguments,
        # and a field that `unless_changed` needs.
        step, results = self._function.address, self.results.ctypes.data
        self._quick = np.array([0, 0, step, *pointers, results, 0, 0], np.uint64)
        self._watched: tuple[NDArray[Any], ...] = ()  # alive as long as native code looks there
        self._shortest = math.inf  # seconds that a step took

    def measures(self) -> dict[str, float]:
        """The number of statements, bytes of memory, and microseconds that a run takes.

        The time is that of runs on copies of the memory, so that nothing is changed.
        """
        rows = [aligned(len(row), row.dtype.name) for row in (self._memory, *self._shared)]
        for copy, row in zip(rows, (self._memory, *self._shared), strict=True):
            copy[:] = row
        memory, parameters, gradients = (row.ctypes.data for row in rows)
        arguments = (memory, self._tables.ctypes.data, parameters, gradients)

        def seconds(count: int) -> float:
            results = np.empty((count, len(self.results)), self.results.dtype)
            start = perf_counter()
            self._function.call(*arguments, count, results.ctypes.data, 0)
            return perf_counter() - start

        count = max(1, min(1000, int(_MEASURED / max(seconds(1), 1e-7))))
        each = min(seconds(count) / count for _ in range(3))
        size = self._memory.nbytes + self._tables.nbytes
        return {"statements": self._code.statements, "memory_bytes": size, "call_us": 1e6 * each}

    def __call__(self, inputs: Sequence[Any]) -> Numbers:
        """Run one step on the numbers of each argument; the next call overwrites the results."""
        self.take(inputs)
        start = perf_counter()
        self._once()
        self._shortest = min(self._shortest, perf_counter() - start)
        return self.results

    def is_quick(self) -> bool:
        """Whether a step is so short that other threads of Python can wait for its end.

        Native code then looks by itself for what was exchanged, on a Python that it knows.
        """
        return is_known() and self._shortest < _SHORT

    def watch(self, table: NDArray[np.uint64], args: Sequence[Any]) -> Callable[..., int]:
        """What runs a step on arguments like these, unless a word of the table is another now."""
        form = form_of([] if self._selects else args, self._inputs, address)
        self._watched = table, form
        self._quick[:2] = table.ctypes.data, len(table)
        self._quick[-2] = form.ctypes.data
        return unless_changed(self._quick)

    def repeat(self, count: int, inputs: Sequence[Any], each: Sequence[bool] = ()) -> Numbers:
        """Run `count` steps on the same arguments; the results, a row each.

        Those in `each` have an entry for every step. Ctrl-C interrupts it between two steps.
        """
        results = np.empty((count, len(self.results)), self.results.dtype)
        if not any(each):
            self.take(inputs)
            self._steps(results, None)
            return results
        size = self._code.taken[1]
        staged = np.zeros((min(count, max(1, _STAGED // max(1, size))), size), self.results.dtype)
        places = self._places(staged)
        for done in range(0, count, len(staged)):
            part = results[done : done + len(staged)]
            for place, given, own in zip(places, inputs, each, strict=True):
                if own:
                    place[: len(part)] = given[done : done + len(part)]
                elif not done:
                    place[...] = np.reshape(given, place.shape[1:])
            if self._selects:
                steps = range(done, done + len(part))
                self._choosing_steps(part, staged, self._rows(inputs, each, steps))
            else:
                self._steps(part, staged)
        return results

    def _choosing_steps(
        self, results: Numbers, staged: Numbers, numbers: NDArray[np.float64]
    ) -> None:
        """A step for every row, on tables of its own."""
        tables, where = self._entries(numbers), self._code.picks[0]
        at, to = staged.ctypes.data, results.ctypes.data
        for k, entries in enumerate(tables):
            self._tables[where] = entries
            self._run(1, to + k * results.strides[0], at + k * staged.strides[0])

    @staticmethod
    def _rows(inputs: Sequence[Any], each: Sequence[bool], steps: range) -> NDArray[np.float64]:
        """All numbers of the arguments, flat, a row for each of these steps."""
        count, parts = len(steps), []
        for given, own in zip(inputs, each, strict=True):
            rows = np.asarray(given[steps.start : steps.stop] if own else given, float)
            flat = rows.reshape(count if own else 1, -1)
            parts.append(np.broadcast_to(flat, (count, flat.shape[1])))
        return np.concatenate(parts, axis=1)

    def _entries(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        """What these numbers have the tables hold; of rows of numbers a row for each."""
        _, site, first, start = self._code.picks
        taken = self._selection.entries(numbers)
        entries: NDArray[np.int64] = first + self._code.steps[start + taken[..., site]]
        return entries

    def _steps(self, results: Numbers, staged: Numbers | None) -> None:
        """A step for every row of results, on rows of arguments where there are any."""
        done, together = 0, 1
        while done < len(results):
            together = min(together, len(results) - done)
            rows = 0 if staged is None else staged[done:].ctypes.data
            start = perf_counter()
            self._run(together, results[done:].ctypes.data, rows)  # a signal is heard thereafter
            done += together
            if perf_counter() - start < _PATIENCE:
                together *= 2

    def _places(self, rows: Numbers) -> list[Numbers]:
        """Of rows of all arguments the part of each argument, in its own shape."""
        places = []
        for first, shape, axes in self._code.inputs:
            start = first - self._code.taken[0]
            place = rows[:, start : start + math.prod(shape)].reshape(len(rows), *shape)
            places.append(place.transpose(0, *(1 + np.argsort(axes))))
        return places

    def take(self, inputs: Sequence[Any]) -> None:
        """Have the next step work on the numbers of these arguments."""
        if self._selects:
            numbers = np.concatenate([np.ravel(part) for part in inputs], dtype=float)
            self._tables[self._code.picks[0]] = self._entries(numbers)
        for place, given in zip(self._inputs, inputs, strict=True):
            fits = given.__class__ is np.ndarray and given.shape == place.shape
            place[...] = given if fits else np.array(given).reshape(place.shape)


def build(
    graph: Graph,
    most_families: int = _MOST_FAMILIES,
    kind: Float = FLOAT64,
    width: int | None = None,
    captured: Captured | None = None,
) -> Step:
    """Compile a traced step.

    Args:
        most_families: where the trace has more kinds of work than this, its operations run one by
            one from a table instead of as loops of their own.
        kind: the type of all numbers.
        width: how many of them a vector holds; by default as many as this machine's do.
        captured: where the captured Values have their numbers; by default in rows of zeros.

    Raises:
        CannotLower: the trace has a row without native code.
    """
    width = width or lanes(kind)
    captured = captured or Captured.alone(outside_of(graph).kinds["PARAM"].size, kind)

    def stages() -> Stages:
        return Stages(graph, captured, most_families, kind, width)

    slots = sha256(captured.slots.tobytes()).hexdigest()
    code = code_for(stages, graph, slots, most_families, kind, width)
    return Step(code, captured, Selection(graph), stages)
