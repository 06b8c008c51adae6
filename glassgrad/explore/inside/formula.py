"""The rules of the table as formulas: each partial written out, as far as it holds at this point.

Note [Written by running]
A row's partials are a function of operands. Run on a `Written`, which keeps beside each number how
it was computed, they write themselves down; where they choose (`where`), the side that counts at
this point stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...ops import Operand, Primitive, number

_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = 1, 2, 3, 4, 5  # how tightly an expression holds together
_INFIX = {"add": ("+", _SUM), "sub": ("-", _SUM), "mul": ("*", _PRODUCT), "div": ("/", _PRODUCT)}
_CONDITIONS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "==", "ne": "!="}


class Written(Operand):
    """A number with the text of how it was computed."""

    __slots__ = ("data", "holds", "text")
    rank = 100

    def __init__(self, data: float, text: str, holds: int = _ATOM) -> None:
        self.data = data
        self.text = text
        self.holds = holds

    def bind(self, row: Primitive, inputs: tuple[Any, ...]) -> Written:
        """Compute and write down."""
        given = [x if isinstance(x, Written) else _plain(x) for x in inputs]
        data = row(*[x.data for x in given])
        if row.name == "where":
            return given[1] if given[0].data else given[2]
        return _simpler(row.name, given, data) or _in_full(row, given, data)

    def within(self, holds: int) -> str:
        """The text, in brackets where what stands around it holds tighter."""
        return self.text if self.holds >= holds else f"({self.text})"


def partials_written(row: Primitive, y: float, *inputs: float) -> list[str]:
    """Write each partial of a row: the result is `y`, the inputs `x`, or `a`, `b`, `c`.

    >>> from glassgrad.ops import mul, tanh
    >>> partials_written(tanh, 0.5, 0.549), partials_written(mul, 6.0, 2.0, 3.0)
    (['1 - y ** 2'], ['b', 'a'])
    """
    names = ["x"] if len(inputs) == 1 else list("abcdefgh")
    operands = [Written(x, name) for x, name in zip(inputs, names, strict=False)]
    try:
        slopes = row.slopes(Written(y, "y"), *operands)
    except (TypeError, ValueError, ArithmeticError):
        return [""] * len(inputs)  # a user's own row may ask for floats
    return [(x if isinstance(x, Written) else _plain(x)).text for x in slopes]


def _plain(x: Any) -> Written:
    data = number(x, "a number of a rule")
    if math.isfinite(data) and data == int(data) and abs(data) < 1e6:
        text = str(int(data))
    else:
        text = f"{data:.6g}"
    return Written(data, text, _SIGN if data < 0 else _ATOM)


def _in_full(row: Primitive, given: list[Written], data: float) -> Written:
    if row.name in _INFIX:
        sign, holds = _INFIX[row.name]
        tight = holds + (row.name in ("sub", "div"))
        text = f"{given[0].within(holds)} {sign} {given[1].within(tight)}"
        return Written(data, text, holds)
    if row.name == "neg":
        return Written(data, f"-{given[0].within(_PRODUCT)}", _SIGN)
    if row.name == "pow":
        text = f"{given[0].within(_ATOM)} ** {given[1].within(_ATOM)}"
        return Written(data, text, _POWER)
    if row.name in _CONDITIONS:  # 1 where it holds, and else 0: both are said by the number
        return Written(data, str(int(data)))
    return Written(data, f"{row.name}({', '.join(x.text for x in given)})")


def _simpler(name: str, given: list[Written], data: float) -> Written | None:
    """What would be written on paper: no `1 *`, no `+ 0`, a square for `y * y`."""
    rule = _SIMPLER.get(name)
    return rule(*given, data) if rule else None


def _sum(a: Written, b: Written, data: float) -> Written | None:
    if a.text == "0":
        return Written(data, b.text, b.holds)
    return Written(data, a.text, a.holds) if b.text == "0" else None


def _product(a: Written, b: Written, data: float) -> Written | None:
    if "0" in (a.text, b.text):
        return Written(data, "0")
    if a.text == "1":
        return Written(data, b.text, b.holds)
    if b.text == "1":
        return Written(data, a.text, a.holds)
    return Written(data, f"{a.within(_ATOM)} ** 2", _POWER) if a.text == b.text else None


def _power(a: Written, b: Written, data: float) -> Written | None:
    if b.text == "1":
        return Written(data, a.text, a.holds)
    return Written(data, "1") if b.text == "0" else None


_SIMPLER: dict[str, Callable[..., Written | None]] = {
    "add": _sum,
    "mul": _product,
    "pow": _power,
}
