"""Random numbers inside of a traced function: refused, for every call would get the same ones."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from .numbers import TraceError

_OF_NUMPY = {"Generator", "RandomState"}


def is_generator(thing: Any) -> bool:
    """Whether `thing` draws random numbers from a state that can be read."""
    if type(thing).__name__ in _OF_NUMPY:
        return hasattr(thing, "bit_generator") or hasattr(thing, "get_state")
    return isinstance(thing, random.Random) and not isinstance(thing, random.SystemRandom)


def generator_behind(thing: Any) -> Any:
    """The generator that a module's functions share, or whose method `thing` is; else None."""
    if isinstance(thing, ModuleType):
        if thing.__name__ == "random":
            thing = random.random
        elif thing.__name__ == "numpy.random":
            thing = thing.random
    owner = getattr(thing, "__self__", None)
    return owner if is_generator(owner) else None


class Generators:
    """Generators as they are now."""

    def __init__(self, generators: Iterable[Any]) -> None:
        self._before = [(each, _state(each)) for each in generators]
        self._drawn: str | None = None

    def put_back(self) -> None:
        """Have those that have drawn draw the same again."""
        for generator, before in self._before:
            if pickle.dumps(_state(generator)) != pickle.dumps(before):
                _set_state(generator, before)
                self._drawn = type(generator).__name__

    def refuse_draws(self) -> None:
        """Object to what `put_back` found.

        Raises:
            TraceError: there were draws; says what to write.
        """
        if self._drawn is not None:
            raise TraceError(
                f"The function draws random numbers (from a {self._drawn}). It runs once, while it "
                "is compiled, and every call would get the same ones. Draw them outside, and pass "
                "them as an argument."
            )


def _state(generator: Any) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    if hasattr(generator, "bit_generator"):
        return generator.bit_generator.state
    return generator.get_state()


def _set_state(generator: Any, state: Any) -> None:
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif hasattr(generator, "bit_generator"):
        generator.bit_generator.state = state
    else:
        generator.set_state(state)
