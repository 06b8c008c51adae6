"""Every row of the table of primitives against mpmath, which computes to any number of digits."""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import glassgrad as gg
from glassgrad import Value
from glassgrad.ops import TABLE, Operand, Primitive
from glassgrad.ops.activations import LEAK
from glassgrad.ops.operand import ATTRIBUTES

inf, nan = math.inf, math.nan
TINY = 5e-324  # the smallest subnormal number
ROWS = list(TABLE.values())
MOVING = [row for row in ROWS if row.partials != (0.0,) * row.arity]

# Row -> the function that it stands for, by its definition in mathematics.
REFERENCE: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": mp.power,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "relu": lambda x: x if x > 0 else mpf(0),
    "leaky_relu": lambda x: x if x > 0 else x * LEAK,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "gelu": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "erf": mp.erf,
    "abs": lambda x: x if x > 0 else -x,
    "sign": lambda x: mpf((x > 0) - (x < 0)),
    "floor": mp.floor,
    "minimum": lambda a, b: a if a < b else b,
    "maximum": lambda a, b: b if a < b else a,
    "clip": lambda x, low, high: low if x < low else high if x > high else x,
    "where": lambda condition, a, b: b if condition == 0 else a,
    "lt": lambda a, b: mpf(a < b),
    "le": lambda a, b: mpf(a <= b),
    "gt": lambda a, b: mpf(a > b),
    "ge": lambda a, b: mpf(a >= b),
    "eq": lambda a, b: mpf(a == b),
    "ne": lambda a, b: mpf(a != b),
}


def each(rows: list[Primitive]) -> Any:
    """Run a test for each of some rows."""
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.name)


def points(row: Primitive, count: int) -> list[list[float]]:
    """Points of the row's domain: most of them even, some near its ends and some near 0."""
    rng = random.Random(row.name)

    def draw(low: float, high: float) -> float:
        kind = rng.random()
        x = rng.uniform(low, high)
        if kind < 0.15:
            x = rng.choice([low, high]) * (1.0 - rng.random() * 1e-3)
        elif kind < 0.3:
            x = math.ldexp(rng.uniform(-1.0, 1.0), rng.randint(-40, 1))
        return x if low < x < high else draw(low, high)

    return [[draw(*interval) for interval in row.domain] for _ in range(count)]


def ulps_off(got: float, exact: Any) -> float:
    """The distance from the exact result, in units of the last place of its nearest float."""
    nearest = float(exact)
    if not math.isfinite(nearest) or not math.isfinite(got):
        return 0.0 if got == nearest else inf
    return float(abs(mpf(got) - exact) / math.ulp(nearest))


def same(got: float, expected: float) -> bool:
    """Both are the same float; zeros of different sign differ, and any nan is like any other."""
    return repr(got) == repr(expected)


def close(got: float, exact: Any) -> bool:
    """`got` is `exact` but for rounding."""
    return abs(got - float(exact)) <= 1e-12 * abs(float(exact)) + 1e-14


def check_values(row: Primitive, reference: Callable[..., Any], count: int) -> None:
    """Fail where the row's forward is off by more than it states."""
    with mp.workdps(40):
        for xs in points(row, count):
            off = ulps_off(row.forward(*xs), reference(*map(mpf, xs)))
            assert off <= row.ulps, f"{row.written(*map(repr, xs))} is {off:.2f} ulps off"


def check_partials(row: Primitive, reference: Callable[..., Any], count: int) -> None:
    """Fail where a partial is not the derivative of the reference."""
    with mp.workdps(40):
        for xs in points(row, count):
            slopes = row.slopes(row.forward(*xs), *xs)
            assert len(slopes) == row.arity
            for i, slope in enumerate(slopes):
                order = tuple(int(i == j) for j in range(row.arity))
                exact = mp.diff(reference, tuple(map(mpf, xs)), order)
                assert close(slope, exact), f"slope {i} of {row.written(*map(repr, xs))}"


def check_second_derivatives(row: Primitive, reference: Callable[..., Any], count: int) -> None:
    """Fail where the derivative of a partial is not the second derivative of the reference."""
    with mp.workdps(40):
        for xs in points(row, count):
            rows = gg.hessian(lambda xs: row(*xs))(xs)
            for i in range(row.arity):
                for j in range(row.arity):
                    order = tuple(int(i == k) + int(j == k) for k in range(row.arity))
                    exact = mp.diff(reference, tuple(map(mpf, xs)), order)
                    assert close(rows[i][j], exact), f"{row.written(*map(repr, xs))}: {i}, {j}"


def check_directions(row: Primitive, count: int) -> None:
    """Fail where backward, gradient and jvp of the row differ."""
    for xs in points(row, count):
        inputs = [Value(x) for x in xs]
        out = row(*inputs)
        out.backward()
        slopes = [x.grad for x in inputs]
        tangents = [0.5 - 0.75 * i for i in range(row.arity)]
        value, velocity = gg.jvp(row, xs, tangents)
        assert out.data == value == row(*xs)
        assert gg.grad(row, tuple(range(row.arity)))(*xs) == tuple(slopes)
        expected = math.fsum(s * t for s, t in zip(slopes, tangents, strict=True))
        assert velocity == pytest.approx(expected, rel=1e-14, abs=1e-15)


def copy_of(row: Primitive, **changes: Any) -> Primitive:
    """The row with some columns changed; it is not in the table."""
    columns = dict(vars(row))
    return Primitive(**(columns | changes))


# The rows against their references.


def test_every_row_has_a_reference() -> None:
    """The table and the references of this file name the same rows."""
    assert {row.name for row in ROWS} == set(REFERENCE)


def test_all_rows_of_the_design_exist() -> None:
    """The table has the operations that the documentation promises."""
    promised = (
        "add sub mul div neg pow exp expm1 log log1p sqrt sin cos tan asin acos atan atan2 sinh "
        "cosh tanh sigmoid softplus relu leaky_relu elu gelu silu erf abs sign minimum maximum "
        "clip where lt le gt ge eq ne"
    )
    assert set(promised.split()) <= set(TABLE)


@each(ROWS)
def test_values(row: Primitive) -> None:
    """`forward` is within the stated ulps of the exact value all over the domain."""
    check_values(row, REFERENCE[row.name], 400)


@each(ROWS)
def test_stated_ulps_are_small(row: Primitive) -> None:
    """No row gives itself more room than 16 units in the last place."""
    assert 0.0 <= row.ulps <= 16.0


@each(ROWS)
def test_partials(row: Primitive) -> None:
    """`partials` are the derivatives of the exact function."""
    check_partials(row, REFERENCE[row.name], 25)


@each(ROWS)
def test_second_derivatives(row: Primitive) -> None:
    """The derivatives of the partials are the second derivatives of the exact function."""
    check_second_derivatives(row, REFERENCE[row.name], 6)


@each(ROWS)
def test_directions(row: Primitive) -> None:
    """backward(), grad and jvp say the same of a row."""
    check_directions(row, 10)


@each(MOVING)
def test_a_mutant_with_zero_partials_fails(row: Primitive) -> None:
    """The check of partials fails for a copy of the row with partials of zero: it can fail."""
    mutant = copy_of(row, partials=(0.0,) * row.arity)
    with pytest.raises(AssertionError, match="slope"):
        check_partials(mutant, REFERENCE[row.name], 25)


@each(MOVING)
def test_a_mutant_with_one_zero_partial_fails(row: Primitive) -> None:
    """The check also fails where just one partial of several is zero, if it is not always so."""
    xs = points(row, 50)
    for i in range(row.arity):
        always_zero = all(row.slopes(row.forward(*x), *x)[i] == 0.0 for x in xs)
        assert always_zero == (i in NOT_TAKEN.get(row.name, []))
        if not always_zero:
            mutant = copy_of(row, partials=without(row, i))
            with pytest.raises(AssertionError, match=f"slope {i}"):
                check_partials(mutant, REFERENCE[row.name], 25)


# The inputs that are not chosen anywhere in the domain, so that their slope there is 0.
NOT_TAKEN = {"where": [0, 2], "clip": [1, 2], "minimum": [1], "maximum": [0]}


def without(row: Primitive, i: int) -> Callable[..., tuple[float, ...]]:
    """The partials of a row with the one of input i replaced by zero."""
    return lambda y, *xs: tuple(
        0.0 if j == i else slope for j, slope in enumerate(row.slopes(y, *xs))
    )


@each(ROWS)
def test_a_mutant_forward_fails(row: Primitive) -> None:
    """The check of values fails for a copy that is off by a few units in the last place."""
    off = 1.0 + (row.ulps + 1.0) * 2.0**-51
    mutant = copy_of(row, forward=lambda *xs: row.forward(*xs) * off + (row.name in FLAT) * 1e-15)
    with pytest.raises(AssertionError, match="ulps off"):
        check_values(mutant, REFERENCE[row.name], 50)


FLAT = ["gt", "ge", "eq"]  # 0 all over the domain


@each([row for row in ROWS if row.kinks])
def test_kinks(row: Primitive) -> None:
    """At each stated kink the partials are the stated ones, by themselves and in backward()."""
    for xs, stated in row.kinks:
        assert row.slopes(row.forward(*xs), *xs) == stated
        inputs = [Value(x) for x in xs]
        row(*inputs).backward()
        assert tuple(x.grad for x in inputs) == stated
        assert gg.grad(row, tuple(range(row.arity)))(*xs) == stated


def test_stated_kinks_are_where_they_are() -> None:
    """The conventions of the design: flat relu, |x| and sign at 0, halves at ties, 1 on a bound."""
    slope = gg.grad
    assert slope(gg.relu)(0.0) == slope(gg.abs)(0.0) == slope(gg.ops.sign)(0.0) == 0.0
    assert (
        slope(gg.minimum, (0, 1))(0.7, 0.7) == slope(gg.maximum, (0, 1))(-2.0, -2.0) == (0.5, 0.5)
    )
    assert slope(gg.clip, (0, 1, 2))(-1.5, -1.5, 2.0) == (1.0, 0.0, 0.0)
    assert slope(gg.clip, (0, 1, 2))(2.0, -1.5, 2.0) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "xs", "slopes"),
    [
        ("minimum", (2.0, -1.0), (0.0, 1.0)),
        ("maximum", (2.0, -1.0), (1.0, 0.0)),
        ("clip", (-4.0, -1.5, 2.0), (0.0, 1.0, 0.0)),
        ("clip", (4.0, -1.5, 2.0), (0.0, 0.0, 1.0)),
        ("clip", (0.0, 3.0, 1.0), (0.0, 0.0, 1.0)),  # the upper bound wins over the lower
        ("where", (0.0, 2.0, 3.0), (0.0, 0.0, 1.0)),
        ("where", (-2.0, 2.0, 3.0), (0.0, 1.0, 0.0)),
        ("abs", (2.0,), (1.0,)),
        ("leaky_relu", (2.0,), (1.0,)),
        ("elu", (2.0,), (1.0,)),
        ("relu", (-2.0,), (0.0,)),
        ("pow", (-2.0, 3.0), (12.0, 0.0)),
        ("pow", (-2.0, -1.0), (-0.25, 0.0)),
        ("pow", (0.0, 1.0), (1.0, 0.0)),
        ("pow", (0.0, 3.0), (0.0, 0.0)),
        ("atan2", (1.0, -1.0), (-0.5, -0.5)),
        ("div", (3.0, -2.0), (-0.5, -0.75)),
    ],
)
def test_slopes_outside_of_the_domain(name: str, xs: Any, slopes: Any) -> None:
    """On the other side of a kink, and for negative numbers, slopes are what the rule says.

    The exponents here are plain numbers, so that nobody asks for the slope by them.
    """
    row = TABLE[name]
    if name == "pow":
        assert (gg.grad(row)(*xs), 0.0) == slopes
    else:
        assert gg.grad(row, tuple(range(row.arity)))(*xs) == slopes


# All floats.

ANY = st.floats(allow_nan=True, allow_infinity=True)


@each(ROWS)
@given(xs=st.lists(ANY, min_size=3, max_size=3))
def test_total(row: Primitive, xs: list[float]) -> None:
    """Forward and partials give a float for any floats; neither ever raises."""
    xs = xs[: row.arity]
    y = row.forward(*xs)
    assert type(y) is float
    slopes = row.slopes(y, *xs)
    assert [type(slope) for slope in slopes] == [float] * row.arity
    assert same(row(*xs), y)
    assert same(row(*map(Value, xs)).data, y)


SPECIAL = [
    *[("add", (inf, -inf), nan), ("add", (-0.0, -0.0), -0.0), ("add", (1.0, nan), nan)],
    *[("sub", (inf, inf), nan), ("sub", (0.0, 0.0), 0.0), ("sub", (1e308, -1e308), inf)],
    *[("mul", (inf, 0.0), nan), ("mul", (-0.0, 3.0), -0.0), ("mul", (TINY, 0.5), 0.0)],
    *[("div", (1.0, 0.0), inf), ("div", (-1.0, 0.0), -inf), ("div", (1.0, -0.0), -inf)],
    *[("div", (0.0, 0.0), nan), ("div", (inf, inf), nan), ("div", (nan, 0.0), nan)],
    *[("div", (inf, 0.0), inf), ("div", (inf, -0.0), -inf), ("div", (-1.0, inf), -0.0)],
    *[("neg", (0.0,), -0.0), ("neg", (-inf,), inf)],
    # C99 Annex F.9.4.4, line by line
    *[("pow", (0.0, -3.0), inf), ("pow", (-0.0, -3.0), -inf), ("pow", (-0.0, -2.0), inf)],
    *[("pow", (-0.0, -2.5), inf), ("pow", (0.0, -inf), inf), ("pow", (-0.0, 3.0), -0.0)],
    *[("pow", (-0.0, 2.0), 0.0), ("pow", (-1.0, inf), 1.0), ("pow", (-1.0, -inf), 1.0)],
    *[("pow", (1.0, nan), 1.0), ("pow", (nan, 0.0), 1.0), ("pow", (nan, -0.0), 1.0)],
    *[("pow", (-2.0, 0.5), nan), ("pow", (0.5, -inf), inf), ("pow", (1.5, -inf), 0.0)],
    *[("pow", (-0.5, inf), 0.0), ("pow", (-1.5, inf), inf), ("pow", (-inf, -3.0), -0.0)],
    *[("pow", (-inf, -2.0), 0.0), ("pow", (-inf, 3.0), -inf), ("pow", (-inf, 2.5), inf)],
    *[("pow", (inf, -2.0), 0.0), ("pow", (inf, 2.0), inf), ("pow", (nan, 2.0), nan)],
    *[("pow", (10.0, 400.0), inf), ("pow", (-10.0, 401.0), -inf), ("pow", (-10.0, -401.0), -0.0)],
    *[("exp", (0.0,), 1.0), ("exp", (-inf,), 0.0), ("exp", (inf,), inf), ("exp", (1000.0,), inf)],
    *[("exp", (-1000.0,), 0.0), ("exp", (TINY,), 1.0)],
    *[("expm1", (-0.0,), -0.0), ("expm1", (-inf,), -1.0), ("expm1", (inf,), inf)],
    *[("expm1", (1000.0,), inf), ("expm1", (-1000.0,), -1.0), ("expm1", (-TINY,), -TINY)],
    *[("log", (0.0,), -inf), ("log", (-0.0,), -inf), ("log", (1.0,), 0.0), ("log", (-1.0,), nan)],
    *[("log", (inf,), inf), ("log", (-inf,), nan)],
    *[("log1p", (-0.0,), -0.0), ("log1p", (-1.0,), -inf), ("log1p", (-1000.0,), nan)],
    *[("log1p", (inf,), inf), ("log1p", (TINY,), TINY), ("log1p", (-inf,), nan)],
    *[("sqrt", (-0.0,), -0.0), ("sqrt", (-TINY,), nan), ("sqrt", (inf,), inf)],
    *[("sqrt", (-inf,), nan)],
    *[("sin", (-0.0,), -0.0), ("sin", (inf,), nan), ("sin", (-inf,), nan), ("sin", (TINY,), TINY)],
    *[("cos", (-0.0,), 1.0), ("cos", (inf,), nan), ("cos", (-inf,), nan)],
    *[("tan", (-0.0,), -0.0), ("tan", (inf,), nan), ("tan", (-TINY,), -TINY)],
    *[("asin", (-0.0,), -0.0), ("asin", (1.5,), nan), ("asin", (-inf,), nan)],
    *[("acos", (1.0,), 0.0), ("acos", (-1000.0,), nan), ("acos", (-1.0,), math.pi)],
    *[("atan", (-0.0,), -0.0), ("atan", (-inf,), -math.pi / 2), ("atan", (inf,), math.pi / 2)],
    # C99 Annex F.9.1.4
    *[("atan2", (0.0, -0.0), math.pi), ("atan2", (-0.0, -0.0), -math.pi)],
    *[("atan2", (0.0, 0.0), 0.0), ("atan2", (-0.0, 0.0), -0.0), ("atan2", (0.0, -2.0), math.pi)],
    *[("atan2", (-0.0, 2.0), -0.0), ("atan2", (-2.0, -0.0), -math.pi / 2)],
    *[("atan2", (2.0, 0.0), math.pi / 2), ("atan2", (2.0, -inf), math.pi)],
    *[("atan2", (-2.0, inf), -0.0), ("atan2", (inf, 2.0), math.pi / 2)],
    *[("atan2", (inf, -inf), 3 * math.pi / 4), ("atan2", (-inf, inf), -math.pi / 4)],
    *[("atan2", (nan, 1.0), nan), ("atan2", (1.0, nan), nan)],
    *[("sinh", (-0.0,), -0.0), ("sinh", (-inf,), -inf), ("sinh", (-1000.0,), -inf)],
    *[("sinh", (TINY,), TINY), ("sinh", (1000.0,), inf)],
    *[("cosh", (-0.0,), 1.0), ("cosh", (-inf,), inf), ("cosh", (-1000.0,), inf)],
    *[("tanh", (-0.0,), -0.0), ("tanh", (-inf,), -1.0), ("tanh", (1000.0,), 1.0)],
    *[("tanh", (-TINY,), -TINY)],
    *[("sigmoid", (-0.0,), 0.5), ("sigmoid", (-inf,), 0.0), ("sigmoid", (inf,), 1.0)],
    *[("sigmoid", (-1000.0,), 0.0), ("sigmoid", (1000.0,), 1.0)],
    *[("softplus", (-inf,), 0.0), ("softplus", (inf,), inf), ("softplus", (1000.0,), 1000.0)],
    *[("softplus", (-1000.0,), 0.0), ("softplus", (-0.0,), math.log(2.0))],
    *[
        ("relu", (-0.0,), 0.0),
        ("relu", (-inf,), 0.0),
        ("relu", (inf,), inf),
        ("relu", (TINY,), TINY),
    ],
    *[("leaky_relu", (-inf,), -inf), ("leaky_relu", (inf,), inf), ("leaky_relu", (-0.0,), -0.0)],
    *[("leaky_relu", (-1000.0,), -10.0)],
    *[
        ("elu", (-inf,), -1.0),
        ("elu", (inf,), inf),
        ("elu", (-0.0,), -0.0),
        ("elu", (-1000.0,), -1.0),
    ],
    *[("gelu", (-inf,), -0.0), ("gelu", (inf,), inf), ("gelu", (-0.0,), -0.0)],
    *[("gelu", (-1000.0,), -0.0), ("gelu", (1000.0,), 1000.0)],
    *[("silu", (-inf,), -0.0), ("silu", (inf,), inf), ("silu", (-0.0,), -0.0)],
    *[("silu", (-1000.0,), -0.0), ("silu", (1000.0,), 1000.0)],
    *[("erf", (-0.0,), -0.0), ("erf", (-inf,), -1.0), ("erf", (1000.0,), 1.0)],
    *[("abs", (-0.0,), 0.0), ("abs", (-inf,), inf), ("abs", (-TINY,), TINY)],
    *[("floor", (-0.0,), -0.0), ("floor", (-inf,), -inf), ("floor", (-TINY,), -1.0)],
    *[("floor", (0.7,), 0.0), ("floor", (2.0**52 + 1.0,), 2.0**52 + 1.0)],
    *[("sign", (-0.0,), 0.0), ("sign", (-inf,), -1.0), ("sign", (TINY,), 1.0)],
    # IEEE 754-2019 9.6: nan wins, and -0 is below +0
    *[("minimum", (nan, 1.0), nan), ("minimum", (1.0, nan), nan), ("minimum", (0.0, -0.0), -0.0)],
    *[("minimum", (-0.0, 0.0), -0.0), ("minimum", (-inf, 3.0), -inf)],
    *[("maximum", (nan, 1.0), nan), ("maximum", (1.0, nan), nan), ("maximum", (-0.0, 0.0), 0.0)],
    *[("maximum", (0.0, -0.0), 0.0), ("maximum", (inf, 3.0), inf)],
    *[
        ("clip", (nan, 0.0, 1.0), nan),
        ("clip", (inf, 0.0, 1.0), 1.0),
        ("clip", (0.5, 3.0, 2.0), 2.0),
    ],
    *[
        ("where", (nan, 1.0, 2.0), 1.0),
        ("where", (-0.0, 1.0, 2.0), 2.0),
        ("where", (1.0, nan, 2.0), nan),
    ],
    *[("where", (0.0, nan, 2.0), 2.0)],
    *[(name, (nan, nan), float(name == "ne")) for name in ("lt", "le", "gt", "ge", "eq", "ne")],
    *[("eq", (-0.0, 0.0), 1.0), ("lt", (-0.0, 0.0), 0.0), ("le", (inf, inf), 1.0)],
    *[("gt", (inf, 1e308), 1.0), ("ge", (-inf, -1e308), 0.0), ("ne", (TINY, 0.0), 1.0)],
]


@pytest.mark.parametrize(("name", "xs", "expected"), SPECIAL)
def test_special_values(name: str, xs: tuple[float, ...], expected: float) -> None:
    """At zeros, infinities and nan each row does what IEEE 754 and C99's Annex F say."""
    assert same(TABLE[name].forward(*xs), expected)


def test_every_row_has_special_values() -> None:
    """No row is left out of the special values."""
    assert {name for name, _, _ in SPECIAL} == {row.name for row in ROWS}


@each([row for row in ROWS if row.arity == 1])
def test_nan_passes_through(row: Primitive) -> None:
    """What is not a number stays so through every function of one input."""
    assert math.isnan(row.forward(nan))


# Where a function of one input has no real value, or an infinite slope.
DEFINED = {
    "log": lambda x: x > 0.0,
    "sqrt": lambda x: x > 0.0,
    "log1p": lambda x: x > -1.0,
    "asin": lambda x: abs(x) < 1.0,
    "acos": lambda x: abs(x) < 1.0,
}


def extremes(row: Primitive, sizes: list[float]) -> list[float]:
    """These numbers and their negatives, where the row is defined."""
    is_defined = DEFINED.get(row.name, lambda x: True)
    return [x for size in sizes for x in (size, -size) if is_defined(x)]


@each([row for row in ROWS if row.arity == 1])
def test_extreme_inputs(row: Primitive) -> None:
    """Subnormal numbers, ±1000 and very large ones come out as exactly as in the domain."""
    with mp.workdps(400):
        for x in extremes(row, [TINY, 2.3e-308, 1e-160, 1e-9, 1000.0]):
            off = ulps_off(row.forward(x), REFERENCE[row.name](mpf(x)))
            assert off <= max(row.ulps, 1.0), f"{row.written(repr(x))} is {off} ulps off"


@each([row for row in ROWS if row.arity == 1])
def test_slopes_of_extreme_inputs(row: Primitive) -> None:
    """At ±1000.25 the slopes are still those of the exact function, with no overflow on the way."""
    with mp.workdps(450):
        for x in extremes(row, [1000.25]):
            (slope,) = row.slopes(row.forward(x), x)
            exact = float(mp.diff(REFERENCE[row.name], mpf(x)))
            assert slope == pytest.approx(exact, rel=1e-11, abs=1e-300)


# The words of a row, and what it attaches.


@each(ROWS)
def test_words(row: Primitive) -> None:
    """A row is explained in one line of a sentence, and its form takes its inputs."""
    assert row.says.endswith(".")
    assert row.says == " ".join(row.says.split())
    assert len(row.says) <= 88
    inputs = [f"<{i}>" for i in range(row.arity)]
    written = row.written(*inputs)
    assert all(written.count(text) == 1 for text in inputs)
    assert repr(row) == f"<primitive {row.written()}: {row.says}>"


@each(ROWS)
def test_methods(row: Primitive) -> None:
    """Each row is a method of Value under its name and aliases, documented by its words."""
    xs = points(row, 1)[0]
    first, *others = map(Value, xs)
    for name in (row.name, *row.aliases):
        out = getattr(first, name)(*others)
        assert out.data == row.forward(*xs)
        assert out._prev == (first, *others)
        assert (out._op, out._primitive) == (row.symbol, row)
        assert row.says in getattr(Value, name).__doc__


@each(ROWS)
def test_wrong_number_of_inputs(row: Primitive) -> None:
    """The number of inputs that a row takes is said where another number comes."""
    for xs in ([0.5] * (row.arity + 1), [0.5] * (row.arity - 1)):
        for inputs in (xs, [Value(x) for x in xs]):
            with pytest.raises(TypeError, match=f"{row.name} takes {row.arity} input"):
                row(*inputs)


@each(ROWS)
def test_inputs_that_are_no_numbers(row: Primitive) -> None:
    """A text among the inputs is refused with the name of the operation."""
    with pytest.raises(TypeError, match=f"input of {row.name} must be a real number, but 'x'"):
        row(*["x"] * row.arity)


# Rows of the user.


@pytest.fixture
def register() -> Iterator[Callable[..., Primitive]]:
    """gg.primitive, whose rows leave the table when the test ends."""
    names: list[str] = []

    def add(name: str, **columns: Any) -> Primitive:
        row = gg.primitive(name, **columns)
        names.append(name)
        return row

    yield add
    for name in set(names):
        del TABLE[name]
        for kind in (Operand, Value):
            if name in vars(kind):
                delattr(kind, name)


def lorentz(register: Callable[..., Primitive], **changes: Any) -> Primitive:
    """A row of two inputs, the Lorentz curve a / (a² + x²)."""
    columns = {
        "forward": lambda x, a: a / (a * a + x * x),
        "partials": lambda y, x, a: (-2 * y * y * x / a, y / a - 2 * y * y),
        "domain": [(-3.0, 3.0), (0.5, 2.0)],
        "says": "A bell with heavy tails.",
    }
    return register("lorentz", **(columns | changes))


def test_a_row_of_the_user(register: Callable[..., Primitive]) -> None:
    """A row of the user passes the same checks as the built-in ones, mutants included."""
    row = lorentz(register)
    row.ulps = 4.0

    def reference(x: Any, a: Any) -> Any:
        return a / (a * a + x * x)

    check_values(row, reference, 100)
    check_partials(row, reference, 25)
    check_second_derivatives(row, reference, 6)
    check_directions(row, 10)
    with pytest.raises(AssertionError, match="slope"):
        check_partials(copy_of(row, partials=(0.0, 0.0)), reference, 25)
    test_methods(row)
    test_words(row)
    test_wrong_number_of_inputs(row)


def test_a_row_of_the_user_works_everywhere(register: Callable[..., Primitive]) -> None:
    """It is in the table, takes part in graphs with built-in rows, and has its own symbol."""
    row = lorentz(register, form="L({0}; {1})", symbol="L")
    x = Value(1.0, label="x")
    y = (row(x, 2) * 3).exp() + 2 * x.lorentz(2.0)
    assert TABLE["lorentz"] is row
    y.backward()
    # L(1, 2) = 2/5 and dL/dx = -2 x a / (a² + x²)² = -4/25
    assert x.grad == pytest.approx(-4 / 25 * (3 * math.exp(1.2) + 2), rel=1e-14)
    assert row(x, 2.0)._op == "L"
    assert row.written("x", "2") == "L(x; 2)"
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError, match=r"L\(x=1.0; inf\) is nan"):
        row(x, inf)


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("tanh", {}, "'tanh' is taken"),
        ("backward", {}, "'backward' is taken"),
        ("data", {}, "'data' is taken"),
        ("my op", {}, "'my op' came"),
        ("_hidden", {}, "'_hidden' came"),
        ("lambda", {}, "'lambda' came"),
        ("fresh", {"domain": []}, "fresh: domain must give"),
        ("fresh", {"partials": lambda y, a, b: (1.0,)}, "2 inputs .* partials gave 1"),
    ],
)
def test_a_wrong_row_is_refused(
    register: Callable[..., Primitive], name: str, changes: dict[str, Any], says: str
) -> None:
    """A row that cannot work is refused at once, and nothing is left in the table."""
    before = dict(TABLE)
    columns = {
        "forward": lambda a, b: a,
        "partials": lambda y, a, b: (1.0, 0.0),
        "domain": [(0.0, 1.0), (0.0, 1.0)],
        "says": "Nothing.",
    }
    with pytest.raises(ValueError, match=says):
        register(name, **(columns | changes))
    assert before == TABLE
    assert not hasattr(Value, "fresh")


def test_the_same_row_again_is_the_one_that_is_there(register: Callable[..., Primitive]) -> None:
    """A notebook's cell may run twice; what differs in any part is refused."""

    def made(power: int, factor: float = 1.0, **changes: Any) -> Primitive:
        def forward(x: float, scale: float = factor) -> float:
            return scale * x**power

        columns: dict[str, Any] = {
            "forward": forward,
            "partials": lambda y, x: (factor * power * x ** (power - 1),),
            "domain": [(0.5, 2.0)],
            "says": "A power.",
        }
        return register("monomial", **(columns | changes))

    row = made(3)
    assert made(3) is row
    assert TABLE["monomial"] is row
    for differs in (
        lambda: made(4),
        lambda: made(3, 2.0),
        lambda: made(3, says="Another."),
        lambda: made(3, domain=[(0.5, 3.0)]),
        lambda: made(3, forward=lambda x: x * x * x),
        lambda: made(3, partials=lambda y, x: (3 * x * x,)),
    ):
        with pytest.raises(ValueError, match=r"'monomial' is taken.*start Python anew"):
            differs()
    assert TABLE["monomial"] is row


def test_no_row_can_take_the_name_of_an_attribute() -> None:
    """The names refused as taken are all that a Value has besides its operations."""
    own = {name for name in vars(Value) if not name.startswith("_")}
    assert own - set(vars(Operand)) == ATTRIBUTES


def test_a_forward_that_returns_no_number(register: Callable[..., Primitive]) -> None:
    """What a user's forward returns must be a number; the message names the row."""
    with pytest.raises(TypeError, match="the result of lorentz must be a real number, but 'x'"):
        lorentz(register, forward=lambda x, a: "x")
    with pytest.raises(TypeError, match="the result of lorentz must be a plain number"):
        lorentz(register, forward=lambda x, a: Value(x))
    assert "lorentz" not in TABLE


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"partials": lambda y, x: 3 * x * x}, TypeError, r"a tuple, .*\(3 \* x \* x,\)"),
        ({"domain": (-1, 2)}, TypeError, r"one \(low, high\) per input, as in \[\(-1, 1\)\]"),
        ({"partials": lambda x: (3 * x * x,)}, TypeError, r"partials must take \(y, \*inputs\)"),
        ({"domain": [(-1, 2)] * 2}, TypeError, r"forward must take its inputs, \(a, b\)"),
        ({"partials": lambda y, x: (2 * x * x,)}, ValueError, r"input 0 is 0\.5, but 0\.7[45]"),
        ({"partials": lambda y, x: (0.0,)}, ValueError, r"input 0 is 0\.0, but 0\.7[45]"),
        # right at 0, the middle of this domain, and nowhere else
        ({"domain": [(-1, 1)], "partials": lambda y, x: (2 * x * x,)}, ValueError, "input 0 is"),
    ],
)
def test_a_wrong_rule_is_refused(
    register: Callable[..., Primitive],
    changes: dict[str, Any],
    error: type[Exception],
    says: str,
) -> None:
    """A mistake in a row is named when it is added, slope by slope, and the table stays clean."""
    columns = {
        "forward": lambda x: x * x * x,
        "partials": lambda y, x: (3 * x * x,),
        "domain": [(-1, 2)],
        "says": "A cube.",
    }
    with pytest.raises(error, match=says):
        register("wrong_cube", **(columns | changes))
    assert "wrong_cube" not in TABLE


@pytest.mark.parametrize(
    ("forward", "partials", "domain"),
    [
        (lambda x: x**3, lambda y, x: (3 * x * x,), (-2, 2)),  # slope 0: only truncation is left
        (lambda x: max(x, 0.0), lambda y, x: (gg.ops.gt(x, 0.0),), (-1, 1)),
        (lambda x: 1e10 + x, lambda y, x: (1.0,), (-1, 1)),  # f has few digits left
        (lambda x: 1e-9 * x, lambda y, x: (1e-9,), (0.0, 1e-7)),
        (lambda x: 1 / x, lambda y, x: (-y / x,), (0.0, math.inf)),  # no middle to try at
        (lambda x: 3.0, lambda y, x: (0.0,), (-1, 1)),
    ],
)
def test_right_rows_are_not_refused(
    register: Callable[..., Primitive], forward: Any, partials: Any, domain: Any
) -> None:
    """Rules that are right pass, at kinks and where a difference quotient measures poorly too."""
    row = register("right_row", forward=forward, partials=partials, domain=[domain], says="Fine.")
    assert row(0.5) == forward(0.5)
