"""Index maps of what integers among the arguments select, and maps put over into others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .affine import c_strides, varying
from .storages import Chosen, IndexMap, Table, affine, index_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


def chosen_map(first: Ints, row: Ints, steps: Ints, site: Ints) -> IndexMap:
    """The map that gives `first + steps[row, k]`, where k is what `site` takes, at every point.

    Args:
        first, row, site: one each for every point of a box.
        steps: how far each candidate lies behind the first one, a row for each kind of table.
    """
    steps, same = np.unique(steps, axis=0, return_inverse=True)
    row = same.reshape(-1)[row]
    static = index_map(first)
    rest = first - affine(static.base, static.strides, first.shape)
    parts = (rest, row, site)
    moving = tuple(np.any([varying(part) for part in parts], axis=0).tolist())
    corner = tuple(slice(None) if m else 0 for m in moving)
    rest, row, site = (np.ascontiguousarray(part[corner]).ravel() for part in parts)
    chosen = Chosen(site, rest, row, steps)
    values = np.zeros(len(site), np.int32)
    chosen.fill(values, np.zeros(int(site.max()) + 1, np.int64))
    table = Table(values, c_strides(first.shape, moving), chosen)
    return IndexMap(static.base, static.strides, table)


def looked_up(index: IndexMap, points: tuple[int, ...], moved: Callable[[Ints], Ints]) -> IndexMap:
    """The map that gives `moved` of every index that this one gives in a box."""
    if index.table is None or index.table.chosen is None:
        return index_map(moved(index.over(points)))
    chosen = index.table.chosen
    static = affine(index.base, index.strides, points)
    entry, static = np.broadcast_arrays(affine(0, index.table.strides, points), static)
    every = (static + chosen.first[entry])[..., None] + chosen.steps[chosen.row[entry]]
    every = moved(every)
    first = every[..., 0]
    steps = (every - every[..., :1]).reshape(first.size, -1)
    row = np.arange(first.size).reshape(first.shape)
    return chosen_map(first, row, steps, chosen.site[entry])
