"""`Marks`: a set of nodes that native code reads and adds to."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable


class Marks:
    """Nodes, of which each has a byte: 1 if it is in the set. There is room for those below some.

    Attributes:
        moved: is called when the bytes stand elsewhere.
    """

    def __init__(self) -> None:
        self._bytes = array("B")
        self.moved: Callable[[], None] = lambda: None

    def __contains__(self, node: int) -> bool:
        return node < len(self._bytes) and self._bytes[node] == 1

    def __bool__(self) -> bool:
        return bool(self._bytes)

    def add(self, node: int) -> None:
        """Put a node in."""
        self.reach(node + 1)
        self._bytes[node] = 1

    def update(self, nodes: Iterable[int]) -> None:
        """Put nodes in."""
        for node in nodes:
            self.add(node)

    def reach(self, count: int) -> None:
        """Have room for so many nodes."""
        if count > len(self._bytes):
            self._bytes.frombytes(bytes(count - len(self._bytes)))
            self.moved()

    def address(self) -> int:
        """Where the bytes stand."""
        return self._bytes.buffer_info()[0]
