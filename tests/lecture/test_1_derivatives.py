"""What a derivative is: the lecture's first section."""

import math

import pytest

import glassgrad as gg
from glassgrad import Value


def f(x):  # noqa: ANN001, ANN201 - as in the lecture
    """The parabola."""
    return 3 * x**2 - 4 * x + 5


def test_the_function() -> None:
    """f(3) is 20, for a number and for a Value."""
    assert f(3.0) == 20.0
    assert f(Value(3.0)).data == 20.0


def test_the_slope_by_hand() -> None:
    """A nudge of 0.001 at 3 gives a slope of 14.003, a nudge of 1e-6 at 2/3 one of 3e-6."""
    h, x = 0.001, 3.0
    assert (f(x + h) - f(x)) / h == pytest.approx(14.003, abs=1e-9)
    h, x = 1e-6, 2 / 3
    assert (f(x + h) - f(x)) / h == pytest.approx(3e-6, abs=1e-9)


def test_the_slope_measured() -> None:
    """The library's forward difference is the very same quotient, to the last bit."""
    for h, x in ((0.001, 3.0), (1e-6, 2 / 3), (1e-4, -3.0)):
        by_hand = (f(x + h) - f(x)) / h
        assert gg.numeric_derivative(f, x, h=h, method="forward") == by_hand


def test_the_slope_exactly() -> None:
    """f'(x) = 6x - 4: 14 at 3, -22 at -3, 0 at 2/3."""
    slope = gg.grad(f)
    assert slope(3.0) == 14.0
    assert slope(-3.0) == -22.0
    assert slope(2 / 3) == pytest.approx(0.0, abs=1e-15)


def test_too_small_a_nudge() -> None:
    """With h = 1e-17 the sum x + h is x: the quotient says 0.0, and the sweep shows why."""
    h, x = 1e-17, 3.0
    assert (f(x + h) - f(x)) / h == 0.0
    table = gg.sweep(f, 3.0)
    assert table.rows[-1].estimate == 0.0
    assert table.rows[-1].error == 14.0
    assert "cancellation" in repr(table).splitlines()[-1]


def test_several_inputs() -> None:
    """The sum d = a*b + c at (2, -3, 10) is 4; its slopes by a, b and c are b, a and 1."""
    a, b, c, h = 2.0, -3.0, 10.0, 0.0001

    def d(a: float, b: float, c: float) -> float:
        return a * b + c

    assert d(a, b, c) == 4.0
    assert (d(a + h, b, c) - d(a, b, c)) / h == pytest.approx(-3.0, abs=1e-8)
    assert (d(a, b + h, c) - d(a, b, c)) / h == pytest.approx(2.0, abs=1e-8)
    assert (d(a, b, c + h) - d(a, b, c)) / h == pytest.approx(1.0, abs=1e-8)
    assert gg.grad(d, (0, 1, 2))(a, b, c) == (-3.0, 2.0, 1.0)


def test_the_sweep_finds_the_best_nudge() -> None:
    """The measured slope gets better down to about 1e-8, then worse."""
    assert -9 <= math.log10(gg.sweep(f, 3.0).best.h) <= -7
