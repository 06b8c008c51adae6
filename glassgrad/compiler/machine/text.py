"""LLVM IR as text: numbers, loops with carried values, and addresses computed where they can be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..ir.floats import FLOAT64, Float

Lines = list[Any]  # of str and Lines: what a line stands behind may still grow


class Builder:
    """One function under construction. Values are names or constants, as text.

    Every open loop is a scope. `index` computes a part of an address in the outermost scope that
    knows its counters, once. `declarations` are what the module needs beside the function: a text
    for each name.
    """

    def __init__(self, kind: Float = FLOAT64) -> None:
        self.float = kind
        self.lines: Lines = []
        self.declarations: dict[str, str] = {}
        self.label = "entry"
        self._count = 0
        self._known: list[dict[str, str]] = [{}]
        self._heads: list[Lines] = [[]]
        self._depth: dict[str, int] = {}
        self.lines.append(self._heads[0])

    def name(self) -> str:
        """A new name of a value."""
        self._count += 1
        return f"%t{self._count}"

    def op(self, instruction: str) -> str:
        """Append an instruction; its value."""
        name = self.name()
        self.lines.append(f"  {name} = {instruction}")
        return name

    def do(self, instruction: str) -> None:
        """Append an instruction without a value."""
        self.lines.append(f"  {instruction}")

    def call(
        self, function: str, arguments: Sequence[str], lanes: int = 1, kind: Float | None = None
    ) -> str:
        """Call a function from numbers (of the builder's type, if not of another) to a number."""
        vector = (kind or self.float).vector(lanes)
        types = ", ".join([vector] * len(arguments))
        self.declarations.setdefault(function, f"declare {vector} @{function}({types})")
        given = ", ".join(f"{vector} {a}" for a in arguments)
        return self.op(f"call {vector} @{function}({given})")

    def intrinsic(self, name: str, arguments: Sequence[str], lanes: int) -> str:
        """Call an intrinsic that LLVM has for numbers and vectors of them."""
        return self.call(f"llvm.{name}.{self.float.suffix(lanes)}", arguments, lanes)

    def otherwise(
        self, values: list[str], kind: str, truth: str, then: Callable[[], list[str]]
    ) -> list[str]:
        """`values`, but what `then` computes where the truth value (one i1) holds."""
        before, number = self.label, self.name()[2:]
        inside, after = f"then{number}", f"after{number}"
        self.do(f"br i1 {truth}, label %{inside}, label %{after}")
        self.lines.append(f"{inside}:")
        self.label = inside
        others = then()
        self.lines += [f"  br label %{after}", f"{after}:"]
        names = [self.name() for _ in values]
        for name, value, other in zip(names, values, others, strict=True):
            ways = f"[ {value}, %{before} ], [ {other}, %{self.label} ]"
            self.lines.append(f"  {name} = phi {kind} {ways}")
        self.label = after
        return names

    def index(self, base: int, parts: Sequence[tuple[str, int]]) -> str:
        """The whole number base + sum of stride * counter, its outer parts computed outside."""
        ordered = sorted((self._depth[counter], counter, s) for counter, s in parts if s)
        value = str(base)
        for depth, counter, stride in ordered:
            step = counter
            if stride != 1:
                step = self._once(depth, f"mul i64 {counter}, {stride}")
            value = step if value == "0" else self._once(depth, f"add i64 {value}, {step}")
        return value

    def countdown(self, counter: str, last: int) -> str:
        """A counter that runs from `last` down to 0 while the other runs up."""
        name = self._once(self._depth[counter], f"sub i64 {last}, {counter}")
        self._depth[name] = self._depth[counter]
        return name

    def pointer(self, kind: str, base: str, index: str) -> str:
        """The address of entry `index` of the row of `kind` at `base`."""
        return self.op(f"getelementptr {kind}, ptr {base}, i64 {index}")

    def place(self, kind: str, row: str, first: int, parts: Sequence[tuple[str, int]]) -> str:
        """The address of entry first + sum of stride * counter of an argument of `kind`.

        What the counters make of it is shared by all that lies at fixed distances from there.
        """
        moving = self.index(0, parts)
        if moving == "0":
            return self.pointer(kind, row, str(first))
        depth = max(self._depth[counter] for counter, stride in parts if stride)
        there = self._once(depth, f"getelementptr {kind}, ptr {row}, i64 {moving}")
        return self.pointer(kind, there, str(first)) if first else there

    def _once(self, depth: int, instruction: str) -> str:
        known = self._known[depth]
        if instruction not in known:
            known[instruction] = self.name()
            self._heads[depth].append(f"  {known[instruction]} = {instruction}")
        return known[instruction]

    def loop(
        self,
        stop: int | str,
        step: int,
        carried: Sequence[tuple[str, str]],
        body: Callable[[str, list[str]], list[str]],
    ) -> list[str]:
        """Run `body(counter, values)` for 0, step, ... below `stop`, at least once.

        `carried` are (type, first value); the body returns the next ones. Returns the last ones.
        """
        before, counter, following = self.label, self.name(), self.name()
        label = f"b{self._count}"
        names = [self.name() for _ in carried]
        phis: Lines = []
        head: Lines = []
        self.lines += [f"  br label %{label}", f"{label}:", phis, head]
        self.label = label
        self._depth[counter] = len(self._heads)
        self._heads.append(head)
        self._known.append({})
        nexts = body(counter, names)
        self._heads.pop()
        self._known.pop()
        phis.append(f"  {counter} = phi i64 [ 0, %{before} ], [ {following}, %{self.label} ]")
        for name, (kind, first), new in zip(names, carried, nexts, strict=True):
            phis.append(f"  {name} = phi {kind} [ {first}, %{before} ], [ {new}, %{self.label} ]")
        self.do(f"{following} = add i64 {counter}, {step}")
        again = self.op(f"icmp slt i64 {following}, {stop}")
        self.label = f"e{label}"
        self.lines += [f"  br i1 {again}, label %{label}, label %{self.label}", f"{self.label}:"]
        return nexts

    def text(self) -> str:
        """All lines, one below the other."""
        flat: list[str] = []
        pending: list[Any] = [self.lines]
        while pending:
            line = pending.pop()
            if isinstance(line, str):
                flat.append(line)
            else:
                pending.extend(reversed(line))
        return "\n".join(flat)
