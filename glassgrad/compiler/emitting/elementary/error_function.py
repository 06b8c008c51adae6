"""The error function, and gelu, which is made of it.

erf is a polynomial up to 1, and 1 - erfc beyond. erfc(u) = exp(-u**2) / (1 + 2 u) * P(t) for
u >= 0 with P a polynomial of t = (u - 4) / (u + 4). The square in the exponent is taken with twice
the digits, for it may be as large as 745, and the result is scaled last, so that the far tail
keeps its relative accuracy, subnormal numbers included.
"""

from __future__ import annotations

import math

from .exponential import Power
from .vector import Vector, fma, polynomial, where

_MIDDLE, _FARTHEST = 4.0, 28.0  # as in tools/make_polynomials.py


def _tail(u: Vector, x: Vector, half: float, factor: Vector | float) -> Vector:
    """Factor * erfc(u) for u = |x| * sqrt(half) >= 0."""
    scaled = polynomial("erfcx", (u - _MIDDLE) / (u + _MIDDLE)) * factor / fma(u, 2.0, 1.0)
    square = x * x
    low = fma(x, x, -square)
    return Power.of(-half * square, -half * low).times(scaled)


def _held(x: Vector, limit: float) -> Vector:
    return where(abs(x) > limit, x.lifted(limit).signed_as(x), x)


def erf(x: Vector) -> Vector:
    """The share of a normal distribution within x * sqrt(2) deviations."""
    size = abs(x)
    square = where(size > 1.0, 1.0, size)
    near = fma(size, polynomial("erf", square * square), size)
    held = _held(size, _FARTHEST)
    return where(size > 1.0, 1.0 - _tail(held, held, 1.0, 1.0), near).signed_as(x)


def gelu(x: Vector) -> Vector:
    """Return x times the chance that a standard normal number is below x."""
    held = _held(x, _FARTHEST * math.sqrt(2.0))
    tail = _tail(abs(held) * math.sqrt(0.5), held, 0.5, 0.5 * held)
    return where(x.is_negative(), tail, x - tail)
