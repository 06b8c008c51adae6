"""What a compiled function hands back: the nest that the traced function returned, refilled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index, is_
from typing import TYPE_CHECKING, Any

from ...nested import leaves, rebuild
from ...value import Value
from .numbers import Choice, Number
from .tape import Tape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    """A nest with traced Values and numbers in it, and how to fill it with those of a call.

    Attributes:
        nodes: the nodes whose numbers `filled` takes.
        kinds: what stands in each place, but for the numbers.
        is_number: whether it is no nest, but one plain number.
    """

    def __init__(self, tree: Any, tape: Tape) -> None:
        self.nodes: list[int] = []
        self.kinds: list[Any] = []
        self._tree = tree
        self._is_leaf = not isinstance(tree, (list, tuple, dict))
        self._leaves = [self._noted(leaf, tape) for leaf in leaves(tree)]
        self.is_number = self._is_leaf and self.kinds == [float]

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

    def filled(self, numbers: Sequence[float]) -> Any:
        """The nest with the first of these numbers: detached Values and floats."""
        if self._is_leaf:
            return self._leaves[0](numbers)
        return rebuild(self._tree, [leaf(numbers) for leaf in self._leaves])


class Results(Sequence[Any]):
    """The results of many steps, in the place of a list: each is made when it is first asked for.

    A slice, a copy and a sum of two are plain lists.
    """

    __hash__ = None  # type: ignore[assignment]  # as that of a list

    def __init__(
        self, rows: NDArray[np.floating[Any]], made: Callable[[Sequence[float]], Any]
    ) -> None:
        """`rows`: the numbers of each step; `made`: numbers of a step -> its result."""
        self._rows = rows
        self._make = made
        self._made: dict[int, Any] = {}

    @property
    def rows(self) -> NDArray[np.floating[Any]]:
        """A row for each result, with all the numbers in it that a step computes."""
        return self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[k] for k in range(*at.indices(len(self)))]
        k = index(at) + (len(self) if index(at) < 0 else 0)
        if not 0 <= k < len(self):
            raise IndexError(f"There are {len(self)} results, but {at} was asked for.")
        if k not in self._made:
            self._made[k] = self._make(self._rows[k].tolist())
        return self._made[k]

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, (list, Results)):
            return NotImplemented
        return len(self) == len(other) and all(
            is_(a, b) or a == b for a, b in zip(self, other, strict=True)
        )

    def __add__(self, other: Any) -> list[Any]:
        return [*self, *other] if isinstance(other, (list, Results)) else NotImplemented

    def __radd__(self, other: Any) -> list[Any]:
        return [*other, *self] if isinstance(other, list) else NotImplemented

    def __reduce__(self) -> Any:
        return list, (list(self),)

    def __repr__(self) -> str:
        return repr(list(self))


def _array(parts: list[Any], shape: tuple[int, ...]) -> Any:
    import numpy as np

    numbers = set(map(type, parts)) == {float}
    out = np.empty(len(parts), dtype=float if numbers else object)
    out[:] = parts
    return out.reshape(shape)
