"""Orders the nodes within each layer so that few edges cross.

Source: Gansner, Koutsofios, North, Vo (1993), section 3: sweeps over the layers sort each by the
weighted median of its neighbours, and swaps of neighbours follow as long as they help. The best
order met is kept. The graph is a proper one: each edge joins a layer to the next.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

SWEEPS = 24
PATIENCE = 6  # sweeps without a better order after which to stop


@dataclass
class Sides:
    """What one node sees of the layers beside its own: (neighbour, height of the end there)."""

    left: list[tuple[int, float]] = field(default_factory=list)
    right: list[tuple[int, float]] = field(default_factory=list)


class Ordering:
    """The order of the nodes within their layers.

    Args:
        layer: The layer of each node.
        segments: (tail, head, port): an edge between neighbouring layers, and where it enters the
            head, from 0 (its top) to below 1.
    """

    def __init__(self, layer: Sequence[int], segments: Iterable[tuple[int, int, float]]) -> None:
        self.layer = layer
        self.near = [Sides() for _ in layer]
        for tail, head, port in segments:
            self.near[tail].right.append((head, port))
            self.near[head].left.append((tail, 0.0))
        self.rows: list[list[int]] = []
        self.place = [0] * len(layer)

    def improve(self) -> int:
        """Finds an order with few crossings; returns their number."""
        best, fewest = self.rows, -1
        for start in (self._from_outputs(), self._from_inputs()):
            self._take(start)
            crossings = self._descend()
            if fewest < 0 or crossings < fewest:
                best, fewest = self.rows, crossings
        self._take(best)
        return fewest

    def crossings(self) -> int:
        """How many pairs of edges cross."""
        return sum(self._crossings_after(row) for row in self.rows)

    def _crossings_after(self, row: list[int]) -> int:
        seen: list[float] = []
        crossings = 0
        for node in row:
            ends = sorted(self.place[head] + port for head, port in self.near[node].right)
            crossings += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
        return crossings

    def _take(self, rows: list[list[int]]) -> None:
        self.rows = [list(row) for row in rows]
        for row in self.rows:
            self._number(row)

    def _number(self, row: list[int]) -> None:
        for index, node in enumerate(row):
            self.place[node] = index

    def _from_outputs(self) -> list[list[int]]:
        """Depth first from the nodes that nothing reads: near planar for trees."""
        ends = [node for node in range(len(self.layer)) if not self.near[node].right]
        return self._depth_first(ends, [[n for n, _ in sides.left] for sides in self.near])

    def _from_inputs(self) -> list[list[int]]:
        ends = [node for node in range(len(self.layer)) if not self.near[node].left]
        return self._depth_first(ends, [[n for n, _ in sides.right] for sides in self.near])

    def _depth_first(self, ends: list[int], onward: list[list[int]]) -> list[list[int]]:
        rows: list[list[int]] = [[] for _ in range(max(self.layer, default=-1) + 1)]
        seen = [False] * len(self.layer)
        stack = ends[::-1]
        while stack:
            node = stack.pop()
            if not seen[node]:
                seen[node] = True
                rows[self.layer[node]].append(node)
                stack.extend(reversed(onward[node]))
        return rows

    def _descend(self) -> int:
        """Sweeps to and fro; ends with the best order met and returns its crossings."""
        self._swap()
        fewest, best, idle = self.crossings(), self.rows, 0
        for sweep in range(SWEEPS):
            if fewest == 0 or idle == PATIENCE:
                break
            self._take(self.rows)
            rightward = sweep % 2 == 0
            for row in self.rows if rightward else reversed(self.rows):
                self._sort(row, rightward, mirrored=sweep % 4 > 1)
            self._swap()
            crossings = self.crossings()
            idle = 0 if crossings < fewest else idle + 1
            if crossings < fewest:
                fewest, best = crossings, self.rows
        self._take(best)
        return fewest

    def _ends(self, neighbours: list[tuple[int, float]]) -> list[float]:
        return sorted(self.place[node] + port for node, port in neighbours)

    def _sort(self, row: list[int], rightward: bool, mirrored: bool) -> None:
        """Sorts a layer by the medians of one side; nodes without neighbours there stay put."""
        medians = {}
        for node in row:
            ends = self._ends(self.near[node].left if rightward else self.near[node].right)
            if ends:
                medians[node] = weighted_median(ends)
        movable = [node for node in row if node in medians]
        if mirrored:
            movable.reverse()  # so that equal medians change places now and then
        movable.sort(key=medians.__getitem__)
        free = iter(movable)
        row[:] = [next(free) if node in medians else node for node in row]
        self._number(row)

    def _swap(self) -> None:
        """Swaps neighbours within the layers as long as that removes crossings."""
        waiting = [True] * len(self.rows)
        while any(waiting):
            for index, row in enumerate(self.rows):
                if waiting[index]:
                    waiting[index] = False
                    if self._swap_within(row):
                        for beside in (index - 1, index + 1):
                            if 0 <= beside < len(self.rows):
                                waiting[beside] = True

    def _swap_within(self, row: list[int]) -> bool:
        left = {node: self._ends(self.near[node].left) for node in row}
        right = {node: self._ends(self.near[node].right) for node in row}
        swapped, index = False, 0
        while index < len(row) - 1:
            a, b = row[index], row[index + 1]
            if crossings_saved(left[a], left[b]) + crossings_saved(right[a], right[b]) > 0:
                row[index], row[index + 1] = b, a
                swapped = True
                index = max(index - 1, 0)  # b may now gain from passing the one before, too
            else:
                index += 1
        self._number(row)
        return swapped


def crossings_saved(first: list[float], second: list[float]) -> int:
    """How many crossings two neighbouring nodes lose by a swap, given their sorted edge ends.

    >>> crossings_saved([1.0, 2.0], [0.0])
    2
    """
    saved = 0
    if second:
        for end in first:
            saved += bisect_left(second, end) - len(second) + bisect_right(second, end)
    return saved


def weighted_median(ends: list[float]) -> float:
    """The median of sorted numbers; of an even count, nearer to the side that lies closer together.

    >>> weighted_median([0.0, 1.0, 3.0, 9.0])
    1.2857142857142858
    """
    middle = len(ends) // 2
    if len(ends) % 2 or len(ends) == 2:
        return ends[middle] if len(ends) % 2 else (ends[0] + ends[1]) / 2
    left, right = ends[middle - 1] - ends[0], ends[-1] - ends[middle]
    if left + right == 0:
        return (ends[middle - 1] + ends[middle]) / 2
    return (ends[middle - 1] * right + ends[middle] * left) / (left + right)
