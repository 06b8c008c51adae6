"""Rows of circular and hyperbolic functions. Angles are in radians."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .arithmetic import div
from .choice import absolute, maximum
from .exponential import sqrt
from .primitive import Primitive


def _nan_outside(f: Callable[[float], float]) -> Callable[[float], float]:
    """`f` with nan where `math` raises: outside of its domain."""

    def total(x: float) -> float:
        try:
            return f(x)
        except ValueError:
            return math.nan

    return total


def _sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return math.inf


def _atan2_partials(angle: Any, y: Any, x: Any) -> tuple[Any, Any]:
    # x / (x*x + y*y), with the larger of the two taken out first: its square may overflow.
    size = maximum(absolute(y), absolute(x))
    y, x = div(y, size), div(x, size)
    square = size * (y * y + x * x)
    return div(x, square), div(-y, square)


sin = Primitive(
    name="sin",
    forward=_nan_outside(math.sin),
    partials=lambda y, x: (cos(x),),
    domain=((-3.0, 3.0),),
    says="A wave; its slope is the cosine.",
)
cos: Primitive = Primitive(
    name="cos",
    forward=_nan_outside(math.cos),
    partials=lambda y, x: (-sin(x),),
    domain=((-3.0, 3.0),),
    says="A wave a quarter ahead of the sine; its slope is minus the sine.",
)
tan = Primitive(
    name="tan",
    forward=_nan_outside(math.tan),
    partials=lambda y, x: (1.0 + y * y,),
    domain=((-1.3, 1.3),),
    says="Sine over cosine; the slope, 1 + y squared, is never below 1.",
)
asin = Primitive(
    name="asin",
    forward=_nan_outside(math.asin),
    partials=lambda y, x: (div(1.0, sqrt((1.0 - x) * (1.0 + x))),),
    domain=((-0.9, 0.9),),
    says="The angle whose sine this is; steep near -1 and 1.",
    aliases=("arcsin",),
)
acos = Primitive(
    name="acos",
    forward=_nan_outside(math.acos),
    partials=lambda y, x: (div(-1.0, sqrt((1.0 - x) * (1.0 + x))),),
    domain=((-0.9, 0.9),),
    says="The angle whose cosine this is; steep near -1 and 1.",
    aliases=("arccos",),
)
atan = Primitive(
    name="atan",
    forward=math.atan,
    partials=lambda y, x: (div(1.0, 1.0 + x * x),),
    domain=((-3.0, 3.0),),
    says="The angle of a slope; flattens out towards a quarter turn.",
    aliases=("arctan",),
)
atan2 = Primitive(
    name="atan2",
    form="atan2({0}, {1})",
    forward=math.atan2,
    partials=_atan2_partials,
    domain=((-3.0, 3.0), (0.3, 3.0)),
    says="The angle of the point (x, y), given as y, x; jumps by a full turn on the left axis.",
    aliases=("arctan2",),
)
sinh = Primitive(
    name="sinh",
    forward=_sinh,
    partials=lambda y, x: (cosh(x),),
    domain=((-3.0, 3.0),),
    says="Half of exp(x) - exp(-x); its slope is cosh.",
    ulps=2.0,
)
cosh: Primitive = Primitive(
    name="cosh",
    forward=_cosh,
    partials=lambda y, x: (sinh(x),),
    domain=((-3.0, 3.0),),
    says="Half of exp(x) + exp(-x); its slope is sinh.",
    ulps=2.0,
)
