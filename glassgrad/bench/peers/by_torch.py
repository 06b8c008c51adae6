"""PyTorch on one thread of the CPU: modules and an optimiser, and a whole step compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from ..program import Program, Unfit
from ..workloads import PENALTY, Network, Pendulum, Rosenbrock, Workload

torch.set_num_threads(1)


def eager(workload: Workload, dtype: str) -> Program:
    """An `nn.Module` and `optim.SGD`; the scalar programs as a loop over scalar tensors."""
    kind = getattr(torch, dtype)
    if isinstance(workload, Network):
        if workload.models > 1:
            return _copies(workload, kind)
        model = _model(workload, kind)
        X, y = _data(workload, kind)
        parameters = list(model.parameters())

        def loss_of() -> Any:
            return _loss(workload, model(X), y, parameters)

        return _descent(loss_of, parameters, workload.rate, lambda: _in_order(model))
    x = torch.tensor(workload.initial(), dtype=kind, requires_grad=True)
    if isinstance(workload, Rosenbrock):
        value_of = partial(_rosenbrock, x)
    else:
        value_of = partial(_pendulum, x, workload)
    return _descent(value_of, [x], workload.rate, lambda: x.detach().numpy())


def vectorised(workload: Workload, dtype: str) -> Program:
    """Rosenbrock's function over whole tensors instead of the loop."""
    assert isinstance(workload, Rosenbrock), "no other has a loop to put into whole tensors"
    x = torch.tensor(workload.initial(), dtype=getattr(torch, dtype), requires_grad=True)

    def loss_of() -> Any:
        a, b = x[:-1], x[1:]
        return (100 * (b - a * a) ** 2 + (1 - a) ** 2).sum()

    return _descent(loss_of, [x], workload.rate, lambda: x.detach().numpy())


def compiled(workload: Workload, dtype: str) -> Program:
    """`torch.compile` of the whole step of a network, gradient and update included."""
    if not isinstance(workload, Network):
        raise Unfit("a loop of so many scalar tensors takes it minutes to compile")
    if workload.models > 1:
        raise Unfit("the step that is compiled here trains one model, see B")
    kind = getattr(torch, dtype)
    model = _model(workload, kind)
    X, y = _data(workload, kind)
    state = dict(model.named_parameters())

    def loss_of(parameters: dict[str, Any]) -> Any:
        out = torch.func.functional_call(model, parameters, (X,))
        return _loss(workload, out, y, list(parameters.values()))

    @torch.compile
    def step(parameters: dict[str, Any]) -> Any:
        gradients, loss = torch.func.grad_and_value(loss_of)(parameters)
        moved = {name: p - workload.rate * gradients[name] for name, p in parameters.items()}
        return moved, loss

    def run(steps: int) -> float:
        nonlocal state
        for _ in range(steps):
            state, loss = step(state)
        return float(loss)

    def parameters() -> Any:
        model.load_state_dict(state)
        return _in_order(model)

    return Program(run, parameters)


def _descent(
    loss_of: Callable[[], Any], moved: list[Any], rate: float, shown: Callable[[], Any]
) -> Program:
    optimiser = torch.optim.SGD(moved, lr=rate)

    def run(steps: int) -> float:
        for _ in range(steps):
            optimiser.zero_grad()
            loss = loss_of()
            loss.backward()
            optimiser.step()
        return float(loss.detach())

    return Program(run, shown)


def _model(net: Network, kind: Any) -> Any:
    activation = nn.Tanh if net.hidden == "tanh" else nn.ReLU
    modules: list[Any] = []
    for W, b in net.initial():
        linear = nn.Linear(*W.shape, dtype=kind)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(W.T))
            linear.bias.copy_(torch.tensor(b))
        modules += [linear, activation()]
    return nn.Sequential(*modules if net.loss == "squared" else modules[:-1])


def _data(net: Network, kind: Any) -> tuple[Any, Any]:
    X, y = net.data()
    targets = torch.tensor(y) if net.loss == "cross-entropy" else torch.tensor(y, dtype=kind)
    return torch.tensor(X, dtype=kind), targets


def _loss(net: Network, out: Any, y: Any, parameters: list[Any]) -> Any:
    if net.loss == "cross-entropy":
        return functional.cross_entropy(out, y)
    if net.loss == "squared":
        return functional.mse_loss(out.squeeze(-1), y, reduction="sum")
    penalty = PENALTY * sum((p * p).sum() for p in parameters)
    return functional.relu(1 - y * out.squeeze(-1)).mean(-1).sum() + penalty


def _in_order(model: Any) -> Any:
    """Weights by their inputs, and biases, of each layer in turn."""
    parts = [part for m in model if isinstance(m, nn.Linear) for part in (m.weight.T, m.bias)]
    return torch.cat([part.detach().flatten() for part in parts]).numpy()


def _copies(net: Network, kind: Any) -> Program:
    """All models at once, as batches of matrices."""
    parameters = [
        torch.tensor(a, dtype=kind).requires_grad_() for layer in net.initial() for a in layer
    ]
    X, y = _data(net, kind)

    def loss_of() -> Any:
        h = X.expand(net.models, *X.shape)
        for at in range(0, len(parameters), 2):
            W, b = parameters[at : at + 2]
            h = torch.baddbmm(b[:, None, :], h, W)
            if at < len(parameters) - 2:
                h = torch.relu(h)
        return _loss(net, h, y, parameters)

    program = _descent(
        loss_of, parameters, net.rate, lambda: torch.cat([p.flatten() for p in parameters]).detach()
    )
    return Program(lambda steps: program.run(steps) / net.models, program.parameters)


def _rosenbrock(x: Any) -> Any:
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x.unbind()))


def _pendulum(x: Any, p: Pendulum) -> Any:
    angle, speed, length = x.unbind()
    pull = -p.gravity / length
    for _ in range(p.steps):
        angle, speed = angle + p.dt * speed, speed + p.dt * (pull * torch.sin(angle))
    return (angle - p.aim[0]) ** 2 + (speed - p.aim[1]) ** 2
