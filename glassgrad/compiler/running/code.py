"""`Code`: all that running a step needs, however it was made. This is what the cache keeps."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..emitting.emit import ENTRY
from ..emitting.layout import aligned
from ..ir.progress import stage
from ..machine import cache
from ..machine.llvm import Function, machine_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..emitting.stages import Stages
    from ..ir.graph import Graph
    from ..ir.loops import Program

_RECENT = 64  # pieces of code that other functions may share
_recent: OrderedDict[str, Code] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Code:
    """Machine code of a step, and what there must be in its memory.

    Attributes:
        machine: an object file.
        dtype: the type of all numbers.
        size: how many numbers the step has in a row of its own.
        at, constants: where something else than 0 stands there from the start, and what.
        tables: the row of indices.
        picks, steps: what integers among the arguments decide in it, see `Layout.choices`.
        states, results, captured: how many there are.
        first_state: where the states stand.
        taken: where the numbers of all arguments stand, and how many there is room for.
        inputs: of each argument where its numbers go, their shape there, and the order of axes.
        statements: how many loop statements there are; 0 where operations run one by one.
    """

    machine: NDArray[np.uint8]
    dtype: str
    size: int
    at: NDArray[np.int64]
    constants: NDArray[Any]
    tables: NDArray[np.int32]
    picks: NDArray[np.int64]
    steps: NDArray[np.int64]
    states: int
    first_state: int
    results: int
    captured: int
    taken: tuple[int, int]
    inputs: list[tuple[int, list[int], list[int]]]
    statements: int

    @classmethod
    def of(cls, stages: Stages) -> Code:
        """Have LLVM compile what the stages came to."""
        layout, kinds = stages.layout, stages.outside.kinds
        with stage("LLVM"):
            machine = machine_code(stages.llvm)
        memory = layout.memory()
        picks, steps = layout.choices()
        at = np.flatnonzero(memory.view(np.uint8).reshape(len(memory), memory.itemsize).any(axis=1))
        return cls(
            machine=np.frombuffer(machine, np.uint8),
            dtype=layout.float.name,
            size=layout.size,
            at=at,
            constants=memory[at],
            tables=layout.indices(),
            picks=picks,
            steps=steps,
            states=kinds["STATE"].size,
            first_state=layout.offsets[kinds["STATE"]],
            results=kinds["RESULT"].size,
            captured=kinds["PARAM"].size,
            taken=(layout.inputs.start, len(layout.inputs)),
            inputs=[
                (layout.offsets[storage], list(storage.shape), list(axes))
                for storage, axes in stages.inputs
            ],
            statements=len(list(stages.loops.statements())) if stages.loops else 0,
        )

    def memory(self) -> NDArray[np.floating[Any]]:
        """Memory for one step, as it has to be before the first."""
        memory = aligned(self.size, self.dtype)
        memory[self.at] = self.constants
        return memory

    @cached_property
    def function(self) -> Function:
        """The code, loaded."""
        return Function(self.machine.tobytes(), ENTRY)

    def entry(self) -> cache.Entry:
        """Arrays that tell everything."""
        arrays = {name: x for name, x in vars(self).items() if isinstance(x, np.ndarray)}
        rest = {name: x for name, x in vars(self).items() if name not in arrays}
        rest.pop("function", None)
        return arrays | {"rest": np.frombuffer(json.dumps(rest).encode(), np.uint8)}

    @classmethod
    def of_entry(cls, entry: cache.Entry) -> Code:
        """The code of which these are the arrays."""
        parts: dict[str, Any] = {name: x for name, x in entry.items() if name != "rest"}
        return cls(**parts, **json.loads(entry["rest"].tobytes()))


class Shown:
    """What runs code, and shows what it was made of: this is made when someone asks for it."""

    def __init__(self, make: Callable[[], Stages]) -> None:
        self._make = make

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


def code_for(make: Callable[[], Stages], graph: Graph, *settings: Any) -> Code:
    """The code of a step: that of another function of the same trace, from disk, or made now.

    Args:
        make: takes the graph through the stages.
        settings: what else decides about the code.
    """
    with stage("look up"):
        key = cache.digest(graph, *settings)
        with _lock:
            known = _recent.get(key or "")
        if known is not None:
            return known
        entry = cache.load(key) if key else None
    code = Code.of(make()) if entry is None else Code.of_entry(entry)
    if key is not None:
        with _lock:
            _recent[key] = code
            if len(_recent) > _RECENT:
                _recent.popitem(last=False)
        if entry is None:
            cache.store(key, code.entry())
    return code
