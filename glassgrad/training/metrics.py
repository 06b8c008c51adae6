"""Measures of how well outputs meet their targets: each is a sum over rows and a closing formula.

So a running epoch, a stopped and resumed one, and a whole table are all measured by the same code.
An output is what a model returns for one row, a number or a list of numbers, `Value` or float.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..spelling import suggestion

Target = int | float


@dataclass(frozen=True)
class Metric:
    """One measure over rows; the larger, the better.

    Args:
        name: what logs call it.
        of_row: (output, target) -> what this row adds to the total.
        overall: (total, targets of all rows) -> the measure.
        of_rows: as `of_row`, of many rows at once and much faster: (an array of outputs, a number
            or a row of numbers for each, an array of targets) -> a list of the same numbers. None:
            `of_row` is asked for one after another.
    """

    name: str
    of_row: Callable[[Any, Target], float]
    overall: Callable[[float, Sequence[Target]], float]
    of_rows: Callable[[Any, Any], list[float]] | None = None

    def __call__(self, outputs: Sequence[Any], targets: Sequence[Target]) -> float:
        """Return the measure of all rows together."""
        return self.overall(self.total(outputs, targets), targets)

    def total(self, outputs: Sequence[Any], targets: Sequence[Target]) -> float:
        """Return what rows add up to."""
        return sum(self.of_row(o, t) for o, t in zip(outputs, targets, strict=True))


def number(output: Any) -> float:
    """Return the plain number of a Value or a float."""
    return float(getattr(output, "data", output))


def chosen(output: Any) -> int:
    """Return the class that an output votes for.

    Of several scores the highest counts, the first one among equals; a single score votes for
    class 1 where it is above 0, the middle of a logit and of a hinge margin.

    >>> chosen([0.5, 2.0, -1.0]), chosen(-0.3), chosen(0.3)
    (1, 0, 1)
    """
    if isinstance(output, (list, tuple)):
        scores = [number(score) for score in output]
        return scores.index(max(scores))
    return int(number(output) > 0.0)


def _is_right(output: Any, target: Target) -> float:
    if isinstance(output, (list, tuple)):
        return float(chosen(output) == target)
    return float(chosen(output) == (target > 0))  # classes 0 and 1, or -1 and 1


def _are_right(outputs: Any, targets: Any) -> list[float]:
    of_classes = outputs.ndim == 2
    right = outputs.argmax(1) == targets if of_classes else (outputs > 0.0) == (targets > 0)
    found: list[float] = right.astype(float).tolist()
    return found


def _squared_error(output: Any, target: Target) -> float:
    miss = number(output) - target
    return miss * miss  # inf where it is too large, when miss**2 would raise


def _squared_errors(outputs: Any, targets: Any) -> list[float]:
    return [miss * miss for miss in (outputs - targets).tolist()]


def _share(total: float, targets: Sequence[Target]) -> float:
    return total / len(targets)


def _explained(total: float, targets: Sequence[Target]) -> float:
    mean = math.fsum(target / len(targets) for target in targets)
    scale = max(abs(target - mean) for target in targets)
    if scale == 0.0:
        return float(total == 0.0)
    if total == math.inf == scale * scale * len(targets):
        return math.nan  # both are beyond all floats
    spread = math.fsum(((target - mean) / scale) ** 2 for target in targets)
    return 1.0 - total / scale / scale / spread


accuracy = Metric("accuracy", _is_right, _share, _are_right)
r2 = Metric("r2", _squared_error, _explained, _squared_errors)
METRICS = {metric.name: metric for metric in (accuracy, r2)}


def metric_of(metric: Metric | str | None) -> Metric | None:
    """Return the metric of this name; a Metric, or None, is passed on."""
    if not isinstance(metric, str):
        return metric
    if metric in METRICS:
        return METRICS[metric]
    known = ", ".join(map(repr, METRICS))
    raise ValueError(
        f"There is no metric {metric!r}.{suggestion(metric, METRICS)} There are {known}."
    )


def confusion(predicted: Sequence[int], actual: Sequence[int], classes: int) -> list[list[int]]:
    """Count the rows of each actual class (first index) by the class predicted (second index).

    >>> confusion([0, 1, 1, 1], [0, 0, 1, 1], classes=2)
    [[1, 1], [0, 2]]
    """
    counts = [[0] * classes for _ in range(classes)]
    for p, a in zip(predicted, actual, strict=True):
        counts[a][p] += 1
    return counts


@dataclass(frozen=True)
class OfClass:
    """How one class fares. Where nothing was predicted, or nothing is there, shares are 0.

    Args:
        precision: of the rows predicted so, the share that are.
        recall: of the rows that are, the share predicted so.
        f1: their harmonic mean.
        rows: how many rows are of the class.
    """

    precision: float
    recall: float
    f1: float
    rows: int


def by_class(counts: Sequence[Sequence[int]]) -> list[OfClass]:
    """Return how each class fares, from `confusion`."""
    found = []
    for i, row in enumerate(counts):
        right, predicted, rows = row[i], sum(other[i] for other in counts), sum(row)
        both = predicted + rows
        found.append(
            OfClass(
                precision=right / predicted if predicted else 0.0,
                recall=right / rows if rows else 0.0,
                f1=2.0 * right / both if both else 0.0,
                rows=rows,
            )
        )
    return found
