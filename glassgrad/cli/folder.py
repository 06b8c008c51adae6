"""The folder of a run: what it is called, and what is left in it to look at."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..files import write_atomically
from ..model_file import MODEL
from .console import given
from .experiment import Experiment
from .settings import FILE, Settings, load_settings
from .tables import Reading, comes_along, open_table

if TYPE_CHECKING:
    from ..data import Table
    from ..data.columns import Number
    from ..draw import Picture
    from ..training import History

CHECKPOINT = "checkpoint.json"
LOG = "log.jsonl"
REPORT = "report.txt"


def claim_folder(wanted: Path) -> Path:
    """Make a new folder: the wanted one, or, where that is in use, the next free NAME-2, NAME-3.

    Raises:
        OSError: it cannot be made.
    """
    number = 1
    while True:
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if folder.is_dir() and not any(folder.iterdir()):
                return folder
            number += 1
        else:
            return folder


def name_of_run(table: str) -> str:
    """Return what a run on a table is called: the file's name without its endings."""
    return Path(table).name.split(".")[0] or "run"


def model_path(place: Path) -> Path:
    """Return the model file that is meant by a file, or by the folder of a run.

    Raises:
        ValueError: the run in the folder has left no model.
    """
    path = place / MODEL if place.is_dir() else place
    if place.is_dir() and not path.exists():
        begun = (place / CHECKPOINT).exists()
        why = f"its run did not end; train --resume {place} goes on" if begun else "it is no run"
        raise ValueError(f"There is no {MODEL} in {place}: {why}.")
    return path


def run_of(place: Path) -> Settings | None:
    """Return the settings of the run that left a model; None for a model file by itself.

    Args:
        place: the model file, or the folder of its run.
    """
    path = model_path(place)
    is_of_run = path.name == MODEL and (path.parent / FILE).exists()
    return load_settings(path.parent) if is_of_run else None


def table_for(place: Path, name: str, said: Reading) -> Table:
    """Open a table for a model: read as that of its run was, but for what the user says.

    Args:
        place: the model file, or the folder of its run.
        name: of the table.
        said: what the options of the verb come to.
    """
    run = run_of(place)
    if run is None or comes_along(name):
        return open_table(name, said)
    options = given()
    changed = {option: value for option, value in asdict(said).items() if option in options}
    return open_table(name, replace(run.reading, **changed))


def write_model(folder: Path, experiment: Experiment) -> None:
    """Write the model file."""
    from ..model_file import save_model

    save_model(folder / MODEL, experiment.model)


def write_pictures(folder: Path, experiment: Experiment, history: History) -> dict[str, Picture]:
    """Draw the run; return the pictures by the names of their files."""
    from .. import draw
    from ..data.columns import Number

    encoder = experiment.model.encoder
    # The last batch's gradients are not those of the weights that are drawn.
    experiment.model.network.zero_grad()
    curves = [history["loss"]]
    if experiment.parts[1]:
        curves.append(history["validation_loss"])
    pictures = {"loss.svg": draw.loss_curve(*curves), "network.svg": experiment.model.picture()}
    plane = [column for column in encoder.columns if isinstance(column, Number)]
    if encoder.classes and len(plane) == len(encoder.columns) == 2:
        pictures["boundary.svg"] = draw_boundary(experiment, plane)
    for name, picture in pictures.items():
        picture.save(folder / name)
    return pictures


def draw_boundary(experiment: Experiment, columns: list[Number]) -> Picture:
    """Draw what the model decides over the plane of its two inputs, with the training rows."""
    from .. import draw

    model = experiment.model
    table = experiment.table.select(experiment.parts[0])
    points = [
        [column.mean + column.scale * x for column, x in zip(columns, row, strict=True)]
        for row in model.encoder.inputs(table)
    ]
    names = model.encoder.features
    return draw.decision_boundary(
        lambda points: model.outputs([dict(zip(names, point, strict=True)) for point in points]),
        points,
        model.encoder.targets(table),
        features=names,
        classes=model.encoder.classes,
    )


def write_report(folder: Path, text: str) -> None:
    """Write the report."""
    write_atomically(folder / REPORT, f"{text}\n".encode())
