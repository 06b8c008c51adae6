"""Real tables that come with glassgrad; tables/README.md tells their sources and columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ..spelling import suggestion
from .errors import DataError, quoted
from .read import Table, read_table


@dataclass(frozen=True)
class BuiltIn:
    """What is known of a table that comes with glassgrad."""

    file: str
    description: str
    task: str
    target: str
    licence: str
    source: str


TABLES: dict[str, BuiltIn] = {
    "penguins": BuiltIn(
        file="penguins.csv",
        description="344 penguins of three species, measured on three Antarctic islands",
        task="classification",
        target="species",
        licence="CC0 1.0",
        source="Horst, Hill & Gorman (2020), palmerpenguins, doi:10.5281/zenodo.3960218",
    ),
    "auto_mpg": BuiltIn(
        file="auto_mpg.csv",
        description="Fuel consumption of 398 cars of the model years 1970 to 1982",
        task="regression",
        target="mpg",
        licence="CC BY 4.0",
        source="Quinlan (1993), Auto MPG, doi:10.24432/C5859H",
    ),
    "digits": BuiltIn(
        file="digits.csv.gz",
        description="1,797 handwritten digits as 8 by 8 pixels from 0 to 16",
        task="classification",
        target="digit",
        licence="CC BY 4.0",
        source="Alpaydin & Kaynak (1998), Optical Recognition of Handwritten Digits,"
        " doi:10.24432/C50P49",
    ),
}


def load(name: str) -> Table:
    """Read a table that comes with glassgrad.

    >>> load("penguins")
    <Table of 344 rows from penguins.csv: species, island, bill_length_mm, bill_depth_mm,
    flipper_length_mm, body_mass_g, sex, year>

    Raises:
        DataError: there is none of this name; the message lists those that there are.
    """
    return replace(read_table(path(name)), source=path(name).name)


def path(name: str) -> Path:
    """Return where the file of a table is, for instance to look at it or to copy it."""
    if name not in TABLES:
        raise DataError(
            f"No table {name!r} comes with glassgrad.{suggestion(name, TABLES)} There are"
            f" {quoted(TABLES)}; a file of your own is read with read_table."
        )
    return Path(__file__).with_name("tables") / TABLES[name].file
