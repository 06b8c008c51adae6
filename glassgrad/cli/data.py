"""`glassgrad data`: the tables that come with glassgrad, and how a file of one's own is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import Console, verb
from .tables import (
    Reading,
    column_options,
    default_target,
    open_table,
    reading_options,
    toy_table,
)
from .text import as_csv, columns, entries

if TYPE_CHECKING:
    from ..data import Table
    from ..data.columns import Column
    from ..data.encode import Task

_KEYS = ("column", "read_as", "missing", "values")

EXAMPLES = """\b
Examples:
  glassgrad data
  glassgrad data penguins
  glassgrad data moons -n 500 --noise 0.2 --out moons.csv
  glassgrad data describe table.csv --target species
"""


class _ByName(click.Group):
    """A group in which a word that is no verb is the name of a table to show."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(
    cls=_ByName,
    epilog=EXAMPLES,
    invoke_without_command=True,
    subcommand_metavar="[NAME|describe TABLE]",
)
@click.pass_context
def data(context: click.Context) -> None:
    """List, print or describe tables.

    Lists those that come with glassgrad, prints one as CSV, or tells how a file will be read.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_all)


@data.command("list")
@verb
def list_all(console: Console) -> None:
    """List the tables and toy sets that come with glassgrad."""
    from ..data import tables, toy

    known = [
        (
            name,
            f"{table.description}. {table.task.capitalize()} of {table.target}; {table.licence}.",
        )
        for name, table in tables.TABLES.items()
    ]
    sets = [
        (name, (make.__doc__ or "").partition("\n")[0].removeprefix("Return ").capitalize())
        for name, make in toy.SETS.items()
    ]
    console.result(f"Tables:\n\n{entries(known, 12)}\n\nToy sets:\n\n{entries(sets, 12)}")
    for kind, pairs in (("table", known), ("toy set", sets)):
        for name, about in pairs:
            console.object(name=name, kind=kind, about=about)


@data.command("show", hidden=True)
@click.argument("name")
@click.option("-n", type=click.IntRange(min=1), help="Points of a toy set.")
@click.option("--noise", type=click.FloatRange(min=0.0), help="Of a toy set.")
@click.option("--seed", type=int, help="Of a toy set.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the CSV there.",
)
@verb
def show(
    console: Console,
    name: str,
    n: int | None,
    noise: float | None,
    seed: int | None,
    out: Path | None,
) -> None:
    """Print a table that comes with glassgrad as CSV."""
    from ..data import toy
    from ..files import write_atomically

    known = name.replace("-", "_")
    options = {"n": n, "noise": noise, "seed": seed}
    given = {option: value for option, value in options.items() if value is not None}
    if known in toy.SETS:
        table = toy_table(known, **given)
    elif given:
        raise ValueError(f"{name} is no toy set; -n, --noise and --seed are for those.")
    else:
        table = open_table(name, Reading())
    if console.json:
        for cells in table.rows:
            console.object(**dict(zip(table.columns, cells, strict=True)))
    elif out:
        write_atomically(out, as_csv(table.columns, table.rows).encode())
        console.note(f"{len(table):,} rows are in {out}.")
    else:
        click.echo(as_csv(table.columns, table.rows), nl=False)


@data.command("describe")
@click.argument("table")
@click.option("--target", metavar="COLUMN", help="What is to be predicted.")
@column_options
@reading_options
@verb
def describe(
    console: Console,
    table: str,
    target: str | None,
    task: Task | None,
    reading: Reading,
    **kinds: tuple[str, ...],
) -> None:
    """Show how each column of TABLE will be read.

    Fails if a column can't be taken as it is, and says why.
    """
    from ..data import DataError

    whole = open_table(table, reading)
    name = whole.columns[whole.position(target or default_target(table, whole))]
    rows = whole.drop_missing(name)
    described, notes, problems = _describe(rows, name, task, kinds)
    heads = ["column", "read as", "missing", "values"]
    shown = [[str(column[key]) for key in _KEYS] for column in described]
    console.result(f"{whole.source}, {len(whole):,} rows\n")
    lines = columns([heads, *shown], left=True).splitlines()
    console.result("\n".join(line if len(line) <= 80 else f"{line[:79]}…" for line in lines))
    for column in described:
        console.object(**column)
    for note in notes:
        console.note(note)
    if problems:
        raise DataError("\n".join(problems.values()))


def _describe(
    table: Table, target: str, task: Task | None, said: dict[str, tuple[str, ...]]
) -> tuple[list[dict[str, Any]], list[str], dict[str, str]]:
    """Return what is made of each column, the notes on them, and what is wrong, by column."""
    from ..data import DataError
    from ..data.encode import fit_columns, kinds_of
    from ..data.target import Classes, fit_target

    kinds = kinds_of(
        table,
        {
            "target": [target],
            "drop": said["drop"],
            "text": said["text"],
            "numeric": said["numeric"],
        },
    )
    found, notes, problems = fit_columns(table, kinds)
    read_as = {column.name: _kind(column) for column in found}
    try:
        goal = fit_target(table, target, task)
        classes = f"{len(goal.values)} classes" if isinstance(goal, Classes) else "number"
        read_as[target] = f"target, {classes}"
    except DataError as error:
        problems = {target: str(error), **problems}
    described = []
    for name in table.columns:
        cells = table.column(name)
        column = {
            "column": name,
            "read_as": "wrong, see below" if name in problems else read_as.get(name, "left out"),
            "missing": cells.count(""),
            "values": _values(sorted({cell for cell in cells if cell})),
        }
        described.append({**column, "problem": problems[name]} if name in problems else column)
    return described, notes, problems


def _kind(column: Column) -> str:
    from ..data.columns import Number

    return "number" if isinstance(column, Number) else f"{len(column.features)} categories"


def _values(present: list[str]) -> str:
    """Return the range of numbers, or the first few texts."""
    from ..data.columns import number
    from ..data.errors import listing

    numbers = [x for cell in present if (x := number(cell)) is not None]
    if numbers and len(numbers) == len(present):
        return f"{min(numbers):g} to {max(numbers):g}"
    return listing([repr(cell) if "," in cell else cell for cell in present], 4)
