"""Levels and structural hashes: which nodes of a trace compute the same thing on other numbers.

A leaf's hash is its class (a parameter, an argument, a constant), a sum's does not depend on the
order of its terms or of a term's factors, a row's does, and takes constants by value, so that
`x ** 2` and `x ** 3` part. Nodes of equal level and hash are a family. How many terms of a kind a
sum has does not count here: sums of one, two, three terms may be one axis that ends early, see
ragged.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .supernodes import LEAF, ROW, SUM, Supernodes, compressed, ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.integer[Any]]
    Hashes = NDArray[np.uint64]


_ADDED, _LAST = np.uint64(0x9E3779B97F4A7C15), np.uint64(31)
_STEPS = (
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)


def mix(x: NDArray[np.generic]) -> Hashes:
    """Scatter 64 bits (splitmix64: Steele, Lea and Flood, 2014)."""
    z = x.astype(np.uint64)
    z += _ADDED
    for shift, factor in _STEPS:
        z ^= z >> shift
        z *= factor
    z ^= z >> _LAST
    return z


@dataclass(slots=True)
class Classes:
    """For every node its level and hash."""

    level: Ints
    key: Hashes


def classify(nodes: Supernodes, leaf_class: Ints, leaf_bits: Ints) -> Classes:
    """Give every live supernode its level and its structural hash.

    Args:
        leaf_class: what kind of leaf a node is, for the hash within sums.
        leaf_bits: what a row sees of a leaf: its class, or for a constant its bits.
    """
    size = len(nodes.kind)
    leaves = nodes.kind == LEAF
    key, exact = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    key[leaves], exact[leaves] = mix(leaf_class[leaves]), mix(leaf_bits[leaves])
    level = np.where(leaves, np.int32(0), np.int32(-1))
    starts, followers, waiting = _followers(nodes)
    front, depth = np.flatnonzero((waiting == 0) & ((nodes.kind == SUM) | (nodes.kind == ROW))), 0
    last = np.zeros(size, np.int32)
    while len(front):
        depth += 1
        level[front] = depth
        key[front] = exact[front] = hash_of(nodes, front, key, exact, counted=False)
        reached = followers[ranges(starts[front], starts[front + 1])]
        np.subtract.at(waiting, reached, 1)
        ready = reached[waiting[reached] == 0]
        turns = np.arange(len(ready))
        last[ready] = turns
        front = ready[last[ready] == turns]  # each of them once
    return Classes(level, key)


def _followers(nodes: Supernodes) -> tuple[Ints, Ints, Ints]:
    """Who reads a node, as compressed rows, and how many computed ones each node reads."""
    size = len(nodes.kind)
    sources, users = edges_of(nodes)
    inner = nodes.kind[sources] != LEAF
    sources, users = sources[inner], users[inner]
    followers = users[np.argsort(sources, kind="stable")]
    return compressed(sources, size), followers, np.bincount(users, minlength=size)


def edges_of(nodes: Supernodes) -> tuple[Ints, Ints]:
    """Every (source, user) pair between supernodes."""
    owners = np.repeat(np.arange(len(nodes.kind), dtype=np.int32), np.diff(nodes.terms))
    users = [np.repeat(owners, np.diff(nodes.starts))]
    sources = [nodes.factors]
    rows = np.flatnonzero(nodes.kind == ROW).astype(np.int32)
    for operands in nodes.inputs:
        present = rows[operands[rows] >= 0]
        users.append(present)
        sources.append(operands[present])
    picks = rows[nodes.candidates.table[rows] >= 0]
    among, counts = nodes.candidates.of(nodes.candidates.table[picks])
    needed = nodes.kind[among] != LEAF
    needed[np.cumsum(counts) - counts] = True  # a leaf is there from the start: one will do
    users.append(np.repeat(picks, counts)[needed])
    sources.append(among[needed].astype(np.int32))
    return np.concatenate(sources), np.concatenate(users)


def hash_of(
    nodes: Supernodes,
    which: Ints,
    key: Hashes,
    exact: Hashes | None = None,
    counted: bool = True,
) -> Hashes:
    """The hashes of sums and rows, by those of what they read.

    Args:
        exact: what rows see of it, if not the same.
        counted: whether it counts how many terms of a kind a sum has.
    """
    found = np.zeros(len(which), np.uint64)
    rows, sums = nodes.kind[which] == ROW, nodes.kind[which] == SUM
    found[rows] = _hash_rows(nodes, which[rows], key if exact is None else exact)
    picks = nodes.candidates.table[which] >= 0
    found[picks] = _hash_picks(nodes, which[picks], key)
    found[sums] = _hash_sums(nodes, which[sums], key, counted)
    return found


def _hash_rows(nodes: Supernodes, rows: Ints, exact: Hashes) -> Hashes:
    total = mix(nodes.op[rows])
    for slot, operands in enumerate(nodes.inputs):
        present = operands[rows] >= 0
        seen = mix(exact[operands[rows]] + np.uint64(slot))
        total = total + np.where(present, seen, np.uint64(0))
    return mix(total)


def _hash_picks(nodes: Supernodes, picks: Ints, key: Hashes) -> Hashes:
    """A pick is like another one among as many candidates of the same classes."""
    if not len(picks):
        return np.zeros(0, np.uint64)
    tables, which = np.unique(nodes.candidates.table[picks], return_inverse=True)
    among, counts = nodes.candidates.of(tables)
    total = np.add.reduceat(mix(key[among]), np.cumsum(counts) - counts)
    found: Hashes = mix(mix(total + mix(counts)) + np.uint64(9))[which]
    return found


def _hash_sums(nodes: Supernodes, sums: Ints, key: Hashes, counted: bool) -> Hashes:
    if not len(sums):
        return np.zeros(0, np.uint64)
    counts = nodes.terms[sums + 1] - nodes.terms[sums]
    terms = ranges(nodes.terms[sums], nodes.terms[sums + 1])
    hashes, first = hash_of_terms(nodes, terms, key), np.cumsum(counts) - counts
    if not counted:
        hashes = _once(hashes, first, counts)
    return mix(np.add.reduceat(hashes, first) + np.uint64(5))


def _once(hashes: Hashes, first: Ints, counts: Ints) -> Hashes:
    """The hashes of the terms of sums, 0 in place of one that its sum has already."""
    kept = np.zeros(len(hashes), np.uint64)
    kept[first] = hashes[first]
    mixed = np.minimum.reduceat(hashes, first) != np.maximum.reduceat(hashes, first)
    rest = np.flatnonzero(np.repeat(mixed, counts))
    owner = np.repeat(np.arange(len(counts)), counts)[rest]
    order = np.lexsort((hashes[rest], owner))
    rest, owner = rest[order], owner[order]
    new = np.ones(len(rest), bool)
    new[1:] = (hashes[rest[1:]] != hashes[rest[:-1]]) | (owner[1:] != owner[:-1])
    kept[rest] = np.where(new, hashes[rest], np.uint64(0))
    return kept


def hash_of_terms(nodes: Supernodes, terms: Ints, key: Hashes) -> Hashes:
    """The hashes of terms: of their sign and their factors, in whatever order."""
    widths = nodes.starts[terms + 1] - nodes.starts[terms]
    factors = nodes.factors[ranges(nodes.starts[terms], nodes.starts[terms + 1])]
    added = np.add.reduceat(mix(key[factors]), np.cumsum(widths) - widths)
    signs = nodes.signs[terms].astype(np.int64).astype(np.uint64)
    return mix(added + np.uint64(77) * widths.astype(np.uint64) + signs)


def families(classes: Classes, supernodes: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """The families among these nodes, in order of level, each with its members in trace order."""
    nodes = np.flatnonzero(supernodes)
    order = nodes[np.lexsort((classes.key[nodes], classes.level[nodes]))]
    if not len(order):
        return []
    keys, levels = classes.key[order], classes.level[order]
    breaks = np.flatnonzero((keys[1:] != keys[:-1]) | (levels[1:] != levels[:-1])) + 1
    return np.split(order, breaks)
