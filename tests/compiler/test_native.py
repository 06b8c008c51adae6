from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from glassgrad.compiler.emitting.lower import CannotLower
from glassgrad.compiler.ir.graph import Graph
from glassgrad.compiler.rolling.symbols import Symbol
from glassgrad.compiler.running.native import build
from glassgrad.ops import TABLE, Primitive


@pytest.mark.parametrize("most_families", [200, 0])
def test_native_code_computes_what_the_graph_says(case: Any, make: Any, most_families: int) -> None:
    """Values, gradients, updates and states agree, as loops and one operation after another."""
    if most_families == 0 and len(case.graph) > 50_000:
        pytest.skip("the scalar adjoint of a long trace takes seconds, and shows nothing new")
    case.agrees(make[2](build(case.graph, most_families), case))


@pytest.mark.parametrize("most_families", [200, 0])
def test_repeat_is_so_many_calls(case: Any, make: Any, most_families: int) -> None:
    """Four steps in one call leave the same bits as four calls, and give the four results."""
    if len(case.graph) > 5_000:
        pytest.skip("one trace of each kind is enough")
    once, many = build(case.graph, most_families), build(case.graph, most_families)
    make[2](once, case)
    first = once.results.copy()
    for step in (once, many):
        step.parameters[:], step.gradients[:], step.states[:] = case.params, case.grads, case.states
    results = [once(case.arguments).copy() for _ in range(4)]
    rows = many.repeat(4, case.arguments)
    np.testing.assert_array_equal(rows, results)
    np.testing.assert_array_equal(rows[0], first)
    for name in ("parameters", "gradients", "states"):
        np.testing.assert_array_equal(getattr(once, name), getattr(many, name))


def edge(name: str, trace_of: Any) -> Graph:
    """A small trace of a kind that is easily forgotten."""
    trace = trace_of(())
    graph, p, x = trace.graph, trace.param(), trace.input()
    if name == "outputs that are leaves":
        graph.output("data", 0, x.node)
        graph.output("result", 0, p.node)
        graph.output("result", 1, x.node)
        graph.output("result", 2, graph.constant(math.nan))
        graph.output("result", 3, graph.constant(-0.0))
    elif name == "the loss is a parameter":
        trace.finish(p)
    elif name == "an unused parameter":
        trace.param()
        trace.finish(p * x)
    elif name == "a gradient added to the old one":
        old = Symbol(graph, graph.add("PARAM_GRAD", 0))
        graph.output("grad", 0, (old + trace.grad(p * p + x * p, p)).node)
    elif name == "a deep chain":
        for _ in range(3000):
            p = p * 0.999 + trace.parameters[0]
        trace.finish(p)
    return graph


@pytest.mark.parametrize("most_families", [200, 0])
@pytest.mark.parametrize(
    "name",
    [
        "nothing to do",
        "outputs that are leaves",
        "the loss is a parameter",
        "an unused parameter",
        "a gradient added to the old one",
        "a deep chain",
    ],
)
def test_small_and_odd_traces_agree(make: Any, name: str, most_families: int) -> None:
    """What has no loop, no operation or no gradient in it runs like any other trace."""
    trace_of, case_of, run = make
    case = case_of(edge(name, trace_of))
    case.agrees(run(build(case.graph, most_families), case))


def test_irregular_traces_have_code_of_a_fixed_size(make: Any) -> None:
    """A chain of 2000 unlike operations compiles to what a chain of 1000 compiles to."""
    sizes = []
    for count in (1000, 2000):
        trace = make[0](())
        x = trace.param()
        rng = random.Random(4)
        for _ in range(count):
            x = x.tanh() if rng.random() < 0.6 else x * trace.parameters[0]
        step = build(trace.finish(x))
        assert step.loops is None
        sizes.append(step.llvm.count("\n"))
    assert sizes[0] == sizes[1] < 200


def test_a_row_without_native_code_says_so(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of the user's own is refused by name, not computed wrongly."""
    row = Primitive(
        name="cubed",
        forward=lambda x: x**3,
        partials=lambda y, x: (3.0 * x * x,),
        domain=((1.0, 2.0),),
        says="The volume over an edge.",
    )
    monkeypatch.setitem(TABLE, "cubed", row)
    trace = make[0](())
    x = trace.param()
    graph = trace.finish(row(x))
    with pytest.raises(CannotLower, match="cubed"):
        build(graph)
