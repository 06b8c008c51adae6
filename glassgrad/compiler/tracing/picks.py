"""`Selection`: what the whole numbers among the arguments select, worked out before a step runs.

The integers of PICK nodes are computed from arguments and constants alone, so a call knows all of
them before it starts: it checks their ranges, writes what they select into tables of indices, and
only then runs. Several PICK nodes of one integer among as many candidates are one site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import CONST, GRAD, INPUT, PICK, ROWS, Graph, GraphError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


class Selection:
    """The sites of a graph, and how the arguments of a call decide them.

    Attributes:
        site: the number of its site for every PICK node, in program order.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.site: list[int] = []
        sites: dict[tuple[int, int], int] = {}
        self._examples: list[int] = []  # a PICK node of each site
        for i in _picks_of(graph):
            key = (graph.a[i], len(graph.tables[graph.b[i]]))
            if key not in sites:
                sites[key] = len(sites)
                self._examples.append(i)
            self.site.append(sites[key])
        self._counts = np.array([count for _, count in sites], np.int64)
        integers = [node for node, _ in sites]
        self._computed = computed_from_arguments(graph, integers)
        self._read = [(k, graph.a[x]) for k, x in enumerate(integers) if graph.op[x] == INPUT]
        self._made = [(k, x) for k, x in enumerate(integers) if graph.op[x] != INPUT]
        self._at = tuple(np.array(pair, np.intp) for pair in zip(*self._read, strict=True))

    def __len__(self) -> int:
        return len(self._examples)

    def sites_in(self, graph: Graph) -> dict[int, int]:
        """PICK node -> site, in a graph that was made of this one: it has as many PICK nodes."""
        return dict(zip(_picks_of(graph), self.site, strict=True))

    def entries(self, inputs: NDArray[np.float64]) -> Ints:
        """For every site the number of the candidate that it takes.

        Args:
            inputs: the flattened arguments; or a row of them for each step, as the result then is.

        Raises:
            IndexError, TypeError: as in `Graph.picked`.
        """
        numbers = np.empty((*inputs.shape[:-1], len(self)))
        if self._read:
            where, positions = self._at
            numbers[..., where] = inputs[..., positions]
        if self._made:
            size = inputs.shape[-1]
            for row, own in zip(
                numbers.reshape(-1, len(self)), inputs.reshape(-1, size), strict=True
            ):
                values = self._values(own)
                for k, node in self._made:
                    row[k] = values[node]
        entries = np.where(numbers < 0.0, numbers + self._counts, numbers)
        right = (entries >= 0.0) & (entries < self._counts) & (entries == np.floor(entries))
        if not right.all():
            first = int(np.argmin(right))
            self.graph.picked(self._examples[first % len(self)], float(numbers.flat[first]))
        return entries.astype(np.int64)

    def _values(self, inputs: NDArray[np.float64]) -> dict[int, float]:
        """The numbers of the nodes behind integers that are computed."""
        graph, values = self.graph, dict[int, float]()
        for i in self._computed:
            op, row = graph.op[i], ROWS[graph.op[i]]
            if op == INPUT:
                values[i] = float(inputs[graph.a[i]])
            elif op == CONST:
                values[i] = graph.constants[graph.a[i]]
            elif op == PICK:
                values[i] = values[graph.picked(i, values[graph.a[i]])]
            elif row is not None:
                values[i] = row.forward(*[values[x] for x in graph.operands(i)])
            else:
                values[i] = values[graph.a[i]]  # STOP
        return values


def computed_from_arguments(graph: Graph, nodes: list[int]) -> list[int]:
    """These nodes and all that they are computed from, in order.

    Raises:
        GraphError: something else than arguments and constants is among it.
    """
    needed, pending = set(nodes), list(nodes)
    while pending:
        i = pending.pop()
        if graph.op[i] not in (INPUT, CONST) and (graph.op[i] < CONST or graph.op[i] == GRAD):
            raise GraphError(f"%{i} takes part in what selects, but a step may change it.")
        for x in graph.operands(i):
            if x not in needed:
                needed.add(x)
                pending.append(x)
    return sorted(needed)


def _picks_of(graph: Graph) -> list[int]:
    found: list[int] = np.flatnonzero(np.array(graph.op) == PICK).tolist()
    return found
