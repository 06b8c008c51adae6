"""What runs a graph: anything with `build`, which gives a `Run`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ...value import Value
from ..ir.floats import FLOAT64, Float
from ..ir.graph import STATE, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..ir.loops import Program

    Numbers = NDArray[np.floating[Any]]


class Run(Protocol):
    """A graph that can be run on the Values that it captured: it changes their data and grad.

    Attributes:
        states: the numbers of the states, which a run starts from and leaves its outcome in.
        results: what the latest call left.
        loops: the statements that run; None where there are none.
        llvm: the LLVM IR that runs; None where there is none.
    """

    states: Numbers
    results: Numbers

    @property
    def loops(self) -> Program | None: ...  # noqa: D102 -- the class says what it is

    @property
    def llvm(self) -> str | None: ...  # noqa: D102 -- the class says what it is

    def is_quick(self) -> bool:
        """Whether `watch` pays: checks in Python would outlast the step."""

    def watch(self, table: NDArray[np.uint64], args: Sequence[Any], /) -> Callable[..., int]:
        """What makes one step on a tuple of arguments like these, where the words are the same.

        It says RAN; or CHANGED, as a word is another; or OTHER, as the arguments are not alike.
        Without a tuple it works on the numbers that were taken.
        """

    def take(self, inputs: Sequence[Any], /) -> None:
        """Have the next step work on the numbers of these arguments, lists or arrays."""

    def measures(self) -> dict[str, float]:
        """The size and the speed of what runs, for `Stats`."""

    def __call__(self, inputs: Sequence[Any], /) -> Numbers:
        """One step on the numbers of each argument, a list or an array; the results."""

    def repeat(self, count: int, inputs: Sequence[Any], each: Sequence[bool] = (), /) -> Numbers:
        """So many steps; the results, a row each. Arguments in `each` have an entry for each."""


class Backend(Protocol):
    """What makes a graph run."""

    def build(self, graph: Graph, captured: Sequence[Value], reachable: Iterable[Value]) -> Run:
        """Make it runnable.

        Args:
            graph: what is to be run.
            captured: the Values behind PARAM and PARAM_GRAD, by index.
            reachable: the leaf Values that the function might use as well.

        Raises:
            Unsupported: this backend cannot run the graph; says why.
        """


class Interpreter:
    """The backend that every other must agree with: the table's own functions, one by one."""

    def build(self, graph: Graph, captured: Sequence[Value], _reachable: Iterable[Value]) -> Run:
        """The graph's `evaluate`."""
        return _Interpreted(graph, captured)


class _Interpreted:
    loops: Program | None = None
    llvm: str | None = None

    def __init__(self, graph: Graph, captured: Sequence[Value]) -> None:
        self._graph = graph
        self._captured = captured
        sizes = {kind: graph.count_outputs(kind) for kind in ("state", "result")}
        self.results: Numbers = np.zeros(sizes["result"])
        self.states: Numbers = np.zeros(max(sizes["state"], graph.count(STATE)))

    def __call__(self, inputs: Sequence[Any]) -> Numbers:
        outputs = self._graph.evaluate(
            [x for part in inputs for x in np.ravel(part).astype(float).tolist()],
            [value._data for value in self._captured],
            [value.grad for value in self._captured],
            self.states.tolist(),
        )
        for out, number in zip(self._graph.outputs, outputs, strict=True):
            if out.kind == "data":
                self._captured[out.index]._data = number
            elif out.kind == "grad":
                self._captured[out.index].grad = number
            elif out.kind == "state":
                self.states[out.index] = number
            else:
                self.results[out.index] = number
        return self.results

    def repeat(self, count: int, inputs: Sequence[Any], each: Sequence[bool] = ()) -> Numbers:
        own = each or [False] * len(inputs)
        rows = [
            self([x[k] if o else x for x, o in zip(inputs, own, strict=True)]).copy()
            for k in range(count)
        ]
        return np.array(rows).reshape(count, len(self.results))

    def measures(self) -> dict[str, float]:
        return {}

    def is_quick(self) -> bool:
        return False

    def watch(self, _table: NDArray[np.uint64], _args: Sequence[Any]) -> Callable[..., int]:
        raise NotImplementedError("The interpreter watches nothing.")

    def take(self, _inputs: Sequence[Any]) -> None:
        raise NotImplementedError("The interpreter takes arguments where it is called.")


@dataclass(frozen=True, slots=True)
class Native:
    """Machine code.

    Attributes:
        float: the type of all numbers in it.
    """

    float: Float = FLOAT64

    def build(self, graph: Graph, captured: Sequence[Value], reachable: Iterable[Value]) -> Run:
        """Compile the graph and have the Values live where its code finds them.

        Raises:
            ImportError: LLVM is not installed.
            Unsupported: as in `Backend`.
        """
        from ..emitting.captured import Captured
        from .handles import arena, bind
        from .native import build

        memory = arena(self.float.name)
        slots = bind(captured, reachable, memory)
        return build(graph, kind=self.float, captured=Captured.within(memory, slots))
