"""A trace as supernodes: sums of products, which swallow chains of + - * and neg, and rows.

Only numbers used once are swallowed, so nothing is computed twice. Signs become coefficients. A
product is not merged into another product where a factor may be inf or nan: its gradient settles
factor by factor (see Note [Settled products] in risk.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import OPCODES, PICK, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

LEAF, SUM, ROW, NOTHING = 0, 1, 2, 3
_ADD, _SUB, _NEG, _MUL = (OPCODES[name] for name in ("add", "sub", "neg", "mul"))


@dataclass(slots=True)
class Candidates:
    """The tables of PICK nodes as compressed rows; `table` is a node's, -1 for any other node."""

    table: Ints
    starts: Ints
    nodes: Ints

    def of(self, tables: Ints) -> tuple[Ints, Ints]:
        """The candidates of these tables one after another, and how many each has."""
        starts, ends = self.starts[tables], self.starts[tables + 1]
        return self.nodes[ranges(starts, ends)], ends - starts


def candidates_of(graph: Graph, live: NDArray[np.bool_]) -> Candidates:
    """The tables of the live PICK nodes; tables of others are left empty."""
    picks = (np.array(graph.op, np.int64) == PICK) & live
    table = np.where(picks, np.array(graph.b, np.int64), -1)
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


def ranges(starts: Ints, ends: Ints) -> Ints:
    """The whole numbers of starts[k]:ends[k] for every k, one after another."""
    counts = ends - starts
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def compressed(owners: Ints, size: int) -> Ints:
    """Where each owner's entries start in a list sorted by owner, `size` owners in all."""
    starts = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=size), out=starts[1:])
    return starts


def find_supernodes(
    op: Ints, inputs: Ints, live: Bools, kept: Ints, risky: Bools, candidates: Candidates
) -> Supernodes:
    """Group the nodes of a trace; `kept` are read from outside, so they stay by themselves."""
    size = len(op)
    kept = np.concatenate((kept, candidates.nodes))
    nodes = np.arange(size)
    is_leaf = inputs[0] < 0
    edges = (inputs >= 0) & live
    uses = sum(np.bincount(inputs[k][edges[k]], minlength=size) for k in range(3))
    uses = np.asarray(uses) + 2 * np.bincount(kept, minlength=size)
    consumer, slot = np.full(size, -1), np.zeros(size, np.int8)
    for k in range(3):
        users = nodes[edges[k]]
        consumer[inputs[k][users]], slot[inputs[k][users]] = users, k
    once = (uses == 1) & live & ~is_leaf
    of_user = np.where(once, op[consumer], -1)
    adds = np.isin(op, (_ADD, _SUB, _NEG)) & live
    products = (op == _MUL) & live
    into_sum = once & np.isin(of_user, (_ADD, _SUB, _NEG))
    calm = ~np.logical_or.reduce([edges[k] & risky[inputs[k]] for k in range(2)])
    into_product = once & (of_user == _MUL) & products & calm & calm[consumer]

    turned = into_sum & ((of_user == _NEG) | ((of_user == _SUB) & (slot == 1)))
    sum_root, sum_sign = _roots(adds & into_sum, consumer, turned)
    product_root, _ = _roots(into_product, consumer, np.zeros(size, bool))

    owners, members = _leaves_of(products, into_product, inputs, edges)
    owners = product_root[owners]
    order = np.argsort(owners, kind="stable")
    factor_starts, product_factors = compressed(owners, size), members[order]

    is_product = products & ~into_product
    swallowed = is_product & into_sum
    term_owner, term_node, term_sign = [], [], []
    for k in range(2):
        at = nodes[adds & edges[k]]
        at = at[~(adds & into_sum)[inputs[k][at]]]
        negative = (op[at] == _NEG) | ((op[at] == _SUB) & (k == 1))
        term_owner.append(sum_root[at])
        term_node.append(inputs[k][at])
        term_sign.append(sum_sign[at] * np.where(negative, -1, 1))
    alone = nodes[is_product & ~swallowed]
    owner = np.concatenate([*term_owner, alone])
    node = np.concatenate([*term_node, alone])
    sign = np.concatenate([*term_sign, np.ones(len(alone), int)]).astype(np.int8)
    order = np.lexsort((node, owner))
    owner, node, sign = owner[order], node[order], sign[order]

    composed = swallowed[node] | (is_product[node] & (owner == node))
    counts = np.where(composed, factor_starts[node + 1] - factor_starts[node], 1)
    starts = np.concatenate(([0], np.cumsum(counts)))
    factors = np.empty(starts[-1], np.int64)
    factors[starts[:-1][~composed]] = node[~composed]
    source = node[composed]
    factors[ranges(starts[:-1][composed], starts[1:][composed])] = product_factors[
        ranges(factor_starts[source], factor_starts[source + 1])
    ]
    kind = np.where(is_leaf, LEAF, ROW).astype(np.int8)
    kind[adds | products] = NOTHING
    kind[owner] = SUM
    kind[candidates.table >= 0] = ROW
    kind[~live] = NOTHING
    terms = compressed(owner, size)
    return Supernodes(kind, op, inputs, terms, sign, starts, factors, candidates)


def _roots(absorbed: Bools, consumer: Ints, turned: Bools) -> tuple[Ints, Ints]:
    """For every node the end of its chain of consumers, and the sign met on the way."""
    root = np.where(absorbed, consumer, np.arange(len(absorbed)))
    sign = np.where(absorbed & turned, -1, 1)
    while True:
        further = root[root]
        if np.array_equal(further, root):
            return root, sign
        sign = sign * sign[root]
        root = further


def _leaves_of(
    inner: Bools, absorbed: Bools, inputs: Ints, edges: NDArray[np.bool_]
) -> tuple[Ints, Ints]:
    """The operands of `inner` nodes that are not absorbed, left before right, with their user."""
    users = np.repeat(np.flatnonzero(inner), 2)
    slots = np.tile([0, 1], len(users) // 2)
    operands = inputs[slots, users]
    keep = edges[slots, users] & ~absorbed[operands]
    return users[keep], operands[keep]
