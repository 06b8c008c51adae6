"""Rows divided into parts for training, validation and testing."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Sequence
from fractions import Fraction

from .errors import DataError, plural


def split(
    n: int,
    fractions: Sequence[float] = (0.7, 0.15, 0.15),
    seed: int = 0,
    stratify: Sequence[Hashable] | None = None,
) -> tuple[list[int], ...]:
    """Divide the rows 0 to n - 1 by chance into one part for each fraction.

    The same seed gives the same parts. Sizes are exact: each part gets its share rounded down, and
    the rows left over go to the parts with the largest remainders. Indices rise within a part.

    Args:
        n: the number of rows.
        fractions: the share of each part, summing to 1; the first part is the training set.
        seed: of the random choice.
        stratify: the class of each row; every part then has the classes in nearly the same
            proportions, and every class has a row in the training set.

    >>> split(10, (0.6, 0.2, 0.2), seed=1)
    ([3, 5, 6, 7, 8, 9], [0, 4], [1, 2])
    """
    shares = _shares(fractions)
    sizes = _sizes(n, shares)
    if n < 1 or not sizes[0]:
        raise DataError(
            f"{plural(n, 'row')} split as {', '.join(f'{f:g}' for f in fractions)} leave no row to"
            " train on. Give the first part more, or use more rows."
        )
    rng = random.Random(seed)
    if stratify is None:
        order = list(range(n))
        rng.shuffle(order)
        starts = [sum(sizes[:i]) for i in range(len(sizes))]
        parts = [order[start : start + size] for start, size in zip(starts, sizes, strict=True)]
    else:
        parts = _stratified(_by_class(n, stratify), sizes, rng)
    return tuple(sorted(part) for part in parts)


def _shares(fractions: Sequence[float]) -> list[Fraction]:
    """Check the fractions; 0.15 then is exactly 3/20, so that no rounding moves a row."""
    total = math.fsum(fractions)
    if not fractions or not all(0.0 <= f <= 1.0 for f in fractions) or abs(total - 1.0) > 1e-9:
        raise DataError(
            "fractions must be numbers from 0 to 1 that sum to 1, such as (0.7, 0.15, 0.15); these"
            f" are {tuple(fractions)}, which sum to {total:g}."
        )
    exact = [Fraction(repr(float(f))) for f in fractions]
    return [share / sum(exact) for share in exact]


def _sizes(n: int, shares: Sequence[Fraction]) -> list[int]:
    """Return whole sizes that sum to n (largest remainder; among equals the earlier part)."""
    quotas = [share * n for share in shares]
    sizes = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(sizes)), key=lambda i: sizes[i] - quotas[i])
    for i in by_remainder[: n - sum(sizes)]:
        sizes[i] += 1
    return sizes


def _by_class(n: int, labels: Sequence[Hashable]) -> list[list[int]]:
    if len(labels) != n:
        raise DataError(f"stratify has {len(labels)} classes for {plural(n, 'row')}.")
    classes: dict[Hashable, list[int]] = {}
    for row, label in enumerate(labels):
        classes.setdefault(label, []).append(row)
    return list(classes.values())


def _stratified(
    classes: list[list[int]], sizes: Sequence[int], rng: random.Random
) -> list[list[int]]:
    """Deal the rows out class by class, each to the part that is furthest behind its share.

    The first row of each class goes to training, which keeps a place free for those to come.
    """
    if len(classes) > sizes[0]:
        raise DataError(
            f"{plural(sizes[0], 'training row')} can't hold one of each of {len(classes)} classes."
            " Give the first part a larger share, or join classes that are rare."
        )
    n = sum(sizes)
    parts: list[list[int]] = [[] for _ in sizes]
    dealt = 0
    for still_to_come, rows in zip(range(len(classes) - 1, -1, -1), classes, strict=True):
        rng.shuffle(rows)
        for place, row in enumerate(rows):
            dealt += 1
            room = [size - len(part) for size, part in zip(sizes, parts, strict=True)]
            room[0] -= still_to_come
            # n times as many rows as the part still lacks of its share of those dealt so far
            lack = [size * dealt - n * len(part) for size, part in zip(sizes, parts, strict=True)]
            open_parts = [i for i, free in enumerate(room) if free > 0]
            chosen = max(open_parts, key=lack.__getitem__) if place else 0
            parts[chosen].append(row)
    return parts
