"""State in lists and attributes: read before a run, written back after it, whole lists at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ...nested import leaves, leaves_like, rebuild
from ...value import Value
from .numbers import Number
from .places import Key, OfList, Place


@dataclass
class Kept:
    """A place's key that holds state: a number or Value, or a nest of them."""

    place: Place
    key: Key
    tree: Any  # as it was at the trace; tells numbers from Values, whole numbers from others

    def numbers(self) -> list[float]:
        """What it holds now."""
        return [_number(leaf) for leaf in leaves(self.place.get(self.key))]

    def fits(self, x: Any) -> bool:
        """Whether `x` can stand in its place: as many numbers and Values, in the same nest."""
        if type(x) is float is type(self.tree):  # as the moments of an optimiser, of which are many
            return True
        return is_alike(self.tree, x) and all(
            (is_number(old) and is_number(new))
            or (isinstance(old, Value) and isinstance(new, Value) and new._left is None)
            for old, new in zip(leaves(self.tree), leaves(x), strict=True)
        )

    def filled(self, numbers: Iterable[Any]) -> Any:
        """The nest with new numbers in it."""
        kinds = map(_kind, leaves(self.tree))
        return rebuild(self.tree, [kind(x) for kind, x in zip(kinds, numbers, strict=True)])


class States:
    """All states of a function: numbers in one row, and the places where users see them."""

    def __init__(self, kept: Sequence[Kept], written: set[int]) -> None:
        """`written`: the numbers that a run may change, by their position in the row."""
        self._runs: list[_Run] = []
        start = 0
        for _, together in groupby(enumerate(kept), key=lambda pair: _run_of(*pair)):
            part = [each for _, each in together]
            stop = start + sum(len(leaves(each.tree)) for each in part)
            self._runs.append(_Run(part, start, stop))
            start = stop
        self._changing = [r for r in self._runs if written & set(range(r.start, r.stop))]
        self.places = list(dict.fromkeys(run.kept[0].place for run in self._changing))
        self._lists = {run.kept[0].place: run for run in self._runs if run.is_list()}

    def read(self) -> list[float]:
        """The numbers that stand there now."""
        return [x for run in self._runs for x in run.read()]

    def accept(self, place: Place) -> bool:
        """Expect what a place holds, if that is a list of states alone and they are floats still.

        Where others use them too they are exchanged often, and each by itself is slow to check.
        """
        return place in self._lists and self._lists[place].accept()

    def write(self, row: list[float]) -> None:
        """Have the places show the numbers of a row, and expect them there."""
        for run in self._changing:
            run.write(row[run.start : run.stop])


class _Run:
    """States that are moved in one go: neighbours in a list of floats, or a single one."""

    def __init__(self, kept: list[Kept], start: int, stop: int) -> None:
        self.kept = kept
        self.start = start
        self.stop = stop

    def is_list(self) -> bool:
        place = self.kept[0].place
        return _is_in_list_of_floats(self.kept[0]) and len(place.before) == len(self.kept)

    def accept(self) -> bool:
        place = self.kept[0].place
        if len(place.thing) != len(self.kept) or set(map(type, place.thing)) != {float}:
            return False
        place.before[:] = place.thing
        return True

    def read(self) -> list[float]:
        first = self.kept[0]
        if _is_in_list_of_floats(first):
            return [float(x) for x in first.place.thing[first.key : first.key + len(self.kept)]]
        return first.numbers()

    def write(self, numbers: list[float]) -> None:
        first = self.kept[0]
        place = first.place
        if _is_in_list_of_floats(first):
            part = slice(first.key, first.key + len(numbers))
            place.thing[part] = place.before[part] = numbers
        elif numbers != first.numbers():
            place.set(first.key, first.filled(numbers))


def _is_in_list_of_floats(kept: Kept) -> bool:
    return isinstance(kept.place, OfList) and type(kept.tree) is float


def _run_of(k: int, kept: Kept) -> Any:
    """What is equal for neighbours in the same list of floats, and differs for all others."""
    return (id(kept.place), kept.key - k) if _is_in_list_of_floats(kept) else k


def is_alike(a: Any, b: Any) -> bool:
    """Whether two nests have the same shape."""
    try:
        leaves_like(a, b, "")
    except ValueError:
        return False
    return True


def is_number(x: Any) -> bool:
    """Whether `x` is a plain number, traced or not; True and False are none."""
    return isinstance(x, Number) or (isinstance(x, (int, float)) and not isinstance(x, bool))


def _number(x: Any) -> float:
    return float(x.data if isinstance(x, Value) else x)


def _kind(old: Any) -> Callable[[Any], Any]:
    """What makes, of a number, the kind of thing that `old` is."""
    if isinstance(old, Value):
        return Value
    if isinstance(old, int):
        return lambda x: int(x) if float(x).is_integer() else x  # a count stays a whole number
    return float
