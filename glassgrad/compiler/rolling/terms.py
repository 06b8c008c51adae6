"""The operands of a family as tables: what each member reads, term by term."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import PICK
from .families import hash_of, hash_of_terms
from .ragged import coordinates_of, find_slots
from .supernodes import Supernodes, ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..ir.storages import Storage
    from .families import Hashes

    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]


@dataclass(slots=True)
class Homes:
    """Where the numbers of nodes are: `rank[n]` in the storage with the number `home[n]`.

    Constants have none: theirs is None, and the ranks do not count.
    """

    home: NDArray[np.int32]
    rank: Ints
    storages: list[Storage | None]

    def of(self, node: int) -> Storage | None:
        """The storage of a node."""
        return self.storages[int(self.home[node])]


@dataclass(slots=True)
class Terms:
    """One group of each sum of a family: the sign, and the node of every factor of every term.

    Attributes:
        factors: nodes (members, terms), any of their kind at a hole.
        present: where there is a term; None: everywhere.
        bases: for each factor that lies in a storage its ranks (members) in the first terms, or
            where they would be.
        patterns: how far the ranks of the terms (terms) lie behind, in the same way.
        shapes: those of the storages.
    """

    sign: float
    factors: list[Ints]
    present: Bools | None = None
    bases: list[Ints] = field(default_factory=list)
    patterns: list[Ints] = field(default_factory=list)
    shapes: list[tuple[int, ...]] = field(default_factory=list)


Tables = list[list[Terms]]  # the groups of each sum


def regular(sign: float, factors: list[Ints], homes: Homes) -> Terms:
    """Terms of which none is missing."""
    terms = Terms(sign, factors)
    for nodes in factors:
        storage = homes.of(nodes[0, 0])
        if storage is not None:
            ranks = homes.rank[nodes[0]]
            terms.bases.append(homes.rank[nodes[:, 0]])
            terms.patterns.append(ranks - ranks[0])
            terms.shapes.append(storage.shape)
    return terms


def parts(members: Ints, nodes: Supernodes, key: Hashes, counted: bool) -> Iterator[Ints]:
    """The members that read of the same storages; where `counted`, as many of each."""
    if len(members) == 1 or nodes.op[members[0]] == PICK:
        yield members
        return
    looks = hash_of(nodes, members, key, counted=counted)
    first, which = np.unique(looks, return_index=True, return_inverse=True)[1:]
    for k in np.argsort(first):
        yield members[which == k]


def sum_terms(members: Ints, nodes: Supernodes, homes: Homes, key: Hashes) -> list[Terms] | None:
    """The groups of a family of sums; None where their numbers of terms do not go together."""
    counts = nodes.terms[members + 1] - nodes.terms[members]
    owner = np.repeat(np.arange(len(members)), counts)
    terms = ranges(nodes.terms[members], nodes.terms[members + 1])
    hashes = hash_of_terms(nodes, terms, key)
    order = np.lexsort((owner, hashes))
    looks = hashes[order]
    found = []
    for kind in np.split(order, np.flatnonzero(looks[1:] != looks[:-1]) + 1):
        group = _terms(terms[kind], owner[kind], len(members), nodes, homes, key)
        if group is None:
            return None
        found.append(group)
    return found


def _terms(
    terms: Ints, owner: Ints, size: int, nodes: Supernodes, homes: Homes, key: Hashes
) -> Terms | None:
    """Terms of one kind of the sums of `size` members."""
    start = nodes.starts[terms]
    width = int(nodes.starts[terms[0] + 1] - start[0])
    factors = nodes.factors[start[:, None] + np.arange(width)]
    if width > 1:
        order = np.argsort(key[factors], axis=1, kind="stable")
        factors = np.take_along_axis(factors, order, axis=1)
    sign = float(nodes.signs[terms[0]])
    counts = np.bincount(owner, minlength=size)
    if (counts == counts[0]).all():
        return regular(sign, [f.reshape(size, -1) for f in factors.T], homes)
    moving = [k for k in range(width) if homes.of(int(factors[0, k])) is not None]
    rows = homes.rank[factors[:, moving].T]
    shapes = [shape_of(int(factors[0, k]), homes) for k in moving]
    slots = find_slots(counts, rows, coordinates_of(list(rows), shapes))
    if slots is None:
        return None
    wide = (size, slots.pattern.shape[1])
    present = np.zeros(wide, bool)
    present[slots.owner, slots.slot] = True
    tables = []
    for column in factors.T:
        table = np.full(wide, column[0])
        table[slots.owner, slots.slot] = column
        tables.append(table)
    return Terms(sign, tables, present, list(slots.base), list(slots.pattern), shapes)


def bases_of(tables: Tables) -> tuple[list[Ints], list[tuple[int, ...]]]:
    """The ranks of the first terms of a family, and the shapes of what they are ranks in."""
    groups = [group for groups in tables for group in groups]
    return [row for g in groups for row in g.bases], [s for g in groups for s in g.shapes]


def holes_pay(tables: Tables, homes: Homes, holed: set[Storage]) -> bool:
    """Whether work at holes is likely to cost less than a table of indices.

    Sums of several products do: a table would stand in each of them. So does what reads of a box
    with holes. A row or a single product of other numbers may be the beginning of a long way.
    """
    groups = [group for groups in tables for group in groups]
    read = {homes.of(int(nodes[0, 0])) for group in groups for nodes in group.factors}
    return any(g.factors[0].shape[1] > 1 for g in groups) or not holed.isdisjoint(read)


def shape_of(node: int, homes: Homes) -> tuple[int, ...]:
    """The shape of a storage that a node lies in."""
    storage = homes.of(node)
    assert storage is not None
    return storage.shape
