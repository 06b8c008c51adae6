"""NumPy, with the gradients worked out by hand; in float64 also what all others must agree with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..program import Program
from ..workloads import PENALTY, Network, Pendulum, Rosenbrock, Workload

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.floating[Any]]


def program(workload: Workload, dtype: str) -> Program:
    """Any workload."""
    if isinstance(workload, Network):
        return _network(workload, dtype)
    x = workload.initial().astype(dtype)

    def run(steps: int) -> float:
        value, gradient = 0.0, x
        for _ in range(steps):
            if isinstance(workload, Rosenbrock):
                value, gradient = _rosenbrock(x)
            else:
                value, gradient = _pendulum(x, workload)
            x[...] -= workload.rate * gradient
        return value

    return Program(run, lambda: x)


def _network(net: Network, dtype: str) -> Program:
    layers = [(W.astype(dtype), b.astype(dtype)) for W, b in net.initial()]
    X, y = net.data()
    X = X.astype(dtype)
    if net.loss != "cross-entropy":
        y = y.astype(dtype)

    def run(steps: int) -> float:
        loss: Any = 0.0
        for _ in range(steps):
            loss = _step(net, layers, X, y)
        return float(np.mean(loss))

    return Program(run, lambda: np.concatenate([a.ravel() for layer in layers for a in layer]))


def _step(net: Network, layers: list[tuple[Any, Any]], X: Numbers, y: NDArray[Any]) -> Any:
    """One step, in place; axes in front of the last two are independent models."""
    hs = [X]
    for depth, (W, b) in enumerate(layers, 1):
        h = hs[-1] @ W
        h += b[..., None, :]
        if depth < len(layers) or net.loss == "squared":
            np.tanh(h, out=h) if net.hidden == "tanh" else np.maximum(h, 0, out=h)
        hs.append(h)
    loss, d = _loss(net, hs[-1], y)
    if net.loss == "hinge":
        for W, b in layers:
            loss = loss + PENALTY * ((W * W).sum((-2, -1)) + (b * b).sum(-1))
    for depth in reversed(range(len(layers))):
        W, b = layers[depth]
        h = hs[depth]
        W_grad, b_grad = np.swapaxes(h, -1, -2) @ d, d.sum(-2)
        if depth:
            d = d @ np.swapaxes(W, -1, -2)
            d *= 1 - h * h if net.hidden == "tanh" else h > 0
        if net.loss == "hinge":
            W_grad += 2 * PENALTY * W
            b_grad += 2 * PENALTY * b
        W -= net.rate * W_grad
        b -= net.rate * b_grad
    return loss


def _loss(net: Network, out: Numbers, y: NDArray[Any]) -> tuple[Any, Numbers]:
    """The loss, and its derivative by what the last layer puts out before any activation."""
    n = len(y)
    if net.loss == "squared":
        o = out[..., 0]
        return ((o - y) ** 2).sum(-1), (2 * (o - y) * (1 - o * o))[..., None]
    if net.loss == "hinge":
        margin = 1 - y * out[..., 0]
        slope = np.where(margin > 0, -y, np.zeros_like(y)) / n
        return np.maximum(margin, 0).mean(-1), slope[..., None]
    e = np.exp(out - out.max(-1, keepdims=True))
    p = e / e.sum(-1, keepdims=True)
    rows = np.arange(n)
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    return loss, p / n


def _rosenbrock(x: Numbers) -> tuple[float, Numbers]:
    """The value and its gradient, over whole arrays."""
    a = x[:-1]
    d, e = x[1:] - a * a, 1 - a
    gradient = np.zeros_like(x)
    gradient[1:] = 200 * d
    gradient[:-1] -= 400 * d * a + 2 * e
    return float(100 * (d * d).sum() + (e * e).sum()), gradient


def _pendulum(x: Numbers, p: Pendulum) -> tuple[float, Numbers]:
    """The value and its gradient, in Python's floats: for single numbers NumPy is the slower."""
    from math import cos, sin

    angle, speed, length = x.tolist()
    pull = -p.gravity / length
    angles = []
    for _ in range(p.steps):
        angles.append(angle)
        angle, speed = angle + p.dt * speed, speed + p.dt * (pull * sin(angle))
    off_angle, off_speed = angle - p.aim[0], speed - p.aim[1]
    d_angle, d_speed, d_pull = 2 * off_angle, 2 * off_speed, 0.0
    for angle in reversed(angles):
        d_pull += d_speed * p.dt * sin(angle)
        d_angle, d_speed = (
            d_angle + d_speed * p.dt * pull * cos(angle),
            d_speed + d_angle * p.dt,
        )
    value = off_angle**2 + off_speed**2
    gradient = [d_angle, d_speed, d_pull * p.gravity / length**2]
    return value, np.array(gradient, x.dtype)
