"""The backward pass: the order of a graph's nodes, and the chain rule along it. No recursion."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from .modes import AnomalyError
from .ops.arithmetic import add, mul

if TYPE_CHECKING:
    from .ops import Primitive
    from .value import Value


# Note [Walking without recursion]
# A graph may be deeper than Python's stack, so both walks below keep a stack of their own. The
# loops of the eager engine are written as `for` and `while True`: Python 3.11 tunes a function to
# the types it meets only at the jump that ends such a loop, and `while stack:` has none.


def inner_nodes(root: Value, seen: set[Value] | None = None) -> list[Value]:
    """Every node that has parents, once, parents before children and `root` last.

    The order follows from the graph alone: left operands first. The walk stops at the nodes in
    `seen`, and adds to it those that it finds.
    """
    order: list[Value] = []
    seen = set() if seen is None else seen
    stack: list[Any] = [root] if root._left is not None else []
    while stack:
        node = stack.pop()
        if node is None:  # all below the next one on the stack is in order
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            stack += (node, None)
            stack += [p for p in node._prev[::-1] if p._left is not None and p not in seen]
    return order


def cleared(root: Value) -> list[Value]:
    """The inner nodes in the order of `inner_nodes`, after setting their gradients to 0.

    A node's new gradient is also the mark that it was met: a zero made for this walk alone.
    """
    order: list[Value] = []
    stack: list[Any] = [root] if root._left is not None else []
    push, pop, append = stack.append, stack.pop, order.append
    zero = float("0")  # a new object; 0.0 would be one and the same each time
    while True:
        if not stack:
            return order
        node = pop()
        if node is None:
            append(pop())
        elif node.grad is not zero:
            node.grad = zero
            left, right = node._left, node._right
            if left.__class__ is tuple:
                push(node)
                push(None)
                stack += [p for p in left[::-1] if p._left is not None]
            elif right is not None and right._left is not None and right.grad is not zero:
                push(node)
                push(None)
                push(right)
                if left._left is not None and left.grad is not zero:
                    push(left)
            elif left._left is not None and left.grad is not zero:
                push(node)
                push(None)
                push(left)
            else:
                append(node)


def topological(root: Value) -> list[Value]:
    """Every node under `root`, leaves too, once, parents before children and `root` last."""
    order: list[Value] = []
    leaves: set[Value] = set()
    for node in inner_nodes(root):
        for parent in node._prev:
            if parent._left is None and parent not in leaves:
                leaves.add(parent)
                order.append(parent)
        order.append(node)
    return order or [root]


def propagate(order: list[Value]) -> None:
    """The chain rule, from the last node of `order` to the first."""
    for node in reversed(order):
        g, row = node.grad, node._row
        left: Any = node._left
        right: Any = node._right
        # Sums and products are nearly all of a network, so their slopes are spelt out here.
        if row is mul:
            share = g * (slope := right._data)
            left.grad += share if share == share else _settled(share, g, slope, row, left)
            share = g * (slope := left._data)
            right.grad += share if share == share else _settled(share, g, slope, row, right)
        elif row is add:
            left.grad += g
            right.grad += g
        elif right is not None:
            slope, right_slope = row.slopes(node._data, left._data, right._data)
            share = g * slope
            left.grad += share if share == share else _settled(share, g, slope, row, left)
            share = g * right_slope
            right.grad += share if share == share else _settled(share, g, right_slope, row, right)
        elif left.__class__ is not tuple:
            slope = row.slopes(node._data, left._data)[0]
            share = g * slope
            left.grad += share if share == share else _settled(share, g, slope, row, left)
        elif row.partials is None:
            row.backward()
        else:
            pass_back(node, row)


def pass_back(node: Value, row: Primitive) -> None:
    """Add a node's share to the gradient of each of its parents, by the slopes of `row`."""
    g, parents = node.grad, node._prev
    slopes = row.slopes(node._data, *[parent._data for parent in parents])
    for parent, slope in zip(parents, slopes, strict=True):
        share = g * slope
        parent.grad += share if share == share else _settled(share, g, slope, row, parent)


def _settled(share: float, g: float, slope: float, row: Primitive, parent: Value) -> float:
    """What a nan share counts as: 0 where nothing came in (0 * inf), or where nobody asks.

    So an inf or nan in a branch that was not taken never leaks into the one that was, and the
    slope of (-3) ** 2 along its exponent, which is no real number, troubles no one. Nor does an
    infinite gradient leak into the branch that was not taken.
    """
    return 0.0 if g == 0.0 or parent.is_constant or (slope == 0.0 and row.selects) else share


def propagate_watched(order: list[Value]) -> None:
    """The chain rule, node by node, with a check on every share."""
    for node in reversed(order):
        node._backward()
        for parent in node._prev:
            if not isfinite(parent.grad) and not parent.is_constant:
                raise AnomalyError(
                    f"The gradient of {parent!r} became {parent.grad} on the way back through "
                    f"{node.written()}{' at ' + node.line if node.line else ''}, "
                    f"whose own gradient is {node.grad}."
                )
