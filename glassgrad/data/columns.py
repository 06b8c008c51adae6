"""What one input column is: a number, standardised, or a category, one input for each value.

Everything is decided and measured on the training rows and then only applied, so that no row kept
aside for validation can leak into the inputs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ..spelling import suggestion
from .errors import DataError, in_lines, listing, plural, quoted
from .read import Table

MAX_CATEGORIES = 100
_FEW = 10  # categories that need no excuse, however few the rows
_NEARLY_ALL = 5  # one cell in this many, or fewer, that is no number is taken for a mistake
# A number in a dress that float() refuses: a currency sign, thousands apart, a decimal comma, %.
_DRESSED = re.compile(r"[-+(]?[$€£¥]?\s?\d{1,3}(?:[,.'\s]?\d{3})*(?:[.,]\d+)?\s?[%$€£¥]?\)?")

_DATE = re.compile(
    r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4}|\d{1,2}/\d{1,2}/\d{2})"
    r"([T ]\d{1,2}:\d{2}.*)?"
)


def number(cell: str) -> float | None:
    """Return the finite number that a cell holds, or None.

    >>> number("1e3"), number("inf"), number("1_000")
    (1000.0, None, None)
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


@dataclass(frozen=True)
class Number:
    """A numeric column: one input, (value - mean) / scale; a missing cell counts as the mean.

    Args:
        mean: of the training rows.
        scale: their standard deviation (divided by n), above 0.
        lenient: whether a cell that is no number counts as missing, rather than as an error.
    """

    name: str
    mean: float
    scale: float
    lenient: bool = False

    @property
    def features(self) -> list[str]:
        """The name of the one input."""
        return [self.name]

    def encode(self, table: Table) -> list[list[float]]:
        """Return the input for each row, as a list of one list."""
        return [
            [0.0 if v is None else (v - self.mean) / self.scale for v in self._values(table)],
        ]

    def _values(self, table: Table) -> list[float | None]:
        if strays := self.strays(table):
            raise DataError(
                f"{table.source}: column {self.name!r} is numeric, but {not_numbers(strays)}."
                " Correct them, or leave empty what is not known."
            )
        return [number(cell) if cell else None for cell in table.column(self.name)]

    def strays(self, table: Table) -> list[tuple[int, str]]:
        """Return line and text of the cells that ought to be numbers and are not."""
        if self.lenient:
            return []
        cells = zip(table.lines, table.column(self.name), strict=True)
        return [(line, cell) for line, cell in cells if cell and number(cell) is None]


@dataclass(frozen=True)
class Category:
    """A text column: one input for each value seen in the training rows, 1 where it stands.

    A missing cell, and a value never seen in training, is 0 in all of them.

    Args:
        values: in alphabetical order.
    """

    name: str
    values: tuple[str, ...]

    @property
    def features(self) -> list[str]:
        """The names of the inputs, such as 'island=Dream'."""
        return [f"{self.name}={value}" for value in self.values]

    def encode(self, table: Table) -> list[list[float]]:
        """Return the inputs for each row, as one list for each value."""
        cells = table.column(self.name)
        return [[float(cell == value) for cell in cells] for value in self.values]

    def unseen(self, table: Table) -> list[str]:
        """Say which values of this table were not in the training rows."""
        strange: dict[str, list[int]] = {}
        for line, cell in zip(table.lines, table.column(self.name), strict=True):
            if cell and cell not in self.values:
                strange.setdefault(cell, []).append(line)
        return [
            f"{table.source}: {self.name} {value!r} ({in_lines(lines)}) was not in the"
            f" training rows and counts as missing.{suggestion(value, self.values)}"
            for value, lines in strange.items()
        ]


Column = Number | Category


def fit_column(
    table: Table, name: str, kind: Literal["text", "numeric"] | None
) -> tuple[Column | None, str]:
    """Decide what a column of the training rows is, and measure it.

    Args:
        table: the training rows, and no others.
        name: the column's.
        kind: what the user says that it is, or None to look at the cells: numeric if all are
            finite numbers, else text.

    Returns:
        The column, or None if it is left out; and what the user should know about it, or "".

    Raises:
        DataError: nearly all cells are numbers, or all are numbers as people write them ("1,5",
            "$ 20"); or a text column has so many values that it names rows rather than groups.
    """
    cells = table.column(name)
    present = [cell for cell in cells if cell]
    if not present:
        return None, f"Left out {name!r}: it has no value in the training rows."
    values = [value for cell in present if (value := number(cell)) is not None]
    strays = len(present) - len(values)
    if kind == "numeric" or (kind is None and not strays):
        return _fit_number(table, name, values, strays, lenient=kind == "numeric")
    groups = sorted(set(present))
    if len(groups) == 1 and len(present) == len(cells):
        return None, f"Left out {name!r}: it is always {groups[0]!r} in the training rows."
    if kind == "text":
        return Category(name, tuple(groups)), ""
    _refuse_mistakes(table, name, groups)
    note = f"Column {name!r} mixes numbers and text; each value is a category." if values else ""
    if _are_dates(groups):
        note = (
            f"Column {name!r} holds dates; each of the {len(groups):,} is a category, and another"
            " one counts as missing."
        )
    return Category(name, tuple(groups)), note


def _refuse_mistakes(table: Table, name: str, groups: list[str]) -> None:
    """Raise if a text column was meant as numbers, or names rows rather than groups."""
    cells = zip(table.lines, table.column(name), strict=True)
    present = [(line, cell) for line, cell in cells if cell]
    many = too_many(len(groups), len(present))
    if many and _are_dates(groups):
        raise DataError(
            f"{table.source}: column {name!r} holds dates ({quoted(groups, 3)}), of which the"
            " network can learn nothing as they stand. Put a column of numbers in their place, such"
            f" as the month or the days since the first one, or leave it out (drop=[{name!r}]), or"
            f" take it all the same, one input for each date (text=[{name!r}])."
        )
    if meant := mistaken_numbers(present):
        some = any(number(cell) is not None for cell in groups)
        raise DataError(f"{table.source}: column {name!r} {meant}; {ways_out(name, numbers=some)}.")
    if many:
        raise DataError(
            f"{table.source}: text column {name!r} has {len(groups):,} different values in"
            f" {plural(len(present), 'training row')} ({quoted(groups, 3)}): it seems to name rows"
            f" rather than groups. Leave it out (drop=[{name!r}]), or take it all the same, one"
            f" input for each value (text=[{name!r}])."
        )


def _are_dates(cells: Sequence[str]) -> bool:
    """Whether all cells are dates, with or without the time of day.

    >>> _are_dates(["2024-01-31", "31.1.2024", "1/31/24", "2024-02-01T12:30:00Z"])
    True
    >>> _are_dates(["2024-01-31", "never"]), _are_dates(["1.2.3"])
    (False, False)
    """
    return all(map(_DATE.fullmatch, cells))


def ways_out(name: str, *, numbers: bool = True) -> str:
    """Say how else a column may be taken whose cells are not all numbers."""
    skip = f"count what is no number as missing (numeric=[{name!r}]), " if numbers else ""
    return (
        f"or {skip}take the whole column as text (text=[{name!r}]), or leave it out"
        f" (drop=[{name!r}])"
    )


def _fit_number(
    table: Table, name: str, values: list[float], strays: int, *, lenient: bool
) -> tuple[Number | None, str]:
    if not values:
        raise DataError(
            f"{table.source}: column {name!r} is to be numeric, but no cell of it is a number."
        )
    if min(values) == max(values):
        return None, f"Left out {name!r}: it is always {values[0]:g} in the training rows."
    mean, scale = mean_and_scale(values, f"{table.source}: column {name!r}")
    note = f"Cells of {name!r} without a number count as missing: {strays:,}." if strays else ""
    return Number(name, mean, scale, lenient), note


def mean_and_scale(values: Sequence[float], where: str) -> tuple[float, float]:
    """Return the mean and the standard deviation (divided by n), correctly rounded sums.

    >>> mean_and_scale([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], "x")
    (5.0, 2.0)

    Raises:
        DataError: the numbers are too large, or too close together, for floats to tell them apart.
    """
    try:
        mean = math.fsum(values) / len(values)
        scale = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    except OverflowError:
        mean = scale = math.inf
    if not 0.0 < scale < math.inf:
        raise DataError(
            f"{where} runs from {min(values):.17g} to {max(values):.17g}, and its standard"
            " deviation is no float. Give it in a larger or smaller unit, or take off an offset."
        )
    return mean, scale


def mistaken_numbers(present: Sequence[tuple[int, str]]) -> str:
    """Say why these cells, not all of them numbers, were surely meant as numbers; else "".

    Args:
        present: line and cell of each cell that is not missing.
    """
    strays = [(line, cell) for line, cell in present if number(cell) is None]
    if _NEARLY_ALL * len(strays) <= len(present):
        return f"holds numbers, but {not_numbers(strays)}. Correct them, or leave them empty"
    if all(_DRESSED.fullmatch(cell) for _, cell in strays):
        return (
            f"holds numbers as people write them: {_shown(strays)}. With a decimal comma, read the"
            " file with decimal=','; take off currency and per cent signs and what parts thousands"
        )
    return ""


def too_many(groups: int, rows: int) -> bool:
    """Whether so many different texts name rows rather than groups of rows."""
    return groups > MAX_CATEGORIES or (groups > _FEW and 2 * groups > rows)


def not_numbers(strays: Sequence[tuple[int, str]]) -> str:
    """Say that these cells (line and text) are not, what the column is, numbers."""
    verb = "is" if len(strays) == 1 else "are"
    return f"{plural(len(strays), 'cell')} {verb} not: {_shown(strays)}"


def _shown(cells: Sequence[tuple[int, str]]) -> str:
    return listing([f"{cell[:40]!r} (line {line})" for line, cell in cells])


def column_to_dict(column: Column) -> dict[str, object]:
    """Return the column as plain data for JSON."""
    if isinstance(column, Number):
        return {"kind": "number", **asdict(column)}
    return {"kind": "category", "name": column.name, "values": list(column.values)}


def column_from_dict(data: object) -> Column:
    """Rebuild a column, or raise DataError if the data is not what `column_to_dict` wrote."""
    match data:
        case {
            "kind": "number", "name": str(name), "mean": float(mean), "scale": float(scale),
            "lenient": bool(lenient), **rest
        } if not rest and math.isfinite(mean) and 0.0 < scale < math.inf:  # fmt: skip
            return Number(name, mean, scale, lenient)
        case {"kind": "category", "name": str(name), "values": [_, *_] as values, **rest} if (
            not rest and are_names(values)
        ):
            return Category(name, tuple(values))
    raise DataError(f"This does not describe an input column: {str(data)[:200]}")


def are_names(values: Sequence[object]) -> bool:
    """Whether these are texts, none empty and each once."""
    return all(isinstance(v, str) and v for v in values) and len(set(values)) == len(values)
