from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.compiler.ir.graph import GRAD, NAMES, STOP
from glassgrad.compiler.ir.liveness import live_nodes
from glassgrad.compiler.ir.outside import outside_of
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.expand import expand_gradients
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified
from glassgrad.compiler.running.native import build


def test_a_layer_has_three_products(make: Any) -> None:
    """Forward, by weights and by inputs: one sum of products each, for the whole batch."""
    trace = make[0]((9, 5))
    w, v = [trace.params(5) for _ in range(4)], trace.params(4)
    loss = 0.0
    for x in trace.inputs(9, 5):
        hidden = [sum(a * b for a, b in zip(ws, x, strict=True)).tanh() for ws in w]
        loss = loss + sum(a * b for a, b in zip(v, hidden, strict=True)) ** 2
    graph = simplified(trace.finish(loss))
    assert graph is not None
    rolled = roll(graph, outside_of(graph))
    assert rolled is not None
    products = [
        statement.domain + group.reduction
        for statement in differentiate(rolled).statements()
        for groups in statement.sums
        for group in groups
        if len(group.operands) == 2 and group.reduction
    ]
    assert sorted(products) == [(4, 5, 9), (4, 9), (9,), (9, 4), (9, 4, 5)]


def test_expanded_gradients_need_no_grad(case: Any) -> None:
    """What is written out holds rows and leaves only, and verifies."""
    if len(case.graph) > 5_000:
        return
    graph = expand_gradients(case.graph)
    graph.verify()
    assert not {GRAD, STOP} & set(graph.op)


def test_squares_become_products(make: Any) -> None:
    """X ** 2 is x * x, so that its slope needs no power; other powers stay."""
    trace = make[0](())
    p = trace.param()
    graph = simplified(trace.finish(p**2 + p**3))
    assert graph is not None
    assert [NAMES[op] for op in graph.op].count("pow") == 1


def test_gradients_that_statements_do_not_cover_are_written_out(make: Any) -> None:
    """A gradient by a computed number, and one past a STOP, still come out right."""
    trace_of, case_of, run = make
    trace = trace_of(())
    a, b = trace.params(2)
    inner = a * b
    root = ops.sin(inner) * trace.stop(inner)
    trace.graph.output("result", 0, trace.grad(root, inner).node)
    trace.graph.output("grad", 1, trace.grad(root, b).node)
    assert simplified(trace.graph) is None
    case = case_of(trace.graph)
    x, y = case.params
    slope = math.cos(x * y) * (x * y)
    np.testing.assert_allclose(run(build(trace.graph), case), [slope, slope * x], rtol=1e-13)


def test_what_was_not_chosen_does_not_leak(make: Any) -> None:
    """An inf and a nan in the untaken sides leave the gradient of the taken side alone."""
    trace_of, case_of, run = make
    trace = trace_of((2,))
    p = trace.param()
    good, bad = trace.inputs(2)
    missing = p * bad + (p - p).log() + 1.0 / (p - p) + (-abs(p)).sqrt()
    loss = ops.where(good, p * good, missing) + ops.where(0.0 * good, missing, p)
    graph = trace.finish(loss)
    case = case_of(graph)
    case.arguments[0][:] = 0.75, math.nan
    gradient = run(build(graph), case)[0]
    assert gradient == 1.75


def test_nothing_flows_back_to_a_condition(make: Any) -> None:
    """What decides a choice gets no adjoint, nor does what that was made of; the sides get theirs.

    The larger of p q and q is p q at 2 and 3, which is not 0, so that the loss is p ** 3.
    """
    trace_of, case_of, run = make
    trace = trace_of(())
    p, q = trace.params(2)
    graph = trace.finish(ops.where(ops.maximum(p * q, q), p * p * p, q))
    rolled = roll(simplified(graph), outside_of(graph))
    assert rolled is not None
    assert "gt" not in {s.row for s in differentiate(rolled).statements()}  # which side is larger
    case = case_of(graph)
    case.params[:] = 2.0, 3.0
    by_p, _, by_q, _ = run(build(graph), case)[:4]
    assert (by_p, by_q) == (12.0, 0.0)


def test_a_stop_that_hides_no_parameter_changes_nothing(make: Any) -> None:
    """A STOP of arguments alone is dropped; one of parameters stays, and holds the gradient up."""
    found = []
    for hidden in (False, True):
        trace = make[0]((1,))
        a, x = trace.param(), trace.input()
        loss = a * trace.stop(a * x if hidden else -x)
        graph = simplified(trace.finish(loss))
        assert graph is not None
        found.append(bool(live_nodes(graph)[np.array(graph.op) == STOP].any()))
        case = make[1](trace.graph)
        case.agrees(make[2](build(trace.graph), case))
    assert found == [False, True]


def test_an_infinite_number_chosen_and_then_left_out_does_not_leak(make: Any) -> None:
    """An inf that came through `where` counts as one: the slope by p of inf * p, left out, is 0."""
    trace_of, case_of, run = make
    trace = trace_of((2,))
    p = trace.param()
    yes, x = trace.inputs(2)
    infinite = ops.where(yes, 1.0 / (x - x), x)
    graph = trace.finish(ops.where(0.0 * yes, infinite * p, p * p))
    case = case_of(graph)
    case.arguments[0][:] = 1.0, 0.5
    for most_families in (200, 0):
        gradient = run(build(graph, most_families), case)[0]
        assert gradient == 2.0 * case.params[0]


def test_a_stop_holds_gradients_up_in_statements(make: Any) -> None:
    """A loss shifted by a stopped largest number rolls, and nothing flows back by that number."""
    trace_of, case_of, run = make
    trace = trace_of(())
    w = [trace.params(3) for _ in range(4)]
    loss = 0.0
    for row in w:
        largest = trace.stop(ops.maximum(ops.maximum(row[0], row[1]), row[2]))
        loss = loss + sum(x * largest for x in row) * trace.stop(row[0])
    trace.graph.output("result", 0, loss.node)
    for i, p in enumerate(p for row in w for p in row):
        trace.graph.output("grad", i, trace.grad(loss, p).node)
    graph = simplified(trace.graph)
    assert graph is not None
    rolled = roll(graph, outside_of(graph))
    assert rolled is not None
    assert len(list(rolled.program.statements())) < 12
    case = case_of(trace.graph)
    numbers = np.reshape(case.params[:12], (4, 3))
    largest, first = numbers.max(1), numbers[:, 0]
    expected = [float((numbers.sum(1) * largest * first).sum()), *np.repeat(largest * first, 3)]
    np.testing.assert_allclose(run(build(trace.graph), case), expected, rtol=1e-13)
    np.testing.assert_allclose(run(build(trace.graph, 0), case), expected, rtol=1e-13)
