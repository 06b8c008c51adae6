"""JAX on one thread of the CPU: a step under jit, many steps in one, loops as written."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from ..program import Program
from ..workloads import PENALTY, Network, Pendulum, Rosenbrock, Workload

jax.config.update("jax_enable_x64", True)


def one_by_one(workload: Workload, dtype: str) -> Program:
    """`jax.jit` of the whole step, called for each step."""
    step, state = _step_of(workload, dtype)
    compiled = jax.jit(step, donate_argnums=0)

    def run(steps: int) -> float:
        nonlocal state
        for _ in range(steps):
            state, loss = compiled(state)
        return float(loss)

    return Program(run, lambda: _flat(state))


def together(workload: Workload, dtype: str) -> Program:
    """Many steps in one call, by `lax.fori_loop` inside of jit."""
    return _together(*_step_of(workload, dtype), dtype)


def as_written(workload: Workload, dtype: str) -> Program:
    """Rosenbrock's function as the loop over scalars, which jit unrolls."""
    assert isinstance(workload, Rosenbrock), "the networks have no loop, and E2's is a scan"

    def value_of(x: Any) -> Any:
        value = 0.0
        for i in range(workload.n - 1):
            value += 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
        return value

    return _together(
        _descent(value_of, workload.rate), jnp.asarray(workload.initial(), dtype), dtype
    )


def _together(step: Any, state: Any, dtype: str) -> Program:
    @jax.jit
    def many(state: Any, steps: Any) -> Any:
        loss = jnp.zeros((), dtype)
        return jax.lax.fori_loop(0, steps, lambda _, now: step(now[0]), (state, loss))

    def run(steps: int) -> float:
        nonlocal state
        state, loss = many(state, steps)
        return float(loss)

    return Program(run, lambda: _flat(state))


def _flat(state: Any) -> Any:
    return jnp.concatenate([a.ravel() for a in jax.tree.leaves(state)])


def _descent(loss_of: Any, rate: float) -> Any:
    def step(state: Any) -> Any:
        loss, gradient = jax.value_and_grad(loss_of)(state)
        return jax.tree.map(lambda p, g: p - rate * g, state, gradient), loss

    return step


def _step_of(workload: Workload, dtype: str) -> tuple[Any, Any]:
    """A function from a state to the next one and the loss, and the first state."""
    if isinstance(workload, Network):
        return _network(workload, dtype)
    x = jnp.asarray(workload.initial(), dtype)
    if isinstance(workload, Pendulum):
        return _descent(lambda x: _pendulum(x, workload), workload.rate), x

    def rosenbrock(x: Any) -> Any:
        a, b = x[:-1], x[1:]
        return jnp.sum(100 * (b - a * a) ** 2 + (1 - a) ** 2)

    return _descent(rosenbrock, workload.rate), x


def _network(net: Network, dtype: str) -> tuple[Any, Any]:
    X, y = net.data()
    X = jnp.asarray(X, dtype)
    y = jnp.asarray(y, None if net.loss == "cross-entropy" else dtype)
    activation = jnp.tanh if net.hidden == "tanh" else jax.nn.relu

    def loss_of(layers: Any) -> Any:
        h = X
        for depth, (W, b) in enumerate(layers, 1):
            h = h @ W + b
            if depth < len(layers) or net.loss == "squared":
                h = activation(h)
        if net.loss == "cross-entropy":
            log_p = jax.nn.log_softmax(h)
            return -jnp.mean(jnp.take_along_axis(log_p, y[:, None], 1))
        if net.loss == "squared":
            return jnp.sum((h[:, 0] - y) ** 2)
        penalty = PENALTY * sum(jnp.sum(p * p) for p in jax.tree.leaves(layers))
        return jnp.mean(jax.nn.relu(1 - y * h[:, 0])) + penalty

    state = [(jnp.asarray(W, dtype), jnp.asarray(b, dtype)) for W, b in net.initial()]
    step = _descent(loss_of, net.rate)
    if net.models == 1:
        return step, state

    def all_models(state: Any) -> Any:
        moved, losses = jax.vmap(step)(state)
        return moved, jnp.mean(losses)

    return all_models, state


def _pendulum(x: Any, p: Pendulum) -> Any:
    angle, speed, length = x
    pull = -p.gravity / length

    def euler(state: Any, _: Any) -> Any:
        angle, speed = state
        return (angle + p.dt * speed, speed + p.dt * (pull * jnp.sin(angle))), None

    (angle, speed), _ = jax.lax.scan(euler, (angle, speed), length=p.steps)
    return (angle - p.aim[0]) ** 2 + (speed - p.aim[1]) ** 2
