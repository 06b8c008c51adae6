"""What is looked at before a user's own operation joins the table of primitives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from inspect import isfunction, unwrap
from itertools import cycle
from math import isfinite
from sys import float_info
from typing import Any

Forward = Callable[..., float]


def check_row(
    name: str,
    forward: Forward,
    partials: Callable[..., Sequence[Any]],
    domain: Sequence[tuple[float, float]],
) -> None:
    """Try an operation at the middle of its domain, and beside it.

    Raises:
        TypeError: `domain` holds no pairs, a function takes another number of inputs, or the
            partials come as a bare number.
        ValueError: there are more or fewer partials than inputs, or one of them is not the slope
            of `forward`.
    """
    _check_domain(name, domain)
    letters = ", ".join("abcdefgh"[: len(domain)])
    _check_takes(forward, len(domain), f"{name}: forward must take its inputs, ({letters})")
    _check_takes(
        partials,
        len(domain) + 1,
        f"{name}: partials must take (y, *inputs), the result and the inputs: (y, {letters})",
    )
    for inputs in _points(domain):
        slopes = partials(forward(*inputs), *inputs)
        _check_count(name, slopes, len(domain))
        for i, slope in enumerate(slopes):
            low, high = domain[i]
            _check_slope(name, forward, inputs, i, slope, (high - low) / 8)


def is_same(row: Any, other: Any) -> bool:
    """Whether two rows are made of the same words and of functions that do the same."""
    return all(map(_alike, vars(row).values(), vars(other).values()))


def _alike(a: Any, b: Any) -> bool:
    """Whether both are equal, or functions of the same source with the same numbers around it."""
    a, b = unwrap(a), unwrap(b)
    if not (isfunction(a) and isfunction(b)):
        return bool(a == b)
    around = [[cell.cell_contents for cell in f.__closure__ or ()] for f in (a, b)]
    same_defaults = (a.__defaults__, a.__kwdefaults__) == (b.__defaults__, b.__kwdefaults__)
    return a.__code__ == b.__code__ and same_defaults and around[0] == around[1]


def _points(domain: Sequence[tuple[float, float]]) -> Iterator[list[float]]:
    """The middle, and two points beside it: a middle is often 0, where a wrong slope may be right.

    Beside it inputs of one domain differ, as they do not in the middle.
    """
    yield [(low + high) / 2 for low, high in domain]
    for shares in ((0.3, 0.8), (0.8, 0.3)):
        yield [low + share * (high - low) for (low, high), share in zip(domain, cycle(shares))]


def _check_domain(name: str, domain: Sequence[Any]) -> None:
    if not domain:
        raise ValueError(f"{name}: domain must give one (low, high) per input; it is empty.")
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in domain):
        raise TypeError(
            f"{name}: domain must give one (low, high) per input, as in [(-1, 1)] for one input; "
            f"{domain!r} came."
        )


def _check_takes(function: Callable[..., Any], count: int, wanted: str) -> None:
    import inspect  # only here, so that importing the package stays quick

    try:
        signature = inspect.signature(function)
    except ValueError:  # some built-in functions have no signature
        return
    try:
        signature.bind(*range(count))
    except TypeError:
        raise TypeError(f"{wanted}. Its signature is {signature}.") from None


def _check_count(name: str, slopes: Any, count: int) -> None:
    if not isinstance(slopes, (tuple, list)):
        raise TypeError(
            f"{name}: partials must return a tuple, one derivative for each input, as in "
            f"(3 * x * x,) with its comma; {slopes!r} came."
        )
    if len(slopes) != count:
        raise ValueError(
            f"{name} has {count} inputs (its domain says), but its partials gave {len(slopes)}. "
            "Return one derivative for each input."
        )


def _check_slope(
    name: str, forward: Forward, inputs: list[float], i: int, slope: float, widest: float
) -> None:
    """Compare a slope with the difference quotient, as far as that can be known."""
    h = min(float_info.epsilon ** (1 / 3) * max(1.0, abs(inputs[i])), widest)
    if not isfinite(sum(inputs) + h) or h <= 0.0:
        return

    def quotient(below: float, above: float) -> float:
        down, up = ([*inputs[:i], inputs[i] + s, *inputs[i + 1 :]] for s in (-below, above))
        return (forward(*up) - forward(*down)) / (below + above)

    measured, wider = quotient(h, h), quotient(2 * h, 2 * h)
    sides = quotient(h, 0.0), quotient(0.0, h)  # at a kink any slope between them will do
    off = max(min(sides) - slope, slope - max(sides))
    rounding = 8 * float_info.epsilon * abs(forward(*inputs)) / h
    allowed = 1e-4 * max(abs(slope), abs(measured)) + abs(measured - wider) + rounding
    if isfinite(off) and isfinite(allowed) and off > allowed:
        raise ValueError(
            f"{name}: its partials disagree with its forward. At {inputs} they say that the "
            f"derivative by input {i} is {float(slope)!r}, but {measured!r} is measured, "
            "(forward(x + h) - forward(x - h)) / 2h."
        )
