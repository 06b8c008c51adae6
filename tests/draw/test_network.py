"""Networks as cards of neurons."""

import random
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import glassgrad as gg
from glassgrad import Value, draw

SVG = "{http://www.w3.org/2000/svg}"


class Neuron:
    """The neuron of the lecture notes."""

    def __init__(self, nin: int) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x: Any) -> Value:
        """The weighted sum of the inputs, squashed."""
        act: Any = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        out: Value = act.tanh()
        return out


class Layer:
    """The layer of the lecture notes."""

    def __init__(self, nin: int, nout: int) -> None:
        self.neurons = [Neuron(nin) for _ in range(nout)]


class MLP:
    """The network of the lecture notes."""

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[i], sizes[i + 1]) for i in range(len(nouts))]


def texts(picture: draw.Picture) -> list[str]:
    """Every text in an SVG picture, in the order drawn."""
    return [element.text or "" for element in ET.fromstring(picture.svg()).iter(f"{SVG}text")]


def hand_made() -> SimpleNamespace:
    """A neuron of two inputs with known numbers, and gradients as after a backward pass."""
    w = [Value(0.5), Value(-2.0)]
    b = Value(0.25)
    w[0].grad, w[1].grad, b.grad = 0.125, -0.0625, 1.0
    return SimpleNamespace(w=w, b=b)


def test_a_card_has_weights_gradients_and_bias() -> None:
    """Each weight has its row with sign and gradient; the bias comes last."""
    said = texts(draw.network(hand_made()))
    start = said.index("w[0]")
    assert said[start : start + 9] == [
        *("w[0]", "+0.5000", "∂ +0.1250"),
        *("w[1]", "−2.0000", "∂ −0.0625"),
        *("b", "+0.2500", "∂ +1.0000"),
    ]


def test_gradients_appear_with_the_first_one() -> None:
    """As long as every gradient is zero the cards show none, and the caption is silent of them."""
    said = texts(draw.network(MLP(3, [4, 4, 1])))
    assert not any(text.startswith("∂") for text in said)
    assert "gradient" not in " ".join(said)


def test_a_sample_is_run_through_the_network() -> None:
    """With x each neuron shows its output and the name of the operation that made it."""
    random.seed(1)
    model = MLP(3, [4, 1])
    x = [2.0, 3.0, -1.0]
    hidden = [neuron(x) for neuron in model.layers[0].neurons]
    out = model.layers[1].neurons[0](hidden)
    said = texts(draw.network(model, x))
    for value in (*hidden, out):
        sign = "−" if value.data < 0 else "+"
        assert f"{sign}{abs(value.data):.4f}" in said
    assert said.count("tanh") == 5
    assert "4 neurons, tanh" in said


def test_linear_outputs_are_called_linear() -> None:
    """A neuron whose output is the sum itself has the activation linear."""
    model = gg.nn.MLP(2, [3, 1], activation=["relu", "linear"])
    said = texts(draw.network(model, [1.0, 2.0]))
    assert {"3 neurons, relu", "1 neuron, linear"} <= set(said)


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        (gg.nn.MLP(3, [4, 4, 1]), ["inputs", "layers[0]", "layers[1]", "layers[2]"]),
        (gg.nn.Layer(3, 2), ["inputs", "neurons"]),
        (gg.nn.Neuron(3), ["inputs", "neurons"]),
    ],
)
def test_networks_layers_and_neurons_are_drawn(model: Any, columns: list[str]) -> None:
    """Our own classes are drawn by the attributes of the lecture's."""
    said = texts(draw.network(model))
    assert [text for text in said if text in columns] == columns


def test_every_weight_is_an_edge_of_its_colour() -> None:
    """Between two full layers there is an edge for each weight, coloured by its sign."""
    random.seed(3)
    model = MLP(3, [4, 4, 1])
    strokes = [p.get("stroke") for p in ET.fromstring(draw.network(model).svg()).iter(f"{SVG}path")]
    weights = [w.data for layer in model.layers for n in layer.neurons for w in n.w]
    assert strokes.count("#d55e00") == sum(w < 0 for w in weights) + 1  # one is in the legend
    assert strokes.count("#0072b2") == sum(w > 0 for w in weights) + 1


def test_wide_layers_fold_their_middle() -> None:
    """Of 30 inputs and 16 neurons ten each are shown; before backward the first and the last."""
    said = texts(draw.network(MLP(30, [16, 1])))
    assert {"and 20 more", "and 6 more", "x[0]", "x[4]", "x[25]", "x[29]", "[15]"} <= set(said)
    assert not {"x[5]", "x[24]", "[5]", "[10]"} & set(said)


def test_the_largest_gradients_stay() -> None:
    """After backward a wide layer shows the ten neurons with the largest gradients."""
    layer = Layer(2, 20)
    for index, neuron in enumerate(layer.neurons):
        neuron.b.grad = float((7 * index) % 20)  # each of 0 to 19 once
    said = texts(draw.network(layer))
    shown = {int(text[1:-1]) for text in said if text.startswith("[")}
    assert shown == {index for index in range(20) if (7 * index) % 20 >= 10}


def test_many_weights_become_bars() -> None:
    """Where a layer has too many weights for their numbers, each is a bar: up plus, down minus."""
    random.seed(5)
    model = MLP(2, [16, 16, 1])
    picture = ET.fromstring(draw.network(model).svg())
    card = next(
        group
        for group in picture.iter(f"{SVG}g")
        if (group.findtext(f"{SVG}title") or "").startswith("[3], w[0]")
        and "w[15]" in (group.findtext(f"{SVG}title") or "")
    )
    bars = [rect for rect in card.iter(f"{SVG}rect") if "stroke" not in rect.attrib]
    neuron = model.layers[1].neurons[3]
    assert len(bars) == 17
    zero = max(float(bar.attrib["y"]) for bar in bars)
    for bar, weight in zip(bars, [*neuron.w, neuron.b], strict=True):
        below = float(bar.attrib["y"]) == zero
        assert below == (weight.data < 0)
        assert bar.attrib["fill"] == ("#d55e00" if weight.data < 0 else "#0072b2")


def test_a_sample_of_another_length_is_refused() -> None:
    """The message says how many inputs there are and what came."""
    with pytest.raises(ValueError, match=r"each of the 3 inputs, but it has 2: \[1.0, 2.0\]"):
        draw.network(MLP(3, [2]), [1.0, 2.0])


def test_what_is_no_network_is_refused() -> None:
    """The message says which attributes a network has and how an expression is drawn."""
    with pytest.raises(TypeError, match=r"int has none of them.*draw\.graph"):
        draw.network(3)
    with pytest.raises(ValueError, match="without neurons"):
        draw.network(SimpleNamespace(layers=[]))


def test_inputs_and_outputs_bear_the_names_given() -> None:
    """Features name the inputs' boxes and classes the last layer's cards, in their order."""
    model = gg.MLP(2, [3, 2], rng=random.Random(5))
    svg = draw.network(model, features=["bill length", "mass"], classes=["Adelie", "Gentoo"]).svg()
    texts = ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]
    assert [t for t in texts if t in ("bill length", "mass", "Adelie", "Gentoo")] == [
        "bill length",
        "mass",
        "Adelie",
        "Gentoo",
    ]
    assert "x[0]" not in texts


def test_names_must_be_as_many_as_inputs_and_outputs() -> None:
    """A wrong number of names is refused, with both numbers."""
    model = gg.MLP(2, [3, 2], rng=random.Random(5))
    with pytest.raises(ValueError, match="features names each of the 2 inputs, but it has 1"):
        draw.network(model, features=["a"])
    with pytest.raises(ValueError, match="classes names each of the 2 outputs, but it has 3"):
        draw.network(model, classes=["a", "b", "c"])
