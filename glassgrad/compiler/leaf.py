"""What Values are while a function is traced: their classes, and what `data` and `grad` name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..value import Value


class Classes(NamedTuple):
    """The classes of one trace."""

    node: type[Value]  # of computed Values
    taken: type[Value]  # of those that integers select among leaves
    leaf: Callable[[type[Value]], type[Value]]  # gives that of a captured Value of a class
    watch_keys: Callable[[], None]  # has all of them tell `tape.keys` when they are hashed


class Leaf:
    """The bindings of one leaf Value during a trace."""

    __slots__ = ("current", "data", "done", "grad", "initial_data", "initial_grad", "versions")

    def __init__(self, data: int, node: int) -> None:
        self.initial_data = self.data = data  # the number bound to `data`
        self.current = node  # the node that stands for the leaf in operations; -1: not made yet
        self.versions = {data: node}  # number -> node, of all that was bound so far
        self.initial_grad = self.grad = -1  # the number bound to `grad`; -1: nobody asked yet
        self.done = 0  # the number of backward() calls that `grad` takes account of
