"""A table of text cells, read from a CSV or TSV file.

Reading decides nothing about a column's meaning; that is left to `glassgrad.data.encode`.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..spelling import suggestion
from .errors import DataError, listing, plural, quoted
from .text_file import read_text

# "Na" is sodium, so the spellings are listed one by one rather than compared without case.
MISSING = frozenset(
    {"NA", "na", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "?", "-"}
    | {"null", "Null", "NULL", "None", "none", "NONE"}
)
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 20  # records looked at to find the delimiter


@dataclass(frozen=True, repr=False)
class Table:
    """Rows of text cells under named columns; a missing cell is "".

    Args:
        columns: the names, each once.
        rows: one list of cells for each row, as long as `columns`.
        lines: the line of the file on which each row begins, for messages; counted from 2 if left
            out.
        source: the file's name, for messages.
    """

    columns: list[str]
    rows: list[list[str]]
    lines: list[int] = field(default_factory=list)
    source: str = "the table"

    def __post_init__(self) -> None:
        if not self.lines:
            self.lines.extend(range(2, len(self.rows) + 2))

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return (
            f"<Table of {plural(len(self), 'row')} from {self.source}: {listing(self.columns, 12)}>"
        )

    def position(self, column: str | int) -> int:
        """Find a column by its name, or by its index (negative ones count from the end).

        Text that is no column's name but a whole number is taken as an index.

        >>> Table(["x", "y"], [["1", "2"]]).position("-1")
        1
        """
        if column in self.columns:
            return self.columns.index(str(column))
        try:
            index = int(column)
        except ValueError:
            raise DataError(
                f"{self.source} has no column {column!r}.{suggestion(str(column), self.columns)}"
                f" Its columns are {quoted(self.columns)}."
            ) from None
        width = len(self.columns)
        if not -width <= index < width:
            raise DataError(
                f"{self.source} has no column number {index}: its {plural(width, 'column')} are"
                f" numbered 0 to {width - 1}, or -{width} to -1 from the end."
            )
        return index % width

    def column(self, column: str | int) -> list[str]:
        """Return the cells of one column, found by name or index."""
        position = self.position(column)
        return [row[position] for row in self.rows]

    def select(self, rows: Iterable[int]) -> Table:
        """Return a table of the rows with these indices, counted from 0, in this order."""
        chosen = list(rows)
        if chosen and not 0 <= min(chosen) <= max(chosen) < len(self):
            raise DataError(
                f"{self.source} has {plural(len(self), 'row')}, numbered from 0; asked for were"
                f" rows {min(chosen)} to {max(chosen)}."
            )
        return Table(
            self.columns,
            [self.rows[row] for row in chosen],
            [self.lines[row] for row in chosen],
            self.source,
        )

    def drop_missing(self, column: str | int) -> Table:
        """Return a table without the rows whose cell in this column is missing."""
        return self.select(row for row, cell in enumerate(self.column(column)) if cell)


def read_table(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    decimal: str = ".",
    missing: Collection[str] = MISSING,
) -> Table:
    r"""Read a CSV or TSV file, gzipped or not, as a table of text cells.

    The whole file is held in memory while it is read, and each cell costs about 80 bytes after
    that. White space around cells is taken off; blank lines are passed over.

    Args:
        path: the file.
        delimiter: what stands between cells; if None, whichever of comma, semicolon, tab and bar
            splits the first rows most evenly.
        header: whether the first line holds the names. None means yes, but refuses a first line
            that looks like data. Without a header columns are called column1, column2, ...
        encoding: any codec of Python's; "utf-8" reads files with and without a byte-order mark.
        decimal: "," where numbers are written with a decimal comma; they become points.
        missing: the cells that mean "no value". They become "".

    Raises:
        DataError: the file is not there, is no text or in another encoding, is empty, has no rows,
            has unnamed or doubled columns, or has rows with too many or too few cells. The message
            tells the lines.
    """
    source = os.fspath(path)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise DataError(
            f"delimiter must be a single character such as ',' or '\\t', not {delimiter!r}."
        )
    if decimal not in (".", ","):
        raise DataError(f"decimal must be '.' or ',', not {decimal!r}.")
    data = read_text(Path(path), encoding)
    table = table_of(data, source, delimiter=delimiter, header=header, missing=missing)
    return _with_points(table) if decimal == "," else table


def table_of(
    data: bytes,
    source: str,
    *,
    delimiter: str | None = None,
    header: bool | None = None,
    missing: Collection[str] = MISSING,
) -> Table:
    """Make a table of the text of a file, in UTF-8; `read_table` says how and what may be wrong."""
    delimiter = delimiter or _find_delimiter(data)
    records = _records(data, delimiter, source)
    first_line, first = next(records, (1, []))
    if not first:
        raise DataError(f"{source} is empty.")
    if header is False:
        names = [f"column{i}" for i in range(1, len(first) + 1)]
        records = _records(data, delimiter, source)
    else:
        names = _column_names(first, first_line, source, doubt=header is None)
    empty = frozenset([missing] if isinstance(missing, str) else missing) | {""}
    return _fill(Table(names, [], [], source), records, empty, first_line)


def _find_delimiter(data: bytes) -> str:
    """Choose the delimiter under which most of the first rows are as wide as the header.

    Among equals the one with more columns wins. A file of one column has no delimiter: comma.
    """

    def evenness(delimiter: str) -> tuple[float, int]:
        widths: list[int] = []
        try:
            for _, cells in _records(data, delimiter, ""):
                widths.append(len(cells))
                if len(widths) == _SAMPLE:
                    break
        except DataError:  # quotes that make no sense between these delimiters
            widths.append(0)
        width = widths[0] if widths else 0
        return (widths.count(width) / len(widths), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=evenness)


def _records(data: bytes, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank with the line on which it begins."""
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""),
        delimiter=delimiter,
        skipinitialspace=delimiter != " ",
        strict=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(f"{source}, line {line}: {_explain(error)}") from None
        if cells:
            yield line, cells


def _explain(error: csv.Error) -> str:
    """Say in a reader's words what the csv module found wrong."""
    said = str(error)
    if "end of data" in said:
        return 'a quote (") opens a cell here and is never closed.'
    if "field limit" in said:
        return (
            f"a cell is longer than {csv.field_size_limit():,} characters. Most often a quote"
            ' (") opens a cell here and is never closed; if not, shorten what the cell holds.'
        )
    return f'{said}. Inside a quoted cell a quote is written twice ("").'


def _column_names(cells: list[str], line: int, source: str, *, doubt: bool) -> list[str]:
    """Check the header; a column without a name is named after its place, as column1."""
    names = [cell.strip() or f"column{i}" for i, cell in enumerate(cells, start=1)]
    if doubt and _looks_like_data(cells):
        raise DataError(
            f"{source}, line {line} looks like data rather than column names:"
            f" {listing(cells)}. If the file has no header, read it with header=False (columns are"
            " then called column1, column2, ...) or write a first line with the names; if these"
            " are the names, pass header=True."
        )
    places: dict[str, list[int]] = {}
    for i, name in enumerate(names, start=1):
        places.setdefault(name, []).append(i)
    doubled = [
        f"{name!r} (columns {' and '.join(map(str, where))})"
        for name, where in places.items()
        if len(where) > 1
    ]
    if doubled:
        raise DataError(
            f"{source}, line {line}: each column needs a name of its own, but these come more than"
            f" once: {listing(doubled)}. Rename them in the file's first line."
            " If that line is data rather than names, read the file with header=False."
        )
    return names


def _looks_like_data(cells: list[str]) -> bool:
    """Whether a first line is data: nothing but numbers, or any number with a fraction."""
    numbers = [cell for cell in cells if re.fullmatch(r"\s*[-+]?[\d.]+(?:[eE][-+]?\d+)?\s*", cell)]
    named = [cell for cell in cells if cell.strip() not in MISSING | {""} and cell not in numbers]
    return bool(numbers) and (not named or any("." in number for number in numbers))


def _fill(
    table: Table, records: Iterator[tuple[int, list[str]]], missing: frozenset[str], first_line: int
) -> Table:
    """Put the records into the table, or tell of all that are too long or too short."""
    width = len(table.columns)
    wrong: list[tuple[int, int]] = []
    for line, record in records:
        cells = ["" if (cell := raw.strip()) in missing else cell for raw in record]
        if len(cells) == width:
            table.rows.append(cells)
            table.lines.append(line)
        elif cells != [""]:  # white space alone is a blank line too
            wrong.append((line, len(cells)))
    if wrong:
        raise DataError(_wrong_widths(table, wrong, first_line))
    if not table.rows:
        raise DataError(f"{table.source} has column names but no rows below them.")
    return table


def _wrong_widths(table: Table, wrong: list[tuple[int, int]], first_line: int) -> str:
    """Tell which rows have too many or too few cells, and what that usually comes from."""
    width = len(table.columns)
    total = len(wrong) + len(table)
    head = (
        f"{table.source}: line {first_line} has {plural(width, 'column')}"
        f" ({quoted(table.columns, 5)}), but"
    )
    if width > 1 and {count for _, count in wrong} == {width + 1} and not table.rows:
        return (
            f"{head} each of {plural(total, 'row')} has {width + 1} cells. Name the first column"
            " too, or take off the delimiter at the end of the rows."
        )
    shown = listing([f"line {line} has {count}" for line, count in wrong])
    return (
        f"{head} {plural(len(wrong), 'row')} of {total:,} {'has' if len(wrong) == 1 else 'have'}"
        f" more or fewer cells: {shown}. A cell that holds the delimiter or a line break must"
        " stand in quotes; a title or comment above the names must go; if something else parts the"
        " columns, name it, such as delimiter=':'."
    )


def _with_points(table: Table) -> Table:
    """Write decimal commas as points, and take off the points that part thousands."""
    number = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d*)(?:,\d+)?(?:[eE][-+]?\d+)?")
    for cells in table.rows:
        for i, cell in enumerate(cells):
            if ("," in cell or "." in cell) and number.fullmatch(cell):
                cells[i] = cell.replace(".", "").replace(",", ".")
    return table
