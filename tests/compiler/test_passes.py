"""The passes over a trace take many nodes at once, and say what a look at each node says."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.ir.graph import CONST, GRAD, NAMES, PICK, STOP, Graph
from glassgrad.compiler.ir.liveness import live_nodes, reaching
from glassgrad.compiler.rolling.risk import extend_risky, risky_nodes
from glassgrad.compiler.rolling.supernodes import SUM, candidates_of, find_supernodes
from glassgrad.compiler.rolling.windows import Tape
from glassgrad.compiler.tracing.arguments import Arguments
from glassgrad.compiler.tracing.trace import trace

_ROWS = ["add", "sub", "mul", "tanh", "relu", "where", "div", "pow", "exp", "STOP", "neg", "lt"]


def random_graph(seed: int, all_used: bool, picks: float = 0.0) -> Graph:
    """Operations on anything before them; with `all_used` none is left over.

    A share of `picks` of them selects, and may read in the place of a candidate.
    """
    rng = random.Random(seed)
    graph = Graph([(2,)])
    nodes = [graph.add("INPUT", 0), graph.add("PARAM", 0), graph.add("PARAM", 1)]
    numbers = [0.0, -0.0, 1.0, 2.0, 0.5, 3.0, math.inf, math.nan, -1.0]
    nodes += [graph.constant(rng.choice(numbers)) for _ in range(4)]
    open_ = []
    for _ in range(rng.choice([3, 40, 2500])):
        if rng.random() < picks:
            table = graph.table(rng.sample(nodes, min(5, len(nodes))))
            nodes.append(graph.add("PICK", 0, table))
            open_ += [nodes[-1]] if seed % 3 else graph.tables[table][:2]
            continue
        name = rng.choice(_ROWS)
        arity = 1 if name == "STOP" else gg.ops.TABLE[name].arity
        operands = [rng.choice(nodes[-rng.choice([3, 60]) :]) for _ in range(arity)]
        if rng.random() < 0.3:
            operands[-1] = rng.choice(nodes[:7])
        nodes.append(graph.add(name, *operands))
        open_.append(nodes[-1])
    total = nodes[-1]
    if all_used:
        for x in open_:
            total = graph.add("add", total, x)
    graph.output("result", 0, graph.add("GRAD", total, 1))
    graph.output("result", 1, total)
    return graph


def needed(graph: Graph, roots: list[int], first: int) -> set[int]:
    """The roots and all that they are made of, by a walk."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        i = waiting.pop()
        if i not in found:
            found.add(i)
            if graph.op[i] == PICK:
                waiting += graph.operands(i)[1:]  # the integer is known before
            elif graph.op[i] >= first:
                waiting += graph.operands(i)
    return found


def flowing(graph: Graph, root: int, plain: set[int]) -> set[int]:
    """From where gradients flow to a root, going back node by node."""
    found = {root}
    for i in range(root, -1, -1):
        if graph.op[i] == PICK:
            candidates = set() if graph.b[i] in plain else set(graph.tables[graph.b[i]])
            if i in found or found & candidates:
                found |= candidates
        elif i in found and graph.op[i] > GRAD:
            found.update(graph.operands(i))
    return found


@pytest.mark.parametrize("all_used", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_what_counts_is_what_a_walk_finds(seed: int, all_used: bool) -> None:
    """Live nodes are those behind the outputs; to a root lead those behind it, but by no STOP."""
    graph = random_graph(seed, all_used)
    roots = [out.node for out in graph.outputs]
    live = live_nodes(graph).nonzero()[0].tolist()
    assert set(live) == needed(graph, roots, STOP)
    for root in (roots[1], len(graph) // 2):
        reach = reaching(graph, root)
        assert len(reach) == root + 1
        assert {i for i in range(root + 1) if reach[i]} == needed(graph, [root], GRAD + 1)


@pytest.mark.parametrize("all_used", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_what_counts_where_integers_select(seed: int, all_used: bool) -> None:
    """All candidates of a PICK are live with it; one that is read after it stands for all."""
    graph = random_graph(seed, all_used, picks=0.1)
    roots = [out.node for out in graph.outputs]
    assert set(live_nodes(graph).nonzero()[0].tolist()) == needed(graph, roots, STOP)
    for root in (roots[1], len(graph) // 2):
        for plain in (set(), set(range(0, len(graph.tables), 2))):
            reach = reaching(graph, root, plain)
            assert {i for i in range(root + 1) if reach[i]} == flowing(graph, root, plain)


def test_what_was_read_before_an_integer_selected() -> None:
    """It does not stand for the other candidates, which no gradient reaches."""
    graph = Graph([()])
    x, first, second = graph.add("INPUT", 0), graph.add("PARAM", 0), graph.add("PARAM", 1)
    square = graph.add("mul", first, first)
    pick = graph.add("PICK", x, graph.table([first, second]))
    root = graph.add("tanh", square)
    assert list(reaching(graph, root)) == [0, 1, 0, 1, 0, 1]
    root = graph.add("mul", root, pick)
    assert list(reaching(graph, root)) == [0, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("chooses", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_risk_is_what_going_node_by_node_finds(seed: int, chooses: bool) -> None:
    """A stretch of nodes at a time, the answers are those of one node after another."""
    graph = random_graph(seed, seed % 2 == 0, picks=(0.0, 0.05)[seed % 3 == 0])
    expected = bytearray()
    extend_risky(graph, expected, lambda _: chooses)
    assert risky_nodes(graph, chooses).tolist() == [bool(x) for x in expected]


def test_a_risk_that_goes_a_long_way() -> None:
    """After one exp a thousand sums in a chain may be infinite, those before it not."""
    graph = Graph()
    x = graph.add("PARAM", 0)
    for _ in range(700):
        x = graph.add("add", x, x)
    calm = x
    x = graph.add("exp", x)
    for _ in range(1000):
        x = graph.add("add", x, 0)
    risky = risky_nodes(graph, False)
    assert not risky[: calm + 1].any()
    assert risky[calm + 1 :].all()


def test_a_trace_longer_than_what_waits_is_whole() -> None:
    """40,000 operations in a row stand in their order, and each with the user's line."""
    w = Value(0.25)

    def step() -> Value:
        y = w * w
        for _ in range(20_000):
            y = y * 0.5
            y = y + w
        return y

    graph = trace(step, Arguments((), {}, [])).graph
    graph.verify()
    names = [NAMES[op] for op in graph.op if op != CONST]
    assert names == ["PARAM", "mul", *["mul", "add"] * 20_000]
    lines = {graph.lines[x] for x in graph.line if x >= 0}
    assert len(lines) == 3
    assert all("test_passes.py" in line for line in lines)
    x = 0.7 * 0.7
    for _ in range(20_000):
        x = x * 0.5 + 0.7
    assert graph.evaluate([], [0.7]) == [x]


@pytest.mark.parametrize("seed", range(8))
def test_sums_of_products_come_to_what_their_nodes_do(seed: int) -> None:
    """Signs turn on the way through chains, in stretches of the trace and between them."""
    rng = random.Random(seed)
    graph = Graph([(9,)])
    values = [rng.choice([-3, -2, 2, 3, 5]) for _ in range(9)]
    leaves = [graph.add("INPUT", i) for i in range(9)]
    unread: list[int] = []
    for _ in range(400):
        name = rng.choice(["sub", "sub", "add", "neg", "mul"])
        numbers = [rng.choice(leaves) for _ in range(1 if name == "neg" else 2)]
        for k in range(len(numbers)):  # mostly what was computed last, and read for once
            if unread and rng.random() < 0.6:
                numbers[k] = unread.pop(-1 if rng.random() < 0.8 else rng.randrange(len(unread)))
        unread.append(graph.add(name, *numbers))
        a, b = values[numbers[0]], values[numbers[-1]]
        values.append({"sub": a - b, "add": a + b, "neg": -a, "mul": a * b}[name])
    op, inputs = np.array(graph.op), np.array([graph.a, graph.b, graph.c])
    inputs[:, :9] = -1
    live, no_risk = np.ones(len(graph), bool), np.zeros(len(graph), bool)
    kept = np.array([*unread, rng.randrange(9, len(graph))])
    nodes = find_supernodes(op, inputs, live, kept, no_risk, candidates_of(graph, live))
    sums = [n for n in range(len(graph)) if nodes.kind[n] == SUM]
    assert set(kept.tolist()) <= set(sums)
    assert len(sums) < 200
    for n in sums:
        terms = range(nodes.terms[n], nodes.terms[n + 1])
        factors = [nodes.factors[nodes.starts[t] : nodes.starts[t + 1]].tolist() for t in terms]
        products = [math.prod(values[i] for i in each) for each in factors]
        signs = nodes.signs[terms.start : terms.stop].tolist()
        assert sum(x * sign for x, sign in zip(products, signs, strict=True)) == values[n]


def test_constants_are_told_apart_by_their_bits() -> None:
    """0.0 and -0.0 are two constants, nan is one, and a number met again is the same node."""
    w = Value(2.0)

    def step() -> list[Value]:
        numbers = [0.0, -0.0, 0.0, -0.0, math.nan, math.nan, 3.0, 3.0, 3]
        return [w * x for x in numbers]

    graph = trace(step, Arguments((), {}, [])).graph
    factors = [graph.b[out.node] for out in graph.outputs]
    assert [factors.index(x) for x in factors] == [0, 1, 0, 1, 4, 4, 6, 6, 6]
    assert [math.copysign(1.0, x) for x in graph.evaluate([], [5.0])[:4]] == [1.0, -1.0, 1.0, -1.0]


def test_a_window_whose_nodes_look_alike_for_long() -> None:
    """A step of 40 products and sums and one tanh repeats after 81 nodes, though 2 look alike."""
    w = Value(0.25)

    def step() -> Value:
        y = w * w
        for _ in range(90):
            for _ in range(40):
                y = y * w + w
            y = y.tanh()
        return y

    tape = Tape(trace(step, Arguments((), {}, [])).graph, 64)
    (window,) = tape.windows
    assert (window.period, window.times) == (81, 90)


def test_a_window_of_many_runs_that_count_up() -> None:
    """A step of 3 sums of 3,000 products each looks like itself 2 nodes on, but for 3 nodes."""
    weights = [[Value(0.25 * i - 0.125 * j) for i in range(3000)] for j in range(3)]

    def step(x: Any) -> Value:
        total = Value(0.0)
        for row in x:
            for ws in weights:
                total = total - sum((w * a for w, a in zip(ws, row, strict=True)), 1.0)
        return total

    arguments = Arguments((np.ones((9, 3000)),), {}, ["x"])
    (window,) = Tape(trace(step, arguments).graph, 8).windows
    assert (window.period, window.times) == (3 * (2 * 3000 + 1), 9)


def test_no_cut_reads_what_was_left_out() -> None:
    """Sixteen rows of numbers, squared and summed, come to what eager code gives."""
    w = gg.Value(0.479)

    def step(x: Any) -> Any:
        rows = [[gg.tanh(a) for a in row] for row in x]
        total = sum(sum(a * a for a in row) for row in rows)
        loss = total + gg.tanh(w) + gg.tanh(w) + gg.tanh(total)
        w.grad = 0.0
        loss.backward()
        return [loss, loss * w]

    x = [[math.cos(i + 2 * j) for j in range(4)] for i in range(16)]
    expected = [result.data for result in step(x)]
    slope = w.grad
    assert [result.data for result in gg.compile(step)(x)] == pytest.approx(expected, rel=1e-13)
    assert w.grad == pytest.approx(slope, rel=1e-13)
