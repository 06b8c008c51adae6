"""Where each number stands: all nodes, or neurons as cards, or the surroundings of one node."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace

from ...draw.expression import Expression
from ...draw.fold import Card, Folding
from ...draw.layout import layout
from .recipe import Recipe

MOST_BOXES = 3_000
FEW_NODES = 60
"""An expression of so few nodes is shown whole."""

Size = tuple[float, float]
_NODE, _CONSTANT, _CARD = (132.0, 54.0), (64.0, 32.0), (152.0, 84.0)


@dataclass(frozen=True)
class Wiring:
    """An edge between boxes, which is the operand of a reader."""

    tail: int
    head: int
    reader: int
    operand: int
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Places:
    """The boxes shown: the node of each, the nodes folded into it, its centre and its size."""

    nodes: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    centres: tuple[tuple[float, float], ...]
    sizes: tuple[Size, ...]
    wires: tuple[Wiring, ...]
    width: float
    height: float


@lru_cache(maxsize=64)
def folded(structure: Structure) -> Folding:
    """Gather weighted sums into cards, as in the drawings."""
    values = [
        SimpleNamespace(
            data=0.0, grad=0.0, label=name, _prev=(), _op=op, is_constant=i in structure.constants
        )
        for i, (name, op) in enumerate(zip(structure.names, structure.ops, strict=True))
    ]
    readers: list[list[int]] = [[] for _ in values]
    for reader, parents in enumerate(structure.parents):
        for parent in parents:
            readers[parent].append(reader)
    expression = Expression(
        values=values,
        names=structure.names,
        parents=structure.parents,
        readers=readers,
        roots=frozenset([len(values) - 1]),
    )
    return Folding(expression, structure.parameters)


@dataclass(frozen=True)
class Structure:
    """What of an expression does not change with its numbers."""

    ops: tuple[str, ...]
    parents: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    constants: frozenset[int]
    parameters: frozenset[int]


def structure_of(recipe: Recipe) -> Structure:
    """Take the structure of an expression, by which layouts are kept."""
    return Structure(
        ops=tuple("" if row is None else row.symbol for row in recipe.rows),
        parents=tuple(recipe.parents),
        names=tuple(recipe.names),
        constants=recipe.constants,
        parameters=recipe.parameters,
    )


def inside_of(structure: Structure, card: Card) -> tuple[int, ...]:
    """The nodes that a card is made of, its top last; not those that enter it."""
    folding = folded(structure)
    found, stack = {card.shown}, [card.shown]
    while stack:
        for parent in structure.parents[stack.pop()]:
            if parent in folding.absorbed and parent not in found:
                found.add(parent)
                stack.append(parent)
    return tuple(sorted(found))


def card_of(structure: Structure, node: int) -> Card | None:
    """The card that a node is on top of or folded into."""
    for card in folded(structure).cards.values():
        if node in inside_of(structure, card):
            return card
    return None


@lru_cache(maxsize=64)
def places(structure: Structure, detail: str, focus: int) -> Places:
    """Place the boxes of one view of an expression.

    Raises:
        ValueError: there are more boxes than can be read; says what to look at instead.
    """
    count = len(structure.ops)
    if detail == "cards":
        folding = folded(structure)
        shown = [node for node in range(count) if node not in folding.absorbed]
        members = [
            inside_of(structure, folding.cards[node]) if node in folding.cards else ()
            for node in shown
        ]
    elif detail == "focus":
        shown = _surroundings(structure, focus)
        members = [() for _ in shown]
    else:
        shown = list(range(count))
        members = [() for _ in shown]
    if len(shown) > MOST_BOXES:
        raise ValueError(
            f"These are {len(shown):,} nodes; up to {MOST_BOXES:,} can be shown at once."
            " Look at cards, or at the surroundings of one node."
        )
    return _placed(structure, shown, members)


def _surroundings(structure: Structure, node: int) -> list[int]:
    """A card's nodes with what enters it and who reads it; without a card, two steps each way."""
    card = card_of(structure, node)
    inner = set(inside_of(structure, card)) if card else _near(structure, node)
    found = set(inner)
    for member in inner:
        found.update(structure.parents[member])
    tops = {card.shown} if card else {node}
    for reader, parents in enumerate(structure.parents):
        if tops & set(parents):
            found.add(reader)
            found.update(p for p in parents if not structure.parents[p])
    return sorted(found)


def _near(structure: Structure, node: int) -> set[int]:
    near = {node}
    for _ in range(2):
        near |= {parent for member in near for parent in structure.parents[member]}
    return near


def _placed(
    structure: Structure, shown: Sequence[int], members: Sequence[tuple[int, ...]]
) -> Places:
    box_of = {member: i for i, inner in enumerate(members) for member in inner}
    box_of.update({node: i for i, node in enumerate(shown)})
    sizes = [_size(structure, node, inner) for node, inner in zip(shown, members, strict=True)]
    ends = list(_edges(structure, shown, members, box_of))
    entering: dict[int, int] = {}
    ports = []
    counts: dict[int, int] = {}
    for _, head, *_ in ends:
        counts[head] = counts.get(head, 0) + 1
    for _, head, *_ in ends:
        k = entering.get(head, 0)
        entering[head] = k + 1
        ports.append(_port(k, counts[head], sizes[head][1]))
    laid = layout(sizes, [(tail, head) for tail, head, *_ in ends], ports=ports, layer_gap=54.0)
    return Places(
        nodes=tuple(shown),
        members=tuple(members),
        centres=tuple(laid.centres),
        sizes=tuple(sizes),
        wires=tuple(
            Wiring(tail, head, reader, operand, tuple(route))
            for (tail, head, reader, operand), route in zip(ends, laid.routes, strict=True)
        ),
        width=laid.width,
        height=laid.height,
    )


def _edges(
    structure: Structure,
    shown: Sequence[int],
    members: Sequence[tuple[int, ...]],
    box_of: dict[int, int],
) -> Iterable[tuple[int, int, int, int]]:
    """Each operand of what is shown that lies in another box that is shown."""
    for head, (node, inner) in enumerate(zip(shown, members, strict=True)):
        for reader in inner or (node,):
            for operand, parent in enumerate(structure.parents[reader]):
                tail = box_of.get(parent)
                if tail is not None and tail != head:
                    yield tail, head, reader, operand


def _size(structure: Structure, node: int, inner: tuple[int, ...]) -> Size:
    if inner:
        return _CARD
    return _CONSTANT if node in structure.constants else _NODE


def _port(k: int, count: int, height: float) -> float:
    """How far from the middle of its box the k-th of some edges enters."""
    return (k - (count - 1) / 2) * min(16.0, 0.7 * height / max(1, count - 1))
