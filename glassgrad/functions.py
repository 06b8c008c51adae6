"""Functions of many numbers, written in the table's operations: for floats and Values alike.

`softmax`, `log_softmax` and `logsumexp` take numbers of any size: each shifts them by the largest
one first, which changes nothing but keeps `exp` from overflowing. The shift is a plain number, so
nothing flows back through it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, cast

from .ops import Operand, absolute, exp, log, lt, maximum, where


def total(xs: Iterable[Any]) -> Any:
    """The sum, added from left to right; 0.0 for none.

    Python's own `sum` corrects the rounding of floats (from 3.12 on) but not that of Values: with
    it the two would differ in their last bits.
    """
    terms = iter(xs)
    return reduce(operator.add, terms, next(terms, 0.0))


def dot(a: Sequence[Any], b: Sequence[Any]) -> Any:
    """The sum of the products, `a[0] * b[0] + a[1] * b[1] + ...`.

    Raises:
        ValueError: the lengths differ; says both.

    >>> dot([2.0, -1.0], [3.0, 4.0])
    2.0
    """
    if len(a) != len(b):
        raise ValueError(
            f"dot pairs numbers off, but {len(a)} came on the left and {len(b)} on the right."
        )
    return total(map(operator.mul, a, b))


def mean(xs: Iterable[Any]) -> Any:
    """The sum divided by the count.

    Raises:
        ValueError: there are no numbers.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    numbers = _some(xs, "mean")
    return total(numbers) / len(numbers)


def logsumexp(xs: Iterable[Any]) -> Any:
    """The logarithm of the sum of the exponentials: a smooth maximum.

    Raises:
        ValueError: there are no numbers.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    numbers = _some(xs, "logsumexp")
    shift = _largest(numbers)
    return log(total(exp(x - shift) for x in numbers)) + shift


def softmax(xs: Iterable[Any]) -> list[Any]:
    """Positive shares that add up to 1, in proportion to `exp(x)`.

    Raises:
        ValueError: there are no numbers.

    >>> softmax([0.0, math.log(3.0)])
    [0.25, 0.75]
    """
    numbers = _some(xs, "softmax")
    shift = _largest(numbers)
    parts = [exp(x - shift) for x in numbers]
    whole = total(parts)
    return [part / whole for part in parts]


def log_softmax(xs: Iterable[Any]) -> list[Any]:
    """The logarithms of the softmax, exact also where a share itself would round to 0.

    Raises:
        ValueError: there are no numbers.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    numbers = _some(xs, "log_softmax")
    rest = logsumexp(numbers)
    return [x - rest for x in numbers]


def _some(xs: Iterable[Any], name: str) -> list[Any]:
    numbers = list(xs)
    if not numbers:
        raise ValueError(f"{name} needs at least one number, but none came.")
    return numbers


def _largest(xs: list[Any]) -> Any:
    """The largest of the plain numbers; 0 where it is infinite, for inf - inf is nan."""
    plain = [cast(Any, x).data if isinstance(x, Operand) and not x.plain else x for x in xs]
    largest = reduce(maximum, plain)
    return where(lt(absolute(largest), math.inf), largest, 0.0)


def take(sequence: Sequence[Any], index: Any) -> Any:
    """`sequence[index]`, in compiled functions too, where `index` is known only at each call.

    There it takes the integers among the arguments, and what is computed from these. An index
    below 0 counts from the end.

    Raises:
        IndexError: the sequence has no element there.

    >>> take([2.0, 3.0, 5.0], -1)
    5.0
    """
    if isinstance(index, Operand) and index.plain:
        return cast(Any, index).taken_from(sequence)
    return sequence[index]
