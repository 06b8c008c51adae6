"""Places the nodes along their layers, in a given order, so that edges run straight.

Each sweep moves a layer's nodes as near as possible to where their neighbours want them, without
changing their order or coming closer than allowed: after subtracting the least distances this is
isotonic regression, which pooling adjacent violators (PAV) solves exactly.

Source: Ayer, Brunk, Ewing, Reid, Silverman, Annals of Mathematical Statistics 26 (1955), for PAV.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 30


@dataclass(frozen=True)
class Pull:
    """An edge between neighbouring layers: what it adds to the heights at its ends, its weight."""

    tail: int
    head: int
    port: float
    weight: float


def assign_heights(
    rows: Sequence[Sequence[int]],
    pulls: Sequence[Pull],
    least_gap: Callable[[int, int], float],
) -> list[float]:
    """The height of each node's centre.

    Args:
        rows: The nodes of each layer, in order.
        pulls: The edges; one is straight if height[tail] == height[head] + port.
        least_gap: The least distance between the centres of two nodes that follow each other.
    """
    count = sum(len(row) for row in rows)
    height = [0.0] * count
    before: list[list[Pull]] = [[] for _ in range(count)]
    after: list[list[Pull]] = [[] for _ in range(count)]
    for pull in pulls:
        after[pull.tail].append(pull)
        before[pull.head].append(pull)
    offsets = [_offsets(row, least_gap) for row in rows]
    for row, offset in zip(rows, offsets, strict=True):
        for node, distance in zip(row, offset, strict=True):
            height[node] = distance - offset[-1] / 2

    def wish(node: int, pulling: list[Pull]) -> tuple[float, float]:
        total = weighed = 0.0
        for pull in pulling:
            if pull.head == node:
                weighed += pull.weight * (height[pull.tail] - pull.port)
            else:
                weighed += pull.weight * (height[pull.head] + pull.port)
            total += pull.weight
        return (weighed / total, total) if total else (height[node], 0.01)

    for sweep in range(SWEEPS):
        rightward = sweep % 2 == 0
        first = sweep < 4  # at first from one side only, so that the picture unfolds
        lanes = list(zip(rows, offsets, strict=True))
        for row, offset in lanes if rightward else reversed(lanes):
            wishes = []
            for node in row:
                one_side = before[node] if rightward else after[node]
                wishes.append(wish(node, one_side if first else before[node] + after[node]))
            for node, at in zip(row, place(wishes, offset), strict=True):
                height[node] = at
    return height


def _offsets(row: Sequence[int], least_gap: Callable[[int, int], float]) -> list[float]:
    offsets = [0.0][: len(row)]
    for above, below in pairwise(row):
        offsets.append(offsets[-1] + least_gap(above, below))
    return offsets


def place(wishes: Sequence[tuple[float, float]], offsets: Sequence[float]) -> list[float]:
    """The positions nearest to the wishes in weighted least squares that keep their distances.

    Args:
        wishes: (position, weight) of each node, in order.
        offsets: The least distance of each node from the first.

    >>> place([(0.0, 1.0), (0.0, 1.0)], [0.0, 10.0])
    [-5.0, 5.0]
    """
    blocks: list[tuple[float, float, int]] = []  # common shift, weight, number of nodes
    for (position, weight), offset in zip(wishes, offsets, strict=True):
        block = (position - offset, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            shift, heavier, count = blocks.pop()
            total = heavier + block[1]
            mean = (shift * heavier + block[0] * block[1]) / total
            block = (mean, total, count + block[2])
        blocks.append(block)
    shifts = [shift for shift, _, count in blocks for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
