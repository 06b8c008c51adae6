"""Messages of the lessons."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .inside import Graph
from .parts import Count, Name, Real, Report, Request

Given = Annotated[tuple[float, ...], Meta(max_length=20)]


class AskLessons(Request, tag="ask_lessons", frozen=True):
    """Answer by what lessons there are (`Lessons`)."""


class OpenLesson(Request, tag="open_lesson", frozen=True):
    """Answer by a lesson (`Lesson`), its numbers computed for these arguments; none: its own."""

    name: Name
    given: Given = ()


class Fill(Request, tag="fill", frozen=True):
    """Judge the gradient that the reader gives a node of a lesson's expression (`Filled`)."""

    name: Name
    node: Count
    gradient: float
    given: Given = ()


class LessonHead(msgspec.Struct, frozen=True):
    """A lesson in the list of all."""

    name: str
    title: str
    short: str
    minutes: Count


class Lessons(Report, tag="lessons", frozen=True):
    """The lessons in their order; `trouble` says which files are none, and why."""

    id: Count
    lessons: list[LessonHead]
    trouble: list[str]


class Argument(msgspec.Struct, frozen=True):
    """A number of a lesson that its reader can change."""

    name: str
    value: float
    low: float
    high: float
    step: float


class Lesson(Report, tag="lesson", frozen=True):
    """A lesson with its numbers.

    In `paragraphs` {0}, {1}, ... stand for `numbers` and {=0}, {=1}, ... for `arguments`. With
    `fill` the reader gives the gradients. `chart` names two columns of `rows`, or is empty.
    """

    id: Count
    name: str
    title: str
    paragraphs: list[str]
    numbers: list[Real]
    arguments: list[Argument]
    fill: bool
    graph: Graph | None
    columns: list[str]
    rows: list[list[Real]]
    chart: list[Count]


class Filled(Report, tag="filled", frozen=True):
    """Whether a gradient is right; `title` and `says` tell the reader what to look at, if not."""

    id: Count
    right: bool
    title: str
    says: str
