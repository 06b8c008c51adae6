from __future__ import annotations

from typing import Any

import pytest

from glassgrad.compiler.ir.loops import Program
from glassgrad.compiler.ir.outside import Outside, outside_of
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.expand import expand_gradients
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified


def interpreted(program: Program, outside: Outside, case: Any) -> list[float]:
    """The outputs of a program by the plain interpreter of loops."""
    kinds = outside.kinds
    memory = {
        kinds["PARAM"]: case.params.copy(),
        kinds["PARAM_GRAD"]: case.grads.copy(),
        kinds["STATE"]: case.states.copy(),
    }
    memory.update(zip(outside.inputs, (x.copy() for x in case.arguments), strict=True))
    program.verify()
    program.run(memory)
    names = {"data": "PARAM", "grad": "PARAM_GRAD", "state": "STATE", "result": "RESULT"}
    return [memory[kinds[names[out.kind]]][out.index] for out in case.graph.outputs]


def test_rolled_scalar_adjoints_compute_what_the_graph_says(case: Any) -> None:
    """With GRAD written out as scalars first, the loops agree with the graph's interpreter."""
    if len(case.graph) > 50_000:
        pytest.skip("the scalar adjoint of a long trace takes seconds, and shows nothing new")
    outside = outside_of(case.graph)
    rolled = roll(expand_gradients(case.graph), outside)
    assert rolled is not None
    case.agrees(interpreted(rolled.program, outside, case))


def test_rolled_then_differentiated_computes_what_the_graph_says(case: Any) -> None:
    """With the statements differentiated, the loops agree with the graph's interpreter."""
    graph = simplified(case.graph)
    if graph is None:
        pytest.skip("these gradients are written out as scalars")
    outside = outside_of(case.graph)
    rolled = roll(graph, outside)
    assert rolled is not None
    case.agrees(interpreted(differentiate(rolled), outside, case))
