"""Rows that choose: signs, bounds, comparisons. Their slopes are steps, and each step is stated."""

from __future__ import annotations

import math
from typing import Any

from .primitive import Primitive

_WIDE = (-3.0, 3.0)
# Pairs are drawn from these two, so that a comparison is never a tie.
_BELOW, _ABOVE = (-3.0, -0.1), (0.1, 3.0)


def _sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0)) if x == x else x


def _floor(x: float) -> float:
    # From 2 ** 52 on every number is whole; zeros keep their sign, and nan and inf stay.
    return float(math.floor(x)) if x and abs(x) < 2.0**52 else x


def _minimum(a: float, b: float) -> float:
    """IEEE 754-2019 minimum: nan if either is, and -0 below +0."""
    if a < b:
        return a
    if b < a:
        return b
    return (a if math.copysign(1.0, a) < 0.0 else b) if a == b else a + b


def _maximum(a: float, b: float) -> float:
    return -_minimum(-a, -b)


def _half_at_ties(wins: Any, a: Any, b: Any) -> Any:
    return wins + 0.5 * eq(a, b)


def _comparison(name: str, symbol: str, compare: Any, says: str) -> Primitive:
    return Primitive(
        name=name,
        form=f"{{0}} {symbol} {{1}}",
        forward=lambda a, b: float(compare(a, b)),
        partials=(0.0, 0.0),
        domain=(_BELOW, _ABOVE),
        kinks=(((0.7, 0.7), (0.0, 0.0)),),
        selects=True,
        says=says,
        symbol=symbol,
        ulps=0.0,
    )


lt = _comparison("lt", "<", lambda a, b: a < b, "1 where left is less than right, else 0; flat.")
le = _comparison("le", "<=", lambda a, b: a <= b, "1 where left is at most right, else 0; flat.")
gt = _comparison("gt", ">", lambda a, b: a > b, "1 where left is more than right, else 0; flat.")
ge = _comparison("ge", ">=", lambda a, b: a >= b, "1 where left is at least right, else 0; flat.")
eq = _comparison("eq", "==", lambda a, b: a == b, "1 where both are equal, else 0; flat.")
ne = _comparison("ne", "!=", lambda a, b: a != b, "1 where the two differ, else 0; flat.")

sign: Primitive = Primitive(
    name="sign",
    forward=_sign,
    partials=(0.0,),
    domain=(_ABOVE,),
    kinks=(((0.0,), (0.0,)),),
    selects=True,
    says="-1, 0 or 1; flat on both sides, so nothing flows back.",
    ulps=0.0,
)
floor = Primitive(
    name="floor",
    forward=_floor,
    partials=(0.0,),
    domain=((-1.9, -1.1),),
    kinks=(((2.0,), (0.0,)),),
    selects=True,
    says="The whole number at or below; a stair is flat, so nothing flows back.",
    ulps=0.0,
)
absolute = Primitive(
    name="abs",
    form="|{0}|",
    forward=abs,
    partials=lambda y, x: (sign(x),),
    domain=(_BELOW,),
    kinks=(((0.0,), (0.0,)),),
    selects=True,
    says="The size without the sign; the slope is the sign, and 0 at 0.",
    operator="abs",
    ulps=0.0,
)
minimum = Primitive(
    name="minimum",
    form="min({0}, {1})",
    forward=_minimum,
    partials=lambda y, a, b: (_half_at_ties(lt(a, b), a, b), _half_at_ties(lt(b, a), a, b)),
    domain=(_BELOW, _ABOVE),
    kinks=(((0.7, 0.7), (0.5, 0.5)),),
    selects=True,
    says="The smaller takes all of the gradient; a tie is shared by halves.",
    ulps=0.0,
)
maximum = Primitive(
    name="maximum",
    form="max({0}, {1})",
    forward=_maximum,
    partials=lambda y, a, b: (_half_at_ties(gt(a, b), a, b), _half_at_ties(gt(b, a), a, b)),
    domain=(_BELOW, _ABOVE),
    kinks=(((0.7, 0.7), (0.5, 0.5)),),
    selects=True,
    says="The larger takes all of the gradient; a tie is shared by halves.",
    ulps=0.0,
)
clip = Primitive(
    name="clip",
    form="clip({0}, {1}, {2})",
    forward=lambda x, low, high: _minimum(_maximum(x, low), high),
    partials=lambda y, x, low, high: (
        ge(x, low) * le(x, high),
        lt(x, low) * le(low, high),
        gt(maximum(x, low), high),
    ),
    domain=((-1.0, 1.0), (-3.0, -1.5), (1.5, 3.0)),
    kinks=(((-1.5, -1.5, 2.0), (1.0, 0.0, 0.0)), ((2.0, -1.5, 2.0), (1.0, 0.0, 0.0))),
    selects=True,
    says="Held between two bounds: inside and on them the slope is 1, outside it is 0.",
    ulps=0.0,
)
where = Primitive(
    name="where",
    form="{1} if {0} else {2}",
    forward=lambda condition, a, b: a if condition else b,
    partials=lambda y, condition, a, b: (0.0, ne(condition, 0.0), eq(condition, 0.0)),
    domain=((0.5, 1.0), _WIDE, _WIDE),
    kinks=(((0.0, 1.5, -0.5), (0.0, 0.0, 1.0)),),
    selects=True,
    says="The side chosen takes all of the gradient, the other side none.",
    ulps=0.0,
)
