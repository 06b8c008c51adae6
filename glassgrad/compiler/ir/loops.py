"""The loop representation: statements over axes, what they read and where they write.

The text form, which `str` writes, is that of listing.py.

Note [Time]
In a recurrence each step reads what the one before it wrote. Its statements stand in a `Loop`: the
outermost axis of their domains, `t`, is the time, and each of them runs at one time before any runs
at the next. What they write has time as the outermost axis of its storage, so a step reads the
step before it one row further up, and nothing is ever overwritten. A statement that is in no
recurrence needs no loop, even if it reads one: it follows, with time as an axis like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add, mul
from typing import TYPE_CHECKING, Any

import numpy as np

from ...ops import TABLE
from .graph import NAMES, STOP
from .listing import loop_text, program_text, statement_text
from .storages import IndexMap as IndexMap
from .storages import Operand as Operand
from .storages import Storage as Storage
from .storages import Table as Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

STOPPED = NAMES[STOP]  # stands where a row may: the number as it is, and no way back

Memory = dict[Storage, "NDArray[np.floating[Any]]"]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """coefficient * the sum, over axes of its own, of the product of its operands.

    A product in which one of the first `settled` operands is zero counts as zero even if another
    is not finite. These are an adjoint, or the slope of a row that selects, or both.
    """

    coefficient: float
    reduction: tuple[int, ...]
    operands: tuple[Operand, ...]
    settled: int = 0


Sum = tuple[Group, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """For every point of the domain: target = row(sum, ...), or the sum itself without a row.

    The row is the name of one in the table, or STOPPED.

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

    def touches(self) -> Iterator[tuple[Operand, tuple[int, ...]]]:
        """The target and every operand, with the extents that its map is over."""
        yield self.target, self.domain
        for groups in self.sums:
            for group in groups:
                for operand in group.operands:
                    yield operand, self.domain + group.reduction

    def reads(self) -> set[Storage]:
        """The storages that it reads."""
        return {o.storage for o in self.operands() if o.storage is not None}

    head = ""  # of a loop: what stands above its body

    @property
    def body(self) -> tuple[Statement]:
        """The statement as the body of a loop of one."""
        return (self,)

    @property
    def written(self) -> Storage:
        """The storage that it writes."""
        assert self.target.storage is not None
        return self.target.storage

    def writes(self) -> set[Storage]:
        """The one storage that it writes, as a set."""
        return {self.written}

    def changed(self, change: Callable[[Operand, tuple[int, ...]], Operand]) -> Statement:
        """The statement with every operand changed; `change` also takes the operand's extents."""
        sums = tuple(
            tuple(
                replace(g, operands=tuple(change(o, self.domain + g.reduction) for o in g.operands))
                for g in groups
            )
            for groups in self.sums
        )
        return replace(self, target=change(self.target, self.domain), sums=sums)

    def __str__(self) -> str:
        return statement_text(self)


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Statements that run one after another at each point of their outermost axis, the time.

    Time counts up, or down where `backward`. See Note [Time].
    """

    body: tuple[Statement, ...]
    backward: bool = False

    @property
    def head(self) -> str:
        """The line above its body in the text form."""
        return f"for t<{self.extent}{' backward' if self.backward else ''}:"

    @property
    def extent(self) -> int:
        """How many times the body runs."""
        return self.body[0].domain[0]

    def reads(self) -> set[Storage]:
        """The storages that it reads."""
        return {storage for statement in self.body for storage in statement.reads()}

    def writes(self) -> set[Storage]:
        """The storages that it writes."""
        return {statement.written for statement in self.body}

    def changed(self, change: Callable[[Operand, tuple[int, ...]], Operand]) -> Loop:
        """The loop with every operand changed."""
        return replace(self, body=tuple(statement.changed(change) for statement in self.body))

    def __str__(self) -> str:
        return loop_text(self)


Item = Statement | Loop


def loops_of(body: list[Statement]) -> list[Item]:
    """Statements over one time as few in a loop as can be: those that need each other in turn."""
    before: list[Item] = []
    after: list[Item] = []
    while True:
        made = {statement.written for statement in body}
        read = {storage for statement in body for storage in statement.reads()}
        free = [statement for statement in body if not statement.reads() & made]
        last = [s for s in body if s.written not in read and s not in free]
        if not free and not last:
            return [*before, *([Loop(tuple(body))] if body else []), *after]
        before += free
        after = [*last, *after]
        body = [s for s in body if s not in free and s not in last]


@dataclass(slots=True)
class Program:
    """Statements and loops in the order in which they run."""

    items: list[Item] = field(default_factory=list)

    def statements(self) -> Iterator[Statement]:
        """Every statement, those in loops too."""
        return (statement for item in self.items for statement in item.body)

    def changed(self, change: Callable[[Operand, tuple[int, ...]], Operand]) -> Program:
        """The program with every operand changed; `change` also takes the operand's extents."""
        return Program([item.changed(change) for item in self.items])

    def storages(self) -> list[Storage]:
        """Every storage, in the order of its first use."""
        seen: dict[Storage, None] = {}
        for statement in self.statements():
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
        for number, item in enumerate(self.items):
            made = item.writes()
            known = written | made if isinstance(item, Loop) else written
            for position, statement in enumerate(item.body):
                try:
                    _verify_statement(statement, known)
                    if isinstance(item, Loop):
                        _verify_order(item, position)
                except ValueError as error:
                    raise ValueError(f"Statement {number}, {statement}: {error}") from None
            written |= made

    def select(self, taken: NDArray[np.int64]) -> None:
        """Fill in the tables that integers among the arguments decide, before `run`.

        Args:
            taken: for each site the number of the candidate, as `Selection.entries` gives it.
        """
        for statement in self.statements():
            for operand in (*statement.operands(), statement.target):
                table = operand.map.table
                if table is not None and table.chosen is not None:
                    table.chosen.fill(table.values, taken)

    def run(self, memory: Memory, dtype: str = "float64") -> None:
        """Carry the statements out on `memory` with NumPy: the plain interpreter.

        Storages that are missing from `memory` are added, of `dtype`, a CONST with its values.
        Numbers are rounded to the type of a storage where they are written.
        """
        for storage in self.storages():
            if storage not in memory:
                constant = storage.values
                memory[storage] = np.zeros(storage.size, dtype)
                memory[storage][:] = 0.0 if constant is None else constant
        with np.errstate(all="ignore"):
            for item in self.items:
                if isinstance(item, Loop):
                    _run_loop(item, memory)
                else:
                    _run_statement(item, memory)


def settle(factor: Any, product: Any) -> Any:
    """The product with the rule that this factor, where it is zero, stays so whatever it meets."""
    return np.where(factor == 0.0, 0.0, product)


def _value(operand: Operand, points: tuple[int, ...], memory: Memory) -> Any:
    if operand.storage is None:
        return np.full((1,) * len(points), operand.value)
    return memory[operand.storage][operand.map.over(points)]


def _run_group(group: Group, domain: tuple[int, ...], memory: Memory) -> Any:
    points = domain + group.reduction
    first, *others = factors = [_value(operand, points, memory) for operand in group.operands]
    product = reduce(mul, others, first)
    for factor in factors[: group.settled]:
        product = settle(factor, product)
    reduced = tuple(range(len(domain), len(points)))
    if reduced:  # even over no axes NumPy's sum begins with 0.0, and -0.0 would be lost
        product = np.broadcast_to(product, (*product.shape[: len(domain)], *group.reduction))
        product = product.sum(axis=reduced)
    return group.coefficient * product


def _run_statement(statement: Statement, memory: Memory) -> None:
    sums = [
        reduce(add, (_run_group(group, statement.domain, memory) for group in groups))
        for groups in statement.sums
    ]
    if statement.row and statement.row != STOPPED:
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


def _run_loop(loop: Loop, memory: Memory) -> None:
    times = range(loop.extent)
    for time in reversed(times) if loop.backward else times:
        for statement in loop.body:
            _run_statement(_at(statement, time), memory)


def _at(statement: Statement, time: int) -> Statement:
    """A statement of a loop at one time."""
    now = statement.changed(lambda o, _points: replace(o, map=o.map.at(time)))
    return replace(now, domain=statement.domain[1:])


def _verify_operand(operand: Operand, points: tuple[int, ...]) -> None:
    storage, index = operand.storage, operand.map
    if storage is None:
        return
    if len(index.strides) != len(points):
        raise ValueError(f"{storage.name} has {len(index.strides)} strides for {len(points)} axes")
    if not index.strides:
        points, index = (1,), index.extended(1)
    least, largest = index.bounds(points)
    low, high = least.min(), largest.max()
    if low < 0 or high >= storage.size:
        raise ValueError(f"{storage.name} has {storage.size} numbers, and {low}..{high} is asked")


def _verify_statement(statement: Statement, written: set[Storage]) -> None:
    row = TABLE.get(statement.row)
    if row is None and statement.row not in ("", STOPPED):
        raise ValueError(f"there is no row {statement.row!r}")
    if len(statement.sums) != (row.arity if row else 1):
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


def _verify_order(loop: Loop, position: int) -> None:
    """Check that a statement of a loop reads of what the loop writes only what is there already."""
    statement = loop.body[position]
    if statement.domain[:1] != (loop.extent,):
        raise ValueError(f"its outermost axis is not the time, {loop.extent}")
    for later, writer in enumerate(loop.body):
        target = writer.target.map
        if writer.written.kind != "VALUE":
            continue
        if target.table is not None or not target.strides[0] > 0:
            raise ValueError(f"{writer.written.name} is not written row after row")
        first = target.bounds(writer.domain)[0][0]
        for operand, points in list(statement.touches())[1:]:
            if operand.storage is writer.written:
                edge = operand.map.bounds(points)[0 if loop.backward else 1]
                ahead = (edge - first) // target.strides[0] - np.arange(loop.extent)
                ahead = -ahead if loop.backward else ahead
                if int(ahead.max()) > (-1 if later >= position else 0):
                    raise ValueError(f"{writer.written.name} is read before it is written")
