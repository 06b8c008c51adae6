"""Questions about one node, each answered by computing: a sentence, its numbers, a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from ...modes import enable_grad
from ...numeric import numeric_derivative, sweep
from ...transforms import grad
from ..messages.inside import Answer, Ask, Point, Question
from ..messages.parts import real
from .about import About, Said
from .look import first_broken, reading_of
from .neurons import bias, computes, without
from .reading import read
from .recipe import spelt_out
from .source import place_of
from .subjects import Subject

_H = 1e-4  # of the number that is nudged, or of 1 where that is more
_MOST = 12  # rows of a table


def answer_to(subject: Subject, asked: Ask) -> Answer:
    """Answer a question about a node.

    Raises:
        ValueError: there is no such node, or the question does not fit it; says why.
    """
    reading = reading_of(subject, asked)
    if asked.node >= len(reading.data):
        raise ValueError(f"This expression has {len(reading.data)} nodes, no {asked.node}.")
    said = _ANSWERS[asked.question](About(reading, asked.node, subject))
    return Answer(
        id=asked.id,
        question=asked.question,
        title=said.title,
        says=said.text,
        numbers=[real(x) for x in said.numbers],
        columns=said.columns,
        rows=said.rows,
    )


def _difference(about: About) -> Said:
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


def _sweep(about: About) -> Said:
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


def _second(about: About) -> Said:
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


def _inputs(about: About) -> Said:
    return _moved(about, about.result, about.reading.grads)


def _movers(about: About) -> Said:
    """Of the node at hand instead of the result: its own gradient."""
    reading = about.reading
    values = reading.recipe.values(reading.held)
    with enable_grad():
        values[about.node].backward()
    return _moved(about, about.name, [value.grad for value in values])


def _moved(about: About, what: str, grads: Sequence[float]) -> Said:
    recipe = about.reading.recipe
    leaves = [n for n in about.reading.forward if recipe.is_leaf(n)]
    leaves.sort(key=lambda n: -_size(grads[n]))
    first = leaves[0] if leaves else about.reading.root
    most = _size(grads[first])
    rows = [
        Point(about.called(n), [real(grads[n]), real(0.01 * grads[n])], n) for n in leaves[:_MOST]
    ]
    rest = leaves[_MOST:]
    reached = [n for n in leaves if grads[n]]
    hardly = sum(_size(grads[n]) < 0.01 * most for n in reached)
    if rest:
        largest = _size(grads[rest[0]])
        rows.append(
            Point(f"{len(rest)} others, each at most", [real(largest), real(largest / 100)])
        )
    return Said(
        f"What moves {what} most",
        f"{about.called(first)}: a nudge of 0.01 there moves {what} by about {{0}}. Of the"
        f" {len(reached)} that move it at all, {hardly} do so by less than a hundredth of that."
        " Each slope is a derivative, along one input; all of them together are the gradient.",
        [0.01 * grads[first]],
        ["", "slope", "by 0.01"],
        rows,
    )


def _order(about: About) -> Said:
    """When the way back comes to a node, and what would be lost if it came earlier."""
    reading, node = about.reading, about.node
    place = {n: i + 1 for i, n in enumerate(reading.backward)}
    if node not in place:
        raise ValueError(f"The way back does not come to {about.name}.")
    arrived = reading.arrivals()[node]
    shares = [reading.shares[reader][operand] for reader, operand in arrived]
    said = f"{about.name} is number {place[node]} of {len(place)} on the way back. "
    numbers: list[float] = []
    if not arrived:
        said += "There it begins: nothing reads it."
    else:
        said += "A node comes after all that read it, so that its gradient is whole before it is"
        said += " passed on: the forward order, backwards."
    if len(arrived) > 1:
        said += (
            f" Before {about.called(arrived[-1][0])} it would have passed on {{0}} and not {{1}}."
        )
        numbers = [sum(shares[:-1]), reading.grads[node]]
    rows = [
        Point(about.called(reader), [float(place[reader]), real(share)], reader)
        for (reader, _), share in zip(arrived, shares, strict=True)
    ]
    return Said("Why this order?", said, numbers, ["read by", "number", "share"], rows)


def _five(about: About) -> Said:
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


def _nan(about: About) -> Said:
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
        said = f"It began{where}: {about.written(node, first=1)} is {{0}}."
    return Said(
        "Where it began",
        said,
        [reading.data[node], *[reading.data[p] for p in parents]],
        ["", "value"],
        [Point(about.called(p), [real(reading.data[p])], p) for p in (*parents, node)],
    )


def _size(x: float) -> float:
    """Absolute size; nan counts as the largest, because it must be seen."""
    return abs(x) if isfinite(x) else float("inf")


_ANSWERS: dict[Question, Callable[[About], Said]] = {
    "difference": _difference,
    "sweep": _sweep,
    "second": _second,
    "inputs": _inputs,
    "five": _five,
    "nan": _nan,
    "neuron": computes,
    "without": without,
    "bias": bias,
    "order": _order,
    "movers": _movers,
}
