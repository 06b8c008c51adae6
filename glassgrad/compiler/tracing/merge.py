"""Several traces of one function, made with other integers, as one graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from ..ir.graph import GRAD, PICK, STOP, Graph
from .numbers import TraceError

Probed = dict[int, int]  # PICK node -> the index that stood for its integer
Seen = tuple[int, ...]  # what one operand was, trace by trace


def merge(graphs: Sequence[Graph], probed: Sequence[Probed], retired: dict[int, int]) -> bool:
    """Make the first graph read its PICK nodes where the graphs read different candidates.

    Args:
        graphs: the traces.
        probed: what integers stood for in each.
        retired: nodes that leaves were for some time -> the first node after that.

    Returns:
        False if the graphs are too few to tell: then the first graph is as it was.

    Raises:
        TraceError: the traces differ in something else; says where.
    """
    first = graphs[0]
    lengths = {len(graph) for graph in graphs}
    if len(lengths) > 1 or any(graph.op != first.op for graph in graphs):
        part(first, _first_difference(graphs))
    if any(graph.constants.tobytes() != first.constants.tobytes() for graph in graphs):
        part(first, len(first) - 1)
    kinds = first.outputs.kind, first.outputs.index
    if any((graph.outputs.kind, graph.outputs.index) != kinds for graph in graphs):
        part(first, len(first) - 1)
    return _Merge(graphs, probed, retired).done()


class _Merge:
    def __init__(
        self, graphs: Sequence[Graph], probed: Sequence[Probed], retired: dict[int, int]
    ) -> None:
        self.graphs, self.probed, self.retired = graphs, probed, retired
        self.picks: dict[Seen, int] = {}  # what was read -> the PICK that it means
        self.meaning: dict[int, tuple[int, Seen]] = {}  # PICK -> its integer and candidates
        self.ambiguous: set[Seen] = set()
        self.tables: dict[Seen, list[int]] = {}
        self.enough = True

    def done(self) -> bool:
        first = self.graphs[0]
        integers: dict[int, int] = {}
        tables: dict[int, list[int]] = {}
        for i in [i for i, op in enumerate(first.op) if op == PICK]:
            integers[i] = self._explained(tuple(graph.a[i] for graph in self.graphs), i)
            tables[i] = self._table(tuple(graph.b[i] for graph in self.graphs), i)
            if i in self.probed[0]:
                self._register(i, integers[i], tables[i])
        changes = list(self._operands())
        seen = zip(*(graph.outputs.node for graph in self.graphs), strict=True)
        outputs = first.outputs.by([self._explained(nodes, len(first)) for nodes in seen])
        if not self.enough:
            return False
        for column, i, node in changes:
            (first.a, first.b, first.c)[column][i] = node
        first.tables, first._table_numbers = [], {}
        for i, integer in integers.items():
            first.a[i], first.b[i] = integer, first.table(tables[i])
        first.outputs = outputs
        return True

    def _operands(self) -> list[tuple[int, int, int]]:
        """Every operand that differs: which of the three, its node, and what it is."""
        op = np.array(self.graphs[0].op)
        changes = []
        for column in range(3):
            rows = np.stack([np.array((g.a, g.b, g.c)[column]) for g in self.graphs])
            differs = (rows != rows[0]).any(axis=0) & (op != PICK)
            for i in np.flatnonzero(differs).tolist():
                is_root = op[i] == GRAD and column == 0
                if op[i] < PICK and op[i] != STOP and not is_root:
                    part(self.graphs[0], i)
                node = self._explained(tuple(rows[:, i].tolist()), i)
                changes.append((column, i, node))
        return changes

    def _table(self, numbers: Seen, i: int) -> list[int]:
        """The candidates of a PICK, where another PICK may be among them."""
        if numbers not in self.tables:
            rows = [graph.tables[k] for graph, k in zip(self.graphs, numbers, strict=True)]
            if len(set(map(len, rows))) > 1:
                part(self.graphs[0], i)
            self.tables[numbers] = [self._explained(seen, i) for seen in zip(*rows, strict=True)]
        return self.tables[numbers]

    def _register(self, i: int, integer: int, table: list[int]) -> None:
        """Note what reads of a PICK look like in the traces."""
        seen = tuple(
            graph.tables[graph.b[i]][probed.get(i, 0)]
            for graph, probed in zip(self.graphs, self.probed, strict=True)
        )
        if len(set(table)) == 1:
            return
        if len(set(seen)) == 1:
            self.enough = False
        meaning = (integer, tuple(table))
        if seen not in self.picks:
            self.picks[seen] = i
            self.meaning[i] = meaning
        elif self.meaning[self.picks[seen]] != meaning:
            self.ambiguous.add(seen)

    def _explained(self, seen: Seen, i: int) -> int:
        """The node that an operand of node i is, given what it was in each trace."""
        if len(set(seen)) == 1:
            return seen[0]
        if seen in self.ambiguous:
            self.enough = False
            return seen[0]
        pick = self.picks.get(seen, i)
        if pick >= i:
            part(self.graphs[0], i)
        if self.retired and self._is_stale(pick, i):
            raise TraceError(
                f"What an integer selects is used {_where(self.graphs[0], i)} after the data of "
                "something that it may be was assigned. Select it again, after the assignment."
            )
        return pick

    def _is_stale(self, pick: int, i: int) -> bool:
        return any(self.retired.get(x, i + 1) <= i for x in self.meaning[pick][1])


def _first_difference(graphs: Sequence[Graph]) -> int:
    """The first node that is another operation in another graph."""
    for i, ops in enumerate(zip(*(graph.op for graph in graphs), strict=False)):
        if len(set(ops)) > 1:
            return i
    return min(map(len, graphs)) - 1


def part(graph: Graph, i: int) -> NoReturn:
    """Say that what node i computes differs from trace to trace.

    Raises:
        TraceError: always.
    """
    raise TraceError(
        f"What is computed {_where(graph, i)} depends on an integer among the arguments in a way "
        "that cannot be compiled: one that selects an element may lead to other numbers, but not "
        "to other operations, gradients or assignments. Work on all elements and choose with "
        "gg.where, or select by gg.take(sequence, index)."
    )


def _where(graph: Graph, i: int) -> str:
    line = graph.line[min(i, len(graph) - 1)] if len(graph) else -1
    return f"at {graph.lines[line]}" if line >= 0 and graph.lines[line] else "in the function"
