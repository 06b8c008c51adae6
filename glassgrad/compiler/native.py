"""A traced step as native code with a memory of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from .captured import Captured
from .code import Code, code_for
from .floats import FLOAT64, Float
from .layout import aligned
from .llvm import lanes
from .loops import Program
from .outside import outside_of
from .picks import Selection
from .progress import stage
from .stages import Stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .graph import Graph

    Numbers = NDArray[np.floating[Any]]

_MEASURED = 0.002  # seconds
_PATIENCE = 0.02  # seconds that steps may run without a look at signals
_MOST_FAMILIES = 200  # of statements, about, that compile in under a second


class Step:
    """A compiled step: call it with the numbers of its arguments, one array each.

    Attributes:
        parameters, gradients, states: memory of the captured Values' data and gradients, and of
            the states. What is written there is what the next call starts from, and a call leaves
            its outcome there.
    """

    def __init__(
        self, code: Code, captured: Captured, selection: Selection, make: Callable[[], Stages]
    ) -> None:
        self._make = make
        self._selection = selection
        self._code = code
        self.parameters, self.gradients = captured.data, captured.grads
        self._shared = captured.data, captured.grads
        self._memory = aligned(code.size, code.dtype)
        self._memory[code.at] = code.constants
        self._tables = code.tables.copy()
        self.states = self._memory[code.first_state : code.first_state + code.states]
        self._inputs = []
        for first, shape, axes in code.inputs:
            place = self._memory[first : first + math.prod(shape)].reshape(shape)
            self._inputs.append(place.transpose(np.argsort(axes)))
        self._results = np.zeros(code.results, code.dtype)
        with stage("load"):
            self._function = code.function
        rows = (self._memory, self._tables, self.parameters, self.gradients)
        pointers = [row.ctypes.data for row in rows]
        self._run: Callable[[int, int], None] = partial(self._function.call, *pointers)
        self._once: Callable[[], None] = partial(self._run, 1, self._results.ctypes.data)

    @cached_property
    def _stages(self) -> Stages:
        return self._make()

    @property
    def loops(self) -> Program | None:
        """The statements that run; None where a trace is too irregular for any."""
        return self._stages.loops

    @property
    def llvm(self) -> str:
        """The LLVM IR that runs."""
        return self._stages.llvm

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
            results = np.empty((count, len(self._results)), self._results.dtype)
            start = perf_counter()
            self._function.call(*arguments, count, results.ctypes.data)
            return perf_counter() - start

        count = max(1, min(1000, int(_MEASURED / max(seconds(1), 1e-7))))
        each = min(seconds(count) / count for _ in range(3))
        size = self._memory.nbytes + self._tables.nbytes
        return {"statements": self._code.statements, "memory_bytes": size, "call_us": 1e6 * each}

    def __call__(self, inputs: Sequence[Any]) -> Numbers:
        """Run one step on the numbers of each argument; the next call overwrites the results."""
        self._take(inputs)
        self._once()
        return self._results

    def repeat(self, count: int, inputs: Sequence[Any]) -> Numbers:
        """Run `count` steps on the same arguments; the results, a row each.

        Ctrl-C interrupts it between two steps.
        """
        self._take(inputs)
        results = np.empty((count, len(self._results)), self._results.dtype)
        row, done, together = results.strides[0], 0, 1
        while done < count:
            together = min(together, count - done)
            start = perf_counter()
            self._run(together, results.ctypes.data + done * row)  # a signal is heard thereafter
            done += together
            if perf_counter() - start < _PATIENCE:
                together *= 2
        return results

    def _take(self, inputs: Sequence[Any]) -> None:
        if len(self._selection):
            taken = self._selection.entries(np.concatenate([np.ravel(part) for part in inputs]))
            entries, site, first, start = self._code.picks
            self._tables[entries] = first + self._code.steps[start + taken[site]]
        for place, given in zip(self._inputs, inputs, strict=True):
            fits = given.__class__ is np.ndarray and given.shape == place.shape
            place[...] = given if fits else np.reshape(given, place.shape)


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
