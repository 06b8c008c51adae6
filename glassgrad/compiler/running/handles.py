"""Live handles: captured Values whose `data` and `grad` are the memory of native code.

Note [Live handles]
A Value that a compiled function captures changes its class, for good, to a subclass that adds no
slot. Its number moves to the arena, and where the number was stands its place there. Reading and
writing `data` and `grad` then go to the arena, for eager code, for optimisers and for the compiled
functions alike. Copies and pickles are plain Values again, and so is what `type(p)(1.0)` makes.
When the Value dies, its slot is free.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from weakref import WeakValueDictionary

from ...ops import number
from ...value import Value
from ..ir.unsupported import Unsupported
from ..machine.arena import Arena

_slot: Any = Value.__dict__["_data"]  # what holds the number of a Value, or its place in the arena
_set = object.__setattr__
_PLACE = ("_data", "__class__")


@cache
def arena(dtype: str) -> Arena:
    """The arena of a number type; made when first asked for."""
    return Arena(dtype, {"float64": "d", "float32": "f"}[dtype])


def bind(captured: Sequence[Value], reachable: Iterable[Value], there: Arena) -> list[int]:
    """Have the Values of a function live in an arena; the slots of those that it captured.

    Those that it can reach and that are in no arena yet get slots side by side, in their order, so
    that functions which use them later find them so.

    Raises:
        TypeError: one is used by a function of another number type.
        Unsupported: there is no room, or a class of the user's keeps gradients elsewhere.
    """
    for value in captured:
        home = _home(value)
        if home is not None and home is not there:
            raise TypeError(
                f"{value!r} belongs to a function compiled for {home.dtype}, and this one is "
                f"compiled for {there.dtype}. Compile both with the same dtype."
            )
    free = [value for value in dict.fromkeys([*reachable, *captured]) if _home(value) is None]
    if free:
        _move(free, there)
    return [_slot.__get__(value) for value in captured]


def _home(value: Value) -> Arena | None:
    return getattr(type(value), "_arena", None)


def _move(values: list[Value], there: Arena) -> None:
    kinds = {kind: _live_class(kind, there) for kind in dict.fromkeys(map(type, values))}
    data = [value._data for value in values]
    grads = [_gradient(value) for value in values]
    first = there.take(len(values))
    slots = slice(first, first + len(values))
    there.data[slots], there.grads[slots] = there.row(data), there.row(grads)
    # In one go, so that no other thread sees a place where it expects a number.
    for slot, value in enumerate(values, first):
        deque(map(_set, (value, value), _PLACE, (slot, kinds[type(value)])), maxlen=0)


def _gradient(value: Value) -> float:
    grad = value.grad
    return grad if type(grad) is float else number(grad, f"The gradient of {value!r}")


_classes: dict[Arena, WeakValueDictionary[type[Value], type[Value]]] = {}


def _live_class(kind: type[Value], there: Arena) -> type[Value]:
    known = _classes.setdefault(there, WeakValueDictionary())
    live = known.get(kind)
    if live is None:
        if kind.grad is not Value.grad or kind._data is not Value._data:
            raise Unsupported(f"{kind.__qualname__} has a gradient or data of its own")
        live = known[kind] = _made(kind, there)
    return live


def _made(kind: type[Value], there: Arena) -> type[Value]:
    """The subclass of `kind` whose numbers stand in the arena."""
    data: Any = there.data
    grads: Any = there.grads

    def get_data(self: Any) -> Any:
        return data[self._slot]

    def set_data(self: Any, x: Any) -> None:
        data[self._slot] = x if x.__class__ is float else number(x, "A Value's data")

    def get_grad(self: Any) -> Any:
        return grads[self._slot]

    def set_grad(self: Any, x: Any) -> None:
        grads[self._slot] = x if x.__class__ is float else number(x, "A gradient")

    def plain(x: Any) -> Any:
        return kind if x is live else x

    def reduce(self: Any, protocol: Any) -> Any:
        parts: Any = kind.__reduce_ex__(self, protocol)
        return (plain(parts[0]), tuple(map(plain, parts[1])), *parts[2:])

    def made(_live: Any, *args: Any, **kwargs: Any) -> Any:
        return kind(*args, **kwargs)

    def died(self: Any) -> None:
        if hasattr(kind, "__del__"):
            kind.__del__(self)
        there.give_back(self._slot)

    members = {
        "__slots__": (),
        "__doc__": kind.__doc__,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__new__": made,
        "__reduce_ex__": reduce,
        "__del__": died,
        "_arena": there,
        "_slot": _slot,
        "_data": property(get_data, set_data),
        "grad": property(get_grad, set_grad),
    }
    if kind.data is Value.data:
        members["data"] = members["_data"]
    live: type[Value] = type(kind.__name__, (kind,), members)
    return live
