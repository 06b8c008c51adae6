"""The shares of adjoints in a loop backwards, put together: one statement for each row.

Several statements of a loop may add to the same numbers of an adjoint. They become one sum, and
where that comes first and covers all of a row, it sets the row instead of adding to zeros.
"""

from __future__ import annotations

from dataclasses import replace

from ..ir.loops import Group, IndexMap, Operand, Statement, Storage


def gathered(
    body: list[Statement], fresh: list[Storage]
) -> tuple[tuple[Statement, ...], list[Statement]]:
    """The body with its shares put together, and the statements that must clear before it.

    Args:
        body: statements that all accumulate, in a loop backwards.
        fresh: adjoints that nothing was added to yet.
    """
    merged: dict[object, Statement] = {}
    for statement in body:
        index = statement.target.map
        key: object = statement
        if index.table is None:
            key = (statement.written, index.base, index.strides, statement.domain)
        earlier = merged.pop(key, None)  # a share may come later, where all that it reads is there
        if earlier is not None:
            statement = replace(statement, sums=((*earlier.sums[0], *statement.sums[0]),))
        merged[key] = statement
    found = list(merged.values())
    cleared: list[Statement] = []
    for adjoint in fresh:
        shares = [k for k, statement in enumerate(found) if statement.written is adjoint]
        first = _setting(adjoint, [found[k] for k in shares])
        if first is None:
            cleared.append(zeros(adjoint, 0, adjoint.size))
            continue
        statement = found[shares[first]]
        found[shares[first]] = replace(statement, accumulate=False)
        low = int(statement.target.map.bounds(statement.domain)[0][0])
        high = low + statement.domain[0] * (adjoint.size // adjoint.shape[0])
        cleared += [zeros(adjoint, *ends) for ends in ((0, low), (high, adjoint.size))
                    if ends[0] < ends[1]]  # fmt: skip
    return tuple(found), cleared


def _setting(adjoint: Storage, shares: list[Statement]) -> int | None:
    """Which share comes to every row before all others do and covers it; None: there is none."""
    row = adjoint.size // adjoint.shape[0]
    places = []
    for share in shares:
        index = share.target.map
        low, high = (int(ends[0]) for ends in index.bounds(share.domain))
        if index.table is not None or index.strides[0] != row or low // row != high // row:
            return None
        places.append(low // row)
    if not places:
        return None
    first = min(range(len(places)), key=lambda k: places[k])  # time runs down: the lowest row leads
    index, domain = shares[first].target.map, shares[first].domain
    whole = covers(IndexMap(0, index.strides[1:]), domain[1:], row)
    return first if whole else None


def covers(index: IndexMap, domain: tuple[int, ...], size: int) -> bool:
    """Whether the points of the domain meet every number of a storage exactly once."""
    step = 1
    for stride, extent in sorted(zip(map(abs, index.strides), domain, strict=True)):
        if extent > 1 and stride != step:
            return False
        step *= extent
    return index.table is None and step == size


def zeros(storage: Storage, first: int, stop: int) -> Statement:
    """A statement that clears the numbers first:stop."""
    number = Operand(None, IndexMap(0, (0,)), 0.0)
    target = Operand(storage, IndexMap(first, (1,)))
    return Statement(target, (stop - first,), ((Group(1.0, (), (number,)),),))
