"""Arguments that machine code takes by itself: floats, lists of them, and NumPy's arrays.

Note [Objects]
Asking an array for its shape and type, and copying it, takes Python longer than a small step. So
machine code looks into the objects themselves: that each is of the class, the type and the shape
that it was when the form below was made; then it copies the numbers to where the step expects them.
Whatever is not so, and whatever else comes, Python takes.

The fields of an array are those of NumPy's binary interface, the others CPython's.
What is believed of them is compared with what Python says, once.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .taking_code import AT, KINDS, name_of
from .words import is_known

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORDS = 6  # of a form, before its shape and its strides


def form_of(
    args: Sequence[Any], places: Sequence[NDArray[Any]], address: Callable[[str], int]
) -> NDArray[np.int64]:
    """What machine code has to know to take such arguments.

    Args:
        args: floats, arrays, and lists of the shapes of their places.
        places: where the numbers go.
        address: of a function by its name.

    Returns:
        How many there are; -1 where they have to be taken by Python. Then for each: the number of
        its words, the function that takes it, its class, the type of its parts, where to, the
        number of axes, their extents, and the steps in bytes along them there.
    """
    words = [len(args)]
    for x, place in zip(args, places, strict=False):
        kind = type(x)
        source, part = "float" if kind is float else "", 0
        if kind is list:
            source, part = "list", id(float)
        elif kind is np.ndarray and x.ndim:
            source, part = str(x.dtype), id(np.dtype(str(x.dtype)))
        if not _objects_are_known() or source not in KINDS:
            return np.array([-1])
        size = _WORDS + 2 * place.ndim
        function = address(name_of(source, place.dtype.name))
        words += [size, function, id(kind), part, place.ctypes.data, place.ndim]
        words += [*place.shape, *place.strides]
    return np.array(words, np.int64)


@cache
def _objects_are_known() -> bool:
    """Whether the fields of objects are where they are believed to be."""
    if not is_known():
        return False
    x, row = np.arange(12.0).reshape(3, 4)[:, ::-2], [1.5, 2.5]

    def word(thing: Any, field: str, kind: Any = ctypes.c_int64) -> Any:
        return kind.from_address(id(thing) + AT[field]).value

    def words(address: int) -> tuple[int, ...]:
        return tuple((ctypes.c_int64 * 2).from_address(address)[:])

    pair = (row[0], x)
    return (
        [word(pair, "COUNT"), word(row, "COUNT")] == [2, 2]
        and words(id(pair) + AT["ITEMS"]) == (id(pair[0]), id(x))
        and words(word(row, "ITEMS")) == (id(row[0]), id(row[1]))
        and [word(x, "CLASS"), word(row, "CLASS")] == [id(np.ndarray), id(list)]
        and word(row[1], "NUMBER", ctypes.c_double) == row[1]
        and word(x, "DATA") == x.ctypes.data
        and word(x, "AXES", ctypes.c_int) == x.ndim
        and words(word(x, "SHAPE")) == x.shape
        and words(word(x, "STRIDES")) == x.strides
        and word(x, "TYPE") == id(x.dtype)
    )
