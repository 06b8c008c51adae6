"""The exercises that go with the lecture."""

import math
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value

# 1. Derivatives.


def f(a: Any, b: Any, c: Any) -> Any:
    """The exercise's function; its sine is math.sin for numbers."""
    return -(a**3) + gg.sin(3 * b) - 1.0 / c + b**2.5 - a**0.5


AT = (2.0, 3.0, 4.0)
EXPECTED = [-12.353553390593273, 10.25699027111255, 0.0625]


def test_the_value() -> None:
    """f(2, 3, 4) is 6.336362190988558."""
    assert f(*AT) == pytest.approx(6.336362190988558, rel=1e-15)


def test_the_gradient_from_calculus() -> None:
    """The rules of calculus give the expected gradient, and so does the library."""
    a, b, c = AT
    by_rules = [
        -3 * a**2 - 0.5 * a**-0.5,
        3 * math.cos(3 * b) + 2.5 * b**1.5,
        1 / c**2,
    ]
    assert by_rules == pytest.approx(EXPECTED, rel=1e-14)
    assert gg.grad(f, (0, 1, 2))(*AT) == pytest.approx(tuple(EXPECTED), rel=1e-14)


def test_the_gradient_from_values() -> None:
    """Values give the same by backward()."""
    inputs = [Value(x) for x in AT]
    f(*inputs).backward()
    assert [x.grad for x in inputs] == pytest.approx(EXPECTED, rel=1e-14)


@pytest.mark.parametrize(("method", "accuracy"), [("forward", 1e-4), ("symmetric", 1e-8)])
def test_the_gradient_by_nudges(method: str, accuracy: float) -> None:
    """Forward differences come near it, symmetric ones four digits nearer."""
    measured = gg.numeric_derivative(lambda v: f(*v), list(AT), h=1e-5, method=method)
    assert measured == pytest.approx(EXPECTED, rel=accuracy)
    if method == "forward":
        assert measured != pytest.approx(EXPECTED, rel=accuracy / 1e4)


def test_the_check() -> None:
    """check_grad agrees for all three inputs."""
    report = gg.check_grad(f, *AT, order=2)
    assert [one.by for one in report.comparisons[:3]] == ["a", "b", "c"]


# 2. Softmax and the negative log-likelihood.

LOGITS, LABEL = [0.0, 3.0, -2.0, 1.0], 3
GRADS = [0.041772570515350445, 0.8390245074625319, 0.005653302662216329, -0.8864503806400986]


def softmax(logits: list[Value]) -> list[Value]:
    """As the exercise writes it."""
    counts = [logit.exp() for logit in logits]
    denominator = sum(counts)
    return [c / denominator for c in counts]


def test_gradients_of_the_softmax() -> None:
    """The gradients of -log(probability of the label) by the four logits are those given."""
    logits = [Value(x) for x in LOGITS]
    loss = -softmax(logits)[LABEL].log()
    loss.backward()
    assert loss.data == pytest.approx(2.1755153626167147, rel=1e-14)
    assert [x.grad for x in logits] == pytest.approx(GRADS, rel=1e-13)


def test_the_same_from_the_librarys_functions() -> None:
    """log_softmax, and the probabilities minus one at the label, give them too."""
    assert gg.grad(lambda v: -gg.log_softmax(v)[LABEL])(LOGITS) == pytest.approx(GRADS, rel=1e-13)
    probabilities = gg.softmax(LOGITS)
    by_rule = [p - (i == LABEL) for i, p in enumerate(probabilities)]
    assert by_rule == pytest.approx(GRADS, rel=1e-13)
