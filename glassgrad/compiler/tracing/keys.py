"""`Keys`: which Values the user's code had as keys of dicts and members of sets during a trace."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import get_ident
from typing import Any

from ... import modes
from ...value import Value
from ..ir.graph import PICK, Graph
from .numbers import TraceError
from .writer import is_user


class Keys:
    """The Values that were asked for their hash, one after another.

    Traces with different probes must have asked the same ones: what differs would be selected.

    Args:
        graph: gives that of the trace.

    Attributes:
        asked: a number for each.
    """

    def __init__(self, graph: Callable[[], Graph]) -> None:
        self.asked: list[int] = []
        self._graph = graph
        self._thread = get_ident()
        self._made: dict[int, int] = {}  # id of a Value that the function made -> its number

    def made(self, value: Value) -> None:
        """Number a leaf that the traced function has made: its id differs from trace to trace."""
        self._made[id(value)] = len(self._made)

    def of_leaf(self, hash_of: Callable[[Any], int]) -> Callable[[Any], int]:
        """A `__hash__` of leaves that is `hash_of`, and takes note of who was asked."""

        def hash_and_note(value: Value) -> int:
            if get_ident() == self._thread and is_user(sys._getframe(1)):
                self.asked.append(-1 - self._made.get(id(value), id(value)))
            return hash_of(value)

        return hash_and_note

    def of_node(self, hash_of: Callable[[Any], int]) -> Callable[[Any], int]:
        """The same for computed Values, whose hash is their node."""

        def hash_and_note(value: Value) -> int:
            node = hash_of(value)
            if is_user(sys._getframe(1)):
                if self._graph().op[node] == PICK:
                    raise TraceError(
                        "What an integer selects is the key of a dict or stands in a set, at "
                        f"{modes.user_line()}. Take the integer itself: index a list by it."
                    )
                self.asked.append(node)
            return node

        return hash_and_note
