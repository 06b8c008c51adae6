"""A trace as supernodes: sums of products, which swallow chains of + - * and neg, and rows.

Only numbers used once are swallowed, so nothing is computed twice. Signs become coefficients. A
product is not merged into another product where a factor may be inf or nan: its gradient settles
factor by factor (see Note [Settled products] in risk.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.graph import OPCODES, PICK, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.integer[Any]]
    Longs = NDArray[np.int64]
    Bools = NDArray[np.bool_]

LEAF, SUM, ROW, NOTHING = 0, 1, 2, 3
_ADD, _SUB, _NEG, _MUL = (OPCODES[name] for name in ("add", "sub", "neg", "mul"))


@dataclass(slots=True)
class Candidates:
    """The tables of PICK nodes as compressed rows; `table` is a node's, -1 for any other node."""

    table: Ints
    starts: Longs
    nodes: Longs

    def of(self, tables: Ints) -> tuple[Longs, Longs]:
        """The candidates of these tables one after another, and how many each has."""
        starts, ends = self.starts[tables], self.starts[tables + 1]
        return self.nodes[ranges(starts, ends)], ends - starts


def candidates_of(graph: Graph, live: NDArray[np.bool_]) -> Candidates:
    """The tables of the live PICK nodes; tables of others are left empty."""
    if not graph.tables:
        none = np.full(len(graph), -1, np.int32)
        return Candidates(none, np.zeros(1, np.int64), np.zeros(0, np.int64))
    picks = (np.array(graph.op) == PICK) & live
    table = np.where(picks, np.array(graph.b), np.int32(-1))
    used = set(table.tolist())
    rows = [np.array(row if k in used else (), np.int64) for k, row in enumerate(graph.tables)]
    starts = np.cumsum([0, *map(len, rows)])
    return Candidates(table, starts, np.concatenate([np.zeros(0, np.int64), *rows]))


@dataclass(slots=True)
class Supernodes:
    """The kinds of nodes, and the sums as two levels of compressed rows.

    Node n's terms are `terms[n]:terms[n + 1]`; term t has the sign `signs[t]` and its factors,
    nodes, stand in `factors` from `starts[t]` to `starts[t + 1]`.
    """

    kind: NDArray[np.int8]
    op: Ints
    inputs: Ints  # (3, nodes), -1 where absent
    terms: Ints
    signs: NDArray[np.int8]
    starts: Ints
    factors: Ints
    candidates: Candidates


def ranges(starts: Ints, ends: Ints) -> Longs:
    """The whole numbers of starts[k]:ends[k] for every k, one after another."""
    counts = ends - starts
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def compressed(owners: Ints, size: int) -> Ints:
    """Where each owner's entries start in a list sorted by owner, `size` owners in all."""
    starts = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(owners, minlength=size), dtype=np.int32, out=starts[1:])
    return starts


def find_supernodes(
    op: Ints, inputs: Ints, live: Bools, kept: Ints, risky: Bools, candidates: Candidates
) -> Supernodes:
    """Group the nodes of a trace; `kept` are read from outside, so they stay by themselves."""
    size = len(op)
    once = _used_once(inputs, live, np.concatenate((kept, candidates.nodes)))
    adds = ((op == _ADD) | (op == _SUB) | (op == _NEG)) & live
    products = (op == _MUL) & live

    users, nodes, turned = _reads_of_sums(op, inputs, np.flatnonzero(adds))
    into_sum = np.zeros(size, bool)
    into_sum[nodes[once[nodes]]] = True
    inner = into_sum[nodes] & adds[nodes]
    sum_root, sum_turned = _roots(nodes[inner], users[inner], turned[inner], size)
    owner, node = sum_root[users[~inner]], nodes[~inner]
    sign = 1 - 2 * (sum_turned[users[~inner]] ^ turned[~inner]).astype(np.int8)

    starts, factors, is_product = _factors(inputs, products, once, risky)
    swallowed = is_product & into_sum
    alone = np.flatnonzero(is_product & ~swallowed)
    owner, node = np.concatenate((owner, alone)), np.concatenate((node, alone))
    sign = np.concatenate((sign, np.ones(len(alone), np.int8)))
    order = np.argsort(owner.astype(np.int64) * size + node, kind="stable")
    owner, node, sign = owner[order], node[order], sign[order]

    composed = swallowed[node] | (is_product[node] & (owner == node))
    counts = np.where(composed, starts[node + 1] - starts[node], 1)
    term_starts = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, dtype=np.int32, out=term_starts[1:])
    term_factors = np.repeat(node, counts)
    source = node[composed]
    term_factors[np.repeat(composed, counts)] = factors[ranges(starts[source], starts[source + 1])]
    kind = np.where(inputs[0] < 0, LEAF, ROW).astype(np.int8)
    kind[adds | products] = NOTHING
    kind[owner] = SUM
    kind[candidates.table >= 0] = ROW
    kind[~live] = NOTHING
    terms = compressed(owner, size)
    return Supernodes(kind, op, inputs, terms, sign, term_starts, term_factors, candidates)


def _used_once(inputs: Ints, live: Bools, kept: Ints) -> Bools:
    """Which nodes are computed, and read by one other node and from nowhere else."""
    uses = 2 * np.bincount(kept, minlength=len(live))
    for operands in inputs:
        uses += np.bincount(operands[(operands >= 0) & live], minlength=len(live))
    once: Bools = (uses == 1) & live & (inputs[0] >= 0)
    return once


def _reads_of_sums(op: Ints, inputs: Ints, sums: Ints) -> tuple[Ints, Ints, Bools]:
    """What + - and neg nodes read: the users, what each reads, and whether it changes its sign."""
    code = op[sums]
    second = sums[code != _NEG]
    turned = np.concatenate((code == _NEG, op[second] == _SUB))
    nodes = np.concatenate((inputs[0][sums], inputs[1][second]))
    return np.concatenate((sums, second)), nodes, turned


def _factors(inputs: Ints, products: Bools, once: Bools, risky: Bools) -> tuple[Ints, Ints, Bools]:
    """The factors of every product as compressed rows, and which nodes are whole products."""
    size = len(products)
    users = np.repeat(np.flatnonzero(products), 2)
    nodes = inputs[:2, users[::2]].T.ravel()
    calm = ~(risky[nodes[::2]] | risky[nodes[1::2]])
    calm_product = np.zeros(size, bool)
    calm_product[users[::2]] = calm
    inner = once[nodes] & calm_product[nodes] & np.repeat(calm, 2)
    root, _ = _roots(nodes[inner], users[inner], np.zeros(int(inner.sum()), bool), size)
    owners = root[users[~inner]]
    order = np.argsort(owners, kind="stable")
    whole = products.copy()
    whole[nodes[inner]] = False
    return compressed(owners, size), nodes[~inner][order], whole


def _roots(nodes: Ints, users: Ints, turned: Bools, size: int) -> tuple[Ints, Bools]:
    """For every node the end of its chain of users, and whether its sign changes on the way.

    Args:
        nodes: those with a user that takes them over.
        users: theirs.
        turned: whether the sign changes from one to the other.
        size: the number of all nodes.
    """
    root, flips = np.arange(size, dtype=np.int32), np.zeros(size, bool)
    ends = np.flatnonzero(np.append(users[:-1] != nodes[1:], True)[: len(nodes)])
    last = np.repeat(ends, np.diff(ends, prepend=-1))  # of the stretch that is a chain as it stands
    so_far = np.cumsum(turned)
    root[nodes] = users[last]
    flips[nodes] = (so_far[last] - so_far + turned) % 2
    while len(nodes):
        middle = root[nodes]
        further = root[middle]
        moves = further != middle
        nodes, middle = nodes[moves], middle[moves]
        flips[nodes] ^= flips[middle]
        root[nodes] = further[moves]
    return root, flips
