"""Nodes that a user built by hand, made anew: `out = Value(x, (a, b), "+")` and its `_backward`.

Note [Asked again]
What a hand-made node computes is the user's function, which has run already: its number is known
for the inputs that it had, and for no others. Its way back is a closure over the user's own Values.
So the node's copy asks that closure: the user's Values get the gradients of the copies for a
moment, the closure adds to them, or overwrites them where it has a `=` for a `+=`, and what
became of them is taken over. Afterwards the user's Values are as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...value import Value


def again(original: Value, inputs: Sequence[Any]) -> Any:
    """Make a hand-made node anew from the copies of its inputs.

    Raises:
        ValueError: an input is another number than it was; says what to write instead.
    """
    given = [x.data if isinstance(x, Value) else x for x in inputs]
    if repr(given) != repr([parent.data for parent in original._prev]):  # nan is nan here
        raise ValueError(
            f"The operation {original._op!r} was built by hand, so what it would give for"
            " another number is not known. Write it with gg.primitive to change numbers."
        )
    return _copy(original, inputs) if all(isinstance(x, Value) for x in inputs) else original.data


def _copy(original: Value, inputs: Sequence[Value]) -> Value:
    copy = Value(original.data, inputs, original._op)
    pairs = dict(zip(original._prev, inputs, strict=True))

    def backward() -> None:
        kept = [(node, node.grad) for node in (original, *pairs)]
        original.grad = copy.grad
        for own, ours in pairs.items():
            own.grad = ours.grad
        try:
            original._backward()
            sent = {own: own.grad - ours.grad for own, ours in pairs.items()}
            for own, ours in pairs.items():
                ours.grad = own.grad
        finally:
            for node, grad in kept:
                node.grad = grad
        # A parent that is met twice gets all of its share where it is met first.
        vars(copy)["sent"] = tuple(sent.pop(own, 0.0) for own in original._prev)

    copy._backward = backward
    return copy


def sent_by(copy: Value) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The slopes along the edges of a copy, and the shares that went along them."""
    shares = getattr(copy, "sent", ())
    slopes = tuple(share / copy.grad if copy.grad else 0.0 for share in shares)
    return slopes, shares
