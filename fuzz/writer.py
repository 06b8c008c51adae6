"""What every part of a random program is written with: names in scope, parameters, scalars."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from glassgrad.ops import TABLE

from .draws import Draws

Vector = tuple[str, int]  # the name of a list of numbers, and its length

# Rows that keep numbers of moderate size so, wherever they are used; and the others.
TAME = (
    "tanh", "neg", "sin", "relu", "abs", "sigmoid", "cos", "atan", "leaky_relu", "softplus",
    "gelu", "silu", "elu", "erf", "sign",
)  # fmt: skip
WILD = tuple(name for name, row in TABLE.items() if row.arity == 1 and name not in TAME)
COMPARISONS = ("gt", "lt", "ge", "le", "eq", "ne")
BINARY = ("mul", "add", "sub", "minimum", "maximum", "div", "atan2", "pow")
CONSTANTS = ("0.5", "1.0", "2.0", "-1.0", "0.0", "3.0", "-0.3", "0.7")
SPECIAL = ("-0.0", "1e-3", "inf", "-inf", "1e-300")


@dataclass
class Scope:
    """The names that a line may use."""

    vectors: list[Vector] = field(default_factory=list)
    values: list[str] = field(default_factory=list)  # expressions that are Values
    numbers: list[str] = field(default_factory=list)  # expressions that are plain numbers


class Writer:
    """Lines of Python under construction. Every choice is drawn."""

    def __init__(self, draws: Draws, large: bool) -> None:
        self.draws = draws
        self.large = large
        self.lines: list[str] = []
        self.scope = Scope()
        self.parameters = 0  # how many are in use
        self.selects = False  # whether integers among the arguments do
        self._depth = 0
        self._names = 0

    def line(self, text: str) -> None:
        """Append a line."""
        self.lines.append("    " * self._depth + text)

    def name(self, letter: str) -> str:
        """A new name."""
        self._names += 1
        return f"{letter}{self._names}"

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Indent what follows, below `head`."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def inner(self, scope: Scope) -> Iterator[None]:
        """Write in another scope for a while."""
        outer, self.scope = self.scope, scope
        yield
        self.scope = outer

    # ------------------------------------------------------------------ parameters

    def take(self, count: int) -> int:
        """The first of `count` parameters in a row: new ones, or some that are in use already."""
        if self.parameters >= count and self.draws.one_in(5):
            return self.draws.below(self.parameters - count + 1)
        self.parameters += count
        return self.parameters - count

    # ------------------------------------------------------------------ vectors

    def integer(self, count: int) -> str:
        """An integer among the arguments that selects one of so many; see `programs._arguments`."""
        self.selects = True
        place = self.draws.below(min(count, 4))
        if count > 1 and self.draws.one_in(6):
            return f"0 * t[{place}] + 1"
        return f"t[{place}]"

    def vector(self, text: str, length: int) -> None:
        """A new name for a list of so many numbers."""
        name = self.name("h")
        self.line(f"{name} = {text}")
        self.scope.vectors.append((name, length))

    def latest(self) -> Vector:
        """A vector in scope, most often the newest."""
        vectors = self.scope.vectors
        if self.draws.one_in(4):
            return vectors[self.draws.below(len(vectors))]
        return vectors[-1]

    # ------------------------------------------------------------------ scalars

    def unary(self, x: str) -> str:
        """A row of one input; outside of its domain once in a while."""
        if self.draws.below(3) < 2:
            return f"op.{self.draws.pick(TAME)}({x})"
        name = self.draws.pick(WILD)
        if self.draws.one_in(4):
            return f"op.{name}({x})"
        low, high = TABLE[name].domain[0]
        middle, half = (low + high) / 2.0, (high - low) / 2.0
        return f"op.{name}({middle:.6g} + {half:.6g} * op.tanh({x}))"

    def binary(self, a: str, b: str) -> str:
        """A row of two inputs."""
        name = self.draws.pick(BINARY)
        if name in ("div", "atan2") and not self.draws.one_in(5):
            b = f"({b} * {b} + 0.5)"
        if name == "pow":
            return self._power(a, b)
        symbol = {"mul": "*", "add": "+", "sub": "-"}.get(name)
        return f"({a} {symbol} {b})" if symbol else f"op.{name}({a}, {b})"

    def _power(self, a: str, b: str) -> str:
        exponent = self.draws.pick(("2", "3", "1", "0", "-1", "0.5", "1.5", "-2", "x"))
        if exponent == "x":
            return f"op.pow({a} * {a} + 0.3, op.tanh({b}))"
        return f"op.pow({a}, {exponent})"

    def choice(self, a: str, b: str, c: str) -> str:
        """A row that chooses; what is not taken may be inf or nan."""
        kind = self.draws.below(6)
        comparison = f"op.{self.draws.pick(COMPARISONS)}({a}, {self.draws.pick((b, '0.0', '0.5'))})"
        if kind == 0:
            return f"op.where({comparison}, {b}, {c})"
        if kind == 1:
            return f"op.clip({a}, {self.draws.pick((b, '-0.5'))}, {self.draws.pick((c, '0.5'))})"
        if kind == 2:
            return f"op.where(op.gt({a}, 0.0), op.{self.draws.pick(('log', 'sqrt'))}({a}), {c})"
        if kind == 3:
            return f"op.where({comparison}, {c}, op.div({b}, {a} - {a}))"
        if kind == 4:
            return f"op.where(op.ne({a}, {b}), op.div({c}, {a} - {b}), {a})"
        return f"op.minimum({a}, {self.draws.pick(('inf', '-inf', 'nan', b))}) * {c}"

    def operand(self, plain: bool = False) -> str:
        """A scalar in scope: a Value, an element of a vector, a plain number, a constant."""
        kind = self.draws.below(8)
        scope = self.scope
        if kind < 4 and scope.values and not plain:
            return scope.values[-1 - self.draws.below(min(6, len(scope.values)))]
        if kind < 6 and scope.vectors and not plain:
            name, length = self.latest()
            return f"{name}[{self.draws.below(length)}]"
        if kind == 7 or not scope.numbers:
            return self.draws.pick(SPECIAL if self.draws.one_in(9) else CONSTANTS)
        return self.draws.pick(scope.numbers)

    def scalar(self) -> None:
        """A new name for an operation on any scalars in scope."""
        plain = self.draws.one_in(6)
        a, b, c = (self.operand(plain) for _ in range(3))
        kind = self.draws.below(8)
        if kind < 3:
            text = self.unary(a)
        elif kind < 6:
            text = self.binary(a, b)
        elif kind == 6:
            text = self.choice(a, b, c)
        else:
            text = (
                f"sum([{', '.join(self.operand(plain) for _ in range(self.draws.within(2, 5)))}])"
            )
        name = self.name("n" if plain else "v")
        self.line(f"{name} = {text}")
        (self.scope.numbers if plain else self.scope.values).append(name)
