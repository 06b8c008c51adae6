"""The rows of the table as LLVM instructions, on one number or on a vector of them.

Each says the same as the row's `forward`, inf, nan and signed zero included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..ops.activations import LEAK
from .elementary import exp, tanh
from .text import Builder, constant, double

# Rows that are a function of the C library, by its name.
_LIBRARY = frozenset(
    ("acos", "asin", "atan", "atan2", "cos", "cosh", "erf", "exp", "expm1", "log", "log1p", "pow")
) | frozenset(("sin", "sinh", "tan", "tanh"))
_VECTOR: dict[str, Callable[..., str]] = {"exp": exp, "tanh": tanh}
_COMPARISONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


class CannotLower(NotImplementedError):
    """A row that has no native form."""


class Lowering:
    """Row after row into a builder, all on vectors of the same number of lanes."""

    def __init__(self, builder: Builder, lanes: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.kind = double(lanes)

    def number(self, x: float) -> str:
        """The same number in every lane."""
        return constant(x, self.lanes)

    def binary(self, instruction: str, a: str, b: str) -> str:
        """fadd, fsub, fmul or fdiv."""
        return self.builder.op(f"{instruction} {self.kind} {a}, {b}")

    def negative(self, a: str) -> str:
        """Minus a."""
        return self.builder.op(f"fneg {self.kind} {a}")

    def fused(self, a: str, b: str, c: str) -> str:
        """A * b + c, rounded once."""
        return self.builder.intrinsic("fma", [a, b, c], self.lanes)

    def compare(self, condition: str, a: str, b: str) -> str:
        """A truth value in every lane."""
        return self.builder.op(f"fcmp {condition} {self.kind} {a}, {b}")

    def choose(self, condition: str, a: str, b: str) -> str:
        """A where the condition holds, else b."""
        truth = "i1" if self.lanes == 1 else f"<{self.lanes} x i1>"
        return self.builder.op(f"select {truth} {condition}, {self.kind} {a}, {self.kind} {b}")

    def library(self, function: str, inputs: Sequence[str]) -> str:
        """A function of the C library, lane by lane."""
        if self.lanes == 1:
            return self.builder.call(function, inputs)
        result = "poison"
        for lane in range(self.lanes):
            each = [self.builder.op(f"extractelement {self.kind} {x}, i32 {lane}") for x in inputs]
            value = self.builder.call(function, each)
            result = self.builder.op(
                f"insertelement {self.kind} {result}, double {value}, i32 {lane}"
            )
        return result

    def intrinsic(self, name: str, *inputs: str) -> str:
        """An intrinsic of LLVM."""
        return self.builder.intrinsic(name, inputs, self.lanes)

    def row(self, name: str, inputs: Sequence[str]) -> str:
        """The row `name` of the table.

        Raises:
            CannotLower: there is no native form of this row.
        """
        if self.lanes > 1 and name in _VECTOR:
            return _VECTOR[name](self, *inputs)
        if name in _LIBRARY:
            return self.library(name, inputs)
        if name in _COMPARISONS:
            truth = self.compare(_COMPARISONS[name], inputs[0], inputs[1])
            return self.choose(truth, self.number(1.0), self.number(0.0))
        if name not in _FORMS:
            raise CannotLower(
                f"There is no native code for {name}: only the rows that glassgrad has compile."
            )
        return _FORMS[name](self, *inputs)


def _sign(to: Lowering, x: str) -> str:
    zero = to.number(0.0)
    size = to.choose(to.compare("one", x, zero), to.number(1.0), zero)
    signed = to.intrinsic("copysign", size, x)
    signed = to.choose(to.compare("oeq", x, zero), zero, signed)
    return to.choose(to.compare("uno", x, x), x, signed)


def _clip(to: Lowering, x: str, low: str, high: str) -> str:
    return to.intrinsic("minimum", to.intrinsic("maximum", x, low), high)


def _where(to: Lowering, condition: str, a: str, b: str) -> str:
    return to.choose(to.compare("une", condition, to.number(0.0)), a, b)


def _relu(to: Lowering, x: str) -> str:
    zero = to.number(0.0)
    return to.choose(to.compare("ole", x, zero), zero, x)


def _leaky_relu(to: Lowering, x: str) -> str:
    shut = to.compare("ole", x, to.number(0.0))
    return to.choose(shut, to.binary("fmul", to.number(LEAK), x), x)


def _elu(to: Lowering, x: str) -> str:
    return to.choose(to.compare("ole", x, to.number(0.0)), to.library("expm1", [x]), x)


def _sigmoid(to: Lowering, x: str) -> str:
    e = to.row("exp", [to.negative(to.intrinsic("fabs", x))])  # no overflow on either side
    top = to.choose(to.compare("oge", x, to.number(0.0)), to.number(1.0), e)
    return to.binary("fdiv", top, to.binary("fadd", to.number(1.0), e))


def _softplus(to: Lowering, x: str) -> str:
    e = to.row("exp", [to.negative(to.intrinsic("fabs", x))])
    above = to.choose(to.compare("ogt", x, to.number(0.0)), x, to.number(0.0))
    return to.binary("fadd", above, to.library("log1p", [e]))


def _zero_at_minus_infinity(to: Lowering, x: str, y: str) -> str:
    return to.choose(to.compare("oeq", x, to.number(-math.inf)), to.number(-0.0), y)


def _silu(to: Lowering, x: str) -> str:
    return _zero_at_minus_infinity(to, x, to.binary("fmul", x, _sigmoid(to, x)))


def _gelu(to: Lowering, x: str) -> str:
    far = to.library("erfc", [to.binary("fdiv", to.negative(x), to.number(math.sqrt(2.0)))])
    half = to.binary("fmul", to.number(0.5), x)
    return _zero_at_minus_infinity(to, x, to.binary("fmul", half, far))


_FORMS: dict[str, Callable[..., str]] = {
    "add": lambda to, a, b: to.binary("fadd", a, b),
    "sub": lambda to, a, b: to.binary("fsub", a, b),
    "mul": lambda to, a, b: to.binary("fmul", a, b),
    "neg": lambda to, x: to.negative(x),
    "div": lambda to, a, b: to.binary("fdiv", a, b),
    "sqrt": lambda to, x: to.intrinsic("sqrt", x),
    "abs": lambda to, x: to.intrinsic("fabs", x),
    "minimum": lambda to, a, b: to.intrinsic("minimum", a, b),
    "maximum": lambda to, a, b: to.intrinsic("maximum", a, b),
    "floor": lambda to, x: to.intrinsic("floor", x),
    "sign": _sign,
    "clip": _clip,
    "where": _where,
    "relu": _relu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "silu": _silu,
    "gelu": _gelu,
}
