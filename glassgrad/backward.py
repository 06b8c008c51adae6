"""The backward pass: the order of a graph's nodes, and the chain rule along it. No recursion."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from .modes import AnomalyError

if TYPE_CHECKING:
    from .ops import Primitive
    from .value import Value


def inner_nodes(root: Value, seen: set[Value] | None = None) -> list[Value]:
    """Every node that has parents, once, parents before children and `root` last.

    The order follows from the graph alone: left operands first. The walk stops at the nodes in
    `seen`, and adds to it those that it finds.
    """
    order: list[Value] = []
    seen = set() if seen is None else seen
    stack: list[Any] = [root] if root._left is not None else []
    push, pop, append, add = stack.append, stack.pop, order.append, seen.add
    while stack:
        node = stack.pop()
        if node is None:  # all below the next one on the stack is in order
            append(pop())
        elif node not in seen:
            add(node)
            left, right = node._left, node._right
            if left.__class__ is tuple:
                push(node)
                push(None)
                stack.extend(p for p in reversed(left) if p._left is not None and p not in seen)
            elif right is not None and right._left is not None and right not in seen:
                push(node)
                push(None)
                push(right)
                if left._left is not None and left not in seen:
                    push(left)
            elif left._left is not None and left not in seen:
                push(node)
                push(None)
                push(left)
            else:
                append(node)
    return order


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
    """The chain rule, from the last node of `order` to the first; empties `order`."""
    while order:
        node = order.pop()
        g = node.grad
        left, right = node._left, node._right
        partials = node._row.partials
        if right is not None:
            if partials.__class__ is tuple:
                slope, right_slope = partials
                if slope:  # a comparison passes nothing back, not even of an infinite g
                    left.grad += g * slope
                    right.grad += g * right_slope
                continue
            slope, right_slope = partials(node._data, left._data, right._data)
            share = g * slope
            left.grad += share if share == share else _settled(share, g, slope, node._row, left)
            share = g * right_slope
            right.grad += (
                share if share == share else _settled(share, g, right_slope, node._row, right)
            )
        elif left.__class__ is not tuple:
            constant = partials.__class__ is tuple
            slope = partials[0] if constant else partials(node._data, left._data)[0]
            share = g * slope
            left.grad += share if share == share else _settled(share, g, slope, node._row, left)
        elif partials is None:
            node._row.backward()
        else:
            pass_back(node, node._row)


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
    nothing = g == 0.0 or parent.is_constant or (slope == 0.0 and row.selects)
    return 0.0 if nothing else share


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
