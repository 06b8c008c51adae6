"""The backward pass on graphs: its order, what it skips, and ways back by hand."""

import math
import random

import pytest

from glassgrad import Value, topological
from glassgrad.backward import cleared, inner_nodes, pass_back, propagate
from glassgrad.ops import TABLE


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


def tangled(rng: random.Random) -> Value:
    """A graph of shared nodes, of one to three parents each and some made by hand."""
    nodes = [Value(rng.uniform(-1, 1)) for _ in range(3)]
    for _ in range(40):
        a, b, c = (rng.choice(nodes[-8:]) for _ in range(3))
        nodes.append(
            rng.choice([a + b, a * b, a * 0.5, a.tanh(), a.clip(b, c), Value(1.0, (a, b, c), "f")])
        )
    return nodes[-1]


@pytest.mark.parametrize("seed", range(20))
def test_both_walks_visit_in_the_same_order(seed: int) -> None:
    """The walk that clears gradients meets the nodes of the other one, in its order."""
    root = tangled(random.Random(seed))
    for node in inner_nodes(root):
        node.grad = 7.5
    for _ in range(2):  # the marks of the first walk do not mislead a second
        order = cleared(root)
        assert [id(node) for node in order] == [id(node) for node in inner_nodes(root)]
        assert all(node.grad == 0.0 for node in order)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.arity <= 2])
@pytest.mark.parametrize("g", [0.75, 0.0, math.inf, math.nan])
def test_the_chain_rule_is_that_of_the_table(name: str, g: float) -> None:
    """What the loop adds to the gradients is what the row's partials say, special numbers too."""
    for x in (0.375, 0.0, -1.25, math.inf, math.nan):
        for y in (0.625, -0.0, -math.inf)[: 3 if TABLE[name].arity == 2 else 1]:
            inputs = [Value(x), Value(y)][: TABLE[name].arity]
            out = TABLE[name](*inputs)
            out.grad = g
            propagate([out])
            by_loop = [v.grad for v in inputs]
            for v in inputs:
                v.grad = 0.0
            pass_back(out, TABLE[name])
            assert list(map(repr, by_loop)) == [repr(v.grad) for v in inputs]


@pytest.mark.parametrize("name", ["gelu", "silu"])
def test_a_rounded_relu_is_a_relu_far_out(name: str) -> None:
    """At infinity, and far before it, the slope is 1 on the right and 0 on the left."""
    for x, slope in [(math.inf, 1.0), (1e9, 1.0), (-1e9, 0.0), (-math.inf, 0.0)]:
        v = Value(x)
        getattr(v, name)().backward()
        assert v.grad == slope
    assert math.isnan(TABLE[name].slopes(math.nan, math.nan)[0])
