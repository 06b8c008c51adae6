"""Derivatives measured by nudging the input, and the check of the chain rule against them.

Note [The best h]
A difference quotient errs in two ways. Truncation: the function bends within h; this error falls
with h (forward difference) or its square (symmetric). Cancellation: f(x + h) and f(x) agree in
most of their digits, which the subtraction loses; this error grows as 1/h. In between lies an h
that serves best, near 1e-8 for the forward and 1e-5 for the symmetric difference where numbers
are of the size of 1. `sweep` shows it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, isnan
from sys import float_info
from typing import Any

from .backward import topological
from .modes import enable_grad, no_grad
from .nested import leaves, paths, rebuild
from .ops import number
from .transforms import grad
from .value import Value

EPSILON = float_info.epsilon
# The default h: at it truncation and cancellation are alike, where numbers are of the size of 1.
STEPS = {"forward": EPSILON ** (1 / 2), "symmetric": EPSILON ** (1 / 3)}
SWEPT = [10.0**-k for k in range(1, 18)]
FORMULAS = {"forward": "(f(x + h) - f(x)) / h", "symmetric": "(f(x + h) - f(x - h)) / 2h"}


def numeric_derivative(
    f: Callable[[Any], Any], x: Any, h: float | None = None, method: str = "symmetric"
) -> Any:
    """The slope of `f` at `x`, measured: no chain rule, only values of `f`.

    Args:
        f: returns a number, or a Value, whose data is taken.
        x: a number, or a nest of numbers, each of which is then nudged alone. `f` gets Values
            where Values are given.
        h: the nudge; by default what suits the method and the size of each number.
        method: "forward" for (f(x + h) - f(x)) / h, or "symmetric" for
            (f(x + h) - f(x - h)) / 2h, which errs less.

    Returns:
        A float, or a nest of floats of the shape of `x`.

    Raises:
        ValueError: there is no such method, or `h` is 0 or not finite.

    >>> def f(x):
    ...     return 3 * x**2 - 4 * x + 5
    >>> round(numeric_derivative(f, 3.0, h=0.001, method="forward"), 6)
    14.003
    >>> numeric_derivative(f, 3.0, h=1e-17, method="forward")  # 3.0 + h is 3.0
    0.0
    """
    if method not in STEPS:
        raise ValueError(f"method must be 'forward' or 'symmetric', but {method!r} came.")
    if h is not None and (h == 0.0 or not isfinite(h)):
        raise ValueError(f"h must be finite and not 0, but {h} came.")
    point = leaves(x)

    def at(i: int, nudge: float) -> float:
        nudged = [*point[:i], point[i] + nudge, *point[i + 1 :]]
        return _plain(f(rebuild(x, nudged)))

    def slope(i: int) -> float:
        step = STEPS[method] * max(1.0, abs(_plain(point[i]))) if h is None else h
        if method == "forward":
            return (at(i, step) - at(i, 0.0)) / step
        return (at(i, step) - at(i, -step)) / (2.0 * step)

    return rebuild(x, [slope(i) for i in range(len(point))])


@dataclass(frozen=True)
class SweepRow:
    """The slope that one h measures, and how far off that is."""

    h: float
    estimate: float
    error: float


@dataclass(frozen=True, repr=False)
class Sweep:
    """The slope of one function at one point as measured with smaller and smaller h."""

    x: float
    exact: float
    method: str
    rows: tuple[SweepRow, ...]

    @property
    def best(self) -> SweepRow:
        """The row of the smallest error."""
        return min(self.rows, key=lambda row: (isnan(row.error), row.error))

    @property
    def agrees(self) -> bool:
        """Whether any estimate comes within 1 % of the slope."""
        scale = max(abs(self.exact), abs(self.rows[0].estimate))
        return isfinite(scale) and self.best.error <= 0.01 * scale

    def __repr__(self) -> str:
        lines = [
            f"The slope at x = {self.x!r} is {self.exact!r}. {FORMULAS[self.method]} gives",
            f"{'h':>7}  {'estimate':<22}  {'error':<7}  what errs",
        ]
        for row in self.rows:
            what = self._what_errs(row)
            lines.append(f"{row.h:7.0e}  {row.estimate!r:<22}  {row.error:7.1e}  {what}".rstrip())
        if not self.agrees:
            lines.append(
                "No estimate agrees: at a kink, a jump or a pole there is no slope to measure."
            )
        return "\n".join(lines)

    def _what_errs(self, row: SweepRow) -> str:
        if not self.agrees or not isfinite(row.error):
            return ""
        if row.error == self.best.error:
            return "best"
        return "truncation" if row.h > self.best.h else "cancellation"


def sweep(
    f: Callable[[Any], Any],
    x: float,
    *,
    method: str = "forward",
    hs: Iterable[float] = SWEPT,
    exact: float | None = None,
) -> Sweep:
    """The measured slope for one h after another, as a table.

    See Note [The best h] in `help(gg.numeric)`.

    Args:
        f: a function of one number.
        x: where.
        method: "forward" or "symmetric".
        hs: the nudges, from large to small.
        exact: the true slope; by default what `grad` says.

    >>> sweep(lambda x: 3 * x**2 - 4 * x + 5, 3.0, hs=[0.1, 1e-3, 1e-8, 1e-14, 1e-17])
    The slope at x = 3.0 is 14.0. (f(x + h) - f(x)) / h gives
          h  estimate                error    what errs
      1e-01  14.300000000000068      3.0e-01  truncation
    ...
      1e-17  0.0                     1.4e+01  cancellation
    """
    true = _plain(grad(f)(x)) if exact is None else exact
    estimates = [(h, numeric_derivative(f, x, h, method)) for h in hs]
    rows = tuple(SweepRow(h, estimate, abs(estimate - true)) for h, estimate in estimates)
    return Sweep(_plain(x), true, method, rows)


@dataclass(frozen=True)
class Comparison:
    """One derivative by the chain rule and as measured.

    `h` is the nudge that measured best, and `allowed` how far truncation and cancellation may set
    the two apart with it.
    """

    by: str
    symbolic: float
    numeric: float
    h: float
    allowed: float

    @property
    def badness(self) -> float:
        """The difference in units of what is allowed; more than 1 where the two disagree."""
        off = abs(self.symbolic - self.numeric)
        if off == 0.0:
            return 0.0
        return off / self.allowed if 0.0 < self.allowed < inf and isfinite(off) else inf

    def __str__(self) -> str:
        return (
            f"by {self.by}: {self.symbolic!r} by the chain rule, {self.numeric!r} measured "
            f"(h = {self.h:.1e}; the two may differ by {self.allowed:.1e})"
        )


class GradientError(AssertionError):
    """A derivative by the chain rule is not the one that is measured; the message names it."""


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """Every derivative that `check_grad` compared; all of them agree."""

    comparisons: tuple[Comparison, ...]

    @property
    def worst(self) -> Comparison:
        """The one furthest off, in units of what is allowed."""
        return max(self.comparisons, key=lambda one: one.badness)

    def __repr__(self) -> str:
        n = len(self.comparisons)
        return f"{n} of {n} derivatives agree. Furthest off, {self.worst}."


def check_grad(f: Callable[..., Any], *inputs: Any, order: int = 1) -> GradientCheck:
    """Compare the gradient of `f` by the chain rule with symmetric differences.

    `f` is run on fresh Values in place of the numbers in `inputs`, and its result's `backward()`
    gives the gradient, so that operations built by hand are checked too. No `grad` is changed.

    Args:
        f: returns one number.
        inputs: numbers or Values, or nested lists, tuples and dicts of them.
        order: 2 to compare all second derivatives too.

    Raises:
        GradientError: names the worst input (`x[2]`, or its label), both numbers and h.

    >>> check_grad(lambda x, y: x[0] * x[1] + y.exp(), [2.0, 3.0], 0.0).worst.badness < 1.0
    True
    >>> check_grad(lambda x: x.relu(), 0.0)
    Traceback (most recent call last):
    ...
    glassgrad.numeric.GradientError: 1 of 1 derivatives disagree. Furthest off, by x: 0.0 by the
    chain rule, 0.5 measured (...). Around there f slopes by 0 on the left and by 1 on the
    right: where it has a kink, no slope is the right one.
    """
    if order not in (1, 2):
        raise ValueError(f"check_grad compares derivatives of order 1 or 2, but {order!r} came.")
    names = _names(f, inputs)
    point = [_plain(x) for x in leaves(inputs)]
    if not point:
        raise ValueError("check_grad needs at least one number to differentiate by.")

    def value(*xs: Any) -> list[Any]:
        return [f(*rebuild(inputs, xs))]

    def gradient(*xs: Any) -> list[Any]:
        return leaves(grad(f, tuple(range(len(inputs))))(*rebuild(inputs, xs)))

    found = _compare(value, point, names, [""])
    if order == 2:
        found += _compare(gradient, point, names, [f"{name} and " for name in names])
    checked = GradientCheck(tuple(found))
    if checked.worst.badness > 1.0:
        raise GradientError(_complaint(checked, value, point))
    return checked


# Several numbers in and a list of numbers out, as Values.
Outputs = Callable[..., list[Any]]


def _compare(f: Outputs, point: list[float], names: list[str], of: list[str]) -> list[Comparison]:
    """Compare the slope of each output by each input."""
    rows, rounding = _by_backward(f, point)
    return [
        Comparison(of[j] + names[i], rows[j][i], *measured)
        for i in range(len(point))
        for j, measured in enumerate(_measure(f, point, i, rounding))
    ]


def _by_backward(f: Outputs, point: list[float]) -> tuple[list[list[float]], list[float]]:
    """The gradient of each output, and how far rounding may set that output off.

    Every operation rounds its result, and its gradient tells what that does to the output.
    """
    rows, rounding = [], []
    with enable_grad():
        fresh = [Value(x) for x in point]
        outputs = f(*fresh)
    for y in outputs:
        nodes = topological(y) if isinstance(y, Value) else []
        before = [node.grad for node in nodes]
        for x in fresh:
            x.grad = 0.0
        if nodes:
            y.backward()
        rows.append([x.grad for x in fresh])
        rounding.append(EPSILON * sum(abs(n.data * n.grad) for n in nodes if n.grad))
        for node, g in zip(nodes, before, strict=True):
            node.grad = g
    return rows, rounding


def _measure(
    f: Outputs, point: list[float], i: int, rounding: list[float]
) -> list[tuple[float, float, float]]:
    """The slope of each output along input i, its h, and how far it may be off.

    With h growing, the distance to the slope at the next h bounds the truncation, and rounding
    over h the cancellation; the walk ends where the sum of both no longer falls.
    """
    best: list[tuple[float, float, float]] = []
    for (h, near), (_, wide) in pairwise(_quotients(f, point, i)):
        found = []
        for slope, wider, noise in zip(near, wide, rounding, strict=True):
            allowed = abs(slope - wider) + 4.0 * noise / h + 16.0 * EPSILON * abs(slope)
            found.append((slope, h, allowed if allowed == allowed else inf))
        if best and all(new[2] > old[2] for new, old in zip(found, best, strict=True)):
            break
        best = [min(two, key=lambda one: one[2]) for two in zip(best or found, found, strict=True)]
    return best


def _quotients(f: Outputs, point: list[float], i: int) -> Iterator[tuple[float, list[float]]]:
    """The symmetric difference quotient of each output along input i, for growing h."""
    x = point[i]
    h = 1e-10 * abs(x) or 1e-10
    while h < max(1.0, abs(x)):
        above, below = x + h, x - h
        ups, downs = (_numbers(f, [*point[:i], to, *point[i + 1 :]]) for to in (above, below))
        yield h, [(up - down) / (above - below) for up, down in zip(ups, downs, strict=True)]
        h *= 8.0


def _numbers(f: Outputs, point: list[float]) -> list[float]:
    with no_grad():
        return [_plain(y) for y in f(*map(Value, point))]


def _complaint(checked: GradientCheck, f: Outputs, point: list[float]) -> str:
    worst, everything = checked.worst, checked.comparisons
    wrong = sum(one.badness > 1.0 for one in everything)
    message = f"{wrong} of {len(everything)} derivatives disagree. Furthest off, {worst}."
    i = everything.index(worst)
    if i >= len(point):  # a second derivative
        return message
    h = 1e-6 * max(1.0, abs(point[i]))
    nudged = ([*point[:i], point[i] + nudge, *point[i + 1 :]] for nudge in (-h, 0.0, h))
    below, at, above = (_numbers(f, where)[0] for where in nudged)
    left, right = (at - below) / h, (above - at) / h
    if not abs(right - left) > 1e-3 * max(1.0, abs(left), abs(right)):
        return message
    return (
        f"{message} Around there f slopes by {left:.4g} on the left and by {right:.4g} on the "
        "right: where it has a kink, no slope is the right one."
    )


def _names(f: Callable[..., Any], inputs: tuple[Any, ...]) -> list[str]:
    """What to call each number of the inputs: its label, or the path from the parameter's name."""
    try:
        arguments: dict[str, Any] = inspect.signature(f).bind(*inputs).arguments
    except ValueError:  # some built-in functions have no signature
        arguments = {"inputs": inputs}
    named = [path for name, argument in arguments.items() for path in paths(argument, name)]
    labels = [x.label if isinstance(x, Value) else "" for x in leaves(inputs)]
    return [label or path for label, path in zip(labels, named, strict=True)]


def _plain(x: Any) -> float:
    return x.data if isinstance(x, Value) else number(x, "What goes into f and what it returns")
