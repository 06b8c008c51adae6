"""The losses of a branch of time, thinned: so many points, however long it gets."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence

MOST = 512
COLUMNS = ("steps", "batch", "training", "held_out", "training_metric", "held_out_metric")
Scores = tuple[float, float, float, float]  # losses of both parts of the samples, and metrics


class Curves:
    """What was scored at every so many steps.

    Args:
        gap: how many, at first; it doubles whenever there are too many points.
    """

    def __init__(self, gap: int) -> None:
        self.gap = gap
        self.columns: dict[str, array[float]] = {name: array("d") for name in COLUMNS}

    def wants(self, step: int) -> bool:
        """Whether the losses at this step are to be taken down."""
        steps = self.columns["steps"]
        return not steps or (step % self.gap == 0 and step > steps[-1])

    def take(self, step: int, batch: float, scores: Callable[[], Scores]) -> None:
        """Take them down, where they are wanted."""
        if not self.wants(step):
            return
        row: Sequence[float] = (step, batch, *scores())
        for column, x in zip(self.columns.values(), row, strict=True):
            column.append(x)
        if len(self.columns["steps"]) > MOST:
            self.gap *= 2
            steps = self.columns["steps"]
            kept = [i for i, at in enumerate(steps) if i == 0 or at % self.gap == 0]
            for name, column in self.columns.items():
                self.columns[name] = array("d", [column[i] for i in kept])
