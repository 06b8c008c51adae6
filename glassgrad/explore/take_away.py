"""What one can take along: the picture, the code, the weights and the log of what is on screen."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from .. import draw
from ..data import Encoder
from ..data.columns import Number
from ..data.target import Classes, Quantity
from ..model_file import MODEL, TrainedModel, save_model
from ..nn import MLP
from .curves import COLUMNS
from .messages.take_away import TakeAway, Taken
from .rebuilding import code_of
from .training import Training


def taken(training: Training, request: TakeAway) -> tuple[Taken, list[bytes]]:
    """Answer by a file.

    Raises:
        ValueError: there is no such file of what is explored; the message says why.
    """
    name, media, make = _FILES[request.what]
    return Taken(request.id, name, media), [make(training)]


def network_of(training: Training) -> MLP:
    """Return a copy of the network as it stands.

    Raises:
        ValueError: it is of the user's own class.
    """
    training.engine.reflect()
    network = training.engine.mirror
    if not isinstance(network, MLP):
        raise ValueError(
            f"{type(network).__name__} is a class of your own: your program has its code, and keeps"
            " its weights by its parameters() and their .data."
        )
    return network


def _svg(training: Training) -> bytes:
    return _picture(training).svg().encode()


def _png(training: Training) -> bytes:
    try:
        return _picture(training).png()
    except ImportError as error:
        raise ValueError(str(error)) from error


def _picture(training: Training) -> draw.Picture:
    x = training.data.inputs[training.view.sample]
    return draw.network(network_of(training), x=list(x))


def _code(training: Training) -> bytes:
    return code_of(network_of(training), training).encode()


def _weights(training: Training) -> bytes:
    data, configuration = training.data, training.configuration
    columns = tuple(Number(f.name, f.mean, f.scale) for f in data.features)
    goal = Classes(data.target, data.classes) if data.classes else Quantity(data.target, 0.0, 1.0)
    facts = {"loss": configuration.loss, "steps": training.timeline.step, "data": data.name}
    model = TrainedModel(network_of(training), Encoder(columns, goal), facts)
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder) / MODEL, model)
        return (Path(folder) / MODEL).read_bytes()


def _log(training: Training) -> bytes:
    """Return the curve of the branch at hand as a table; a score that is unknown is nan."""
    columns = training.timeline.branch.curves.columns
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["step", *COLUMNS[1:]])
    for step, *scores in zip(*(columns[name] for name in COLUMNS), strict=True):
        table.writerow([int(step), *scores])
    return text.getvalue().encode()


_FILES = {
    "svg": ("network.svg", "image/svg+xml", _svg),
    "png": ("network.png", "image/png", _png),
    "code": ("network.py", "text/x-python", _code),
    "weights": (MODEL, "application/octet-stream", _weights),
    "log": ("log.csv", "text/csv", _log),
}
