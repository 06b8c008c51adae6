"""Powers: exp(b log a), with log a and its product with b as sums of two numbers.

An error in the exponent, which may be as large as 745, becomes an error of the result as many
times larger. So the logarithm is carried to some ten digits (of the binary kind) more than a number
has: log(m) = 2 s + 2/3 s**3 + s**5 R(s**2), where only the last, below 2**-12 of the first, is
rounded as usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .exponential import LOG2, Power
from .logarithm import split
from .vector import Truth, Vector, fma, polynomial, where

# What rounding takes from 2 / 3 in each type.
_TWO_THIRDS = {
    "float64": (2.0 / 3.0, 3.700743415417188e-17),
    "float32": (0.6666666865348816, -1.98682149e-08),
}


@dataclass(frozen=True, slots=True)
class _Sum:
    """A number as the sum of a large and a small part."""

    high: Vector
    low: Vector

    @classmethod
    def of(cls, large: Vector, small: Vector) -> _Sum:
        """Their sum, exactly; `small` is not larger than `large`, or that is 0."""
        high = large + small
        return cls(high, small - (high - large))

    def times(self, other: _Sum) -> _Sum:
        """The product."""
        high = self.high * other.high
        low = fma(self.high, other.high, -high)
        return _Sum(high, fma(self.high, other.low, fma(self.low, other.high, low)))


def _log(x: Vector) -> _Sum:
    """The natural logarithm of a number above 0."""
    to = x.to.float
    k, m = split(x)
    f, under = m - 1.0, m + 1.0
    lost = m - (under - 1.0)
    quotient = f / under
    s = _Sum(quotient, fma(-quotient, lost, fma(-quotient, under, f)) / under)
    square = s.times(s)
    cube = square.times(s)
    high, low = _TWO_THIRDS[to.name]
    third = cube.times(_Sum(x.lifted(high), x.lifted(low)))
    rest = cube.high * square.high * polynomial("log5", square.high)
    whole, part = LOG2[to.name]
    first = _Sum.of(k * whole, 2.0 * s.high)
    second = _Sum.of(first.high, third.high)
    small = fma(k, part, fma(s.low, 2.0, third.low + rest))
    return _Sum.of(second.high, first.low + second.low + small)


def power(a: Vector, b: Vector) -> Vector:
    """Return a ** b."""
    to = a.to.float
    size = abs(a)
    log = _log(size)
    exponent = log.high * b
    low = fma(log.high, b, -exponent) + log.low * b
    y = Power.of(exponent, where(abs(exponent) < float(to.bias), low, 0.0)).times()
    fades = where(b < 0.0, math.inf, b.lifted(0.0))
    y = where(size == 0.0, fades, y)
    y = where(size == math.inf, 1.0 / fades, y)
    y = where(size == 1.0, 1.0, y)
    whole, odd = _is_whole(b)
    y = where(odd & a.is_negative(), -y, y)
    y = where((a < 0.0) & (size < math.inf) & ~whole, math.nan, y)
    y = where((a == a) & (b == b), y, math.nan)
    return where((b == 0.0) | (a == 1.0), 1.0, y)


def _is_whole(b: Vector) -> tuple[Truth, Truth]:
    """Whether a number is whole, and whether it is odd."""
    half = 0.5 * b
    whole = b.whole() == b
    return whole, whole & ~(half.whole() == half)
