"""What a picture of values shows, before it is known whether it becomes SVG or text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .layout import Direction

Kind = Literal["input", "parameter", "operation", "more"]

MOST_ROWS = 14
"""A card with more rows shows this many, the last of them saying how many more there are."""


@dataclass(frozen=True)
class Row:
    """One line of a card: a weight, a bias, a term of its sum.

    `weighs` tells that the value is a factor of what enters here, so its sign and size belong to
    the edge, too. A row without a value stands for rows that were left out.
    """

    name: str
    value: float | None = None
    grad: float | None = None
    weighs: bool = False


@dataclass(frozen=True)
class Box:
    """One value, or with rows the card of a whole sum.

    A number that is None is not known and not shown. `bars` draws the rows as a strip of bars
    where there is no room for their numbers.
    """

    name: str
    op: str = ""
    kind: Kind = "operation"
    value: float | None = None
    grad: float | None = None
    rows: tuple[Row, ...] = ()
    bars: bool = False


@dataclass(frozen=True)
class Edge:
    """The value of the tail enters the head, at one of its rows if that is not None."""

    tail: int
    head: int
    row: int | None = None
    weight: float | None = None


@dataclass(frozen=True)
class Column:
    """Boxes that belong together, from top to bottom, under a heading."""

    name: str
    says: str
    boxes: tuple[int, ...]


@dataclass(frozen=True)
class Diagram:
    """Boxes and edges.

    With columns the boxes stand there, otherwise they are laid out by their edges. `visited` tells
    whether any gradient has arrived yet.
    """

    title: str
    caption: str
    boxes: Sequence[Box]
    edges: Sequence[Edge]
    direction: Direction = "LR"
    visited: bool = True
    columns: Sequence[Column] = ()
