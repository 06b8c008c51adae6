"""Formulas on whole vectors: Python operators that append LLVM instructions.

`Vector` holds numbers, `Bits` their bits as whole numbers, `Truth` the outcome of comparisons. A
Python number beside a Vector stands in every lane.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...emitting.lanes import Lanes
from .polynomials import POLYNOMIALS


@dataclass(frozen=True, slots=True)
class Truth:
    """Yes or no in every lane."""

    to: Lanes
    name: str

    def __or__(self, other: Truth) -> Truth:
        return self._with("or", other)

    def __and__(self, other: Truth) -> Truth:
        return self._with("and", other)

    def __invert__(self) -> Truth:
        true = "1" if self.to.lanes == 1 else f"<{', '.join(['i1 1'] * self.to.lanes)}>"
        return self._with("xor", Truth(self.to, true))

    def _with(self, instruction: str, other: Truth) -> Truth:
        kind = self.to.vector_of("i1")
        return Truth(self.to, self.to.builder.op(f"{instruction} {kind} {self.name}, {other.name}"))


@dataclass(frozen=True, slots=True)
class Bits:
    """A whole number in every lane, as wide as the numbers are."""

    to: Lanes
    name: str

    def __add__(self, other: Bits | int) -> Bits:
        return self._with("add", other)

    def __sub__(self, other: Bits | int) -> Bits:
        return self._with("sub", other)

    def __and__(self, other: Bits | int) -> Bits:
        return self._with("and", other)

    def __xor__(self, other: Bits | int) -> Bits:
        return self._with("xor", other)

    def __lshift__(self, other: int) -> Bits:
        return self._with("shl", other)

    def __rshift__(self, other: int) -> Bits:
        return self._with("ashr", other)

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]  # a truth a lane
        kind, operand = self._kind, self._lifted(other)
        return Truth(self.to, self.to.builder.op(f"icmp eq {kind} {self.name}, {operand}"))

    @property
    def _kind(self) -> str:
        return self.to.vector_of(f"i{self.to.float.bits}")

    def _lifted(self, other: object) -> str:
        if isinstance(other, Bits):
            return other.name
        lanes, kind = self.to.lanes, f"i{self.to.float.bits}"
        return str(other) if lanes == 1 else f"<{', '.join([f'{kind} {other}'] * lanes)}>"

    def _with(self, instruction: str, other: Bits | int) -> Bits:
        operand = self._lifted(other)
        name = self.to.builder.op(f"{instruction} {self._kind} {self.name}, {operand}")
        return Bits(self.to, name)

    def number(self) -> Vector:
        """The number that has these bits."""
        name = self.to.builder.op(f"bitcast {self._kind} {self.name} to {self.to.kind}")
        return Vector(self.to, name)


@dataclass(frozen=True, slots=True)
class Vector:
    """A number in every lane."""

    to: Lanes
    name: str

    def __add__(self, other: Vector | float) -> Vector:
        return self._with("fadd", self, other)

    def __radd__(self, other: float) -> Vector:
        return self._with("fadd", other, self)

    def __sub__(self, other: Vector | float) -> Vector:
        return self._with("fsub", self, other)

    def __rsub__(self, other: float) -> Vector:
        return self._with("fsub", other, self)

    def __mul__(self, other: Vector | float) -> Vector:
        return self._with("fmul", self, other)

    def __rmul__(self, other: float) -> Vector:
        return self._with("fmul", other, self)

    def __truediv__(self, other: Vector | float) -> Vector:
        return self._with("fdiv", self, other)

    def __rtruediv__(self, other: float) -> Vector:
        return self._with("fdiv", other, self)

    def __neg__(self) -> Vector:
        return Vector(self.to, self.to.negative(self.name))

    def __abs__(self) -> Vector:
        return Vector(self.to, self.to.intrinsic("fabs", self.name))

    def __lt__(self, other: Vector | float) -> Truth:
        return self._compared("olt", other)

    def __gt__(self, other: Vector | float) -> Truth:
        return self._compared("ogt", other)

    def __le__(self, other: Vector | float) -> Truth:
        return self._compared("ole", other)

    def __ge__(self, other: Vector | float) -> Truth:
        return self._compared("oge", other)

    def __eq__(self, other: object) -> Truth:  # type: ignore[override]  # a truth a lane
        assert isinstance(other, Vector | float)
        return self._compared("oeq", other)

    def lifted(self, other: Vector | float) -> Vector:
        """A Python number as a Vector beside this one."""
        return other if isinstance(other, Vector) else Vector(self.to, self.to.number(other))

    def _with(self, instruction: str, a: Vector | float, b: Vector | float) -> Vector:
        left, right = self.lifted(a), self.lifted(b)
        return Vector(self.to, self.to.binary(instruction, left.name, right.name))

    def _compared(self, condition: str, other: Vector | float) -> Truth:
        return Truth(self.to, self.to.compare(condition, self.name, self.lifted(other).name))

    def bits(self) -> Bits:
        """The bits of the number."""
        kind = self.to.vector_of(f"i{self.to.float.bits}")
        return Bits(self.to, self.to.builder.op(f"bitcast {self.to.kind} {self.name} to {kind}"))

    def signed_as(self, other: Vector) -> Vector:
        """The size of this number with the sign of another."""
        return Vector(self.to, self.to.intrinsic("copysign", self.name, other.name))

    def whole(self) -> Vector:
        """The number without what stands behind its point."""
        return Vector(self.to, self.to.intrinsic("trunc", self.name))

    def is_negative(self) -> Truth:
        """Whether the sign is minus, that of -0 too."""
        kind = self.to.vector_of(f"i{self.to.float.bits}")
        zero = "0" if self.to.lanes == 1 else "zeroinitializer"
        name = self.to.builder.op(f"icmp slt {kind} {self.bits().name}, {zero}")
        return Truth(self.to, name)


def where(truth: Truth, a: Vector | float, b: Vector | float) -> Vector:
    """A where it is true, else b; one of the two at least is a Vector."""
    known = a if isinstance(a, Vector) else b
    assert isinstance(known, Vector)
    to = truth.to
    return Vector(to, to.choose(truth.name, known.lifted(a).name, known.lifted(b).name))


def fma(a: Vector, b: Vector | float, c: Vector | float) -> Vector:
    """A * b + c, rounded once."""
    return Vector(a.to, a.to.fused(a.name, a.lifted(b).name, a.lifted(c).name))


def sqrt(x: Vector) -> Vector:
    """The square root, rounded once."""
    return Vector(x.to, x.to.intrinsic("sqrt", x.name))


def polynomial(name: str, x: Vector) -> Vector:
    """A polynomial of the table, its even and odd terms side by side."""
    terms = POLYNOMIALS[name, x.to.float.digits]
    square = x * x

    def every_second(first: int) -> Vector:
        *others, last = terms[first::2]
        total = x.lifted(last)
        for term in reversed(others):
            total = fma(total, square, term)
        return total

    return fma(every_second(1), x, every_second(0))


def unless_far(far: Truth, near: Vector, library: str, x: Vector) -> Vector:
    """`near`, but in the lanes that are `far` what the C library says; it is asked if any is."""

    def asked() -> str:
        answer = Vector(x.to, x.to.library(library, [x.name]))
        return where(far, answer, near).name

    (value,) = x.to.unless_none(far.name, [near.name], lambda: [asked()])
    return Vector(x.to, value)


Function = Callable[..., Vector]
