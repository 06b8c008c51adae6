"""Logarithms.

log(x) = k log 2 + log(m) with m in 0.707 ... 1.414; with f = m - 1 and s = f / (2 + f) it is
log(m) = f - f**2 / 2 + s (f**2 / 2 + R), where R = 2 atanh(s) / s - 2 is a polynomial of s**2.
Since f is exact and the rest small, little is lost.
"""

from __future__ import annotations

import math

from .exponential import LOG2
from .vector import Vector, fma, polynomial, where


def split(x: Vector) -> tuple[Vector, Vector]:
    """K and m of a positive number."""
    to = x.to.float
    tiny = x < to.smallest
    x = where(tiny, x * 2.0 ** (to.fraction + 2), x)
    root = to.bits_of(math.sqrt(0.5))
    shifted = x.bits() - root
    exponent = shifted >> to.fraction
    m = ((shifted & (2**to.fraction - 1)) + root).number()
    k = (exponent + to.bits_of(to.magic)).number() - to.magic
    return where(tiny, k - (to.fraction + 2.0), k), m


def _assembled(k: Vector, f: Vector, low: Vector | None = None) -> Vector:
    """The sum k log 2 + log(1 + f) + low."""
    first, second = LOG2[k.to.float.name]
    s = f / (f + 2.0)
    square = s * s
    half = 0.5 * f * f
    tail = k * second if low is None else fma(k, second, low)
    tail = fma(s, fma(square, polynomial("log", square), half), tail)
    return fma(k, first, f - (half - tail))


def log(x: Vector) -> Vector:
    """Natural logarithm."""
    k, m = split(x)
    return _at_the_ends(_assembled(k, m - 1.0), x, 0.0)


def log1p(x: Vector) -> Vector:
    """Natural logarithm of 1 + x."""
    u = x + 1.0
    # What rounding took from u, exactly.
    part = u - x
    lost = (x - (u - part)) + (1.0 - part)
    k, m = split(u)
    whole = k == 0.0
    f = where(whole, x, m - 1.0)
    low = where(whole, 0.0, lost / u)
    y = _at_the_ends(_assembled(k, f, low), x, -1.0)
    return where(x == 0.0, x, y)


def _at_the_ends(y: Vector, x: Vector, pole: float) -> Vector:
    """-inf at the pole, nan below, inf at inf, nan at nan."""
    y = where(x < math.inf, y, x)
    y = where(x == pole, -math.inf, y)
    return where(x < pole, math.nan, y)
