"""Guards of products, left out where they guard nothing.

`gg.grad` writes the slopes of what is differentiated again into the trace, and around each product
of slopes a guard, `where(maximum(ne(g, 0), lt(abs(g * slope), inf)), g * slope, 0)`: for 0 * inf
counts as 0 on the way back. Where neither factor may be inf or nan the product alone says the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ir.graph import CONST, OPCODES, PICK, Graph
from ..ir.redirect import redirected
from .risk import chooses_between_numbers, risky_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_WHERE, _MAXIMUM, _LT, _NE, _ABS, _MUL = (
    OPCODES[name] for name in ("where", "maximum", "lt", "ne", "abs", "mul")
)


def without_guards(graph: Graph) -> Graph:
    """The same step without the guards of products whose factors are finite."""
    op = np.array(graph.op)
    if not (op == _WHERE).any():
        return graph
    a, b, c = (np.array(x, np.int64) for x in (graph.a, graph.b, graph.c))
    guards = _guards(graph, op, a, b, c)
    others = np.ones(len(op), bool)
    others[guards] = others[a[guards]] = False
    risky = risky_nodes(graph, chooses_between_numbers(graph, np.unique(op[others]).tolist()))
    products = b[guards]
    calm = ~(risky[a[products]] | risky[b[products]])
    target = np.arange(len(op))
    target[guards[calm]] = products[calm]
    return redirected(graph, target)


def _guards(graph: Graph, op: NDArray[np.uint16], a: Ints, b: Ints, c: Ints) -> Ints:
    """The nodes that are the outermost of a guard."""
    constants = np.append(np.array(graph.constants), np.nan)
    number = constants[np.where(op == CONST, a, -1)]
    a, b, c = (np.where(op > PICK, x, -1) for x in (a, b, c))  # the others' may be no nodes

    def is_nonzero(nodes: Ints, product: Ints) -> NDArray[np.bool_]:
        """Whether a node says that a factor of a product is not 0."""
        of_factor = (a[nodes] == a[product]) | (a[nodes] == b[product])
        said: NDArray[np.bool_] = (op[nodes] == _NE) & of_factor & (number[b[nodes]] == 0.0)
        return said

    found = np.flatnonzero(op == _WHERE)
    found = found[(op[a[found]] == _MAXIMUM) & (op[b[found]] == _MUL) & (number[c[found]] == 0.0)]
    product, counts, test = b[found], a[a[found]], b[a[found]]
    is_finite = (op[test] == _LT) & (op[a[test]] == _ABS) & (number[b[test]] == np.inf)
    both = is_nonzero(a[counts], product) & is_nonzero(b[counts], product)
    one = is_nonzero(counts, product)
    is_guard = is_finite & (a[a[test]] == product) & (one | (op[counts] == _MUL) & both)
    guards: Ints = found[is_guard]
    return guards
