"""What a model says over a plane of two inputs: its scores on a grid, and where they turn."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .axes import Scale

Scores = list[list[float]]
"""For each point the score of each class; for two classes a single signed one."""


@dataclass(frozen=True)
class Plane:
    """A square grid of scores over two inputs, row by row from the top.

    The grid reaches one cell beyond the frame on each side, so that a picture can be cut clean.
    """

    across: Scale
    down: Scale
    side: int
    scores: Scores

    @classmethod
    def sample(
        cls,
        predict: Callable[[list[list[float]]], Sequence[Any]],
        X: Sequence[Sequence[float]],
        resolution: int,
    ) -> "Plane":
        """Asks the model at the centre of each cell around the points."""
        across, down = (_span([point[axis] for point in X]) for axis in (0, 1))
        side = resolution + 2
        centres = [(index - 0.5) / resolution for index in range(side)]
        points = [
            [across.low + u * (across.high - across.low), down.high - v * (down.high - down.low)]
            for v in centres
            for u in centres
        ]
        return cls(across, down, side, as_scores(predict(points), len(points)))

    @property
    def classes(self) -> int:
        """How many classes the model tells apart."""
        return max(2, len(self.scores[0]))

    def decided(self) -> list[int | None]:
        """The class at each grid point; None where the model gives no number."""
        return [decide(scores) for scores in self.scores]

    def margins(self) -> list[float]:
        """How clearly each grid point is decided, from 0 to 1; signed if there are two classes."""
        raw = [_margin(scores) for scores in self.scores]
        sizes = sorted(abs(margin) for margin in raw if math.isfinite(margin))
        reach = sizes[int(0.7 * (len(sizes) - 1))] if sizes else 1.0
        return [max(-1.0, min(1.0, margin / (reach or 1.0))) for margin in raw]

    def at(self, u: float, v: float) -> list[float]:
        """The scores at a place of the frame, from 0 to 1 each way, between the grid points."""
        inner = self.side - 2
        x = min(max(u * inner + 0.5, 0.0), self.side - 1.000001)
        y = min(max(v * inner + 0.5, 0.0), self.side - 1.000001)
        column, row = int(x), int(y)
        corners = [
            (
                self.scores[(row + b) * self.side + column + a],
                _share(x - column, a) * _share(y - row, b),
            )
            for a in (0, 1)
            for b in (0, 1)
        ]
        return [
            sum(weight * scores[k] for scores, weight in corners if weight)
            for k in range(len(self.scores[0]))
        ]

    def turns(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """Short lines where the decision turns, in the frame's units, by marching squares."""
        lines = []
        levels = self._levels()
        for level in levels:
            for row in range(self.side - 1):
                for column in range(self.side - 1):
                    cuts = _cuts(level, self.side, row, column)
                    lines += [
                        (self._place(*first), self._place(*second))
                        for first, second in zip(cuts[::2], cuts[1::2], strict=False)
                    ]
        return lines

    def _place(self, x: float, y: float) -> tuple[float, float]:
        inner = self.side - 2
        return (x - 0.5) / inner, (y - 0.5) / inner

    def _levels(self) -> list[list[float]]:
        """For each class how far it is ahead of all others; its border is where that is 0."""
        if len(self.scores[0]) == 1:
            return [[scores[0] for scores in self.scores]]
        return [
            [
                scores[k] - max(score for j, score in enumerate(scores) if j != k)
                for scores in self.scores
            ]
            for k in range(len(self.scores[0]))
        ]


def _share(part: float, corner: int) -> float:
    return part if corner else 1 - part


def _span(numbers: Sequence[float]) -> Scale:
    """From a little below the least number to a little above the largest."""
    low, high = min(numbers), max(numbers)
    room = 0.12 * (high - low) or 1.0
    return Scale(low - room, high + room)


def _cuts(level: list[float], side: int, row: int, column: int) -> list[tuple[float, float]]:
    """Where the sides of one grid square cross 0, an even number of points."""
    square = ((column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1))
    heights = [level[y * side + x] for x, y in square]
    if not all(map(math.isfinite, heights)):
        return []
    cuts = []
    for k in range(4):
        (x, y), (to_x, to_y) = square[k], square[(k + 1) % 4]
        a, b = heights[k], heights[(k + 1) % 4]
        if (a < 0) != (b < 0):
            share = a / (a - b)
            cuts.append((x + share * (to_x - x), y + share * (to_y - y)))
    return cuts


def as_scores(outputs: Sequence[Any], count: int) -> Scores:
    """What a model returned, as numbers: a row of scores for each point.

    Numbers, Values, arrays and lists of these are taken. Two scores become their difference.

    Raises:
        ValueError: There is not one output for each point.
    """
    rows = [_row(output) for output in outputs]
    if len(rows) != count or len({len(row) for row in rows}) > 1 or not rows[0]:
        raise ValueError(
            f"predict gets a list of {count} points and returns for each a number, or a list of "
            f"scores, one for each class; it returned {len(rows)} outputs"
        )
    if len(rows[0]) == 2:
        return [[row[1] - row[0]] for row in rows]
    return rows


def _row(output: Any) -> list[float]:
    if hasattr(output, "_prev"):
        return [float(output.data)]
    if hasattr(output, "__len__"):
        return [float(getattr(score, "data", score)) for score in output]
    return [float(output)]


def decide(scores: Sequence[float]) -> int | None:
    """The class of a point by its scores; None if any is not a number."""
    if any(math.isnan(score) for score in scores):
        return None
    if len(scores) == 1:
        return int(scores[0] > 0)
    return max(range(len(scores)), key=scores.__getitem__)


def _margin(scores: Sequence[float]) -> float:
    """The signed score of two classes, or how far the best of many is ahead of the second."""
    if len(scores) == 1:
        return scores[0]
    best, second = sorted(scores, reverse=True)[:2]
    return best - second
