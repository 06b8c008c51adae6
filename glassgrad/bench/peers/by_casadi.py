"""CasADi: scalar expressions, differentiated and turned into C, many steps in one call."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any

import casadi
import numpy as np

from ..program import Program, Unfit
from ..workloads import Network, Pendulum, Rosenbrock, Workload

_CHUNK = 100  # steps in one call
_folder = tempfile.TemporaryDirectory()  # as long as this process lives


def together(workload: Workload, dtype: str) -> Program:
    """A step as a C function, folded over many steps."""
    if isinstance(workload, Network) and workload.name != "A":
        raise Unfit("its unrolled C takes minutes to compile")
    if dtype != "float64":
        raise Unfit("float64 only")
    if not shutil.which("gcc"):
        raise Unfit("its C code needs gcc")
    if isinstance(workload, Network):
        x, loss, start = _network(workload)
    elif isinstance(workload, Rosenbrock):
        x, loss, start = _rosenbrock(workload)
    else:
        x, loss, start = _pendulum(workload)
    moved = x - workload.rate * casadi.gradient(loss, x)
    before = casadi.SX.sym("loss")  # carried along, for the last step's loss
    options: dict[str, Any] = {
        "jit": True,
        "compiler": "shell",
        "jit_options": {
            "compiler": "gcc",
            "flags": ["-O3 -march=native -ffast-math"],
            "directory": f"{_folder.name}/",
        },
    }
    step = casadi.Function(
        "step", [casadi.vertcat(x, before)], [casadi.vertcat(moved, loss)], options
    )
    many = step.fold(_CHUNK)
    state: Any = casadi.DM(np.append(start, 0.0))

    def run(steps: int) -> float:
        nonlocal state
        for _ in range(steps // _CHUNK):
            state = many(state)
        for _ in range(steps % _CHUNK):
            state = step(state)
        return float(state[-1])

    return Program(run, lambda: np.asarray(state[:-1]).ravel())


def _network(net: Network) -> tuple[Any, Any, Any]:
    x = casadi.SX.sym("x", sum(W.size + b.size for W, b in net.initial()))
    X, y = net.data()
    h, at = casadi.SX(X), 0
    for W, b in net.initial():
        w = casadi.reshape(x[at : at + W.size], *W.shape[::-1]).T
        h = casadi.tanh(h @ w + casadi.repmat(x[at + W.size : at + W.size + b.size].T, len(y), 1))
        at += W.size + b.size
    flat = np.concatenate([a.ravel() for layer in net.initial() for a in layer])
    return x, casadi.sumsqr(h - y), flat


def _rosenbrock(workload: Rosenbrock) -> tuple[Any, Any, Any]:
    x = casadi.SX.sym("x", workload.n)
    value: Any = 0
    for i in range(workload.n - 1):
        value += 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
    return x, value, workload.initial()


def _pendulum(p: Pendulum) -> tuple[Any, Any, Any]:
    x = casadi.SX.sym("x", 3)
    angle, speed, length = casadi.vertsplit(x)
    pull = -p.gravity / length
    for _ in range(p.steps):
        angle, speed = angle + p.dt * speed, speed + p.dt * (pull * casadi.sin(angle))
    return x, (angle - p.aim[0]) ** 2 + (speed - p.aim[1]) ** 2, p.initial()
