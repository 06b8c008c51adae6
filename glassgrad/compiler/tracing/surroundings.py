"""What a function can reach outside of its arguments: Values, and places where things are kept.

Before a trace all of it is looked through: the variables of enclosing functions, the globals that
the code names, and from there attributes, lists and dicts, however deep. Every place is kept as it
was, so that a trace can be undone, what the function changes can be seen, and a later call notices
what was changed from outside.

Code of libraries is not looked into.
"""

from __future__ import annotations

import functools
import sys
import types
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from ...value import Value
from .generators import generator_behind, is_generator
from .iterators import is_iterator
from .places import (
    Key,
    OfArray,
    OfCell,
    OfDeque,
    OfDict,
    OfList,
    OfNames,
    OfSet,
    OfSlots,
    OfValue,
    Place,
)

_ATOMS = frozenset({float, int, str, bytes, bool, complex, type(None), range, slice})
_LIBRARIES = frozenset({"glassgrad", "numpy", "builtins", *sys.stdlib_module_names})
_OPAQUE = _LIBRARIES - {"glassgrad", "types", "argparse", "collections"}  # keep things for users
_PLACES: tuple[tuple[type, type[Place]], ...] = (
    (list, OfList),
    (dict, OfDict),
    (deque, OfDeque),
    (set, OfSet),
    (types.CellType, OfCell),
)
_PACKAGE = str(Path(__file__).parents[2])


class Surroundings:
    """All that `root` can reach.

    Attributes:
        values: the leaf Values, in the order in which they are found: attributes and elements in
            their own order, so that parameters come as the user lists them.
        places: where things are kept.
        arrays: NumPy arrays of numbers, each with its bytes as they were.
        codes: the code of the user's functions.
        generators: of random numbers.
        iterators: where iterators are kept.
    """

    def __init__(self, root: Any) -> None:
        self.values: dict[Value, None] = {}
        self.places: list[Place] = []
        self.arrays: list[tuple[Any, bytes]] = []
        self.codes: list[types.CodeType] = []
        self.generators: dict[Any, None] = {}
        self.iterators: list[tuple[Place, Key]] = []
        self._blank: list[dict[str, Any]] = []  # what users wrote on Values: nothing yet
        self._seen: dict[int, Any] = {}
        self._names: dict[int, tuple[dict[str, Any], dict[str, None]]] = {}
        stack = [root]
        while stack:
            thing = stack.pop()
            kind = type(thing)
            if kind in _ATOMS or id(thing) in self._seen:
                continue
            self._seen[id(thing)] = thing
            if isinstance(thing, Value):
                if thing._left is None:
                    self.values[thing] = None
                    if vars(thing):
                        stack.extend(self._keep(OfValue(vars(thing))))
                    else:
                        self._blank.append(vars(thing))
            elif is_generator(thing):
                self.generators[thing] = None
            else:
                stack.extend(reversed(list(self._inside(thing))))
        for space, names in self._names.values():
            self.places.append(OfNames(space, list(names)))
        if any(map(is_iterator, self._seen.values())):
            self.iterators = [
                (place, key)
                for place in self.places
                for key in place.known_keys()
                if is_iterator(place.before[key])
            ]

    def knows(self, thing: Any) -> bool:
        """Whether `thing` was there before, and is what it was."""
        return id(thing) in self._seen

    def look_again(self) -> None:
        """Make places of the Values on which something is written by now that were blank."""
        for written in filter(None, self._blank):
            place = OfValue(written)
            place.before = {}
            self.places.append(place)
        self._blank = [written for written in self._blank if not written]

    def watch_less(self, used: Collection[Place]) -> None:
        """Forget the Values on which nothing is written, but for those in `used`."""
        self.places = [
            place
            for place in self.places
            if place.before or place in used or not isinstance(place, OfValue)
        ]
        self._blank.clear()

    def restore(self) -> None:
        """Undo whatever was changed."""
        self.look_again()
        for place in self.places:
            place.restore()

    def _inside(self, thing: Any) -> Iterable[Any]:
        """The things that `thing` holds; keeps the place, where they may change."""
        for kind, place in _PLACES:
            if isinstance(thing, kind):
                return self._keep(place(thing))
        if isinstance(thing, (tuple, frozenset)):
            return list(thing)
        if isinstance(thing, types.FunctionType):
            return self._in_function(thing)
        if isinstance(thing, types.MethodType):
            return [thing.__self__, thing.__func__]
        if isinstance(thing, functools.partial):
            return [thing.func, thing.args, thing.keywords]
        if isinstance(thing, type):
            return self._in_class(thing)
        if isinstance(thing, (types.ModuleType, types.BuiltinMethodType)):
            return [generator_behind(thing)]
        if type(thing).__module__ == "numpy":
            return self._in_array(thing)
        return self._in_instance(thing)

    def _in_array(self, thing: Any) -> Iterable[Any]:
        if str(getattr(thing, "dtype", "")) == "object":
            return self._keep(OfArray(thing))
        if getattr(thing, "shape", ()):
            self.arrays.append((thing, thing.tobytes()))
        return []

    def _keep(self, place: Place) -> Iterable[Any]:
        self.places.append(place)
        content = place.before
        return content.values() if isinstance(content, dict) else content

    def _in_function(self, function: types.FunctionType) -> Iterable[Any]:
        if vars(function):
            yield from self._keep(OfDict(vars(function)))
        yield from function.__closure__ or ()
        yield from function.__defaults__ or ()
        yield from (function.__kwdefaults__ or {}).values()
        if _is_library(function.__module__, function.__code__.co_filename):
            return
        self.codes.append(function.__code__)
        yield from self._in_modules(function)

    def _in_modules(self, function: types.FunctionType) -> Iterable[Any]:
        """What the code names of its own module, and of modules that it finds or imports."""
        names = dict.fromkeys(_names_in(function.__code__))
        found = [sys.modules.get(name) for name in names]
        found += [x for cell in function.__closure__ or () for x in OfCell(cell).look()]
        spaces, met = [function.__globals__], set[int]()
        while spaces:
            space = spaces.pop()
            known = self._names.setdefault(id(space), (space, {}))[1]
            known |= dict.fromkeys(name for name in names if name in space)
            found += [space[name] for name in names if name in space]
            for x in found:
                yield x
                if not isinstance(x, types.ModuleType) or id(x) in met:
                    continue
                met.add(id(x))
                if x.__name__ == "numpy" and "random" in names:
                    yield x.random
                elif not _is_library(x.__name__, getattr(x, "__file__", None)):
                    spaces.append(vars(x))
            found = []

    def _in_class(self, kind: type) -> Iterable[Any]:
        if _is_library(kind.__module__, None):
            return
        yield from kind.__mro__[1:]
        yield from self._keep(OfSlots(kind, [n for n, x in vars(kind).items() if _is_kept(n, x)]))
        for member in list(vars(kind).values()):
            if isinstance(member, (staticmethod, classmethod)):
                yield member.__func__
            elif isinstance(member, property):
                yield member.fget
            else:
                yield member

    def _in_instance(self, thing: Any) -> Iterable[Any]:
        kind = type(thing)
        if kind.__module__.partition(".")[0] in _OPAQUE:
            return
        if isinstance(getattr(thing, "__dict__", None), dict):
            if "__wrapped__" in vars(thing):  # a compiled function in the function
                yield thing.__wrapped__
                return
            yield from self._keep(OfDict(vars(thing)))
        slots = [
            name
            for base in kind.__mro__
            for name in _listed(base.__dict__.get("__slots__", ()))
            if not name.startswith("__")
        ]
        if slots and not _is_library(kind.__module__, None):
            yield from self._keep(OfSlots(thing, slots))
        yield kind


def _is_kept(name: str, attribute: Any) -> bool:
    """Whether an attribute of a class is a variable of the program, not a part of the code."""
    return not name.startswith("__") and not hasattr(attribute, "__get__")


def _listed(slots: Any) -> Iterable[str]:
    return (slots,) if isinstance(slots, str) else slots


def _names_in(code: types.CodeType) -> Iterator[str]:
    """The globals and attributes that a function's code names, those inside of it too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_in(constant)


def _is_library(module: str | None, file: str | None) -> bool:
    """Whether the code is not the user's own."""
    if file is not None and ("site-packages" in file or file.startswith(_PACKAGE)):
        return True
    return (module or "").partition(".")[0] in _LIBRARIES
