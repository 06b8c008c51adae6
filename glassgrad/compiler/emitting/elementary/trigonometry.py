"""Sine, cosine, tangent.

x = n pi / 2 + r with |r| <= pi / 4. Three parts of pi / 2, each with all the digits of the number
type, are taken off one after the other by fused operations: the first of these is exact. That
holds up to a bound, far beyond of which the C library is asked, lane by lane.
"""

from __future__ import annotations

import math

from .vector import Bits, Truth, Vector, fma, polynomial, unless_far, where

# pi / 2 as the sum of three numbers of the type, and the |x| up to which they are enough.
_QUARTER = {
    "float64": (
        float.fromhex("0x1.921fb54442d18p+0"),
        float.fromhex("0x1.1a62633145c07p-54"),
        float.fromhex("-0x1.f1976b7ed8fbcp-110"),
    ),
    "float32": (
        float.fromhex("0x1.921fb6p+0"),
        float.fromhex("-0x1.777a5cp-25"),
        float.fromhex("-0x1.ee59dap-50"),
    ),
}
_BOUND = {"float64": 2.0**30, "float32": 2.0**15}


class _Turned:
    """An angle less its quarter turns: their number as bits, and sine and cosine of the rest."""

    def __init__(self, x: Vector) -> None:
        magic = x.to.float.magic
        shifted = fma(x, 2.0 / math.pi, magic)
        n = shifted - magic
        for part in _QUARTER[x.to.float.name]:
            x = fma(-n, part, x)
        square = x * x
        self.turns: Bits = shifted.bits()
        self.sine = fma(x * square, polynomial("sin", square), x)
        self.cosine = fma(square, fma(square, polynomial("cos", square), -0.5), 1.0)

    def is_odd(self) -> Truth:
        """Whether sine and cosine have changed places."""
        return (self.turns & 1) == 1

    def signed(self, y: Vector, turns: Bits) -> Vector:
        """`y`, with minus after two of four turns."""
        return (y.bits() ^ ((turns & 2) << (y.to.float.bits - 2))).number()


def _is_far(x: Vector) -> Truth:
    return abs(x) > _BOUND[x.to.float.name]


def sin(x: Vector) -> Vector:
    """Sine of an angle in radians."""
    angle = _Turned(abs(x))
    y = angle.signed(where(angle.is_odd(), angle.cosine, angle.sine), angle.turns)
    y = (y.bits() ^ (x.bits() & x.to.float.sign_bit)).number()
    return unless_far(_is_far(x), y, "sin", x)


def cos(x: Vector) -> Vector:
    """Cosine of an angle in radians."""
    angle = _Turned(abs(x))
    y = angle.signed(where(angle.is_odd(), angle.sine, angle.cosine), angle.turns + 1)
    return unless_far(_is_far(x), y, "cos", x)


def tan(x: Vector) -> Vector:
    """Tangent of an angle in radians."""
    angle = _Turned(abs(x))
    odd = angle.is_odd()
    y = where(odd, -angle.cosine, angle.sine) / where(odd, angle.sine, angle.cosine)
    y = (y.bits() ^ (x.bits() & x.to.float.sign_bit)).number()
    return unless_far(_is_far(x), y, "tan", x)
