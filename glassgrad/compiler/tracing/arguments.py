"""The arguments of a call: numbers are flattened into one array, everything else is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

from ...nested import rebuild_row
from ...value import Value
from ..ir.graph import Shape
from .iterators import Halted, is_iterator
from .numbers import TraceError
from .places import OfArray, OfDict, OfList, Place

_PLAIN = (float, int)
_NUMBERS = {float, int}
_NO_NUMBERS = {str, bytes, complex, type(None)}
Form = list[tuple[Any, Shape]]  # the class of each argument, and its shape


class Arguments:
    """What one call brought.

    Floats, integers and NumPy's numbers are inputs, alone, in arrays, and in nested lists, tuples
    (named ones too) and dicts. All else (texts, bools, None, objects, Values) is taken as it is:
    the same object again means the same compiled code.

    Attributes:
        names: what the function calls its arguments; x0, x1, ... for those of `*args`.
        key: equal where the same compiled code serves.
        parts: the inputs, one flat list or array for each argument.
        shapes: the shape of each argument, () for what is no input.
        objects: what was taken as it is and counts by identity.
    """

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], names: list[str]) -> None:
        self.parts: list[Any] = []
        self.shapes: list[Shape] = []
        self.objects: list[Any] = []
        self._trees = [*args, *kwargs.values()]
        self._kwargs = list(kwargs)
        counted = [f"x{k}" for k in range(len(names), len(args))]
        self.names = [*names[: len(args)], *counted, *kwargs]
        keys = []
        for i, tree in enumerate(self._trees):
            self._name = self.names[i]
            self._numbers: list[float] = []
            try:
                key, shape = self._take(tree)
            except OverflowError:
                raise OverflowError(
                    f"The argument {self._name} holds an integer beyond the range of a float."
                ) from None
            keys.append(key)
            self.shapes.append(shape)
            self.parts.append(tree if _is_array_of_floats(tree) else self._numbers)
        self.key = (*keys, *self._kwargs)

    @property
    def form(self) -> Form | None:
        """What `parts_of_form` knows arguments of the same key by; None: it knows none."""
        form = [(type(tree), shape) for tree, shape in zip(self._trees, self.shapes, strict=True)]
        known = all(
            kind is float
            or (kind.__name__ == "ndarray" and type(shape) is tuple)
            or (kind is list and key in (_row_key(shape), _table_key(shape)))
            for (kind, shape), key in zip(form, self.key, strict=False)
        )
        return form if known and not self._kwargs else None

    def __str__(self) -> str:
        pairs = zip(self.names, self.shapes, strict=True)
        return ", ".join(f"{name} of the shape {shape}" for name, shape in pairs) or "no arguments"

    def _take(self, tree: Any) -> tuple[Any, Shape]:
        """Collect the numbers of one argument, or of a part of it; its key and shape."""
        kind = type(tree)
        if kind in _PLAIN:
            self._numbers.append(float(tree))
            return "n", ()
        if _is_row(kind):
            kinds = set(map(type, tree))
            if tree and kinds <= {float, int}:
                self._numbers.extend(map(float, tree))
                return (kind, len(tree), "n"), (len(tree),)
            if kinds == {list} and (table := self._take_table(tree)):
                return table
            if kind is list and kinds & _NUMBERS and kinds & _NO_NUMBERS:
                odd = next(x for x in tree if type(x) in _NO_NUMBERS)
                self._refuse(f"{odd!r} among the numbers of a list")
            parts = [self._take(part) for part in tree]
            shapes = [shape for _, shape in parts]
            keys = [key for key, _ in parts]
            same = keys[:1] if len(set(keys)) == 1 else keys
            return (kind, len(keys), *same), _regular(shapes)
        if kind is dict:
            taken = {name: self._take(part) for name, part in tree.items()}
            return (
                (dict, *((name, key) for name, (key, _) in taken.items())),
                {name: shape for name, (_, shape) in taken.items()},
            )
        if tree is None or kind in (str, bytes, bool):
            return (kind, tree), []
        if hasattr(tree, "dtype") and hasattr(tree, "shape"):
            return self._take_array(tree)
        if kind is complex:
            self._refuse(repr(tree))
        self.objects.append(tree)
        return ("object", id(tree)), []

    def _take_table(self, rows: Any) -> tuple[Any, Shape] | None:
        """The same for equally long lists of floats, which most arguments are; else None."""
        numbers = list(chain.from_iterable(rows))
        if len(set(map(len, rows))) > 1 or set(map(type, numbers)) != {float}:
            return None
        self._numbers.extend(numbers)
        shape = (len(rows), len(rows[0]))
        return (type(rows), shape[0], (list, shape[1], "n")), shape

    def _take_array(self, array: Any) -> tuple[Any, Shape]:
        import numpy as np

        array = np.asarray(array)
        if array.dtype.kind not in "fiub":
            self._refuse(f"an array of {array.dtype}", _advice(array, self._name))
        if not _is_array_of_floats(self._trees[len(self.parts)]):
            self._numbers.extend(array.ravel().astype(float).tolist())
        return ("array", array.shape) if array.shape else "n", array.shape

    def _refuse(self, what: str, advice: str = "") -> None:
        raise TypeError(
            f"The argument {self._name} must hold real numbers, floats or integers, but {what} "
            f"came.{advice}"
        )

    def traced(self, number: Callable[[int, bool], Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments with `number(position, whole)` in the place of each input.

        `whole` says that an integer came, which may select.
        """
        position = 0

        def replaced(tree: Any) -> Any:
            nonlocal position
            if _is_row(type(tree)):
                return rebuild_row(tree, list(map(replaced, tree)))
            if type(tree) is dict:
                return {name: replaced(part) for name, part in tree.items()}
            if tree is None or isinstance(tree, (str, bytes, bool, Value)):
                return tree
            if type(tree) in _PLAIN:
                position += 1
                return number(position - 1, type(tree) is int)
            if hasattr(tree, "dtype") and hasattr(tree, "shape"):
                return array_of(tree)
            return Halted(tree) if is_iterator(tree) else tree

        def array_of(array: Any) -> Any:
            nonlocal position
            import numpy as np

            count = int(np.asarray(array).size)
            start, position = position, position + count
            whole = np.asarray(array).dtype.kind in "iub"
            if np.ndim(array) == 0:
                return number(start, whole)
            out = np.empty(count, dtype=object)
            out[:] = [number(start + i, whole) for i in range(count)]
            return out.reshape(np.shape(array))

        trees = [replaced(tree) for tree in self._trees]
        split = len(trees) - len(self._kwargs)
        return trees[:split], dict(zip(self._kwargs, trees[split:], strict=True))


class Handed:
    """Stand-ins for arguments as they are handed to the function, which may not change them."""

    def __init__(self, names: Sequence[str], trees: Sequence[Any]) -> None:
        self._places = [
            (name, place)
            for name, tree in zip(names, trees, strict=True)
            for place in _places(tree)
        ]

    def refuse_changes(self) -> None:
        """Compare them with what they were.

        Raises:
            TraceError: a list, dict or array among them holds other things now.
        """
        for name, place in self._places:
            if not place.is_unchanged():
                raise TraceError(
                    f"The function changes its argument {name} in place. A compiled function works "
                    f"on numbers of its own, so the caller's {name} would stay as it is: make a "
                    "copy in the function and change that."
                )


def _places(tree: Any) -> Iterator[Place]:
    """What holds things in the stand-in for an argument, and may be changed."""
    kind = type(tree)
    if kind is list:
        yield OfList(tree)
    elif kind is dict:
        yield OfDict(tree)
    elif str(getattr(tree, "dtype", "")) == "object":
        yield OfArray(tree)
    if kind is dict or _is_row(kind):
        for part in tree.values() if kind is dict else tree:
            yield from _places(part)


def parts_of_form(args: tuple[Any, ...], form: Form) -> list[Any] | None:
    """The `parts` of arguments, if they are numbers, arrays and lists of these shapes."""
    if len(args) != len(form):
        return None
    parts = []
    for x, (kind, shape) in zip(args, form, strict=True):
        if x.__class__ is not kind:
            return None
        if kind is list:
            x = _numbers_in(x, shape)
            if x is None:
                return None
        elif kind is not float and (x.shape != shape or x.dtype.kind not in "fiub"):
            return None
        parts.append(x)
    return parts


def _numbers_in(rows: list[Any], shape: Any) -> list[float] | None:
    """The numbers of a list, or of a list of lists, of this shape; None for all else."""
    if len(rows) != shape[0]:
        return None
    if len(shape) == 2:
        if set(map(type, rows)) != {list} or set(map(len, rows)) != {shape[1]}:
            return None
        rows = list(chain.from_iterable(rows))
    return rows if _NUMBERS.issuperset(map(type, rows)) else None


def _is_row(kind: type) -> bool:
    """Whether it is of lists or tuples, those with names too; other classes may do other things."""
    return kind in (list, tuple) or (issubclass(kind, tuple) and hasattr(kind, "_make"))


def _row_key(shape: Any) -> Any:
    """The key of a list of so many numbers."""
    return (list, shape[0], "n") if type(shape) is tuple and len(shape) == 1 else None


def _table_key(shape: Any) -> Any:
    """The key of lists of so many numbers in a list."""
    if type(shape) is not tuple or len(shape) != 2:
        return None
    return (list, shape[0], (list, shape[1], "n"))


def _is_array_of_floats(x: Any) -> bool:
    return hasattr(x, "shape") and getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _advice(array: Any, name: str) -> str:
    """What to do about an array without a type of numbers."""
    if array.dtype.kind != "O":
        return ""
    odd = next((x for x in array.flat if not isinstance(x, _PLAIN)), None)
    if hasattr(odd, "__len__") and not isinstance(odd, str):
        return f" Its rows are of different lengths: pass lists, or fill {name} up to one shape."
    if odd is not None or any(x is None for x in array.flat):
        return f" {odd!r} is in it."
    return f" Write {name}.astype(float)."


def _regular(shapes: list[Shape]) -> Shape:
    """The shape of a list of parts: one tuple where all parts are alike."""
    if shapes and isinstance(shapes[0], tuple) and all(shape == shapes[0] for shape in shapes):
        return (len(shapes), *shapes[0])
    return shapes
