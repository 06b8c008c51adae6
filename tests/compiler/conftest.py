"""Traces of training steps, written with the table's operations straight into a Graph."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from glassgrad import ops
from glassgrad.compiler.ir.graph import Graph, size
from glassgrad.compiler.rolling.symbols import Symbol

Vector = list[Any]


class Trace:
    """A step under construction: parameters in order of making, arguments, and its update."""

    def __init__(self, *shapes: Any) -> None:
        self.graph = Graph(shapes)
        self.parameters: list[Symbol] = []
        self._inputs = 0

    def param(self) -> Symbol:
        """A new parameter."""
        self.parameters.append(Symbol(self.graph, self.graph.add("PARAM", len(self.parameters))))
        return self.parameters[-1]

    def params(self, count: int) -> Vector:
        """So many new parameters."""
        return [self.param() for _ in range(count)]

    def input(self) -> Symbol:
        """The next number of the arguments."""
        self._inputs += 1
        return Symbol(self.graph, self.graph.add("INPUT", self._inputs - 1))

    def inputs(self, *shape: int) -> Any:
        """The next numbers of the arguments, nested."""
        if not shape:
            return self.input()
        return [self.inputs(*shape[1:]) for _ in range(shape[0])]

    def grad(self, root: Any, by: Symbol) -> Symbol:
        """The derivative of one number by another."""
        return Symbol(self.graph, self.graph.add("GRAD", root.node, by.node))

    def stop(self, x: Symbol) -> Symbol:
        """The same number, with no way back."""
        return Symbol(self.graph, self.graph.add("STOP", x.node))

    def finish(self, loss: Any, lr: float = 0.1) -> Graph:
        """One step of gradient descent; its outputs are gradients, parameters and loss."""
        for k, p in enumerate(self.parameters):
            g = self.grad(loss, p)
            self.graph.output("grad", k, g.node)
            self.graph.output("data", k, (p - lr * g).node)
        self.graph.output("result", 0, loss.node)
        self.graph.verify()
        return self.graph


def layer(t: Trace, nin: int, nout: int) -> Callable[[Vector], Vector]:
    """A layer as in the lecture: for each neuron its weights, then its bias."""
    neurons = [(t.params(nin), t.param()) for _ in range(nout)]

    def forward(xs: Vector) -> Vector:
        return [sum((w * x for w, x in zip(ws, xs, strict=True)), b) for ws, b in neurons]

    return forward


def mlp(t: Trace, sizes: Sequence[int], activation: str, last: str = "") -> Callable[..., Vector]:
    """Layers with an activation after each but, without `last`, the last."""
    layers = [layer(t, nin, nout) for nin, nout in pairwise(sizes)]

    def forward(xs: Vector) -> Vector:
        for k, each in enumerate(layers):
            name = activation if k < len(layers) - 1 else last
            xs = [getattr(z, name)() if name else z for z in each(xs)]
        return xs

    return forward


def lecture() -> Graph:
    """3-4-4-1, four samples, squared error."""
    t = Trace((4, 3), (4,))
    model, rows, targets = mlp(t, [3, 4, 4, 1], "tanh", "tanh"), t.inputs(4, 3), t.inputs(4)
    return t.finish(sum((model(x)[0] - y) ** 2 for x, y in zip(rows, targets, strict=True)))


def moons() -> Graph:
    """2-16-16-1, 100 samples, hinge and L2."""
    t = Trace((100, 2), (100,))
    model, rows, targets = mlp(t, [2, 16, 16, 1], "relu"), t.inputs(100, 2), t.inputs(100)
    losses = [(1 + -y * model(x)[0]).relu() for x, y in zip(rows, targets, strict=True)]
    decay = 1e-4 * sum(p * p for p in t.parameters)
    return t.finish(sum(losses) * (1.0 / len(losses)) + decay)


def cross_entropy(sizes: Sequence[int], batch: int, shifted: bool) -> Graph:
    """Softmax cross-entropy; `shifted` by the largest score, one at a time."""
    t = Trace((batch, sizes[0]))
    model, rng, losses = mlp(t, sizes, "tanh"), random.Random(3), []
    for x in t.inputs(batch, sizes[0]):
        scores = model(x)
        if shifted:
            top = scores[0]
            for s in scores[1:]:
                top = ops.maximum(top, s)
            scores = [s - top for s in scores]
        powers = [s.exp() for s in scores]
        losses.append(-(powers[rng.randrange(sizes[-1])] / sum(powers)).log())
    return t.finish(sum(losses) / batch)


def recurrent() -> Graph:
    """A network read four times, with a hidden state of three, two sequences."""
    t = Trace((2, 4, 2), (2,))
    cell, head = layer(t, 5, 3), layer(t, 3, 1)
    sequences, targets, loss = t.inputs(2, 4, 2), t.inputs(2), 0.0
    for sequence, y in zip(sequences, targets, strict=True):
        hidden: Vector = [0.0, 0.0, 0.0]
        for x in sequence:
            hidden = [z.tanh() for z in cell([*x, *hidden])]
        loss = loss + (head(hidden)[0] - y) ** 2
    return t.finish(loss)


def layer_norm() -> Graph:
    """Normalised, scaled and shifted features, with a residual."""
    t = Trace((5, 4))
    hidden, scale, shift, loss = layer(t, 4, 4), t.params(4), t.params(4), 0.0
    for x in t.inputs(5, 4):
        h = [z.gelu() for z in hidden(x)]
        mean = sum(h) / 4
        spread = sum((v - mean) ** 2 for v in h) / 4
        normal = [(v - mean) / (spread + 1e-5).sqrt() for v in h]
        out = [
            s * n + b + xi for s, n, b, xi in zip(scale, normal, shift, x, strict=True)
        ]  # fmt: skip
        loss = loss + sum(o.sigmoid() ** 3 for o in out)
    return t.finish(loss)


def shared_weights() -> Graph:
    """A filter slid along a sequence, its outputs through one layer applied twice."""
    t = Trace((3, 8))
    kernel, bias, twice, loss = t.params(3), t.param(), layer(t, 6, 6), 0.0
    for row in t.inputs(3, 8):
        h = [
            (sum(k * x for k, x in zip(kernel, row[i : i + 3], strict=True)) + bias).silu()
            for i in range(6)
        ]
        h = [z.softplus() for z in twice([z.tanh() for z in twice(h)])]
        loss = loss + sum(h[i] * h[(2 * i) % 6] for i in range(6))
    return t.finish(loss)


def branches() -> Graph:
    """Choices whose other side is inf or nan, at value and slope."""
    t = Trace((6,))
    a, b, c = t.params(3)
    loss = 0.0
    for x in t.inputs(6):
        z = a * x + b
        positive = ops.gt(z, 0.0)
        loss = loss + ops.where(positive, z.log(), c * z)
        loss = loss + ops.where(positive, z.sqrt() * c, 0.5 / (z - z))
        loss = loss + ops.minimum(z, c) * ops.maximum(z, 0.25) + ops.clip(z, -0.2, c) + abs(z)
    return t.finish(loss)


def several_roots() -> Graph:
    """Two losses that share numbers, a gradient used as a number, STOP, and a gradient by both."""
    t = Trace((3, 2), ())
    model, rows, rate = mlp(t, [2, 3, 1], "tanh"), t.inputs(3, 2), t.input()
    outs = [model(x)[0] for x in rows]
    first, second = sum(o * o for o in outs), sum(o.exp() for o in outs) * rate
    total = 0.0
    for k, p in enumerate(t.parameters):
        one, two = t.grad(first, p), t.grad(second, p)
        total = total + one * one
        t.graph.output("data", k, (p - rate * one - two * p).node)
    third = t.stop(first) * second + outs[0]
    for k, p in enumerate(t.parameters):
        t.graph.output("grad", k, t.grad(third, p).node)
    t.graph.output("result", 0, total.node)
    t.graph.output("result", 1, t.grad(third, outs[0]).node)
    return t.graph


def swapped() -> Graph:
    """Parameters that trade places, a constant gradient, a state that counts."""
    t = Trace(())
    a, b = t.params(2)
    x, state = t.input(), Symbol(t.graph, t.graph.add("STATE", 0))
    t.graph.output("data", 0, b.node)
    t.graph.output("data", 1, a.node)
    t.graph.output("grad", 0, t.graph.constant(0.0))
    t.graph.output("grad", 1, t.graph.add("PARAM_GRAD", 0))
    t.graph.output("state", 0, (state + x * 2.0).node)
    t.graph.output("result", 0, x.node)
    return t.graph


TRACES: dict[str, Callable[[], Graph]] = {
    "lecture": lecture,
    "moons": moons,
    "digits": lambda: cross_entropy([64, 32, 10], 32, shifted=False),
    "shifted": lambda: cross_entropy([5, 4, 3], 9, shifted=True),
    "recurrent": recurrent,
    "layer_norm": layer_norm,
    "shared_weights": shared_weights,
    "branches": branches,
    "several_roots": several_roots,
    "swapped": swapped,
}


class Case:
    """A graph with numbers to run it on and what they give by the plain interpreter."""

    def __init__(self, graph: Graph, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.graph = graph
        count = {"PARAM": 0, "STATE": 0}
        count["PARAM"] = max(
            [graph.count(1), graph.count(2)]
            + [o.index + 1 for o in graph.outputs if o.kind in ("data", "grad")]
        )
        count["STATE"] = max(
            [graph.count(3)] + [o.index + 1 for o in graph.outputs if o.kind == "state"]
        )
        self.params = rng.uniform(-0.9, 0.9, count["PARAM"])
        self.grads = rng.uniform(-0.9, 0.9, count["PARAM"])
        self.states = rng.uniform(-0.9, 0.9, count["STATE"])
        self.arguments = [rng.uniform(-1.5, 1.5, size(shape)) for shape in graph.inputs]
        flat = np.concatenate([np.zeros(0), *self.arguments])
        self.expected = np.array(graph.evaluate(flat, self.params, self.grads, self.states))

    def agrees(self, got: Sequence[float], tolerance: float = 1e-12) -> None:
        """Assert that these outputs are the expected ones, relative to the largest of a kind."""
        kinds = np.array([out.kind for out in self.graph.outputs])
        for kind in set(kinds.tolist()):
            a, b = np.asarray(got)[kinds == kind], self.expected[kinds == kind]
            finite = np.abs(b[np.isfinite(b)])
            scale = max(1e-3, finite.max() if len(finite) else 1.0)
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=tolerance * scale)


@pytest.fixture(scope="session", params=list(TRACES))
def case(request: pytest.FixtureRequest) -> Case:
    """One after another of the traces above, evaluated."""
    return Case(TRACES[request.param]())


def run(step: Any, case: Case) -> list[float]:
    """Run a compiled step once on the case's numbers; its outputs in the graph's order."""
    step.parameters[:] = case.params
    step.gradients[:] = case.grads
    step.states[:] = case.states
    results = step(case.arguments)
    rows = {"data": step.parameters, "grad": step.gradients, "state": step.states}
    return [rows.get(out.kind, results)[out.index] for out in case.graph.outputs]


@pytest.fixture(scope="session")
def make() -> tuple[type[Trace], type[Case], Callable[[Any, Case], list[float]]]:
    """What tests make traces with: Trace, Case, and the outputs of a step on a case."""
    return Trace, Case, run
