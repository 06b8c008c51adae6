"""micrograd, with the operations that it lacks added the way its own are written."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from micrograd.engine import Value

from ..program import Program, Unfit
from ..workloads import PENALTY, Network, Pendulum, Rosenbrock, Workload

_MOST = 300_000  # multiplications forward in a step


def program(workload: Workload, _dtype: str) -> Program:
    """Any but the large ones; always float64."""
    sys.setrecursionlimit(100_000)  # its backward walks the graph by recursion
    if isinstance(workload, Network):
        return _network(workload)
    x = [Value(number) for number in workload.initial().tolist()]
    if isinstance(workload, Rosenbrock):
        value_of = partial(_rosenbrock, x)
    else:
        value_of = partial(_pendulum, x, workload)
    return _descent(value_of, x, workload.rate)


def _descent(loss_of: Callable[[], Any], parameters: Sequence[Any], rate: float) -> Program:
    def run(steps: int) -> float:
        for _ in range(steps):
            loss = loss_of()
            for p in parameters:
                p.grad = 0.0
            loss.backward()
            for p in parameters:
                p.data -= rate * p.grad
        return float(loss.data)

    return Program(run, lambda: [p.data for p in parameters])


def _network(net: Network) -> Program:
    if net.multiplications > _MOST:
        raise Unfit("too many Values for the memory of a small machine")
    layers = [
        ([[Value(w) for w in row] for row in W.tolist()], [Value(b) for b in b.tolist()])
        for W, b in net.initial()
    ]
    parameters = [p for W, b in layers for row in [*W, b] for p in row]
    X, y = (column.tolist() for column in net.data())

    def activated(z: Any, depth: int) -> Any:
        if depth == len(layers) and net.loss != "squared":
            return z
        return tanh(z) if net.hidden == "tanh" else z.relu()

    def outputs(x: Any) -> Any:
        for depth, (W, b) in enumerate(layers, 1):
            neurons = zip(zip(*W, strict=True), b, strict=True)
            x = [
                activated(sum((wi * xi for wi, xi in zip(w, x, strict=True)), bias), depth)
                for w, bias in neurons
            ]
        return x

    def loss_of() -> Any:
        pairs = list(zip(map(outputs, X), y, strict=True))
        if net.loss == "squared":
            return sum((out[0] - t) ** 2 for out, t in pairs)
        if net.loss == "hinge":
            losses = [(1 + -t * out[0]).relu() for out, t in pairs]
            return sum(losses) * (1.0 / len(losses)) + PENALTY * sum(p * p for p in parameters)
        losses = []
        for out, t in pairs:
            powers = [exp(z) for z in out]
            losses.append(-log(powers[t] / sum(powers)))
        return sum(losses) * (1.0 / len(losses))

    return _descent(loss_of, parameters, net.rate)


def _rosenbrock(x: list[Any]) -> Any:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def _pendulum(x: list[Any], p: Pendulum) -> Any:
    angle, speed, length = x
    pull = -p.gravity / length
    for _ in range(p.steps):
        angle, speed = angle + p.dt * speed, speed + p.dt * (pull * sin(angle))
    return (angle - p.aim[0]) ** 2 + (speed - p.aim[1]) ** 2


def _operation(name: str, forward: Callable[[float], float], slope: Callable[..., float]) -> Any:
    def apply(x: Any) -> Any:
        out = Value(forward(x.data), (x,), name)

        def _backward() -> None:
            x.grad += slope(x.data, out.data) * out.grad

        out._backward = _backward
        return out

    return apply


tanh = _operation("tanh", math.tanh, lambda _, y: 1 - y * y)
exp = _operation("exp", math.exp, lambda _, y: y)
log = _operation("log", math.log, lambda x, _: 1 / x)
sin = _operation("sin", math.sin, lambda x, _: math.cos(x))
