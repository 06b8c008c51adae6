"""Questions about a neuron: what it computes, what it is there for, what its bias does."""

from __future__ import annotations

from math import fsum, hypot
from typing import Any

from ...draw.fold import Card
from ...modes import no_grad
from ...nn import MLP
from ...training.metrics import number
from ..messages.inside import Point
from ..messages.parts import real
from . import places as boxes
from .about import About, Said
from .subjects import OfSample

_MOST_SAMPLES = 1000


def computes(about: About) -> Said:
    """A neuron's products and their sum, or an operation, with the numbers put in."""
    card = boxes.card_of(about.structure, about.node)
    if card is None:
        row = about.reading.recipe.rows[about.node]
        if row is None:
            raise ValueError(f"{about.name} was given: nothing is computed there.")
        parents = about.reading.recipe.parents[about.node]
        data = about.reading.data
        return Said(
            "With the numbers put in",
            f"{about.name} = {about.written(about.node)} = {{{len(parents)}}}.",
            [*[data[p] for p in parents], data[about.node]],
        )
    return _sum_of(about, card)


def _sum_of(about: About, card: Card) -> Said:
    data = about.reading.data
    recipe = about.reading.recipe
    rows = []
    for term in card.terms:
        readers = [
            n for n in boxes.inside_of(about.structure, card) if term.shown in recipe.parents[n]
        ]
        product = next((n for n in readers if getattr(recipe.rows[n], "name", "") == "mul"), None)
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
    op = recipe.rows[card.shown].symbol if card.shown != card.total else ""
    said = f"These add up to {{0}}, and {op} makes {{1}} of it." if op else "These add up to {0}."
    name = about.called(card.shown)
    return Said(f"What {name} computes", said, [data[card.total], data[card.shown]], [], rows)


def without(about: About) -> Said:
    """What becomes of the result, and of the loss of all samples, without a neuron."""
    card = boxes.card_of(about.structure, about.node)
    top = card.shown if card else about.node
    name = about.called(top)
    before, after = about.reading.data[-1], about.result_with({top: 0.0})
    rows = [Point(about.result, [real(before), real(after)])]
    said = f"If {name} were 0, {about.result} would be {{1}} instead of {{0}}."
    if over_all := _over_all(about, name):
        rows = [Point("this sample", rows[0].numbers), over_all]
        said += " Over all training samples the mean loss would go from {2} to {3}."
    numbers = [float(x) for row in rows for x in row.numbers]
    return Said(f"Without {name}", said, numbers, ["", "as it is", "without"], rows)


def _over_all(about: About, name: str) -> Point | None:
    """The mean loss over the training samples as it is, and where a neuron always gives 0."""
    subject = about.subject
    if not isinstance(subject, OfSample) or not isinstance(subject.model, MLP):
        return None
    network, rows = subject.model, list(subject.training)[:_MOST_SAMPLES]
    places = [
        (i, j)
        for i, layer in enumerate(network.layers)
        for j in range(len(layer.neurons))
        if name == f"layers[{i}].neurons[{j}].out"
    ]
    if not places or not rows:
        return None
    means = []
    with subject.lock, no_grad():
        for out in ((-1, -1), places[0]):
            losses = [number(_loss(subject, network, row, out)) for row in rows]
            means.append(real(fsum(losses) / len(losses)))
    return Point(f"all {len(rows)} training samples", means)


def _loss(subject: OfSample, network: MLP, row: int, out: tuple[int, int]) -> Any:
    """The loss of a sample where one neuron gives 0."""
    x: list[Any] = list(subject.inputs[row])
    for i, layer in enumerate(network.layers):
        x = [0.0 if (i, j) == out else neuron(x) for j, neuron in enumerate(layer.neurons)]
    return subject.loss(x if len(x) > 1 else x[0], subject.targets[row])


def bias(about: About) -> Said:
    """What the bias of a neuron does, which no weight can."""
    card = next(
        (
            one
            for one in about.cards.values()
            if about.node in (one.shown, one.total, *[term.shown for term in one.terms])
        ),
        None,
    )
    recipe, data = about.reading.recipe, about.reading.data
    terms = card.terms if card else []
    alone = [term.shown for term in terms if not term.weighs and recipe.is_leaf(term.shown)]
    if card is None or len(alone) != 1:
        raise ValueError("Choose a neuron, or its bias: a sum of products and one number alone.")
    b = alone[0]
    without = recipe.run({**about.reading.held, b: 0.0})
    weights = [term.shown for term in terms if term.weighs]
    said = (
        f"Where all inputs are 0, weights give 0 whatever they are; {about.called(b)} gives {{0}}"
        " there."
    )
    numbers = [data[b]]
    size = hypot(*[data[w] for w in weights])
    if size and set(weights) <= recipe.parameters:  # else a weight and an input look alike
        said += (
            " It shifts the line on which the sum is 0 away from the origin, by |b| / |w| = {1};"
            " weights can only turn it."
        )
        numbers += [abs(data[b]) / size]
    rows = [
        Point(about.called(node), [real(data[node]), real(without[node])], node)
        for node in dict.fromkeys((card.total, card.shown, about.reading.root))
    ]
    return Said(
        "What the bias does",
        said,
        numbers,
        ["", "as it is", "b = 0"],
        rows,
    )
