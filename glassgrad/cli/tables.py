"""Tables as verbs name them: a file, or a table or toy set that comes with glassgrad."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..data import Table


@dataclass(frozen=True)
class Reading:
    """How a file of text becomes a table; see `data.read_table`."""

    delimiter: str | None = None
    encoding: str = "utf-8"
    decimal: str = "."
    header: bool | None = None


def reading_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say how a file is read, as its argument `reading`."""

    @click.option("--delimiter", metavar="CHAR", help="Between cells; found out if left out.")
    @click.option("--encoding", metavar="NAME", default="utf-8", help="Of the file.")
    @click.option("--decimal", type=click.Choice([".", ","]), default=".", help="Decimal mark.")
    @click.option(
        "--header/--no-header", default=None, help="Whether the first line has column names."
    )
    @functools.wraps(function)
    def run(
        *arguments: Any,
        delimiter: str | None,
        encoding: str,
        decimal: str,
        header: bool | None,
        **options: Any,
    ) -> None:
        between = {"tab": "\t", r"\t": "\t"}.get(delimiter or "", delimiter)
        function(*arguments, reading=Reading(between, encoding, decimal, header), **options)

    return run


def column_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a verb the options that say how columns are taken."""
    for option in (
        click.option(
            "--numeric", metavar="COLUMN", multiple=True, help="Take a column as numbers."
        ),
        click.option("--text", metavar="COLUMN", multiple=True, help="Take a column as text."),
        click.option(
            "--drop", metavar="COLUMN", multiple=True, help="Leave a column out; may repeat."
        ),
        click.option(
            "--task",
            type=click.Choice(["classification", "regression"]),
            help="Where the target leaves it open.",
        ),
    ):
        function = option(function)
    return function


def open_table(name: str, reading: Reading) -> Table:
    """Read the table of this name.

    A name that comes with glassgrad goes before a file of the same name; write ./NAME for that.

    Raises:
        DataError: there is neither; the message suggests the nearest name.
    """
    from ..data import DataError, read_table, tables, toy
    from ..data.errors import quoted
    from ..spelling import suggestion

    known = name.replace("-", "_")
    if comes_along(name):
        if reading != Reading():
            raise DataError(f"{name} comes with glassgrad; there is nothing to say on its reading.")
        return tables.load(known) if known in tables.TABLES else toy_table(known)
    names = [*tables.TABLES, *toy.SETS]
    if not Path(name).exists() and "." not in name and "/" not in name:
        raise DataError(
            f"There is neither a file {name!r} nor a table of this name in glassgrad."
            f"{suggestion(known, names)} There are {quoted(names)}."
        )
    return read_table(name, **asdict(reading))


def comes_along(name: str) -> bool:
    """Whether this is the name of a table or toy set that comes with glassgrad."""
    from ..data import tables, toy

    known = name.replace("-", "_")
    return known in tables.TABLES or known in toy.SETS


def digest_of_table(table: Table) -> str:
    """Return a digest of the cells of a table."""
    from ..training.checkpoint import digest_of

    return digest_of([table.columns, table.rows])


def default_target(name: str, table: Table) -> str:
    """Return the column that is predicted unless one is named: the known one, or the last."""
    from ..data import tables

    known = tables.TABLES.get(name.replace("-", "_"))
    return known.target if known else table.columns[-1]


def toy_table(name: str, **options: Any) -> Table:
    """Make a toy set as a table with the columns x1, x2, ... and class.

    Raises:
        ValueError: the set has no such option.
    """
    from ..data import Table, toy

    make = toy.SETS[name]
    known = inspect.signature(make).parameters
    for option in options:
        if option not in known:
            raise ValueError(f"{name} has no {option}; it is always the same.")
    X, y = make(**options)
    columns = [*(f"x{i}" for i in range(1, len(X[0]) + 1)), "class"]
    rows = [[*map(repr, x), str(label)] for x, label in zip(X, y, strict=True)]
    return Table(columns, rows, list(range(2, len(rows) + 2)), name)
