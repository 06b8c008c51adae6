"""Rows of numbers, and how the statements of the loop representation point into them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .affine import c_strides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """A row of numbers.

    `kind` is PARAM, PARAM_GRAD, STATE, INPUT, CONST, VALUE, ADJOINT or RESULT, `shape` its axes,
    outermost first, `values` the numbers of a CONST.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    values: NDArray[np.float64] | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What the integers among a call's arguments write into a table.

    Entry e becomes `first[e] + steps[row[e], k]`, where k is what site `site[e]` takes. `entries`
    are the entries that are written, where it is not all of them.
    """

    site: NDArray[np.int64]
    first: NDArray[np.int64]
    row: NDArray[np.int64]
    steps: NDArray[np.int64]
    entries: NDArray[np.int64] | None = None

    def fill(self, values: NDArray[np.int32], taken: NDArray[np.int64]) -> None:
        """Write the entries; `taken` has a candidate's number for each site."""
        where = slice(None) if self.entries is None else self.entries
        values[where] = self.first + self.steps[self.row, taken[self.site]]

    def bounds(self, values: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """These values with the least that there can be for each entry, and the largest."""
        where = slice(None) if self.entries is None else self.entries
        low, high = values.copy(), values.copy()
        low[where] = self.first + self.steps.min(axis=1)[self.row]
        high[where] = self.first + self.steps.max(axis=1)[self.row]
        return low, high


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Whole numbers looked up by some of the axes: what no stride expresses.

    Those of a `chosen` one are filled in before each run.
    """

    values: NDArray[np.int32]
    strides: tuple[int, ...]
    chosen: Chosen | None = None

    def bounds(self) -> tuple[Table, Table]:
        """The tables of the least and of the largest numbers that there can be."""
        if self.chosen is None:
            return self, self
        low, high = self.chosen.bounds(self.values)
        return Table(low, self.strides), Table(high, self.strides)


@dataclass(frozen=True, slots=True, eq=False)
class IndexMap:
    """An index for every point: base + sum of stride * axis, plus an entry of a table."""

    base: int
    strides: tuple[int, ...]
    table: Table | None = None

    def moves(self, axis: int) -> bool:
        """Whether the index depends on this axis."""
        in_table = self.table is not None and self.table.strides[axis] != 0
        return self.strides[axis] != 0 or in_table

    def over(self, points: tuple[int, ...]) -> NDArray[np.int64]:
        """The index at every point of a box of these extents; extent 1 where nothing moves."""
        index = affine(self.base, self.strides, points)
        if self.table is not None:
            index = index + self.table.values[affine(0, self.table.strides, points)]
        return index

    def at(self, time: int) -> IndexMap:
        """The map over the inner axes, where the outermost one is at `time`."""
        table = self.table
        if table is not None:
            table = Table(table.values[table.strides[0] * time :], table.strides[1:])
        return IndexMap(self.base + self.strides[0] * time, self.strides[1:], table)

    def moved(self, shift: int) -> IndexMap:
        """The map with every index so much larger."""
        return IndexMap(self.base + shift, self.strides, self.table)

    def bounds(self, points: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The least and the greatest index in a box, for every point of its outermost axis."""
        if self.table is not None and self.table.chosen is not None:
            least, most = (IndexMap(self.base, self.strides, t) for t in self.table.bounds())
            return least.bounds(points)[0], most.bounds(points)[1]
        if self.table is not None:
            index = self.over(points)
            rows = np.broadcast_to(index, (points[0], *index.shape[1:])).reshape(points[0], -1)
            return rows.min(axis=1), rows.max(axis=1)
        low = high = affine(self.base, self.strides[:1], points[:1])
        for stride, extent in zip(self.strides[1:], points[1:], strict=True):
            low = low + min(0, stride * (extent - 1))
            high = high + max(0, stride * (extent - 1))
        return low, high

    def extended(self, count: int) -> IndexMap:
        """The same map with `count` more inner axes, on which it does not move."""
        table = self.table
        if table is not None:
            table = replace(table, strides=table.strides + (0,) * count)
        return IndexMap(self.base, self.strides + (0,) * count, table)


def affine(base: int, strides: tuple[int, ...], points: tuple[int, ...]) -> NDArray[np.int64]:
    """The numbers base + sum of stride * axis over a box."""
    index = np.full((1,) * len(points), base, np.int64)
    for axis, (stride, extent) in enumerate(zip(strides, points, strict=True)):
        if stride:
            steps = stride * np.arange(extent, dtype=np.int64)
            index = index + steps.reshape([-1 if a == axis else 1 for a in range(len(points))])
    return index


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """A number of some storage at every point, or one number (`storage` is None) at all."""

    storage: Storage | None
    map: IndexMap
    value: float = 0.0


def index_map(index: Ints) -> IndexMap:
    """The map that gives these indices: strides where they count up, a table for what is left."""
    strides = [0] * index.ndim
    for axis in range(index.ndim):
        steps = np.diff(index, axis=axis)
        step = int(steps.flat[0]) if steps.size else 0
        if (steps == step).all():
            strides[axis] = step
            index = index.take([0], axis=axis)
    base = int(index.min())
    if index.size == 1:
        return IndexMap(base, tuple(strides))
    moving = tuple(extent > 1 for extent in index.shape)
    table = Table((index - base).ravel().astype(np.int32), c_strides(index.shape, moving))
    return IndexMap(base, tuple(strides), table)
