import random
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Interpreter
from glassgrad.compiler.ir.graph import Graph, GraphError, size
from glassgrad.compiler.ir.outside import outside_of
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.expand import expand_gradients
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified
from glassgrad.compiler.running.backends import Native
from glassgrad.compiler.running.native import build
from glassgrad.compiler.tracing.picks import Selection

NATIVE = pytest.param(
    Native(),
    id="native",
    marks=pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed"),
)
BACKENDS = [pytest.param(Interpreter(), id="interpreter"), NATIVE]
Made = tuple[Callable[..., Any], list[Value]]


def matrix(rows: int, columns: int, rng: random.Random) -> list[list[Value]]:
    """Make parameters in rows."""
    return [[Value(rng.uniform(-1.0, 1.0)) for _ in range(columns)] for _ in range(rows)]


def flat(*matrices: list[list[Value]]) -> list[Value]:
    """List the parameters of matrices."""
    return [p for rows in matrices for row in rows for p in row]


def descend(parameters: list[Value], loss: Any) -> None:
    """Do one step of plain gradient descent."""
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= 0.1 * p.grad


def product(rows: list[list[Value]], x: Any) -> list[Any]:
    """Multiply a matrix of Values and a vector."""
    return [gg.dot(row, x) for row in rows]


def numbers(x: Any) -> list[float]:
    """Flatten what a step returned."""
    if isinstance(x, (list, tuple, np.ndarray)):
        return [number for part in x for number in numbers(part)]
    return [float(x.data if isinstance(x, Value) else x)]


# Training steps that select by their arguments.


def language_model() -> Made:
    """Embeddings of tokens and positions, one head of causal attention, tied output rows."""
    rng = random.Random(11)
    size, wide, length = 6, 3, 5
    wte, wpe = matrix(size, wide, rng), matrix(length, wide, rng)
    wq, wk, wv = (matrix(wide, wide, rng) for _ in range(3))
    parameters = flat(wte, wpe, wq, wk, wv)

    def step(ids: Any) -> Any:
        keys: list[Any] = []
        values: list[Any] = []
        losses = []
        for place, (token, target) in enumerate(pairwise(ids)):
            x = [a + b for a, b in zip(wte[token], wpe[place], strict=True)]
            q = product(wq, x)
            keys.append(product(wk, x))
            values.append(product(wv, x))
            weights = gg.softmax([gg.dot(q, k) for k in keys])
            mixed = [gg.dot(weights, column) for column in zip(*values, strict=True)]
            h = [(a + b).tanh() for a, b in zip(x, mixed, strict=True)]
            probs = gg.softmax(product(wte, h))
            losses.append(-probs[target].log())
        loss = sum(losses) / len(losses)
        descend(parameters, loss)
        return loss

    return step, parameters


def recurrent_model() -> Made:
    """A recurrent language model, whose loss picks a probability at each time."""
    rng = random.Random(12)
    wte, across, out = matrix(5, 3, rng), matrix(3, 3, rng), matrix(5, 3, rng)
    parameters = flat(wte, across, out)

    def step(ids: Any) -> Any:
        h: list[Any] = [0.0, 0.0, 0.0]
        loss: Any = 0.0
        for token, target in pairwise(ids):
            x = wte[token]
            h = [(a + gg.dot(row, h)).tanh() for a, row in zip(x, across, strict=True)]
            probs = gg.softmax(product(out, h))
            loss = loss - probs[target].log()
        descend(parameters, loss)
        return loss

    return step, parameters


def classifier() -> Made:
    """Cross-entropy on integer labels, weighted by class, with the accuracy counted."""
    rng = random.Random(13)
    hidden, out = matrix(4, 3, rng), matrix(3, 4, rng)
    parameters = flat(hidden, out)
    weight_of = [0.5, 1.0, 2.0]

    def step(X: Any, labels: Any) -> Any:
        loss, hits = 0.0, 0.0
        for x, label in zip(X, labels, strict=True):
            scores = product(out, [h.tanh() for h in product(hidden, x)])
            logs = gg.log_softmax(scores)
            weight = weight_of[label]
            loss = loss - weight * logs[label]
            best = scores[label]
            hits = hits + sum(s > best for s in scores)
        descend(parameters, loss / len(X))
        return loss, hits / len(X)

    return step, parameters


def hinge() -> Made:
    """Labels as numbers and as indices at once."""
    rng = random.Random(14)
    w = matrix(2, 3, rng)

    def step(X: Any, labels: Any) -> Any:
        loss: Any = 0.0
        for x, label in zip(X, labels, strict=True):
            row = w[label]
            loss = loss + (1.0 - (2 * label - 1) * gg.dot(row, x)).relu()
        descend(flat(w), loss)
        return loss

    return step, flat(w)


def bigrams() -> Made:
    """A table of pairs: an element of an element, selected by two integers."""
    rng = random.Random(15)
    table = matrix(4, 4, rng)

    def step(ids: Any) -> Any:
        loss: Any = 0.0
        for first, second in pairwise(ids):
            row = table[first]
            loss = loss + gg.logsumexp(row) - row[second] + 0.01 * table[first][second] ** 2
        descend(flat(table), loss)
        return loss

    return step, flat(table)


def mixed_homes() -> Made:
    """Candidates of every origin: parameters, arguments, constants and two kinds of results."""
    rng = random.Random(16)
    a, b = (Value(rng.uniform(0.5, 1.0)) for _ in range(2))

    def step(x: Any, t: Any, u: Any) -> Any:
        parts = [a, b * x, (a * x).tanh(), Value(0.25), a + b, b]
        numbers = [x, 2.0, 0.5, x * 3.0]
        loss = (parts[t] * numbers[u] + parts[u + 1] * b) ** 2 + parts[t - u].exp()
        descend([a, b], loss)
        return loss, parts[t], numbers[-u - 1]

    return step, [a, b]


def in_arrays() -> Made:
    """NumPy arrays of Values, tuples and dicts of rows, and an index out of a list of numbers."""
    rng = random.Random(17)
    w = np.array(matrix(3, 2, rng))
    layers = ({"w": matrix(2, 2, rng), "b": Value(0.5)}, {"w": matrix(2, 2, rng), "b": Value(-0.5)})
    parameters = [*w.ravel().tolist(), *flat(*(layer["w"] for layer in layers))]  # type: ignore[arg-type]  # a dict of two kinds
    turn = [2, 0, 1]

    def step(x: Any, t: Any) -> Any:
        after = turn[t]
        layer = layers[t * 0 + (t > 1)]
        row = w[after]
        y = sum(gg.dot(weights, row) for weights in layer["w"]) + layer["b"] * x
        loss = (y - w[t][0] * gg.take(w, after)[1]) ** 2
        descend(parameters, loss)
        return loss

    return step, parameters


X3 = [[0.5, -1.0, 0.25], [1.5, 0.5, -0.5], [-0.75, 1.0, 2.0], [0.1, 0.2, 0.3]]
PROGRAMS: dict[str, tuple[Callable[[], Made], list[tuple[Any, ...]]]] = {
    "language_model": (language_model, [([0, 5, 2, 2, 1, 3],), ([-1, -6, 0, 0, 0, 4],)]),
    "recurrent_model": (
        recurrent_model,
        [([0, 4, 2, 2, 1, 3, 0, 1],), ([-1, -5, 0, 0, 0, 4, 4, 2],)],
    ),
    "classifier": (
        classifier,
        [(X3, [0, 2, 2, -1]), (X3, [1, -3, 0, 2]), (X3, [0, 0, 0, 0])],
    ),
    "hinge": (hinge, [(X3, np.array([0, 1, 1, 0])), (X3, np.array([1, 1, 1, 1]))]),
    "bigrams": (bigrams, [([0, 3, 1, 1, 1, 2],), ([2, -1, -4, 0, 1, 1],)]),
    "mixed_homes": (mixed_homes, [(0.7, 5, 0), (0.7, 2, 3), (0.7, -6, -1), (0.7, -1, -1)]),
    "in_arrays": (in_arrays, [(0.3, 0), (0.3, 2), (-0.2, 1)]),
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_one_compilation_serves_all_integers(name: str, backend: Any) -> None:
    """Ten steps with changing integers are those of eager code, and only the first compiles."""
    make, arguments = PROGRAMS[name]
    (eager, parameters), (step, parameters2) = make(), make()
    run = gg.compile(step, backend=backend)
    for k in range(10):
        given = arguments[k % len(arguments)]
        wanted, got = numbers(eager(*given)), numbers(run(*given))
        assert got == pytest.approx(wanted, rel=1e-11, abs=1e-13), k
        for read in (lambda p: p.data, lambda p: p.grad):
            assert list(map(read, parameters2)) == pytest.approx(
                list(map(read, parameters)), rel=1e-11, abs=1e-13
            ), k
    assert run.stats["compilations"] == 1


def traced(name: str) -> tuple[Graph, list[np.ndarray[Any, Any]]]:
    """Give the graph of a program, and for each call of it the flattened arguments."""
    make, arguments = PROGRAMS[name]
    step, _ = make()
    run = gg.compile(step, backend=Interpreter())
    run(*arguments[0])
    return run.graph, [np.array(numbers(list(given))) for given in arguments]


@pytest.mark.parametrize("form", ["as traced", "gradients written out"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_loops_look_up_what_is_picked(name: str, form: str) -> None:
    """The plain interpreter of loops gives the numbers of the graph, for every choice."""
    graph, calls = traced(name)
    ready = expand_gradients(graph) if form == "gradients written out" else simplified(graph)
    outside = outside_of(graph)
    selection = Selection(graph)
    rolled = roll(ready or expand_gradients(graph), outside, None, selection)
    assert rolled is not None
    program = differentiate(rolled)
    program.verify()
    assert "pick" in str(program)
    rng = np.random.default_rng(5)
    params = rng.uniform(-1.0, 1.0, outside.kinds["PARAM"].size)
    for flat_inputs in calls:
        wanted = graph.evaluate(flat_inputs, params, 0.0 * params)
        program.select(selection.entries(flat_inputs))
        memory = {outside.kinds["PARAM"]: params.copy(), outside.kinds["PARAM_GRAD"]: 0.0 * params}
        first = 0
        for storage in outside.inputs:
            memory[storage] = flat_inputs[first : first + storage.size]
            first += storage.size
        program.run(memory)
        kinds = {"data": "PARAM", "grad": "PARAM_GRAD", "result": "RESULT"}
        got = [memory[outside.kinds[kinds[out.kind]]][out.index] for out in graph.outputs]
        assert got == pytest.approx(wanted, rel=1e-11, abs=1e-13)


@pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed")
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_table_of_operations_reads_what_is_picked(name: str) -> None:
    """Run one by one from a table, the operations give the same."""
    graph, calls = traced(name)
    step = build(graph, most_families=0)
    rng = np.random.default_rng(6)
    params = rng.uniform(-1.0, 1.0, len(step.parameters))
    for flat_inputs in calls:
        wanted = graph.evaluate(flat_inputs, params, 0.0 * params)
        step.parameters[:], step.gradients[:] = params, 0.0
        results = step(np.split(flat_inputs, np.cumsum([size(x) for x in graph.inputs])[:-1]))
        rows = {"data": step.parameters, "grad": step.gradients, "result": results}
        got = [rows[out.kind][out.index] for out in graph.outputs]
        assert got == pytest.approx(wanted, rel=1e-11, abs=1e-13)


def test_a_pick_in_the_text_of_a_graph() -> None:
    """Tables of candidates are written before the first node that uses them, and read again."""
    graph, _ = traced("mixed_homes")
    again = Graph.parse(str(graph))
    assert str(again) == str(graph)
    assert again.tables == graph.tables
    small = Graph([(2,)])
    x, y = small.add("INPUT", 0), small.add("INPUT", 1)
    small.output("result", 0, small.add("PICK", x, small.table([x, y])))
    assert "table 0 = %0 %1\n%2 = PICK %0 0" in str(small)
    assert (small.evaluate([1.0, 5.0]), small.evaluate([-2.0, 5.0])) == ([5.0], [-2.0])
    for b, words in ((7, "no candidates"), (small.table([2]), "do not come before")):
        small.b[2] = b
        with pytest.raises(GraphError, match=words):
            small.verify()


def test_the_gradient_goes_to_what_was_picked() -> None:
    """Duplicates add up; candidates that were not picked have gradient 0."""
    rows = [Value(2.0), Value(3.0), Value(5.0)]

    @gg.compile
    def step(ids: Any) -> Any:
        for row in rows:
            row.grad = 0.0
        loss = sum(rows[i] ** 2 * (k + 1.0) for k, i in enumerate(ids))
        loss.backward()
        return loss

    assert step([1, 1, -3, 1]).data == 9.0 * (1 + 2 + 4) + 4.0 * 3
    assert [row.grad for row in rows] == [2 * 2.0 * 3, 2 * 3.0 * 7, 0.0]
    assert step([2, -1, 2, 2]).data == 25.0 * 10
    assert [row.grad for row in rows] == [0.0, 0.0, 2 * 5.0 * 10]
    assert step.stats["compilations"] == 1


def test_candidates_that_are_the_same_are_told_apart_from_those_that_are_not() -> None:
    """Many integers select among few things of which some are one: `p[0]` twice, in every table."""
    p = [Value(float(i)) for i in range(4)]
    p[3] = p[0]

    def step(ids: Any) -> Any:
        for q in p:
            q.grad = 0.0
        total = 0.0
        for k, i in enumerate(ids):
            rows = [[p[0], p[1]], [p[3], p[2]], [p[2], p[0]], [p[1], p[3]]]
            total = total + rows[i][0] * (k + 1.0) - rows[i][1] * p[k % 3]
        total.backward()
        return total, [q.grad for q in p]

    run = gg.compile(step)
    for shift in range(4):
        ids = [(7 * k * k + shift) % 4 for k in range(30)]
        assert numbers(run(ids)) == pytest.approx(numbers(step(ids)), rel=1e-12)
    assert run.stats["compilations"] == 1


@pytest.mark.parametrize("before", [0, 3_000])
def test_an_integer_selects_among_numbers_of_any_origin(before: int) -> None:
    """Arguments, constants, computed numbers and states enter an operation on Values alike."""
    w, seen = Value(0.5), [2.5]

    def step(x: Any, u: Any, v: Any) -> Any:
        total = w * x
        for _ in range(before):  # from some length on native code writes operations down
            total = total * 0.5 + w
        several = [x, x * 3.0, 2.0, w.data, seen[0], w.data * seen[0]]
        total = total + several[u] * w + (total * several[v]).tanh() - several[1] / w * several[0]
        w.grad = 0.0
        total.backward()
        seen[0] = several[v] * 0.5
        return total, w.grad

    run = gg.compile(step)
    for u, v in [(0, 1), (1, 0), (5, 2), (3, 3), (4, 5), (-1, 4)]:
        was = seen[0]
        wanted = [*numbers(step(1.5, u, v)), seen[0]]
        seen[0] = was
        assert [*numbers(run(1.5, u, v)), seen[0]] == pytest.approx(wanted, rel=1e-11)
    assert run.stats["compilations"] == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_index_out_of_range_is_named_before_anything_is_written(backend: Any) -> None:
    """The message has the place among the arguments, the number, the bounds and the user's line."""
    step, parameters = language_model()
    run = gg.compile(step, backend=backend)
    run([0, 1, 2, 3, 4, 5])
    before = [(p.data, p.grad) for p in parameters]
    for wrong, bound in ((6, "from 0 to 5"), (-7, "from -6 to -1")):
        with pytest.raises(IndexError, match=rf"ids\[2\] is {wrong},.*test_picks.py:\d+.*{bound}"):
            run([0, 1, wrong, 3, 4, 5])
        with pytest.raises(IndexError):
            step([0, 1, wrong, 3, 4, 5])
        for p in parameters:
            p.grad = 0.0
    assert [p.data for p in parameters] == [data for data, _ in before]
    with pytest.raises(TypeError, match=r"ids\[3\] is 1.5, .* whole number.*astype\(int\)"):
        run([0, 1, 2, 1.5, 4, 5])


def test_an_index_that_is_computed_is_checked_too() -> None:
    """It has no name among the arguments; an element that nobody uses is asked for all the same."""
    rows = [Value(2.0), Value(3.0)]

    @gg.compile
    def step(batch: Any) -> Any:
        unused = rows[batch["t"][0] - 1]
        return 2.0 * batch["t"][1], isinstance(unused, Value)

    assert step({"t": [1, 7]}) == (14.0, True)
    with pytest.raises(IndexError, match="computed from the arguments is 2,"):
        step({"t": [3, 7]})
    keyed = gg.compile(lambda batch: rows[batch["t"][1][0]])
    assert keyed({"t": [0, (1,)]}).data == 3.0
    with pytest.raises(IndexError, match=r"batch\['t'\]\[1\]\[0\] is 9"):
        keyed({"t": [0, (9,)]})
