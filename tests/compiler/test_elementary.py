from __future__ import annotations

import math
import re
import runpy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import glassgrad as gg
from glassgrad.compiler.emitting.elementary import ELEMENTARY
from glassgrad.compiler.emitting.elementary.accuracy import FAST_ULPS, ULPS
from glassgrad.compiler.emitting.elementary.polynomials import POLYNOMIALS
from glassgrad.compiler.emitting.emit import ENTRY, module
from glassgrad.compiler.emitting.lower import Lowering
from glassgrad.compiler.ir.floats import FLOATS, Float
from glassgrad.compiler.machine.llvm import Function, machine_code
from glassgrad.compiler.machine.text import Builder
from glassgrad.ops import TABLE

Array = np.ndarray[Any, Any]
ROOT = Path(__file__).parents[2]
POINTS = 64  # a row of this many numbers is a run of every vector width

# The true value, where mpmath has no function of the same name.
TRUE: dict[str, Any] = {
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "elu": lambda x: mpmath.expm1(x) if x <= 0 else x,
    "pow": mpmath.power,
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
}
# Beyond these sizes the result is known, and mpmath slow.
REACH = {"erf": 40.0, "gelu": 60.0}
# Where a formula changes to another, a result overflows or fades, or a zero or a pole is near.
THRESHOLDS = {
    "exp": (709.7827128933840, -708.396418532264, -745.1332191019411, 88.72283, -87.3, -103.97),
    "expm1": (709.7827128933840, 40.0, -40.0, 0.34657359, 88.72283),
    "sinh": (710.4758600739439, 22.0, 0.34657359, 89.4159),
    "cosh": (710.4758600739439, 22.0, 89.4159),
    "tanh": (22.0, 19.06, 0.17328, 9.01),
    "log": (1.0, math.sqrt(0.5), math.sqrt(2.0), 2.2250738585072014e-308, 1.1754943508e-38),
    "log1p": (-1.0, math.sqrt(0.5) - 1.0, math.sqrt(2.0) - 1.0, 2.0**53),
    "sin": (*(k * math.pi / 2 for k in range(1, 60)), 2.0**30, 2.0**15),
    "cos": (*(k * math.pi / 2 for k in range(1, 60)), 2.0**30, 2.0**15),
    "tan": (*(k * math.pi / 4 for k in range(1, 60)), 2.0**30, 2.0**15),
    "asin": (0.5, 1.0),
    "acos": (0.5, 1.0),
    "atan": (math.sqrt(2.0) - 1.0, math.sqrt(2.0) + 1.0),
    "erf": (1.0, 5.92, 3.92),
    "gelu": (1.0, -37.5, -38.5, 5.0, 8.3, -13.0, -14.2),
    "sigmoid": (36.7, -708.4, -745.1, -87.3, -103.9),
    "softplus": (36.7, -708.4, -745.1, -87.3, -103.9),
    "silu": (36.7, -708.4, -750.5, -745.1, -87.3, -108.0),
    "elu": (-40.0, -0.34657359),
}
SPECIAL = (
    *(math.inf, -math.inf, math.nan, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 5e-324, -5e-324),
    *(1e-45, 2.3e-308, 1e-38, 1e300, -1e300, 3e38, -3e38, 709.9, -745.3, 88.8, -104.1, 1e15, 37.0),
)
CASES = [(name, kind) for name in ELEMENTARY for kind in FLOATS.values()]


def native(name: str, kind: Float, lanes: int, columns: list[Array]) -> Array:
    """A row of the table on columns (of a multiple of POINTS), `lanes` numbers at a time."""
    count = len(columns[0])
    b = Builder(kind)

    def step() -> None:
        def body(counter: str, _: list[str]) -> list[str]:
            to = Lowering(b, lanes)

            def at(k: int) -> str:
                return b.pointer(kind.llvm, "%memory", b.index(k * count, [(counter, 1)]))

            inputs = [
                b.op(f"load {to.kind}, ptr {at(k)}, align {kind.bytes}")
                for k in range(len(columns))
            ]
            value = to.row(name, inputs)
            b.do(f"store {to.kind} {value}, ptr {at(len(columns))}, align {kind.bytes}")
            return []

        b.loop(count, lanes, [], body)

    function = Function(machine_code(module(b, 0, 0, range(0), step)), ENTRY)
    memory = np.concatenate([*columns, np.zeros(count)]).astype(kind.name)
    function.call(memory.ctypes.data, 0, 0, 0, 1, 0, 0)
    return memory[-count:].copy()


def grown(points: Array, kind: Float) -> Array:
    """The points as numbers of a type, repeated to a multiple of POINTS."""
    points = points.astype(kind.name)
    return np.resize(points, -(-len(points) // POINTS) * POINTS)


def points(name: str, kind: Float, count: int = 800) -> list[Array]:
    """Numbers of every size and sign, of the size of 1, and around each threshold."""
    rng = np.random.default_rng(len(name))
    top, bottom = float(kind.bias), float(kind.bias + kind.fraction)

    def column() -> Array:
        sizes = 2.0 ** rng.uniform(-bottom, top, count)
        if name not in ("log", "atan", "atan2", "sin", "cos", "tan"):
            sizes[::2] = 2.0 ** rng.uniform(-30.0, 10.5, len(sizes[::2]))
        ordinary = rng.uniform(-3.0, 3.0, count // 2)
        if name in ("asin", "acos"):
            sizes = np.where(sizes > 1.0, rng.uniform(0.0, 1.0, count), sizes)
            ordinary /= 3.0
        edges = np.array([*THRESHOLDS.get(name, ())])
        near = edges[:, None] * (1.0 + 2.0 ** rng.uniform(-24, -3, 8) * rng.choice([-1, 1], 8))
        exact = [edges.astype(kind.name)]
        for towards in (-np.inf, np.inf):
            exact.append(np.nextafter(exact[0], np.array(towards, kind.name)))
        signed = sizes * rng.choice([-1.0, 1.0], count)
        return np.concatenate([signed, ordinary, near.ravel(), *exact])

    with np.errstate(over="ignore"):
        if name == "pow":
            return [grown(c, kind) for c in bases_and_exponents(kind, rng, count)]
        return [grown(column(), kind) for _ in range(TABLE[name].arity)]


def bases_and_exponents(kind: Float, rng: np.random.Generator, count: int) -> tuple[Array, Array]:
    """Powers of every size: of any base, of bases near 1, and of whole exponents."""
    top, bottom = float(kind.bias), float(kind.bias + kind.fraction)
    base = 2.0 ** rng.uniform(-bottom, top, count)
    base[::3] = 1.0 + rng.choice([-1.0, 1.0], len(base[::3])) * 2.0 ** rng.uniform(
        1.0 - kind.fraction, -1.0, len(base[::3])
    )
    base = base.astype(kind.name).astype(float)
    logs = np.log(base)
    exponent = rng.uniform(-1.0 - bottom, 1.0 + top, count) * math.log(2.0)
    exponent /= np.where(logs == 0.0, 1.0, logs)
    exponent[1::6] = rng.uniform(-3.0, 3.0, len(exponent[1::6]))
    whole = np.arange(count) % 5 == 0
    exponent[whole] = np.rint(exponent[whole])
    return np.where(whole, rng.choice([-1.0, 1.0], count), 1.0) * base, exponent


def off(got: float, true: Any, kind: Float) -> float:
    """How many units in the last place of the true value a number is off."""
    if true == 0:
        return 0.0 if got == 0.0 else math.inf
    exponent = max(mpmath.frexp(true)[1] - 1, 1 - kind.bias)
    unit = mpmath.mpf(2) ** (exponent - kind.fraction)
    largest = (2 - mpmath.mpf(2) ** -kind.fraction) * mpmath.mpf(2) ** kind.bias
    value = mpmath.sign(got) * (largest + unit) if math.isinf(got) else mpmath.mpf(got)
    if abs(true) > largest and math.isinf(got):
        return 0.0 if got * true > 0 else math.inf
    return float(abs(value - true) / unit)


def has_true_value(name: str, x: list[float]) -> bool:
    """Whether the true value is a finite number that mpmath knows."""
    if not all(map(math.isfinite, x)):
        return False
    if name == "pow":
        return x[0] > 0.0 or (x[0] < 0.0 and x[1].is_integer())
    if name == "log":
        return x[0] > 0.0
    if name == "log1p":
        return x[0] > -1.0
    if name in ("asin", "acos"):
        return abs(x[0]) <= 1.0
    return abs(x[0]) < REACH.get(name, math.inf)


@cache
def truth(name: str, kind: Float) -> tuple[list[Array], list[Any]]:
    """The points, and the true value at each; None where mpmath has no finite one."""
    columns = points(name, kind)
    with mpmath.workprec(160):
        function = TRUE.get(name) or getattr(mpmath, name)
        rows = zip(*(c.tolist() for c in columns), strict=True)
        known = [
            function(*map(mpmath.mpf, x)) if has_true_value(name, list(x)) else None for x in rows
        ]
    return columns, known


def worst(name: str, kind: Float) -> tuple[float, Any]:
    """The largest error on `points`, in units in the last place, and where."""
    columns, known = truth(name, replace(kind, fast=False))
    got = native(name, kind, 4, columns)
    most, where = 0.0, None
    with mpmath.workprec(160):
        least, greatest = (mpmath.mpf(2) ** e for e in (16 - kind.bias, kind.bias - 4))
        for y, true, *x in zip(got.tolist(), known, *(c.tolist() for c in columns), strict=True):
            if true is None or (kind.fast and not least < abs(true) < greatest):
                continue
            ulps = off(y, true, kind)
            if not ulps <= most:
                most, where = ulps, x
    return most, where


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda x: getattr(x, "name", x))
def test_every_function_is_as_accurate_as_stated(name: str, kind: Float) -> None:
    """No result over the whole range is further off than the table of bounds says."""
    ulps, where = worst(name, kind)
    assert ulps <= ULPS[name], where


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda x: getattr(x, "name", x))
def test_fast_functions_keep_their_bounds(name: str, kind: Float) -> None:
    """Shorter polynomials are off by more, yet by no more than is stated for fast code."""
    ulps, where = worst(name, replace(kind, fast=True))
    assert ulps <= FAST_ULPS[kind.name], where


@pytest.mark.parametrize("kind", FLOATS.values(), ids=list(FLOATS))
def test_sine_and_cosine_of_huge_angles_are_accurate(kind: Float) -> None:
    """The numbers of a type that come closest to multiples of pi / 2 lose no digit, however big."""
    x = []
    with mpmath.workprec(3000):
        half_turns = [mpmath.mpf(3) ** k * mpmath.pi / 2 for k in range(0, 640, 3)]
        x = [float(t) for t in half_turns if t < mpmath.mpf(2) ** kind.bias]
    column = grown(np.array(x), kind)
    for name in ("sin", "cos", "tan"):
        got = native(name, kind, 4, [column])
        with mpmath.workprec(3000):
            for y, angle in zip(got.tolist(), column.tolist(), strict=True):
                assert off(y, getattr(mpmath, name)(angle), kind) <= ULPS[name], (name, angle)


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda x: getattr(x, "name", x))
def test_special_numbers_are_as_the_table_says(name: str, kind: Float) -> None:
    """inf, nan, signed zeros, poles, what overflows and what fades: as the row's `forward`."""
    row = TABLE[name]
    grid = np.meshgrid(*[SPECIAL] * row.arity)
    with np.errstate(over="ignore"):
        columns = [grown(g.ravel(), kind) for g in grid]
        expected = [row.forward(*map(float, x)) for x in zip(*columns, strict=True)]
        rounded = np.array(expected).astype(kind.name)
    got = native(name, kind, 4, columns)
    epsilon, tiny = float(np.finfo(kind.name).eps), float(np.finfo(kind.name).smallest_subnormal)
    slack = 1000.0 if name in ("gelu", "silu") else 1.0  # eager code is rough where they fade
    np.testing.assert_allclose(
        got, rounded, rtol=slack * (ULPS[name] + 1.0) * epsilon, atol=slack * tiny
    )
    zero = (rounded == 0.0) & (got == 0.0)
    assert (np.signbit(got) == np.signbit(rounded))[zero].all()


@pytest.mark.parametrize(("name", "kind"), CASES, ids=lambda x: getattr(x, "name", x))
def test_results_do_not_depend_on_the_width_of_vectors(name: str, kind: Float) -> None:
    """One number, and vectors of 128, 256 and 512 bits, give the same bits."""
    columns = points(name, kind, 200)
    alone = native(name, kind, 1, columns)
    for bits in (128, 256, 512):
        got = native(name, kind, bits // kind.bits, columns)
        assert np.array_equal(got, alone, equal_nan=True)
        assert (np.signbit(got) == np.signbit(alone))[got == got].all()


@pytest.mark.parametrize("kind", FLOATS.values(), ids=list(FLOATS))
def test_powers_of_small_whole_numbers_are_exact(kind: Float) -> None:
    """Where a power is itself a number of the type, as 3.0 ** 5 is, no digit of it is lost."""
    base, exponent = np.meshgrid(np.arange(-40.0, 41.0), np.arange(5.0))
    columns = [grown(base.ravel(), kind), grown(exponent.ravel(), kind)]
    got = native("pow", kind, 4, columns)
    np.testing.assert_array_equal(got, columns[0] ** columns[1])


@pytest.mark.parametrize("kind", FLOATS.values(), ids=list(FLOATS))
@pytest.mark.parametrize("exponent", [0.5, -0.5])
def test_powers_of_a_half_are_roots(kind: Float, exponent: float) -> None:
    """Within the bound of powers of the true value, and as eager code at edges, in all lanes."""
    smallest = 2.0 ** (1 - kind.bias)
    edges = [0.0, -0.0, math.inf, -math.inf, math.nan, -1.0, smallest, smallest / 4, 1.0]
    numbers = 10.0 ** np.random.default_rng(3).uniform(-30.0, 30.0, 37 - len(edges))
    x = np.array([*edges, *numbers], kind.name)
    fast = gg.compile(lambda x: [v**exponent for v in x], dtype=kind.name)
    got = [float(y) for y in fast(x)]
    assert "sqrt" in str(fast.llvm)
    with mpmath.workprec(160):
        for value, y in zip(map(float, x), got, strict=True):
            if math.isfinite(value) and value > 0.0:
                true = mpmath.power(mpmath.mpf(value), exponent)
                assert off(y, true, kind) <= ULPS["pow"]
            else:
                assert repr(y) == repr(TABLE["pow"].forward(value, exponent))


def test_the_polynomials_are_what_the_tool_makes() -> None:
    """`python tools/make_polynomials.py` would write the file that is there."""
    tool = runpy.run_path(str(ROOT / "tools" / "make_polynomials.py"))
    made: dict[str, Any] = {}
    exec(tool["text"](), made)
    assert made["POLYNOMIALS"] == POLYNOMIALS


def test_the_documented_bounds_are_those() -> None:
    """`docs/compiler.md` states the bounds that are checked here."""
    text = (ROOT / "docs" / "compiler.md").read_text("utf-8")
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| ([\d.]+) \|$", text))
    assert {name: float(ulps) for name, ulps in rows.items()} == ULPS
    for kind, ulps in FAST_ULPS.items():
        assert re.search(rf"\b{ulps:.0f} (units in the last place )?in\s{kind}\b", text)


def test_every_function_has_a_bound() -> None:
    """The table of bounds and the table of functions name the same rows."""
    assert set(ULPS) == set(ELEMENTARY)
