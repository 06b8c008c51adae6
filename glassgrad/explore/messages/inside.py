"""Messages of a scalar expression that is looked into, node by node."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .parts import Count, Real, Report, Request

Kind = Literal["input", "parameter", "constant", "operation"]
Detail = Literal["cards", "focus", "all"]
Question = Literal[
    "difference",
    "sweep",
    "second",
    "inputs",
    "movers",
    "order",
    "five",
    "nan",
    "neuron",
    "without",
    "bias",
]


class Held(msgspec.Struct, frozen=True):
    """A node that is held at a number: what if it were so?"""

    node: Count
    data: float


class Look(Request, tag="look", frozen=True):
    """Show the expression: of this sample, these nodes held, so much of it.

    `focus` is the node whose surroundings are shown where `detail` is "focus". With `five`, each
    tanh is written as five operations.
    """

    sample: Count = 0
    detail: Literal["cards", "focus", "all", ""] = ""
    focus: int = -1
    held: Annotated[tuple[Held, ...], Meta(max_length=200)] = ()
    five: bool = False


class Ask(Request, tag="ask", frozen=True):
    """Answer a question about one node of what `Look` shows."""

    question: Question
    node: Count
    sample: Count = 0
    held: Annotated[tuple[Held, ...], Meta(max_length=200)] = ()
    five: bool = False


class Node(msgspec.Struct, frozen=True):
    """One number: what made it, and what it passes back.

    `partials`, `shares` and `rules` have one entry for each parent; `code` is the index of the
    source and the line, or -1 and 0 where no line is known.
    """

    kind: Kind
    op: str
    row: str  # the name in the table
    name: str
    short: str
    data: Real
    grad: Real
    parents: list[Count]
    partials: list[Real]
    shares: list[Real]
    rules: list[str]
    code: tuple[int, Count]
    held: bool


class Box(msgspec.Struct, frozen=True):
    """Where a node stands, or a card of several; `members` are the nodes folded into it."""

    node: Count
    x: float
    y: float
    width: float
    height: float
    owner: str
    members: list[Count]


class Wire(msgspec.Struct, frozen=True):
    """An edge between two boxes: a reader's operand, and the points that it passes."""

    tail: Count
    head: Count
    reader: Count
    operand: Count
    points: list[tuple[float, float]]


class Source(msgspec.Struct, frozen=True):
    """Lines of the user's program; `first` is the number of the first."""

    file: str
    first: Count
    lines: list[str]


class Graph(Report, tag="graph", frozen=True):
    """An expression with all of its numbers, and where the shown part of it stands.

    `forward` and `backward` are the nodes in the engine's order. `says` has for each row that
    occurs the table's sentence and the way it is written.
    """

    id: Count
    title: str
    result: str
    sample: Count
    samples: Count
    step: Count
    detail: Detail
    focus: int
    arguments: bool
    nodes: list[Node]
    forward: list[Count]
    backward: list[Count]
    boxes: list[Box]
    wires: list[Wire]
    width: float
    height: float
    sources: list[Source]
    says: dict[str, tuple[str, str]]
    broken: int  # the first node that is nan or infinite, or -1


class Expression(Report, tag="expression", frozen=True):
    """What is explored is an expression alone: there is nothing to train."""

    title: str


class Point(msgspec.Struct, frozen=True):
    """One row of an answer's table: a name, numbers, and the node it is about or -1."""

    name: str
    numbers: list[Real]
    node: int = -1


class Answer(Report, tag="answer", frozen=True):
    """An answer: a sentence in which {0}, {1}, ... stand for numbers, and a table."""

    id: Count
    question: Question
    title: str
    says: str
    numbers: list[Real]
    columns: list[str]
    rows: list[Point]
