"""`glassgrad explore`: the page in the browser."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import Console, verb
from .script import missing, run_script
from .tables import column_options, reading_options

if TYPE_CHECKING:
    from ..explore.session import Session
    from .tables import Reading

EXAMPLES = """\b
Examples:
  glassgrad explore
  glassgrad explore penguins
  glassgrad explore table.csv --target species
  glassgrad explore runs/penguins
  glassgrad explore notes.py:model
"""
_DATA = (("X", "y"), ("xs", "ys"), ("inputs", "targets"))  # what a file calls its samples


@click.command(epilog=EXAMPLES)
@click.argument("thing", required=False)
@click.option("--target", metavar="COLUMN", help="What to predict; by default the last column.")
@click.option("--data", metavar="TABLE", help="The samples for a model file.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any that is free.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@column_options
@reading_options
@verb
def explore(
    console: Console,
    thing: str | None,
    target: str | None,
    data: str | None,
    port: int,
    no_browser: bool,
    reading: Reading,
    **columns: Any,
) -> None:
    """Open a network in the browser and see every number move.

    THING is a table (a file, or a name that `glassgrad data` lists), a model file or the folder of
    a run, or FILE.py:NAME: a network, a Value or a function of numbers that the file makes. The
    samples of a network are the X and y (or xs and ys) of the file. The file is run line by line,
    nothing of it compiled, so that each Value knows its line. Without THING: a small network on two
    moons.

    The page is served on this machine alone, until Ctrl-C.
    """
    try:
        from ..explore.serve import serve
    except ImportError as error:
        raise ImportError(
            "The explorer needs packages that come with the extra:"
            f' pip install "glassgrad[explore]". ({error})'
        ) from error

    session = _session(thing, target, data, reading, columns)

    def up(address: str) -> None:
        console.result(address)
        console.object(event="up", address=address)
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(session, port, up)


def _session(
    thing: str | None,
    target: str | None,
    data: str | None,
    reading: Reading,
    columns: dict[str, Any],
) -> Session:
    from ..explore.subject import session_of

    path = Path(thing or "")
    if thing is None:
        return session_of()
    if ".py" in (path.suffix, path.name.partition(":")[0][-3:]):
        return _of_script(thing)
    if path.suffix == ".safetensors" or path.is_dir():
        return _of_model(path, data, reading)
    return _of_table(thing, target, reading, columns)


def _of_table(name: str, target: str | None, reading: Reading, columns: dict[str, Any]) -> Session:
    from ..data import Encoder
    from ..explore.dataset import TOYS
    from ..explore.session import Session
    from ..explore.start import start_of
    from ..explore.subject import table_session
    from ..explore.training import Training
    from .tables import default_target, open_table

    known = name.replace("-", "_")
    if known in TOYS and target is None and not any(columns.values()):
        from msgspec.structs import replace

        from ..explore.configuration import START

        return Session(Training(start_of(None, None, replace(START, data=known))))
    table = open_table(name, reading)
    learn = partial(Encoder.fit, **columns)
    return table_session(Path(name).name, table, target or default_target(name, table), learn)


def _of_model(path: Path, data: str | None, reading: Reading) -> Session:
    from msgspec.structs import replace

    from ..explore.configuration import START
    from ..explore.session import Session
    from ..explore.start import start_of
    from ..explore.tables import encoded_source
    from ..explore.training import Training
    from ..model_file import load_model
    from .folder import model_path, run_of, table_for
    from .tables import comes_along

    model, run = load_model(model_path(path)), run_of(path)
    name = data or (run.table if run else str(model.facts.get("table", "")))
    if not name or not (comes_along(name) or Path(name).exists()):
        raise ValueError(
            f"{path} was trained on {name or 'a table'}, which is not here. Say where the table is:"
            " --data TABLE."
        )
    short = Path(name).name
    source = encoded_source(short, table_for(path, name, reading), model.encoder)
    base = replace(START, loss=str(model.facts.get("loss", START.loss)), rate=0.01)
    return Session(Training(start_of(model.network, (short, source), base)))


def _of_script(thing: str) -> Session:
    from ..explore.subject import session_of
    from ..modes import detect_anomaly
    from ..nn import Module

    file, _, name = thing.partition(".py")
    path, name = Path(f"{file}.py"), name.lstrip(":")
    with detect_anomaly(stop=False):  # a Value keeps the line that made it
        made = run_script(path)
    if name not in made:
        raise missing(path, name, made, _can_be_explored)
    if not isinstance(made[name], Module):
        return session_of(made[name])
    X, y = next(((made[a], made[b]) for a, b in _DATA if a in made and b in made), (None, None))
    return session_of(made[name], X, y)


def _can_be_explored(thing: Any) -> bool:
    from ..nn import Module
    from ..value import Value

    return isinstance(thing, (Module, Value)) or inspect.isfunction(thing)
