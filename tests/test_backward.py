"""The backward pass on graphs: its order, what it skips, and ways back by hand."""

import math

import pytest

from glassgrad import Value, topological


def test_left_operands_come_first() -> None:
    """The order of nodes follows from the graph: all under the left operand, then the right."""
    a, b, c, d = (
        Value(x, label=label) for x, label in zip((1.5, 2.5, -1.0, 0.5), "abcd", strict=True)
    )
    left, right = a + b, c * d
    root = left / right
    assert topological(root) == [a, b, left, c, d, right, root]


def test_the_slope_along_a_plain_exponent_troubles_no_one() -> None:
    """(-3) ** 2 has no real slope along its exponent; the number 2 keeps a gradient of 0."""
    x = Value(-3.0)
    y = x**2
    y.backward()
    _, exponent = y._prev
    assert (x.grad, exponent.grad) == (-6.0, 0.0)


def test_a_way_back_can_be_wrapped() -> None:
    """What `_backward` gave still works inside of the function that takes its place."""
    a = Value(3.0)
    b = a * a
    calls = []
    old = b._backward

    def new() -> None:
        calls.append(b.grad)
        old()

    b._backward = new
    b.backward()
    assert (a.grad, calls) == (6.0, [1.0])


def test_the_children_of_a_node_by_hand_are_values() -> None:
    """A plain number among the children is refused where it is given, not at backward()."""
    with pytest.raises(TypeError, match=r"children.*2\.0 \(float\)"):
        Value(1.0, (2.0,), "twice")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1e200, 1.0, 1e-200])
def test_an_angle_has_slopes_at_any_size(size: float) -> None:
    """Along y the slope is x / (x*x + y*y), also where these squares leave the range of floats."""
    y, x = Value(3 * size), Value(4 * size)
    y.atan2(x).backward()
    assert y.grad == pytest.approx(4 / 25 / size, rel=1e-14)
    assert x.grad == pytest.approx(-3 / 25 / size, rel=1e-14)
    assert math.isfinite(y.grad)
