"""Rows of powers, exponentials and logarithms."""

from __future__ import annotations

import math
from typing import Any

from .arithmetic import div
from .choice import eq, where
from .primitive import Primitive


def _is_odd(x: float) -> bool:
    return math.fmod(x, 2.0) in (1.0, -1.0)


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return -math.inf if a < 0.0 and _is_odd(b) else math.inf
    except ValueError:  # zero to a negative power, or a negative number to a fraction
        if a != 0.0:
            return math.nan
        return math.copysign(math.inf, a) if _is_odd(b) else math.inf


def _power_partials(y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    # At a = 0 the plain formulas give 0 * inf along a where b = 0, and 0 * log(0) along b where
    # the power is 0: those slopes are 0.
    slope_a = where(eq(b, 0.0), 0.0, b * power(a, b - 1.0))
    slope_b = where(eq(y, 0.0), 0.0, y * log(a))
    return slope_a, slope_b


def _exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def _log(x: float) -> float:
    try:
        return math.log(x)
    except ValueError:
        return -math.inf if x == 0.0 else math.nan


def _log1p(x: float) -> float:
    try:
        return math.log1p(x)
    except ValueError:
        return -math.inf if x == -1.0 else math.nan


def _sqrt(x: float) -> float:
    try:
        return math.sqrt(x)
    except ValueError:
        return math.nan


power: Primitive = Primitive(
    name="pow",
    form="{0} ** {1}",
    forward=_power,
    partials=_power_partials,
    domain=((0.3, 3.0), (-2.0, 3.0)),
    kinks=(((0.0, 0.0), (0.0, -math.inf)), ((0.0, 1.7), (0.0, 0.0))),
    says="A power's slope is the exponent times the power one below.",
    symbol="**",
    operator="pow",
)
exp: Primitive = Primitive(
    name="exp",
    forward=_exp,
    partials=lambda y, x: (y,),
    domain=((-3.0, 3.0),),
    says="Growth by its own size: the slope is the value itself.",
)
expm1 = Primitive(
    name="expm1",
    form="exp({0}) - 1",
    forward=_expm1,
    partials=lambda y, x: (exp(x),),
    domain=((-3.0, 3.0),),
    says="exp(x) - 1 without losing the digits of a small x.",
)
log: Primitive = Primitive(
    name="log",
    forward=_log,
    partials=lambda y, x: (div(1.0, x),),
    domain=((0.2, 3.0),),
    says="Turns products into sums; the slope is one over the input.",
)
log1p = Primitive(
    name="log1p",
    form="log(1 + {0})",
    forward=_log1p,
    partials=lambda y, x: (div(1.0, 1.0 + x),),
    domain=((-0.8, 3.0),),
    says="log(1 + x) without losing the digits of a small x.",
)
sqrt = Primitive(
    name="sqrt",
    forward=_sqrt,
    partials=lambda y, x: (div(0.5, y),),
    domain=((0.2, 3.0),),
    kinks=(((0.0,), (math.inf,)),),
    says="The slope grows without bound towards 0.",
    ulps=0.5,
)
