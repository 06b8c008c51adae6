"""What a run came to: its scores, its pictures, and what to do with it next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ..model_file import MODEL
from .console import Console, program
from .experiment import Experiment
from .folder import LOG, REPORT, write_model, write_pictures, write_report
from .plan import plan
from .scores import Scores, as_object, score
from .text import columns, entries

if TYPE_CHECKING:
    from ..training import History

PARTS = ("training", "validation", "test")


def conclude(console: Console, experiment: Experiment, folder: Path, history: History) -> None:
    """Leave the results of a run in its folder, and tell of them."""
    write_model(folder, experiment)
    scores = {
        part: score(experiment.model, experiment.table.select(rows))
        for part, rows in zip(PARTS, experiment.parts, strict=True)
        if rows
    }
    table = _beside_each_other(scores)
    ended = _how_it_ended(experiment, history)
    pictures = write_pictures(folder, experiment, history)
    write_report(folder, _report(experiment, folder, scores, f"{ended}\n\n{table}"))
    for name in ("loss.svg", "boundary.svg"):
        if name in pictures:
            console.picture(pictures[name])
    console.comment(f"\n{ended}\n")
    console.result(table)
    console.comment(f"\n{_next(experiment, folder, [*pictures])}")
    console.object(
        event="result",
        folder=str(folder),
        epochs=len(history),
        best_epoch=history.best_epoch,
        scores={part: as_object(of_part) for part, of_part in scores.items()},
    )


def _beside_each_other(scores: dict[str, Scores]) -> str:
    """Return the scores of the parts as a table."""
    heads = next(iter(scores.values())).heads
    return columns([["", *heads], *([part, *s.cells] for part, s in scores.items())])


def _how_it_ended(experiment: Experiment, history: History) -> str:
    from ..data.errors import plural

    epochs = plural(len(history), "epoch")
    if not experiment.patience:
        return f"Trained for {epochs}."
    idle = len(history) - history.best_epoch
    stopped = f", the last {idle} no better" if history.stopped_early else ""
    return f"Trained for {epochs}{stopped}. The model is that of epoch {history.best_epoch}."


def _report(experiment: Experiment, folder: Path, scores: dict[str, Scores], outcome: str) -> str:
    """Return all of it as text, with the details of the last part, which is the least known."""
    part = [*scores][-1]
    details = scores[part].details()
    parts = [plan(experiment, folder), outcome]
    return "\n\n".join([*parts, f"The {part} rows:\n\n{details}"] if details else parts)


def _next(experiment: Experiment, folder: Path, pictures: list[str]) -> str:
    """Return where things are, and which commands there are for them."""
    table = shlex.quote(experiment.settings.table)
    place = shlex.quote(str(folder))
    return "\n".join(
        [
            entries([(f"In {folder}:", ", ".join([MODEL, *pictures, LOG, REPORT]))], indent=10),
            "Next:",
            f"  {program()} evaluate {place} {table}",
            f"  {program()} predict {place} {table}",
            f"  {program()} draw {place} --sample 0",
            f"  {program()} explore {place}",
        ]
    )
