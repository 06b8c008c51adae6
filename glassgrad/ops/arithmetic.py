"""Rows of the four operations and negation."""

from __future__ import annotations

import math
import operator

from .primitive import Primitive


def _divide(a: float, b: float) -> float:
    try:
        return a / b
    except ZeroDivisionError:  # IEEE 754: nan for 0/0, else infinity with the product's sign
        if a == 0.0 or a != a:
            return math.nan
        return math.copysign(math.inf, a) * math.copysign(1.0, b)


add = Primitive(
    name="add",
    form="{0} + {1}",
    forward=operator.add,
    partials=(1.0, 1.0),
    domain=((-3.0, 3.0), (-3.0, 3.0)),
    says="A sum passes its gradient on to both sides unchanged.",
    symbol="+",
    operator="add",
)
sub = Primitive(
    name="sub",
    form="{0} - {1}",
    forward=operator.sub,
    partials=(1.0, -1.0),
    domain=((-3.0, 3.0), (-3.0, 3.0)),
    says="A difference passes its gradient on to the left, and turned round to the right.",
    symbol="-",
    operator="sub",
)
mul = Primitive(
    name="mul",
    form="{0} * {1}",
    forward=operator.mul,
    partials=lambda y, a, b: (b, a),
    domain=((-3.0, 3.0), (-3.0, 3.0)),
    says="In a product each side's slope is the other side.",
    symbol="*",
    operator="mul",
    aliases=("multiply",),
)
div: Primitive = Primitive(
    name="div",
    form="{0} / {1}",
    forward=_divide,
    partials=lambda y, a, b: (div(1.0, b), div(-y, b)),
    domain=((-3.0, 3.0), (0.5, 3.0)),
    says="A quotient falls as its denominator grows, the faster the smaller that is.",
    symbol="/",
    operator="truediv",
)
neg = Primitive(
    name="neg",
    form="-{0}",
    forward=operator.neg,
    partials=(-1.0,),
    domain=((-3.0, 3.0),),
    says="A change of sign turns the gradient round.",
    symbol="-",
    operator="neg",
)
