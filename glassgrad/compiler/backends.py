"""What runs a graph: anything with `build(graph)`, which gives a function of four arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

from .floats import FLOAT64, Float
from .graph import Graph, size

Run = Callable[[Any, Any, Any, Any], Sequence[float]]


class Backend(Protocol):
    """What makes a graph run.

    `build` gives a function of four float64 arrays: the flattened inputs, `data` and `grad` of the
    captured Values, the states. It returns the numbers of `graph.outputs`, in order, and leaves
    the four as they are.
    """

    def build(self, graph: Graph) -> Run:
        """Make the function.

        Raises:
            NotImplementedError: this backend cannot run the graph; says why.
        """


class Interpreter:
    """The backend that every other must agree with: the table's own functions, one by one."""

    def build(self, graph: Graph) -> Run:
        """The graph's `evaluate`."""
        return lambda *arrays: graph.evaluate(*(array.tolist() for array in arrays))


@dataclass(frozen=True, slots=True)
class Native:
    """Machine code.

    Attributes:
        float: the type of all numbers in it.
    """

    float: Float = FLOAT64

    def build(self, graph: Graph) -> Run:
        """Compile the graph.

        Raises:
            ImportError: LLVM is not installed.
            NotImplementedError: as in `Backend`.
        """
        import numpy as np

        from .native import build

        step = build(graph, kind=self.float)
        ends = np.cumsum([0, *map(size, graph.inputs)])
        arguments = [slice(*pair) for pair in pairwise(ends)]
        first = np.cumsum([0, len(step.parameters), len(step.gradients), len(step.states)])
        starts = dict(zip(("data", "grad", "state", "result"), first.tolist(), strict=True))
        which = np.array([starts[out.kind] + out.index for out in graph.outputs], dtype=np.intp)

        def run(inputs: Any, params: Any, grads: Any, states: Any) -> Sequence[float]:
            step.parameters[:] = params
            step.gradients[:] = grads
            step.states[:] = states
            results = step(*[inputs[argument] for argument in arguments])
            left = np.concatenate((step.parameters, step.gradients, step.states, results))
            numbers: list[float] = left[which].tolist()
            return numbers

        return run
