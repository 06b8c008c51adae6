"""The loop representation: statements over axes, what they read and where they write.

The text form, which `str` writes, is that of listing.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ops import TABLE
from .listing import program_text, statement_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Memory = dict["Storage", "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True, eq=False)
class Storage:
    """A row of numbers.

    `kind` is PARAM, PARAM_GRAD, STATE, INPUT, CONST, VALUE, ADJOINT or RESULT, `shape` its axes,
    outermost first, `values` the numbers of a CONST.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    values: NDArray[np.float64] | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Whole numbers looked up by some of the axes: what no stride expresses."""

    values: NDArray[np.int32]
    strides: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class IndexMap:
    """An index for every point: base + sum of stride * axis, plus an entry of a table."""

    base: int
    strides: tuple[int, ...]
    table: Table | None = None

    def moves(self, axis: int) -> bool:
        """Whether the index depends on this axis."""
        in_table = self.table is not None and self.table.strides[axis] != 0
        return self.strides[axis] != 0 or in_table

    def over(self, points: tuple[int, ...]) -> NDArray[np.int64]:
        """The index at every point of a box of these extents; extent 1 where nothing moves."""
        index = affine(self.base, self.strides, points)
        if self.table is not None:
            index = index + self.table.values[affine(0, self.table.strides, points)]
        return index

    def extended(self, count: int) -> IndexMap:
        """The same map with `count` more inner axes, on which it does not move."""
        table = self.table
        if table is not None:
            table = Table(table.values, table.strides + (0,) * count)
        return IndexMap(self.base, self.strides + (0,) * count, table)


def affine(base: int, strides: tuple[int, ...], points: tuple[int, ...]) -> NDArray[np.int64]:
    """The numbers base + sum of stride * axis over a box."""
    index = np.full((1,) * len(points), base, np.int64)
    for axis, (stride, extent) in enumerate(zip(strides, points, strict=True)):
        if stride:
            steps = stride * np.arange(extent, dtype=np.int64)
            index = index + steps.reshape([-1 if a == axis else 1 for a in range(len(points))])
    return index


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """A number of some storage at every point, or one number (`storage` is None) at all."""

    storage: Storage | None
    map: IndexMap
    value: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """coefficient * the sum, over axes of its own, of the product of its operands.

    Where `settled`, a product whose first operand (an adjoint, or the slope of a row that selects)
    is zero counts as zero even if another is not finite.
    """

    coefficient: float
    reduction: tuple[int, ...]
    operands: tuple[Operand, ...]
    settled: bool = False


Sum = tuple[Group, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """For every point of the domain: target = row(sum, ...), or the sum itself without a row.

    With `accumulate`, it is added to the target, point after point, outermost axis first.
    """

    target: Operand
    domain: tuple[int, ...]
    sums: tuple[Sum, ...]
    row: str = ""
    accumulate: bool = False
    line: str = ""

    def operands(self) -> Iterator[Operand]:
        """Everything that it reads."""
        return (o for groups in self.sums for group in groups for o in group.operands)

    def reads(self) -> set[Storage]:
        """The storages that it reads."""
        return {o.storage for o in self.operands() if o.storage is not None}

    @property
    def written(self) -> Storage:
        """The storage that it writes."""
        assert self.target.storage is not None
        return self.target.storage

    def __str__(self) -> str:
        return statement_text(self)


@dataclass(slots=True)
class Program:
    """Statements in the order in which they run."""

    statements: list[Statement] = field(default_factory=list)

    def storages(self) -> list[Storage]:
        """Every storage, in the order of its first use."""
        seen: dict[Storage, None] = {}
        for statement in self.statements:
            for o in (*statement.operands(), statement.target):
                if o.storage is not None:
                    seen.setdefault(o.storage)
        return list(seen)

    def __str__(self) -> str:
        return program_text(self)

    def verify(self) -> None:
        """Check every statement by itself and that nothing is read before it is written.

        Raises:
            ValueError: names the statement and what is wrong with it.
        """
        written: set[Storage] = set()
        for number, statement in enumerate(self.statements):
            try:
                _verify_statement(statement, written)
            except ValueError as error:
                raise ValueError(f"Statement {number}, {statement}: {error}") from None
            written.add(statement.written)

    def run(self, memory: Memory) -> None:
        """Carry the statements out on `memory` with NumPy: the plain interpreter.

        Storages that are missing from `memory` are added, a CONST with its values.
        """
        for storage in self.storages():
            if storage not in memory:
                constant = storage.values
                memory[storage] = np.zeros(storage.size) if constant is None else constant.copy()
        with np.errstate(all="ignore"):
            for statement in self.statements:
                _run_statement(statement, memory)


def settle(first: Any, product: Any) -> Any:
    """The product with the rule that a first factor of zero stays zero whatever it meets."""
    return np.where(first == 0.0, 0.0, product)


def _value(operand: Operand, points: tuple[int, ...], memory: Memory) -> Any:
    if operand.storage is None:
        return np.full((1,) * len(points), operand.value)
    return memory[operand.storage][operand.map.over(points)]


def _run_group(group: Group, domain: tuple[int, ...], memory: Memory) -> Any:
    points = domain + group.reduction
    first = product = _value(group.operands[0], points, memory)
    for operand in group.operands[1:]:
        product = product * _value(operand, points, memory)
    if group.settled:
        product = settle(first, product)
    reduced = tuple(range(len(domain), len(points)))
    product = np.broadcast_to(product, (*product.shape[: len(domain)], *group.reduction))
    return group.coefficient * product.sum(axis=reduced)


def _run_statement(statement: Statement, memory: Memory) -> None:
    sums = [
        sum(_run_group(group, statement.domain, memory) for group in groups)
        for groups in statement.sums
    ]
    if statement.row:
        forward = TABLE[statement.row].forward
        value = np.vectorize(lambda *x: forward(*map(float, x)), otypes=[float])(*sums)
    else:
        value = sums[0]
    into = memory[statement.written]
    index = np.broadcast_to(statement.target.map.over(statement.domain), statement.domain)
    value = np.broadcast_to(value, statement.domain)
    if statement.accumulate:
        np.add.at(into, index.ravel(), value.ravel())
    else:
        into[index] = value


def _verify_operand(operand: Operand, points: tuple[int, ...]) -> None:
    storage, index = operand.storage, operand.map
    if storage is None:
        return
    if len(index.strides) != len(points):
        raise ValueError(f"{storage.name} has {len(index.strides)} strides for {len(points)} axes")
    low = high = index.base
    for stride, extent in zip(index.strides, points, strict=True):
        low += min(0, stride * (extent - 1))
        high += max(0, stride * (extent - 1))
    if index.table is not None:
        low += int(index.table.values.min())
        high += int(index.table.values.max())
    if low < 0 or high >= storage.size:
        raise ValueError(f"{storage.name} has {storage.size} numbers, and {low}..{high} is asked")


def _verify_statement(statement: Statement, written: set[Storage]) -> None:
    if statement.row and statement.row not in TABLE:
        raise ValueError(f"there is no row {statement.row!r}")
    if len(statement.sums) != (TABLE[statement.row].arity if statement.row else 1):
        raise ValueError(f"{len(statement.sums)} sums do not fit {statement.row or 'a sum'}")
    if statement.target.storage is None or statement.written.kind in ("CONST", "INPUT"):
        raise ValueError("the target cannot be written")
    _verify_operand(statement.target, statement.domain)
    for groups in statement.sums:
        for group in groups:
            if not group.operands:
                raise ValueError("a group has no operand")
            for operand in group.operands:
                _verify_operand(operand, statement.domain + group.reduction)
                storage = operand.storage
                if storage is not None and storage.kind == "VALUE" and storage not in written:
                    raise ValueError(f"{storage.name} is read before it is written")
