"""`Call`: compiled code for one form of arguments, and what a call of it does.

A call checks that nothing which the function can reach was exchanged, runs, writes state back to
where the user keeps it and fills the result. The numbers of captured Values need neither reading
nor writing: see Note [Live handles].
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from ... import modes
from ...nested import leaves
from ...value import Value
from ..tracing.arguments import Form, parts_of_form
from ..tracing.places import Key, Place
from ..tracing.results import Results
from ..tracing.states import States, is_alike
from ..tracing.trace import Trace
from .backends import Run
from .guard import Guard
from .words import CHANGED, OTHER, RAN, Watch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLOW: Any = object()  # says that a call has to go the longer way
_ALARMS = 32  # after so many changes of what is watched it is no longer


class Call:
    """One trace of a function, made runnable. Not for two threads at once."""

    def __init__(self, found: Trace, run: Run, form: Form | None) -> None:
        """`form`: that of the arguments where, while no mode is on, these alone choose the code."""
        self.trace = found
        self.run = run
        self._form = form
        outputs = found.graph.outputs
        self._states = States(found.states, set(outputs.of("state").tolist()))
        self._kept = {(kept.place, kept.key): kept for kept in found.states}
        self._guard = Guard(found.surroundings.places)
        self._watch: Watch | None = None
        self._rest: Guard | None = None  # of what the watch has no words for
        self._step: Callable[..., int]  # on arguments, unless what is watched was changed
        self._forms = 0  # for how many forms of arguments it was made
        self._restless = {*self._states.places, *(place for place, _, _ in found.stored)}
        self._alarms = 0  # how often the watch was given up
        self._is_current = False  # whether the states in `run` are those that the places show

    def parts(self, args: tuple[Any, ...]) -> list[Any] | None:
        """Positional arguments as `__call__` takes them, if one look tells that it is for them."""
        if self._form is None or modes.active:
            return None
        return parts_of_form(args, self._form)

    def quick(self, args: tuple[Any, ...]) -> Any:
        """The result for positional arguments, where nothing was exchanged; else SLOW."""
        if modes.active or not (self._watch or self._is_watched_now(args)):
            return SLOW
        if self._rest and not self._rest.holds():
            return self._alarmed()
        is_stateless = self._is_current and not self._states.places
        answer = self._step(args) if is_stateless else self._stepped(args)
        if answer == OTHER and (parts := self.parts(args)) is not None:
            self.run.take(parts)
            answer = self._stepped()
            self._look_out_for(args)
        if answer == RAN:
            return self._filled(self.run.results.tolist())
        return self._alarmed() if answer == CHANGED else SLOW

    def _is_watched_now(self, args: tuple[Any, ...]) -> bool:
        """Whether native code looks from now on itself for what was exchanged."""
        if not self._may_watch() or self.parts(args) is None or self.exchanged() != []:
            return False
        self._watch = Watch(self.trace.surroundings.places, self._restless)
        self._rest = self._watch.rest if self._watch.others else None
        self._step = self.run.watch(self._watch.table, args)
        return True

    def _look_out_for(self, args: tuple[Any, ...]) -> None:
        """Have native code take arguments like these by itself, unless they change too often."""
        if self._watch is not None and self._forms < _ALARMS:
            self._forms += 1
            self._step = self.run.watch(self._watch.table, args)

    def _stepped(self, *args: tuple[Any, ...]) -> int:
        """What became of a step from the states that the places show."""
        self._read_states()
        try:
            return self._step(*args)
        finally:
            self._write_states()

    def _may_watch(self) -> bool:
        return self.run.is_quick() and self._alarms < _ALARMS and not self.trace.surroundings.arrays

    def _alarmed(self) -> Any:
        self._watch = None
        self._alarms += 1
        return SLOW

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
        self._store(results.tolist())
        return results[: len(self.trace.result.nodes)]

    def rows(
        self, count: int, inputs: Sequence[Any], each: Sequence[bool] = ()
    ) -> NDArray[np.floating[Any]]:
        """The numbers of so many steps on the same arguments, or on entries of those in `each`."""
        self._read_states()
        try:
            rows = self.run.repeat(count, inputs, each)
        finally:
            self._write_states()
        self._store(rows[-1].tolist())
        return rows

    def results(self, rows: NDArray[np.floating[Any]]) -> Sequence[Any]:
        """The function's results on such rows."""
        pattern = self.trace.result
        own = rows[:, : len(pattern.nodes)]
        return own[:, 0].tolist() if pattern.is_number else Results(own, pattern.filled)

    def _read_states(self) -> None:
        """Have the run start from the states that the places show."""
        if not self._is_current:
            self.run.states[:] = self._states.read()
            self._is_current = True

    def _write_states(self) -> None:
        """Have the places show the states that the run left, be it that Ctrl-C ended it."""
        if self._states.places:
            self._states.write(self.run.states.tolist())
            self._renew(self._states.places)

    def _filled(self, numbers: Sequence[float]) -> Any:
        if self.trace.stored:
            self._store(numbers)
        return self.trace.result.filled(numbers)

    def _store(self, numbers: Sequence[float]) -> None:
        """Have the places show what a step left there beside its result and its states."""
        first = len(self.trace.result.nodes)
        for place, key, pattern in self.trace.stored:
            new = pattern.filled(numbers[first:])
            first += len(pattern.nodes)
            place.put(key, new)
            if key in place.known_keys() and _is_of_kind(place.before[key], new):
                place.before[key] = new  # else the function may go another way at its next call
                self._renew([place])

    def _renew(self, places: Collection[Place]) -> None:
        """Take notice that other things are known of these places."""
        self._guard.renew(places)
        if self._watch is not None:
            self._watch.rest.renew(places)

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
        found: list[tuple[Place, Key]] = []
        for place in surroundings.places:
            if place.is_unchanged():
                continue
            if self._states.accept(place):
                self._is_current = False
            else:
                found += self._exchanged_in(place)
            if place.has_lost():
                return None
            self._guard.renew([place])
            self._restless.add(place)
            self._watch = None
        return found

    def _exchanged_in(self, place: Place) -> list[tuple[Place, Key]]:
        found = []
        for key in place.changed():
            kept, now = self._kept.get((place, key)), place.get(key)
            if kept is not None and kept.fits(now):
                place.before[key] = now
                self._is_current = False
            else:
                found.append((place, key))
        return found


def _is_of_kind(old: Any, new: Any) -> bool:
    """Whether both are the same, but for the numbers of Values in them."""
    return is_alike(old, new) and all(
        a is b or (isinstance(a, Value) and isinstance(b, Value))
        for a, b in zip(leaves(old), leaves(new), strict=True)
    )
