"""The end of a trace: what became of the captured Values are the outputs of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir.graph import PARAM, PARAM_GRAD, Graph
from ..ir.outputs import OUTPUTS
from .leaf import ADOPTED, DATA, DONE, FLAGS, INITIAL_SLOPE, NODE, REBOUND, SLOPE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...value import Value
    from .tape import Tape


def owners(tape: Tape) -> dict[int, Value]:
    """All nodes that stand for leaves."""
    nodes, values = tape.leaves.table()[:, NODE].tolist(), tape.leaves.values
    by_node = {k: x for k, x in zip(nodes, values, strict=True) if k >= 0}
    return by_node | tape.of_stop


def finished(tape: Tape) -> tuple[Graph, list[Value]]:
    """The graph with the outputs of the captured Values, and these Values by index."""
    table = tape.leaves.table()
    met = np.flatnonzero((table[:, NODE] >= 0) & (table[:, FLAGS] & ADOPTED == 0))
    for k in met[_is_pending(tape, table[met], met)].tolist():
        tape.gradient(tape.leaves.values[k])
    graph = tape.graph
    graph.rename((PARAM, PARAM_GRAD), met)
    first, data, grad, initial = tape.leaves.table()[met][:, [NODE, DATA, SLOPE, INITIAL_SLOPE]].T
    moved = np.stack([data != first, (grad >= 0) & (grad != initial)], axis=1)
    index, kind = np.nonzero(moved)
    node = np.stack([data, grad], axis=1)[moved]
    graph.outputs.extend(kind + OUTPUTS.index("data"), index, node)
    graph.lines = list(tape.writer.lines)
    return graph, [tape.leaves.values[k] for k in met.tolist()]


def _is_pending(tape: Tape, table: NDArray[np.int64], numbers: NDArray[np.int64]) -> Any:
    """Which of these leaves have a gradient that does not take account of all `backward()`."""
    pending = (table[:, SLOPE] >= 0) & (table[:, DONE] < len(tape.backwards))
    unasked = table[:, SLOPE] < 0
    nodes = table[:, NODE]
    for root, reach in tape.backwards:
        reached = np.frombuffer(reach, np.bool_)[np.minimum(nodes, root)]
        pending |= unasked & reached & (nodes <= root)
        for k in np.flatnonzero(unasked & (table[:, FLAGS] & REBOUND > 0)).tolist():
            versions = tape.leaves.nodes_of(int(numbers[k]))
            pending[k] |= any(0 <= node <= root and reach[node] for node in versions)
    return pending
