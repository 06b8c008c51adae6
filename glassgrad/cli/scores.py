"""How well a model does on the rows of a table, beside the plainest guess."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..training.metrics import OfClass, accuracy, by_class, chosen, confusion, number, r2
from .text import columns

if TYPE_CHECKING:
    from ..data import Table
    from ..model_file import TrainedModel


@dataclass(frozen=True)
class ClassScores:
    """Of a model that predicts classes.

    Args:
        rows: how many were scored.
        accuracy: the share of them that it gets right.
        baseline: that share for who always says `usual`, the most frequent class in training.
        classes: their names.
        confusion: numbers of rows by actual class (first index) and predicted class.
        by_class: how each class fares.
    """

    rows: int
    accuracy: float
    baseline: float
    usual: str
    classes: list[str]
    confusion: list[list[int]]
    by_class: list[OfClass]

    @property
    def heads(self) -> list[str]:
        """What stands above `cells` in a table of parts."""
        return ["rows", "accuracy", f"always {self.usual}"]

    @property
    def cells(self) -> list[str]:
        """The scores in a few words."""
        return [f"{self.rows:,}", _per_cent(self.accuracy), _per_cent(self.baseline)]

    def details(self) -> str:
        """Return the scores of each class, and which is taken for which, as text."""
        heads = ["", "precision", "recall", "F1", "rows"]
        rows = [
            [name, _per_cent(c.precision), _per_cent(c.recall), f"{c.f1:.3f}", f"{c.rows:,}"]
            for name, c in zip(self.classes, self.by_class, strict=True)
        ]
        taken = [
            [name, *map(str, counts)]
            for name, counts in zip(self.classes, self.confusion, strict=True)
        ]
        matrix = columns([["is / predicted", *self.classes], *taken])
        return f"{columns([heads, *rows])}\n\n{matrix}"


@dataclass(frozen=True)
class NumberScores:
    """Of a model that predicts a number.

    Args:
        rows: how many were scored.
        r2: the share of the variance that it explains: 1 is perfect, 0 no better than the mean.
        rmse: the root of the mean squared error, in the target's own unit.
        mae: the mean distance, in that unit.
        baseline: the rmse of who always says the mean of the training rows.
    """

    rows: int
    r2: float
    rmse: float
    mae: float
    baseline: float

    @property
    def heads(self) -> list[str]:
        """What stands above `cells` in a table of parts."""
        return ["rows", "R²", "mean error", "RMS error", "RMS saying the mean"]

    @property
    def cells(self) -> list[str]:
        """The scores in a few words."""
        errors = [f"{error:.4g}" for error in (self.mae, self.rmse, self.baseline)]
        return [f"{self.rows:,}", f"{self.r2:.3f}", *errors]

    def details(self) -> str:
        """Return what there is to add as text: nothing."""
        return ""


Scores = ClassScores | NumberScores


def score(model: TrainedModel, table: Table) -> Scores:
    """Predict the target of each row of a table, and compare.

    Raises:
        DataError: columns of the training are missing, or the target is not in the table.
    """
    encoder = model.encoder
    outputs = model.outputs(table)
    targets = encoder.targets(table)
    if not encoder.classes:
        return _score_numbers(model, [number(o) for o in outputs], targets)
    predicted = [chosen(output) for output in outputs]
    actual = [int(target) for target in targets]
    trained = model.facts.get("rows_of_class") or [0]
    usual = max(range(len(trained)), key=trained.__getitem__)
    counts = confusion(predicted, actual, len(encoder.classes))
    return ClassScores(
        rows=len(table),
        accuracy=accuracy(outputs, actual),
        baseline=actual.count(usual) / len(actual),
        usual=encoder.classes[usual],
        classes=encoder.classes,
        confusion=counts,
        by_class=by_class(counts),
    )


def _score_numbers(
    model: TrainedModel, outputs: Sequence[float], targets: Sequence[float]
) -> NumberScores:
    said = [float(x) for x in model.encoder.decode(outputs)]
    true = [float(x) for x in model.encoder.decode(targets)]
    mean = float(model.encoder.decode([0.0])[0])
    misses = [s - t for s, t in zip(said, true, strict=True)]
    return NumberScores(
        rows=len(true),
        r2=r2(said, true),
        rmse=_root_mean_square(misses),
        mae=math.fsum(map(abs, misses)) / len(misses),
        baseline=_root_mean_square([mean - t for t in true]),
    )


def as_object(scores: Scores) -> dict[str, Any]:
    """Return the scores as plain data for JSON."""
    return asdict(scores)


def _per_cent(share: float) -> str:
    return f"{100.0 * share:.1f} %"


def _root_mean_square(numbers: Sequence[float]) -> float:
    return math.sqrt(math.fsum(x * x for x in numbers) / len(numbers))
