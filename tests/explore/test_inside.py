"""Looking inside: every number of an expression is the engine's, in the engine's order."""

import math
import random
from pathlib import Path

import pytest

import glassgrad as gg
from glassgrad.explore.inside.formula import partials_written
from glassgrad.explore.inside.look import graph_of
from glassgrad.explore.inside.questions import answer_to
from glassgrad.explore.inside.reading import read
from glassgrad.explore.inside.recipe import recipe_of, spelt_out
from glassgrad.explore.inside.session import expression_session
from glassgrad.explore.inside.subjects import OfSample, OfValue, subject_of
from glassgrad.explore.messages.inside import Answer, Ask, Graph, Held, Look
from glassgrad.explore.messages.parts import Refused, Report
from glassgrad.losses import squared
from glassgrad.nn import MLP
from glassgrad.ops import TABLE


def lecture() -> gg.Value:
    """The expression of the lecture: L = (a*b + c) * f = -8."""
    a, b = gg.Value(2.0, label="a"), gg.Value(-3.0, label="b")
    c, f = gg.Value(10.0, label="c"), gg.Value(-2.0, label="f")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    L = d * f
    L.label = "L"
    return L


def neuron() -> gg.Value:
    """The neuron of the lecture, whose output is 0.7071."""
    x1, x2 = gg.Value(2.0, label="x1"), gg.Value(0.0, label="x2")
    w1, w2 = gg.Value(-3.0, label="w1"), gg.Value(1.0, label="w2")
    b = gg.Value(6.8813735870195432, label="b")
    o = (x1 * w1 + x2 * w2 + b).tanh()
    o.label = "o"
    return o


def network(sizes: list[int] | None = None) -> OfSample:
    """A small network and three samples."""
    model = MLP(2, sizes or [6, 4, 1], rng=random.Random(7))
    return OfSample(model, [[0.7, -0.5], [-1.1, 0.3], [0.2, 0.9]], [-1.0, 1.0, 1.0], squared)


def by_name(graph: Graph) -> dict[str, tuple[float, float]]:
    """Value and gradient of each named node."""
    return {n.name: (float(n.data), float(n.grad)) for n in graph.nodes if n.name}


def test_lecture_by_hand() -> None:
    """The gradients of the lecture's expression are those worked out by hand there."""
    found = by_name(graph_of(OfValue(lecture()), Look(1)))
    assert found == {
        "a": (2.0, 6.0),
        "b": (-3.0, -4.0),
        "c": (10.0, -2.0),
        "f": (-2.0, 4.0),
        "e": (-6.0, -2.0),
        "d": (4.0, -2.0),
        "L": (-8.0, 1.0),
    }


def test_lecture_neuron() -> None:
    """The neuron's gradients are the lecture's: -1.5, 1, 0.5, 0."""
    found = by_name(graph_of(OfValue(neuron()), Look(1)))
    assert found["o"][0] == pytest.approx(math.sqrt(0.5), abs=1e-15)
    for name, slope in {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0}.items():
        assert found[name][1] == pytest.approx(slope, abs=1e-14)


def test_shares_add_up_as_the_engine_adds() -> None:
    """The shares that arrive at a node, added in the order of arrival, are its gradient's bits."""
    subject = network()
    recipe, held = subject.recipe(0, {})
    reading = read(recipe, held)
    for node, arrived in enumerate(reading.arrivals()):
        grad = 1.0 if node == reading.root else 0.0
        for reader, operand in arrived:
            grad += reading.shares[reader][operand]
        assert grad == reading.grads[node]


def test_numbers_are_those_of_backward() -> None:
    """Values and gradients are bit by bit those of the user's own backward pass."""
    subject = network()
    x = [gg.Value(v) for v in subject.inputs[1]]
    subject.model.zero_grad()
    loss = squared(subject.model(x), subject.targets[1])
    graph = graph_of(subject, Look(1, sample=1))
    found = by_name(graph)
    assert found["loss"][0] == loss.data
    loss.backward()
    for name, p in subject.model.named_parameters():
        assert found[name] == (p.data, p.grad)
    assert [found[f"x[{i}]"][1] for i in range(2)] == [v.grad for v in x]


def test_looking_touches_nothing() -> None:
    """The gradients of the user's Values, and of a network in training, stay as they are."""
    L = lecture()
    L.backward()
    L.grad = 5.0
    graph_of(OfValue(L), Look(1, held=(Held(0, 7.0),)))
    assert (L.grad, L.data) == (5.0, -8.0)
    subject = network()
    graph_of(subject, Look(1))
    assert all(p.grad == 0.0 for p in subject.model.parameters())


def test_order_is_the_engines() -> None:
    """Nodes are visited as backward() visits them: hand-made nodes tell the order."""
    L = lecture()
    reading = read(recipe_of(L))
    names = [reading.recipe.names[n] for n in reading.backward]
    assert names == ["L", "f", "d", "c", "e", "a", "b"]


def test_same_value_twice() -> None:
    """A + a sends two shares of 1, and `=` in the place of `+=` would have kept one."""
    a = gg.Value(3.0, label="a")
    graph = graph_of(OfValue(a + a), Look(1))
    assert graph.nodes[1].shares == [1.0, 1.0]
    assert graph.nodes[0].grad == 2.0
    square = graph_of(OfValue(a * a), Look(1))
    assert square.nodes[1].shares == [3.0, 3.0]


def test_held_node_changes_what_follows_and_cuts_what_comes_before() -> None:
    """With e held at 1 the result follows; nothing flows back to a and b."""
    graph = graph_of(OfValue(lecture()), Look(1, held=(Held(2, 1.0),)))
    found = by_name(graph)
    assert found["L"][0] == (1.0 + 10.0) * -2.0
    assert found["a"] == (2.0, 0.0)
    assert found["e"] == (1.0, -2.0)
    assert graph.nodes[2].held


def test_function_is_called_anew() -> None:
    """An argument that is changed goes through the function's own choices again."""

    def f(a: gg.Value, b: float = 3.0) -> gg.Value:
        return a * b if a.data > 0 else a - b

    subject = subject_of(f)
    found = graph_of(subject, Look(1))
    assert (found.title, found.nodes[-1].data, found.arguments) == ("f(a, b)", 6.0, True)
    index = [n.name for n in found.nodes].index("a")
    changed = graph_of(subject, Look(2, held=(Held(index, -1.0),)))
    assert (changed.nodes[-1].data, changed.nodes[-1].op) == (-4.0, "-")


def test_tanh_in_five_steps() -> None:
    """Tanh written with exp gives the same gradients to rounding, with five nodes for one."""
    recipe = recipe_of(neuron())
    spelt = spelt_out(recipe)
    assert [row.name for row in spelt.rows if row is not None][-4:] == ["exp", "sub", "add", "div"]
    one, five = read(recipe), read(spelt)
    for name in ("x1", "w1", "x2", "w2", "b"):
        a = one.grads[recipe.names.index(name)]
        b = five.grads[spelt.names.index(name)]
        assert a == pytest.approx(b, abs=1e-14)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_rule_written_is_the_rule(name: str) -> None:
    """A partial as it is written, worked out by Python, is the slope of the table."""
    row = TABLE[name]
    if row.expression is not None:
        pytest.skip("a row of another test")
    at = [low + 0.37 * (high - low) for low, high in row.domain]
    y = row(*at)
    known = {"y": y, **dict(zip(["x"] if len(at) == 1 else "abc", at, strict=False))}
    functions = {name: (lambda *xs, row=row: row(*map(float, xs))) for name, row in TABLE.items()}
    for text, slope in zip(partials_written(row, y, *at), row.slopes(y, *at), strict=True):
        assert eval(text, {}, {**functions, **known}) == pytest.approx(slope, rel=1e-5, abs=1e-12)


def asked(subject: OfSample | OfValue, question: object, node: int) -> Answer:
    """The answer to a question about a node."""
    return answer_to(subject, Ask(1, question, node))  # type: ignore[arg-type]  # tests name it


def test_finite_difference_of_an_inner_node() -> None:
    """What is measured at an inner node is its gradient; at a kink it is said not to agree."""
    x2 = recipe_of(neuron()).names.index("x2")
    answer = asked(OfValue(neuron()), "difference", x2)
    assert answer.numbers[0] == pytest.approx(0.5, rel=1e-6)
    assert "agrees" in answer.says
    kink = gg.Value(0.0, label="x").relu()
    assert "does not agree" in asked(OfValue(kink), "difference", 0).says


def test_second_derivative() -> None:
    """The second derivative of tanh at 0.8814 is -2 y (1 - y**2), and of x**3 it is 6 x."""
    o = neuron()
    y = o.data
    recipe = recipe_of(o)
    before = recipe.parents[-1][0]
    answer = asked(OfValue(o), "second", before)
    assert answer.numbers[0] == pytest.approx(-2 * y * (1 - y * y), rel=1e-12)
    cube = OfValue(gg.Value(1.7, label="x") ** 3)
    assert asked(cube, "second", 0).numbers[0] == pytest.approx(6 * 1.7, rel=1e-12)


def test_smaller_h_gets_better_and_then_worse() -> None:
    """The lecture's 3x**2 - 4x + 5 at 3: h = 1e-17 measures 0, and the best h lies between."""
    x = gg.Value(3.0, label="x")
    parabola = 3 * x**2 - 4 * x + 5
    answer = asked(OfValue(parabola), "sweep", recipe_of(parabola).names.index("x"))
    rows = {float(r.numbers[0]): r.numbers for r in answer.rows}
    assert rows[1e-17][1] == 0.0
    assert rows[1e-3][1] == pytest.approx(14.003, abs=1e-9)
    assert 1e-17 < float(answer.numbers[0]) < 1e-3


def test_input_that_moves_most() -> None:
    """Of the lecture's leaves a moves L most: its gradient is 6."""
    answer = asked(OfValue(lecture()), "inputs", 6)
    assert [(row.name, row.numbers[0]) for row in answer.rows] == [
        ("a", 6.0),
        ("b", -4.0),
        ("f", 4.0),
        ("c", -2.0),
    ]


def test_first_nan_and_its_line(tmp_path: Path) -> None:
    """The first number that is not finite is named with the line of the program that made it."""
    path = tmp_path / "broken.py"
    path.write_text("def f(a, b=2.0):\n    c = a - b\n    d = c.log()\n    return d * a\n", "utf-8")
    made: dict[str, object] = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), made)
    function = made["f"]
    assert callable(function)
    function.__defaults__ = (4.0,)  # type: ignore[attr-defined]  # a - b is below 0 from the start
    subject = subject_of(function)
    graph = graph_of(subject, Look(1))
    assert graph.nodes[graph.broken].op == "log"
    assert graph.nodes[graph.broken].data == "nan"
    source, line = graph.nodes[graph.broken].code
    assert (graph.sources[source].file, line) == ("broken.py", 3)
    assert {"c", "d"} <= {node.name for node in graph.nodes}
    answer = answer_to(subject, Ask(1, "nan", 0))
    assert "on line 3 of broken.py" in answer.says
    assert answer.numbers == ["nan", -2.0]


def test_neuron_with_its_numbers() -> None:
    """A neuron's sum with the numbers put in adds up to what its activation takes."""
    subject = network()
    graph = graph_of(subject, Look(1))
    assert graph.nodes[graph.focus].name.startswith("layers[")
    answer = asked(subject, "neuron", graph.focus)
    *terms, together = answer.rows
    assert math.fsum(float(t.numbers[-1]) for t in terms) == pytest.approx(together.numbers[0])
    assert math.tanh(float(together.numbers[0])) == answer.numbers[1]


def test_views_show_what_they_say() -> None:
    """Cards fold each neuron; all shows each node; focus the neuron and who reads it."""
    subject = network()
    cards = graph_of(subject, Look(1, detail="cards"))
    assert sum(bool(box.owner) for box in cards.boxes) == 11
    whole = graph_of(subject, Look(1, detail="all"))
    assert len(whole.boxes) == len(whole.nodes)
    near = graph_of(subject, Look(1, detail="focus", focus=whole.focus))
    assert 10 < len(near.boxes) < 40


def test_too_large_is_refused_with_what_to_do() -> None:
    """More nodes than can be shown are refused, and the text says where to look instead."""
    with pytest.raises(ValueError, match=r"Look at cards"):
        graph_of(network([34, 34, 1]), Look(1, detail="all"))


def test_deep_chain_needs_no_recursion() -> None:
    """A chain of 5,000 operations is read; it is no deeper than Python's stack allows."""
    x = gg.Value(0.5, label="x")
    y = x
    for _ in range(5000):
        y = y * 0.9999
    reading = read(recipe_of(y))
    assert reading.grads[0] == pytest.approx(0.9999**5000, rel=1e-10)


def test_session_of_an_expression() -> None:
    """A session for a Value answers what it can and refuses training with a reason."""
    session = expression_session(lecture())
    found: list[Report] = []
    session.handle(Look(3), lambda report, _buffers: found.append(report))
    assert isinstance(found[0], Graph)
    session.handle(Ask(4, "second", 99), lambda report, _buffers: found.append(report))
    assert isinstance(found[1], Refused)
    assert "7 nodes" in found[1].text
    with pytest.raises(ValueError, match="Give a Value"):
        expression_session(3)


def hand_made(overwrites: bool = False) -> tuple[gg.Value, list[gg.Value]]:
    """A sum and a tanh as a student writes them; the sum may have `=` where `+=` belongs."""

    def plus(a: gg.Value, b: gg.Value) -> gg.Value:
        out = gg.Value(a.data + b.data, (a, b), "+")

        def backward() -> None:
            a.grad = out.grad if overwrites else a.grad + out.grad
            b.grad = out.grad if overwrites else b.grad + out.grad

        out._backward = backward
        return out

    def tanh(x: gg.Value) -> gg.Value:
        out = gg.Value(math.tanh(x.data), (x,), "tanh by hand")

        def backward() -> None:
            x.grad += (1 - out.data**2) * out.grad

        out._backward = backward
        return out

    a, w = gg.Value(0.5, label="a"), gg.Value(2.0, label="w")
    y = tanh(a * w)
    y.label = "y"
    z = plus(y, y) * a
    z.label = "z"
    return z, [a, w, y]


@pytest.mark.parametrize("overwrites", [False, True])
def test_hand_made_nodes_show_what_backward_gives(overwrites: bool) -> None:
    """Gradients are those of the user's own backward(), a `=` for `+=` too; none is touched."""
    z, nodes = hand_made(overwrites)
    found = by_name(graph_of(OfValue(z), Look(1)))
    assert [node.grad for node in nodes] == [0.0] * 3
    z.backward()
    assert [found[node.label][1] for node in nodes] == [node.grad for node in nodes]
    assert found["y"][1] == pytest.approx(0.5 if overwrites else 1.0)
    again = by_name(graph_of(OfValue(z), Look(1)))
    assert again == found


def test_hand_made_nodes_refuse_other_numbers_alone() -> None:
    """What is behind them can be held, what they are computed from cannot: the text says so."""
    z, _ = hand_made()
    y = next(i for i, n in enumerate(graph_of(OfValue(z), Look(1)).nodes) if n.op == "+")
    held = by_name(graph_of(OfValue(z), Look(1, held=(Held(y, 3.0),))))
    assert held["z"][0] == 1.5
    with pytest.raises(ValueError, match=r"gg\.primitive"):
        graph_of(OfValue(z), Look(1, held=(Held(0, 3.0),)))


def test_order_says_what_an_earlier_visit_would_lose() -> None:
    """In a*b + a the node a, visited before its last reader, would pass on that share less."""
    a, b = gg.Value(2.0, label="a"), gg.Value(5.0, label="b")
    e = a + 1.0
    e.label = "e"
    found = answer_to(OfValue(e * b + e * 3.0), Ask(1, "order", 2))
    assert found.numbers == [float(found.rows[0].numbers[1]), 8.0]
    assert [float(row.numbers[1]) for row in found.rows] in ([5.0, 3.0], [3.0, 5.0])


def test_movers_are_the_derivatives_of_the_node_itself() -> None:
    """Of the middle node, not of the result: d(a*b)/da is b."""
    found = answer_to(OfValue(lecture()), Ask(1, "movers", 2))
    slopes = {row.name: row.numbers[0] for row in found.rows}
    assert (slopes["a"], slopes["b"], slopes["c"]) == (-3.0, 2.0, 0.0)


def test_without_a_neuron_all_samples_are_asked() -> None:
    """The mean loss over all samples is that of a network whose later weights there are 0."""
    of = network()
    graph = graph_of(of, Look(1, detail="all"))
    top = next(i for i, n in enumerate(graph.nodes) if n.name == "layers[0].neurons[1].out")
    found = answer_to(of, Ask(1, "without", top))
    model = of.model
    assert isinstance(model, MLP)

    def mean() -> float:
        losses = [squared(model(x), t).data for x, t in zip(of.inputs, of.targets, strict=True)]
        return sum(losses) / len(losses)

    before = mean()
    for neuron_ in model.layers[1].neurons:
        neuron_.w[1].data = 0.0
    assert found.rows[1].numbers == pytest.approx([before, mean()])


def test_bias_is_told_apart_from_weights() -> None:
    """With b = 0 the lecture's neuron gives tanh(-6); a network's line is |b| / |w| away from 0."""
    o = neuron()
    b = next(i for i, n in enumerate(graph_of(OfValue(o), Look(1)).nodes) if n.name == "b")
    found = answer_to(OfValue(o), Ask(1, "bias", b))
    assert found.numbers == [6.8813735870195432]  # weights and inputs look alike there
    assert found.rows[-1].numbers == pytest.approx([math.sqrt(0.5), math.tanh(-6.0)])
    of = network()
    assert isinstance(of.model, MLP)
    first = of.model.layers[0].neurons[0]
    first.b.data, first.w[0].data, first.w[1].data = 2.0, 3.0, -4.0
    graph = graph_of(of, Look(1, detail="all"))
    b = next(i for i, n in enumerate(graph.nodes) if n.name == "layers[0].neurons[0].b")
    assert answer_to(of, Ask(1, "bias", b)).numbers == [2.0, 0.4]
