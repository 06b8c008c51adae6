"""exp and tanh on whole vectors, without branches.

exp(x) = 2 ** n * exp(r) with n the nearest whole number to x / log 2, so that |r| <= log(2) / 2,
where Taylor's series to r ** 13 is exact to 2 ** -57. tanh comes from exp(2 |x|) - 1, put together
so that nothing cancels near 0. Both are within 4 units in the last place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lower import Lowering

_MAGIC = 1.5 * 2.0**52  # added to a number, leaves its nearest whole number in the low bits
_LOG2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")  # log 2 in two parts; n times it is exact
_LOG2_LOW = float.fromhex("0x1.cf79abc9e3b39p-40")
_DEGREE = 13


def exp(to: Lowering, x: str) -> str:
    """Exponential of every lane; inf above 709.8, 0 below -745.2, nan for nan."""
    for bound, beyond in ((1000.0, "ogt"), (-1000.0, "olt")):
        x = to.choose(to.compare(beyond, x, to.number(bound)), to.number(bound), x)
    n, less_one = _reduced(to, x)
    # Two factors, since 2 ** n alone may overflow where the result does not.
    half = to.fused(n, to.number(0.5), to.number(_MAGIC))
    rest = to.binary("fsub", n, to.binary("fsub", half, to.number(_MAGIC)))
    power = to.binary("fadd", less_one, to.number(1.0))
    power = to.binary("fmul", power, _power_of_two(to, half))
    rest = to.binary("fadd", rest, to.number(_MAGIC))
    return to.binary("fmul", power, _power_of_two(to, rest))


def tanh(to: Lowering, x: str) -> str:
    """Hyperbolic tangent of every lane."""
    size = to.intrinsic("fabs", x)
    far = to.number(22.0)  # from here on it is 1
    size = to.choose(to.compare("ogt", size, far), far, size)
    n, less_one = _reduced(to, to.binary("fadd", size, size))
    power = _power_of_two(to, to.binary("fadd", n, to.number(_MAGIC)))
    e = to.fused(power, less_one, to.binary("fsub", power, to.number(1.0)))
    return to.intrinsic("copysign", to.binary("fdiv", e, to.binary("fadd", e, to.number(2.0))), x)


def _reduced(to: Lowering, x: str) -> tuple[str, str]:
    """N and exp(r) - 1 for x = n * log(2) + r."""
    magic = to.number(_MAGIC)
    n = to.binary("fsub", to.fused(x, to.number(1.0 / math.log(2.0)), magic), magic)
    minus = to.negative(n)
    r = to.fused(minus, to.number(_LOG2_LOW), to.fused(minus, to.number(_LOG2_HIGH), x))
    series = to.number(1.0 / math.factorial(_DEGREE))
    for k in range(_DEGREE - 1, 1, -1):
        series = to.fused(series, r, to.number(1.0 / math.factorial(k)))
    return n, to.fused(to.binary("fmul", r, r), series, r)


def _power_of_two(to: Lowering, shifted: str) -> str:
    """2 ** n for n + _MAGIC: the low bits, moved to where the exponent is."""
    whole = f"<{to.lanes} x i64>" if to.lanes > 1 else "i64"

    def number(value: int) -> str:
        return f"<{', '.join([f'i64 {value}'] * to.lanes)}>" if to.lanes > 1 else str(value)

    bits = to.builder.op(f"bitcast {to.kind} {shifted} to {whole}")
    bits = to.builder.op(f"add {whole} {bits}, {number(1023)}")
    bits = to.builder.op(f"shl {whole} {bits}, {number(52)}")
    return to.builder.op(f"bitcast {whole} {bits} to {to.kind}")
