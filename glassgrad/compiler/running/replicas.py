"""`Replicas`: independent copies of the numbers that functions find outside of themselves.

Note [Copies on write]
A Value has a number for each replica once a function of these replicas has assigned its data, or
someone has within a block of one replica; until then all replicas share the number that it has
itself. So an ensemble trains weights of its own on constants that everyone sees, and gradients for
each sample are those at the one set of weights that the model has. Gradients and states are kept
in the same way.

Note [Holder]
Native code wants the numbers in an order of its own. They stay where the function that ran last
has them; whoever else asks has them written back first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ...value import Value
from ..tracing.places import Key, Place
from ..tracing.states import Kept, is_number
from ..tracing.surroundings import Surroundings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


class Copies:
    """Numbers by key, a row of them for each replica. See Note [Copies on write].

    Attributes:
        numbers: by replica and column.
        own: for each column whether replicas have numbers of their own in it.
    """

    def __init__(self, count: int) -> None:
        self.numbers: Numbers = np.zeros((count, 0))
        self.own = np.zeros(0, bool)
        self._columns: dict[Hashable, int] = {}

    def columns(self, keys: Iterable[Hashable]) -> NDArray[np.int64]:
        """Where the numbers of these keys stand; new columns belong to all replicas."""
        known = self._columns
        found = np.array([known.setdefault(key, len(known)) for key in keys], np.int64)
        more = len(known) - len(self.own)
        if more:
            self.numbers = np.pad(self.numbers, ((0, 0), (0, more)))
            self.own = np.pad(self.own, (0, more))
        return found

    def keys(self) -> list[Any]:
        """All keys, in the order of the columns."""
        return list(self._columns)

    def read(self, columns: NDArray[np.int64], shared: Sequence[float]) -> Numbers:
        """A row for each replica; `shared` has the numbers of those that have none of their own."""
        return np.where(self.own[columns], self.numbers[:, columns], np.array(shared, float))

    def write(self, columns: NDArray[np.int64], numbers: Any) -> None:
        """Have replicas own these columns."""
        self.numbers[:, columns] = numbers
        self.own[columns] = True

    def visit(
        self, replica: int, keys: Sequence[Hashable], shared: list[float]
    ) -> tuple[NDArray[np.int64], list[float]]:
        """The columns of `keys`, and what one replica has there."""
        columns = self.columns(keys)
        row: list[float] = self.read(columns, shared)[replica].tolist()
        return columns, row

    def leave(
        self, replica: int, columns: NDArray[np.int64], shared: list[float], now: list[float]
    ) -> None:
        """Keep what one replica has now; what is new to it becomes its own."""
        before, after = np.array(shared, float), np.array(now, float)
        new = ~self.own[columns] & ~np.equal(before, after) & ~(np.isnan(before) & np.isnan(after))
        self.numbers[:, columns[new]] = before[new]
        self.own[columns[new]] = True
        own = self.own[columns]
        self.numbers[replica, columns[own]] = after[own]


class Holder(Protocol):
    """What has the latest numbers; see Note [Holder]."""

    def write_back(self) -> None:
        """Put them where everyone finds them."""


class Replicas:
    """`step.replicas`: the copies that a function compiled with `replicas=` works on.

    A sequence: entry k stands for one of them. Arrays have a row for each.

    >>> import glassgrad as gg
    >>> w = gg.Value(1.0)
    >>> @gg.compile(replicas=3, own=["rate"])
    ... def step(rate):
    ...     loss = (w - 2.0) ** 2
    ...     w.grad = 0.0
    ...     loss.backward()
    ...     w.data -= rate * w.grad
    ...     return loss
    >>> [loss.data for loss in step([0.0, 0.25, 0.5])]
    [1.0, 1.0, 1.0]
    >>> step.replicas.data(w)
    array([1. , 1.5, 2. ])
    >>> with step.replicas[1]:
    ...     print(w.data)
    ...     w.data = 7.0
    1.5
    >>> step.replicas.data(w), w.data
    (array([1., 7., 2.]), 1.0)
    """

    def __init__(self, count: int) -> None:
        if isinstance(count, bool) or not hasattr(count, "__index__"):
            raise TypeError(
                "replicas is the number of copies, or the replicas of another function, not"
                f" {count!r:.60}."
            )
        if count < 1:
            raise ValueError(f"There must be at least 1 replica, but {count} came.")
        self._count = int(count)
        self.lock = threading.RLock()
        self.values, self.grads, self.states = (Copies(self._count) for _ in range(3))
        self.kept: dict[tuple[int, Key], Kept] = {}  # where the states stand
        self.functions: list[Callable[..., Any]] = []
        self.holder: Holder | None = None
        self.visited: int | None = None  # the replica within whose block we are

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, k: int) -> Replica:
        if not -self._count <= k < self._count:
            raise IndexError(f"There are {self._count} replicas, and no replica {k}.")
        return Replica(self, k % self._count)

    def __iter__(self) -> Iterator[Replica]:
        return map(self.__getitem__, range(self._count))

    def __repr__(self) -> str:
        return f"<{self._count} replicas>"

    def data(self, values: Value | Iterable[Value]) -> Numbers:
        """The data of Values: a row for each replica; of a single Value a number for each."""
        return self._read(self.values, values, "data")

    def grad(self, values: Value | Iterable[Value]) -> Numbers:
        """The gradients of Values, as `data`."""
        return self._read(self.grads, values, "grad")

    def set_data(self, values: Value | Iterable[Value], numbers: Any) -> None:
        """Give replicas data of their own.

        Args:
            values: one Value or several.
            numbers: a row for each replica, or, for a single Value, a number for each; one row
                serves all.

        Raises:
            TypeError, ValueError: these are no Values, or numbers of another shape.
        """
        listed = _listed(values)
        shape = (self._count,) if isinstance(values, Value) else (self._count, len(listed))
        try:
            rows = np.broadcast_to(np.asarray(numbers, float), shape)
        except ValueError:
            raise ValueError(
                f"The numbers must have the shape {shape}, but {np.shape(numbers)} came."
            ) from None
        with self.lock:
            self.write_back()
            self.values.write(self.values.columns(listed), rows.reshape(self._count, len(listed)))

    def _read(self, copies: Copies, values: Value | Iterable[Value], what: str) -> Numbers:
        listed = _listed(values)
        with self.lock:
            self.write_back()
            rows = copies.read(copies.columns(listed), [getattr(v, what) for v in listed])
        return rows[:, 0] if isinstance(values, Value) else rows

    def write_back(self) -> None:
        """Have all numbers stand here. The next function that runs reads them from here."""
        if self.visited is not None:
            raise RuntimeError(
                f"Within the block of replica {self.visited} the model has the numbers of that"
                " one alone: call the function and read the arrays after the block."
            )
        if self.holder is not None:
            self.holder.write_back()
            self.holder = None


class Replica:
    """One of several copies. Within a `with` block, the Values and states have its numbers.

    What is written in the block is written to this copy; after it, everything has the numbers that
    it had before. Whatever can be done to a model can be done to a copy in this way: look at it,
    save it, start it from a seed of its own, go on in eager code.
    """

    def __init__(self, replicas: Replicas, number: int) -> None:
        self.replicas = replicas
        self.number = number
        self._visit: _Visit

    def __repr__(self) -> str:
        return f"<replica {self.number} of {len(self.replicas)}>"

    def __enter__(self) -> Replica:
        replicas = self.replicas
        replicas.lock.acquire()
        try:
            replicas.write_back()
            self._visit = _Visit(replicas, self.number)
        except BaseException:
            replicas.lock.release()
            raise
        return self

    def __exit__(self, kind: Any, _error: Any, _trace: Any) -> None:
        try:
            self._visit.end()
            if kind is None:
                self._visit.refuse_exchanges()
        finally:
            self.replicas.lock.release()

    def keep(self) -> None:
        """Have the Values and states themselves take the numbers of this copy, for good.

        The copies stay as they are.
        """
        with self:
            shown = self._visit.shown()
        for write in shown:
            write()


class _Visit:
    """What the block of a replica changes, and how it was before."""

    def __init__(self, replicas: Replicas, number: int) -> None:
        self._replicas, self._number = replicas, number
        self._surroundings = Surroundings(tuple(replicas.functions))
        values = [*self._surroundings.values, *replicas.values.keys(), *replicas.grads.keys()]
        self._values: list[Value] = list(dict.fromkeys(values))
        self._data = [v.data for v in self._values]
        self._grads = [v.grad for v in self._values]
        self._objects = {key: kept.place.get(kept.key) for key, kept in replicas.kept.items()}
        self._numbers = {key: kept.numbers() for key, kept in replicas.kept.items()}
        self._columns, data = replicas.values.visit(number, self._values, self._data)
        self._grad_columns, grads = replicas.grads.visit(number, self._values, self._grads)
        replicas.visited = number
        _assign(self._values, data, grads)
        for key, kept in replicas.kept.items():
            names = _names(kept, len(self._numbers[key]))
            _, row = replicas.states.visit(number, names, self._numbers[key])
            kept.place.put(kept.key, kept.filled(row))

    def shown(self) -> list[Callable[[], None]]:
        """What writes the numbers of now once more, whenever that is."""
        data, grads = [v.data for v in self._values], [v.grad for v in self._values]
        kepts = [(kept, kept.numbers()) for kept in self._replicas.kept.values()]
        return [
            lambda: _assign(self._values, data, grads),
            *(lambda k=k, row=row: k.place.put(k.key, k.filled(row)) for k, row in kepts),
        ]

    def end(self) -> None:
        """Keep what the replica has now, and put back what was there before."""
        replicas, number = self._replicas, self._number
        data, grads = [v.data for v in self._values], [v.grad for v in self._values]
        replicas.values.leave(number, self._columns, self._data, data)
        replicas.grads.leave(number, self._grad_columns, self._grads, grads)
        for key, kept in replicas.kept.items():
            before = self._numbers[key]
            columns = replicas.states.columns(_names(kept, len(before)))
            replicas.states.leave(number, columns, before, kept.numbers())
            kept.place.put(kept.key, self._objects[key])
        _assign(self._values, self._data, self._grads)
        replicas.visited = None

    def refuse_exchanges(self) -> None:
        """Say so where something was put in the place of a number or a Value.

        Raises:
            RuntimeError: names the place.
        """
        for place in self._surroundings.places:
            for key in () if place.is_unchanged() else place.changed():
                if _is_exchanged(place, key):
                    raise RuntimeError(
                        f"{key!r} was assigned within the block of replica {self._number}, which"
                        " changes it for all replicas. Assign `data` of Values, and give numbers"
                        " that differ by replica as arguments named in `own`."
                    )


def _is_exchanged(place: Place, key: Key) -> bool:
    if key not in place.known_keys():
        return False
    before, now = place.before[key], place.get(key)
    if isinstance(before, Value):
        return isinstance(now, Value) and now._left is None and before._left is None
    return is_number(before) and is_number(now)


def _names(kept: Kept, count: int) -> list[Hashable]:
    """The keys of the numbers of a state."""
    return [(id(kept.place.thing), kept.key, i) for i in range(count)]


def state_names(kept: Sequence[Kept]) -> list[Hashable]:
    """The keys of the numbers of states, one after another."""
    return [name for each in kept for name in _names(each, len(each.numbers()))]


def _assign(values: list[Value], data: list[float], grads: list[float]) -> None:
    for value, x, grad in zip(values, data, grads, strict=True):
        value.data, value.grad = x, grad


def _listed(values: Value | Iterable[Value]) -> list[Value]:
    listed = [values] if isinstance(values, Value) else list(values)
    for value in listed:
        _require_leaf(value)
    return listed


def _require_leaf(value: Any) -> None:
    if not isinstance(value, Value) or value._left is not None:
        raise TypeError(f"Replicas have copies of parameters, and not of {value!r:.60}.")
