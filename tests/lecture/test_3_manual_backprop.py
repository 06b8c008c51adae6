"""Backpropagation by hand, first on an expression, then on a neuron: sections three and four."""

import math

import pytest

import glassgrad as gg
from glassgrad import Value


def loss(
    a: float = 0, b: float = 0, c: float = 0, e: float = 0, d: float = 0, f: float = 0
) -> float:
    """L = (a*b + c) * f at (2, -3, 10, -2), with a nudge added to any of its nodes."""
    nodes = [Value(x + h) for x, h in ((2.0, a), (-3.0, b), (10.0, c), (-2.0, f))]
    va, vb, vc, vf = nodes
    ve = va * vb
    ve.data += e
    vd = ve + vc
    vd.data += d
    return (vd * vf).data


GRADS = {"a": 6.0, "b": -4.0, "c": -2.0, "e": -2.0, "d": -2.0, "f": 4.0}


@pytest.mark.parametrize("name", GRADS)
def test_each_gradient_by_a_nudge(name: str) -> None:
    """Nudging one node by h = 0.001 changes L by its gradient times h."""
    h = 0.001
    slope = (loss(**{name: h}) - loss()) / h
    assert slope == pytest.approx(GRADS[name], abs=1e-9)


def test_gradients_typed_in_by_hand() -> None:
    """`grad` may be assigned, and a step along it makes L = -7.286496."""
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    a.grad, b.grad, c.grad, f.grad = 6.0, -4.0, -2.0, 4.0
    for p in (a, b, c, f):
        p.data += 0.01 * p.grad
    e = a * b
    d = e + c
    L = d * f
    assert L.data == pytest.approx(-7.286496, abs=1e-12)


def test_backward_agrees_with_the_hand() -> None:
    """backward() computes the gradients that were typed in."""
    a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
    e = a * b
    d = e + c
    L = d * f
    L.backward()
    found = {"a": a.grad, "b": b.grad, "c": c.grad, "e": e.grad, "d": d.grad, "f": f.grad}
    assert found == GRADS
    assert L.grad == 1.0


class Neuron:
    """The lecture's neuron of two inputs, node by node."""

    def __init__(self) -> None:
        self.x1 = Value(2.0, label="x1")
        self.x2 = Value(0.0, label="x2")
        self.w1 = Value(-3.0, label="w1")
        self.w2 = Value(1.0, label="w2")
        self.b = Value(6.8813735870195432, label="b")
        self.x1w1 = self.x1 * self.w1
        self.x2w2 = self.x2 * self.w2
        self.sum = self.x1w1 + self.x2w2
        self.n = self.sum + self.b
        self.o = self.n.tanh()

    def leaves(self) -> list[float]:
        """The gradients of x1, w1, x2 and w2."""
        return [self.x1.grad, self.w1.grad, self.x2.grad, self.w2.grad]


EXPECTED = [-1.5, 1.0, 0.5, 0.0]


def test_output_of_the_neuron() -> None:
    """The bias is chosen so that the output is the root of a half."""
    assert Neuron().o.data == pytest.approx(0.7071067811865476, abs=2e-16)


def test_neuron_by_typing() -> None:
    """The gradients typed in one by one, from 1 - o² = 0.5 down, are those of backward()."""
    v = Neuron()
    v.o.grad = 1.0
    v.n.grad = 1 - v.o.data**2
    assert v.n.grad == pytest.approx(0.5, abs=1e-15)
    v.sum.grad = v.b.grad = v.n.grad
    v.x1w1.grad = v.x2w2.grad = v.sum.grad
    v.x2.grad = v.w2.data * v.x2w2.grad
    v.w2.grad = v.x2.data * v.x2w2.grad
    v.x1.grad = v.w1.data * v.x1w1.grad
    v.w1.grad = v.x1.data * v.x1w1.grad
    assert v.leaves() == pytest.approx(EXPECTED, abs=1e-14)


def test_neuron_by_calling_each_backward() -> None:
    """Calling `_backward()` of every node in turn fills in the same gradients."""
    v = Neuron()
    v.o.grad = 1.0
    v.o._backward()
    v.n._backward()
    v.b._backward()
    v.sum._backward()
    v.x2w2._backward()
    v.x1w1._backward()
    assert v.leaves() == pytest.approx(EXPECTED, abs=1e-14)
    by_hand = v.leaves()
    again = Neuron()
    again.o.backward()
    assert again.leaves() == by_hand


def test_neuron_in_topological_order() -> None:
    """The student's own ordering of the nodes serves too; leaves do nothing."""
    v = Neuron()
    topo: list[Value] = []
    visited: set[Value] = set()

    def build_topo(node: Value) -> None:
        if node not in visited:
            visited.add(node)
            for child in node._prev:
                build_topo(child)
            topo.append(node)

    build_topo(v.o)
    assert len(topo) == 10
    v.o.grad = 1.0
    for node in reversed(topo):
        node._backward()
    assert v.leaves() == pytest.approx(EXPECTED, abs=1e-14)


def test_neuron_by_transforms() -> None:
    """`grad` finds the same numbers with no graph in sight."""

    def o(x1: float, w1: float, x2: float, w2: float) -> float:
        return gg.tanh(x1 * w1 + x2 * w2 + 6.8813735870195432)

    assert gg.grad(o, (0, 1, 2, 3))(2.0, -3.0, 0.0, 1.0) == pytest.approx(EXPECTED, abs=1e-14)
    assert o(2.0, -3.0, 0.0, 1.0) == pytest.approx(math.sqrt(0.5), abs=2e-16)
