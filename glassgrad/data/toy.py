"""Small made-up sets of points, the same for the same seed, in plain Python.

Each function returns (X, y): a list of points, and the class of each.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

from .errors import DataError, plural

Points = tuple[list[list[float]], list[int]]


def lecture() -> Points:
    """Return the four points of three numbers on which the lecture trains, classes 1 and -1."""
    X = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    return X, [1, -1, -1, 1]


def demo_moons() -> Points:
    """Return the 100 points of micrograd's demo, two moons of classes -1 and 1.

    They come from NumPy's legacy random stream and are kept as a file; see tables/README.md.
    """
    from .read import read_table

    table = read_table(Path(__file__).with_name("tables") / "demo_moons.csv")
    return [[float(x1), float(x2)] for x1, x2, _ in table.rows], [int(y) for *_, y in table.rows]


def xor(n: int = 4, noise: float = 0.0, seed: int = 0) -> Points:
    """Return the corners of the unit square in turn; class 1 where just one coordinate is 1.

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    _check(n, noise, classes=2)
    corners = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
    X = _blur([corners[i % 4] for i in range(n)], noise, random.Random(seed))
    return X, [(0, 1, 1, 0)[i % 4] for i in range(n)]


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Points:
    """Return two half circles of radius 1 that reach into each other, classes 0 and 1.

    Class 0 is the upper one around (0, 0), class 1 the lower one around (1, 0.5).
    """
    _check(n, noise, classes=2)
    upper, lower = _evenly(0.0, math.pi, n // 2), _evenly(0.0, math.pi, n - n // 2)
    points = [(math.cos(t), math.sin(t)) for t in upper]
    points += [(1.0 - math.cos(t), 0.5 - math.sin(t)) for t in lower]
    return _shuffled(points, [0] * len(upper) + [1] * len(lower), noise, seed)


def circles(n: int = 100, noise: float = 0.05, seed: int = 0, factor: float = 0.5) -> Points:
    """Return two circles around the origin: class 0 of radius 1, class 1 of radius `factor`."""
    _check(n, noise, classes=2)
    if not 0.0 < factor < 1.0:
        raise DataError(
            f"factor, the inner circle's radius, must be between 0 and 1, not {factor}."
        )
    points = []
    labels = []
    for label, (radius, count) in enumerate([(1.0, n // 2), (factor, n - n // 2)]):
        turn = [2.0 * math.pi * i / count for i in range(count)]
        points += [(radius * math.cos(t), radius * math.sin(t)) for t in turn]
        labels += [label] * count
    return _shuffled(points, labels, noise, seed)


def spirals(
    n: int = 200, noise: float = 0.02, seed: int = 0, classes: int = 2, turns: float = 1.0
) -> Points:
    """Return spiral arms from the origin to radius 1, one for each class.

    On an arm the angle grows with the radius r: 2 pi (turns r + class / classes).
    """
    _check(n, noise, classes)
    if not math.isfinite(turns):
        raise DataError(f"turns must be a finite number, not {turns}.")
    points = []
    labels = []
    for label, count in enumerate(_shares(n, classes)):
        for i in range(1, count + 1):
            radius = i / count
            t = 2.0 * math.pi * (turns * radius + label / classes)
            points.append((radius * math.cos(t), radius * math.sin(t)))
            labels.append(label)
    return _shuffled(points, labels, noise, seed)


def blobs(n: int = 150, noise: float = 0.25, seed: int = 0, classes: int = 3) -> Points:
    """Return round clouds of standard deviation `noise`, one for each class.

    Their centres stand evenly on the circle of radius 1 around the origin, from (1, 0) on.
    """
    _check(n, noise, classes)
    labels = [label for label, count in enumerate(_shares(n, classes)) for _ in range(count)]
    turn = [2.0 * math.pi * label / classes for label in labels]
    return _shuffled([(math.cos(t), math.sin(t)) for t in turn], labels, noise, seed)


SETS: dict[str, Callable[..., Points]] = {
    f.__name__: f for f in (lecture, demo_moons, xor, moons, circles, spirals, blobs)
}


def _check(n: int, noise: float, classes: int) -> None:
    if classes < 2:
        raise DataError(f"classes must be 2 or more, not {classes}.")
    if n < classes:
        raise DataError(
            f"{classes} classes need n of at least {classes}, not {plural(n, 'point')}."
        )
    if not 0.0 <= noise < math.inf:
        raise DataError(f"noise is a standard deviation, 0 or more, not {noise}.")


def _shares(n: int, classes: int) -> list[int]:
    """Share n points out among the classes; the first ones get those left over."""
    return [n // classes + (label < n % classes) for label in range(classes)]


def _evenly(start: float, stop: float, count: int) -> list[float]:
    """Return `count` numbers from start to stop, both included; one alone is the start."""
    return [start + (stop - start) * i / max(count - 1, 1) for i in range(count)]


def _blur(points: list[tuple[float, float]], noise: float, rng: random.Random) -> list[list[float]]:
    return [[x + rng.gauss(0.0, noise), y + rng.gauss(0.0, noise)] for x, y in points]


def _shuffled(
    points: list[tuple[float, float]], labels: list[int], noise: float, seed: int
) -> Points:
    rng = random.Random(seed)
    order = list(range(len(points)))
    rng.shuffle(order)
    return _blur([points[i] for i in order], noise, rng), [labels[i] for i in order]
