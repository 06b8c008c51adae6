"""What maps are drawn over: one or two inputs of the samples, the others held."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .dataset import Dataset
from .messages.training import Feature, Plane

_MARGIN = 0.15  # of what the samples span, beyond them on each side


def features_of(data: Dataset) -> list[Feature]:
    """Return what a page is told of each input."""
    columns = zip(*data.inputs, strict=True)
    return [
        Feature(one.name, min(column), max(column), one.mean, one.scale)
        for one, column in zip(data.features, columns, strict=True)
    ]


def first_plane(data: Dataset) -> Plane:
    """Return the plane that is shown first: of inputs that take more than two numbers, if any."""
    columns = list(zip(*data.inputs, strict=True))
    order = sorted(range(len(columns)), key=lambda i: len(set(columns[i])) <= 2)
    x, *rest = order
    return plane_of(data, x, rest[0] if rest else None)


def plane_of(data: Dataset, x: int, y: int | None, held: Sequence[float] | None = None) -> Plane:
    """Return a plane around all samples.

    Args:
        data: the samples.
        x, y: the inputs along its axes; None: there is one axis.
        held: a number for each input; by default the mean over the samples.

    Raises:
        ValueError: there is no such input, or not a number for each.
    """
    inputs = len(data.features)
    if x >= inputs or (y is not None and y >= inputs) or x == y:
        raise ValueError(
            f"A plane needs two different inputs of {inputs}, numbered from 0; {x} and {y} came."
        )
    columns = list(zip(*data.inputs, strict=True))
    if held is None:
        held = [math.fsum(column) / len(column) for column in columns]
    if len(held) != inputs:
        raise ValueError(f"There are {inputs} inputs to hold; {len(held)} numbers came.")
    across = _span(columns[x])
    up = _span(columns[y]) if y is not None else (0.0, 1.0)
    return Plane(x, y, tuple(held), (*across, *up))


def _span(column: Sequence[float]) -> tuple[float, float]:
    low, high = min(column), max(column)
    margin = _MARGIN * (high - low) or 1.0
    return low - margin, high + margin
