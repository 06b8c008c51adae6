"""Rows of the activation functions, and of erf, which one of them needs."""

from __future__ import annotations

import math
from typing import Any

from .choice import clip, gt, minimum, where
from .exponential import exp
from .primitive import Primitive

LEAK = 0.01  # the slope of leaky_relu below 0
_KINK = 0.0


def _sigmoid(x: float) -> float:
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)  # no overflow on this side
    return e / (1.0 + e)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x))) if x == x else x


def _relu(x: float) -> float:
    return 0.0 if x <= 0.0 else x  # nan is not <= 0, so it passes


def _gelu(x: float) -> float:
    return 0.5 * x * math.erfc(-x / math.sqrt(2.0)) if x != -math.inf else -0.0


def _gelu_partials(y: Any, x: Any) -> tuple[Any]:
    below = 0.5 + 0.5 * erf(x * math.sqrt(0.5))
    near = clip(x, -40.0, 40.0)  # further out the bell is 0, and inf * 0 would be nan
    return (below + near * exp(-0.5 * near * near) * (1.0 / math.sqrt(2.0 * math.pi)),)


def _silu(x: float) -> float:
    return x * _sigmoid(x) if x != -math.inf else -0.0


def _silu_partials(y: Any, x: Any) -> tuple[Any]:
    near = clip(x, -800.0, 800.0)  # further out sigmoid(-|x|) is 0, and inf * 0 would be nan
    return (sigmoid(x) * (1.0 + near * sigmoid(-x)),)


tanh = Primitive(
    name="tanh",
    forward=math.tanh,
    partials=lambda y, x: (1.0 - y * y,),
    domain=((-3.0, 3.0),),
    says="Squashes into (-1, 1); the slope fades as |y| nears 1.",
    ulps=2.0,
)
sigmoid: Primitive = Primitive(
    name="sigmoid",
    forward=_sigmoid,
    partials=lambda y, x: (y * sigmoid(-x),),
    domain=((-3.0, 3.0),),
    says="Squashes into (0, 1), a probability; steepest, 1/4, at 0.",
    ulps=3.0,
)
softplus = Primitive(
    name="softplus",
    forward=_softplus,
    partials=lambda y, x: (sigmoid(x),),
    domain=((-3.0, 3.0),),
    says="A rounded relu, log(1 + exp(x)); its slope is the sigmoid.",
    ulps=2.0,
)
relu = Primitive(
    name="relu",
    forward=_relu,
    partials=lambda y, x: (gt(y, 0.0),),
    domain=((0.1, 3.0),),
    kinks=(((_KINK,), (0.0,)), ((-1.5,), (0.0,))),
    selects=True,
    says="Passes what is positive; below 0 it is shut, and so is the way back.",
    ulps=0.0,
)
leaky_relu = Primitive(
    name="leaky_relu",
    forward=lambda x: LEAK * x if x <= 0.0 else x,
    partials=lambda y, x: (where(gt(y, 0.0), 1.0, LEAK),),
    domain=((-3.0, -0.1),),
    kinks=(((_KINK,), (LEAK,)), ((1.5,), (1.0,))),
    says="A relu that keeps a slope of 0.01 below 0, so that it never dies.",
    ulps=0.5,
)
elu = Primitive(
    name="elu",
    forward=lambda x: math.expm1(x) if x <= 0.0 else x,
    partials=lambda y, x: (exp(minimum(x, 0.0)),),
    domain=((-3.0, -0.1),),
    kinks=(((_KINK,), (1.0,)), ((1.5,), (1.0,))),
    says="A relu that bends smoothly towards -1 below 0.",
)
gelu = Primitive(
    name="gelu",
    forward=_gelu,
    partials=_gelu_partials,
    domain=((-3.0, 3.0),),
    says="x times the chance that a standard normal number is below x.",
    ulps=16.0,
)
silu = Primitive(
    name="silu",
    forward=_silu,
    partials=_silu_partials,
    domain=((-3.0, 3.0),),
    says="x times its own sigmoid; also named swish.",
    ulps=4.0,
)
erf: Primitive = Primitive(
    name="erf",
    forward=math.erf,
    partials=lambda y, x: ((2.0 / math.sqrt(math.pi)) * exp(-x * x),),
    domain=((-3.0, 3.0),),
    says="The share of a normal distribution within x times the root of 2 deviations.",
)
