"""A graph whose nodes read others than before."""

from __future__ import annotations

from array import array
from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from .graph import PICK, STOP, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray


def redirected(graph: Graph, target: NDArray[np.int64]) -> Graph:
    """The same step in which whoever reads node i reads node `target[i]`, outputs included."""
    op = np.array(graph.op)
    target = np.append(target, -1)  # which an absent operand, -1, finds
    new = copy(graph)
    for name in ("a", "b", "c"):
        column = np.array(getattr(graph, name), np.int64)
        reads = (op >= STOP) & ((op != PICK) | (name == "a"))
        column[reads] = target[column[reads]]
        setattr(new, name, array("i", column.astype(np.int32).tobytes()))
    new.tables = [array("i", target[list(x)].astype(np.int32).tobytes()) for x in graph.tables]
    new.outputs = graph.outputs.by(target[np.array(graph.outputs.node, np.int64)])
    return new
