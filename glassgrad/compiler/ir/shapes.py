"""The shapes of arguments: nests of numbers, which are flattened in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Shape = Any  # () for a number, (100, 2) for what is regular, else a list or dict of Shapes


def size(shape: Shape) -> int:
    """How many numbers an argument of this shape holds.

    >>> size((100, 2)), size([(3,), {"lr": ()}])
    (200, 4)
    """
    if isinstance(shape, tuple):
        product = 1
        for extent in shape:
            product *= extent
        return product
    parts: Iterable[Shape] = shape.values() if isinstance(shape, dict) else shape
    return sum(map(size, parts))


def subscripts(shape: Shape, position: int) -> str:
    """The subscripts that lead to a position in an argument of this shape."""
    path = ""
    while shape != ():
        if isinstance(shape, tuple):
            below = size(shape[1:])
            path += f"[{position // below}]"
            shape, position = shape[1:], position % below
            continue
        parts = shape.items() if isinstance(shape, dict) else enumerate(shape)
        for key, part in parts:
            if position < size(part):
                path, shape = f"{path}[{key!r}]", part
                break
            position -= size(part)
    return path
