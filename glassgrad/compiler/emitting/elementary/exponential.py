"""Exponentials and what is made of them.

exp(x) = 2**n * exp(r) with n the nearest whole number to x / log 2, so that |r| <= log(2) / 2, and
a polynomial gives exp(r) - 1. What is near 1 less 1, as in expm1 and tanh, is put together from
the two so that nothing cancels near 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .vector import Vector, fma, polynomial, where

# log 2 in two parts. The first has few enough digits that whole numbers times it are exact.
LOG2 = {
    "float64": (float.fromhex("0x1.62e42fefa0000p-1"), float.fromhex("0x1.cf79abc9e3b3ap-40")),
    "float32": (float.fromhex("0x1.62e400p-1"), float.fromhex("0x1.7f7d1cp-20")),
}


@dataclass(frozen=True, slots=True)
class Power:
    """exp(x) as 2**n * (1 + less_one)."""

    n: Vector
    less_one: Vector

    @classmethod
    def of(cls, x: Vector, low: Vector | float = 0.0) -> Power:
        """exp(x + low) of any x; beyond where the result is 0 or inf, x is held.

        In fast code already where it is subnormal, or about to be inf.
        """
        high_enough = float(x.to.float.bias)
        if x.to.float.fast:
            high_enough = (high_enough - 1.5) * math.log(2.0)
        x = where(x > high_enough, high_enough, x)
        x = where(x < -high_enough, -high_enough, x)
        return cls.near(x, low)

    @classmethod
    def near(cls, x: Vector, low: Vector | float = 0.0) -> Power:
        """exp(x + low) where neither the result nor its inverse is out of range."""
        magic = x.to.float.magic
        first, second = LOG2[x.to.float.name]
        n = fma(x, 1.0 / math.log(2.0), magic) - magic
        r = fma(-n, second, fma(-n, first, x))
        if isinstance(low, Vector):
            r = r + low
        return cls(n, fma(r * r, polynomial("exp", r), r))

    def times(self, factor: Vector | float = 1.0) -> Vector:
        """Factor * exp(x), rounded once where it is subnormal."""
        number = fma(self.less_one, factor, factor)
        if self.n.to.float.fast:
            return number * power_of_two(self.n + self.n.to.float.magic)
        # Two powers of two, since 2**n alone may overflow where the result does not.
        magic = self.n.to.float.magic
        half = fma(self.n, 0.5, magic)
        rest = self.n - (half - magic) + magic
        return number * power_of_two(half) * power_of_two(rest)

    def minus_one(self) -> Vector:
        """exp(x) - 1, with every digit near 0. Good up to n = 64."""
        power = power_of_two(self.n + self.n.to.float.magic)
        return fma(power, self.less_one, power - 1.0)


def power_of_two(shifted: Vector) -> Vector:
    """2**n for n + magic: the low bits, moved to where the exponent is."""
    to = shifted.to.float
    return ((shifted.bits() + to.bias) << to.fraction).number()


def exp(x: Vector) -> Vector:
    """Exponential."""
    return Power.of(x).times()


def expm1(x: Vector) -> Vector:
    """exp(x) - 1."""
    power = Power.of(x)
    far = 40.0  # from here on the 1 is lost, and below -40 it is all there is
    near = where(x < -far, -1.0, power.minus_one())
    return where(x > far, power.times(), near).signed_as(x)


def sinh(x: Vector) -> Vector:
    """Hyperbolic sine."""
    power = Power.of(abs(x))
    e = power.minus_one()
    near = 0.5 * (e + e / (e + 1.0))
    return where(abs(x) > 22.0, power.times(0.5), near).signed_as(x)


def cosh(x: Vector) -> Vector:
    """Hyperbolic cosine."""
    half = Power.of(abs(x)).times(0.5)
    return half + 0.25 / half


def tanh(x: Vector) -> Vector:
    """Hyperbolic tangent."""
    if x.to.float.fast:
        return _fast_tanh(x)
    size = abs(x)
    size = where(size > 22.0, 22.0, size)  # from here on it is 1
    e = Power.near(size + size).minus_one()
    return (e / (e + 2.0)).signed_as(x)


def _fast_tanh(x: Vector) -> Vector:
    """A quotient of polynomials: fewer steps that wait for each other, and some roundings more."""
    far = (x.to.float.digits + 5) * math.log(2.0) / 2.0  # from here on it is 1
    size = abs(x)
    near = where(size > far, far, size)
    square = near * near
    ratio = near * polynomial("tanh above", square) / polynomial("tanh below", square)
    ratio = where(ratio > 1.0, 1.0, ratio)
    return where(size > far, 1.0, ratio).signed_as(x)
