"""Where each number stands: all nodes, or neurons as cards, or the surroundings of one node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
_NODE, _CONSTANT, _CARD, _RIDER = (132.0, 54.0), (64.0, 32.0), (152.0, 84.0), (132.0, 30.0)
_RIDING = 14.0  # between a rider and what it rides on
_GAP, _WIDE_GAP = 28.0, 54.0
_SHARES = 80.0  # further room for the numbers on the edges to the readers


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
        shown, riders = _surroundings(structure, focus)
        return _with_riders(structure, shown, riders)
    else:
        shown = list(range(count))
        members = [() for _ in shown]
    if len(shown) > MOST_BOXES:
        raise ValueError(
            f"These are {len(shown):,} nodes; up to {MOST_BOXES:,} can be shown at once."
            " Look at cards, or at the surroundings of one node."
        )
    return _placed(structure, shown, members)


def _surroundings(structure: Structure, node: int) -> tuple[list[int], dict[int, int]]:
    """A card's nodes with what enters it and who reads it; without a card, two steps each way.

    The weights with which it is read ride on the products that read them: leaf by reader.
    """
    card = card_of(structure, node)
    inner = set(inside_of(structure, card)) if card else _near(structure, node)
    found = set(inner)
    for member in inner:
        found.update(structure.parents[member])
    top = card.shown if card else node
    riders: dict[int, int] = {}
    for reader, parents in enumerate(structure.parents):
        if top in parents and reader not in found:
            found.add(reader)
            leaves = [p for p in parents if not structure.parents[p] and p not in found]
            riders.update({leaf: reader for leaf in leaves if leaf not in riders})
    return sorted(found), riders


def _near(structure: Structure, node: int) -> set[int]:
    near = {node}
    for _ in range(2):
        near |= {parent for member in near for parent in structure.parents[member]}
    return near


def _with_riders(structure: Structure, shown: Sequence[int], riders: Mapping[int, int]) -> Places:
    """Place some nodes, and each rider on top of the node that it rides on."""
    carried = [reader for reader in shown if reader in riders.values()]
    tall = dict.fromkeys(carried, _RIDER[1] + _RIDING)
    laid = _placed(structure, shown, [() for _ in shown], tall)
    place = {node: i for i, node in enumerate(laid.nodes)}
    last = max(x for x, _ in laid.centres)
    further = _SHARES if carried else 0.0
    nodes, sizes = list(laid.nodes), list(laid.sizes)
    centres = [(x + further * (x == last), y) for x, y in laid.centres]
    wires = list(laid.wires)
    for leaf, reader in riders.items():
        at = place[reader]
        x, y = centres[at]
        top = y - (sizes[at][1] + tall[reader]) / 2
        size = _CONSTANT if leaf in structure.constants else _RIDER
        nodes.append(leaf)
        centres.append((x, top + _RIDER[1] / 2))
        sizes.append(size)
        operand = structure.parents[reader].index(leaf)
        down = ((x, top + _RIDER[1]), (x, top + _RIDER[1] + _RIDING))
        wires.append(Wiring(len(nodes) - 1, at, reader, operand, down))
    for reader in carried:
        at = place[reader]
        x, y = centres[at]
        centres[at] = (x, y + tall[reader] / 2)
    return Places(
        nodes=tuple(nodes),
        members=tuple(() for _ in nodes),
        centres=tuple(centres),
        sizes=tuple(sizes),
        wires=tuple(wires),
        width=laid.width + further,
        height=laid.height,
    )


def _placed(
    structure: Structure,
    shown: Sequence[int],
    members: Sequence[tuple[int, ...]],
    tall: Mapping[int, float] | None = None,
) -> Places:
    """Lay boxes out; `tall` is the further room that some nodes need above them."""
    room = tall or {}
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
    extents = [(w, h + room.get(node, 0.0)) for node, (w, h) in zip(shown, sizes, strict=True)]
    below = [room.get(shown[head], 0.0) / 2 for _, head, *_ in ends]
    laid = layout(
        extents,
        [(tail, head) for tail, head, *_ in ends],
        ports=[port + half for port, half in zip(ports, below, strict=True)],
        layer_gap=_GAP if room else _WIDE_GAP,
    )
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
