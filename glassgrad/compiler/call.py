"""`Call`: compiled code for one form of arguments, and what a call of it does.

A call checks that nothing which the function can reach was exchanged, runs, writes state back to
where the user keeps it and fills the result. The numbers of captured Values need neither reading
nor writing: see Note [Live handles].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import modes
from ..nested import leaves
from ..value import Value
from .arguments import Form, are_of_form
from .backends import Run
from .guard import Guard
from .places import Key, Place
from .states import States, is_alike
from .trace import Trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Call:
    """One trace of a function, made runnable. Not for two threads at once."""

    def __init__(self, found: Trace, run: Run, form: Form | None) -> None:
        """`form`: that of the arguments where, while no mode is on, these alone choose the code."""
        self.trace = found
        self.run = run
        self._form = form
        outputs = found.graph.outputs
        self._states = States(found.states, {o.index for o in outputs if o.kind == "state"})
        self._kept = {(kept.place, kept.key): kept for kept in found.states}
        self._guard = Guard(found.surroundings.places)
        self._is_current = False  # whether the states in `run` are those that the places show

    def is_for(self, args: tuple[Any, ...]) -> bool:
        """Whether this is, as one look tells, the code for these arguments."""
        return self._form is not None and not modes.active and are_of_form(args, self._form)

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """The function's result on the numbers of each argument."""
        self._read_states()
        try:
            results = self.run(inputs).tolist()
        finally:
            self._write_states()
        return self._filled(results)

    def numbers(self, inputs: Sequence[Any]) -> NDArray[np.floating[Any]]:
        """The numbers in the function's result on those of each argument."""
        self._read_states()
        try:
            results = self.run(inputs).copy()
        finally:
            self._write_states()
        if self.trace.stored:
            self._filled(results.tolist())
        return results[: len(self.trace.result.nodes)]

    def repeat(self, count: int, inputs: Sequence[Any]) -> list[Any]:
        """The results of so many steps on the same arguments."""
        self._read_states()
        try:
            rows = self.run.repeat(count, inputs).tolist()
        finally:
            self._write_states()
        return [self._filled(row) for row in rows]

    def _read_states(self) -> None:
        """Have the run start from the states that the places show."""
        if not self._is_current:
            self.run.states[:] = self._states.read()
            self._is_current = True

    def _write_states(self) -> None:
        """Have the places show the states that the run left, be it that Ctrl-C ended it."""
        if self._states.places:
            self._states.write(self.run.states.tolist())
            self._guard.renew(self._states.places)

    def _filled(self, numbers: Sequence[float]) -> Any:
        result, rest = self.trace.result.filled(numbers)
        if not self.trace.stored:
            return result
        for place, key, pattern in self.trace.stored:
            new, rest = pattern.filled(rest)
            place.put(key, new)
            if key in place.known_keys() and _is_of_kind(place.before[key], new):
                place.before[key] = new  # else the function may go another way at its next call
                self._guard.renew([place])
        return result

    def exchanged(self) -> list[tuple[Place, Key]] | None:
        """What the function reaches that was exchanged since, other than by its own calls.

        State and the numbers of Values do not count, for they are read at each call. None:
        something was taken away, or the numbers in an array were changed.
        """
        surroundings = self.trace.surroundings
        for array, before in surroundings.arrays:
            if array.tobytes() != before:
                return None
        if self._guard.holds():
            return []
        found = []
        for place in surroundings.places:
            if place.is_unchanged():
                continue
            for key in place.changed():
                kept, now = self._kept.get((place, key)), place.get(key)
                if kept is not None and kept.fits(now):
                    place.before[key] = now
                    self._is_current = False
                else:
                    found.append((place, key))
            if place.has_lost():
                return None
            self._guard.renew([place])
        return found


def _is_of_kind(old: Any, new: Any) -> bool:
    """Whether both are the same, but for the numbers of Values in them."""
    return is_alike(old, new) and all(
        a is b or (isinstance(a, Value) and isinstance(b, Value))
        for a, b in zip(leaves(old), leaves(new), strict=True)
    )
