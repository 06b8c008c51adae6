import math
import random
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Compiled, Interpreter
from glassgrad.compiler.running.backends import Native
from glassgrad.data import demo_moons

BACKENDS = [
    pytest.param(Interpreter(), id="interpreter"),
    pytest.param(
        Native(),
        id="native",
        marks=pytest.mark.skipif(find_spec("llvmlite") is None, reason="llvmlite is not installed"),
    ),
]
Made = tuple[Callable[..., Any], list[Value]]

# The notes' own classes.


class NotesNeuron:
    """A neuron."""

    def __init__(self, nin: int) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x: Any) -> Any:
        """Give the outputs."""
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)  # noqa: B905 -- as in the notes
        return act.tanh()

    def parameters(self) -> list[Value]:
        """List the weights and biases."""
        return [*self.w, self.b]


class NotesLayer:
    """A list of neurons."""

    def __init__(self, nin: int, nout: int) -> None:
        self.neurons = [NotesNeuron(nin) for _ in range(nout)]

    def __call__(self, x: Any) -> Any:
        """Give the outputs."""
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self) -> list[Value]:
        """List the weights and biases."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class NotesMLP:
    """A list of layers."""

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sz = [nin, *nouts]
        self.layers = [NotesLayer(sz[i], sz[i + 1]) for i in range(len(nouts))]

    def __call__(self, x: Any) -> Any:
        """Give the outputs."""
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        """List the weights and biases."""
        return [p for layer in self.layers for p in layer.parameters()]


def descend(parameters: list[Value], loss: Any, lr: Any) -> None:
    """Do one step of plain gradient descent."""
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data += -lr * p.grad


def values(count: int, rng: random.Random) -> list[Value]:
    """Make parameters."""
    return [Value(rng.uniform(-1.0, 1.0)) for _ in range(count)]


def dots(rows: list[list[Value]], x: Any) -> list[Any]:
    """Multiply a matrix of Values and a vector."""
    return [sum(w * xi for w, xi in zip(row, x, strict=True)) for row in rows]


# Each makes a training step of its own parameters; the arguments stand in ARGUMENTS.


def lecture() -> Made:
    """The notes' training loop."""
    n = NotesMLP(3, [4, 4, 1])

    def step(xs: Any, ys: Any) -> Any:
        ypred = [n(x) for x in xs]
        loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True))
        descend(n.parameters(), loss, 0.05)
        return {"loss": loss, "ypred": ypred}

    return step, n.parameters()


def moons() -> Made:
    """The demo of micrograd: hinge loss, L2, accuracy, a falling rate."""
    model = gg.MLP(2, [8, 8, 1], activation=["relu", "relu", "linear"])

    def step(X: Any, y: Any, rate: Any) -> Any:
        scores = list(map(model, X))
        losses = [(1 + -yi * si).relu() for yi, si in zip(y, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        total_loss = data_loss + 1e-4 * sum(p * p for p in model.parameters())
        accuracy = [(yi > 0) == (si.data > 0) for yi, si in zip(y, scores, strict=True)]
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= rate * p.grad
        return total_loss, sum(accuracy) / len(accuracy)

    return step, model.parameters()


def digits() -> Made:
    """Softmax cross-entropy, the labels being constants of the function."""
    model = gg.MLP(6, [5, 3], activation=["tanh", "linear"])
    labels = [0, 2, 1, 1]

    def step(X: Any) -> Any:
        loss = gg.losses.mean_loss(gg.losses.cross_entropy, [model(x) for x in X], labels)
        descend(model.parameters(), loss, 0.2)
        return loss

    return step, model.parameters()


def recurrent() -> Made:
    """A chain of hidden states, from zeros."""
    rng = random.Random(4)
    into = [values(2, rng) for _ in range(3)]
    across = [values(3, rng) for _ in range(3)]
    out = values(3, rng)
    parameters = [w for row in (*into, *across, out) for w in row]

    def step(sequence: Any, target: Any) -> Any:
        h: list[Any] = [Value(0.0) for _ in range(3)]
        for x in sequence:
            h = [(a + b).tanh() for a, b in zip(dots(into, x), dots(across, h), strict=True)]
        loss = (gg.dot(out, h) - target) ** 2
        descend(parameters, loss, 0.1)
        return loss, h

    return step, parameters


def attention() -> Made:
    """Causal by a mask, so that every row of scores is of one length."""
    rng = random.Random(5)
    q, k, v = ([values(3, rng) for _ in range(2)] for _ in range(3))
    parameters = [w for m in (q, k, v) for row in m for w in row]

    def step(tokens: Any, mask: Any) -> Any:
        Q, K, V = ([dots(m, x) for x in tokens] for m in (q, k, v))
        out = []
        for qi, row in zip(Q, mask, strict=True):
            scores = [
                gg.where(m, gg.dot(qi, ki) / math.sqrt(2.0), -1e9)
                for ki, m in zip(K, row, strict=True)
            ]
            weights = gg.softmax(scores)
            out += [gg.dot(weights, column) for column in zip(*V, strict=True)]
        loss = sum(o * o for o in out)
        descend(parameters, loss, 0.02)
        return loss

    return step, parameters


def layer_norm() -> Made:
    """A residual block whose inner layer is normalised."""
    rng = random.Random(6)
    weight = [values(4, rng) for _ in range(4)]
    gain, shift = values(4, rng), values(4, rng)
    parameters = [w for row in (*weight, gain, shift) for w in row]

    def block(x: Any) -> list[Any]:
        y = dots(weight, x)
        mean = sum(y) / len(y)
        variance = sum((yi - mean) ** 2 for yi in y) / len(y)
        norm = [(yi - mean) / (variance + 1e-5).sqrt() for yi in y]
        return [xi + g * ni + s for xi, g, ni, s in zip(x, gain, norm, shift, strict=True)]

    def step(X: Any) -> Any:
        loss = sum(sum((o - 0.5) ** 2 for o in block(block(x))) for x in X) / len(X)
        descend(parameters, loss, 0.03)
        return loss

    return step, parameters


def adam_by_hand() -> Made:
    """Adam as a user writes it, on lists and a count."""
    n = NotesMLP(2, [3, 1])
    parameters = n.parameters()
    m, v, t = [0.0] * len(parameters), [0.0] * len(parameters), 0

    def step(xs: Any, ys: Any) -> Any:
        nonlocal t
        loss = sum((n(x) - y) ** 2 for x, y in zip(xs, ys, strict=True)) / len(ys)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        t += 1
        for i, p in enumerate(parameters):
            m[i] = 0.9 * m[i] + 0.1 * p.grad
            v[i] = 0.99 * v[i] + 0.01 * p.grad**2
            p.data -= 0.1 * (m[i] / (1 - 0.9**t)) / ((v[i] / (1 - 0.99**t)) ** 0.5 + 1e-8)
        return loss

    return step, parameters


def with_optimiser(make: Callable[[list[Value]], Any]) -> Made:
    """One of ours, which keeps what it needs in lists."""
    model = gg.MLP(2, [3, 1])
    optimiser = make(model.parameters())

    def step(xs: Any, ys: Any) -> Any:
        loss = sum((model(x) - y) ** 2 for x, y in zip(xs, ys, strict=True)) / len(ys)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss

    return step, model.parameters()


def grad_inside() -> Made:
    """A gradient penalty: the slope of the model by its input is part of the loss."""
    model = gg.MLP(2, [3, 1])

    def step(x: Any) -> Any:
        value, slopes = gg.value_and_grad(model)(x)
        curvature = gg.grad(lambda t: model([t, x[1]]) ** 2)(x[0])
        loss = value**2 + sum(s * s for s in slopes) + curvature
        descend(model.parameters(), loss, 0.1)
        return loss, slopes

    return step, model.parameters()


def sgd(parameters: list[Value]) -> Any:
    """With all of its terms and a schedule."""
    return gg.optim.SGD(parameters, lr=lambda t: 0.1 * 0.9**t, momentum=0.9, weight_decay=1e-3)


def adam(parameters: list[Value]) -> Any:
    """With its defaults."""
    return gg.optim.Adam(parameters, lr=0.05)


FOUR = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
PLANE, TARGETS = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [1.0, -1.0, 0.5]
_X, _Y = demo_moons()
_rng = np.random.default_rng(3)
PROGRAMS: dict[str, tuple[Callable[[], Made], tuple[Any, ...]]] = {
    "lecture": (lecture, (FOUR, [1.0, -1.0, -1.0, 1.0])),
    "moons": (moons, (np.array(_X[:12]), 2 * np.array(_Y[:12]) - 1, 0.3)),
    "digits": (digits, (_rng.normal(size=(4, 6)),)),
    "recurrent": (recurrent, (_rng.normal(size=(5, 2)).tolist(), 0.5)),
    "attention": (attention, (_rng.normal(size=(4, 3)), np.tri(4))),
    "layer_norm": (layer_norm, (_rng.normal(size=(3, 4)),)),
    "adam_by_hand": (adam_by_hand, (PLANE, TARGETS)),
    "sgd": (partial(with_optimiser, sgd), (PLANE, TARGETS)),
    "adam": (partial(with_optimiser, adam), (PLANE, TARGETS)),
    "grad_inside": (grad_inside, ([0.3, -0.8],)),
}


def numbers(x: Any) -> list[float]:
    """Flatten what a step returned."""
    if isinstance(x, dict):
        return numbers(list(x.values()))
    if isinstance(x, (list, tuple)):
        return [number for part in x for number in numbers(part)]
    return [float(x.data if isinstance(x, Value) else x)]


def seeded(make: Callable[[], Made]) -> Made:
    """Make a step that starts from the same parameters each time."""
    random.seed(1337)
    return make()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_ten_steps_agree_with_eager_ones(name: str, backend: Any) -> None:
    """Results, gradients and parameters of each of ten updates are those of eager code."""
    make, arguments = PROGRAMS[name]
    eager, parameters = seeded(make)
    step, parameters2 = seeded(make)
    run = gg.compile(step, backend=backend)
    first = [p.data for p in parameters]
    for _ in range(10):
        wanted, got = eager(*arguments), run(*arguments)
        assert numbers(got) == pytest.approx(numbers(wanted), rel=1e-11, abs=1e-13)
        for read in (lambda p: p.data, lambda p: p.grad):
            assert list(map(read, parameters2)) == pytest.approx(
                list(map(read, parameters)), rel=1e-11, abs=1e-13
            )
    assert run.stats["compilations"] == 1
    assert [p.data for p in parameters] != first


UNARY = ["tanh", "sin", "relu", "sigmoid", "softplus", "exp", "neg", "abs", "leaky_relu", "atan"]
BINARY = ["add", "sub", "mul", "div", "minimum", "maximum", "pow"]


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 30))
def test_random_programs_agree(seed: int, length: int) -> None:
    """Ten steps of random programs, with sharing and choices, are those of eager code.

    The interpreter uses the table's operations, so the loss is the same bit by bit. The shares of a
    gradient add up in another order: what differs is rounding, of shares that may cancel out.
    """

    def made() -> Made:
        rng = random.Random(seed)
        ws = values(3, rng)

        def step(xs: Any) -> Any:
            draw = random.Random(seed)
            known: list[Any] = [*ws, *xs, 0.5, ws[0]]
            for _ in range(length):
                a, b = draw.choice(known), draw.choice(known)
                kind = draw.random()
                if kind < 0.4:
                    known.append(gg.ops.TABLE[draw.choice(UNARY)](a))
                elif kind < 0.8:
                    known.append(gg.ops.TABLE[draw.choice(BINARY)](a, b))
                elif kind < 0.9:
                    known.append(gg.where(gg.ops.gt(a, b), a, b * 0.5))
                else:
                    known.append(sum(draw.choices(known, k=4)))
            loss = sum(gg.tanh(x) for x in known[-6:]) + ws[0] * 0.0
            descend(ws, loss, 0.01)
            return loss

        return step, ws

    eager, ws = made()
    step, ws2 = made()
    run = gg.compile(step, backend=Interpreter())
    for _ in range(10):
        before = [w.data for w in ws]
        wanted, got = eager([0.7, -1.2]), run([0.7, -1.2])
        after = [w.data for w in ws]
        assert same(wanted.data, got.data)
        for w, start in zip(ws, before, strict=True):
            w.data = start  # for the sizes of the shares
        sizes = sizes_of_shares(wanted, ws)
        for w, w2, end, size in zip(ws, ws2, after, sizes, strict=True):
            assert same(w.grad, w2.grad, 1e-13 * size), (w, w2)
            assert same(end, w2.data, 1e-15 * size + 1e-15 * abs(end)), (w, w2)
            w.data = w2.data = end  # each step is judged by itself


def sizes_of_shares(root: Value, leaves: list[Value]) -> list[float]:
    """Give what the gradients of leaves would be, were no share of them negative."""
    order, seen, stack = [], {root}, [(root, iter(root._prev))]
    while stack:
        node, parents = stack[-1]
        parent = next(parents, None)
        if parent is None:
            order.append(node)
            stack.pop()
        elif parent not in seen:
            seen.add(parent)
            stack.append((parent, iter(parent._prev)))
    sizes = {root: 1.0}
    for node in reversed(order):
        row, parents = node._primitive, node._prev
        if row is not None and parents and node in sizes:
            slopes = row.slopes(node.data, *(p.data for p in parents))
            for parent, slope in zip(parents, slopes, strict=True):
                share = sizes[node] * abs(slope) if sizes[node] and slope else 0.0
                sizes[parent] = sizes.get(parent, 0.0) + (share if share == share else math.inf)
    return [sizes.get(leaf, 0.0) for leaf in leaves]


def same(a: float, b: float, apart: float = 0.0) -> bool:
    """Tell whether two numbers agree, or are that little apart; nan agrees with nan."""
    return a == b or (a != a and b != b) or abs(a - b) <= apart


@pytest.mark.parametrize("backend", BACKENDS)
def test_hostile_programs(backend: Any) -> None:
    """Aliases, unused parameters, echoed inputs, empty lists and a batch of one, by hand."""
    w, unused = Value(3.0), Value(7.0)

    def step(x: Any, empty: Any, batch: Any) -> Any:
        y = w + w + w * w * x + sum(empty) + sum(b[0] for b in batch)
        w.grad = unused.grad = 0.0
        y.backward()
        return y, x, [x, x], w, y, "text", None, {"kept": 5}

    run = gg.compile(step, backend=backend)
    y, x, xs, w_out, y2, text, none, kept = run(2.0, [], [[0.5]])
    assert (y.data, x, xs, w_out.data, y2.data) == (24.5, 2.0, [2.0, 2.0], 3.0, 24.5)
    assert (text, none, kept) == ("text", None, {"kept": 5})
    assert (w.grad, unused.grad) == (2.0 + 2 * 3.0 * 2.0, 0.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_captured_values_have_one_truth(backend: Any) -> None:
    """Two compiled steps and eager code change the same parameter in turn."""
    w = Value(1.0)

    def grow() -> None:
        w.data = w.data * 3.0
        w.grad = w.grad + 1.0

    def shrink(x: Any) -> Any:
        w.data = w.data - x
        return w * 2.0

    grow_fast, shrink_fast = gg.compile(grow, backend=backend), gg.compile(shrink, backend=backend)
    wanted = 1.0
    for k in range(4):
        grow_fast()
        assert shrink_fast(0.5).data == 2.0 * (3.0 * wanted - 0.5)
        w.data += 1.0
        wanted = 3.0 * wanted + 0.5
        assert (w.data, w.grad) == (wanted, k + 1.0)


def test_what_is_exchanged_outside_counts() -> None:
    """A number, a model, an array and an optimiser's rate that change between calls are seen."""
    rate, model, points = 0.5, [Value(2.0)], np.array([1.0, 2.0])
    optimiser = gg.optim.SGD(model, lr=0.1)

    def step() -> Any:
        return sum(model[0] * x for x in points) * rate * optimiser.lr

    run = gg.compile(step, backend=Interpreter())
    assert run().data == pytest.approx(2.0 * 3.0 * 0.5 * 0.1)
    rate = 0.25
    assert run().data == pytest.approx(2.0 * 3.0 * 0.25 * 0.1)
    rate = 0.125
    optimiser.lr = 1.0
    assert run().data == pytest.approx(2.0 * 3.0 * 0.125)
    compilations = run.stats["compilations"]
    for rate in (1.0, 2.0, 3.0):  # by now it is known to change
        assert run().data == pytest.approx(6.0 * rate)
    assert run.stats["compilations"] == compilations
    model[0] = Value(-1.0)
    points[1] = 0.0
    assert run().data == pytest.approx(-3.0)


def test_a_number_that_steers_the_function_is_compiled_in() -> None:
    """A count outside of the function that changes compiles again and still counts."""
    depth, w = 2, Value(3.0)
    run = gg.compile(lambda: math.prod([w] * depth, start=1.0), backend=Interpreter())
    assert run().data == 9.0
    depth = 3
    assert run().data == 27.0


def test_a_state_of_one_form_is_one_of_the_next() -> None:
    """What a step keeps is found out by running it twice, once for all shapes of its arguments."""
    ran, kept = SimpleQueue[int](), [1.0]

    def step(xs: Any) -> Any:
        ran.put(1)
        kept[0] = 0.5 * kept[0] + sum(xs)
        return kept[0] * 2.0

    run = gg.compile(step, backend=Interpreter())
    assert (run([1.0]), ran.qsize()) == (3.0, 2)
    assert (run([1.0, 2.0]), ran.qsize()) == (7.5, 3)
    assert (run([1.0]), kept) == (5.75, [2.875])


def test_a_state_of_one_form_may_steer_another() -> None:
    """A number that one form moves, or None put there, is compiled in where it decides."""
    kept: list[Any] = [2.0]

    def step(xs: Any) -> Any:
        if len(xs) == 1:
            kept[0] = kept[0] * 2.0
            return xs[0]
        if kept[0] is None:
            return xs[0] * 7.0
        return xs[0] * (1.0 if len(xs) == 3 else 3.0 if kept[0].is_integer() else 5.0)

    run = gg.compile(step, backend=Interpreter())
    assert (run([1.0]), kept) == (1.0, [4.0])
    kept[0] = None
    assert run([1.0, 1.0, 1.0]) == 7.0
    kept[0] = 4.0
    assert run([1.0, 1.0]) == 3.0
    kept[0] = 0.5
    assert run([1.0, 1.0]) == 5.0
    assert (run([1.0]), kept) == (1.0, [1.0])


def test_results_are_detached() -> None:
    """A result is a Value like others, but its backward() names what to write."""
    w = Value(3.0)
    y = gg.compile(lambda x: w * x, backend=Interpreter())(2.0)
    assert (y.data, y.grad, y._prev, (y + 1.0).data) == (6.0, 0.0, (), 7.0)
    with pytest.raises(TypeError, match="value_and_grad"):
        y.backward()
    assert w.grad == 0.0


def test_eager_gives_live_values() -> None:
    """`.eager` runs the plain function, whose result has its graph."""
    w = Value(3.0)
    run = gg.compile(lambda x: w * x, backend=Interpreter())
    run.eager(2.0).backward()
    assert w.grad == 2.0


def test_decorator_forms() -> None:
    """With and without arguments, on a method, and inside of another compiled function."""

    @gg.compile
    def double(x: Any) -> Any:
        """Doubles."""
        return x * 2.0

    @gg.compile(backend=Interpreter())
    def quadruple(x: Any) -> Any:
        return double(double(x))

    class Net:
        def __init__(self) -> None:
            self.w, self.calls = Value(5.0), 0

        @gg.compile(backend=Interpreter())
        def forward(self, x: Any) -> Any:
            self.calls += 1
            return self.w * x

    net, other = Net(), Net()
    other.w.data = 7.0
    assert isinstance(double, Compiled)
    assert (double.__name__, double.__doc__) == ("double", "Doubles.")
    assert quadruple(1.5) == 6.0
    assert [net.forward(2.0).data, other.forward(2.0).data, net.forward(3.0).data] == [10, 14, 15]
    assert (net.calls, other.calls) == (2, 1)
    with pytest.raises(TypeError, match="takes a function, but a float came"):
        gg.compile(3.0)  # type: ignore[call-overload]  # what is tested


def test_arguments_of_every_form() -> None:
    """Numbers, arrays and nests may differ; texts and bools choose the code; names may be given."""

    def f(a: Any, nest: Any, mode: str = "sum", *, flag: bool = False) -> Any:
        total = a + nest["x"][0] + nest["x"][1][0] + nest["y"].sum()
        return total * 2.0 if mode == "twice" or flag else total

    run = gg.compile(f, backend=Interpreter())
    nest = {"x": (1, [np.float32(2.5)]), "y": np.array([[3, 4]])}
    assert run(0.5, nest) == 11.0
    assert run(1.5, nest, mode="twice") == 24.0
    assert run(2.5, nest, flag=True) == 26.0
    assert run(3.5, {"x": (0, [0.0]), "y": np.ones((1, 2))}) == 5.5
    assert run.stats["compilations"] == 3


class Batch(NamedTuple):
    """Rows and targets by name."""

    x: Any
    y: Any


def test_named_tuples_hold_inputs() -> None:
    """One compilation serves every batch that comes as a named tuple."""
    run = gg.compile(lambda b: Batch(b.y, b.x[1] * 10.0), backend=Interpreter())
    for k in range(4):
        assert run(Batch([1.0, float(k)], k)) == Batch(k, 10.0 * k)
    assert run.stats["compilations"] == 1
    with pytest.raises(TypeError, match=r"b must hold real numbers"):
        run(Batch([1.0, 1j], 2))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [(1j, "x must hold real numbers.*1j"), (np.array(["a"]), "x must hold real numbers.*<U1")],
)
def test_a_wrong_argument_is_named(wrong: Any, words: str) -> None:
    """The message names the argument, what was expected and what came."""
    with pytest.raises(TypeError, match=words):
        gg.compile(lambda x: x, backend=Interpreter())(wrong)


def test_a_wrong_shape_says_what_came() -> None:
    """The function's own complaint about a shape gets a note that names the arguments."""
    run = gg.compile(lambda X: [a * b for a, b in zip(X, (1, 2), strict=True)])
    with pytest.raises(ValueError, match="zip") as caught:
        run([1.0, 2.0, 3.0])
    assert "X of the shape (3,)" in caught.value.__notes__[0]


def test_arguments_without_names_are_counted() -> None:
    """Those of `*args` are x0, x1 and so on; named ones keep their names."""
    with pytest.raises(ZeroDivisionError) as caught:
        gg.compile(lambda *args, **more: 1 / 0)(1.0, [2.0, 3.0], rate=0.5)
    told = "x0 of the shape (), x1 of the shape (2,), rate of the shape ()."
    assert caught.value.__notes__[0].endswith(told)


def test_a_gradient_is_compiled_under_the_names_of_its_function() -> None:
    """Notes have the function's name and its arguments', and `each` takes them."""
    slope = gg.compile(gg.grad(lambda spot, rate: spot**2 * rate, 0), backend=Interpreter())
    assert str(slope) == "grad(<lambda>)"
    assert list(slope.repeat(2, [1.0, 2.0], 0.5, each=["spot"])) == [1.0, 2.0]


def test_the_cache_is_bounded() -> None:
    """A hundred shapes keep compiled code for 64, and each shape computes what it should."""
    w = Value(2.0)
    run = gg.compile(lambda xs: sum(w * x for x in xs), backend=Interpreter())
    for n in range(1, 101):
        assert run([1.0] * n).data == 2.0 * n
    assert len(run._calls) == 64
    assert run.stats["compilations"] == 100
    run([1.0] * 100)
    assert run.stats["compilations"] == 100


def test_modes_around_a_call() -> None:
    """Under no_grad nothing flows back; under detect_anomaly the function runs eagerly."""
    w = Value(-2.0)

    def step(x: Any) -> Any:
        y = (w * x).log()
        y.backward()
        return y

    run = gg.compile(step, backend=Interpreter())
    with gg.no_grad():
        run(-1.0)
    assert w.grad == 0.0
    run(-1.0)
    assert w.grad == -0.5
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError, match="log"):
        run(1.0)


def test_a_user_s_own_operation() -> None:
    """A row that a user adds computes and differentiates in compiled code."""
    w = Value(2.0)
    row = gg.primitive(
        "jit_cube",
        forward=lambda x: x * x * x,
        partials=lambda y, x: (3 * x * x,),
        domain=[(-2, 2)],
        says="A cube.",
    )

    def step(x: Any) -> Any:
        y = row(w * x)
        y.backward()
        return y

    assert gg.compile(step, backend=Interpreter())(1.5).data == 27.0
    assert w.grad == 1.5 * 3 * 9.0


def test_before_the_first_call() -> None:
    """The graph of a function that never ran says that it must be called; stats count from 0."""
    run = gg.compile(lambda x: x * 2.0)
    with pytest.raises(RuntimeError, match="call it"):
        _ = run.graph
    assert run.stats == {"calls": 0, "compilations": 0}


def test_without_llvm_one_line_says_so() -> None:
    """Where llvmlite is absent a function still computes, and standard error says so once."""
    script = (
        "import sys; sys.modules['llvmlite'] = None\n"
        "import glassgrad as gg\n"
        "f = gg.compile(lambda x: x * 2.0)\n"
        "print(f(1.5), f(2.5))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "3.0 5.0\n"
    assert done.stderr.count("\n") == 1
    assert "without native code" in done.stderr
    assert "llvmlite" in done.stderr


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "select", [lambda x: gg.maximum(x, 0.0), gg.relu, lambda x: gg.clip(x, 0, 1)]
)
def test_an_infinite_gradient_does_not_leak_into_what_was_not_taken(
    backend: Any, select: Callable[[Any], Any]
) -> None:
    """The slope of sqrt(max(w - 1, 0)) along w is 0 where 0 is taken; that of sqrt is inf."""
    w, other = Value(0.5), Value(0.25)

    @partial(gg.compile, backend=backend)
    def step(x: Any) -> Any:
        w.grad = other.grad = 0.0
        y = gg.sqrt(select(w * x - 1.0)) + other * x
        y.backward()
        return y

    assert step(0.75).data == 0.1875
    assert (w.grad, other.grad) == (0.0, 0.75)


@pytest.mark.parametrize(
    ("number", "says"),
    [(2.0, r"log\(-2\.0\) is nan"), (math.nan, r"-1\.0 \* nan is nan")],
)
def test_an_anomaly_in_a_compiled_function_is_named(number: float, says: str) -> None:
    """Operation, operand and line are those of the user, be it nan from outside or from within."""
    w = Value(-1.0)

    @gg.compile
    def step(x: Any) -> Any:
        h = w * x
        return h.log() + 1.0

    assert step(-2.0).data == 1.0 + math.log(2.0)
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError, match=says) as caught:
        step(number)
    line = step.__wrapped__.__code__.co_firstlineno + (3 if number == 2.0 else 2)
    assert f"test_jit.py:{line}" in str(caught.value)
    assert math.isnan(step(number).data)  # without the mode it computes on


def test_an_anomaly_on_the_way_back_is_named() -> None:
    """The slope of sqrt at 0 is infinite: the error names the row and the line of the forward."""
    w = Value(-1.0)

    @gg.compile
    def step(x: Any) -> Any:
        loss = (w + x).sqrt()
        loss.backward()
        return loss

    step(2.0)
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError, match=r"became inf .* sqrt\(0\.0\)"):
        step(1.0)
