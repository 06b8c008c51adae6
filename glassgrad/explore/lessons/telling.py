"""A lesson with its numbers, computed for the arguments that its reader chose."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from ..inside.look import graph_of
from ..inside.subjects import OfFunction
from ..messages.inside import Graph, Look
from ..messages.lessons import AskLessons, Lesson, LessonHead, Lessons, OpenLesson
from ..messages.parts import Real, real
from .reading import LessonError, Source, files, named, source_of

_NUMBER = re.compile(r"\{(?:(grad|equal) )?(\w+)\}")


def lessons(request: AskLessons) -> Lessons:
    """Answer by all lessons; a file that is none does not hide the others."""
    heads, trouble = [], []
    for path in files():
        try:
            source = source_of(path.stem)
        except LessonError as error:
            trouble.append(str(error))
        else:
            heads.append(LessonHead(source.name, source.title, source.short, source.minutes))
    return Lessons(request.id, heads, trouble)


def lesson(request: OpenLesson) -> Lesson:
    """Answer by one lesson."""
    source = source_of(request.name)
    with named(source.path):
        return _opened(source, request)


def _opened(source: Source, request: OpenLesson) -> Lesson:
    given = source.given(request.given)
    graph = graph_for(source, given)
    paragraphs, numbers = _told(source, given, graph)
    table = source.function("table")
    rows = [[real(float(x)) for x in row] for row in table(**given)] if table else []
    return Lesson(
        id=request.id,
        name=source.name,
        title=source.title,
        paragraphs=paragraphs,
        numbers=numbers,
        arguments=[
            msgspec.structs.replace(argument, value=given[argument.name])
            for argument in source.arguments
        ],
        fill=source.fill,
        graph=graph,
        columns=list(source.columns),
        rows=rows,
        chart=list(source.chart),
    )


def graph_for(source: Source, given: Mapping[str, float]) -> Graph | None:
    """Return the lesson's expression with all of its numbers, if it has one."""
    expression = source.function("expression")
    if expression is None:
        return None
    subject = OfFunction(expression, tuple(given.values()))
    return graph_of(subject, Look(id=0, detail="all"))


def node_named(graph: Graph, name: str) -> int:
    """Return the node that the lesson's author labelled so.

    Raises:
        LessonError: there is none.
    """
    for index, node in enumerate(graph.nodes):
        if node.name == name:
            return index
    raise LessonError(f"There is no number {name!r} in the lesson's expression.")


def with_equals(graph: Graph, node: int) -> Real:
    """Return what a gradient would be if `=` stood where the engine has `+=`.

    The last reader that the engine visits would overwrite what the ones before it brought.
    """
    last: Real = 0.0
    for reader in graph.backward:
        for parent, share in zip(
            graph.nodes[reader].parents, graph.nodes[reader].shares, strict=True
        ):
            if parent == node:
                last = share
    return last


def _told(
    source: Source, given: Mapping[str, float], graph: Graph | None
) -> tuple[list[str], list[Real]]:
    """Return the paragraphs with places for numbers, and the numbers."""
    numbers: list[Real] = []
    more = source.function("numbers")
    known = {name: real(float(x)) for name, x in (more(**given) if more else {}).items()}
    places = {name: place for place, name in enumerate(given)}

    def placed(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind is None and name in places:
            return f"{{={places[name]}}}"
        numbers.append(known[name] if name in known and kind is None else _of(graph, kind, name))
        return f"{{{len(numbers) - 1}}}"

    return [_NUMBER.sub(placed, text) for text in source.paragraphs], numbers


def _of(graph: Graph | None, kind: str | None, name: str) -> Real:
    if graph is None:
        raise LessonError(f"{{{name}}} is no argument, and the lesson has no expression.")
    node = node_named(graph, name)
    if kind == "equal":
        return with_equals(graph, node)
    return graph.nodes[node].grad if kind == "grad" else graph.nodes[node].data
