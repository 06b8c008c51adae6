"""What a compiled function hands back: the nest that the traced function returned, refilled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..nested import leaves, rebuild
from ..value import Value
from .numbers import Choice, Number
from .tape import Tape

_EQUAL = (int, float, str, bytes, bool, type(None))


class Detached(Value):
    """The number that a compiled function returned in the place of a Value."""

    __slots__ = ()

    def backward(self) -> None:
        """Raise, for there is no graph behind it.

        Raises:
            TypeError: always; says what to write.
        """
        raise TypeError(
            "This Value came out of a compiled function, which keeps no graph. Call backward() "
            "inside of the function, or compile gg.value_and_grad of it."
        )


class Pattern:
    """A nest with traced Values and numbers in it, and how to fill it with those of a call."""

    def __init__(self, tree: Any, tape: Tape) -> None:
        self.nodes: list[int] = []  # the nodes whose numbers `filled` takes
        self.kinds: list[Any] = []  # what stands in each place, but for the numbers
        self._tree = tree
        self._is_leaf = not isinstance(tree, (list, tuple, dict))
        self._leaves = [self._noted(leaf, tape) for leaf in leaves(tree)]

    def _noted(self, leaf: Any, tape: Tape) -> Any:
        """A function (numbers of a call) -> leaf."""
        if isinstance(leaf, (Value, Number)):
            node = tape.data_id(leaf)
            assert node is not None
            at = len(self.nodes)
            self.nodes.append(node)
            kind: Any = bool if isinstance(leaf, Choice) else float
            kind = Detached if isinstance(leaf, Value) else kind
            self.kinds.append(kind)
            return lambda numbers: kind(numbers[at])
        if str(getattr(leaf, "dtype", "")) == "object":
            parts = [self._noted(part, tape) for part in leaf.flat]
            return lambda numbers: _array([part(numbers) for part in parts], leaf.shape)
        self.kinds.append(leaf if isinstance(leaf, _EQUAL) else type(leaf))
        return lambda _numbers: leaf

    def filled(self, numbers: Sequence[float]) -> tuple[Any, Sequence[float]]:
        """The nest with the first of these numbers, and the rest of them.

        A Value comes back as a detached Value, a number as a float.
        """
        made = [leaf(numbers) for leaf in self._leaves]
        nest = made[0] if self._is_leaf else rebuild(self._tree, made)
        return nest, numbers[len(self.nodes) :]


def _array(parts: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    numbers = set(map(type, parts)) == {float}
    out = np.empty(len(parts), dtype=float if numbers else object)
    out[:] = parts
    return out.reshape(shape)
