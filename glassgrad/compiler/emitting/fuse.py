"""Statements that run in one nest of loops, so that numbers between them stay in registers.

Note [Fusion]
A statement moves up to a nest over the same domain whose numbers or operands it reads, as far as
nothing that it depends on stands in between. At each point it finds what statements before it left
in registers there, so it may read only that point of what they write, and write only that point of
what they read. What nothing outside of the nest reads is never stored.

A sum over a whole domain is taken where a nest over that domain has its products in registers; the
statement that it belongs to then reads the total.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..ir.loops import Group, IndexMap, Item, Loop, Operand, Program, Statement, Storage

INNER = ("VALUE", "ADJOINT")
MOST = 24  # statements of a nest, for which there are registers
_MOST_TOTALS = 4
Points = tuple[int, ...]


@dataclass(slots=True)
class Fused:
    """Statements over one domain. Of what they write, only `stored` goes to memory.

    Where `timed`, their outermost axis is that of the loop around them. `totals` are single numbers
    that add up over the domain, each one product of what is there.
    """

    statements: list[Statement]
    timed: bool
    stored: set[Storage] = field(default_factory=set)
    totals: list[Statement] = field(default_factory=list)

    @property
    def domain(self) -> Points:
        """The extents of the axes that all of it runs over."""
        if self.statements:
            return self.statements[0].domain
        return self.totals[0].sums[0][0].reduction

    def accepts(self, statement: Statement, near: bool) -> bool:
        """Whether a later statement may run at each point right after these.

        Args:
            statement: one over the same domain, that depends on nothing between.
            near: whether it reads numbers of these; else it has to have an operand in common.
        """
        rows = self._rows()
        if len(self.statements) >= MOST or not is_plain(statement):
            return False
        if rows and not rows & _rows_of(statement):
            return False
        if not near and not (all(map(is_plain, self.statements)) and self._shares_with(statement)):
            return False
        return self._is_apart(statement)

    def takes(self, total: Statement, near: bool) -> bool:
        """Whether it may add up a total, which needs the same as a statement does."""
        if not all(map(is_plain, self.statements)) or len(self.totals) >= _MOST_TOTALS:
            return False
        return (near or self._shares_with(total)) and self._is_apart(total)

    @staticmethod
    def term(total: Statement) -> Group:
        """What a total adds up at each point."""
        ((group,),) = total.sums
        return replace(group, reduction=())

    def _shares_with(self, statement: Statement) -> bool:
        mine: dict[Storage, list[IndexMap]] = {}
        for o in (o for s in self.statements for o in s.operands()):
            if o.storage is not None:
                mine.setdefault(o.storage, []).append(o.map)
        return any(
            same(o.map, index)
            for o in statement.operands()
            if o.storage is not None
            for index in mine.get(o.storage, ())
        )

    def _is_apart(self, statement: Statement) -> bool:
        """Whether it meets what these touch only at its own point, or in a loop at other times."""
        written = statement.written
        if any(written in total.reads() for total in self.totals):
            return False
        target, *operands = statement.touches()
        for writer in (*self.statements, *self.totals):
            if writer.written is written and self._meets(target, writer):
                return False
            for read in operands:
                if read[0].storage is writer.written and not self._leads(writer, read):
                    return False
        reads = [read for reader in self.statements for read in list(reader.touches())[1:]]
        return all(self._leads(statement, read) for read in reads if read[0].storage is written)

    def _leads(self, writer: Statement, read: tuple[Operand, Points]) -> bool:
        """Whether what is read of a statement's numbers is the one of the same point, if any."""
        index, alone = writer.target.map, injective(writer.target.map, writer.domain)
        return not self._meets(read, writer) or (same(read[0].map, index) and alone)

    def _meets(self, one: tuple[Operand, Points], writer: Statement) -> bool:
        return meet(one, (writer.target, writer.domain), self.timed)

    def may_run_twice(self) -> bool:
        """Whether it leaves the same numbers at a point where it runs once more."""
        targets = {statement.written for statement in self.statements}
        before: dict[Storage | None, IndexMap] = {}
        for statement in self.statements:
            own = [o for o in statement.operands() if o.storage in targets]
            if any(o.storage not in before or not same(o.map, before[o.storage]) for o in own):
                return False
            before[statement.written] = statement.target.map
        return not self.totals and not any(s.accumulate for s in self.statements)

    def _rows(self) -> set[int]:
        """The axes along which all that it writes counts up, one of which can fill the lanes."""
        return set.intersection(*map(_rows_of, self.statements))


@dataclass(slots=True)
class FusedLoop:
    """Nests that run one after another at each time."""

    extent: int
    backward: bool
    nests: list[Fused]


Unit = Fused | FusedLoop


def fuse(program: Program) -> list[Unit]:
    """The program's statements in nests; see Note [Fusion]."""
    units = _Units(timed=False).of(program.items)
    find_stored(units)
    return units


@dataclass(slots=True)
class _Units:
    """Units so far, and what they touch: of each storage the unit, the operand and its extents."""

    timed: bool
    units: list[Unit] = field(default_factory=list)
    read: dict[Storage, list[tuple[int, Operand, Points]]] = field(default_factory=dict)
    written: dict[Storage, list[tuple[int, Operand, Points]]] = field(default_factory=dict)
    over: dict[Points, list[int]] = field(default_factory=dict)  # the nests over each domain

    def of(self, items: list[Item]) -> list[Unit]:
        for item in items:
            at = len(self.units)
            if isinstance(item, Loop):
                nests = [u for u in _Units(timed=True).of(list(item.body)) if isinstance(u, Fused)]
                self.units.append(FusedLoop(item.extent, item.backward, nests))
            else:
                item = self._without_totals(item)
                at = self._place(item)
            self._note(at, item)
        return self.units

    def _note(self, at: int, item: Item) -> None:
        """Remember what a unit touches."""
        for statement in item.body:
            target, *operands = statement.touches()
            for touched, how in ((self.written, [target]), (self.read, operands)):
                for operand, points in how:
                    if operand.storage is not None:
                        touched.setdefault(operand.storage, []).append((at, operand, points))

    def _without_totals(self, statement: Statement) -> Statement:
        """The statement, reading the totals that nests can take for it."""
        if statement.domain or self.timed:
            return statement
        sums = (tuple(map(self._total_read, groups)) for groups in statement.sums)
        return replace(statement, sums=tuple(sums))

    def _total_read(self, group: Group) -> Group:
        """The group as the total that some nest adds up, if one can."""
        if not group.reduction or group.settled:
            return group
        target = Operand(Storage("total", "VALUE", ()), IndexMap(0, ()))
        total = Statement(target, (), ((replace(group, coefficient=1.0),),))
        after = self._after(total)
        for at in self._nests(group.reduction, after):
            nest = self.units[at]
            if isinstance(nest, Fused) and nest.takes(total, near=at == after):
                nest.totals.append(total)
                self._note(at, total)
                return Group(group.coefficient, (), (target,))
        return group

    def _place(self, statement: Statement) -> int:
        """Put a statement into the nest where it belongs, perhaps one of its own; which one."""
        after = self._after(statement)
        for at in self._nests(statement.domain, after):
            nest = self.units[at]
            if isinstance(nest, Fused) and nest.accepts(statement, near=at == after):
                nest.statements.append(statement)
                return at
        self.units.append(Fused([statement], self.timed))
        self.over.setdefault(statement.domain, []).append(len(self.units) - 1)
        return len(self.units) - 1

    def _nests(self, domain: Points, after: int) -> Iterator[int]:
        """The nests over a domain from a unit on."""
        return (at for at in self.over.get(domain, ()) if at >= max(0, after))

    def _after(self, statement: Statement) -> int:
        """The last unit that has to run before a statement, or with it; -1: none has to."""
        target, *operands = statement.touches()
        after = -1
        needs = [(one, self.written) for one in (target, *operands)] + [(target, self.read)]
        for (operand, points), theirs in needs:
            if operand.storage is not None:
                for at, other, extents in reversed(theirs.get(operand.storage, [])):
                    if at > after and meet((operand, points), (other, extents), self.timed):
                        after = at
        return after


def _rows_of(statement: Statement) -> set[int]:
    return {axis for axis, stride in enumerate(statement.target.map.strides) if stride == 1}


def is_plain(statement: Statement) -> bool:
    """Whether it has no sum over axes of its own."""
    return not any(group.reduction for groups in statement.sums for group in groups)


def same(index: IndexMap, other: IndexMap) -> bool:
    """Whether two maps are equal, and need no table."""
    equal = index.base == other.base and index.strides == other.strides
    return equal and index.table is None and other.table is None


def injective(index: IndexMap, domain: Points) -> bool:
    """Whether it is plain that no two points of the domain have the same index."""
    reach = 0
    for stride, extent in sorted(zip(map(abs, index.strides), domain, strict=True)):
        if extent > 1:
            if stride <= reach:
                return False
            reach += stride * (extent - 1)
    return index.table is None


def meet(one: tuple[Operand, Points], other: tuple[Operand, Points], timed: bool) -> bool:
    """Whether two operands may mean the same number; where `timed`, at the same time."""
    (a, points), (b, extents) = one, other
    if a.map.table is not None or b.map.table is not None:
        return True
    if timed and a.map.strides[0] != b.map.strides[0]:
        return True
    first = 1 if timed else 0
    (low, high), (least, most) = _ends(a.map, points, first), _ends(b.map, extents, first)
    return low <= most and least <= high


def _ends(index: IndexMap, points: Points, first: int) -> tuple[int, int]:
    """The least and the largest index over the axes from `first` on."""
    reach = [s * (n - 1) for s, n in zip(index.strides[first:], points[first:], strict=True)]
    return index.base + sum(min(0, x) for x in reach), index.base + sum(max(0, x) for x in reach)


def nests_of(unit: Unit) -> list[Fused]:
    """The nests of a loop; a nest by itself is its own."""
    return unit.nests if isinstance(unit, FusedLoop) else [unit]


def find_stored(units: list[Unit]) -> None:
    """What another nest reads, or another time, or what is there before and after the step."""
    nests = [nest for unit in units for nest in nests_of(unit)]
    readers: dict[Storage, set[int]] = {}
    for number, nest in enumerate(nests):
        for statement in (*nest.statements, *nest.totals):
            grown = statement.writes() if statement.accumulate else set()
            for storage in statement.reads() | grown:
                readers.setdefault(storage, set()).add(number)
    for number, nest in enumerate(nests):
        nest.stored = _read_back(nest) | {total.written for total in nest.totals}
        for statement in nest.statements:
            written = statement.written
            elsewhere = readers.get(written, set()) - {number}
            if elsewhere or statement.accumulate or written.kind not in INNER:
                nest.stored.add(written)


def _read_back(nest: Fused) -> set[Storage]:
    """What statements of a nest read of its own numbers, and not from registers."""
    found: set[Storage] = set()
    targets = {statement.written for statement in nest.statements}
    before: dict[Storage | None, IndexMap] = {}
    for statement in nest.statements:
        for operand in statement.operands():
            known = before.get(operand.storage)
            kept = known is not None and same(operand.map, known)
            if operand.storage is not None and operand.storage in targets and not kept:
                found.add(operand.storage)
        before[statement.written] = statement.target.map
    return found
