"""Neuron, Layer and MLP, and the training loop of the notes: section seven."""

import random
from itertools import pairwise
from typing import Any

import autograd
import autograd.numpy as anp
import pytest

import glassgrad as gg
from glassgrad import Value

XS = [
    [2.0, 3.0, -1.0],
    [3.0, -1.0, 0.5],
    [0.5, 1.0, 1.0],
    [1.0, 1.0, -1.0],
]
YS = [1.0, -1.0, -1.0, 1.0]  # desired targets


# The classes of the notes, as a student types them.


class Neuron:
    """Weights, a bias and tanh."""

    def __init__(self, nin: int) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(random.uniform(-1, 1))

    def __call__(self, x: Any) -> Value:
        """The weighted sum, through tanh."""
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)  # noqa: B905 - as in the notes
        return act.tanh()

    def parameters(self) -> list[Value]:
        """Weights, then the bias."""
        return [*self.w, self.b]


class Layer:
    """A list of neurons."""

    def __init__(self, nin: int, nout: int) -> None:
        self.neurons = [Neuron(nin) for _ in range(nout)]

    def __call__(self, x: Any) -> Any:
        """A list of outputs, or the one."""
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self) -> list[Value]:
        """Those of all neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """A list of layers."""

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sz = [nin, *nouts]
        self.layers = [Layer(sz[i], sz[i + 1]) for i in range(len(nouts))]

    def __call__(self, x: Any) -> Any:
        """Through one layer after another."""
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        """Those of all layers."""
        return [p for layer in self.layers for p in layer.parameters()]


def train(n: Any, steps: int = 20) -> list[float]:
    """The loop of the notes; the loss of each step."""
    losses = []
    for _ in range(steps):
        # forward pass
        ypred = [n(x) for x in XS]
        loss = sum((yout - ygt) ** 2 for ygt, yout in zip(YS, ypred))  # noqa: B905 - likewise
        # backward pass
        for p in n.parameters():
            p.grad = 0.0
        loss.backward()
        # update
        for p in n.parameters():
            p.data += -0.1 * p.grad
        losses.append(loss.data)
    return losses


def peer(seed: int, steps: int = 20) -> list[float]:
    """The same training in matrices, with the gradients of HIPS autograd."""
    rng = random.Random(seed)
    sizes = [3, 4, 4, 1]
    ws = [
        anp.array([[rng.uniform(-1, 1) for _ in range(nin + 1)] for _ in range(nout)])
        for nin, nout in pairwise(sizes)
    ]

    def loss(ws: list[Any]) -> Any:
        x = anp.array(XS)
        for w in ws:
            x = anp.tanh(x @ w[:, :-1].T + w[:, -1])
        return anp.sum((x[:, 0] - anp.array(YS)) ** 2)

    losses = []
    for _ in range(steps):
        losses.append(float(loss(ws)))
        ws = [w - 0.1 * g for w, g in zip(ws, autograd.grad(loss)(ws), strict=True)]
    return losses


@pytest.mark.parametrize("kind", [MLP, gg.MLP], ids=["the notes' MLP", "the library's MLP"])
def test_41_parameters(kind: Any) -> None:
    """MLP(3, [4, 4, 1]) has 41 parameters and gives one bare Value between -1 and 1."""
    n = kind(3, [4, 4, 1])
    out = n([2.0, 3.0, -1.0])
    assert len(n.parameters()) == 41
    assert isinstance(out, Value)
    assert -1.0 < out.data < 1.0


@pytest.mark.parametrize("seed", [1337, 42, 7])
def test_training_loop_of_the_notes(seed: int) -> None:
    """After random.seed the notes' classes, the library's and HIPS autograd have one history."""
    random.seed(seed)
    of_the_notes = train(MLP(3, [4, 4, 1]))
    random.seed(seed)
    of_the_library = train(gg.MLP(3, [4, 4, 1]))
    assert of_the_notes == of_the_library
    assert of_the_notes == pytest.approx(peer(seed), rel=1e-9)
    assert of_the_notes[-1] < of_the_notes[0]


def test_training_fits_the_four_points() -> None:
    """Trained for longer, the network says the sign of every target."""
    random.seed(1337)
    n = gg.MLP(3, [4, 4, 1])
    losses = train(n, 60)
    assert losses[-1] < 0.1
    assert [n(x).data > 0 for x in XS] == [y > 0 for y in YS]


def test_another_library_says_the_same_of_the_neuron() -> None:
    """The lecture's check of the neuron against another library: value and four gradients."""

    def o(v: Any) -> Any:
        return anp.tanh(v[0] * v[2] + v[1] * v[3] + 6.8813735870195432)

    by_peer = autograd.grad(o)(anp.array([2.0, 0.0, -3.0, 1.0]))
    v = [Value(x) for x in (2.0, 0.0, -3.0, 1.0)]
    out = (v[0] * v[2] + v[1] * v[3] + 6.8813735870195432).tanh()
    out.backward()
    assert [x.grad for x in v] == pytest.approx(list(by_peer), rel=1e-12)
    assert out.data == pytest.approx(float(o([2.0, 0.0, -3.0, 1.0])), rel=1e-15)
