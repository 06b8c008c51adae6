"""The batch innermost: storages laid out so that neighbouring samples are neighbours in memory.

Note [Batch axis]
The batch is the axis that no parameter knows: of a statement that reads parameters, the outermost
one along which none of them moves. Statements that read what such a statement wrote have it from
there. A trace runs sample after sample, so the batch is the outermost axis of what it computes;
innermost, it is what fills the lanes of a vector.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..ir.affine import coordinates, edges
from ..ir.loops import IndexMap, Loop, Operand, Program, Statement, Storage
from ..ir.maps import looked_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = 4  # samples that are worth a vector, though it may hold more numbers
_MOVABLE = ("VALUE", "ADJOINT", "INPUT")


class Transposed:
    """A program with the batch innermost. `axes[s]`: for each new axis of `s` the former one."""

    def __init__(self, program: Program, lanes: int) -> None:
        batch = _batch_axes(program, lanes)
        self._new: dict[Storage, Storage] = {}
        self.axes: dict[Storage, tuple[int, ...]] = {}
        for storage, axis in batch.items():
            if storage.kind in _MOVABLE and axis < len(storage.shape) - 1:
                order = (*(k for k in range(len(storage.shape)) if k != axis), axis)
                shape = tuple(storage.shape[k] for k in order)
                self.axes[storage] = order
                self._new[storage] = Storage(storage.name, storage.kind, shape)
        self.program = program.changed(self._operand)

    def storage(self, storage: Storage) -> Storage:
        """The storage that stands for a former one."""
        return self._new.get(storage, storage)

    def _operand(self, operand: Operand, points: tuple[int, ...]) -> Operand:
        storage = operand.storage
        if storage is None or storage not in self._new:
            return operand
        steps = [0] * len(storage.shape)
        for step, axis in zip(edges(self._new[storage].shape), self.axes[storage], strict=True):
            steps[axis] = step
        moved = _moved(operand.map, storage.shape, steps, points)
        if moved is None:

            def transposed(old: NDArray[np.int64]) -> NDArray[np.int64]:
                where = np.unravel_index(old, storage.shape)
                new = np.zeros_like(old)
                for step, along in zip(steps, where, strict=True):
                    new = new + step * along
                return new

            moved = looked_up(operand.map, points, transposed)
        return Operand(self._new[storage], moved)


def _moved(
    index: IndexMap, shape: tuple[int, ...], steps: list[int], points: tuple[int, ...]
) -> IndexMap | None:
    """The map with its strides taken apart into steps along the axes; None if they carry over."""
    if index.table is not None:
        return None
    along = coordinates(index.base, index.strides, shape, points)
    if along is None:
        return None
    base = sum(start * step for (start, _), step in zip(along, steps, strict=True))
    strides = [
        sum(strides[axis] * step for (_, strides), step in zip(along, steps, strict=True))
        for axis in range(len(points))
    ]
    return IndexMap(base, tuple(strides))


def _batch_axes(program: Program, lanes: int) -> dict[Storage, int]:
    """For every storage that has the batch among its axes: which one it is. Time is none."""
    known: dict[Storage, int] = {}
    timed = {s for item in program.items if isinstance(item, Loop) for s in item.writes()}
    for statement in program.statements():
        axis = _batch_of(statement, known, timed)
        if axis is None or statement.domain[axis] < min(lanes, _FEWEST):
            continue
        for operand in (statement.target, *statement.operands()):
            storage = operand.storage
            if storage is not None and storage.kind in _MOVABLE and storage not in known:
                place = _place(operand, axis, statement.domain[axis])
                if place is not None:
                    known[storage] = place
    return known


def _batch_of(statement: Statement, known: dict[Storage, int], timed: set[Storage]) -> int | None:
    """The axis of the domain that is the batch."""
    recurrent = [o for o in (statement.target, *statement.operands()) if o.storage in timed]
    axes = [axis for axis in range(len(statement.domain)) if not _runs_in_time(recurrent, axis)]
    for operand in statement.operands():
        if operand.storage in known:
            for axis in axes:
                if _place(operand, axis, statement.domain[axis]) == known[operand.storage]:
                    return axis
    parameters = [o for o in statement.operands() if o.storage and o.storage.kind == "PARAM"]
    others = [o for o in statement.operands() if o.storage and o.storage.kind in _MOVABLE]
    free = [axis for axis in axes if not _any_moves(parameters, axis) and _any_moves(others, axis)]
    return free[0] if parameters and free else None


def _runs_in_time(recurrent: list[Operand], axis: int) -> bool:
    """Whether an axis of the domain is the time of what a loop writes."""
    return any(
        o.storage is not None and abs(o.map.strides[axis]) >= edges(o.storage.shape)[0]
        for o in recurrent
    )


def _any_moves(operands: Iterable[Operand], axis: int) -> bool:
    return any(operand.map.moves(axis) for operand in operands)


def _place(operand: Operand, axis: int, extent: int) -> int | None:
    """The axis of an operand's storage along which a whole axis of the domain runs."""
    assert operand.storage is not None
    shape, stride = operand.storage.shape, abs(operand.map.strides[axis])
    for place, edge in enumerate(edges(shape)):
        if edge == stride and shape[place] == extent:
            return place
    return None
