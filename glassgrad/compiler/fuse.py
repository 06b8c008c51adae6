"""Statements that run in one nest of loops, so that numbers between them stay in registers."""

from __future__ import annotations

from dataclasses import dataclass, field

from .loops import IndexMap, Item, Loop, Operand, Program, Statement, Storage

_INNER = ("VALUE", "ADJOINT")


@dataclass(slots=True)
class Fused:
    """Statements over one domain. Of what they write, only `stored` goes to memory.

    Where `timed`, their outermost axis is that of the loop around them.
    """

    statements: list[Statement]
    timed: bool
    stored: set[Storage] = field(default_factory=set)

    def accepts(self, statement: Statement) -> bool:
        """Whether a later statement reads of this one's numbers those of its own point.

        Or, in a loop, those of another time.
        """
        targets = {s.written: s for s in self.statements}
        own = [(o, targets[o.storage]) for o in statement.operands() if o.storage in targets]
        return (
            bool(own)
            and statement.domain == self.statements[0].domain
            and not any(s.accumulate for s in self.statements)
            and (not self._rows() or bool(self._rows() & _rows_of(statement)))
            and all(same(o.map, s.target.map) or self._apart(o, s, statement) for o, s in own)
        )

    def may_run_twice(self) -> bool:
        """Whether it leaves the same numbers at a point where it runs once more."""
        targets = {statement.written for statement in self.statements}
        before: dict[Storage | None, IndexMap] = {}
        for statement in self.statements:
            own = [o for o in statement.operands() if o.storage in targets]
            if any(o.storage not in before or not same(o.map, before[o.storage]) for o in own):
                return False
            before[statement.written] = statement.target.map
        return not any(statement.accumulate for statement in self.statements)

    def _rows(self) -> set[int]:
        """The axes along which all that it writes counts up, one of which can fill the lanes."""
        return set.intersection(*map(_rows_of, self.statements))

    def _apart(self, operand: Operand, writer: Statement, reader: Statement) -> bool:
        return self.timed and _at_other_times(operand, reader.domain, writer)


@dataclass(slots=True)
class FusedLoop:
    """Nests that run one after another at each time."""

    extent: int
    backward: bool
    nests: list[Fused]


Unit = Fused | FusedLoop


def fuse(program: Program) -> list[Unit]:
    """The program's statements in nests; a statement moves up to the nest whose numbers it reads.

    It may where it is a sum without axes of its own or a row, writes a storage of which nothing
    is read or written earlier, and reads nothing that a nest in between writes.
    """
    units = _fused(program.items, timed=False)
    _find_stored(units)
    return units


def _fused(items: list[Item], timed: bool) -> list[Unit]:
    units: list[Unit] = []
    writer: dict[Storage, int] = {}  # the last unit that writes a storage
    touched: dict[Storage, list[tuple[Operand, tuple[int, ...]]]] = {}
    for item in items:
        place = max((writer[storage] for storage in item.reads() if storage in writer), default=-1)
        unit = units[place] if place >= 0 else None
        if isinstance(item, Loop):
            place = len(units)
            nests = [u for u in _fused(list(item.body), timed=True) if isinstance(u, Fused)]
            units.append(FusedLoop(item.extent, item.backward, nests))
        elif (
            isinstance(unit, Fused)
            and item.written.kind in _INNER
            and _plain(item)
            and _is_first(item, touched.get(item.written, []), timed)
            and unit.accepts(item)
        ):
            unit.statements.append(item)
        else:
            place = len(units)
            units.append(Fused([item], timed))
        writer |= dict.fromkeys(item.writes(), place)
        for statement in item.body:
            for operand, points in statement.touches():
                if operand.storage is not None:
                    touched.setdefault(operand.storage, []).append((operand, points))
    return units


def _is_first(
    statement: Statement, touched: list[tuple[Operand, tuple[int, ...]]], timed: bool
) -> bool:
    """Whether nothing touched what it writes; in a loop, nothing at this time."""
    return all(timed and _at_other_times(o, points, statement) for o, points in touched)


def _rows_of(statement: Statement) -> set[int]:
    return {axis for axis, stride in enumerate(statement.target.map.strides) if stride == 1}


def _plain(statement: Statement) -> bool:
    groups = [group for groups in statement.sums for group in groups]
    return not statement.accumulate and not any(group.reduction for group in groups)


def same(index: IndexMap, other: IndexMap) -> bool:
    """Whether two maps are equal, and need no table."""
    equal = index.base == other.base and index.strides == other.strides
    return equal and index.table is None and other.table is None


def _at_other_times(operand: Operand, points: tuple[int, ...], writer: Statement) -> bool:
    """Whether, at each time, an operand lies apart from what a statement writes then."""
    index, target = operand.map, writer.target.map
    if index.table is not None or target.table is not None:
        return False
    low, high = index.bounds(points)
    first, last = target.bounds(writer.domain)
    return index.strides[0] == target.strides[0] and bool(high[0] < first[0] or last[0] < low[0])


def nests_of(unit: Unit) -> list[Fused]:
    """The nests of a loop; a nest by itself is its own."""
    return unit.nests if isinstance(unit, FusedLoop) else [unit]


def _find_stored(units: list[Unit]) -> None:
    """What another nest reads, or another time, or what is there before and after the step."""
    nests = [nest for unit in units for nest in nests_of(unit)]
    readers: dict[Storage, set[int]] = {}
    for number, nest in enumerate(nests):
        targets = {statement.written: statement.target.map for statement in nest.statements}
        for statement in nest.statements:
            if statement.accumulate:
                nest.stored.add(statement.written)
                readers.setdefault(statement.written, set()).add(number)
            for operand in statement.operands():
                storage = operand.storage
                if storage in targets and not same(operand.map, targets[storage]):
                    nest.stored.add(storage)
                if storage is not None:
                    readers.setdefault(storage, set()).add(number)
    for number, nest in enumerate(nests):
        for written in [statement.written for statement in nest.statements]:
            if readers.get(written, set()) - {number} or written.kind not in _INNER:
                nest.stored.add(written)
