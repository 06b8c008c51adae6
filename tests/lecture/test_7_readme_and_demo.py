"""The example of micrograd's README, and its demo of two moons."""

import random
from typing import Any

import numpy as np
import pytest

from glassgrad import MLP, Value
from glassgrad.data import demo_moons


def test_readme_example() -> None:
    """The end g is 24.7041, and its gradients are 138.8338 and 645.5773."""
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


# The demo: MLP(2, [16, 16, 1]), relu inside, biases 0, hinge loss and a penalty on the weights.


def demo_model() -> Any:
    """The demo's network, drawn after its seed."""
    random.seed(1337)
    return MLP(2, [16, 16, 1], activation=["relu", "relu", "linear"], bias=0.0)


def loss(model: Any, X: Any, y: Any) -> tuple[Value, float]:
    """Mean hinge loss plus penalty, and the share of right answers; as in the demo."""
    inputs = [list(map(Value, xrow)) for xrow in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum((p * p for p in model.parameters()))  # noqa: UP034 - as in the demo
    right = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(y, scores, strict=True)]
    return data_loss + reg_loss, sum(right) / len(right)


def test_the_demo_begins_as_published() -> None:
    """Losses 0.8958441028683222 and 1.7235905336972022; accuracies 50% and 81%."""
    X, y = map(np.array, demo_moons())
    model = demo_model()
    assert len(model.parameters()) == 337
    assert type(y[0]) is np.int64
    history = []
    for k in range(2):
        total_loss, acc = loss(model, X, y)
        model.zero_grad()
        total_loss.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        history.append((total_loss.data, acc))
    assert history[0] == (pytest.approx(0.8958441028683222, rel=1e-14), 0.5)
    assert history[1] == (pytest.approx(1.7235905336972022, rel=1e-13), 0.81)


class Matrices:
    """The demo in NumPy's matrices with the chain rule by hand, for the length of it."""

    def __init__(self, model: Any) -> None:
        self.layers = [
            [np.array([[w.data for w in n.w] for n in layer.neurons]), np.zeros(len(layer.neurons))]
            for layer in model.layers
        ]

    def step(self, X: Any, y: Any, rate: float) -> float:
        """The loss; then move every weight against its gradient."""
        xs = [X]
        for i, (w, b) in enumerate(self.layers):
            act = xs[-1] @ w.T + b
            xs.append(np.maximum(act, 0.0) if i < 2 else act)
        margins = np.maximum(1.0 - y * xs[-1][:, 0], 0.0)
        penalty = sum((w**2).sum() + (b**2).sum() for w, b in self.layers)
        g = ((margins > 0) * -y / len(y))[:, None]
        for i in reversed(range(3)):
            w, b = self.layers[i]
            below = (g @ w) * (xs[i] > 0)
            self.layers[i] = [
                w - rate * (g.T @ xs[i] + 2e-4 * w),
                b - rate * (g.sum(0) + 2e-4 * b),
            ]
            g = below
        return float(margins.mean() + 1e-4 * penalty)


def test_the_demo_ends_as_published() -> None:
    """After 100 steps the network is right on all 100 points.

    The steps in between are done in matrices; those at the start and the end are compared.
    """
    X, y = map(np.array, demo_moons())
    model = demo_model()
    peer = Matrices(model)
    history = [peer.step(X, y, 1.0 - 0.9 * k / 100) for k in range(100)]
    assert history[:2] == pytest.approx([0.8958441028683222, 1.7235905336972022], rel=1e-13)
    for layer, (w, b) in zip(model.layers, peer.layers, strict=True):
        for neuron, weights, bias in zip(layer.neurons, w, b, strict=True):
            for p, data in zip(neuron.parameters(), [*weights, bias], strict=True):
                p.data = data
    total_loss, acc = loss(model, X, y)
    assert acc == 1.0
    assert total_loss.data == pytest.approx(peer.step(X, y, 0.0), rel=1e-12)
    assert total_loss.data < 0.02


def test_decision_boundary_from_a_mesh() -> None:
    """The demo's mesh of points around the moons goes through the network row by row."""
    X, _ = map(np.array, demo_moons())
    model = demo_model()
    h = 1.0
    xx, yy = np.meshgrid(
        np.arange(X[:, 0].min() - 1, X[:, 0].max() + 1, h),
        np.arange(X[:, 1].min() - 1, X[:, 1].max() + 1, h),
    )
    mesh = np.c_[xx.ravel(), yy.ravel()]
    scores = [model(list(map(Value, xrow))) for xrow in mesh]
    Z = np.array([s.data > 0 for s in scores]).reshape(xx.shape)
    assert Z.shape == xx.shape
    peer = Matrices(model)
    first = np.maximum(mesh @ peer.layers[0][0].T, 0.0)
    expected = np.maximum(first @ peer.layers[1][0].T, 0.0) @ peer.layers[2][0].T
    assert [s.data for s in scores] == pytest.approx(list(expected[:, 0]), rel=1e-12, abs=1e-14)
