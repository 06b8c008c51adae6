"""Statements that run in one nest of loops, so that numbers between them stay in registers."""

from __future__ import annotations

from dataclasses import dataclass, field

from .loops import IndexMap, Operand, Program, Statement, Storage

_INNER = ("VALUE", "ADJOINT")


@dataclass(slots=True)
class Fused:
    """Statements over one domain. Of what they write, only `stored` goes to memory."""

    statements: list[Statement]
    stored: set[Storage] = field(default_factory=set)

    def accepts(self, statement: Statement) -> bool:
        """Whether a later statement reads of this one's numbers only those of its own point."""
        targets = {s.written: s.target.map for s in self.statements}
        inside = [o for o in statement.operands() if o.storage in targets]
        return (
            bool(inside)
            and statement.domain == self.statements[0].domain
            and not any(s.accumulate for s in self.statements)
            and all(_same(o, targets) for o in inside)
        )


def fuse(program: Program) -> list[Fused]:
    """The program's statements in nests; a statement moves up to the nest whose numbers it reads.

    It may where it is a sum without axes of its own or a row, writes a storage of which nothing
    is read or written earlier, and reads nothing that a nest in between writes.
    """
    nests: list[Fused] = []
    writer: dict[Storage, int] = {}  # the last nest that writes a storage
    touched: set[Storage] = set()
    for statement in program.statements:
        read = [writer[storage] for storage in statement.reads() if storage in writer]
        place = max(read, default=-1)
        free = statement.written.kind in _INNER and statement.written not in touched
        if place >= 0 and free and _plain(statement) and nests[place].accepts(statement):
            nests[place].statements.append(statement)
        else:
            place = len(nests)
            nests.append(Fused([statement]))
        writer[statement.written] = place
        touched |= {statement.written, *statement.reads()}
    _find_stored(nests)
    return nests


def _plain(statement: Statement) -> bool:
    groups = [group for groups in statement.sums for group in groups]
    return not statement.accumulate and not any(group.reduction for group in groups)


def _same(operand: Operand, targets: dict[Storage, IndexMap]) -> bool:
    assert operand.storage is not None
    index, target = operand.map, targets[operand.storage]
    same = index.base == target.base and index.strides == target.strides
    return same and index.table is None and target.table is None


def _find_stored(nests: list[Fused]) -> None:
    """What another nest reads, or what is there before and after the step."""
    readers: dict[Storage, set[int]] = {}
    for number, nest in enumerate(nests):
        for statement in nest.statements:
            updated = {statement.written} if statement.accumulate else set[Storage]()
            for storage in statement.reads() | updated:
                readers.setdefault(storage, set()).add(number)
    for number, nest in enumerate(nests):
        for statement in nest.statements:
            written = statement.written
            elsewhere = readers.get(written, set()) - {number}
            if elsewhere or written.kind not in _INNER or statement.accumulate:
                nest.stored.add(written)
