"""Makes the polynomials of the elementary functions: `python tools/make_polynomials.py`.

Needs mpmath. Each polynomial agrees with its function at Chebyshev nodes, which is within a small
factor of the best possible (`mpmath.chebyfit`). It gets as many terms as keep its share of the
result's relative error below 2 ** -(bits + 4), for every number of bits that a result may have.
So does the quotient of two polynomials that tanh is in short.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mpf

ELEMENTARY = Path(__file__).parents[1] / "glassgrad" / "compiler" / "emitting" / "elementary"
HERE = ELEMENTARY / "polynomials.py"
BITS = (53, 32, 24, 16)  # float64, and float32, each in full and in short
SHORT = (32, 16)
MIDDLE, FARTHEST = 4, 28  # of erfcx: where its variable is 0, and where exp(-x * x) has faded

HEAD = '''"""Coefficients of polynomials, the constant first. Made by tools/make_polynomials.py.

{shapes}
"""

POLYNOMIALS: dict[tuple[str, int], tuple[float, ...]] = {{
'''


@dataclass(frozen=True)
class Shape:
    """What a polynomial stands for: `says` in words, `f` on `interval`, `share` of the result."""

    says: str
    f: Callable[[Any], Any]
    interval: tuple[Any, Any]
    share: float


def _rest(f: Callable[[Any], Any], first: int = 1) -> Callable[[Any], Any]:
    """(f(sqrt z) / sqrt z - first) / z: what an odd function has beyond its first term."""
    return lambda z: (f(mpmath.sqrt(z)) / mpmath.sqrt(z) - first) / z


def _erfcx(t: Any) -> Any:
    u = MIDDLE * (1 + t) / (1 - t)
    return (1 + 2 * u) * mpmath.exp(u * u) * mpmath.erfc(u)


def shapes() -> dict[str, Shape]:
    """Every polynomial by name. The intervals are a little wider than what reduction leaves."""
    half_log2 = mpf("1.01") * mpmath.log(2) / 2
    zero = mpf("1e-20")  # where nothing is divided by 0
    eighth = (mpmath.pi / 4 + mpf("0.01")) ** 2
    return {
        "exp": Shape(
            "(exp(r) - 1 - r) / r**2 for |r| <= log(2) / 2",
            lambda r: (mpmath.expm1(r) - r) / r**2 if r else mpf(1) / 2,
            (-half_log2, half_log2),
            0.5,
        ),
        "log": Shape(
            "(2 atanh(s) / s - 2) / z for z = s**2, s = (m - 1) / (m + 1), m in 0.707 ... 1.414",
            lambda z: 2 * _rest(mpmath.atanh)(z),
            (zero, mpf("0.02945")),
            0.015,
        ),
        "log5": Shape(  # for powers, with ten digits more
            "((2 atanh(s) / s - 2) / z - 2 / 3) / z for the same z and s",
            lambda z: (2 * _rest(mpmath.atanh)(z) - mpf(2) / 3) / z,
            (zero, mpf("0.02945")),
            0.015**2 * 2**11,
        ),
        "sin": Shape(
            "(sin(r) / r - 1) / z for z = r**2, |r| <= pi / 4",
            _rest(mpmath.sin),
            (zero, eighth),
            0.7,
        ),
        "cos": Shape(
            "(cos(r) - 1 + z / 2) / z**2 for z = r**2, |r| <= pi / 4",
            lambda z: (mpmath.cos(mpmath.sqrt(z)) - 1 + z / 2) / z**2,
            (zero, eighth),
            0.6,
        ),
        "asin": Shape(
            "(asin(x) / x - 1) / z for z = x**2, |x| <= 1 / 2",
            _rest(mpmath.asin),
            (zero, mpf("0.2501")),
            0.25,
        ),
        "atan": Shape(
            "(atan(x) / x - 1) / z for z = x**2, |x| <= tan(pi / 8)",
            _rest(mpmath.atan),
            (zero, mpf("0.1718")),
            0.175,
        ),
        "erf": Shape(
            "erf(x) / x - 1 for z = x**2, |x| <= 1",
            lambda z: mpmath.erf(mpmath.sqrt(z)) / mpmath.sqrt(z) - 1,
            (zero, 1),
            1.0,
        ),
        "erfcx": Shape(
            "(1 + 2 u) exp(u**2) erfc(u) for t = (u - 4) / (u + 4), 0 <= u <= 28",
            _erfcx,
            (-1, mpf(FARTHEST - MIDDLE) / (FARTHEST + MIDDLE)),
            1.0,
        ),
    }


def coefficients(shape: Shape, bits: int) -> list[float]:
    """The shortest polynomial that is good enough, the constant first."""
    for terms in range(2, 40):
        highest_first, error = mpmath.chebyfit(shape.f, list(shape.interval), terms, error=True)
        if shape.share * error < mpf(2) ** -(bits + 4):
            return [float(c) for c in reversed(highest_first)]
    raise ValueError(f"no polynomial of 40 terms gives {shape.says}")


def faded(bits: int) -> Any:
    """Where 1 - tanh(x) is 2 ** -(bits + 4)."""
    return (bits + 5) * mpmath.log(2) / 2


def tanh_ratio(bits: int) -> tuple[list[float], list[float]]:
    """P and Q of tanh(x) = x P(z) / Q(z), of equally many terms, the first of which are 1."""
    far = faded(bits)
    for terms in range(2, 20):
        P, Q = _tanh_at_nodes(terms, far)
        points = (far * k / 500 for k in range(1, 501))
        errors = (x * mpmath.polyval(P, x * x) / mpmath.polyval(Q, x * x) / mpmath.tanh(x) - 1
                  for x in points)  # fmt: skip
        if max(map(abs, errors)) < mpf(2) ** -(bits + 4):
            return [float(c) for c in reversed(P)], [float(c) for c in reversed(Q)]
    raise ValueError(f"no quotient of 20 terms gives tanh to {bits} bits")


def _tanh_at_nodes(terms: int, far: Any) -> tuple[list[Any], list[Any]]:
    """P and Q, the constant last, by which the quotient is right at as many Chebyshev nodes."""
    free = terms - 1
    nodes = [far * (1 + mpmath.cospi(mpf(2 * k + 1) / (4 * free))) / 2 for k in range(2 * free)]
    rows, given = mpmath.matrix(2 * free), mpmath.matrix(2 * free, 1)
    for row, x in enumerate(nodes):
        value = mpmath.tanh(x) / x
        given[row] = value - 1
        for power in range(free):
            rows[row, power] = x ** (2 * power + 2)
            rows[row, free + power] = -value * x ** (2 * power + 2)
    found = list(mpmath.lu_solve(rows, given))
    return [*reversed(found[:free]), mpf(1)], [*reversed(found[free:]), mpf(1)]


def text() -> str:
    """The whole file."""
    with mpmath.workdps(80):
        every = shapes()
        listed = "\n".join(f"{name}: {shape.says}." for name, shape in every.items())
        lines = [
            f'    ("{name}", {bits}): ({", ".join(map(repr, coefficients(shape, bits)))}),'
            for name, shape in every.items()
            for bits in BITS
        ]
        for bits in SHORT:
            P, Q = tanh_ratio(bits)
            lines.append(f'    ("tanh above", {bits}): ({", ".join(map(repr, P))}),')
            lines.append(f'    ("tanh below", {bits}): ({", ".join(map(repr, Q))}),')
        listed += (
            "\ntanh above, below: P and Q of tanh(x) = x P(z) / Q(z) for z = x**2, "
            "|x| <= (bits + 5) log(2) / 2."
        )
    return HEAD.format(shapes=listed) + "\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    HERE.write_text(text(), "utf-8")
    print(f"wrote {HERE}", file=sys.stderr)
