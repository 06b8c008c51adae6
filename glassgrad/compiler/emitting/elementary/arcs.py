"""The inverse circular functions: polynomials near 0, and identities that lead there."""

from __future__ import annotations

import math

from .vector import Truth, Vector, fma, polynomial, sqrt, where

# pi / 2 and what its rounding left, of each number type.
_HALF_PI = {
    "float64": (math.pi / 2, 6.123233995736766e-17),
    "float32": (1.5707963705062866, -4.371139000186241e-08),
}
_EIGHTH = math.sqrt(2.0) - 1.0  # the tangent of pi / 8


def _near(name: str, x: Vector) -> Vector:
    """The part of asin(x) or atan(x), |x| small, beyond x."""
    square = x * x
    return x * square * polynomial(name, square)


def _halved(x: Vector) -> tuple[Truth, Vector, Vector]:
    """Whether |x| > 1/2, and asin as s + rest of |x|, or of sqrt((1 - |x|) / 2) if so."""
    size = abs(x)
    far = size > 0.5
    s = where(far, sqrt(0.5 * (1.0 - size)), size)
    return far, s, _near("asin", s)


def asin(x: Vector) -> Vector:
    """The angle, of -pi/2 ... pi/2, whose sine is x."""
    high, low = _HALF_PI[x.to.float.name]
    far, s, rest = _halved(x)
    beyond = high - (2.0 * s - fma(rest, -2.0, low))
    return where(far, beyond, s + rest).signed_as(x)


def acos(x: Vector) -> Vector:
    """The angle, of 0 ... pi, whose cosine is x."""
    high, low = _HALF_PI[x.to.float.name]
    far, s, rest = _halved(x)
    flat = s.signed_as(x)
    near = high - (flat - (low - rest.signed_as(x)))
    right = 2.0 * (s + rest)
    left = 2.0 * (high - (s - (low - rest)))
    return where(far, where(x < 0.0, left, right), near)


def atan(x: Vector) -> Vector:
    """The angle, of -pi/2 ... pi/2, whose tangent is x."""
    return _angle(abs(x), x.lifted(1.0)).signed_as(x)


def atan2(y: Vector, x: Vector) -> Vector:
    """The angle, of -pi ... pi, of the point (x, y)."""
    high, low = _HALF_PI[x.to.float.name]
    up, right = abs(y), abs(x)
    # Both infinite is like both 1, both zero like 0 and 1.
    infinite = (up == math.inf) & (right == math.inf)
    up, right = where(infinite, 1.0, up), where(infinite, 1.0, right)
    right = where((up == 0.0) & (right == 0.0), 1.0, right)
    # Away from where their sum overflows, and from where products lose digits.
    to = x.to.float
    large = (up > 2.0 ** (to.bias - 2)) | (right > 2.0 ** (to.bias - 2))
    small = (up < 2.0 ** (4 - to.bias + to.fraction)) & (right < 2.0 ** (4 - to.bias + to.fraction))
    scale = where(small, 2.0 ** (2 * to.fraction), where(large, up.lifted(0.0625), 1.0))
    angle = _angle(up * scale, right * scale)
    left = 2.0 * high - (angle - 2.0 * low)
    return where(x.is_negative(), left, angle).signed_as(y)


def _angle(up: Vector, right: Vector) -> Vector:
    """The angle of the point (right, up), both at least 0."""
    high, low = _HALF_PI[up.to.float.name]
    steep = up > right * (1.0 / _EIGHTH)
    middle = up > right * _EIGHTH
    over = where(steep, -right, where(middle, up - right, up))
    under = where(steep, up, where(middle, up + right, right))
    t = over / under
    first = where(steep, high, where(middle, t.lifted(0.5 * high), 0.0))
    second = where(steep, low, where(middle, t.lifted(0.5 * low), 0.0))
    return first + (t + (_near("atan", t) + second))
