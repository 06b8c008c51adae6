"""numba: the gradients worked out by hand, in loops that it compiles.

Rows of a matrix are features and columns are samples, so that the innermost loops run over memory
in order. Wide layers are multiplied by BLAS, narrow ones by loops: each is the faster there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from ..program import Program
from ..workloads import PENALTY, Network, Pendulum, Workload

_WIDE = 64  # inputs of a layer


def together(workload: Workload, dtype: str) -> Program:
    """Many steps in one call."""
    if isinstance(workload, Network):
        return _network(workload, dtype)
    x = workload.initial().astype(dtype)
    if isinstance(workload, Pendulum):
        constants = np.array([workload.dt, workload.gravity, *workload.aim], dtype)
        rate = x.dtype.type(workload.rate)
        room = np.empty(workload.steps, dtype)
        return Program(lambda steps: float(_pendulum(steps, x, rate, constants, room)), lambda: x)
    gradient = np.zeros_like(x)
    rate = x.dtype.type(workload.rate)
    return Program(lambda steps: float(_rosenbrock(steps, x, rate, gradient)), lambda: x)


def _network(net: Network, dtype: str) -> Program:
    shape = (net.models,)
    Ws, bs = [], []
    for W, b in net.initial():
        columns = W.reshape(*shape, *W.shape[-2:]).swapaxes(1, 2)
        Ws.append(np.ascontiguousarray(columns, dtype))
        bs.append(b.reshape(*shape, -1).astype(dtype))
    X, y = net.data()
    hs = tuple(np.zeros((size, net.batch), dtype) for size in net.sizes)
    hs[0][...] = X.T
    ds = tuple(np.zeros((size, net.batch), dtype) for size in net.sizes)
    gs = tuple(np.zeros(W.shape[1:], dtype) for W in Ws)
    targets = y if net.loss == "cross-entropy" else y.astype(dtype)
    numbers = [hs[0].dtype.type(x) for x in (net.rate, PENALTY * (net.loss == "hinge"))]
    descend = _descend_of(net)

    def run(steps: int) -> float:
        return float(descend(steps, tuple(Ws), tuple(bs), hs, ds, gs, targets, *numbers))

    def parameters() -> Any:
        return np.concatenate(
            [a.ravel() for W, b in zip(Ws, bs, strict=True) for a in (W.swapaxes(1, 2), b)]
        )

    return Program(run, parameters)


def _descend_of(net: Network) -> Any:
    """The compiled loop; what `net` says is constant in it."""
    depth = len(net.sizes) - 1
    tanh, squared = net.hidden == "tanh", net.loss == "squared"
    loss_of = {"squared": _squared, "hinge": _hinge, "cross-entropy": _cross_entropy}[net.loss]
    wide = max(net.sizes) >= _WIDE
    forward = _forward_by_blas if wide else _forward
    back = _back_by_blas if wide else _back
    gradient = _gradient_by_blas if wide else _gradient

    @njit(fastmath=True)
    def descend(
        steps: int, Ws: Any, bs: Any, hs: Any, ds: Any, gs: Any, y: Any, rate: Any, penalty: Any
    ) -> Any:
        mean = 0.0
        for _ in range(steps):
            mean = 0.0
            for m in range(Ws[0].shape[0]):
                for l in range(depth):
                    forward(Ws[l][m], bs[l][m], hs[l], hs[l + 1])
                    if l < depth - 1 or squared:
                        _activate(hs[l + 1], tanh)
                mean += loss_of(hs[depth], y, ds[depth])
                if squared:
                    _slope(hs[depth], ds[depth], tanh)
                for l in range(depth - 1, -1, -1):
                    if l > 0:
                        back(Ws[l][m], ds[l + 1], ds[l])
                        _slope(hs[l], ds[l], tanh)
                    gradient(ds[l + 1], hs[l], gs[l])
                    mean += _update(Ws[l][m], bs[l][m], gs[l], ds[l + 1], rate, penalty)
        return mean / Ws[0].shape[0]

    return descend


@njit(fastmath=True)
def _forward(W: Any, b: Any, h: Any, out: Any) -> None:
    for j in range(W.shape[0]):
        for s in range(h.shape[1]):
            out[j, s] = b[j]
        for i in range(W.shape[1]):
            for s in range(h.shape[1]):
                out[j, s] += W[j, i] * h[i, s]


@njit(fastmath=True)
def _forward_by_blas(W: Any, b: Any, h: Any, out: Any) -> None:
    np.dot(W, h, out)
    for j in range(W.shape[0]):
        for s in range(h.shape[1]):
            out[j, s] += b[j]


@njit(fastmath=True)
def _activate(h: Any, tanh: bool) -> None:
    for j in range(h.shape[0]):
        for s in range(h.shape[1]):
            h[j, s] = math.tanh(h[j, s]) if tanh else max(h[j, s], h.dtype.type(0))


@njit(fastmath=True)
def _slope(h: Any, d: Any, tanh: bool) -> None:
    for j in range(h.shape[0]):
        for s in range(h.shape[1]):
            if tanh:
                d[j, s] *= 1 - h[j, s] * h[j, s]
            elif h[j, s] <= 0:
                d[j, s] = 0


@njit(fastmath=True)
def _back(W: Any, d: Any, out: Any) -> None:
    out[:] = 0
    for j in range(W.shape[0]):
        for i in range(W.shape[1]):
            for s in range(d.shape[1]):
                out[i, s] += W[j, i] * d[j, s]


@njit
def _back_by_blas(W: Any, d: Any, out: Any) -> None:
    np.dot(W.T, d, out)


@njit(fastmath=True)
def _gradient(d: Any, h: Any, out: Any) -> None:
    for j in range(d.shape[0]):
        for i in range(h.shape[0]):
            total = h.dtype.type(0)
            for s in range(d.shape[1]):
                total += d[j, s] * h[i, s]
            out[j, i] = total


@njit
def _gradient_by_blas(d: Any, h: Any, out: Any) -> None:
    np.dot(d, h.T, out)


@njit(fastmath=True)
def _update(W: Any, b: Any, g: Any, d: Any, rate: Any, penalty: Any) -> Any:
    """Move; gives the penalty at the old parameters."""
    squares = W.dtype.type(0)
    for j in range(W.shape[0]):
        for i in range(W.shape[1]):
            squares += W[j, i] * W[j, i]
            W[j, i] -= rate * (g[j, i] + 2 * penalty * W[j, i])
        total = W.dtype.type(0)
        for s in range(d.shape[1]):
            total += d[j, s]
        squares += b[j] * b[j]
        b[j] -= rate * (total + 2 * penalty * b[j])
    return penalty * squares


@njit(fastmath=True)
def _squared(out: Any, y: Any, d: Any) -> Any:
    loss = 0.0
    for s in range(len(y)):
        off = out[0, s] - y[s]
        d[0, s] = 2 * off
        loss += off * off
    return loss


@njit(fastmath=True)
def _hinge(out: Any, y: Any, d: Any) -> Any:
    loss = 0.0
    for s in range(len(y)):
        margin = 1 - y[s] * out[0, s]
        d[0, s] = -y[s] / len(y) if margin > 0 else 0
        loss += max(margin, out.dtype.type(0))
    return loss / len(y)


@njit(fastmath=True)
def _cross_entropy(out: Any, y: Any, d: Any) -> Any:
    loss = 0.0
    for s in range(len(y)):
        largest = out[0, s]
        for j in range(1, out.shape[0]):
            largest = max(largest, out[j, s])
        total = out.dtype.type(0)
        for j in range(out.shape[0]):
            d[j, s] = math.exp(out[j, s] - largest)
            total += d[j, s]
        loss += math.log(total) + largest - out[y[s], s]
        for j in range(out.shape[0]):
            d[j, s] /= total * len(y)
        d[y[s], s] -= out.dtype.type(1) / len(y)
    return loss / len(y)


@njit(fastmath=True)
def _rosenbrock(steps: int, x: Any, rate: Any, g: Any) -> Any:
    value = 0.0
    for _ in range(steps):
        total = x.dtype.type(0)
        last = len(x) - 1
        before = x.dtype.type(0)
        for i in range(last):
            a = x[i]
            d, e = x[i + 1] - a * a, 1 - a
            total += 100 * d * d + e * e
            g[i] = before - 400 * d * a - 2 * e
            before = 200 * d
        g[last] = before
        for i in range(len(x)):
            x[i] -= rate * g[i]
        value = total
    return value


@njit(fastmath=True)
def _pendulum(steps: int, x: Any, rate: Any, constants: Any, angles: Any) -> Any:
    dt, gravity, aim_angle, aim_speed = constants
    value = 0.0
    for _ in range(steps):
        angle, speed, length = x
        pull = -gravity / length
        for i in range(len(angles)):
            angles[i] = angle
            angle, speed = angle + dt * speed, speed + dt * (pull * math.sin(angle))
        off_angle, off_speed = angle - aim_angle, speed - aim_speed
        d_angle, d_speed, d_pull = 2 * off_angle, 2 * off_speed, x.dtype.type(0)
        for i in range(len(angles) - 1, -1, -1):
            d_pull += d_speed * dt * math.sin(angles[i])
            slope = dt * pull * math.cos(angles[i])
            d_angle, d_speed = d_angle + d_speed * slope, d_speed + d_angle * dt
        x[0] -= rate * d_angle
        x[1] -= rate * d_speed
        x[2] -= rate * d_pull * gravity / (length * length)
        value = off_angle * off_angle + off_speed * off_speed
    return value
