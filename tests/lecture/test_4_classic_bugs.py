"""The bugs that everyone makes with gradients: section five. Here they are right."""

import math

import pytest

import glassgrad as gg
from glassgrad import Value


def test_one_variable_used_twice() -> None:
    """In b = a + a the gradient of a is 2, not 1."""
    a = Value(3.0)
    b = a + a
    b.backward()
    assert a.grad == 2.0


def test_two_ways_from_each_variable() -> None:
    """The end f = (a*b) * (a+b) at (-2, 3) has the gradients -3 and -8."""
    a, b = Value(-2.0), Value(3.0)
    d = a * b
    e = a + b
    f = d * e
    f.backward()
    assert (a.grad, b.grad) == (-3.0, -8.0)
    assert (d.grad, e.grad) == (1.0, -6.0)


def test_a_forgotten_zero_grad_shows() -> None:
    """Without clearing, the gradient of the leaves grows with each backward()."""
    w = Value(2.0)
    seen = []
    for _ in range(3):
        (w * w).backward()
        seen.append(w.grad)
    assert seen == [4.0, 8.0, 12.0]
    w.zero_grad()
    (w * w).backward()
    assert w.grad == 4.0


def test_backward_twice_on_one_graph() -> None:
    """A second backward() doubles the leaves exactly, and inner nodes stay."""
    a, b = Value(0.3), Value(-1.7)
    inner = a * b
    end = inner.tanh() + inner.exp() * a
    end.backward()
    first = (a.grad, b.grad, inner.grad)
    end.backward()
    assert (a.grad, b.grad, inner.grad) == (2 * first[0], 2 * first[1], first[2])


@pytest.mark.parametrize("x", [20.0, 400.0, 1000.0, -1000.0])
def test_large_numbers_do_not_overflow(x: float) -> None:
    """Both tanh and exp take any size of input: 1, inf and 0 come out, with finite gradients."""
    v = Value(x)
    v.tanh().backward()
    assert v.tanh().data == math.copysign(1.0, x)
    assert v.grad == pytest.approx(0.0, abs=1e-16)
    assert gg.exp(-abs(v)).data < 1e-8
    assert gg.exp(abs(v)).data > 1e8
