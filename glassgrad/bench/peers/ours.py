"""glassgrad: scalar programs as one writes them, eager and compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeGuard

import numpy as np

from ...compiler import compile
from ...functions import log_softmax
from ...nn import MLP
from ...value import Value
from ..program import Program, Unfit
from ..workloads import PENALTY, Network, Pendulum, Rosenbrock, Workload

_TOGETHER = 100  # steps of many networks in a call
_MOST = 300_000  # multiplications forward in a step that is not only made with many in a call


def eager(workload: Workload, _dtype: str) -> Program:
    """Every number a Value; always float64."""
    _refuse_large(workload)
    step, parameters, data = step_of(workload)
    given = [column.tolist() for column in data]

    def run(steps: int) -> float:
        for _ in range(steps):
            loss = step(*given)
        return float(loss.data)

    return Program(run, lambda: [p.data for p in parameters])


def one_by_one(workload: Workload, dtype: str) -> Program:
    """Compiled, and called for each step."""
    if _is_of_copies(workload):
        return _copies(workload, 1, dtype=dtype)
    _refuse_large(workload)
    step, parameters, data = step_of(workload)
    compiled = compile(step, dtype=dtype)

    def run(steps: int) -> float:
        for _ in range(steps):
            loss = compiled(*data)
        return float(loss.data)

    return Program(run, lambda: [p.data for p in parameters])


def together(workload: Workload, dtype: str, fast_math: bool = False) -> Program:
    """Compiled, with all steps in one call."""
    if _is_of_copies(workload):
        return _copies(workload, _TOGETHER, dtype=dtype, fast_math=fast_math)
    if fast_math:
        _refuse_large(workload)
    step, parameters, data = step_of(workload)
    compiled = compile(step, dtype=dtype, fast_math=fast_math)

    def run(steps: int) -> float:
        return float(compiled.repeat(steps, *data)[-1].data)

    return Program(run, lambda: [p.data for p in parameters])


fast_math = partial(together, fast_math=True)


def _refuse_large(workload: Workload) -> None:
    if isinstance(workload, Network) and workload.multiplications > _MOST:
        raise Unfit("its trace takes minutes, and is made for one row alone")


def _is_of_copies(workload: Workload) -> TypeGuard[Network]:
    return isinstance(workload, Network) and workload.models > 1


def _copies(net: Network, together: int, **settings: Any) -> Program:
    """Independent networks as the replicas of one, so many steps in a call at most."""
    step, parameters, data = _network(replace(net, models=1))
    numbers = [part.reshape(net.models, -1) for layer in net.initial() for part in layer]
    compiled = compile(step, replicas=net.models, **settings)
    compiled.replicas.set_data(parameters, np.concatenate(numbers, axis=1))

    def run(steps: int) -> float:
        for done in range(0, steps, together):
            losses = compiled.repeat(min(together, steps - done), *data).numbers
        return float(losses[-1].mean())

    def after() -> Any:
        rows = compiled.replicas.data(parameters)
        ends = np.cumsum([part.shape[1] for part in numbers])
        return np.concatenate([part.ravel() for part in np.split(rows, ends[:-1], axis=1)])

    return Program(run, after)


Step = tuple[Callable[..., Any], list[Value], Sequence[Any]]


def step_of(workload: Workload) -> Step:
    """The step as a function, what it moves, and its arguments."""
    if isinstance(workload, Network):
        return _network(workload)
    x = [Value(number) for number in workload.initial().tolist()]
    if isinstance(workload, Rosenbrock):
        value_of = partial(_rosenbrock, x)
    else:
        value_of = partial(_pendulum, x, workload)

    def step() -> Any:
        value = value_of()
        _descend(value, x, workload.rate)
        return value

    return step, x, ()


def _network(net: Network) -> Step:
    last = net.hidden if net.loss == "squared" else "linear"
    activations = [net.hidden] * (len(net.sizes) - 2) + [last]
    model = MLP(net.sizes[0], net.sizes[1:], activation=activations, init="zero")
    parameters = []  # in the order of the workload, which has weights by their inputs
    for layer, (W, b) in zip(model.layers, net.initial(), strict=True):
        for i, row in enumerate(W.tolist()):
            for neuron, number in zip(layer.neurons, row, strict=True):
                neuron.w[i].data = number
                parameters.append(neuron.w[i])
        for neuron, number in zip(layer.neurons, b.tolist(), strict=True):
            neuron.b.data = number
            parameters.append(neuron.b)

    def squared(X: Any, y: Any) -> Any:
        return sum((model(x) - t) ** 2 for x, t in zip(X, y, strict=True))

    def hinge(X: Any, y: Any) -> Any:
        losses = [(1 - t * model(x)).relu() for x, t in zip(X, y, strict=True)]
        return sum(losses) / len(losses) + PENALTY * sum(p * p for p in model.parameters())

    def cross_entropy(X: Any, y: Any) -> Any:
        total = 0.0
        for x, label in zip(X, y, strict=True):
            log_p = log_softmax(model(x))
            total = total - log_p[label]
        return total / len(y)

    loss_of = {"squared": squared, "hinge": hinge, "cross-entropy": cross_entropy}[net.loss]

    def step(X: Any, y: Any) -> Any:
        loss = loss_of(X, y)
        _descend(loss, model.parameters(), net.rate)
        return loss

    return step, parameters, net.data()


def _descend(loss: Any, parameters: Iterable[Value], rate: float) -> None:
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= rate * p.grad


def _rosenbrock(x: list[Value]) -> Any:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def _pendulum(x: list[Value], p: Pendulum) -> Any:
    angle, speed, length = x
    pull = -p.gravity / length
    for _ in range(p.steps):
        angle, speed = angle + p.dt * speed, speed + p.dt * (pull * angle.sin())
    return (angle - p.aim[0]) ** 2 + (speed - p.aim[1]) ** 2
