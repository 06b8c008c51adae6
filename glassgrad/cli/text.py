"""Rows of cells as text: in columns to read, or as CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterable, Sequence


def columns(rows: Sequence[Sequence[str]], *, left: bool = False) -> str:
    """Return rows in columns: the first flush left, the others too or else flush right.

    >>> print(columns([["", "rows"], ["test", "52"]]))
          rows
    test    52
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        sides = zip(rest, widths[1:], strict=True)
        cells = [cell.ljust(width) if left else cell.rjust(width) for cell, width in sides]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def entries(pairs: Iterable[tuple[str, str]], indent: int) -> str:
    """Return names with what is said of each beside it, in at most 80 columns.

    >>> print(entries([("network", "2 → 8 tanh → 1"), ("run", "runs/moons")], 9))
    network  2 → 8 tanh → 1
    run      runs/moons
    """
    return "\n".join(
        textwrap.fill(
            text,
            80,
            initial_indent=f"{name:<{indent - 1}} ",
            subsequent_indent=" " * indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, text in pairs
    )


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows as a CSV file's content."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([heads, *rows])
    return text.getvalue()
