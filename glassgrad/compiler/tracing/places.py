"""Where a program keeps things: lists, dicts, attributes, variables, each looked at in one way."""

from __future__ import annotations

import operator
import types
from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from typing import Any

Key = Any  # an index, a key, a name


class Place:
    """A thing that holds others by key, and what it held when it was last looked at.

    Attributes:
        thing: the object itself.
        before: its content then, a list or a dict.
    """

    __slots__ = ("before", "thing")
    before: Any

    def __init__(self, thing: Any) -> None:
        self.thing = thing
        self.before = self.read()

    def look(self) -> Any:
        """Its content now, a list or a dict by key; perhaps the thing itself."""
        return self.thing

    def views(self) -> list[Iterable[Any]]:
        """What gives, whenever it is asked, the keys, if there are any, and the things held."""
        return [self]

    def __iter__(self) -> Iterator[Any]:
        return _row(self.look())

    def row(self) -> Iterator[Any]:
        """What `views` give as long as it holds what it held before."""
        return _row(self.before)

    def read(self) -> Any:
        """A copy of its content now."""
        return self.look().copy()

    def write(self, content: Any) -> None:
        """Make `content`, which `read` gave once, its whole content."""
        raise NotImplementedError(f"{type(self).__name__} must say how its content is written.")

    def get(self, key: Key) -> Any:
        """What it holds now."""
        return self.thing[key]

    def put(self, key: Key, x: Any) -> None:
        """Have it hold `x`."""
        self.thing[key] = x

    def set(self, key: Key, x: Any) -> None:
        """Have it hold `x`, and expect it to."""
        self.put(key, x)
        self.before[key] = x

    def known_keys(self) -> Collection[Key]:
        """The keys of what it held."""
        return self.before.keys() if isinstance(self.before, dict) else range(len(self.before))

    def is_unchanged(self) -> bool:
        """Whether it holds the very same objects."""
        now, before = self.look(), self.before
        if len(now) != len(before):
            return False
        if isinstance(now, dict):
            return now.keys() == before.keys() and all(
                map(operator.is_, now.values(), map(before.__getitem__, now))
            )
        return all(map(operator.is_, now, before))

    def changed(self) -> list[Key]:
        """The keys that hold another object than before, or none before."""
        now, before = self.look(), self.before
        if isinstance(now, dict):
            return [k for k, x in now.items() if k not in before or x is not before[k]]
        return [i for i, x in enumerate(now) if i >= len(before) or x is not before[i]]

    def has_lost(self) -> bool:
        """Whether a key of before holds nothing now."""
        now = self.look()
        if isinstance(now, dict):
            return not now.keys() >= self.before.keys()
        return len(now) < len(self.before)

    def restore(self) -> None:
        """Put back what it held."""
        if not self.is_unchanged():
            self.write(self.before)


def _row(content: Any) -> Iterator[Any]:
    return chain(content, content.values()) if isinstance(content, dict) else iter(content)


class OfList(Place):
    """The elements of a list."""

    __slots__ = ()

    def views(self) -> list[Iterable[Any]]:
        """The list."""
        return [self.thing]

    def write(self, content: list[Any]) -> None:
        """Replace its elements."""
        self.thing[:] = content


class OfDeque(Place):
    """The elements of a deque."""

    __slots__ = ()

    def look(self) -> list[Any]:
        """The elements."""
        return list(self.thing)

    def write(self, content: list[Any]) -> None:
        """Replace its elements."""
        self.thing.clear()
        self.thing.extend(content)


class OfArray(Place):
    """The elements of a NumPy array of objects, in one row."""

    __slots__ = ()

    def look(self) -> list[Any]:
        """The elements."""
        elements: list[Any] = self.thing.ravel().tolist()
        return elements

    def write(self, content: list[Any]) -> None:
        """Replace those that are others."""
        for key in self.changed():
            self.put(key, content[key])

    def get(self, key: Key) -> Any:
        """One of them."""
        return self.thing.item(key)

    def put(self, key: Key, x: Any) -> None:
        """Replace one of them."""
        self.thing.flat[key] = x


class OfSet(Place):
    """The elements of a set, each its own key."""

    __slots__ = ()

    def look(self) -> dict[Any, Any]:
        """The elements."""
        return {x: x for x in self.thing}

    def views(self) -> list[Iterable[Any]]:
        """The set."""
        return [self.thing]

    def row(self) -> Iterator[Any]:
        """The elements, in the order in which the set had them."""
        return iter(self.before)

    def write(self, content: dict[Any, Any]) -> None:
        """Replace its elements."""
        self.thing.clear()
        self.thing.update(content)

    def get(self, key: Key) -> Any:
        """The element."""
        return key

    def put(self, _key: Key, x: Any) -> None:
        """Put an element in."""
        self.thing.add(x)


class OfDict(Place):
    """The items of a dict; the attributes of an object are one."""

    __slots__ = ()

    def read(self) -> dict[Key, Any]:
        """A copy, a plain dict whatever class it is of."""
        return dict(self.thing)

    def views(self) -> list[Iterable[Any]]:
        """Its keys and its values."""
        return [self.thing, self.thing.values()]

    def write(self, content: dict[Key, Any]) -> None:
        """Replace its items."""
        for key in self.thing.keys() - content.keys():
            del self.thing[key]
        dict.update(self.thing, content)  # a Counter's own would add


class OfValue(OfDict):
    """What a user wrote on a Value: `p.momentum = 0.0`."""

    __slots__ = ()


class OfCell(Place):
    """A variable of an enclosing function; it may have no value yet."""

    __slots__ = ()
    thing: types.CellType

    def look(self) -> list[Any]:
        """Its value, if it has one."""
        try:
            return [self.thing.cell_contents]
        except ValueError:
            return []

    def write(self, content: list[Any]) -> None:
        """Replace its value."""
        if content:
            self.thing.cell_contents = content[0]
        else:
            del self.thing.cell_contents

    def get(self, _key: Key) -> Any:
        """Its value."""
        return self.thing.cell_contents

    def put(self, _key: Key, x: Any) -> None:
        """Replace its value."""
        self.thing.cell_contents = x


class OfNames(Place):
    """Some of the global variables of a module."""

    __slots__ = ("names",)

    def __init__(self, thing: dict[str, Any], names: list[str]) -> None:
        self.names = names
        super().__init__(thing)

    def look(self) -> dict[str, Any]:
        """Those that exist."""
        return {name: self.thing[name] for name in self.names if name in self.thing}

    def write(self, content: dict[str, Any]) -> None:
        """Replace them."""
        for name in self.names:
            if name in content:
                self.thing[name] = content[name]
            else:
                self.thing.pop(name, None)


class OfSlots(Place):
    """The attributes of an object that has `__slots__`."""

    __slots__ = ("names",)

    def __init__(self, thing: Any, names: list[str]) -> None:
        self.names = names
        super().__init__(thing)

    def look(self) -> dict[str, Any]:
        """Those that are set."""
        return {name: getattr(self.thing, name) for name in self.names if hasattr(self.thing, name)}

    def write(self, content: dict[str, Any]) -> None:
        """Replace them."""
        for name in self.names:
            if name in content:
                setattr(self.thing, name, content[name])
            elif hasattr(self.thing, name):
                delattr(self.thing, name)

    def get(self, key: Key) -> Any:
        """One of them."""
        return getattr(self.thing, key)

    def put(self, key: Key, x: Any) -> None:
        """Set one of them."""
        setattr(self.thing, key, x)
