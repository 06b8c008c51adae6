import ast
import copy
import json
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import MLP, Layer, Module, Neuron, Value
from glassgrad.data import demo_moons, lecture


class Upmost(random.Random):
    """A source whose every draw is the upper end of its range."""

    def uniform(self, a: float, b: float) -> float:
        """Return the upper end."""
        return b


class Affine(Module):
    """A Module as a user writes one."""

    def __init__(self) -> None:
        self.scale = Value(3.0)
        self.shifts = {"a": Value(0.5), 2: (Value(-1.0), [Value(4.0)])}
        self.name = "affine"
        self.inner = Neuron(2)

    def __call__(self, x: float) -> Value:
        """Return the line's height, and keep it."""
        self.seen = self.scale * x + self.shifts["a"]
        return self.seen


# The notes' classes, as they stand there.


def test_numbers_of_parameters() -> None:
    """The lecture's network has 41 parameters, the demo's 337."""
    assert len(MLP(3, [4, 4, 1]).parameters()) == 41
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337


def test_draws_come_in_the_order_of_the_notes() -> None:
    """Each neuron draws its weights, then its bias, from Python's own `random`."""
    random.seed(1337)
    model = MLP(3, [4, 4, 1])
    random.seed(1337)
    expected = [random.uniform(-1, 1) for _ in range(41)]
    assert [p.data for p in model.parameters()] == expected


def test_neuron_of_the_lecture() -> None:
    """2*(-3) + 0*1 + 6.88... through tanh is the root of a half, with the lecture's gradients."""
    n = Neuron(2)
    n.w[0].data, n.w[1].data, n.b.data = -3.0, 1.0, 6.8813735870195432
    x = [Value(2.0), Value(0.0)]
    o = n(x)
    o.backward()
    assert o.data == pytest.approx(0.7071067811865476, rel=1e-15)
    grads = [x[0].grad, n.w[0].grad, x[1].grad, n.w[1].grad]
    assert grads == pytest.approx([-1.5, 1.0, 0.5, 0.0], rel=1e-14)


def test_bias_comes_first_in_the_sum() -> None:
    """The weighted sum begins at the bias, as in the notes, so that the last bits are theirs."""
    n = Neuron(3, "linear")
    n.w[0].data, n.w[1].data, n.w[2].data, n.b.data = 0.1, 0.2, 0.3, 1e-16
    assert n([1.0, 1.0, 1.0]).data == ((1e-16 + 0.1) + 0.2) + 0.3


def test_products_are_weight_times_input() -> None:
    """In the graph a weight stands on the left of its input, as in the notes."""
    n, x = Neuron(1, "linear"), Value(2.0)
    total = n([x])
    bias, product = total._prev
    assert (bias, product._prev) == (n.b, (n.w[0], x))


def test_layer_of_one_gives_the_bare_value() -> None:
    """One neuron gives a Value, several give a list."""
    assert isinstance(Layer(3, 1)([1.0, 2.0, 3.0]), Value)
    outs = Layer(3, 2)([1.0, 2.0, 3.0])
    assert [type(out) for out in outs] == [Value, Value]


def test_layer_of_one_inside_a_network() -> None:
    """A hidden layer of one neuron hands its single output on."""
    model = MLP(2, [1, 3])
    hidden = model.layers[0]([0.5, -0.25])
    expected = [math.tanh(n.b.data + n.w[0].data * hidden.data) for n in model.layers[1].neurons]
    assert [out.data for out in model([0.5, -0.25])] == expected


def test_one_input_without_a_list() -> None:
    """A network of one input takes a bare number."""
    model = MLP(1, [4, 1])
    assert model(0.3).data == model([0.3]).data


def by_hand(weights: list[list[list[float]]], x: list[float], y: float) -> tuple[float, list[Any]]:
    """Return the output and the gradient of (output - y)**2 for rows [*w, b] under tanh."""
    outs = [x]
    for rows in weights:
        ins = [*outs[-1], 1.0]
        outs.append([math.tanh(sum(w * i for w, i in zip(row, ins, strict=True))) for row in rows])
    grads: list[Any] = []
    delta = [2.0 * (outs[-1][0] - y)]
    for rows, ins, out in zip(weights[::-1], outs[-2::-1], outs[:0:-1], strict=True):
        delta = [d * (1.0 - o * o) for d, o in zip(delta, out, strict=True)]
        grads.insert(0, [[d * i for i in [*ins, 1.0]] for d in delta])
        delta = [
            sum(d * row[j] for d, row in zip(delta, rows, strict=True)) for j in range(len(ins))
        ]
    return outs[-1][0], grads


def test_training_loop_of_the_notes() -> None:
    """Twenty steps give the losses of a backpropagation over plain lists, written out by hand."""
    random.seed(7)
    n = MLP(3, [4, 4, 1])
    weights = [
        [[p.data for p in neuron.parameters()] for neuron in layer.neurons] for layer in n.layers
    ]
    xs, ys = lecture()
    for _ in range(20):
        ypred = [n(x) for x in xs]
        loss = sum((yout - ygt) ** 2 for ygt, yout in zip(ys, ypred, strict=True))
        for p in n.parameters():
            p.grad = 0.0
        loss.backward()
        for p in n.parameters():
            p.data += -0.1 * p.grad

        runs = [by_hand(weights, x, y) for x, y in zip(xs, ys, strict=True)]
        expected = sum((out - y) ** 2 for (out, _), y in zip(runs, ys, strict=True))
        assert loss.data == pytest.approx(expected, rel=1e-12)
        for _, grads in runs:
            for rows, steps in zip(weights, grads, strict=True):
                for row, step in zip(rows, steps, strict=True):
                    row[:] = [w - 0.1 * g for w, g in zip(row, step, strict=True)]
    assert loss.data < 0.05


def test_demo_begins_as_published() -> None:
    """The demo on the moons begins with the losses and the accuracy of its notebook."""
    random.seed(1337)
    model = MLP(2, [16, 16, 1], activation=["relu", "relu", "linear"], bias=0.0)
    X, y = demo_moons()
    losses = []
    for k in range(2):
        scores = [model(x) for x in X]
        margins = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        loss = sum(margins) * (1.0 / len(margins)) + penalty
        losses.append(loss.data)
        if k == 0:
            right = [(yi > 0) == (score > 0) for yi, score in zip(y, scores, strict=True)]
            assert sum(right) == 50
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
    assert losses == pytest.approx([0.8958441028683222, 1.7235905336972022], rel=1e-13)


# Activations and initial values.


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("linear", -0.7),
        ("tanh", math.tanh(-0.7)),
        ("relu", 0.0),
        ("sigmoid", 1.0 / (1.0 + math.exp(0.7))),
        ("abs", 0.7),
        (gg.sin, math.sin(-0.7)),
    ],
)
def test_activation_by_name_or_row(activation: Any, expected: float) -> None:
    """The sum -0.7 goes through the operation of that name, or of that row."""
    n = Neuron(1, activation)
    n.w[0].data, n.b.data = 2.0, -1.3
    assert n([0.3]).data == pytest.approx(expected, rel=1e-15)


def test_activation_may_be_a_users_own_row() -> None:
    """An operation that a user adds to the table is an activation by its name."""
    gg.primitive(
        "bent_for_nn",
        forward=lambda x: x / (1.0 + abs(x)),
        partials=lambda y, x: (1.0 / ((1.0 + abs(x)) * (1.0 + abs(x))),),
        domain=[(0.1, 2.0)],
        says="A softer tanh.",
    )
    n = Neuron(1, "bent_for_nn", init="zero", bias=3.0)
    out = n([1.0])
    out.backward()
    assert (out.data, n.b.grad) == (0.75, 0.0625)
    del gg.ops.TABLE["bent_for_nn"], gg.ops.Operand.bent_for_nn


def test_activation_by_layer() -> None:
    """A list names the activation of each layer; one name holds for all."""
    model = MLP(2, [3, 2, 1], activation=["relu", gg.sigmoid, "linear"])
    assert model.activations == ["relu", "sigmoid", "linear"]
    assert MLP(2, [3, 1]).activations == ["tanh", "tanh"]
    assert model.sizes == [2, 3, 2, 1]


@pytest.mark.parametrize(
    ("init", "limit", "bias"),
    [
        ("uniform", 1.0, 1.0),
        ("glorot", 0.7745966692414834, 0.0),  # the root of 6 / (3 + 7)
        ("he", 1.4142135623730951, 0.0),  # the root of 6 / 3
        ("zero", 0.0, 0.0),
    ],
)
def test_limits_of_initial_values(init: str, limit: float, bias: float) -> None:
    """A layer of 3 inputs and 7 neurons draws from -limit to limit."""
    layer = Layer(3, 7, init=init, rng=Upmost())
    assert {p.data for n in layer.neurons for p in n.w} == {limit}
    assert {n.b.data for n in layer.neurons} == {bias}


def test_initial_values_are_uniform() -> None:
    """Weights are the source's own uniform draws from -limit to limit."""
    layer = Layer(3, 7, init="he", rng=random.Random(5))
    source = random.Random(5)
    expected = [source.uniform(-math.sqrt(2.0), math.sqrt(2.0)) for _ in range(21)]
    assert [w.data for n in layer.neurons for w in n.w] == expected


def test_bias_given_draws_nothing() -> None:
    """With a bias given, only weights are drawn, as in the micrograd repository."""
    random.seed(3)
    model = MLP(2, [2, 1], bias=0.25)
    random.seed(3)
    for n in [*model.layers[0].neurons, *model.layers[1].neurons]:
        assert [w.data for w in n.w] == [random.uniform(-1, 1) for _ in n.w]
        assert n.b.data == 0.25


def test_own_source_leaves_pythons_alone() -> None:
    """With `rng` the same seed gives the same network, and Python's `random` does not move."""
    before = random.getstate()
    first, second = (MLP(2, [3, 1], rng=random.Random(9)).state_dict() for _ in range(2))
    assert first == second
    assert random.getstate() == before


# Modules.


def test_names_are_python() -> None:
    """Each name, put behind the model, reaches its parameter."""
    model = Affine()
    names = dict(model.named_parameters())
    assert list(names) == [
        "scale",
        "shifts['a']",
        "shifts[2][0]",
        "shifts[2][1][0]",
        "inner.w[0]",
        "inner.w[1]",
        "inner.b",
    ]
    for name, p in names.items():
        assert eval(compile(ast.parse(f"model.{name}", mode="eval"), "", "eval")) is p


def test_names_in_a_network() -> None:
    """The last of a layer's parameters is its last neuron's bias."""
    model = MLP(3, [4, 4, 1])
    names = dict(model.named_parameters())
    assert names["layers[1].neurons[2].w[3]"] is model.layers[1].neurons[2].w[3]
    assert list(names)[-1] == "layers[2].neurons[0].b"
    assert list(names.values()) == model.parameters()


def test_shared_parameter_counts_once() -> None:
    """A parameter, or a whole Module, in two places has its first name only."""
    model = MLP(2, [2, 2])
    model.layers[1] = model.layers[0]
    assert len(model.parameters()) == 6
    model.layers[0].neurons[1].b = model.layers[0].neurons[0].b
    names = [name for name, _ in model.named_parameters()]
    assert names == [
        *["layers[0].neurons[0].w[0]", "layers[0].neurons[0].w[1]", "layers[0].neurons[0].b"],
        *["layers[0].neurons[1].w[0]", "layers[0].neurons[1].w[1]"],
    ]


def test_modules_may_know_each_other() -> None:
    """A Module that holds the one it stands in is walked once, and shown once."""
    model = Affine()
    model.inner.owner = model
    assert len(model.parameters()) == 7
    assert repr(model).count("Affine") == 1


def test_kept_output_is_no_parameter() -> None:
    """A Value that was computed, and kept in an attribute, is not trained."""
    model = Affine()
    model(2.0)
    assert len(model.parameters()) == 7


def test_zero_grad_clears_every_parameter() -> None:
    """After zero_grad no gradient is left."""
    model = MLP(2, [3, 1])
    model([1.0, -2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 13


def test_copy_is_independent() -> None:
    """A deep copy has the same numbers in Values of its own."""
    model = MLP(2, [3, 1])
    other = copy.deepcopy(model)
    before = other.state_dict()
    assert before == model.state_dict()
    for p in model.parameters():
        p.data += 1.0
    assert other.state_dict() == before


# Saving and loading.


@given(st.lists(st.floats(), min_size=7, max_size=7))
def test_state_goes_through_json_bit_for_bit(numbers: list[float]) -> None:
    """Numbers of every size, infinities and nan come back as they were."""
    model, other = Affine(), Affine()
    for p, x in zip(model.parameters(), numbers, strict=True):
        p.data = x
    other.load_state_dict(json.loads(json.dumps(model.state_dict())))
    restored = [p.data for p in other.parameters()]
    assert [x.hex() for x in restored] == [x.hex() for x in numbers]


def renamed(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state with one name misspelt."""
    state["inner.w[O]"] = state.pop("inner.w[0]")
    return state


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (renamed, ValueError, r"1 missing, 1 unknown.*\n.*'inner.w\[0\]'"),
        (renamed, ValueError, r"unknown: 'inner.w\[O\]'. Did you mean 'inner.w\[0\]'\?"),
        (lambda state: {**state, "zzz": 1.0}, ValueError, r"0 missing, 1 unknown.*\n.*'zzz'\."),
        (lambda _: {}, ValueError, "of 7 parameters: 7 missing, 0 unknown"),
        (lambda state: {**state, "inner.b": "0.5"}, TypeError, "The entry 'inner.b' must be"),
        (lambda state: {**state, "inner.b": None}, TypeError, "The entry 'inner.b' must be"),
    ],
)
def test_state_that_does_not_fit(
    spoil: Callable[[dict[str, Any]], dict[str, Any]], error: type[Exception], message: str
) -> None:
    """The message says what is wrong, and no parameter has changed."""
    model = Affine()
    before = model.state_dict()
    state = spoil(dict.fromkeys(before, 9.0))
    with pytest.raises(error, match=message):
        model.load_state_dict(state)
    assert model.state_dict() == before


# Errors and pictures in words.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Neuron(3)([1.0, 2.0]), r"Neuron\(3, 'tanh'\) takes 3 inputs.*but 2 came"),
        (lambda: MLP(3, [2, 1])([[1.0] * 3] * 4), "takes 3 inputs.*but 4 came.*one sample"),
        (lambda: Neuron(3, "rleu"), "no activation 'rleu'. Did you mean 'relu'?"),
        (lambda: Neuron(3, "tahn"), "no activation 'tahn'. Did you mean 'tanh'?"),
        (lambda: Neuron(3, "mul"), "no activation 'mul'"),
        (lambda: Neuron(3, "!"), "no activation '!'. There are linear, .*tanh"),
        (lambda: Neuron(3, init="glorrot"), "no init 'glorrot'. Did you mean 'glorot'?"),
        (lambda: Neuron(0), "nin must be a whole number of at least 1, but 0 came"),
        (lambda: MLP(2.5, [4]), "nin must be a whole number of at least 1, but 2.5 came"),
        (lambda: Layer(3, 0), "nout must be a whole number of at least 1, but 0 came"),
        (lambda: MLP(3, []), r"nouts=\[\]"),
        (lambda: MLP(3, [4, 1], ["relu"]), r"nouts=\[4, 1\] and activation=\['relu'\]"),
    ],
)
def test_wrong_use_is_explained(call: Callable[[], Any], message: str) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: MLP("3", [4]), r"nin must be a real number, but '3' \(str\) came"),
        (lambda: MLP(3, 4), r"nouts is a list.*Write MLP\(3, \[4\]\)"),
        (
            lambda: MLP(3, [4, 1], activation=lambda z: z * z),
            "activation is a name .*, but a function came. gg.primitive makes an operation of a",
        ),
        (lambda: MLP(3, [4, 1], ["tanh", math.tanh]), "but a builtin_function_or_method came"),
    ],
)
def test_things_of_the_wrong_kind_are_explained(call: Callable[[], Any], message: str) -> None:
    """So are texts for numbers, and functions for operations."""
    with pytest.raises(TypeError, match=message):
        call()


def test_sizes_may_be_whole_numbers_of_any_kind() -> None:
    """What NumPy or a division gives is as good as an int."""
    sizes = MLP(np.int64(3), [8 / 2, 1]).sizes
    assert sizes == [3, 4, 1]
    assert all(type(size) is int for size in sizes)


def test_repr_shows_the_whole_network() -> None:
    """A network shows its layers, their sizes, activations and numbers of parameters."""
    assert repr(MLP(3, [4, 4, 1], ["relu", "relu", "linear"])) == (
        "MLP(3, [4, 4, 1]), 41 parameters\n"
        "  layers[0]: Layer(3, 4, 'relu'), 16 parameters\n"
        "  layers[1]: Layer(4, 4, 'relu'), 20 parameters\n"
        "  layers[2]: Layer(4, 1, 'linear'), 5 parameters"
    )


def test_repr_of_modules_in_modules() -> None:
    """A user's Module shows the Modules inside of it, further in at each depth."""
    outer = Affine()
    outer.inner = MLP(1, [1])
    assert repr(outer) == (
        "Affine, 6 parameters\n"
        "  inner: MLP(1, [1]), 2 parameters\n"
        "    layers[0]: Layer(1, 1, 'tanh'), 2 parameters"
    )
    assert repr(Neuron(2)) == "Neuron(2, 'tanh'), 3 parameters"


def test_the_layers_of_an_mlp_are_a_list() -> None:
    """One number for the layers is answered by the list that was meant."""
    with pytest.raises(TypeError, match=r"Write MLP\(3, \[4\]\)"):
        MLP(3, 4)  # type: ignore[arg-type]  # the mistake that is tried


@pytest.mark.parametrize("n", [Neuron(3), Layer(3, 2), MLP(3, [2, 1])])
def test_inputs_come_as_one_list(n: Any) -> None:
    """Inputs one by one are answered by the call that was meant; Values as their numbers."""
    with pytest.raises(TypeError, match=r"one list of its inputs: n\(\[1, 2.0, 3\]\)"):
        n(1, Value(2.0), 3)
