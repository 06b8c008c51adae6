"""The rows of the table as LLVM instructions, on one number or on a vector of them.

Each says the same as the row's `forward`, inf, nan and signed zero included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ...ops import TABLE, Primitive
from ...ops.activations import LEAK
from ..ir.graph import CONST, INPUT, NAMES
from ..ir.loops import STOPPED
from ..ir.unsupported import Unsupported
from ..machine.text import Builder
from ..rolling.symbols import expression
from .elementary import ELEMENTARY, Vector
from .lanes import Lanes

# Short and hot: written out they run a quarter faster than as a call.
_INLINE = frozenset(("exp", "tanh", "sigmoid", "silu", "elu"))
_COMPARISONS = {"lt": "olt", "le": "ole", "gt": "ogt", "ge": "oge", "eq": "oeq", "ne": "une"}


class CannotLower(Unsupported):
    """A row that has no native form."""


class Lowering(Lanes):
    """Row after row into a builder, all on vectors of the same number of lanes."""

    def row(self, name: str, inputs: Sequence[str]) -> str:
        """The row `name` of the table.

        Raises:
            CannotLower: there is no native form of this row.
        """
        if name == "pow" and inputs[1] in self._halves():
            return _root(self, inputs[0], inputs[1] == self.number(-0.5))
        if name in ELEMENTARY:
            return self._elementary(name, inputs)
        if name in _COMPARISONS:
            truth = self.compare(_COMPARISONS[name], inputs[0], inputs[1])
            return self.choose(truth, self.number(1.0), self.number(0.0))
        if name not in _FORMS:
            return self._expression(TABLE[name], inputs)
        return _FORMS[name](self, *inputs)

    def rows(self, name: str, points: Sequence[Sequence[str]], most: int) -> list[str]:
        """The row at several points, each with its inputs.

        Long functions take the numbers of as many points at a time as make up `most` lanes.
        """
        are_roots = name == "pow" and all(inputs[1] in self._halves() for inputs in points)
        together = max(1, most // self.lanes) if name in ELEMENTARY and not are_roots else 1
        while together > len(points):
            together //= 2
        if together <= 1:
            return [self.row(name, inputs) for inputs in points]
        count = len(points) // together * together
        wide, made = Lowering(self.builder, together * self.lanes), []
        for first in range(0, count, together):
            inputs = zip(*points[first : first + together], strict=True)
            value = wide.row(name, [self.joined(parts) for parts in inputs])
            made += wide.parts(value, together)
        return made + self.rows(name, points[count:], most)

    def _halves(self) -> tuple[str, str]:
        """The exponents of square roots, as Python programs often write them."""
        return self.number(0.5), self.number(-0.5)

    def _expression(self, row: Primitive, inputs: Sequence[str]) -> str:
        """A row of the user's own, by what its `forward` does."""
        try:
            graph = expression(row)
        except Exception as error:  # the user's own row may raise anything
            raise CannotLower(
                f"the forward of {row.name} is not written in glassgrad's operations alone: {error}"
            ) from error
        values: list[str] = []
        for node, op in enumerate(graph.op):
            if op == INPUT:
                values.append(inputs[graph.a[node]])
            elif op == CONST:
                values.append(self.number(graph.constants[graph.a[node]]))
            else:
                values.append(self.row(NAMES[op], [values[x] for x in graph.operands(node)]))
        return values[graph.outputs.node[0]]

    def _elementary(self, name: str, inputs: Sequence[str]) -> str:
        """A function of vectors: written out where it is hot, else once for the module."""
        builder, function = self.builder, f"glassgrad.{name}.{self.float.suffix(self.lanes)}"
        if self.lanes > 1 and name in _INLINE:
            to = Lowering(builder, self.lanes, exact=True)
            return ELEMENTARY[name](*[Vector(to, x) for x in inputs]).name
        if function not in builder.declarations:
            inner = Builder(self.float)
            names = [f"%x{k}" for k in range(len(inputs))]
            to = Lowering(inner, self.lanes, exact=True)
            value = ELEMENTARY[name](*[Vector(to, x) for x in names])
            taken = ", ".join(f"{self.kind} {x}" for x in names)
            builder.declarations |= inner.declarations
            builder.declarations[function] = (
                f"define internal {self.kind} @{function}({taken}) nounwind {{\nentry:\n"
                f"{inner.text()}\n  ret {self.kind} {value.name}\n}}"
            )
        return builder.call(function, inputs, self.lanes)


def _sign(to: Lowering, x: str) -> str:
    zero = to.number(0.0)
    size = to.choose(to.compare("one", x, zero), to.number(1.0), zero)
    signed = to.intrinsic("copysign", size, x)
    signed = to.choose(to.compare("oeq", x, zero), zero, signed)
    return to.choose(to.compare("uno", x, x), x, signed)


def _root(to: Lowering, x: str, inverse: bool) -> str:
    """X ** 0.5 or x ** -0.5, of -0.0 as of 0.0, and of -inf as of inf."""
    root = to.binary("fadd", to.intrinsic("sqrt", x), to.number(0.0))
    lowest, highest = to.number(-math.inf), to.number(math.inf)
    root = to.choose(to.compare("oeq", x, lowest), highest, root)
    return to.binary("fdiv", to.number(1.0), root) if inverse else root


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


_FORMS: dict[str, Callable[..., str]] = {
    STOPPED: lambda _to, x: x,
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
}
