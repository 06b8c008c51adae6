"""The paths by which a result depends on a node, those that bring most to its gradient first.

Note [Largest first]
A path brings the product of the slopes along it. There may be more paths than could ever be
listed, so they are found best first: going up from the node, what is reached is taken in the order
of the most that a path through it can bring, which is known for every node beforehand. So paths
come out in the order of their size, and the walk may stop after a few.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

from ..inside.reading import Reading

_MOST_TRIED = 100_000


@dataclass(frozen=True)
class Path:
    """The nodes from one to the root, and what the path brings to the gradient of the first."""

    nodes: tuple[int, ...]
    share: float


def paths_up(reading: Reading, node: int) -> Iterator[Path]:
    """Go through the paths from a node to the root, largest first.

    Paths that bring nothing are left out; where a slope is infinite or nan there are none to
    compare, and none come.
    """
    readers = _readers(reading)
    bound = _bounds(reading)
    if not all(map(isfinite, bound.values())):
        return
    tried = 0
    waiting: list[tuple[float, int, tuple[int, ...], float]] = [(0.0, 0, (node,), 1.0)]
    while waiting and tried < _MOST_TRIED:
        _, _, nodes, product = heapq.heappop(waiting)
        if nodes[-1] == reading.root:
            yield Path(nodes, product)
            continue
        for reader, slope in readers.get(nodes[-1], ()):
            share = product * slope
            most = abs(share) * bound.get(reader, 0.0)
            if most > 0.0:
                tried += 1
                heapq.heappush(waiting, (-most, tried, (*nodes, reader), share))


def count_paths(reading: Reading, node: int) -> int:
    """Count the paths from a node to the root along which a slope is not 0."""
    counts = {reading.root: 1}
    for reader in reading.backward:
        for parent, _ in reading.edges(reader):
            counts[parent] = counts.get(parent, 0) + counts.get(reader, 0)
    return counts.get(node, 0)


def _readers(reading: Reading) -> dict[int, list[tuple[int, float]]]:
    found: dict[int, list[tuple[int, float]]] = {}
    for reader in reading.backward:
        for parent, slope in reading.edges(reader):
            found.setdefault(parent, []).append((reader, slope))
    return found


def _bounds(reading: Reading) -> dict[int, float]:
    """For each node the most that any path from it to the root can bring."""
    bound = {reading.root: 1.0}
    for reader in reading.backward:
        here = bound.get(reader, 0.0)
        for parent, slope in reading.edges(reader):
            bound[parent] = max(bound.get(parent, 0.0), here * abs(slope))
    return bound
