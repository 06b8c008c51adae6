"""Reads an expression out of values: any objects with `data`, `grad`, `label`, `_prev`, `_op`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Node(Protocol):
    """What a picture asks of a value: the lecture's own class has it, too."""

    @property
    def data(self) -> float:
        """The number itself."""

    @property
    def grad(self) -> float:
        """The derivative of the last backward()'s root with respect to it."""

    @property
    def label(self) -> str:
        """The user's name for it, or an empty text."""

    @property
    def _prev(self) -> Iterable[Any]:
        """The values that it was computed from."""

    @property
    def _op(self) -> str:
        """The operation that made it, or an empty text."""


@dataclass(frozen=True)
class Expression:
    """Values in an order in which each comes after those it reads; indices point into it."""

    values: Sequence[Node]
    names: Sequence[str]
    parents: Sequence[tuple[int, ...]]
    readers: Sequence[Sequence[int]]
    roots: frozenset[int]

    def is_leaf(self, index: int) -> bool:
        """Whether the value was given and not computed."""
        return not self.parents[index]

    def op(self, index: int) -> str:
        """The operation's symbol; a constant exponent belongs to it."""
        symbol = str(self.values[index]._op)
        parents = self.parents[index]
        if symbol == "**" and len(parents) == 2 and self.is_constant(parents[1]):
            return f"**{float(self.values[parents[1]].data):g}"
        return symbol

    def is_constant(self, index: int) -> bool:
        """Whether the value is a plain number that was met in an expression.

        Where the values do not tell, leaves without a name that only one value reads are.
        """
        value = self.values[index]
        if not self.is_leaf(index) or self.names[index] or index in self.roots:
            return False
        known = getattr(value, "is_constant", None)
        return len(self.readers[index]) == 1 if known is None else bool(known)


def read_expression(roots: Sequence[Node], names: Mapping[int, str]) -> Expression:
    """Everything that the roots were computed from.

    Args:
        roots: The values to start from.
        names: Names, by `id`, for values that have no label.

    Raises:
        TypeError: A root is not a value; the message says what a value has.
    """
    for root in roots:
        missing = [name for name in ("data", "grad", "_prev", "_op") if not hasattr(root, name)]
        if missing:
            raise TypeError(
                f"a graph is drawn of Values (or objects with data, grad, _prev and _op), "
                f"but {type(root).__name__} has no {' and no '.join(missing)}"
            )
    values = _topological(roots)
    index = {id(value): i for i, value in enumerate(values)}
    parents = [tuple(index[id(p)] for p in _operands(value)) for value in values]
    readers: list[list[int]] = [[] for _ in values]
    for reader, operands in enumerate(parents):
        for operand in operands:
            readers[operand].append(reader)
    return Expression(
        values=values,
        names=[_label(value) or names.get(id(value), "") for value in values],
        parents=parents,
        readers=readers,
        roots=frozenset(index[id(root)] for root in roots),
    )


def _label(value: Node) -> str:
    return str(getattr(value, "label", "") or "")


def _operands(value: Node) -> list[Node]:
    """The parents in operand order; a set has none, so it is put into one that stays the same."""
    operands = list(value._prev)
    if isinstance(value._prev, set | frozenset):
        operands.sort(key=lambda v: (_label(v), str(v._op), float(v.data)))
    return operands


def _topological(roots: Sequence[Node]) -> list[Node]:
    """Each value once, after those it was computed from."""
    order: list[Node] = []
    seen: set[int] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        value, finished = stack.pop()
        if finished:
            order.append(value)
        elif id(value) not in seen:
            seen.add(id(value))
            stack.append((value, True))
            stack.extend((parent, False) for parent in reversed(_operands(value)))
    return order
