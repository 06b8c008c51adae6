"""Numbers that are computed again where they are read, instead of being stored.

Note [Recomputing]
What takes a few operations on the numbers of one row, such as the slope of a relu on its outputs,
is computed again from that row sooner than it is written to memory and read there: that row takes
as many lines of the cache as the other would. So where other nests read such a number point by
point, they compute it themselves, and it is not stored.
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.affine import coordinates
from ..ir.loops import IndexMap, Operand, Statement, Storage
from .fuse import INNER, MOST, Fused, Points, Unit, find_stored, is_plain, nests_of, same

_LIGHT = frozenset(("", "neg", "abs", "relu", "lt", "le", "gt", "ge", "eq", "ne"))
_OPERANDS = 6  # that a number may take, all in all

Along = list[tuple[int, tuple[int, ...]]]  # of each axis a start, and a step along each of others
Place = tuple[int, tuple[int, ...]]  # the base and the strides of a map
Read = tuple[int, Operand, Points]  # by which unit, and over which points


def recompute(units: list[Unit]) -> list[Unit]:
    """The units with numbers computed where they are read; see Note [Recomputing]."""
    spread = _Spread(units)
    for at, unit in enumerate(units):
        if isinstance(unit, Fused):
            for statement in list(unit.statements):
                spread.one(at, unit, statement)
            _drop_unused(unit)
    units = [
        unit for unit in units if not isinstance(unit, Fused) or unit.statements or unit.totals
    ]
    find_stored(units)
    return units


class _Spread:
    """Which units read and write each storage."""

    def __init__(self, units: list[Unit]) -> None:
        self._units = units
        self._read: dict[Storage | None, list[Read]] = {}
        self._written: dict[Storage, list[int]] = {}
        for at, unit in enumerate(units):
            for nest in nests_of(unit):
                for statement in (*nest.statements, *nest.totals):
                    self._written.setdefault(statement.written, []).append(at)
                    for operand, points in list(statement.touches())[1:]:
                        self._read.setdefault(operand.storage, []).append((at, operand, points))

    def one(self, at: int, nest: Fused, statement: Statement) -> None:
        """Have the nests that read what a statement writes compute it, if all of them can."""
        reads = [read for read in self._read.get(statement.written, ()) if read[0] != at]
        chain = _chain(nest, statement)
        if not reads or not chain or not self._is_lasting(at, nest, chain, reads):
            return
        maps: dict[int, dict[Place, Along]] = {}
        for reader, operand, points in reads:
            along = _found(statement, operand, points)
            other = self._units[reader]
            if along is None or reader < at or not _computes(other, statement.written, points):
                return
            maps.setdefault(reader, {})[_place(operand)] = along
        nests = [
            (u, maps[k]) for k, u in enumerate(self._units) if k in maps and isinstance(u, Fused)
        ]
        for unit, some in nests:
            if len(unit.statements) + len(chain) * len(some) > MOST:
                return
        for unit, some in nests:
            _insert(unit, chain, some)
        nest.stored.discard(statement.written)

    def _is_lasting(self, at: int, nest: Fused, chain: list[Statement], reads: list[Read]) -> bool:
        """Whether the last of a chain would write the same where the reads are."""
        storage, last = chain[-1].written, max(reader for reader, _, _ in reads)
        inside = [operand for reader, operand, _ in self._read[storage] if reader == at]
        own = storage.kind in INNER and self._written[storage] == [at]
        if not own or not all(same(operand.map, chain[-1].target.map) for operand in inside):
            return False
        rows = {row for statement in chain for row in statement.reads()}
        behind = nest.statements[nest.statements.index(chain[-1]) :]
        changed = {statement.written for statement in behind}
        return not any(
            row in changed or any(at < writer <= last for writer in self._written.get(row, ()))
            for row in rows
        )


def _chain(nest: Fused, statement: Statement) -> list[Statement]:
    """The statements by which a number comes from one row in memory; none: it does not so."""
    in_registers = {one.written for one in nest.statements} - nest.stored
    chain: list[Statement] = []
    needed, rows = {statement.written}, set[Storage]()
    for one in nest.statements[nest.statements.index(statement) :: -1]:
        if one.written in needed:
            tables = any(operand.map.table for operand in one.operands())
            if one.row not in _LIGHT or one.accumulate or tables or not is_plain(one):
                return []
            chain.insert(0, one)
            needed |= one.reads() & in_registers
            rows |= one.reads() - in_registers
    operands = sum(len(list(one.operands())) for one in chain)
    return chain if operands <= _OPERANDS and sum(row.size > 1 for row in rows) <= 1 else []


def _found(writer: Statement, operand: Operand, points: Points) -> Along | None:
    """At which points of its domain a statement wrote what an operand reads; None: it is not so."""
    index, target, shape = operand.map, writer.target.map, writer.written.shape
    if index.table is not None or target.table is not None:
        return None
    asked = coordinates(index.base, index.strides, shape, points)
    given = coordinates(target.base, target.strides, shape, writer.domain)
    if asked is None or given is None:
        return None
    along: Along = [(0, (0,) * len(points))] * len(writer.domain)
    for (start, steps), (first, own) in zip(asked, given, strict=True):
        moving = [axis for axis, step in enumerate(own) if step]
        if not moving:
            if start != first or any(steps):
                return None
            continue
        (axis, *others) = moving
        reach = [step * (extent - 1) for step, extent in zip(steps, points, strict=True)]
        low = start - first + sum(min(0, x) for x in reach)
        high = start - first + sum(max(0, x) for x in reach)
        if (
            others
            or own[axis] != 1
            or any(along[axis][1])
            or low < 0
            or high >= writer.domain[axis]
        ):
            return None
        along[axis] = start - first, steps
    return along


def _computes(unit: Unit, storage: Storage, points: Points) -> bool:
    """Whether a nest can compute what it reads of a storage: where its own points are."""
    if not isinstance(unit, Fused) or points != unit.domain:
        return False
    return not any(storage in total.reads() for total in unit.totals)


def _insert(nest: Fused, chain: list[Statement], maps: dict[Place, Along]) -> None:
    """Have a nest compute what it reads of a storage, before the first statement that does."""
    storage = chain[-1].written
    found: dict[Place, Operand] = {}
    statements: list[Statement] = []

    def read(operand: Operand, points: Points) -> Operand:
        if operand.storage is not storage:
            return operand
        place = _place(operand)
        if place not in found:
            statements.extend(_moved(chain, maps[place], points))
            found[place] = statements[-1].target
        return found[place]

    for statement in nest.statements:
        statements += [statement.changed(read)]
    nest.statements = statements


def _moved(chain: list[Statement], along: Along, points: Points) -> list[Statement]:
    """The statements at other points, which write storages of their own."""
    own = {s.written: Storage(s.written.name, "VALUE", s.written.shape) for s in chain}

    def moved(operand: Operand, _points: Points) -> Operand:
        base, strides = operand.map.base, [0] * len(points)
        for stride, (start, steps) in zip(operand.map.strides, along, strict=True):
            base += stride * start
            strides = [s + stride * step for s, step in zip(strides, steps, strict=True)]
        storage = own.get(operand.storage) if operand.storage else None
        return replace(
            operand, storage=storage or operand.storage, map=IndexMap(base, tuple(strides))
        )

    return [replace(statement.changed(moved), domain=points) for statement in chain]


def _place(operand: Operand) -> Place:
    return operand.map.base, operand.map.strides


def _drop_unused(nest: Fused) -> None:
    """Leave out what is neither stored nor read in the nest."""
    read = {storage for total in nest.totals for storage in total.reads()}
    kept: list[Statement] = []
    for statement in reversed(nest.statements):
        if statement.written in nest.stored or statement.written in read:
            kept.insert(0, statement)
            read |= statement.reads()
    nest.statements = kept
