"""`glassgrad draw`: a picture of a network, or of an expression and its gradients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import Console, verb
from .script import missing, run_script
from .tables import Reading

if TYPE_CHECKING:
    from ..draw import Picture


EXAMPLES = """\b
Examples:
  glassgrad draw runs/penguins --sample 0 -o network.svg
  glassgrad draw "tanh(a*b + c)" a=2 b=-3 c=5.5
  glassgrad draw lesson.py:loss -o loss.png
"""


@click.command(epilog=EXAMPLES)
@click.argument("what", metavar="MODEL|EXPRESSION")
@click.argument("numbers", metavar="[NAME=NUMBER]...", nargs=-1)
@click.option(
    "--sample",
    metavar="ROW",
    type=click.IntRange(min=0),
    help="Run the model on this row, counted from 0.",
)
@click.option("--table", help="Where the row is from; by default what the model was trained on.")
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Save the picture: .svg, .png or .txt.",
)
@verb
def draw(
    console: Console,
    what: str,
    numbers: Sequence[str],
    sample: int | None,
    table: str | None,
    out: Path | None,
) -> None:
    """Draw a network, or an expression and its gradients.

    The picture appears in the terminal unless it is saved.

    A network is a model file, the folder of a run, or FILE.py:NAME; running the file must make an
    object of that name. An expression is a FILE.py:NAME too, or Python with a number for each name.
    """
    file, _, name = what.rpartition(":")
    if (sample is not None or table) and not Path(what).exists():
        raise click.UsageError("--sample and --table go with a model.")
    if numbers and (Path(what).exists() or file.endswith(".py")):
        raise click.UsageError(f"Numbers such as {numbers[0]} go with an expression.")
    if file.endswith(".py") or what.endswith(".py"):
        picture = _of_object(_from_file(Path(file or what), name if file else ""))
    elif Path(what).exists():
        picture = _of_model(Path(what), sample, table)
    elif not numbers and _is_path(what):
        raise ValueError(_no_such_file(Path(what)))
    else:
        from .expression import value_of

        picture = _of_object(value_of(what, numbers))
    if out:
        picture.save(out)
        console.note(f"the picture is in {out}.")
    else:
        picture.show()


def _of_model(path: Path, sample: int | None, table: str | None) -> Picture:
    from ..model_file import load_model
    from .folder import model_path, run_of, table_for

    model = load_model(model_path(path))
    if sample is None:
        return model.picture()
    if table is None and (run := run_of(path)):
        table = run.table
    if table is None:
        raise ValueError(f"{path} lies in no folder of a run, so name the --table of the row.")
    rows = table_for(path, table, Reading())
    if sample >= len(rows):
        raise ValueError(
            f"{rows.source} has {len(rows):,} rows, counted from 0; there is no {sample}."
        )
    return model.picture(model.encoder.inputs(rows.select([sample]))[0])


def _of_object(thing: Any) -> Picture:
    from .. import draw

    if any(hasattr(thing, part) for part in ("layers", "neurons", "w")):
        return draw.network(thing)
    try:
        return draw.graph(thing)
    except TypeError as error:  # it teaches what can be drawn
        raise ValueError(str(error)) from error


def _from_file(path: Path, name: str) -> Any:
    """Run a Python file and return the object of this name."""
    from ..nn import Module
    from ..value import Value

    made = run_script(path)
    if name not in made:
        raise missing(path, name, made, lambda thing: isinstance(thing, (Module, Value)))
    return made[name]


def _is_path(text: str) -> bool:
    """Whether a text that is no file looks like the name of one, or of a run."""
    return re.fullmatch(r"[\w.~ -]*(/[\w.~ -]*)+|[\w -]+(\.[A-Za-z]\w*)+", text) is not None


def _no_such_file(path: Path) -> str:
    """Say that there is no such file or run, and which are near."""
    from ..data.errors import listing
    from ..spelling import suggestion

    folder = path.parent
    if not folder.is_dir():
        near = f" There is no folder {folder} either."
    else:
        found = sorted(place.name for place in folder.iterdir() if not place.name.startswith("."))
        place = folder.resolve().name
        near = f"{suggestion(path.name, found)} In {place} there are {listing(found, 8)}."
    return (
        f"There is no file {str(path)!r}, and no run of this name.{near} An expression needs a"
        " number for each of its names, such as a=1."
    )
