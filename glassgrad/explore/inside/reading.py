"""Every number of an expression after its backward pass, and the order in which they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...backward import cleared, propagate
from ...modes import enable_grad
from ...value import Value, constant
from .hand_made import sent_by
from .recipe import Recipe


@dataclass(frozen=True)
class Reading:
    """The numbers of a recipe.

    `partials` and `shares` have one number for each parent of a node: the slope along that edge,
    and what the node adds to the parent's gradient. `backward` has the nodes in the order in which
    their gradients are complete: the engine's own order for those that were computed, and a leaf
    as soon as the last of its readers has been visited.
    """

    recipe: Recipe
    held: Mapping[int, float]
    data: Sequence[float]
    grads: Sequence[float]
    partials: Sequence[tuple[float, ...]]
    shares: Sequence[tuple[float, ...]]
    forward: Sequence[int]
    backward: Sequence[int]

    @property
    def root(self) -> int:
        """The node whose gradient is 1."""
        return len(self.recipe) - 1

    def edges(self, reader: int) -> Iterator[tuple[int, float]]:
        """The parents of a node that get something from it, with the slopes along the edges."""
        pairs = zip(self.recipe.parents[reader], self.partials[reader], strict=False)
        return ((parent, slope) for parent, slope in pairs if slope)

    def arrivals(self) -> list[list[tuple[int, int]]]:
        """For each node who sends a share back to it, in the engine's order: (reader, operand)."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.data]
        for reader in self.backward:
            if self.shares[reader]:
                for operand, parent in enumerate(self.recipe.parents[reader]):
                    found[parent].append((reader, operand))
        return found


def read(recipe: Recipe, held: Mapping[int, float] | None = None) -> Reading:
    """Make an expression anew, run the engine's backward over it, and keep all numbers.

    Args:
        recipe: what to make.
        held: nodes that stay at a number whatever their parents are; nothing flows back through.

    Raises:
        ValueError: what a hand-made node is computed from is held at another number.
    """
    held = held or {}
    values = recipe.values(held)
    root = values[-1]
    with enable_grad():
        order = cleared(root)
        root.grad = 1.0
        propagate(order)
        partials, shares = [], []
        for node, value in enumerate(values):
            slopes, sent = ((), ()) if node in held else _passed_on(value)
            partials.append(slopes)
            shares.append(sent)
    index = {id(value): node for node, value in enumerate(values)}
    visited = [index[id(value)] for value in reversed(order)] or [len(recipe) - 1]
    return Reading(
        recipe=recipe,
        held=held,
        data=[value.data for value in values],
        grads=[value.grad for value in values],
        partials=partials,
        shares=shares,
        forward=[node for node in range(len(recipe)) if node not in recipe.constants],
        backward=_with_leaves(recipe, visited),
    )


def _passed_on(value: Value) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The slope along each edge, and the share that the engine sends along it.

    The operation is done once more by itself, on leaves of its own, so that the shares of
    `a * a` and what an unchosen branch does not get are the engine's and told apart.
    """
    row = value._primitive
    if row is None:
        return sent_by(value)
    leaves = [constant(p.data) if p.is_constant else Value(p.data) for p in value._prev]
    alone = row(*leaves)
    alone.grad = value.grad
    alone._backward()
    slopes = row.slopes(value.data, *[leaf.data for leaf in leaves])
    return tuple(slopes), tuple(leaf.grad for leaf in leaves)


def _with_leaves(recipe: Recipe, visited: Sequence[int]) -> list[int]:
    """The visited nodes, each followed by the leaves that wait for no other reader."""
    last: dict[int, int] = {}
    for node in visited:
        for parent in recipe.parents[node]:
            last[parent] = node
    inner = set(visited)
    order: list[int] = []
    for node in visited:
        order.append(node)
        for parent in dict.fromkeys(recipe.parents[node]):
            waits = parent in inner or parent in recipe.constants or last[parent] != node
            if not waits:
                order.append(parent)
    return order
