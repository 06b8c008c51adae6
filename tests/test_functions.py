import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

from glassgrad import Value, topological
from glassgrad.functions import dot, log_softmax, logsumexp, mean, softmax, total

LOGITS = [
    [0.3, -1.2, 2.5],
    [1000.0, 999.0, -1000.0],
    [-1000.0, -1000.5, -1003.0],
    [1000.0, -1000.0],
    [1e-9, -1e-9, 3e-9],
    [700.0, 710.0, 709.5, 711.25],
]
OF_MANY = [total, mean, logsumexp, softmax, log_softmax]

numbers = st.floats(-1e3, 1e3, allow_nan=False)


def exact_softmax(xs: Sequence[float]) -> list[mpf]:
    """Return the softmax in 60 digits, by its definition."""
    with mp.workdps(60):
        parts = [mp.exp(mpf(x)) for x in xs]
        return [part / sum(parts) for part in parts]


def exact_logsumexp(xs: Sequence[float]) -> mpf:
    """Return the logsumexp in 60 digits, by its definition."""
    with mp.workdps(60):
        return mp.log(sum(mp.exp(mpf(x)) for x in xs))


def gradients(f: Callable[[list[Value]], Any], xs: Sequence[float]) -> list[float]:
    """Return the gradient of f by each of the numbers."""
    values = [Value(x) for x in xs]
    f(values).backward()
    return [value.grad for value in values]


def test_dot_adds_the_products() -> None:
    """1.5*2 + (-0.5)*4 + 3*0.25 is 1.75, and each side's gradient is the other side."""
    a, b = [1.5, -0.5, 3.0], [2.0, 4.0, 0.25]
    assert dot(a, b) == 1.75
    assert gradients(lambda values: dot(values, b), a) == b
    assert gradients(lambda values: dot(a, values), b) == a


def test_dot_of_one_list_with_itself() -> None:
    """The gradient of the sum of squares is twice each number."""
    assert gradients(lambda values: dot(values, values), [1.5, -0.75]) == [3.0, -1.5]


def test_mean_shares_its_gradient_out() -> None:
    """The mean of 1, 2, 6 and 1 is 2.5, and each has a quarter of the gradient."""
    assert mean([1.0, 2.0, 6.0, 1.0]) == 2.5
    assert gradients(mean, [1.0, 2.0, 6.0, 1.0]) == [0.25] * 4


def test_mean_of_one_pass() -> None:
    """The numbers may come from a generator."""
    assert mean(x * x for x in (1.0, 3.0)) == 5.0


def test_total_adds_no_node_for_a_start() -> None:
    """The sum of two Values is one addition of the two."""
    a, b = Value(2.0), Value(3.0)
    assert total([a, b])._prev == (a, b)
    assert total([]) == 0.0


@pytest.mark.parametrize("xs", LOGITS, ids=str)
def test_logsumexp_at_hostile_points(xs: list[float]) -> None:
    """Its value is right to an ulp or two, and its gradient is the softmax."""
    assert logsumexp(xs) == pytest.approx(float(exact_logsumexp(xs)), rel=5e-16)
    expected = [float(p) for p in exact_softmax(xs)]
    assert gradients(logsumexp, xs) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("xs", LOGITS, ids=str)
def test_softmax_at_hostile_points(xs: list[float]) -> None:
    """Every share is right to 12 digits, down to the smallest float."""
    expected = [float(p) for p in exact_softmax(xs)]
    assert softmax(xs) == pytest.approx(expected, rel=1e-12, abs=1e-300)
    assert sum(softmax(xs)) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize("xs", LOGITS, ids=str)
def test_gradient_of_softmax(xs: list[float]) -> None:
    """Share i moves by p[i] * ((i == j) - p[j]) with number j."""
    p = exact_softmax(xs)
    for i in range(len(xs)):
        slopes = gradients(lambda values, i=i: softmax(values)[i], xs)
        expected = [float(p[i] * ((i == j) - p[j])) for j in range(len(xs))]
        assert slopes == pytest.approx(expected, rel=1e-12, abs=2e-16)


@pytest.mark.parametrize("xs", LOGITS, ids=str)
def test_log_softmax_at_hostile_points(xs: list[float]) -> None:
    """Logarithms far below that of the smallest float are right, and so are their gradients."""
    p = exact_softmax(xs)
    with mp.workdps(60):
        expected = [float(mpf(x) - exact_logsumexp(xs)) for x in xs]
    assert log_softmax(xs) == pytest.approx(expected, rel=1e-12, abs=2e-13)
    last = len(xs) - 1
    slopes = gradients(lambda values: log_softmax(values)[last], xs)
    assert slopes == pytest.approx([float((j == last) - p[j]) for j in range(len(xs))], abs=4e-16)


def test_negative_log_likelihood_of_the_lecture() -> None:
    """The exercise's gradients for logits 0, 3, -2, 1 and label 3."""
    slopes = gradients(lambda logits: -softmax(logits)[3].log(), [0.0, 3.0, -2.0, 1.0])
    expected = [
        0.041772570515350445,
        0.8390245074625319,
        0.005653302662216329,
        -0.8864503806400986,
    ]
    assert slopes == pytest.approx(expected, rel=1e-14)


def test_ties_share_the_gradient() -> None:
    """Of equal numbers none is preferred as the largest."""
    assert gradients(logsumexp, [2.0, 2.0]) == [0.5, 0.5]


def test_nothing_flows_through_the_shift() -> None:
    """The shift is a plain number: each number has the way through its exponential alone."""
    xs = [Value(0.5), Value(2.0)]
    nodes = topological(logsumexp(xs))
    assert sum(x in node._prev for node in nodes for x in xs) == 2


def test_logsumexp_of_infinities() -> None:
    """Infinite numbers give what the formula's limit is, and nan stays nan."""
    inf = math.inf
    assert logsumexp([inf, 1.0]) == inf
    assert logsumexp([-inf, 1.5]) == 1.5
    assert logsumexp([-inf, -inf]) == -inf
    assert math.isnan(logsumexp([math.nan, 1.0]))


@given(st.lists(numbers, min_size=1, max_size=8), numbers)
def test_softmax_ignores_a_shift(xs: list[float], shift: float) -> None:
    """Adding one number to all changes no share beyond the rounding of the sums."""
    shifted = softmax([x + shift for x in xs])
    assert shifted == pytest.approx(softmax(xs), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("f", OF_MANY)
@given(xs=st.lists(numbers, min_size=1, max_size=8))
def test_floats_and_values_agree(f: Callable[[Sequence[Any]], Any], xs: list[float]) -> None:
    """On Values each function gives the bits that it gives on floats."""
    plain, recorded = f(xs), f([Value(x) for x in xs])
    if isinstance(plain, float):
        plain, recorded = [plain], [recorded]
    assert [value.data for value in recorded] == plain


@given(st.lists(st.tuples(numbers, numbers), max_size=8))
def test_dot_of_floats_and_values_agrees(pairs: list[tuple[float, float]]) -> None:
    """On Values dot gives the bits that it gives on floats."""
    a, b = [a for a, _ in pairs], [b for _, b in pairs]
    recorded = dot([Value(x) for x in a], b)
    assert (recorded.data if pairs else recorded) == dot(a, b)


def test_whole_numbers_are_numbers() -> None:
    """Python integers count as the floats that they equal."""
    assert softmax([0, 0]) == [0.5, 0.5]
    assert operator.eq(mean([1, 2]), 1.5)


def test_dot_of_different_lengths() -> None:
    """The message says both lengths; nothing is dropped silently."""
    with pytest.raises(ValueError, match="3 came on the left and 2 on the right"):
        dot([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize("f", OF_MANY[1:])
def test_no_numbers(f: Callable[[Sequence[Any]], Any]) -> None:
    """What has no answer for no numbers says so by its name."""
    with pytest.raises(ValueError, match=f"{f.__name__} needs at least one number"):
        f([])
