"""The shares that an adjoint is summed up from, in few statements.

Note [Shares]
Every use of a number adds its share to the number's adjoint. Shares of the same points become one
statement, which loads and stores the adjoint once. Where one is shifted against the other, as when
a loop reads x[i] and x[i + 1], they are cut: what both cover becomes one, the ends stay by
themselves. And an adjoint is not cleared where the first share that comes to a number can set it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from ..ir.loops import Group, Item, Loop, Operand, Program, Statement, Storage, Sum
from .gather import zeros

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONG = 8  # points along an axis that two shares must have in common to be cut
_RUNS = 4  # so many parts of a storage are cleared one by one; else all of it


def with_few_shares(program: Program) -> Program:
    """The program with shares put together, and adjoints cleared only where they have to be."""
    shares = _Shares()
    for item in program.items:
        shares.add(item)
    return Program(_uncleared([item for item in shares.items if item is not None]))


@dataclass(slots=True)
class _Shares:
    """The items so far; None stands where one has moved down to a later one."""

    items: list[Item | None] = field(default_factory=list)
    readers: dict[Storage, int] = field(default_factory=dict)  # the last item that reads it
    writers: dict[Storage, list[int]] = field(default_factory=dict)

    def add(self, item: Item) -> None:
        parts = [item] if isinstance(item, Loop) or not _is_share(item) else self._joined(item)
        for part in parts:
            at = len(self.items)
            self.items.append(part)
            self.readers |= dict.fromkeys(part.reads(), at)
            for storage in part.writes():
                self.writers.setdefault(storage, []).append(at)

    def _joined(self, share: Statement) -> list[Item]:
        """The statements that stand for a share and for those that it is put together with."""
        done: list[Item] = []
        rest = [share]
        for at in reversed(list(self.writers.get(share.written, ()))):
            earlier = self.items[at]
            if earlier is None:
                continue
            if not isinstance(earlier, Statement) or _clears(earlier):
                break
            if not self._may_come_down(earlier, at):
                break
            for one in rest:
                parts = _cut(earlier, one)
                if parts is not None:
                    self.items[at] = None
                    rest.remove(one)
                    done += parts.own
                    rest += parts.left
                    break
        return [*done, *rest]

    def _may_come_down(self, statement: Statement, at: int) -> bool:
        """Whether it does the same behind all items as where it is."""
        written = statement.written
        if self.readers.get(written, -1) >= at:
            return False
        # What sets numbers must not come behind what adds to them.
        between = [self.items[k] for k in self.writers[written] if k > at]
        others = [item for item in between if item is not None]
        if not all(statement.accumulate and s.accumulate for item in others for s in item.body):
            return False
        return all(self.writers.get(s, [-1])[-1] <= at for s in statement.reads())


@dataclass(frozen=True, slots=True)
class _Parts:
    """`own`: what two shares have in common and what is the earlier's; `left`: the later's."""

    own: list[Item]
    left: list[Statement]


def _is_share(item: Statement) -> bool:
    return item.accumulate and not item.row and item.target.map.table is None


def _cut(earlier: Statement, share: Statement) -> _Parts | None:
    """Two shares cut so that each point is in one statement; None: they do not go together."""
    first, second = earlier.target.map, share.target.map
    if earlier.row or first.table is not None or first.strides != second.strides:
        return None
    apart = [a for a, (m, n) in enumerate(zip(earlier.domain, share.domain, strict=True)) if m != n]
    shift = second.base - first.base
    if not apart and not shift:
        return _Parts([_together(earlier, share)], [])
    for axis in apart or range(len(share.domain)):
        stride = first.strides[axis]
        if len(apart) < 2 and stride and shift % stride == 0:
            start = shift // stride
            stop = start + share.domain[axis]
            low, high = max(0, start), min(earlier.domain[axis], stop)
            if high - low >= _LONG and not _is_looked_up(earlier, axis, share):
                return _cut_along(axis, earlier, share, start, (low, high))
    return None


def _cut_along(
    axis: int, earlier: Statement, share: Statement, start: int, common: tuple[int, int]
) -> _Parts:
    """Cut both along an axis, on which the share begins at `start` of the earlier one's."""
    low, high = common
    both = _together(_part(earlier, axis, low, high), _part(share, axis, low - start, high - start))
    own: list[Item] = [both]
    ends = ((0, low), (high, earlier.domain[axis]))
    own += [_part(earlier, axis, *end) for end in ends if end[0] < end[1]]
    ends = ((0, low - start), (high - start, share.domain[axis]))
    return _Parts(own, [_part(share, axis, *end) for end in ends if end[0] < end[1]])


def _is_looked_up(earlier: Statement, axis: int, share: Statement) -> bool:
    """Whether a table is read by the axis, which is not cut then."""
    operands = (*earlier.operands(), *share.operands())
    return any(o.map.table is not None and o.map.table.strides[axis] for o in operands)


def _part(statement: Statement, axis: int, start: int, stop: int) -> Statement:
    """The statement for start <= axis < stop alone."""

    def moved(operand: Operand, _points: tuple[int, ...]) -> Operand:
        return replace(operand, map=operand.map.moved(start * operand.map.strides[axis]))

    domain = list(statement.domain)
    domain[axis] = stop - start
    return replace(statement.changed(moved), domain=tuple(domain))


def _together(earlier: Statement, share: Statement) -> Statement:
    """One statement for both; equal products are counted."""
    groups: dict[object, Group] = {}
    for group in (*earlier.sums[0], *share.sums[0]):
        tables = [o for o in group.operands if o.map.table is not None]
        parts = tuple((o.storage, o.map.base, o.map.strides, o.value) for o in group.operands)
        key = group if tables else (group.reduction, group.settled, parts)
        known = groups.get(key)
        size = group.coefficient + (known.coefficient if known else 0.0)
        groups[key] = replace(group, coefficient=size)
    summed: Sum = tuple(groups.values())
    return replace(earlier, sums=(summed,), line=earlier.line or share.line)


def _uncleared(items: list[Item]) -> list[Item]:
    """The items with adjoints cleared only where something is added or read before it is set."""
    uses: dict[Storage, list[int]] = {}
    for at, item in enumerate(items):
        for storage in item.reads() | item.writes():
            uses.setdefault(storage, []).append(at)
    found: dict[int, list[Item]] = {}
    for at, item in enumerate(items):
        if isinstance(item, Statement) and _clears(item) and uses[item.written][0] == at:
            later = uses[item.written][1:]
            needed = _set_instead(items, item, later)
            edges = np.flatnonzero(np.diff(needed, prepend=False, append=False)).tolist()
            runs = list(zip(edges[::2], edges[1::2], strict=True))
            if len(runs) <= _RUNS:
                found[at] = [zeros(item.written, *run) for run in runs]
    return [part for at, item in enumerate(items) for part in found.get(at, [item])]


def _clears(item: Statement) -> bool:
    groups = item.sums[0]
    number = groups[0].operands[0]
    plain = len(groups) == 1 and not item.row and not item.accumulate
    return (
        plain
        and number.storage is None
        and number.value == 0.0
        and item.written.kind == "ADJOINT"
        and item.domain == (item.written.size,)
    )


def _set_instead(items: list[Item], clear: Statement, later: list[int]) -> NDArray[np.bool_]:
    """Let the first share of each number set it; which numbers have to be cleared still."""
    storage = clear.written
    met = np.zeros(storage.size, np.bool_)
    needed = np.zeros(storage.size, np.bool_)
    for at in later:
        item = items[at]
        if met.all():
            break
        if isinstance(item, Statement) and storage not in item.reads():
            target = item.target.map
            if target.table is None:
                points = np.broadcast_to(target.over(item.domain), item.domain).ravel()
                alone = len(np.unique(points)) == len(points)
                if item.accumulate and alone and not met[points].any():
                    items[at] = replace(item, accumulate=False)
                elif item.accumulate:
                    needed[points] |= ~met[points]
                met[points] = True
                continue
        needed |= ~met
        met[:] = True
    return needed
