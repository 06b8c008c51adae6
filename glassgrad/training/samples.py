"""Samples and their targets, taken from whatever sequence or array they come in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Samples:
    """Inputs and their targets, one for each."""

    X: list[Any]
    y: list[Any]

    def __len__(self) -> int:
        return len(self.X)

    def pick(self, rows: Sequence[int]) -> Samples:
        """Return the samples with these indices."""
        return Samples([self.X[row] for row in rows], [self.y[row] for row in rows])


def samples_of(X: Any, y: Any, names: tuple[str, str] = ("X", "y")) -> Samples:
    """Return samples from sequences, NumPy arrays or columns of a data frame.

    Raises:
        ValueError: there are none, or not one target for each, or a number is not finite; says
            which and where.
    """
    samples = Samples(_listed(X), _listed(y))
    if not samples.X:
        raise ValueError(f"{names[0]} has no samples; there is nothing to train on.")
    if len(samples.X) != len(samples.y):
        raise ValueError(
            f"{names[0]} has {len(samples.X)} samples, but {names[1]} has {len(samples.y)} targets;"
            " each sample needs one."
        )
    for name, rows in zip(names, (samples.X, samples.y), strict=True):
        for i, row in enumerate(rows):
            for x in row if isinstance(row, list) else [row]:
                if isinstance(x, float) and not math.isfinite(x):
                    raise ValueError(f"{name}[{i}] is {row!r:.200}; each number must be finite.")
    return samples


def _listed(rows: Any) -> list[Any]:
    if hasattr(rows, "to_numpy"):  # a data frame's own iteration gives the names of its columns
        rows = rows.to_numpy()
    return [_plain(row) for row in rows]


def _plain(row: Any) -> Any:
    if hasattr(row, "tolist"):  # an array, or one of NumPy's numbers
        return row.tolist()
    return list(row) if isinstance(row, tuple) else row
