"""Graph -> LLVM's text: the stages on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..ir.loops import Program, Storage
from ..ir.outside import Outside, outside_of
from ..ir.progress import stage
from ..rolling.constants import with_constants
from ..rolling.differentiate import differentiate
from ..rolling.extrapolate import extrapolated
from ..rolling.roll import roll
from ..rolling.shares import with_few_shares
from ..rolling.simplify import rollable
from ..rolling.transpose import Transposed
from ..tracing.picks import Selection
from .copies import with_copies
from .emit import emit
from .in_place import with_rows_in_place
from .irregular import Operations
from .layout import Layout
from .reciprocals import with_reciprocals

if TYPE_CHECKING:
    from ..ir.floats import Float
    from ..ir.graph import Graph
    from .captured import Captured


class Stages:
    """What a graph becomes on its way to machine code.

    Args:
        captured: where the captured Values have their numbers.
        most_families: where the trace has more kinds of work than this, its operations run one by
            one from a table instead of as loops of their own.
        kind: the type of all numbers.
        width: how many of them a vector holds.

    Attributes:
        loops: the statements; None where a trace is too irregular for any.
        llvm: the LLVM IR.
        layout: where everything lies.
        outside: the storages by which a step meets the world.
        inputs: those of the arguments, as the step has them, each with the order of its axes.
    """

    def __init__(
        self, graph: Graph, captured: Captured, most_families: int, kind: Float, width: int
    ) -> None:
        self.outside = outside = outside_of(graph)
        self.layout = layout = Layout(kind)
        for storage in outside.kinds.values():
            layout.place(storage)
        selection = Selection(graph)
        transposed = _rolled(graph, outside, selection, most_families, width)
        self.loops: Program | None = None
        self.inputs: list[tuple[Storage, tuple[int, ...]]] = []
        for storage in outside.inputs:
            axes = tuple(range(len(storage.shape)))
            if transposed is None:
                self.inputs.append((storage, axes))
            else:
                axes = transposed.axes.get(storage, axes)
                self.inputs.append((transposed.storage(storage), axes))
        start = layout.size
        for storage, _ in self.inputs:
            layout.place(storage)
        layout.inputs = range(start, layout.size)
        with stage("emit"):
            if transposed is None:
                self.llvm = Operations(graph, outside, layout, captured, selection).text
            else:
                self.loops = transposed.program
                products = with_reciprocals(with_constants(self.loops), kind)
                fewer = with_few_shares(products)
                fewer.verify()
                self.addressed = addressed = with_rows_in_place(captured.addressed(fewer))
                layout.place_program(addressed)
                self.llvm = emit(addressed, layout, outside.kinds["RESULT"], width)


def _rolled(
    graph: Graph, outside: Outside, selection: Selection, most: int, width: int
) -> Transposed | None:
    """The step as loops with the batch innermost; None where it has too many kinds of work."""
    rolled = None
    if not len(selection):
        with stage("shorten"):
            rolled = extrapolated(graph, outside, most)
    if rolled is None:
        with stage("simplify"):
            graph = rollable(graph)
        with stage("roll"):
            rolled = roll(graph, outside, most, selection)
    if rolled is None:
        return None
    with stage("differentiate"):
        program = differentiate(rolled)
        program.verify()
    with stage("arrange"):
        transposed = Transposed(program, width)
        transposed.program = with_copies(transposed.program, width)
        transposed.program.verify()
    return transposed
