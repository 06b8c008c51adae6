"""`Derivatives`: what `gg.grad` asks for within a trace, noted as backward() is.

Note [Noted derivatives]
`gg.grad` walks back through the nodes behind a number, and writes its slopes down as it goes: so
its result can be differentiated again, at the price of a trace several times as long. Most results
never are. So at first only GRAD nodes are noted, which the later stages differentiate statement by
statement. Where a gradient turns out to flow through one of them after all, the function is traced
once more, and every slope is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...value import Value
from ..ir.graph import GRAD
from ..ir.liveness import reaching
from .finish import owners
from .stand_ins import leaf_behind

if TYPE_CHECKING:
    from .tape import Tape


class DifferentiatedAgain(BaseException):
    """A gradient flows through a GRAD node: the trace must write slopes down. No user sees it."""


class Derivatives:
    """Those of one trace.

    Args:
        tape: where they are noted.
        noted: whether they may be; else each is written down.
    """

    def __init__(self, tape: Tape, noted: bool) -> None:
        self._tape, self._noted = tape, noted
        self._nodes: list[int] = []

    def gradient(self, y: Any, inputs: Sequence[Value]) -> tuple[list[Value | float], bool] | None:
        """The derivatives of `y` by the inputs, and whether other Values take part in it.

        None where they are better written down: later stages do that for inputs that are computed.
        But slopes of what integers select cannot be.
        """
        tape, graph = self._tape, self._tape.graph
        if not self._noted or not isinstance(y, tape.node_class):
            return None
        root, nodes = tape.value_id(y), [tape.value_id(x) for x in inputs]
        assert root is not None
        by_leaves = all(x is not None and leaf_behind(graph, x) >= 0 for x in nodes)
        if graph.op[root] <= GRAD or not (by_leaves or tape.sites.has_selected):
            return None
        reach = reaching(graph, root, tape.sites.plain_tables)
        self.refuse_flow(reach)
        found: list[Value | float] = []
        for x in nodes:
            assert x is not None
            if x <= root and reach[x]:
                self._nodes.append(tape.emit(GRAD, root, x))
                found.append(tape.settled(tape.node_class(self._nodes[-1])))
            else:
                found.append(0.0)
        others = {node for node, leaf in owners(tape).items() if not leaf.is_constant} - set(nodes)
        return found, any(node <= root and reach[node] for node in others)

    def refuse_flow(self, reach: Sequence[int]) -> None:
        """Have the function traced again if a way in `reach` goes through what was noted."""
        if any(node < len(reach) and reach[node] for node in self._nodes):
            raise DifferentiatedAgain
