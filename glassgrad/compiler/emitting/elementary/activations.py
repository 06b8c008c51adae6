"""The smooth activation functions, made of exponentials and logarithms."""

from __future__ import annotations

from .exponential import Power, exp, expm1
from .logarithm import log1p
from .vector import Vector, where


def sigmoid(x: Vector) -> Vector:
    """1 / (1 + exp(-x))."""
    e = exp(-abs(x))  # no overflow on either side
    return where(x >= 0.0, 1.0, e) / (1.0 + e)


def softplus(x: Vector) -> Vector:
    """log(1 + exp(x))."""
    return where(x > 0.0, x, 0.0) + log1p(exp(-abs(x)))


def silu(x: Vector) -> Vector:
    """Return x * sigmoid(x)."""
    limit = float(x.to.float.bias)  # below minus this nothing is left
    held = where(x < -limit, -limit, x)
    power = Power.of(-abs(held))
    top = where(x < 0.0, power.times(held), x)
    return top / (power.times() + 1.0)


def elu(x: Vector) -> Vector:
    """Return x above 0, exp(x) - 1 below."""
    return where(x <= 0.0, expm1(x), x)
