"""Boxes with holes: work whose axes end early, as in causal attention, triangles, padded borders.

Note [Holes]
Not every family fills a box of axes. The scores of causal attention are there for s <= t only, a
sum over the earlier tokens has one term more at each, a filter at the border meets fewer pixels.
Such points are taken for those of a full box, at least half of which is there. A hole in the domain
of a statement is computed as well: from numbers that are within their rows, though what comes out
means nothing, and nobody looks at it. A hole in a sum is masked: the first factor is 1 where there
is a term and 0 where there is none, and where it is 0 the product counts as zero whatever the other
factors are (`settled`, see Group in loops.py). So the adjoint of what has holes is exactly zero
there, and on its way back it is the first factor of settled products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ..ir.affine import edges, find_axes, joint_axes, split_axes
from ..ir.storages import affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_LEAST_FILL = 0.5  # the share of a box that must be there
_MOST_PIECES = 4  # statements that are faster than one with a table of indices,
_LEAST_PIECE = 16  # for so many points each
_MOST_PLACES = 10_000_000  # owners times slots that are looked at


@dataclass(frozen=True, slots=True)
class Slots:
    """The terms of several sums, some of them missing: term k of `owner` is number `slot[k]`.

    In each row term k has `base[owner[k]] + pattern[slot[k]]`.
    """

    owner: Ints
    slot: Ints
    base: Ints  # (rows, owners)
    pattern: Ints  # (rows, slots)


@dataclass(frozen=True, slots=True)
class Box:
    """A box of axes that points lie in.

    Attributes:
        extents: its axes, outermost first.
        points: for every place the number of its point, -1 at a hole.
        is_even: whether all of the rows that it was found by count up along each axis.
    """

    extents: tuple[int, ...]
    points: Ints
    is_even: bool

    @property
    def is_full(self) -> bool:
        """Whether it has no hole."""
        return bool((self.points >= 0).all())


def find_box(
    rows: list[Ints], shapes: list[tuple[int, ...]], count: int, in_order: bool, full: bool
) -> Box:
    """The box of `count` points in which most of the rows (points) count up.

    Args:
        rows: ranks in storages.
        shapes: those of the storages.
        in_order: whether the points must stay in their order.
        full: whether there may be no hole.
    """
    order = np.arange(count)
    axes = find_axes(np.stack([order, *rows]))
    if axes is not None:
        return Box(split_axes(axes, [(count,), *shapes]), order, True)
    for row in () if in_order else rows:
        if len(np.unique(row)) == count:
            turned = np.argsort(row, kind="stable")
            axes = find_axes(np.stack([order, *(other[turned] for other in rows)]))
            if axes is not None:
                return Box(split_axes(axes, [(count,), *shapes]), turned, True)
    for places in () if full else _places(rows, shapes):
        box = _holed(places, count)
        if box is not None:
            return box
    kept, axes = joint_axes(np.stack([order, *rows]))
    return Box(split_axes(axes, [[(count,), *shapes][k] for k in kept]), order, False)


def _holed(rows: Ints, count: int) -> Box | None:
    """A box that points are in by their coordinates (rows, points), if it is full enough."""
    axes: list[Ints] = []
    for row in rows:
        values, axis = np.unique(row, return_inverse=True)
        turned = len(values) - 1 - axis
        known = any(np.array_equal(x, axis) or np.array_equal(x, turned) for x in axes)
        if len(values) == 1 or known or (np.diff(values) != values[1] - values[0]).any():
            continue
        axes.append(axis)
        axes.sort(key=lambda x: int(np.count_nonzero(np.diff(x))))  # the slowest outermost
        extents = tuple(int(x.max()) + 1 for x in axes)
        if prod(extents) * _LEAST_FILL > count:
            return None
        at = np.ravel_multi_index(axes, extents)
        points = np.full(prod(extents), -1)
        points[at] = np.arange(count)
        if np.count_nonzero(points >= 0) == count:
            present = (points >= 0).reshape(extents)
            even = (_line(row[points].reshape(extents), present) is not None for row in rows)
            return Box(extents, points, True) if all(even) else None
    return None


def _places(rows: list[Ints], shapes: list[tuple[int, ...]]) -> Iterator[Ints]:
    """The coordinates of ranks; then also those in rows of numbers as long as a usual step."""
    places = coordinates_of(rows, shapes)
    yield places
    tried = {0, 1}
    for row in places:
        steps, times = np.unique(np.abs(np.diff(row)), return_counts=True)
        times[steps == 0] = 0
        usual = int(steps[times.argmax()]) if len(steps) else 0
        if usual not in tried:
            tried.add(usual)
            ahead = places - places.min(axis=1, keepdims=True)
            yield np.concatenate((ahead // usual, ahead % usual))


def coordinates_of(rows: list[Ints], shapes: list[tuple[int, ...]]) -> Ints:
    """Ranks (points), each taken apart into the coordinates of its storage (rows, points)."""
    found = []
    for row, shape in zip(rows, shapes, strict=True):
        for edge in edges(shape):
            found.append(row // edge)
            row = row % edge
    return np.array(found, np.int64)


def pieces(rows: list[Ints]) -> list[slice]:
    """The points (rows, points) cut where the rows jump, if that is at a few places."""
    table = np.stack(rows)
    count = table.shape[1]
    if count < 2 * _LEAST_PIECE:
        return []
    steps = np.diff(table, axis=1)
    jumps = np.flatnonzero((steps != np.median(steps, axis=1, keepdims=True)).any(axis=0)) + 1
    if not 0 < len(jumps) < _MOST_PIECES or count < _LEAST_PIECE * (len(jumps) + 1):
        return []
    ends = [0, *jumps.tolist(), count]
    return [slice(first, stop) for first, stop in pairwise(ends)]


def find_slots(counts: Ints, rows: Ints, guides: Ints) -> Slots | None:
    """Which term of a full sum each term of these sums is.

    Args:
        counts: how many terms each sum has, one or more.
        rows: the ranks of the terms' factors (factors, terms), those of a sum next to each other.
        guides: coordinates of the factors, in the same way.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.cumsum(counts) - counts
    for slot in _numberings(owner, first, counts, guides):
        found = _fitted(owner, first, counts, rows, slot)
        if found is not None:
            return found
    return None


def _numberings(owner: Ints, first: Ints, counts: Ints, guides: Ints) -> Iterator[Ints]:
    """Guesses of the slots: by a coordinate, by sums that lack nothing, and by position."""
    for row in guides:
        values, slot = np.unique(row, return_inverse=True)
        if len(values) * len(counts) * _LEAST_FILL <= len(owner):
            yield slot.astype(np.int64)
    for row in guides:
        anchored = _anchored(owner, first, counts, row)
        if anchored is not None:
            yield anchored
    yield np.arange(len(owner)) - first[owner]


def _anchored(owner: Ints, first: Ints, counts: Ints, row: Ints) -> Ints | None:
    """Slots by a factor that starts nowhere but where it does in sums that lack no term."""
    most = int(counts.max())
    whole = row[counts[owner] == most].reshape(-1, most)
    pattern, starts = whole[0] - whole[0, 0], np.unique(whole[:, 0])
    order = np.argsort(pattern)
    ranked = pattern[order]
    if (whole - whole[:, :1] != pattern).any() or (np.diff(ranked) == 0).any():
        return None
    if len(counts) * most > _MOST_PLACES:
        return None

    def place(values: Ints) -> Ints:
        return np.minimum(np.searchsorted(ranked, values), most - 1)

    base = row[first][:, None] - pattern
    behind = row[first + counts - 1][:, None] - base
    fits = np.isin(base, starts) & (ranked[place(behind)] == behind)
    chosen = fits.argmax(axis=1)
    offset = row - base[np.arange(len(counts)), chosen][owner]
    at = place(offset)
    right = fits.any(axis=1).all() and (ranked[at] == offset).all()
    return order[at] if right else None


def _fitted(owner: Ints, first: Ints, counts: Ints, rows: Ints, slot: Ints) -> Slots | None:
    """The slots with bases and patterns; None where they do not explain all of the rows."""
    size = int(slot.max()) + 1
    places = owner * size + slot
    sparse = len(counts) * size * _LEAST_FILL > len(owner)
    if sparse or np.unique(places).size < len(places):
        return None
    fullest = int(counts.argmax())
    its = slice(int(first[fullest]), int(first[fullest] + counts[fullest]))
    pattern = np.zeros((len(rows), size), np.int64)
    if counts[fullest] == size:
        pattern[:, slot[its]] = rows[:, its]
    else:  # it can be told only where it counts up
        ends = slot[its][[0, -1]]
        width = int(ends[1] - ends[0])
        rise = rows[:, its.stop - 1] - rows[:, its.start]
        if width == 0 or (rise % width).any():
            return None
        pattern[:] = rise[:, None] // width * np.arange(size)
    pattern -= pattern[:, :1]
    base = rows[:, first] - pattern[:, slot[first]]
    if (base[:, owner] + pattern[:, slot] != rows).any():
        return None
    return Slots(owner, slot, base, pattern)


def filled(index: Ints, present: Bools, size: int) -> Ints:
    """Indices into a row of `size`, with the holes in them made up: in line if they can be."""
    line = _line(index, present)
    if line is not None:
        whole = np.broadcast_to(affine(*line, index.shape), index.shape)
        if whole.min() >= 0 and whole.max() < size:
            return whole
    steps = [_step(index, present, axis) for axis in range(index.ndim)]
    free = [
        step is not None and (present == present.take([0], axis=axis)).all()
        for axis, step in enumerate(steps)
    ]
    corner = tuple(slice(0, 1) if f else slice(None) for f in free)
    least = int(index[corner][present[corner]].min())
    strides = tuple(step or 0 if f else 0 for step, f in zip(steps, free, strict=True))
    return np.where(present, index, affine(least, strides, index.shape))


def _line(index: Ints, present: Bools) -> tuple[int, tuple[int, ...]] | None:
    """Base and strides, if the indices that are there count up along every axis."""
    strides = [_step(index, present, axis) for axis in range(index.ndim)]
    known = tuple(step or 0 for step in strides)
    rest = (index - affine(0, known, index.shape))[present]
    return None if None in strides or (rest != rest[0]).any() else (int(rest[0]), known)


def _step(index: Ints, present: Bools, axis: int) -> int | None:
    """How far apart neighbours along an axis are, if that is always the same."""
    there = np.moveaxis(present, axis, 0)
    steps = np.diff(np.moveaxis(index, axis, 0), axis=0)[there[1:] & there[:-1]]
    if not steps.size:
        return 0
    return int(steps[0]) if (steps == steps[0]).all() else None
