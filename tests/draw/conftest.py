"""Values as the lecture writes them, and the two graphs on which layouts were compared."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

import pytest


class Scalar:
    """The lecture's Value in short: pictures ask for nothing else."""

    def __init__(
        self, data: float, _prev: Iterable[Scalar] = (), _op: str = "", label: str = ""
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.label = label
        self._prev = tuple(_prev)
        self._op = _op
        self._backward: Callable[[], None] = lambda: None

    def _binary(self, other: Scalar | float, op: str, data: float, *slopes: float) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        out = Scalar(data, (self, other), op)

        def backward() -> None:
            for parent, slope in zip((self, other), slopes, strict=True):
                parent.grad += slope * out.grad

        out._backward = backward
        return out

    def _unary(self, op: str, data: float, slope: float) -> Scalar:
        out = Scalar(data, (self,), op)

        def backward() -> None:
            self.grad += slope * out.grad

        out._backward = backward
        return out

    def __add__(self, other: Scalar | float) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return self._binary(other, "+", self.data + other.data, 1.0, 1.0)

    def __mul__(self, other: Scalar | float) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        return self._binary(other, "*", self.data * other.data, other.data, self.data)

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Scalar | float) -> Scalar:
        return self + (other * -1 if isinstance(other, Scalar) else -other)

    def __pow__(self, k: float) -> Scalar:
        return self._unary(f"**{k}", self.data**k, k * self.data ** (k - 1))

    def exp_of_twice(self) -> Scalar:
        """One operation, e to the power of twice the value."""
        y = math.exp(2 * self.data)
        return self._unary("exp2", y, 2 * y)

    def tanh(self) -> Scalar:
        """The hyperbolic tangent."""
        return self._unary("tanh", math.tanh(self.data), 1 - math.tanh(self.data) ** 2)

    def relu(self) -> Scalar:
        """The value where it is positive, else 0."""
        return self._unary("ReLU", max(0.0, self.data), float(self.data > 0))

    def backward(self) -> None:
        """Adds the gradient of this value to all that it was computed from."""
        order = topological(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


def topological(root: Scalar) -> list[Scalar]:
    """Each node once, parents first."""
    order: list[Scalar] = []
    seen = set()
    stack = [(root, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node._prev))
    return order


def two_neurons() -> Scalar:
    """The lecture's neuron on two samples, tanh spelled out, with a squared loss: 42 values."""
    w1, w2, b = Scalar(-3, label="w1"), Scalar(1, label="w2"), Scalar(6.88, label="b")
    loss: Scalar | float = 0.0
    for x1, x2, y in ((2.0, 0.0, 1.0), (0.5, -1.0, -1.0)):
        e = (Scalar(x1) * w1 + Scalar(x2) * w2 + b).exp_of_twice()
        out = (e - 1.0) * (e + 1.0) ** -1
        loss = (out - Scalar(y)) ** 2 + loss
    assert isinstance(loss, Scalar)
    loss.label = "loss"
    return loss


def two_layers(hidden: int = 9) -> Scalar:
    """MLP(2, [hidden, hidden, 1]) with ReLU and a squared loss on one sample; 366 values for 9."""
    chance = random.Random(2)
    signal = [Scalar(1.0, label="x0"), Scalar(-0.5, label="x1")]
    for layer, width in enumerate((hidden, hidden, 1)):
        outputs = []
        for neuron in range(width):
            name = f"L{layer}.n{neuron}"
            weights = [
                Scalar(chance.uniform(-1, 1), label=f"{name}.w{i}") for i in range(len(signal))
            ]
            act = sum(
                (w * x for w, x in zip(weights, signal, strict=True)), Scalar(0, label=f"{name}.b")
            )
            outputs.append(act if layer == 2 else act.relu())
        signal = outputs
    loss = (signal[0] - 1.0) ** 2
    loss.label = "loss"
    return loss


@pytest.fixture
def neuron() -> Scalar:
    """The lecture's neuron o with its five leaves, before backward."""
    x1, x2 = Scalar(2.0, label="x1"), Scalar(0.0, label="x2")
    w1, w2 = Scalar(-3.0, label="w1"), Scalar(1.0, label="w2")
    b = Scalar(6.8813735870195432, label="b")
    x1w1, x2w2 = x1 * w1, x2 * w2
    x1w1.label, x2w2.label = "x1w1", "x2w2"
    both = x1w1 + x2w2
    both.label = "both"
    n = both + b
    n.label = "n"
    o = n.tanh()
    o.label = "o"
    return o


@pytest.fixture
def small_graph() -> Scalar:
    """The graph of 42 values, after backward."""
    loss = two_neurons()
    loss.backward()
    return loss


@pytest.fixture
def large_graph() -> Scalar:
    """The graph of 366 values, after backward."""
    loss = two_layers()
    loss.backward()
    return loss
