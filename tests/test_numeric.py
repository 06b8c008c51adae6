import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value
from glassgrad.numeric import GradientError


def parabola(x: Any) -> Any:
    """The lecture's function."""
    return 3 * x**2 - 4 * x + 5


# The numeric derivative.


def test_forward_difference() -> None:
    """(f(3.001) - f(3)) / 0.001 is 14.003, three thousandths above the slope of 14."""
    forward = gg.numeric_derivative(parabola, 3.0, h=0.001, method="forward")
    assert forward == pytest.approx(14.003, abs=1e-10)


def test_symmetric_difference() -> None:
    """Of a parabola the symmetric difference has no truncation error, whatever the h."""
    assert gg.numeric_derivative(parabola, 3.0, h=0.5) == 14.0


def test_default_steps() -> None:
    """The default h errs by less than 1e-7 (forward) and 1e-10 (symmetric) near 1."""
    exact = math.cos(0.7)
    assert gg.numeric_derivative(math.sin, 0.7) == pytest.approx(exact, rel=1e-10)
    forward = gg.numeric_derivative(math.sin, 0.7, method="forward")
    assert forward == pytest.approx(exact, rel=1e-7)
    assert forward != pytest.approx(exact, rel=1e-10)


def test_default_step_grows_with_the_number() -> None:
    """At x = 1e9, where 1e-5 is below the spacing of floats, the default h still measures."""
    assert gg.numeric_derivative(lambda x: x * x, 1e9) == pytest.approx(2e9, rel=1e-6)


def test_cancellation_is_not_hidden() -> None:
    """With h = 1e-17 the nudge is lost in rounding and the quotient is 0.0."""
    assert gg.numeric_derivative(parabola, 3.0, h=1e-17, method="forward") == 0.0


def test_plain_functions_get_plain_numbers() -> None:
    """`f` gets floats where numbers are given, so functions of `math` can be measured."""
    assert gg.numeric_derivative(math.erf, 0.0) == pytest.approx(2 / math.sqrt(math.pi), rel=1e-9)


def test_values_are_given_as_values() -> None:
    """`f` gets Values where Values are given; the result is a float all the same."""
    slope = gg.numeric_derivative(lambda x: x.tanh(), Value(0.5))
    assert type(slope) is float
    assert slope == pytest.approx(1 - math.tanh(0.5) ** 2, rel=1e-9)


def test_nest_of_numbers() -> None:
    """Of a nest of numbers each is nudged alone: the result is the gradient."""
    measured = gg.numeric_derivative(lambda v: v["a"] ** 2 * v["b"][0], {"a": 3.0, "b": (5.0,)})
    assert measured == {"a": pytest.approx(30.0), "b": (pytest.approx(9.0),)}


def test_unknown_method() -> None:
    """An unknown method is refused with the two that exist."""
    with pytest.raises(ValueError, match="'forward' or 'symmetric', but 'central' came"):
        gg.numeric_derivative(math.sin, 1.0, method="central")


@pytest.mark.parametrize("h", [0.0, math.inf, math.nan])
def test_a_nudge_that_measures_nothing(h: float) -> None:
    """A nudge of 0 would divide by it, an endless one leads nowhere: the message says so."""
    with pytest.raises(ValueError, match=f"h must be finite and not 0, but {h} came"):
        gg.numeric_derivative(math.sin, 1.0, h=h)


# The sweep.


def test_sweep_finds_the_valley() -> None:
    """The forward difference is best near h = 1e-8: larger h truncates, smaller h cancels."""
    table = gg.sweep(gg.exp, 1.0)
    errors = {round(math.log10(row.h)): row.error for row in table.rows}
    assert table.exact == pytest.approx(math.e, rel=1e-15)
    assert -9 <= math.log10(table.best.h) <= -7
    # f'' h / 2 on the left of the valley, rounding over h on its right
    assert errors[-3] == pytest.approx(math.e / 2 * 1e-3, rel=1e-2)
    assert errors[-13] > 100 * table.best.error
    assert errors[-17] == pytest.approx(math.e)


def test_sweep_of_symmetric_differences() -> None:
    """The symmetric difference is best near h = 1e-5, and better than the forward one ever is."""
    symmetric = gg.sweep(gg.exp, 1.0, method="symmetric").best
    assert -6 <= math.log10(symmetric.h) <= -4
    assert symmetric.error < gg.sweep(gg.exp, 1.0).best.error / 10


def test_sweep_reads_as_a_table() -> None:
    """The repr has a line for each h, with estimate, error and the kind of error."""
    lines = repr(gg.sweep(parabola, 3.0, hs=[1e-1, 1e-8, 1e-17])).splitlines()
    assert lines[0] == "The slope at x = 3.0 is 14.0. (f(x + h) - f(x)) / h gives"
    assert lines[1].split() == ["h", "estimate", "error", "what", "errs"]
    assert [line.split()[0] for line in lines[2:]] == ["1e-01", "1e-08", "1e-17"]
    assert [line.split()[-1] for line in lines[2:]] == ["truncation", "best", "cancellation"]
    assert lines[4].split()[1:3] == ["0.0", "1.4e+01"]
    assert max(map(len, lines)) <= 80


def test_sweep_with_a_given_slope() -> None:
    """A function that takes no Values is swept against a slope that the user knows."""
    table = gg.sweep(math.cos, 2.0, exact=-math.sin(2.0))
    assert table.best.error < 1e-7


# The check.


def student(factor: float) -> Any:
    """A tanh built by hand whose slope is off by a factor."""

    def tanh(x: Value) -> Value:
        t = math.tanh(x.data)
        out = Value(t, (x,), "tanh")

        def _backward() -> None:
            x.grad += factor * (1 - t * t) * out.grad

        out._backward = _backward
        return out

    return tanh


def test_a_right_gradient_passes() -> None:
    """The report counts the derivatives and shows both numbers of the worst."""
    report = gg.check_grad(lambda x, y: x[0].sin() * x[1] + y["k"].exp(), [0.3, 2.0], {"k": -1.0})
    assert [one.by for one in report.comparisons] == ["x[0]", "x[1]", "y['k']"]
    for one, exact in zip(
        report.comparisons, [2 * math.cos(0.3), math.sin(0.3), math.exp(-1)], strict=True
    ):
        assert one.symbolic == pytest.approx(exact, rel=1e-15)
        assert one.numeric == pytest.approx(exact, rel=1e-8)
        assert abs(one.symbolic - one.numeric) <= one.allowed <= 1e-7
    assert report.worst in report.comparisons
    assert repr(report).startswith("3 of 3 derivatives agree. Furthest off, by ")


def test_an_operation_built_by_hand_is_checked() -> None:
    """A right closure passes, one that is off by a part in a million does not."""
    assert gg.check_grad(student(1.0), 0.3).worst.badness < 1.0
    with pytest.raises(GradientError):
        gg.check_grad(student(1.0 + 1e-6), 0.3)


def test_the_message_names_input_numbers_and_step() -> None:
    """A wrong gradient is told with the input, both numbers, h, and how many are wrong."""
    tanh = student(2.0)
    with pytest.raises(GradientError) as caught:
        gg.check_grad(lambda w, *xs: w["a"] * xs[0] + tanh(xs[1]), {"a": 1.0}, 2.0, 0.5)
    message = str(caught.value)
    slope = 1 - math.tanh(0.5) ** 2
    assert message.startswith("1 of 3 derivatives disagree. Furthest off, by xs[1]: ")
    assert f"{2 * slope!r} by the chain rule" in message
    measured, h = re.search(r"rule, (\S+) measured \(h = (\S+);", message).groups()
    assert float(measured) == pytest.approx(slope, rel=1e-8)
    assert 1e-8 < float(h) < 1e-2
    assert "kink" not in message


def test_the_worst_is_named_by_its_label() -> None:
    """A labelled Value among the inputs is named by its label."""
    tanh = student(0.5)
    inputs = [Value(0.1, label="w"), Value(0.2)]
    with pytest.raises(GradientError, match="by w: "):
        gg.check_grad(lambda v: tanh(v[0]) + v[1], inputs)
    assert [x.grad for x in inputs] == [0.0, 0.0]


def test_a_kink_is_told() -> None:
    """At a kink the message gives the slopes on both sides."""
    with pytest.raises(GradientError, match="slopes by 0 on the left and by 1 on the right"):
        gg.check_grad(lambda x: x.relu(), 0.0)
    assert gg.check_grad(lambda x: x.relu(), 1e-3).worst.badness < 1.0


def test_where_f_is_not_finite_nothing_agrees() -> None:
    """A slope that cannot be measured is an error, never an agreement."""
    with pytest.raises(GradientError, match="inf by the chain rule, nan measured"):
        gg.check_grad(lambda x: x.log(), 0.0)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x.sin(), 1e8),
        (lambda x: 1 / x, 1e-10),
        (lambda x: x + 1, 1e-10),
        (lambda x: x.log(), 1e-200),
        (lambda x: (1000 * x).sin(), 1.0),
        (lambda x: (x + 1e6) - 1e6, 1.0),
        (lambda x: x * 1e300, 2.0),
        (lambda x: x**3, 0.0),
        (lambda x: x.exp(), 700.0),
        (lambda x: x.sigmoid().log(), -30.0),
        (lambda x: gg.where(x.gt(0.0), x, x.log()) + gg.where(x.gt(0.0), x, (-x).log()), 0.5),
        (lambda x: 5.0, 1.0),
    ],
)
def test_scales(f: Any, x: float) -> None:
    """A right gradient passes whatever the scale of input and output, at a tight tolerance."""
    (one,) = gg.check_grad(f, x).comparisons
    assert one.allowed <= 2e-3 * abs(one.numeric) + 1e-14


@given(st.floats(-3.0, 3.0), st.floats(0.5, 2.0), st.sampled_from([1e-4, -1e-4, 1.0]))
def test_a_wrong_gradient_never_passes(x: float, scale: float, off: float) -> None:
    """A slope that is off by one part in ten thousand is caught at every point."""
    tanh = student(1.0 + off)
    with pytest.raises(GradientError):
        gg.check_grad(lambda x: tanh(x) * scale, x)


def test_second_order() -> None:
    """On request all second derivatives are compared, and named by both inputs."""
    report = gg.check_grad(lambda x, y: x.sin() * y[0] ** 2, 0.4, [1.5], order=2)
    second = {one.by: one for one in report.comparisons[2:]}
    assert second.keys() == {"x and x", "x and y[0]", "y[0] and x", "y[0] and y[0]"}
    assert second["x and y[0]"].symbolic == pytest.approx(2 * math.cos(0.4) * 1.5, rel=1e-14)
    assert second["x and y[0]"].numeric == pytest.approx(2 * math.cos(0.4) * 1.5, rel=1e-8)


def test_second_order_finds_a_wrong_second_derivative() -> None:
    """A row whose partials do not depend on x, though they should, passes order 1 alone."""
    row = gg.ops.Primitive(
        name="frozen square",
        form="{0}²",
        forward=lambda x: x * x,
        partials=lambda y, x: (2.0 * float(getattr(x, "data", x)),),
        domain=((-2.0, 2.0),),
        says="A square whose slope is a plain number.",
    )
    assert gg.check_grad(row, 3.0).worst.badness < 1.0
    with pytest.raises(
        GradientError, match=r"1 of 2 .* by .* and .*: 0\.0 by the chain rule, 2\.0"
    ):
        gg.check_grad(row, 3.0, order=2)


def test_no_grad_of_captured_values_changes() -> None:
    """The check leaves every `grad` as it was, of captured Values too."""
    w = Value(2.0)
    h = w * 3
    w.grad, h.grad = 0.25, -4.0
    gg.check_grad(lambda x: (h * x).tanh(), 0.3, order=2)
    assert (w.grad, h.grad) == (0.25, -4.0)


def test_inside_of_no_grad() -> None:
    """The check works inside of no_grad as well."""
    with gg.no_grad():
        assert gg.check_grad(lambda x: x * x, 3.0).worst.symbolic == 6.0


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: gg.check_grad(lambda: 1.0), ValueError, "at least one number"),
        (lambda: gg.check_grad(lambda x: x, 1.0, order=3), ValueError, "order 1 or 2, but 3"),
        (lambda: gg.check_grad(lambda x: [x], 1.0), TypeError, "must be one number, but a list"),
        (lambda: gg.check_grad(lambda x: x, "1"), TypeError, "real number, but '1'"),
    ],
)
def test_wrong_use(wrong: Any, error: type[Exception], says: str) -> None:
    """A wrong use is told with what was expected and what came."""
    with pytest.raises(error, match=says):
        wrong()


@pytest.mark.parametrize("method", ["forward", "symmetric"])
@pytest.mark.parametrize("f", [lambda x: x.relu() + 3 * x, lambda x: (x + 0.0).sqrt()])
def test_sweep_where_there_is_no_slope(f: Any, method: str) -> None:
    """At the kink of relu and the infinite slope of sqrt no h is the best one, and none errs."""
    table = gg.sweep(lambda x: f(Value(x) if isinstance(x, float) else x), 0.0, method=method)
    assert not table.agrees
    *rows, last = repr(table).splitlines()
    assert last.startswith("No estimate agrees: at a kink")
    assert not [row for row in rows[2:] if row.split()[-1] in ("best", "truncation")]
    assert "cancellation" not in repr(table)


def test_sweep_of_estimates_that_are_equal() -> None:
    """Every h that measures the slope exactly is a best one: 2 ** -k on a straight line."""
    lines = repr(gg.sweep(lambda x: 3.0 * x, 1.0, hs=[0.5, 0.25, 0.125])).splitlines()
    assert [line.split()[-1] for line in lines[2:]] == ["best"] * 3


def test_sweep_out_of_the_domain() -> None:
    """An h that leads to no number, log(-0.05), is none of the kinds of error, nor the best."""
    table = gg.sweep(gg.log, 0.05, method="symmetric", hs=[0.1, 1e-3, 1e-6])
    assert table.best.h == 1e-6
    assert [line.split()[-1] for line in repr(table).splitlines()[2:]] == [
        "nan",
        "truncation",
        "best",
    ]


def test_the_note_on_h_is_where_the_help_says() -> None:
    """What the help of sweep cites stands in the help of its module."""
    assert "Note [The best h] in `help(gg.numeric)`" in (gg.sweep.__doc__ or "")
    assert "Note [The best h]" in (gg.numeric.__doc__ or "")
