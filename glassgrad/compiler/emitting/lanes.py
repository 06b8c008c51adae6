"""Single LLVM instructions on one number, or on a vector of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir.floats import FLOAT64, Float
from ..machine.text import Builder


class Lanes:
    """Instruction after instruction into a builder, all on vectors of the same number of lanes.

    Where its numbers are `fast`, LLVM may regroup sums and fuse products with them, but not where
    a formula is `exact` and counts on what each rounding leaves.
    """

    def __init__(self, builder: Builder, lanes: int, exact: bool = False) -> None:
        self.builder = builder
        self.lanes = lanes
        self.float: Float = builder.float
        self.kind = self.float.vector(lanes)
        self.flags = " reassoc nsz arcp contract" if self.float.fast and not exact else ""

    def vector_of(self, kind: str) -> str:
        """LLVM's type of as many of another kind as there are lanes."""
        return kind if self.lanes == 1 else f"<{self.lanes} x {kind}>"

    def number(self, x: float) -> str:
        """The same number in every lane."""
        return self.float.constant(x, self.lanes)

    def binary(self, instruction: str, a: str, b: str) -> str:
        """fadd, fsub, fmul or fdiv."""
        return self.builder.op(f"{instruction}{self.flags} {self.kind} {a}, {b}")

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
        truth = self.vector_of("i1")
        return self.builder.op(f"select {truth} {condition}, {self.kind} {a}, {self.kind} {b}")

    def library(self, function: str, inputs: Sequence[str]) -> str:
        """A function of the C library on float64, lane by lane."""
        if self.lanes == 1:
            return self._asked(function, inputs)
        result = "poison"
        for lane in range(self.lanes):
            each = [self.builder.op(f"extractelement {self.kind} {x}, i32 {lane}") for x in inputs]
            value = f"{self.float.llvm} {self._asked(function, each)}"
            result = self.builder.op(f"insertelement {self.kind} {result}, {value}, i32 {lane}")
        return result

    def _asked(self, function: str, inputs: Sequence[str]) -> str:
        if self.float.bits == FLOAT64.bits:
            return self.builder.call(function, inputs)
        kind = self.float.llvm
        wide = [self.builder.op(f"fpext {kind} {x} to double") for x in inputs]
        value = self.builder.call(function, wide, kind=FLOAT64)
        return self.builder.op(f"fptrunc double {value} to {kind}")

    def unless_none(
        self, truth: str, values: list[str], then: Callable[[], list[str]]
    ) -> list[str]:
        """`values`, but what `then` computes if the truth value holds in any lane."""
        if self.lanes > 1:
            mask = self.builder.op(f"bitcast {self.vector_of('i1')} {truth} to i{self.lanes}")
            truth = self.builder.op(f"icmp ne i{self.lanes} {mask}, 0")
        return self.builder.otherwise(values, self.kind, truth, then)

    def joined(self, vectors: Sequence[str]) -> str:
        """One vector of the lanes of several, a power of two."""
        if len(vectors) == 1:
            return vectors[0]
        if self.lanes == 1:
            whole, kind = "poison", self.float.vector(len(vectors))
            for lane, x in enumerate(vectors):
                number = f"{self.kind} {x}"
                whole = self.builder.op(f"insertelement {kind} {whole}, {number}, i32 {lane}")
            return whole
        twice = Lanes(self.builder, 2 * self.lanes)
        pairs = zip(vectors[::2], vectors[1::2], strict=True)
        return twice.joined([self.shuffled(a, b, range(2 * self.lanes)) for a, b in pairs])

    def parts(self, vector: str, count: int) -> list[str]:
        """So many vectors that the lanes of one make up."""
        size = self.lanes // count
        if size == 1:
            lanes = range(self.lanes)
            return [self.builder.op(f"extractelement {self.kind} {vector}, i32 {k}") for k in lanes]
        starts = range(0, self.lanes, size)
        return [self.shuffled(vector, "poison", range(k, k + size)) for k in starts]

    def shuffled(self, a: str, b: str, lanes: Sequence[int]) -> str:
        """The vector of these lanes; those of b are numbered after those of a."""
        mask = ", ".join(f"i32 {lane}" for lane in lanes)
        mask = f"<{len(lanes)} x i32> <{mask}>"
        return self.builder.op(f"shufflevector {self.kind} {a}, {self.kind} {b}, {mask}")

    def intrinsic(self, name: str, *inputs: str) -> str:
        """An intrinsic of LLVM."""
        return self.builder.intrinsic(name, inputs, self.lanes)
