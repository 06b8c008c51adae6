"""What Values are while a function is traced: their classes, and what `data` and `grad` name."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The columns of a leaf's row; native code reads and writes them too, see pen_code.py.
NODE, CURRENT, DATA, SLOPE, INITIAL_SLOPE, DONE, RETIRED, FLAGS = range(8)
COLUMNS = 8
DATA_TRACED, SLOPE_TRACED, REBOUND, ADOPTED = 1, 2, 4, 8  # flags


class Classes(NamedTuple):
    """The classes of one trace."""

    node: type[Value]  # of computed Values
    taken: type[Value]  # of those that integers select among leaves
    leaf: Callable[[type[Value]], type[Value]]  # gives that of a captured Value of a class
    watch_keys: Callable[[], None]  # has all of them tell `tape.keys` when they are hashed


class Leaves:
    """The bindings of the leaf Values of a trace, a row of `rows` for each.

    NODE: the node that stands for the leaf as it was at first, -1 until it is met.
    CURRENT: the node that stands for it in operations; -1: not made yet.
    DATA, SLOPE: the numbers bound to `data` and `grad`; -1: nobody asked yet.
    INITIAL_SLOPE: the number first bound to `grad`.
    DONE: the number of `backward()` calls that SLOPE takes account of.
    RETIRED: the first node after those that could read NODE; -1 while it can be read.
    FLAGS: DATA_TRACED, SLOPE_TRACED: this number is known to be no constant; REBOUND: other nodes
    than NODE have stood for it; ADOPTED: the traced function made it.

    Attributes:
        number: the row of each Value.
        values: the Values in the order of their rows.
        versions: of a leaf with REBOUND the nodes for all numbers that were bound to its data.
    """

    def __init__(self, captured: Iterable[Value]) -> None:
        self.values = list(captured)
        self.number = {value: k for k, value in enumerate(self.values)}
        self.rows = array("q", _fresh(len(self.values)).tobytes())
        self.versions: dict[int, dict[int, int]] = {}
        self.retired: dict[int, int] = {}  # the same as RETIRED, of the nodes in `versions`

    def add(self, value: Value) -> int:
        """The number of a new row."""
        k = self.number[value] = len(self.values)
        self.values.append(value)
        self.rows.frombytes(_fresh(1).tobytes())
        return k

    def meet(self, k: int, node: int) -> None:
        """Have a node stand for a leaf that is met for the first time."""
        rows, at = self.rows, COLUMNS * k
        rows[at + NODE] = rows[at + CURRENT] = rows[at + DATA] = node
        rows[at + FLAGS] |= DATA_TRACED

    def adopt(self, k: int, number: int, node: int, zero: int, backwards: int) -> None:
        """The same for one that the traced function made, with this data and the gradient 0."""
        row = [node, node, number, zero, zero, backwards, -1, REBOUND | ADOPTED]
        self.rows[COLUMNS * k : COLUMNS * (k + 1)] = array("q", row)
        self.versions[k] = {number: node}

    def bind_slope(self, k: int, number: int, backwards: int) -> None:
        """Bind a number to the gradient of a leaf, after so many `backward()` calls."""
        rows, at = self.rows, COLUMNS * k
        rows[at + SLOPE], rows[at + DONE] = number, backwards
        rows[at + FLAGS] &= ~SLOPE_TRACED

    def nodes_of(self, k: int) -> Iterable[int]:
        """The nodes that have stood for a leaf, -1 for one that was not made."""
        if self.rows[COLUMNS * k + FLAGS] & REBOUND:
            return self.versions[k].values()
        return (self.rows[COLUMNS * k + NODE],)

    def bind_data(self, k: int, data: int, count: int) -> None:
        """Bind another number to the data of a leaf that was met, after `count` nodes."""
        rows, at = self.rows, COLUMNS * k
        versions = self.versions.get(k)
        if versions is None:
            first = rows[at + NODE]
            if rows[at + CURRENT] >= 0:
                rows[at + RETIRED] = count
            if data == first:
                rows[at + CURRENT], rows[at + RETIRED] = first, -1
            else:
                rows[at + CURRENT] = -1
        else:
            if rows[at + CURRENT] >= 0:
                self.retired[rows[at + CURRENT]] = count
            rows[at + CURRENT] = versions.get(data, -1)
            self.retired.pop(rows[at + CURRENT], None)
        rows[at + DATA] = data
        rows[at + FLAGS] &= ~DATA_TRACED

    def rebind(self, k: int, node: int, number: int) -> None:
        """Have a node stand for a leaf while its data is `number`, another one than at first."""
        rows, at = self.rows, COLUMNS * k
        if k not in self.versions:
            first = rows[at + NODE]
            self.versions[k] = {first: first}
            rows[at + FLAGS] |= REBOUND
            if rows[at + RETIRED] >= 0:
                self.retired[first] = rows[at + RETIRED]
                rows[at + RETIRED] = -1
        self.versions[k][number] = rows[at + CURRENT] = node

    def table(self) -> NDArray[np.int64]:
        """A copy of all rows."""
        return np.array(self.rows, np.int64).reshape(-1, COLUMNS)

    def all_retired(self) -> dict[int, int]:
        """Nodes that leaves were for some time -> the first node after that."""
        table = self.table()
        away = table[table[:, RETIRED] >= 0]
        return dict(zip(away[:, NODE].tolist(), away[:, RETIRED].tolist(), strict=True)) | (
            self.retired
        )


def _fresh(count: int) -> NDArray[np.int64]:
    rows = np.full((count, COLUMNS), -1, np.int64)
    rows[:, DONE] = rows[:, FLAGS] = 0
    return rows
