"""`glassgrad data`: the tables that come with glassgrad, and how a file of one's own is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import Console, verb
from .tables import Reading, default_target, open_table, reading_options, toy_table
from .text import as_csv, columns, entries

if TYPE_CHECKING:
    from ..data import Encoder, Table


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
@reading_options
@verb
def describe(console: Console, table: str, target: str | None, reading: Reading) -> None:
    """Show how each column of TABLE will be read."""
    from ..data import Encoder

    whole = open_table(table, reading)
    name = whole.columns[whole.position(target or default_target(table, whole))]
    rows = whole.drop_missing(name)
    encoder = Encoder.fit(rows, name)
    described = [_describe(encoder, rows, column) for column in rows.columns]
    heads = ["column", "read as", "missing", "values"]
    console.result(f"{whole.source}, {len(whole):,} rows\n")
    console.result(columns([heads, *([str(x) for x in d.values()] for d in described)], left=True))
    for column in described:
        console.object(**column)
    for note in encoder.notes:
        console.note(note)


def _describe(encoder: Encoder, table: Table, name: str) -> dict[str, Any]:
    """Return what is made of one column, in words."""
    from ..data.columns import Number

    cells = table.column(name)
    present = sorted({cell for cell in cells if cell})
    found = {column.name: column for column in encoder.columns}.get(name)
    if name == encoder.target:
        read_as = f"target, {len(encoder.classes)} classes" if encoder.classes else "target, number"
    elif found is None:
        read_as = "left out"
    else:
        read_as = "number" if isinstance(found, Number) else f"{len(found.features)} categories"
    missing = cells.count("")
    return {"column": name, "read_as": read_as, "missing": missing, "values": _values(present)}


def _values(present: list[str]) -> str:
    """Return the range of numbers, or the first few texts."""
    from ..data.columns import number
    from ..data.errors import listing

    numbers = [x for cell in present if (x := number(cell)) is not None]
    if numbers and len(numbers) == len(present):
        return f"{min(numbers):g} to {max(numbers):g}"
    return listing(present, 4)
