"""What runs a graph for many replicas, and the interpreter that does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..ir.graph import STATE, Graph
from ..ir.loops import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating[Any]]


class ManyRun(Protocol):
    """A graph that runs for every replica.

    Attributes:
        data, grads, states: a row of numbers for each, which a run starts from and changes.
    """

    data: Numbers
    grads: Numbers
    states: Numbers

    @property
    def loops(self) -> Program | None: ...  # noqa: D102 -- as in `Run`

    @property
    def llvm(self) -> str | None: ...  # noqa: D102 -- as in `Run`

    def measures(self) -> dict[str, float]:
        """The size and the speed of what runs, for `Stats`."""

    def run(self, count: int, inputs: Sequence[Any], each: Sequence[bool]) -> Numbers:
        """So many steps; the results by step and replica, a row each.

        Args:
            count: how many steps.
            inputs: of each argument its numbers. Those in `each` have an entry for every step;
                within it, those of which every replica has its own have one for each.
            each: for every argument whether it is of this kind.
        """


class Interpreted:
    """The graph evaluated for one replica after another; see `ManyRun`."""

    loops: Program | None = None
    llvm: str | None = None

    def __init__(self, graph: Graph, captured: int, count: int, own: Sequence[bool]) -> None:
        self._graph, self._own = graph, own
        states = max(graph.count_outputs("state"), graph.count(STATE))
        rows: list[Numbers] = [np.zeros((count, size)) for size in (captured, captured, states)]
        self._parts = dict(zip(("data", "grad", "state"), rows, strict=True))
        self.data, self.grads, self.states = rows
        self._count = count

    def measures(self) -> dict[str, float]:
        """Nothing: no code has been made."""
        return {}

    def run(self, count: int, inputs: Sequence[Any], each: Sequence[bool]) -> Numbers:
        """So many steps of every replica; see `ManyRun`."""
        results = np.zeros((count, self._count, self._graph.count_outputs("result")))
        for step in range(count):
            now = [x[step] if by_step else x for x, by_step in zip(inputs, each, strict=True)]
            for k in range(self._count):
                given = [x[k] if own else x for x, own in zip(now, self._own, strict=True)]
                self._step(k, given, results[step, k])
        return results

    def _step(self, k: int, inputs: list[Any], results: Numbers) -> None:
        parts = {name: part[k] for name, part in self._parts.items()}
        numbers = self._graph.evaluate(
            [x for part in inputs for x in np.ravel(part).astype(float).tolist()],
            *(part.tolist() for part in parts.values()),
        )
        for out, number in zip(self._graph.outputs, numbers, strict=True):
            (results if out.kind == "result" else parts[out.kind])[out.index] = number
