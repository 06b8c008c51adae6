"""Puts an expression, its numbers and its places into the report that a page draws."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from ...ops import TABLE, Primitive
from ..messages.inside import Ask, Box, Detail, Graph, Kind, Look, Node, Wire
from ..messages.parts import real
from . import places as boxes
from .formula import partials_written
from .names import named, product_name, short_name
from .reading import Reading, read
from .recipe import Recipe, spelt_out
from .source import sources_of
from .subjects import Subject


def reading_of(subject: Subject, asked: Look | Ask) -> Reading:
    """Read the expression that a request is about."""
    held = {one.node: one.data for one in asked.held}
    recipe, still = subject.recipe(asked.sample, {} if asked.five else held)
    if asked.five:
        recipe, still = spelt_out(recipe), held
    still = {node: x for node, x in still.items() if node < len(recipe)}
    return read(recipe, still)


def graph_of(subject: Subject, asked: Look) -> Graph:
    """Answer a `Look`."""
    reading = reading_of(subject, asked)
    recipe = reading.recipe
    called = named(recipe)
    structure, owners, names = called.structure, called.owners, called.names
    detail = _detail(recipe, asked, bool(called.cards))
    focus = asked.focus if 0 <= asked.focus < len(recipe) else _first_focus(reading, owners)
    where = boxes.places(structure, detail, focus if detail == "focus" else -1)
    sources, code = sources_of(recipe.lines)
    card = boxes.card_of(structure, focus) if detail == "focus" else None
    whose = owners.get(card.shown, "") if card else ""
    shorts = [short_name(name, whose) for name in names]
    shorts = [name or product_name(recipe, node, shorts) for node, name in enumerate(shorts)]
    shown = set(where.nodes)
    return Graph(
        id=asked.id,
        title=subject.title,
        result=names[reading.root],
        sample=asked.sample,
        samples=subject.samples,
        step=subject.step,
        detail=detail,
        focus=focus,
        arguments=subject.arguments,
        nodes=[
            _node(reading, i, names[i], shorts[i], code[i], i in shown) for i in range(len(recipe))
        ],
        forward=list(reading.forward),
        backward=list(reading.backward),
        boxes=[
            Box(
                node, x - w / 2, y - h / 2, w, h, owners.get(node, "") if inner else "", list(inner)
            )
            for node, inner, (x, y), (w, h) in zip(
                where.nodes, where.members, where.centres, where.sizes, strict=True
            )
        ],
        wires=[
            Wire(wire.tail, wire.head, wire.reader, wire.operand, list(wire.points))
            for wire in where.wires
        ],
        width=where.width,
        height=where.height,
        sources=sources,
        says=_sentences(recipe),
        broken=first_broken(reading),
    )


def first_broken(reading: Reading) -> int:
    """The first node that is not finite though all of its parents are; -1 if there is none."""
    for node, data in enumerate(reading.data):
        if not isfinite(data):
            return node
    return -1


def _detail(recipe: Recipe, asked: Look, foldable: bool) -> Detail:
    if asked.detail:
        return asked.detail if foldable or asked.detail != "cards" else "all"
    if len(recipe) <= boxes.FEW_NODES:
        return "all"
    return "focus" if asked.focus >= 0 or foldable else "all"


def _first_focus(reading: Reading, owners: Mapping[int, str]) -> int:
    """Of the neurons that most others read the one of the largest gradient, else the result."""
    readers = [len(arrived) for arrived in reading.arrivals()]
    return max(
        owners,
        key=lambda top: (readers[top], abs(reading.grads[top])),
        default=reading.root,
    )


def _node(
    reading: Reading, node: int, name: str, short: str, code: tuple[int, int], shown: bool
) -> Node:
    recipe = reading.recipe
    row = recipe.rows[node]
    parents = recipe.parents[node]
    rules = [""] * len(parents)
    if shown and isinstance(row, Primitive) and node not in reading.held:
        rules = partials_written(row, reading.data[node], *[reading.data[p] for p in parents])
    return Node(
        kind=_kind(recipe, node),
        op="" if row is None else row.symbol,
        row=getattr(row, "name", ""),
        name=name,
        short=short,
        data=real(reading.data[node]),
        grad=real(reading.grads[node]),
        parents=list(parents),
        partials=[real(x) for x in reading.partials[node]],
        shares=[real(x) for x in reading.shares[node]],
        rules=rules,
        code=code,
        held=node in reading.held,
    )


def _kind(recipe: Recipe, node: int) -> Kind:
    if not recipe.is_leaf(node):
        return "operation"
    if node in recipe.parameters:
        return "parameter"
    return "constant" if node in recipe.constants else "input"


def _sentences(recipe: Recipe) -> dict[str, tuple[str, str]]:
    names = {row.name for row in recipe.rows if isinstance(row, Primitive)}
    return {name: (TABLE[name].says, TABLE[name].form) for name in sorted(names)}
