"""The lecture's engine, for comparison: each operation leaves a closure that knows its way back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


class Value:
    """A number, its gradient, and the nodes that it came from."""

    def __init__(
        self, data: float, _children: Iterable[Value] = (), _op: str = "", label: str = ""
    ) -> None:
        self.data = data
        self.grad = 0.0
        self.label = label
        self._prev = tuple(_children)
        self._op = _op
        self._backward = lambda: None

    def _made(self, data: float, *slopes: tuple[Value, float]) -> Value:
        """The node of this number, which passes `slope` times its gradient to each parent."""
        out = Value(data, [parent for parent, _ in slopes])

        def _backward() -> None:
            for parent, slope in slopes:
                parent.grad += slope * out.grad

        out._backward = _backward
        return out

    def __add__(self, other: Any) -> Value:
        """Return the sum."""
        other = other if isinstance(other, Value) else Value(other)
        return self._made(self.data + other.data, (self, 1.0), (other, 1.0))

    def __mul__(self, other: Any) -> Value:
        """Return the product."""
        other = other if isinstance(other, Value) else Value(other)
        return self._made(self.data * other.data, (self, other.data), (other, self.data))

    def __pow__(self, k: float) -> Value:
        """Return the power to a plain number."""
        return self._made(self.data**k, (self, k * self.data ** (k - 1)))

    def exp(self) -> Value:
        """Return e to this power."""
        e = math.exp(self.data)
        return self._made(e, (self, e))

    def log(self) -> Value:
        """Return the natural logarithm."""
        return self._made(math.log(self.data), (self, 1 / self.data))

    def tanh(self) -> Value:
        """Return the hyperbolic tangent."""
        t = math.tanh(self.data)
        return self._made(t, (self, 1 - t**2))

    def relu(self) -> Value:
        """Return what is positive."""
        return self._made(max(0.0, self.data), (self, float(self.data > 0)))

    def __neg__(self) -> Value:
        """Return the opposite."""
        return self * -1.0

    def __sub__(self, other: Any) -> Value:
        """Return the difference."""
        return self + (-other)

    def __truediv__(self, other: Any) -> Value:
        """Return the quotient."""
        return self * other**-1

    def __radd__(self, other: float) -> Value:
        """Return number + self."""
        return self + other

    def __rmul__(self, other: float) -> Value:
        """Return number * self."""
        return self * other

    def __rsub__(self, other: float) -> Value:
        """Return number - self."""
        return -self + other

    def __rtruediv__(self, other: float) -> Value:
        """Return number / self."""
        return self**-1 * other

    def backward(self) -> None:
        """Give every node below the derivative of this one by it."""
        order: list[Value] = []
        visited: set[Value] = set()

        def build(v: Value) -> None:
            if v not in visited:
                visited.add(v)
                for parent in v._prev:
                    build(parent)
                order.append(v)

        build(self)
        self.grad = 1.0
        for v in reversed(order):
            v._backward()
