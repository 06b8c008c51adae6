"""The table of primitives. Each name here is a row: call it on numbers or on Values."""

from __future__ import annotations

from . import activations, arithmetic, choice, exponential, trigonometry
from .activations import elu, erf, gelu, leaky_relu, relu, sigmoid, silu, softplus, tanh
from .arithmetic import add, div, mul, neg, sub
from .choice import absolute, clip, eq, floor, ge, gt, le, lt, maximum, minimum, ne, sign, where
from .exponential import exp, expm1, log, log1p, power, sqrt
from .operand import Operand, number
from .primitive import TABLE, Primitive, primitive, register
from .trigonometry import acos, asin, atan, atan2, cos, cosh, sin, sinh, tan

__all__ = [
    "TABLE",
    "Operand",
    "Primitive",
    "absolute",
    "acos",
    "add",
    "asin",
    "atan",
    "atan2",
    "clip",
    "cos",
    "cosh",
    "div",
    "elu",
    "eq",
    "erf",
    "exp",
    "expm1",
    "floor",
    "ge",
    "gelu",
    "gt",
    "le",
    "leaky_relu",
    "log",
    "log1p",
    "lt",
    "maximum",
    "minimum",
    "mul",
    "ne",
    "neg",
    "number",
    "power",
    "primitive",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "sub",
    "tan",
    "tanh",
    "where",
]

for _family in (arithmetic, choice, exponential, trigonometry, activations):
    for _row in vars(_family).values():
        if isinstance(_row, Primitive) and _row.name not in TABLE:  # families import each other's
            register(_row)
