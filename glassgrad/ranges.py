"""Checks that a setting is within its range, before anything is done with it."""

from __future__ import annotations

import math

from .ops import number


def within(name: str, x: float, below: float = math.inf) -> float:
    """`x` as a float, at least 0 and less than `below`.

    Raises:
        ValueError: it is not; says the range and what came.
        TypeError: `x` is not a number.
    """
    x = number(x, name)
    if not 0.0 <= x < below:
        upper = "finite" if below == math.inf else f"less than {below:g}"
        raise ValueError(f"{name} must be at least 0 and {upper}, but {x} came.")
    return x


def positive(name: str, n: int) -> int:
    """`n` as an int, a whole number of at least 1.

    Raises:
        ValueError: it is not; says what came.
        TypeError: `n` is not a number.
    """
    x = number(n, name)
    if not (x >= 1.0 and x.is_integer()):
        raise ValueError(f"{name} must be a whole number of at least 1, but {n} came.")
    return int(n)
