"""The one exception of glassgrad.data, and the turns of phrase that its messages share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class DataError(ValueError):
    """A table, a column, a cell or a request about them is not what was expected.

    The message says what was expected, what came, on which line of which file, and what to do.
    """


def listing(items: Sequence[object], limit: int = 5) -> str:
    """Write the first few items in a row and count the rest.

    >>> listing([1, 2, 3])
    '1, 2, 3'
    >>> listing(range(100), limit=3)
    '0, 1, 2 and 97 more'
    """
    shown = ", ".join(str(item) for item in items[:limit])
    return f"{shown} and {len(items) - limit} more" if len(items) > limit else shown


def in_lines(lines: Sequence[int]) -> str:
    """Name lines of a file.

    >>> in_lines([7]), in_lines([7, 9])
    ('line 7', 'lines 7, 9')
    """
    return f"{'line' if len(lines) == 1 else 'lines'} {listing(lines)}"


def quoted(names: Iterable[str], limit: int = 12) -> str:
    """Write names in quotes, the first dozen of them.

    >>> quoted(["species", "island"])
    "'species', 'island'"
    """
    return listing([repr(name) for name in names], limit)


def plural(count: int, noun: str) -> str:
    """Write a count and its noun.

    >>> plural(1, "row"), plural(1797, "row")
    ('1 row', '1,797 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
