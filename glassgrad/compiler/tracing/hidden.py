"""Numbers of a trace where a call could not put its own: refused where they would be handed out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ...nested import leaves, with_article
from ...value import Value
from .iterators import is_iterator
from .numbers import Number, TraceError

_NESTS = (list, tuple, set, frozenset)
_ATOMS = (float, int, str, bytes, complex, type(None), type)


def refuse_hidden(tree: Any, is_known: Callable[[Any], bool], what: str) -> None:
    """Go through what a function leaves behind, other than nests of numbers and arrays.

    Args:
        tree: the nest that it leaves.
        is_known: whether a thing was there before, so that what is put into it is seen.
        what: names the tree in the message.

    Raises:
        TraceError: a text, an iterator or an object that is new holds numbers of the trace.
    """
    for leaf in leaves(tree):
        if isinstance(leaf, str) and "<traced " in leaf:
            raise TraceError(
                f"{what} is a text with a number of a call in it, {leaf[:60]!r}, but a compiled "
                "function runs before there are numbers. Return the number, and write it outside."
            )
        if isinstance(leaf, (Value, Number)) or is_known(leaf):
            continue
        if is_iterator(leaf) or _holds(leaf, is_known):
            raise TraceError(
                f"{what} is {with_article(type(leaf).__name__)} that holds numbers of a call. A "
                "compiled function hands out numbers, arrays, and lists, tuples and dicts of them."
            )


def _holds(thing: Any, is_known: Callable[[Any], bool]) -> bool:
    """Whether something that is new has a number of the trace in it, however deep."""
    seen: dict[int, Any] = {}
    stack = list(_inside(thing))
    while stack:
        part = stack.pop()
        if isinstance(part, Number):  # before what it says that it is
            return True
        if isinstance(part, _ATOMS) or id(part) in seen or is_known(part):
            continue
        if isinstance(part, Value):
            return True
        seen[id(part)] = part
        stack.extend(_inside(part))
    return False


def _inside(thing: Any) -> Iterable[Any]:
    if isinstance(thing, _NESTS):
        return thing
    if isinstance(thing, dict):
        return thing.values()
    names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    own = getattr(thing, "__dict__", {})
    return [*own.values(), *(getattr(thing, name, None) for name in names)]
