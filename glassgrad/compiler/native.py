"""A traced step as native code with a memory of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .captured import Captured
from .differentiate import differentiate
from .emit import ENTRY, emit
from .expand import expand_gradients
from .floats import FLOAT64, Float
from .irregular import Operations
from .layout import Layout
from .llvm import Function, lanes
from .loops import Program, Storage
from .progress import stage
from .roll import Outside, outside_of, roll
from .simplify import simplified
from .transpose import Transposed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .graph import Graph

    Numbers = NDArray[np.floating[Any]]

_MOST_FAMILIES = 200  # of statements, about, that compile in under a second


class Step:
    """A compiled step: call it with the numbers of its arguments, one array each.

    Attributes:
        parameters, gradients, states: memory of the captured Values' data and gradients, and of
            the states. What is written there is what the next call starts from, and a call leaves
            its outcome there.
        loops: the statements that run; None where a trace is too irregular for any.
        llvm: the LLVM IR that runs.
    """

    def __init__(
        self, graph: Graph, captured: Captured | None, most_families: int, kind: Float, width: int
    ) -> None:
        outside, layout = outside_of(graph), Layout(kind)
        captured = captured or Captured.alone(outside.kinds["PARAM"].size, kind)
        self.parameters, self.gradients = captured.data, captured.grads
        for storage in outside.kinds.values():
            layout.place(storage)
        transposed = _rolled(graph, outside, most_families, width)
        if transposed is None:
            self.loops: Program | None = None
            axes, inputs = dict[Storage, tuple[int, ...]](), outside.inputs
        else:
            self.loops, axes = transposed.program, transposed.axes
            inputs = [transposed.storage(storage) for storage in outside.inputs]
        for storage in inputs:
            layout.place(storage)
        with stage("emit"):
            if self.loops is None:
                self.llvm = Operations(graph, outside, layout, captured).text
            else:
                addressed = captured.addressed(self.loops)
                layout.place_program(addressed)
                self.llvm = emit(addressed, layout, outside.kinds["RESULT"], width)
        with stage("LLVM"):
            self._function = Function(self.llvm, ENTRY)
        self._memory, self._tables = layout.memory(), layout.indices()

        def view(storage: Storage) -> Numbers:
            offset = layout.offsets[storage]
            return self._memory[offset : offset + storage.size]

        self.states = view(outside.kinds["STATE"])
        self._inputs = []
        for old, new in zip(outside.inputs, inputs, strict=True):
            place = view(new).reshape(new.shape)
            self._inputs.append(place.transpose(np.argsort(axes[old])) if old in axes else place)
        self._results = np.zeros(outside.kinds["RESULT"].size, kind.name)
        self._arguments = (
            self._memory.ctypes.data,
            self._tables.ctypes.data,
            self.parameters.ctypes.data,
            self.gradients.ctypes.data,
        )

    def __call__(self, inputs: Sequence[ArrayLike]) -> Numbers:
        """Run one step on the numbers of each argument; the next call overwrites the results."""
        self._take(inputs)
        self._function.call(*self._arguments, 1, self._results.ctypes.data)
        return self._results

    def repeat(self, count: int, inputs: Sequence[ArrayLike]) -> Numbers:
        """Run `count` steps (at least 1) on the same arguments; the results, a row each."""
        self._take(inputs)
        results = np.empty((count, len(self._results)), self._results.dtype)
        self._function.call(*self._arguments, count, results.ctypes.data)
        return results

    def _take(self, inputs: Sequence[ArrayLike]) -> None:
        for place, given in zip(self._inputs, inputs, strict=True):
            place[...] = np.reshape(given, place.shape)


def _rolled(graph: Graph, outside: Outside, most: int, width: int) -> Transposed | None:
    """The step as loops with the batch innermost; None where it has too many kinds of work."""
    with stage("simplify"):
        graph = simplified(graph) or expand_gradients(graph)
    with stage("roll"):
        rolled = roll(graph, outside, most)
    if rolled is None:
        return None
    with stage("differentiate"):
        program = differentiate(rolled)
        program.verify()
    with stage("arrange"):
        transposed = Transposed(program, width)
        transposed.program.verify()
    return transposed


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
    return Step(graph, captured, most_families, kind, width or lanes(kind))
