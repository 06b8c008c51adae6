"""`glassgrad train`: from a table to a trained network, and a folder to look at."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import Console, given, program, told, verb
from .settings import Settings, load_settings, save_settings
from .tables import column_options, reading_options

if TYPE_CHECKING:
    from ..training import Epoch, History
    from .experiment import Experiment

MAY_CHANGE = (
    "table",
    "epochs",
    "patience",
    "resume",
    "eager",
    "progress",
    "quiet",
    "verbose",
    "as_json",
)


def _sizes(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    """Read '16,16' as the sizes of hidden layers, and '' or '0' as none."""
    try:
        sizes = tuple(int(part) for part in text.split(",")) if text.strip(" 0") else ()
    except ValueError:
        sizes = (-1,)
    if min(sizes, default=1) < 1:
        raise click.BadParameter(f"{text!r} are not sizes of layers, such as 16 or 16,16.")
    return sizes


def _shares(
    _context: click.Context, _parameter: click.Parameter, text: str
) -> tuple[float, float, float]:
    """Read '70,15,15' as shares that sum to 1."""
    try:
        train, validation, test = (float(part) for part in text.split(","))
    except ValueError:
        train = validation = test = -1.0
    total = train + validation + test
    if not (train > 0.0 and validation >= 0.0 and test >= 0.0 and total < float("inf")):
        raise click.BadParameter(
            f"{text!r} are not three shares, to train on, to validate and to test, such as"
            " 70,15,15 or 80,20,0."
        )
    return train / total, validation / total, test / total


EXAMPLES = """\b
Examples:
  glassgrad train penguins
  glassgrad train table.csv --target species --hidden 16,16 --epochs 50
  glassgrad train --resume runs/penguins --epochs 200
"""


@click.command(epilog=EXAMPLES)
@click.argument("table", required=False)
@click.option("--target", metavar="COLUMN", help="What to predict; by default the last column.")
@click.option(
    "--hidden",
    metavar="SIZES",
    default="8",
    callback=_sizes,
    help="Neurons in each hidden layer, such as 16,16; 0: none.",
)
@click.option(
    "--activation",
    metavar="NAME",
    default="tanh",
    help="Of the hidden layers: tanh, sigmoid, relu, leaky_relu, elu, gelu, silu, softplus, linear,"
    " or another function of one input.",
)
@click.option(
    "--loss",
    default="auto",
    type=click.Choice(["auto", "cross_entropy", "hinge", "squared", "absolute", "huber"]),
    help="auto: cross_entropy for classes, squared for numbers.",
)
@click.option("--optimiser", default="adam", type=click.Choice(["sgd", "adam", "adamw", "rmsprop"]))
@click.option("--lr", type=click.FloatRange(min=0.0), help="Learning rate; 0.01, for sgd 0.1.")
@click.option(
    "--l2",
    type=click.FloatRange(min=0.0),
    default=0.0,
    help="Weight of a penalty on squared weights.",
)
@click.option("--epochs", type=click.IntRange(min=1), default=100, help="At most.")
@click.option("--batch-size", type=click.IntRange(min=1), default=16, help="Rows in a step.")
@click.option(
    "--patience",
    type=click.IntRange(min=1),
    default=20,
    help="Stop after so many epochs without a better one.",
)
@click.option(
    "--split",
    metavar="SHARES",
    default="70,15,15",
    callback=_shares,
    help="Of the rows to train on, to validate and to test.",
)
@click.option("--seed", type=int, default=0, help="Of all that is left to chance.")
@column_options
@reading_options
@click.option(
    "--out",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Of the run; by default runs/NAME.",
)
@click.option(
    "--resume",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Go on with a run that was stopped.",
)
@click.option(
    "--eager/--compiled",
    default=None,
    help="Make each step in Python, every number of it a Value, or by native code, which differs in"
    " the last digits; by default whichever is faster.",
)
@click.option("--progress/--no-progress", default=True, help="Tell how far it is.")
@verb
def train(
    console: Console,
    table: str | None,
    resume: Path | None,
    out: Path | None,
    progress: bool,
    eager: bool | None,
    **options: Any,
) -> None:
    """Train a network to predict a column of a table.

    It learns to tell the target column of TABLE from the others.

    TABLE is a file (CSV or TSV, gzipped or not) or the name of a table that comes with glassgrad;
    `glassgrad data` lists them. The run gets a folder of its own; an older one is never
    overwritten.
    """
    from ..locks import claimed
    from .experiment import RATES, prepare
    from .folder import CHECKPOINT, claim_folder, name_of_run
    from .results import conclude

    if resume:
        settings = _settings_to_resume(resume, table)
        _tell_if_done(console, resume, settings)
        experiment, folder = prepare(settings), resume
    elif table:
        options["lr"] = RATES[options["optimiser"]] if options["lr"] is None else options["lr"]
        experiment = prepare(Settings(table=table, **options))
        wanted = out or Path("runs") / name_of_run(table)
        folder = claim_folder(wanted)
        if folder != wanted:
            console.note(f"{wanted} is in use and stays as it is; this run goes to {folder}.")
    else:
        raise click.UsageError("Name a TABLE to train on, or a run to --resume.")
    with claimed(folder / CHECKPOINT):  # of another that is at it, nothing is changed
        save_settings(folder, experiment.settings)
    _tell_plan(console, experiment, folder)
    with _saying_how_to_go_on(folder, experiment.settings.lr):
        history = _fit(console, experiment, folder, progress=progress, eager=eager)
        conclude(console, experiment, folder, history)


def _settings_to_resume(folder: Path, table: str | None) -> Settings:
    """Return the settings of a run that is to go on, with what was asked for anew.

    Raises:
        UsageError: something was asked for that would make it another run.
    """
    settings = load_settings(folder)
    refused = [name for name in given() if name not in MAY_CHANGE]
    if refused:
        option = "--" + refused[0].replace("_", "-")
        raise click.UsageError(
            f"A run goes on with what it began with, so {option} can't be given with --resume;"
            " --epochs and --patience can. Without --resume a new run begins."
        )
    params = click.get_current_context().params
    changes = {name: params[name] for name in ("epochs", "patience") if name in given()}
    return replace(settings, table=table or settings.table, **changes)


def _tell_if_done(console: Console, folder: Path, settings: Settings) -> None:
    """Say so where a run that is to go on has ended, or has as many epochs as are asked for.

    Raises:
        UsageError: it has more.
    """
    from ..training.checkpoint import read_checkpoint
    from .folder import CHECKPOINT

    if not (folder / CHECKPOINT).exists():
        return
    state = read_checkpoint(folder / CHECKPOINT)["state"]
    done, best = len(state["epochs"]), state["best_epoch"]
    if best and done - best >= settings.patience:
        console.note(
            f"the run has ended: of its {done} epochs the last {done - best} were no better than"
            f" epoch {best}, and its patience is {settings.patience}. Only its results are written"
            " anew. Go on with a larger --patience."
        )
        return
    if "epochs" not in given():
        return
    if settings.epochs < done:
        raise click.UsageError(
            f"The run in {folder} has {done} epochs already, so there is nothing to do up to epoch"
            f" {settings.epochs}. Ask for more than {done}."
        )
    if settings.epochs == done:
        console.note(f"the run has {done} epochs already; only its results are written anew.")


def _tell_plan(console: Console, experiment: Experiment, folder: Path) -> None:
    from .plan import as_object, plan

    for note in experiment.model.encoder.notes:
        console.note(note)
    console.comment(f"{plan(experiment, folder)}\n")
    console.object(event="plan", folder=str(folder), **as_object(experiment))


class _Quiet:
    """Tells nothing."""

    def begin(self, epochs: int, steps: int, done: int) -> None:
        """Tell nothing."""

    def step(self, done: int) -> None:
        """Tell nothing."""

    def epoch(self, epoch: Epoch) -> None:
        """Tell nothing."""

    def note(self, text: str) -> None:
        """Tell nothing."""

    def end(self) -> None:
        """Tell nothing."""


class _Objects(_Quiet):
    """Tells each epoch as a JSON object on standard output."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def epoch(self, epoch: Epoch) -> None:
        """Tell the epoch."""
        self.console.object(event="epoch", **epoch.to_dict())

    def note(self, text: str) -> None:
        """Tell it on standard error."""
        self.console.note(text)


def _fit(
    console: Console, experiment: Experiment, folder: Path, *, progress: bool, eager: bool | None
) -> History:
    """Train, from the run's checkpoint on where there is one."""
    from ..compiler.ir.progress import quietly
    from ..training import fit
    from .folder import CHECKPOINT, LOG

    settings = experiment.settings
    telling = _Objects(console) if console.json else _Quiet() if console.quiet else progress
    with quietly() if console.quiet else nullcontext():
        return fit(
            experiment.model.network,
            *experiment.rows(0),
            loss=experiment.loss_function(),
            optimiser=experiment.optimiser(),
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            validation=experiment.rows(1) if experiment.parts[1] else None,
            patience=experiment.patience,
            metric=experiment.metric,
            l2=settings.l2,
            seed=settings.seed,
            log=folder / LOG,
            checkpoint=folder / CHECKPOINT,
            resume=True,
            progress=telling,
            eager=eager,
        )


@contextmanager
def _saying_how_to_go_on(folder: Path, lr: float) -> Iterator[None]:
    """Where a run stops before its end, say what is kept of it and what to do."""
    from ..training import Interrupted, NotFiniteError
    from .folder import CHECKPOINT

    command = f"\n  {program()} train --resume {shlex.quote(str(folder))}"
    try:
        yield
    except Interrupted as stop:
        raise KeyboardInterrupt(
            f"Stopped after step {stop.steps}; all of it is kept in {folder}. Go on with:{command}"
        ) from stop
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(
            f"Stopped at once; the last checkpoint is kept. Go on with:{command}"
        ) from stop
    except NotFiniteError as error:
        raise NotFiniteError(
            f"{error}\nThe last good checkpoint is {folder / CHECKPOINT}. Begin again with a"
            f" smaller --lr (it was {lr:g}), or another --activation or --loss."
        ) from error
    except OSError as error:
        raise OSError(
            error.errno, f"{told(error)}\nOnce that is mended, go on with:{command}"
        ) from error
