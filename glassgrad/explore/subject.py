"""What a thing is that someone wants to explore: a network, an expression, or a function."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..data import Encoder, Table
from ..data.errors import plural
from ..model_file import TrainedModel
from ..modes import no_grad
from ..nested import leaves
from ..nn import MLP, Module
from ..training.samples import samples_of
from .configuration import START
from .dataset import Dataset, Learn, Scale, divided, few
from .inside.session import expression_session
from .messages.training import Configuration
from .session import Session
from .start import Source, Start, start_of
from .tables import table_source
from .training import Training

# The toy sets for networks that come without samples: (inputs, outputs) -> name.
_FITTING = {(2, 1): "moons", (3, 1): "lecture", (2, 3): "blobs", (2, 2): "spirals"}
_FEW = 20  # different whole numbers, at most, that are taken for classes


def session_of(
    thing: Any = None,
    X: Sequence[Any] | None = None,
    y: Sequence[Any] | None = None,
    *,
    target: str | None = None,
) -> Session:
    """Return a session that explores a thing.

    Args:
        thing: a network with samples or without, a table, a Value, a function of numbers; None: a
            small network on moons.
        X: the samples of a network; without them a toy set that fits.
        y: their classes or numbers.
        target: the column of a table that is predicted; by default the last.

    Raises:
        ValueError: it is nothing that can be explored, or does not fit the samples; says what to
            give.
    """
    if (X is None) != (y is None):
        raise ValueError("Samples need both X, their inputs, and y, a class or a number for each.")
    if target is not None and not isinstance(thing, Table):
        raise ValueError("A target is a column of a table; y is what a network learns.")
    if isinstance(thing, TrainedModel):
        thing = thing.network
    if thing is None or isinstance(thing, Module):
        own = None if X is None or y is None else samples_source(X, y)
        return Session(Training(network_start(thing, own)))
    if X is not None:
        raise ValueError(f"Samples are for a network, and {type(thing).__name__} is none.")
    if isinstance(thing, Table):
        return table_session(Path(thing.source).name, thing, target)
    return expression_session(thing)


def table_session(
    name: str, table: Table, target: str | None, learn: Learn = Encoder.fit
) -> Session:
    """Return a session that trains a small network on a table, whose columns `learn` takes.

    Raises:
        ValueError: it has no such column, or nothing to learn from; says which there are.
    """
    column = table.columns[table.position(-1 if target is None else target)]
    return Session(Training(start_of(None, (name, table_source(name, table, column, learn)))))


def network_start(network: Module | None, own: Source | None, name: str = "data") -> Start:
    """Return what explores a network on samples of its own, or on a toy set.

    Raises:
        ValueError: no toy set fits, or the network does not take these samples.
    """
    base, source = START, (name, own) if own else None
    if isinstance(network, MLP):
        inputs, outputs = network.sizes[0], network.sizes[-1]
        toy = _FITTING.get((inputs, outputs))
        if not own and toy is None:
            raise ValueError(
                f"This network takes {inputs} inputs and gives {outputs} outputs, and no toy set"
                " fits that. Give its samples too: X, a list of inputs, and y, a class or a number"
                " for each."
            )
        if toy and not own:
            base = msgspec.structs.replace(base, data=toy)
        if network.activations[-1] != "linear":
            base = msgspec.structs.replace(base, loss="squared")
    start = start_of(network, source, base)
    if network is not None:
        _check_fit(network, start.data(start.configuration))
    return start


def samples_source(X: Sequence[Any], y: Sequence[Any], name: str = "data") -> Source:
    """Return what divides these samples.

    Raises:
        ValueError: they are not rows of numbers with one class or number each; says where.
    """
    whole = few(own_dataset(X, y, name))

    def source(configuration: Configuration) -> Dataset:
        share = configuration.held_out if len(whole.inputs) >= _FEW else 0.0
        return divided(whole, share, configuration.data_seed)

    return source


def own_dataset(X: Sequence[Any], y: Sequence[Any], name: str) -> Dataset:
    """Return the user's own samples: classes where targets are a few whole numbers."""
    samples = samples_of(X, y)
    rows = [row if isinstance(row, list) else [row] for row in samples.X]
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]) or not all(isinstance(v, (int, float)) for v in row):
            raise ValueError(f"X[{i}] is {row!r:.80}; each sample is {len(rows[0])} numbers.")
    targets = [t[0] if isinstance(t, list) and len(t) == 1 else t for t in samples.y]
    for i, target in enumerate(targets):
        if not isinstance(target, (int, float)):
            raise ValueError(f"y[{i}] is {target!r:.80}; a target is a class or a number.")
    different = sorted(set(targets))
    whole = all(float(t).is_integer() for t in different)
    classes = different if whole and 2 <= len(different) <= _FEW else []
    return Dataset(
        name,
        tuple(Scale(f"x[{i}]") for i in range(len(rows[0]))),
        "y",
        tuple(f"{c:g}" for c in classes),
        tuple(tuple(map(float, row)) for row in rows),
        tuple(float(classes.index(t)) if classes else float(t) for t in targets),
    )


def _check_fit(network: Module, data: Dataset) -> None:
    """Raise ValueError where a network does not take the samples, or gives other outputs."""
    called: Any = network
    try:
        with no_grad():
            outputs = len(leaves([called(list(data.inputs[0]))]))
    except Exception as error:  # the user's own class may raise anything
        raise ValueError(
            f"The network does not take a sample of {data.name}, {list(data.inputs[0])!r:.60}:"
            f" {error}"
        ) from error
    wanted = len(data.classes) if data.task == "classes" else 1
    if outputs != wanted:
        kind = f"{len(data.classes)} classes" if data.classes else "a number"
        raise ValueError(
            f"The samples of {data.name} are of {kind}, for which a network gives"
            f" {plural(wanted, 'output')}; this one gives {outputs}."
        )
