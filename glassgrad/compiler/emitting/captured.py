"""Where the numbers of captured Values stand: two rows of memory, and a slot in them for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.loops import Operand, Program
from ..ir.maps import looked_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..ir.floats import Float
    from ..machine.arena import Arena

    Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Captured:
    """Rows of data and gradients; those of captured Value `k` stand in slot `slots[k]`."""

    data: Numbers
    grads: Numbers
    slots: NDArray[np.int64]

    @classmethod
    def alone(cls, count: int, kind: Float) -> Captured:
        """Rows of zeros that nobody else uses."""
        return cls(np.zeros(count, kind.name), np.zeros(count, kind.name), np.arange(count))

    @classmethod
    def within(cls, arena: Arena, slots: Sequence[int]) -> Captured:
        """The part of an arena that reaches over these slots."""
        first, stop = (min(slots), max(slots) + 1) if slots else (0, 0)
        data, grads = (np.frombuffer(row, arena.dtype) for row in (arena.data, arena.grads))
        return cls(data[first:stop], grads[first:stop], np.array(slots, np.int64) - first)

    def addressed(self, program: Program) -> Program:
        """The program with slots where it has the numbers of captured Values."""
        if np.array_equal(self.slots, np.arange(len(self.slots))):
            return program

        def change(operand: Operand, points: tuple[int, ...]) -> Operand:
            if operand.storage is None or operand.storage.kind not in ("PARAM", "PARAM_GRAD"):
                return operand
            return replace(operand, map=looked_up(operand.map, points, self.slots.__getitem__))

        return program.changed(change)
