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
        data, grads, states: a row of numbers for each, which a run starts from and changes. What
            is assigned to a part of them is written there.
    """

    data: Part
    grads: Part
    states: Part

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


class Part:
    """Numbers of all replicas: `rows` has them by block, number and lane."""

    def __init__(self, rows: Numbers, count: int) -> None:
        self._rows = rows
        self._count = count

    def get(self) -> Numbers:
        """A row for each replica, a copy."""
        blocks, size, width = self._rows.shape
        return self._rows.transpose(0, 2, 1).reshape(blocks * width, size)[: self._count].copy()

    def set(self, where: Any, numbers: Numbers) -> None:
        """Write columns of them; lanes without a replica do what the last one does."""
        width = self._rows.shape[2]
        whole = padded(numbers, width)
        by_block = whole.reshape(len(self._rows), width, whole.shape[1])
        self._rows[:, where, :] = by_block.transpose(0, 2, 1)


def padded(rows: Numbers, width: int) -> Numbers:
    """The rows, with the last one again until they fill vectors of this width."""
    return rows[np.minimum(np.arange(-(-len(rows) // width) * width), len(rows) - 1)]


class Interpreted:
    """The graph evaluated for one replica after another; see `ManyRun`."""

    loops: Program | None = None
    llvm: str | None = None

    def __init__(self, graph: Graph, captured: int, count: int, own: Sequence[bool]) -> None:
        self._graph, self._own = graph, own
        states = max(graph.count_outputs("state"), graph.count(STATE))
        rows = [np.zeros((count, size, 1)) for size in (captured, captured, states)]
        self._parts = dict(zip(("data", "grad", "state"), rows, strict=True))
        self.data, self.grads, self.states = (Part(part, count) for part in rows)
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
        parts = {name: part[k, :, 0] for name, part in self._parts.items()}
        numbers = self._graph.evaluate(
            [x for part in inputs for x in np.ravel(part).astype(float).tolist()],
            *(part.tolist() for part in parts.values()),
        )
        for out, number in zip(self._graph.outputs, numbers, strict=True):
            (results if out.kind == "result" else parts[out.kind])[out.index] = number
