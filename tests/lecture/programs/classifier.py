"""Three classes of points in the plane, cross-entropy, and AdamW with its state on the numbers."""

import math
import random
from itertools import pairwise
from typing import Any

from glassgrad import Value


def arms(rng: random.Random, n: int) -> list[tuple[list[float], int]]:
    """Return points on three spiral arms, and the arm of each."""
    points = []
    for i in range(n):
        r, arm = (i + 1) / n, i % 3
        angle = 2.5 * r + arm * 2 * math.pi / 3 + rng.gauss(0, 0.1)
        points.append(([r * math.cos(angle), r * math.sin(angle)], arm))
    return points


class Net:
    """A tanh layer, then one linear output for each class."""

    def __init__(self, rng: random.Random, sizes: list[int]) -> None:
        self.layers = [
            [
                ([Value(rng.uniform(-1, 1) * nin**-0.5) for _ in range(nin)], Value(0))
                for _ in range(nout)
            ]
            for nin, nout in pairwise(sizes)
        ]

    def __call__(self, x: Any) -> Any:
        """Return the logits."""
        for layer in self.layers:
            x = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            if layer is not self.layers[-1]:
                x = [act.tanh() for act in x]
        return x

    def parameters(self) -> list[Any]:
        """Return weights and biases."""
        return [p for layer in self.layers for w, b in layer for p in [*w, b]]


def cross_entropy(logits: list[Any], target: int) -> Any:
    """Return the negative logarithm of the target's probability."""
    top = max(logit.data for logit in logits)
    exps = [(logit - top).exp() for logit in logits]
    return -(exps[target] / sum(exps)).log()


class AdamW:
    """Adam with decoupled weight decay; the moments stand on the parameters themselves."""

    def __init__(self, parameters: list[Any], rate: float, decay: float) -> None:
        self.parameters, self.rate, self.decay = parameters, rate, decay
        self.steps = 0
        for p in parameters:
            p.m = 0
            p.v = 0

    def step(self) -> None:
        """Move every parameter against its gradient, then clear that."""
        self.steps += 1
        for p in self.parameters:
            p.m = 0.9 * p.m + 0.1 * p.grad
            p.v = 0.95 * p.v + 0.05 * p.grad**2
            m_hat = p.m / (1 - 0.9**self.steps)
            v_hat = p.v / (1 - 0.95**self.steps)
            p.data -= self.rate * (m_hat / (v_hat**0.5 + 1e-8) + self.decay * p.data)
            p.grad = 0


def train(steps: int) -> tuple[list[float], list[list[float]]]:
    """Return the loss and the gradients of each step."""
    rng = random.Random(42)
    points = arms(rng, 30)
    net = Net(rng, [2, 8, 3])
    optimiser = AdamW(net.parameters(), 0.1, 1e-4)
    losses, gradients = [], []
    for _ in range(steps):
        total = Value(0.0)
        for x, arm in points:
            total = total + cross_entropy(net(x), arm)
        loss = total * (1.0 / len(points))
        loss.backward()
        losses.append(loss.data)
        gradients.append([p.grad for p in net.parameters()])
        optimiser.step()
    return losses, gradients
