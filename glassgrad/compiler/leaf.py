"""What the names `data` and `grad` of a Value stand for while a function is traced."""

from __future__ import annotations


class Leaf:
    """The bindings of one leaf Value during a trace."""

    __slots__ = ("current", "data", "done", "grad", "initial_data", "initial_grad", "versions")

    def __init__(self, data: int, node: int) -> None:
        self.initial_data = self.data = data  # the number bound to `data`
        self.current = node  # the node that stands for the leaf in operations; -1: not made yet
        self.versions = {data: node}  # number -> node, of all that was bound so far
        self.initial_grad = self.grad = -1  # the number bound to `grad`; -1: nobody asked yet
        self.done = 0  # the number of backward() calls that `grad` takes account of
