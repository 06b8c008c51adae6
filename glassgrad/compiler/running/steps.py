"""The arguments of each of several steps, some of which hold one entry for each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...nested import with_article

if TYPE_CHECKING:
    from ..tracing.arguments import Arguments

Call = tuple[list[Any], dict[str, Any]]


def checked_count(count: Any) -> int:
    """`count`, which must be a number of steps.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(count, bool) or not hasattr(count, "__index__"):
        kind = with_article(type(count).__name__)
        raise TypeError(
            f"repeat takes the number of steps first: step.repeat(100, X, y), but {kind} came."
        )
    if count < 0:
        raise ValueError(f"The number of steps must be 0 or more, but {count} came.")
    return int(count)


def checked_names(given: Collection[str], what: str, names: Collection[str]) -> frozenset[str]:
    """Names of arguments, as `each` or `own` has them.

    Raises:
        TypeError: it is no collection of names.
        ValueError: it names no argument; says which there are.
    """
    if isinstance(given, str):
        raise TypeError(f"{what} takes names of arguments: write {what}=[{given!r}].")
    for name in given:
        if name not in names:
            raise ValueError(f"{what} names {name!r}, but the arguments are {', '.join(names)}.")
    return frozenset(given)


def checked_entries(name: str, x: Any, count: int, of: str) -> None:
    """Check that an argument has so many entries, one for each of the steps or replicas.

    Raises:
        TypeError, ValueError: it has not.
    """
    if not hasattr(x, "__len__"):
        came = with_article(type(x).__name__)
        raise TypeError(f"{name} must hold an entry for each of {count} {of}, but {came} came.")
    if len(x) != count:
        raise ValueError(
            f"{name} must hold an entry for each of {count} {of}, but it has {len(x)}."
        )


def each_step(
    count: int,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    names: Sequence[str],
    each: Collection[str],
) -> Iterator[Call]:
    """Positional and named arguments of step after step; those in `each` give one entry to it.

    Raises:
        TypeError: `each` is no collection of names, or names what has no entries.
        ValueError: it names no argument, or one that has not `count` entries.
    """
    known = dict(zip(names, args, strict=False)) | kwargs
    for name in checked_names(each, "each", known):
        checked_entries(name, known[name], count, "steps")
    for step in range(count):
        yield (
            [x[step] if n in each else x for n, x in zip(_padded(names, args), args, strict=True)],
            {n: x[step] if n in each else x for n, x in kwargs.items()},
        )


def stacked(
    args: Sequence[Any], leads: Sequence[tuple[int, ...]], first: Arguments
) -> list[Any] | None:
    """The parts of arguments; of those with a lead an array that has these axes before its own.

    None: their entries are not all numbers in the shape of the first one.
    """
    import numpy as np

    parts = list(first.parts)
    for k, (x, lead, shape) in enumerate(zip(args, leads, first.shapes, strict=True)):
        if lead:
            try:
                rows = np.asarray(x)
            except ValueError:  # entries of different lengths
                return None
            if rows.shape != (*lead, *shape) or rows.dtype.kind not in "fiu":
                return None
            parts[k] = rows
    return parts


def _padded(names: Sequence[str], args: Sequence[Any]) -> list[str]:
    return [*names[: len(args)], *[""] * (len(args) - len(names))]
