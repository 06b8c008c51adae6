"""tanh in one step and in five, and operations that a student adds: section six."""

import math
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value

LEAVES = [-1.5, 1.0, 0.5, 0.0]


def neuron(squash: Any) -> list[float]:
    """Gradients of x1, w1, x2, w2 with an activation of one's own."""
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.8813735870195432, label="b")
    o = squash(x1 * w1 + x2 * w2 + b)
    o.label = "o"
    o.backward()
    assert o.data == pytest.approx(math.sqrt(0.5), abs=1e-15)
    return [x1.grad, w1.grad, x2.grad, w2.grad]


def test_tanh_in_one_step_and_in_five() -> None:
    """Both tanh and (e^2n - 1) / (e^2n + 1) give the same gradients of the leaves."""

    def five_steps(n: Value) -> Value:
        e = (2 * n).exp()
        return (e - 1) / (e + 1)

    assert neuron(lambda n: n.tanh()) == pytest.approx(LEAVES, abs=1e-14)
    assert neuron(five_steps) == pytest.approx(LEAVES, abs=1e-14)


def test_tanh_as_a_closure() -> None:
    """The lecture's way of adding an operation: a Value by hand, and `_backward` assigned."""

    def tanh(self: Value) -> Value:
        x = self.data
        t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)
        out = Value(t, (self,), "tanh")

        def _backward() -> None:
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    assert neuron(tanh) == pytest.approx(LEAVES, abs=1e-14)


class Student(Value):
    """A class of a student's own, with the lecture's methods pasted in."""

    def tanh(self) -> "Student":
        """As typed in the lecture."""
        x = self.data
        t = (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)
        out = Student(t, (self,), "tanh")

        def _backward() -> None:
            self.grad += (1 - t**2) * out.grad

        out._backward = _backward
        return out

    def exp(self) -> "Student":
        """As typed in the lecture."""
        out = Student(math.exp(self.data), (self,), "exp")

        def _backward() -> None:
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def __add__(self, other: Any) -> "Student":
        """As typed in the lecture."""
        other = other if isinstance(other, Value) else Student(other)
        out = Student(self.data + other.data, (self, other), "+")

        def _backward() -> None:
            self.grad += 1.0 * out.grad
            other.grad += 1.0 * out.grad

        out._backward = _backward
        return out


def test_a_class_of_a_students_own() -> None:
    """A subclass with methods from the lecture mixes with the library's own operations."""
    a, b = Student(0.4, label="a"), Value(2.0, label="b")
    inner = a + 1
    t = inner.tanh()
    assert isinstance(inner, Student)
    assert t._op == "tanh"
    assert t._primitive is None
    end = t * b + a.exp() / b
    end.backward()
    slope = 1 - math.tanh(1.4) ** 2
    assert a.grad == pytest.approx(2 * slope + math.exp(0.4) / 2, rel=1e-14)
    assert b.grad == pytest.approx(math.tanh(1.4) - math.exp(0.4) / 4, rel=1e-14)


def test_the_library_checks_a_students_operation() -> None:
    """check_grad accepts a right closure and names the input of a wrong one."""

    def tanh(x: Value, slope: Any) -> Value:
        out = Value(math.tanh(x.data), (x,), "tanh")

        def _backward() -> None:
            x.grad += slope(out.data) * out.grad

        out._backward = _backward
        return out

    right = gg.check_grad(lambda n: tanh(n * 2, lambda t: 1 - t**2), 0.3)
    assert right.worst.symbolic == pytest.approx(2 * (1 - math.tanh(0.6) ** 2), rel=1e-15)
    with pytest.raises(AssertionError, match="by n: "):
        gg.check_grad(lambda n: tanh(n * 2, lambda t: 1 - t), 0.3)


def test_arithmetic_that_the_lecture_adds() -> None:
    """Numbers on either side, division, powers, negation and subtraction, as the lecture needs."""
    a, b = Value(2.0), Value(4.0)
    assert (a + 1).data == (1 + a).data == 3.0
    assert (a * 2).data == (2 * a).data == 4.0
    assert (a / b).data == 0.5
    assert (a**3).data == 8.0
    assert (a - b).data == -2.0
    assert (-a).data == -2.0
    assert a.exp().data == pytest.approx(math.exp(2.0), rel=1e-15)
