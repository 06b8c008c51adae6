"""What a question is about, and an answer before it travels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...ops import Primitive
from ..messages.inside import Point
from .names import named
from .reading import Reading
from .subjects import Subject


class About:
    """What a question is about: a node, by name, in an expression that was read."""

    def __init__(self, reading: Reading, node: int, subject: Subject) -> None:
        expression = named(reading.recipe)
        self.structure, self.names = expression.structure, expression.names
        self.cards = expression.cards
        self.reading, self.node, self.subject = reading, node, subject
        self.name = self.called(node)
        self.result = self.called(reading.root)

    def called(self, node: int) -> str:
        """The name of a node, or its operation."""
        row = self.reading.recipe.rows[node]
        return self.names[node] or (f"this {row.symbol}" if row is not None else "this number")

    def written(self, node: int, first: int = 0) -> str:
        """The operation of a node, with {first}, ... for the numbers of its parents."""
        recipe = self.reading.recipe
        slots = [f"{{{first + i}}}" for i in range(len(recipe.parents[node]))]
        row = recipe.rows[node]
        if isinstance(row, Primitive):
            return row.written(*slots)
        return f"your {row.symbol!r} of {', '.join(slots)}"

    def result_with(self, held: dict[int, Any]) -> Any:
        """The root where further nodes are held: a float, or a Value where one is given."""
        return self.reading.recipe.run({**self.reading.held, **held})[-1]

    def along(self) -> Callable[[Any], Any]:
        """The root as a function of the node alone."""
        return lambda x: self.result_with({self.node: x})


@dataclass(frozen=True)
class Said:
    """An answer before it travels."""

    title: str
    text: str
    numbers: list[float] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[Point] = field(default_factory=list)
