"""Finding axes: when does a row of numbers count up along a box of axes?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_DEEPEST = 6
Axes = list[tuple[int, "Ints"]]  # (extent, stride of each row), outermost first


def find_axes(rows: Ints) -> Axes | None:
    """One box of axes along which every one of `rows` (rows, points) is affine, or None.

    The innermost axis is the first run of constant differences of all rows together; what is left
    is its first points, which are treated in the same way.
    """
    axes: Axes = []
    while rows.shape[1] > 1:
        count = rows.shape[1]
        steps = rows[:, 1:] - rows[:, :-1]
        first = steps[:, :1]
        breaks = (steps != first).any(axis=0)
        extent = int(breaks.argmax()) + 1 if breaks.any() else count
        if count % extent or len(axes) == _DEEPEST:
            return None
        boxed = rows.reshape(len(rows), count // extent, extent)
        line = first[:, :, None] * np.arange(extent)
        if not np.array_equal(boxed, boxed[:, :, :1] + line):
            return None
        axes.insert(0, (extent, first[:, 0].copy()))
        rows = boxed[:, :, 0]
    return axes


def joint_axes(rows: Ints) -> tuple[list[int], Axes]:
    """Axes for as many of `rows` as go together: the rows kept, and the axes with their strides.

    The first row is always kept: it must be affine by itself.
    """
    axes = find_axes(rows)
    if axes is not None:
        return list(range(len(rows))), axes
    kept = [0]
    for k in range(1, len(rows)):
        if find_axes(rows[[*kept, k]]) is not None:
            kept.append(k)
    axes = find_axes(rows[kept])
    assert axes is not None
    return kept, axes


def split_axes(axes: Axes, shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    """The extents of `axes`, cut where a row steps over the edge of an axis of what it reads.

    `shapes` are those of the storages that the rows index: 1600 numbers of a (100, 16) are two
    axes, even where they are one run of indices.
    """
    extents: list[int] = []
    for extent, strides in axes:
        cuts = {
            edge // abs(stride)
            for stride, shape in zip(strides.tolist(), shapes, strict=True)
            for edge in edges(shape)
            if stride and abs(stride) < edge < abs(stride) * extent and edge % stride == 0
        }
        inner: list[int] = []
        done = 1
        for cut in sorted(cuts):
            if cut % done == 0 and extent % cut == 0:
                inner.insert(0, cut // done)
                done = cut
        extents += [extent // done, *inner]
    return tuple(extents)


def edges(shape: tuple[int, ...]) -> list[int]:
    """How far apart in memory neighbours along each axis of a shape lie (C order)."""
    steps = [1]
    for extent in reversed(shape[1:]):
        steps.insert(0, steps[0] * extent)
    return steps[: len(shape)]


def coordinates(
    base: int, strides: tuple[int, ...], shape: tuple[int, ...], points: tuple[int, ...]
) -> list[tuple[int, tuple[int, ...]]] | None:
    """A flat index over a box of points as one index for each axis of a shape.

    None where a step along an axis of the points would carry over an edge of the shape.
    """
    found = []
    rests = [base, *(abs(stride) for stride in strides)]
    for edge, extent in zip(edges(shape), shape, strict=True):
        start, *steps = (rest // edge for rest in rests)
        rests = [rest % edge for rest in rests]
        along = tuple(
            (-step if stride < 0 else step) if count > 1 else 0
            for step, stride, count in zip(steps, strides, points, strict=True)
        )
        reach = [step * (count - 1) for step, count in zip(along, points, strict=True)]
        low, high = (start + sum(pick(0, x) for x in reach) for pick in (min, max))
        if low < 0 or high >= extent:
            return None
        found.append((start, along))
    return found


def varying(values: NDArray[np.generic]) -> tuple[bool, ...]:
    """On which axes a table changes at all."""
    return tuple(bool((values != values.take([0], axis=axis)).any()) for axis in range(values.ndim))


def c_strides(extents: tuple[int, ...], moving: tuple[bool, ...]) -> tuple[int, ...]:
    """Strides of a table packed over its moving axes, outermost first; 0 for the others."""
    strides, step = [0] * len(extents), 1
    for axis in reversed(range(len(extents))):
        if moving[axis]:
            strides[axis] = step
            step *= extents[axis]
    return tuple(strides)
