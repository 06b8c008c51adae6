"""What lists, dicts and variables hold, as words of this process's memory.

Note [Words]
Whether hundreds of places still hold the very same things is asked before every call, and asking
Python takes longer than a small step. So machine code asks: that a word at some address is the
address of the thing known to be there. The words of a place begin with those that say how many
things it holds and where; as long as these are the same, so is the room behind the others, and
native code stops at the first that differs. Python's own lock keeps all else still meanwhile.

Where the words are depends on how Python was built. What is believed of it is compared, whenever a
place is looked at, with what Python says that the place holds; where the two differ, or on another
Python, there are no words, and Python is asked each time.
"""

from __future__ import annotations

import ctypes
import struct
import sys
import sysconfig
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..tracing.places import OfArray, OfCell, OfDict, OfList, OfNames, Place
from .guard import Guard

_WORD = 8
_LENGTH, _ITEMS = 16, 24  # of a list
_USED, _KEYS, _VALUES = 16, 32, 40  # of a dict: how many, its table of keys, a row of values
_FREE, _ENTRIES, _TABLE = 16, 24, 32  # of such a table: room, entries, and its index
_HASHED, _NAMES = 0, 1  # kinds of entries: hash, key and value; key and value
_CONTENT, _SHAPE = 16, 32  # of a variable of an enclosing function, and of an array

if TYPE_CHECKING:
    from numpy.typing import NDArray

Words = list[tuple[int, int]]  # an address, and what stands there
RAN, CHANGED, OTHER = range(3)  # what became of a step on arguments, where words are watched
_known = (
    sys.implementation.name == "cpython"
    and (3, 11) <= sys.version_info < (3, 14)
    and struct.calcsize("P") == _WORD
    and not sysconfig.get_config_var("Py_GIL_DISABLED")
    and not hasattr(sys, "gettotalrefcount")
)


class Watch:
    """The words of all places that have some, in one table, and a guard of the others.

    Attributes:
        table: rows of an address and what stood there.
        others: places without words.
        rest: is to be asked about these, in Python.
    """

    def __init__(self, places: Iterable[Place], restless: Iterable[Place]) -> None:
        """`restless`: those that change often, for which a table would have to be made anew."""
        self._places = list(places)  # as long as these live, their addresses are theirs
        self.others = set(restless)
        words: Words = []
        for place in self._places:
            own = None if place in self.others else words_of(place)
            if own is None:
                self.others.add(place)
            else:
                words += own
        self.table: NDArray[np.uint64] = np.array(words, np.uint64).reshape(-1, 2)
        self.rest = Guard(self.others)


def is_known() -> bool:
    """Whether this is a Python whose objects' words are believed to be known."""
    return _known


def words_of(place: Place) -> Words | None:
    """The words that tell whether a place holds what it held; None: Python has to be asked."""
    if not _known:
        return None
    kind, thing = type(place), place.thing
    if kind is OfList and type(thing) is list:
        return _of_list(thing, place.before)
    if kind is OfArray and thing.flags.c_contiguous:
        return _of_array(thing, place.before)
    if kind is OfCell and place.before:
        return _agreeing([(id(thing) + _CONTENT, id(place.before[0]))])
    if isinstance(place, (OfDict, OfNames)) and type(thing) is dict:
        return _of_dict(thing, place.before)
    return None


def _row(address: int, count: int) -> list[int]:
    return (ctypes.c_uint64 * count).from_address(address)[:]


def _agreeing(words: Words) -> Words | None:
    """These words, if they stand there now."""
    return words if all(_row(address, 1) == [word] for address, word in words) else None


def _of_list(thing: list[Any], before: list[Any]) -> Words | None:
    if len(thing) != len(before):
        return None
    head = _agreeing([(id(thing) + _LENGTH, len(thing))])
    if not thing or not head:
        return head
    (first,) = _row(id(thing) + _ITEMS, 1)
    content = list(map(id, before))
    if _row(first, len(thing)) != content:
        return None
    return [*head, (id(thing) + _ITEMS, first), *_in_a_row(first, content)]


def _of_array(thing: Any, before: list[Any]) -> Words | None:
    first, content = thing.ctypes.data, list(map(id, before))
    (shape,) = _row(id(thing) + _SHAPE, 1)
    sizes = _row(shape, thing.ndim) if shape else []
    if sizes != list(thing.shape) or _row(first, thing.size) != content:
        return None
    head = _agreeing([(id(thing) + _CONTENT, first), (id(thing) + _SHAPE, shape)])
    return head and [*head, *_in_a_row(shape, sizes), *_in_a_row(first, content)]


def _in_a_row(first: int, content: list[int]) -> Words:
    addresses = range(first, first + _WORD * len(content), _WORD)
    return list(zip(addresses, content, strict=True))


def _of_dict(thing: dict[Any, Any], before: dict[Any, Any]) -> Words | None:
    """Of a dict the number of its items, its tables, and the values of the keys known before."""
    if any(thing.get(key, _known) is not x for key, x in before.items()):
        return None
    _, _, keys, values = _row(id(thing) + _USED, 4)
    (free, count), (sizes,) = _row(keys + _FREE, 2), _row(keys + _WORD, 1)
    index, kind = sizes >> 8 & 0xFF, sizes >> 16 & 0xFF
    if values or kind not in (_HASHED, _NAMES):
        return _of_instance(thing, keys, values)
    size = 3 if kind == _HASHED else 2
    start = keys + _TABLE + (1 << index)
    entries = _row(start, size * count)
    places = {
        entries[k]: start + _WORD * (k + 1)
        for k in range(size - 2, size * count, size)
        if entries[k + 1]
    }
    if len(places) != len(thing) or places.keys() != set(map(id, thing)):
        return None
    own = {id(key): key for key in thing}
    found = {own[key]: address for key, address in places.items()}
    return _agreeing(
        [
            (id(thing) + _USED, len(thing)),
            (id(thing) + _KEYS, keys),
            (id(thing) + _VALUES, 0),
            (keys + _FREE, free),
            (keys + _ENTRIES, count),
            *((found[key], id(x)) for key, x in before.items()),
        ]
    )


def _of_instance(thing: dict[Any, Any], keys: int, values: int) -> Words | None:
    """The same of a dict that shares its keys with other objects of a class."""
    (count,) = _row(keys + _ENTRIES, 1)
    for start in (values, values + _WORD):  # from Python 3.13 on a word stands before the values
        row = _row(start, count)
        if sorted(filter(None, row)) == sorted(map(id, thing.values())):
            return _agreeing(
                [
                    (id(thing) + _USED, len(thing)),
                    (id(thing) + _KEYS, keys),
                    (id(thing) + _VALUES, values),
                    (keys + _ENTRIES, count),
                    *((start + _WORD * k, x) for k, x in enumerate(row)),
                ]
            )
    return None
