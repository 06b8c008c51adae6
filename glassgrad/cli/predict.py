"""`glassgrad predict`: what a trained model says of the rows of a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .console import Console, verb
from .tables import Reading, reading_options
from .text import as_csv

if TYPE_CHECKING:
    from ..data import Table
    from ..model_file import TrainedModel


EXAMPLES = """\b
Examples:
  glassgrad predict runs/penguins penguins
  glassgrad predict runs/penguins new.csv --proba --out predicted.csv
"""


@click.command(epilog=EXAMPLES)
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("table")
@click.option("--proba", is_flag=True, help="Give the probability of each class too.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the CSV there.",
)
@reading_options
@verb
def predict(
    console: Console, model: Path, table: str, reading: Reading, proba: bool, out: Path | None
) -> None:
    """Predict the target of new rows with a model.

    MODEL is a model file or the folder of a run. The table is read as that of the run was, but for
    the options given here.

    Prints the table as CSV with one more column, or with --json an object for each row. The target
    may be in the table or not; it is not looked at.
    """
    from ..files import write_atomically
    from ..model_file import load_model
    from .folder import model_path, table_for

    trained = load_model(model_path(model))
    rows = table_for(model, table, reading)
    for strange in trained.encoder.unseen(rows):
        console.note(strange)
    new = _new_columns(trained, rows, proba=proba)
    taken = [name for name in new if name in rows.columns]
    if taken:
        raise ValueError(f"{rows.source} has a column {taken[0]!r} already; rename it there.")
    if console.json:
        for values in zip(*new.values(), strict=True):
            console.object(**dict(zip(new, values, strict=True)))
        return
    added = zip(*new.values(), strict=True)
    wider = ([*cells, *more] for cells, more in zip(rows.rows, added, strict=True))
    text = as_csv([*rows.columns, *new], wider)
    if out:
        write_atomically(out, text.encode())
        console.note(f"{len(rows):,} rows are in {out}.")
    else:
        click.echo(text, nl=False)


def _new_columns(
    model: TrainedModel, rows: Table, *, proba: bool
) -> dict[str, list[str] | list[float]]:
    """Return what is predicted, column by column."""
    new: dict[str, list[str] | list[float]] = {
        f"predicted_{model.encoder.target}": model.predict(rows)
    }
    if proba:
        shares = model.probabilities(rows)
        for name in model.encoder.classes:
            new[f"p_{name}"] = [of_row[name] for of_row in shares]
    return new
