"""Questions about one node, each answered by computing: a sentence, its numbers, a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ...draw.fold import Card
from ...numeric import numeric_derivative, sweep
from ...transforms import grad
from ..messages.inside import Answer, Ask, Point, Question
from ..messages.parts import real
from . import places as boxes
from .look import first_broken, reading_of
from .names import named
from .reading import Reading, read
from .recipe import spelt_out
from .source import place_of
from .subjects import Subject

_H = 1e-4  # of the number that is nudged, or of 1 where that is more
_MOST = 12  # rows of a table


class _About:
    """What a question is about: a node, by name, in an expression that was read."""

    def __init__(self, reading: Reading, node: int) -> None:
        expression = named(reading.recipe)
        self.structure, self.names = expression.structure, expression.names
        self.reading, self.node = reading, node
        self.name = self.called(node)
        self.result = self.called(reading.root)

    def called(self, node: int) -> str:
        """The name of a node, or its operation."""
        row = self.reading.recipe.rows[node]
        return self.names[node] or (f"this {row.symbol}" if row is not None else "this number")

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


def answer_to(subject: Subject, asked: Ask) -> Answer:
    """Answer a question about a node.

    Raises:
        ValueError: there is no such node, or the question does not fit it; says why.
    """
    reading = reading_of(subject, asked)
    if asked.node >= len(reading.data):
        raise ValueError(f"This expression has {len(reading.data)} nodes, no {asked.node}.")
    said = _ANSWERS[asked.question](_About(reading, asked.node))
    return Answer(
        id=asked.id,
        question=asked.question,
        title=said.title,
        says=said.text,
        numbers=[real(x) for x in said.numbers],
        columns=said.columns,
        rows=said.rows,
    )


def _difference(about: _About) -> Said:
    x = about.reading.data[about.node]
    f = about.along()
    h = _H * max(1.0, abs(x))
    measured = numeric_derivative(f, x, h, "symmetric")
    exact = about.reading.grads[about.node]
    off = abs(measured - exact)
    agrees = off <= 1e-6 * max(1.0, abs(exact)) or off <= 1e-3 * abs(exact)
    word = "agrees" if agrees else "does not agree: here is a kink, a jump, or a very steep place"
    return Said(
        "Finite difference",
        f"Nudged by h = {{1}} each way, {about.result} moves by {{0}} per h. That {word}.",
        [measured, h],
        ["", "value"],
        [
            Point("by the chain rule", [real(exact)]),
            Point("measured", [real(measured)]),
            Point("apart", [real(off)]),
        ],
    )


def _sweep(about: _About) -> Said:
    swept = sweep(about.along(), about.reading.data[about.node])
    best = swept.best
    return Said(
        "A smaller and smaller h",
        "With h = {0} the error is least, {1}. A larger h errs because the curve bends; a smaller"
        " one because f(x + h) and f(x) agree in nearly all of their digits, which are lost.",
        [best.h, best.error],
        ["h", "slope", "error"],
        [Point("", [row.h, real(row.estimate), real(row.error)]) for row in swept.rows],
    )


def _second(about: _About) -> Said:
    x = about.reading.data[about.node]
    second = grad(grad(about.along()))(x)
    h = _H * max(1.0, abs(x))
    slope = about.reading.grads[about.node]
    return Said(
        "Second derivative",
        f"The slope along {about.name} itself changes by {{0}} per unit: after a nudge of {{1}} it"
        " is about {2}, and now it is {3}.",
        [second, h, slope + second * h, slope],
    )


def _inputs(about: _About) -> Said:
    reading = about.reading
    recipe = reading.recipe
    leaves = [n for n in reading.forward if recipe.is_leaf(n)]
    leaves.sort(key=lambda n: -_size(reading.grads[n]))
    first = leaves[0] if leaves else reading.root
    rows = [
        Point(about.called(n), [real(reading.grads[n]), real(0.01 * reading.grads[n])], n)
        for n in leaves[:_MOST]
    ]
    rest = leaves[_MOST:]
    if rest:
        largest = max(_size(reading.grads[n]) for n in rest)
        rows.append(
            Point(f"{len(rest)} others, each at most", [real(largest), real(largest / 100)])
        )
    return Said(
        "What moves it most",
        f"{about.called(first)}: a nudge of 0.01 there moves {about.result} by about {{0}}."
        " Each slope is a derivative, along one input; all of them together are the gradient.",
        [0.01 * reading.grads[first]],
        ["", "slope", "by 0.01"],
        rows,
    )


def _five(about: _About) -> Said:
    reading = about.reading
    recipe = reading.recipe
    spelt = spelt_out(recipe)
    if len(spelt) == len(recipe):
        raise ValueError("There is no tanh in this expression.")
    other = read(spelt)
    by_name = {spelt.names[n]: n for n in range(len(spelt)) if spelt.is_leaf(n)}
    leaves = [n for n in reading.forward if recipe.is_leaf(n) and recipe.names[n] in by_name]
    rows, most = [], 0.0
    for n in leaves:
        one, five = reading.grads[n], other.grads[by_name[recipe.names[n]]]
        most = max(most, _size(one - five))
        rows.append(Point(about.called(n), [real(one), real(five)], n))
    rows.sort(key=lambda row: -abs(row.numbers[0]) if isinstance(row.numbers[0], float) else 0.0)
    return Said(
        "tanh as one step or five",
        "Written as (e − 1) / (e + 1) with e = exp(2n), the gradients are the same but for"
        " rounding: at most {0} apart. One step is shorter, and safe where exp would overflow.",
        [most],
        ["", "one step", "five"],
        rows[:_MOST],
    )


def _nan(about: _About) -> Said:
    reading = about.reading
    node = first_broken(reading)
    if node < 0:
        return Said("nan and inf", "Every number here is finite.")
    recipe = reading.recipe
    file, line = place_of(recipe.lines[node])
    where = f" on line {line} of {file.rpartition('/')[2]}" if line else ""
    row = recipe.rows[node]
    parents = recipe.parents[node]
    if row is None:
        said = f"{about.called(node)} was given as {{0}}."
    else:
        slots = [f"{{{i + 1}}}" for i in range(len(parents))]
        said = f"It began{where}: {row.written(*slots)} is {{0}}."
    return Said(
        "Where it began",
        said,
        [reading.data[node], *[reading.data[p] for p in parents]],
        ["", "value"],
        [Point(about.called(p), [real(reading.data[p])], p) for p in (*parents, node)],
    )


def _neuron(about: _About) -> Said:
    card = boxes.card_of(about.structure, about.node)
    if card is None:
        row = about.reading.recipe.rows[about.node]
        if row is None:
            raise ValueError(f"{about.name} was given: nothing is computed there.")
        parents = about.reading.recipe.parents[about.node]
        slots = [f"{{{i}}}" for i in range(len(parents))]
        data = about.reading.data
        return Said(
            "With the numbers put in",
            f"{about.name} = {row.written(*slots)} = {{{len(parents)}}}.",
            [*[data[p] for p in parents], data[about.node]],
        )
    return _sum_of(about, card)


def _sum_of(about: _About, card: Card) -> Said:
    data = about.reading.data
    recipe = about.reading.recipe
    rows = []
    for term in card.terms:
        readers = [
            n for n in boxes.inside_of(about.structure, card) if term.shown in recipe.parents[n]
        ]
        product = next((n for n in readers if recipe.rows[n].name == "mul"), None)
        if term.weighs and product is not None and term.entering:
            entering = term.entering[0]
            rows.append(
                Point(
                    f"{about.called(term.shown)} × {about.called(entering)}",
                    [real(data[term.shown]), real(data[entering]), real(data[product])],
                    product,
                )
            )
        else:
            rows.append(Point(about.called(term.shown), [real(data[term.shown])], term.shown))
    rows.append(Point("together", [real(data[card.total])], card.total))
    op = recipe.rows[card.shown].name if card.shown != card.total else ""
    said = f"These add up to {{0}}, and {op} makes {{1}} of it." if op else "These add up to {0}."
    name = about.called(card.shown)
    return Said(f"What {name} computes", said, [data[card.total], data[card.shown]], [], rows)


def _without(about: _About) -> Said:
    card = boxes.card_of(about.structure, about.node)
    top = card.shown if card else about.node
    before = about.reading.data[-1]
    after = about.result_with({top: 0.0})
    name = about.called(top)
    return Said(
        f"Without {name}",
        f"If {name} were 0, {about.result} would be {{1}} instead of {{0}}.",
        [before, after],
        ["", about.result],
        [Point("as it is", [real(before)]), Point("without", [real(after)], top)],
    )


def _size(x: float) -> float:
    """Absolute size; nan counts as the largest, because it must be seen."""
    return abs(x) if isfinite(x) else float("inf")


_ANSWERS: dict[Question, Callable[[_About], Said]] = {
    "difference": _difference,
    "sweep": _sweep,
    "second": _second,
    "inputs": _inputs,
    "five": _five,
    "nan": _nan,
    "neuron": _neuron,
    "without": _without,
}
