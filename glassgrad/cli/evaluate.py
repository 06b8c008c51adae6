"""`glassgrad evaluate`: how well a trained model does on a table."""

from __future__ import annotations

from pathlib import Path

import click

from .console import Console, verb
from .tables import Reading, digest_of_table, reading_options
from .text import columns

EXAMPLES = """\b
Examples:
  glassgrad evaluate runs/penguins new.csv
"""


@click.command(epilog=EXAMPLES)
@click.argument("model", type=click.Path(exists=True, path_type=Path))
@click.argument("table")
@reading_options
@verb
def evaluate(console: Console, model: Path, table: str, reading: Reading) -> None:
    """Compare what a model predicts with what is true.

    MODEL is a model file or the folder of a run. The table is read as that of the run was,
    but for the options given here. Shows the scores beside those of the plainest
    guess; for classes also precision and recall of each, and which is taken for which.
    """
    from ..model_file import load_model
    from .folder import model_path, table_for
    from .scores import as_object, score

    trained = load_model(model_path(model))
    whole = table_for(model, table, reading)
    rows = whole.drop_missing(trained.encoder.target)
    for strange in trained.encoder.unseen(rows):
        console.note(strange)
    scores = score(trained, rows)
    console.result(columns([["", *scores.heads], [rows.source, *scores.cells]]))
    if scores.details():
        console.comment(f"\n{scores.details()}")
    console.object(**as_object(scores))
    if trained.facts.get("digest") == digest_of_table(whole):
        console.note(
            f"the model was trained on {trained.facts['training_rows']:,} of these rows. The run's"
            " report has the scores of those that were kept aside."
        )
