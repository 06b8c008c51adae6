"""`Replicated`: a compiled function that works on many copies of all that it captured."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import modes
from ..nested import leaves
from ..value import Value
from .ir.unsupported import Unsupported
from .jit import Compiled
from .running.backends import Backend, Interpreter, Native
from .running.call import Call
from .running.many import Interpreted, ManyRun
from .running.replicas import Copies, Replicas, state_names
from .running.steps import checked_count, checked_entries, checked_names, stacked
from .tracing.arguments import Arguments
from .tracing.numbers import TraceError
from .tracing.results import Results
from .tracing.trace import Trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating[Any]]


class Replicated(Compiled):
    """A function that `compile(function, replicas=...)` made. Its results are one for each replica.

    Attributes:
        replicas: the copies of Values and states that it works on.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        backend: Backend | None,
        native: Native,
        replicas: int | Replicas,
        own: Collection[str],
        threads: int,
    ) -> None:
        super().__init__(function, backend, native)
        if not isinstance(backend, (Native, Interpreter, type(None))):
            raise TypeError("Replicas run in native code or in the interpreter, not elsewhere.")
        self.replicas = replicas if isinstance(replicas, Replicas) else Replicas(replicas)
        self.replicas.functions.append(function)
        self._own = checked_names(own, "own", self._names)
        self._threads = threads

    def __call__(self, *args: Any, **kwargs: Any) -> list[Any]:
        """The function's results, with detached Values, one for each replica."""
        made: list[Any] = self._steps(1, args, kwargs, ())[0]
        return made

    def repeat(self, count: int, /, *args: Any, each: Collection[str] = (), **kwargs: Any) -> Steps:
        """The results of `count` calls in a row; those of a step are made when they are asked for.

        Arguments in `each` hold an entry for each step, as in `Compiled.repeat`; where they also
        are in `own`, each entry holds one for each replica.
        """
        return self._steps(checked_count(count), args, kwargs, each)

    def numbers(self, *args: Any, **kwargs: Any) -> Numbers:
        """The numbers in the results, flat, a row for each replica."""
        numbers: Numbers = self._steps(1, args, kwargs, ()).numbers[0]
        return numbers

    def _steps(
        self, count: int, args: tuple[Any, ...], kwargs: dict[str, Any], each: Collection[str]
    ) -> Steps:
        if modes.tape() is not None:
            raise TraceError(
                f"{self} works on replicas, and cannot be a part of another compiled function:"
                " call it outside."
            )
        names = [*self._names[: len(args)], *[""] * (len(args) - len(self._names)), *kwargs]
        checked_names(each, "each", names)
        given = [*args, *kwargs.values()]
        ways = [_Way(name in each, name in self._own) for name in names]
        for name, x, way in zip(names, given, ways, strict=True):
            way.check(name, x, count, len(self.replicas))
        if not count:
            return Steps.of([])
        split = len(args)
        first = [way.entry(x, 0, 0) for x, way in zip(given, ways, strict=True)]
        named = dict(zip(kwargs, first[split:], strict=True))
        arguments = Arguments(tuple(first[:split]), named, self._names)
        leads = [way.lead(count, len(self.replicas)) for way in ways]
        parts = stacked(given, leads, arguments)
        if parts is None:
            raise ValueError(
                f"Every step and replica must get numbers in the same shape in "
                f"{', '.join(name for name, lead in zip(names, leads, strict=True) if lead)}."
            )
        own = [way.each for way in ways]
        with self._lock, self.replicas.lock:
            call = self._call(arguments)  # which tells what the states are
            assert isinstance(call, _Call)
            if modes.watching():
                return self._eagerly(count, given, ways, list(kwargs))
            self._stats["calls"] += count
            return call.steps(call.run_many(count, parts, own))

    def _eagerly(self, count: int, given: list[Any], ways: list[_Way], named: list[str]) -> Steps:
        """So many steps of the plain function, within the block of each replica."""
        split = len(given) - len(named)
        results: list[list[Any]] = []
        for step in range(count):
            results.append([])
            for k, replica in enumerate(self.replicas):
                now = [way.entry(x, step, k) for x, way in zip(given, ways, strict=True)]
                with replica:
                    made = self._function(
                        *now[:split], **dict(zip(named, now[split:], strict=True))
                    )
                results[-1].append(made)
        return Steps.of(results)

    def _made(self, found: Trace, arguments: Arguments) -> Call:
        own = [name in self._own for name in arguments.names]
        return _Call(found, self._built_many(found, own), self.replicas)

    def _built_many(self, found: Trace, own: list[bool]) -> ManyRun:
        count = len(self.replicas)
        if not isinstance(self._backend, Interpreter):
            native = self._backend if isinstance(self._backend, Native) else self._native
            try:
                from .running.driven import build

                return build(found.graph, native.float, count, own, self._threads)
            except (ImportError, Unsupported) as reason:
                self._say_why(reason)
        return Interpreted(found.graph, len(found.captured), count, own)


class _Way:
    """How an argument holds entries for steps and for replicas."""

    def __init__(self, each: bool, own: bool) -> None:
        self.each, self.own = each, own

    def lead(self, steps: int, replicas: int) -> tuple[int, ...]:
        """The first axes of its array."""
        return (steps,) * self.each + (replicas,) * self.own

    def check(self, name: str, x: Any, steps: int, replicas: int) -> None:
        """Raise TypeError or ValueError where it has not so many entries."""
        if self.each:
            checked_entries(name, x, steps, "steps")
        if self.own:
            for entry in x if self.each else [x]:
                checked_entries(name, entry, replicas, "replicas")

    def entry(self, x: Any, step: int, replica: int) -> Any:
        """What one step of one replica gets."""
        x = x[step] if self.each else x
        return x[replica] if self.own else x


class Steps(Results):
    """Results of steps, each a list with one for every replica, made when they are asked for.

    Attributes:
        numbers: all numbers in them, by step and replica.
    """

    def __init__(self, numbers: Numbers, filled: Callable[[Any], Any]) -> None:
        """`filled`: the numbers of one replica in one step -> its result."""
        super().__init__(numbers, lambda rows: list(map(filled, rows)))
        self.numbers = numbers

    @classmethod
    def of(cls, results: list[list[Any]]) -> Steps:
        """Results that are there already, by step and replica."""
        numbers = [[_numbers_in(made) for made in by_replica] for by_replica in results]
        steps = cls(np.array(numbers), list)
        steps._made = dict(enumerate(results))
        return steps


class _Call(Call):
    """Compiled code for one form of arguments, on all replicas. See Note [Holder]."""

    def __init__(self, found: Trace, many: ManyRun, replicas: Replicas) -> None:
        super().__init__(found, many, None)  # type: ignore[arg-type]  # it is asked for its text
        self.many = many
        self._replicas = replicas
        replicas.kept |= {(id(kept.place.thing), kept.key): kept for kept in found.states}
        written = {
            kind: set(found.graph.outputs.of(kind).tolist()) for kind in ("data", "grad", "state")
        }
        values = found.captured
        names = state_names(found.states)
        self._held = [
            _Held(replicas.values, values, written["data"], many.data, _data_of(values)),
            _Held(replicas.grads, values, written["grad"], many.grads, _grads_of(values)),
            _Held(replicas.states, names, written["state"], many.states, self._states.read),
        ]

    def run_many(self, count: int, inputs: Sequence[Any], each: Sequence[bool] = ()) -> Numbers:
        """So many steps of all replicas; the results by step and replica."""
        replicas = self._replicas
        if replicas.holder is not self or replicas.visited is not None:
            replicas.write_back()
            for held in self._held:
                held.load()
            replicas.holder = self
        else:
            for held in self._held:
                held.load_shared()
        results = self.many.run(count, inputs, each or [False] * len(inputs))
        self._store(results[-1, -1].tolist())  # what it keeps is what the last one left
        return results

    def steps(self, numbers: Numbers) -> Steps:
        """The results with these numbers, by step and replica."""
        pattern = self.trace.result
        return Steps(numbers[:, :, : len(pattern.nodes)], pattern.filled)

    def write_back(self) -> None:
        """Put the numbers of all replicas where everyone finds them."""
        for held in self._held:
            held.write_back()


class _Held:
    """Numbers of one kind that a run has, and where they come from."""

    def __init__(
        self,
        copies: Copies,
        keys: Sequence[Any],
        written: set[int],
        rows: Numbers,
        shared: Callable[[], list[float]],
    ) -> None:
        self._copies, self._rows, self._read_shared = copies, rows, shared
        self._columns = copies.columns(keys)
        self._written = np.array(sorted(written), np.int64)
        self._known: list[float] = []  # what the shared ones were when they were last read

    def load(self) -> None:
        """Take all numbers, and have replicas own what is going to be written."""
        copies, columns = self._copies, self._columns
        self._known = self._read_shared()
        rows = copies.read(columns, self._known)
        copies.write(columns[self._written], rows[:, self._written])
        self._shared = np.flatnonzero(~copies.own[columns])
        self._rows[:, : len(columns)] = rows

    def load_shared(self) -> None:
        """Take those numbers that all replicas share, if they are others now."""
        if len(self._shared):
            now = self._read_shared()
            if now != self._known:
                self._known = now
                rows = self._copies.read(self._columns, now)
                self._rows[:, self._shared] = rows[:, self._shared]

    def write_back(self) -> None:
        """Put those numbers back that a run may have changed."""
        self._copies.write(self._columns[self._written], self._rows[:, self._written])


def _data_of(values: Sequence[Any]) -> Callable[[], list[float]]:
    return lambda: [value.data for value in values]


def _grads_of(values: Sequence[Any]) -> Callable[[], list[float]]:
    return lambda: [value.grad for value in values]


def _numbers_in(made: Any) -> list[float]:
    found = (x for x in leaves(made) if isinstance(x, (Value, float)))
    return [x.data if isinstance(x, Value) else x for x in found]
