"""How an expression was made, so that it can be made again with other numbers.

Note [Made anew]
The page never touches the user's own Values, nor the parameters that are being trained: it looks
at a copy that is made from the recipe, operation by operation, by the rows of the table. So the
numbers are the engine's, bit by bit, and any of them can be held at another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...backward import topological
from ...modes import enable_grad
from ...ops import Primitive, exp
from ...value import Value, constant
from .hand_made import again

MOST_NODES = 20_000


@dataclass(frozen=True)
class Recipe:
    """The operations of an expression, each node after its parents and the root last."""

    rows: Sequence[Any]  # a Primitive, None for a leaf, or what stands behind a hand-made node
    parents: Sequence[tuple[int, ...]]
    data: Sequence[float]
    names: Sequence[str]
    lines: Sequence[str]
    constants: frozenset[int]
    parameters: frozenset[int]
    by_hand: Mapping[int, Value]  # those of the user's Values whose operation is no Primitive

    def __len__(self) -> int:
        return len(self.rows)

    def is_leaf(self, node: int) -> bool:
        """Whether a node was given and not computed."""
        return self.rows[node] is None

    def run(self, given: Mapping[int, Any]) -> list[Any]:
        """Compute every node: floats from floats, Values from Values.

        Args:
            given: what stands in the place of some nodes; other leaves are their own numbers.
        """
        out: list[Any] = []
        for node, (row, parents) in enumerate(zip(self.rows, self.parents, strict=True)):
            if node in given:
                out.append(given[node])
            elif row is None:
                out.append(self.data[node])
            elif isinstance(row, Primitive):
                out.append(row(*[out[parent] for parent in parents]))
            else:
                out.append(again(self.by_hand[node], [out[parent] for parent in parents]))
        return out

    def values(self, held: Mapping[int, float]) -> list[Value]:
        """Make the expression anew; nodes that are held at a number are leaves there."""
        given: dict[int, Value] = {}
        for node in range(len(self)):
            if node in held:
                given[node] = Value(held[node])
            elif self.is_leaf(node):
                data = self.data[node]
                given[node] = constant(data) if node in self.constants else Value(data)
        with enable_grad():
            return self.run(given)


def recipe_of(root: Value, names: Mapping[Value, str] | None = None) -> Recipe:
    """Take down how a Value was computed.

    Args:
        root: the result.
        names: the parameters, with the Python that reaches each.

    Raises:
        ValueError: there are more nodes than can be looked at; says what to do.
    """
    named = names or {}
    nodes = topological(root)
    if len(nodes) > MOST_NODES:
        raise ValueError(
            f"This expression has {len(nodes):,} nodes; up to {MOST_NODES:,} can be looked into."
            " Look at the loss of one sample, or at a part of it."
        )
    index = {node: i for i, node in enumerate(nodes)}
    return Recipe(
        rows=[node._row if node._prev else None for node in nodes],
        parents=[tuple(index[parent] for parent in node._prev) for node in nodes],
        data=[node.data for node in nodes],
        names=[named.get(node, "") or node.label for node in nodes],
        lines=[node.line for node in nodes],
        constants=frozenset(i for i, node in enumerate(nodes) if node.is_constant),
        parameters=frozenset(i for i, node in enumerate(nodes) if node in named),
        by_hand={i: node for i, node in enumerate(nodes) if node._prev and node._primitive is None},
    )


def spelt_out(recipe: Recipe) -> Recipe:
    """Write each tanh(n) as (e - 1) / (e + 1) with e = exp(2 n): five operations for one."""
    values: list[Any] = []
    named: dict[Value, str] = {}
    for node, row in enumerate(recipe.rows):
        before = [values[parent] for parent in recipe.parents[node]]
        if row is None:
            data = recipe.data[node]
            made = constant(data) if node in recipe.constants else Value(data)
        elif isinstance(row, Primitive) and row.name == "tanh":
            e = exp(2.0 * before[0])
            e.line = recipe.lines[node]
            made = (e - 1.0) / (e + 1.0)
        elif isinstance(row, Primitive):
            made = row(*before)
        else:
            made = again(recipe.by_hand[node], before)
        made.line, made.label = recipe.lines[node], recipe.names[node]
        values.append(made)
        if node in recipe.parameters:
            named[made] = recipe.names[node]
    return recipe_of(values[-1], named)
