"""Values change their class for the length of a trace, and change back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...value import Value
from .numbers import TraceError

if TYPE_CHECKING:
    from .pen import Pen


class Swaps:
    """The Values that have the class of a trace.

    Args:
        leaf_class: makes, of a class of captured Values, the one that they have meanwhile.
    """

    def __init__(self, leaf_class: Callable[[type[Value]], type[Value]]) -> None:
        self._leaf_class = leaf_class
        self._made: dict[type[Value], type[Value]] = {}
        self._before: dict[Value, type[Value]] = {}
        self._pen: Pen | None = None

    def __contains__(self, value: Value) -> bool:
        return value in self._before

    def swap(self, value: Value) -> None:
        """Have a Value write down what is done with it.

        Raises:
            TraceError: its class lets none of its objects change over.
        """
        kind = type(value)
        meanwhile = self._class_for(kind)
        self._before[value] = kind
        try:
            value.__class__ = meanwhile
        except TypeError as error:
            del self._before[value]
            raise TraceError(f"A Value of the class {kind.__name__} cannot be traced.") from error

    def _class_for(self, kind: type[Value]) -> type[Value]:
        if kind not in self._made:
            self._made[kind] = self._leaf_class(kind)
            if self._pen is not None:
                self._pen.dress(self._made[kind], is_node=False)
        return self._made[kind]

    def dress(self, pen: Pen) -> None:
        """Give the classes, those to come too, the methods of a pen."""
        self._pen = pen
        for kind in self._made.values():
            pen.dress(kind, is_node=False)

    def back(self) -> None:
        """Give every Value its class back; it may be begun twice."""
        for value, kind in self._before.items():
            value.__class__ = kind
