"""What each node is called: the user's own Python where there is any."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...draw.fold import Card
from .places import Structure, folded, structure_of
from .recipe import Recipe
from .source import target_of

_INDEXED = re.compile(r"(\[\d+\]\.[^.]+)$")


@dataclass(frozen=True)
class Named:
    """An expression whose nodes have names.

    Args:
        structure: what of it does not change with its numbers.
        cards: by the node on top of each.
        owners: for some of these nodes the Python that reaches the neuron.
        names: one for each node, "" where there is none.
    """

    structure: Structure
    cards: Mapping[int, Card]
    owners: Mapping[int, str]
    names: Sequence[str]


def named(recipe: Recipe) -> Named:
    """Gather an expression into cards, and name its nodes."""
    structure = structure_of(recipe)
    cards = folded(structure).cards
    owners = _owners_of(recipe, cards)
    return Named(structure, cards, owners, _full_names(recipe, cards, owners))


def _owners_of(recipe: Recipe, cards: Mapping[int, Card]) -> dict[int, str]:
    """Find for each card, by the node on its top, what its parameters have in common.

    The neuron with `layers[0].neurons[3].w[0]` and `layers[0].neurons[3].b` gives the name
    `layers[0].neurons[3]`.
    """
    found: dict[int, str] = {}
    for top, card in cards.items():
        names = [recipe.names[term.shown] for term in card.terms if term.shown in recipe.parameters]
        owners = {name.rpartition(".")[0] for name in names}
        if len(names) > 1 and len(owners) == 1:
            found[top] = owners.pop()
    return {top: owner for top, owner in found.items() if owner}


def _full_names(
    recipe: Recipe, cards: Mapping[int, Card], owners: Mapping[int, str]
) -> tuple[str, ...]:
    """Name every node: its label or path, a neuron's parts, the variable it is assigned to."""
    names = list(recipe.names)
    for top, owner in owners.items():
        names[top] = names[top] or f"{owner}.out"
        if cards[top].total != top:
            names[cards[top].total] = names[cards[top].total] or f"{owner}.act"
    readers: list[set[str]] = [set() for _ in names]
    for node, parents in enumerate(recipe.parents):
        for parent in parents:
            readers[parent].add(recipe.lines[node])
    for node, line in enumerate(recipe.lines):
        if line and not names[node] and line not in readers[node]:
            names[node] = target_of(line)
    return tuple(names)


def short_name(name: str, owner: str) -> str:
    """Return a name as it is shown where it is clear whose it is."""
    if owner and name.startswith(owner + "."):
        return name[len(owner) + 1 :]
    found = _INDEXED.search(name)
    return found[1] if found else name


def product_name(recipe: Recipe, node: int, shorts: Sequence[str]) -> str:
    """Name a product of two things that have names: `w[0]*x[0]`."""
    if getattr(recipe.rows[node], "name", "") != "mul":
        return ""
    a, b = (shorts[parent] for parent in recipe.parents[node])
    return f"{a}*{b}" if a and b and len(a) + len(b) < 16 else ""
