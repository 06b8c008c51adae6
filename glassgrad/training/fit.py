"""`fit`: a whole training run, which can be stopped at any moment and taken up again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import Any

from ..locks import claimed
from ..losses import Loss
from ..nn import Module
from ..optim import Optimiser
from ..ranges import positive, within
from .checkpoint import description_of, digest_of, load_checkpoint, save_checkpoint
from .driver import Driver
from .history import Epoch, History, append_log, write_log
from .interrupt import Interrupted, Interruption, held_back
from .metrics import Metric, metric_of
from .progress import Progress, note_to, progress_of
from .recipe import Recipe
from .run import Run
from .samples import Samples, samples_of

_SAVE_EVERY = 1.0  # seconds: what a power cut can cost
_PROBES = (0, 1, 10, 100, 1000)  # steps at which two schedules are told apart


def fit(
    model: Any,
    X: Sequence[Any],
    y: Sequence[Any],
    *,
    loss: Loss,
    optimiser: Optimiser,
    epochs: int = 100,
    batch_size: int | None = 32,
    validation: tuple[Sequence[Any], Sequence[Any]] | None = None,
    patience: int | None = None,
    metric: Metric | str | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip: float | None = None,
    seed: int = 0,
    log: str | PathLike[str] | None = None,
    checkpoint: str | PathLike[str] | None = None,
    resume: bool = False,
    progress: bool | Progress = True,
    eager: bool | None = None,
) -> History:
    """Train a model on samples, in batches, and return what came of it epoch by epoch.

    The same arguments and the same initial weights give the same bits, also if the run was stopped
    in between, by Ctrl-C or by a power cut, and went on from its checkpoint.

    A run that is long enough is compiled to native code, as `gg.compile` does it. What cannot be
    compiled, such as a model that draws random numbers, runs eagerly, and a line on standard error
    says why. The two differ in the last digits; a run that goes on goes the way that it began.

    Args:
        model: called with one sample, as in the lecture.
        X: the samples.
        y: their targets, as many.
        loss: (output, target) of one sample -> its loss, such as `losses.cross_entropy`.
        optimiser: holds the parameters to train; its `lr` may be a schedule.
        epochs: how often to go through the samples.
        batch_size: how many samples make a step; None: all of them.
        validation: samples and targets kept aside, on which each epoch is scored.
        patience: after so many epochs without a lower validation loss the run stops; whether it
            comes to that or not, the weights of the best epoch are then put back.
        metric: a further score, "accuracy" or "r2".
        l1: the weight of a penalty on the sum of the parameters' absolute values.
        l2: the weight of a penalty on the sum of their squares.
        clip: the length that the gradient of all parameters together is shortened to.
        seed: of the order in which samples are taken; no other random numbers are touched.
        log: a file that gets a JSON object a line for each epoch, written anew.
        checkpoint: a file in which the run is kept, about once a second.
        resume: go on from the checkpoint if there is one. More `epochs` than before are welcome,
            and another `patience`, which may take up what a smaller one has ended; everything else
            must be the same.
        progress: a bar on a terminal, lines elsewhere, on standard error; False: nothing but the
            line that says why a run is not compiled.
        eager: True: every number of every step is a Value, as in the lecture; False: compile
            however short the run is; None: compile where that is faster.

    Raises:
        ValueError: the arguments do not fit each other, or one is out of its range; says which.
        TypeError: an argument is of the wrong kind, such as a name for the loss; says which.
        FileExistsError: there is a checkpoint, and `resume` is False.
        CheckpointError: the checkpoint is damaged, or belongs to another run; says what differs.
        InUseError: another process is training with this checkpoint.
        NotFiniteError: the loss or a weight became nan or infinite; says at which step, operation
            and line. The model is left as it was before that step.
        Interrupted: Ctrl-C was pressed; the running step, or those that native code makes in a
            blink of an eye, were finished and the checkpoint saved. A second Ctrl-C stops at once.
        OSError: a file cannot be written; the checkpoint that was there is untouched.
    """
    from ..compiler.ir.progress import quietly

    samples = samples_of(X, y)
    aside = None if validation is None else _kept_aside(validation)
    size = len(samples) if batch_size is None else positive("batch_size", batch_size)
    epochs = positive("epochs", epochs)
    _check_patience(patience, aside)
    _check_parts(model, loss, optimiser)
    l1, l2 = within("l1", l1), within("l2", l2)
    clip = None if clip is None else within("clip", clip)
    recipe = Recipe(model, loss, optimiser, l1, l2, clip)
    measured = metric_of(metric)
    telling = progress_of(progress)
    interruption = Interruption()
    driver = Driver(
        recipe,
        samples,
        aside,
        eager=eager,
        steps=epochs * -(-len(samples) // size),
        metric=measured,
        say=note_to(telling),
        interruption=interruption,
    )
    run = Run(driver, size, measured, seed)
    facts = _facts(run, seed)
    keeper = _Keeper(run, facts, checkpoint, log)
    alone = claimed(keeper.checkpoint) if keeper.checkpoint else nullcontext()
    with alone, nullcontext() if progress else quietly():
        keeper.begin(resume)
        telling.begin(epochs, epochs * run.steps_per_epoch, run.steps)
        try:
            _advance(keeper, telling, interruption, epochs, patience)
        finally:
            telling.end()
        keeper.save()
    return run.finish(patience)


def _advance(
    keeper: _Keeper,
    telling: Progress,
    interruption: Interruption,
    epochs: int,
    patience: int | None,
) -> None:
    """Go on up to the last step, or to Ctrl-C."""
    run = keeper.run
    try:
        with held_back(interruption):
            while len(run.history) < epochs and not run.is_stale(patience):
                epoch = run.advance()
                telling.step(run.steps)
                if epoch:
                    telling.epoch(epoch)
                keeper.keep(epoch)
                if interruption.asked:
                    raise keeper.stopped()
    except KeyboardInterrupt:
        if interruption.undone:
            raise keeper.stopped() from None
        raise


def _check_patience(patience: int | None, validation: Samples | None) -> None:
    if patience is None:
        return
    positive("patience", patience)
    if validation is None:
        raise ValueError(
            "patience watches the validation loss, but there are no validation samples. Pass"
            " validation=(X, y), or leave patience out."
        )


def _kept_aside(validation: Any) -> Samples:
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(
            f"validation is a pair (X, y) of samples and their targets, not {validation!r:.80}."
            " gg.data.split divides rows by chance."
        )
    X, y = validation
    return samples_of(X, y, names=("validation X", "validation y"))


def _check_parts(model: Any, loss: Any, optimiser: Any) -> None:
    if not callable(loss):
        raise TypeError(
            f"loss is a function of output and target, such as gg.losses.squared, not {loss!r:.80}."
        )
    if not isinstance(optimiser, Optimiser):
        raise TypeError(
            "optimiser is one that holds the parameters, such as"
            f" gg.optim.Adam(model.parameters(), lr=0.01), not {optimiser!r:.80}."
        )
    own = model.parameters() if isinstance(model, Module) else []
    if own and not {*own} & {*optimiser.parameters}:
        raise ValueError(
            f"The optimiser moves none of the model's {len(own)} parameters. Make it of them, such"
            " as gg.optim.Adam(model.parameters())."
        )


class _Keeper:
    """Keeps a run in files: a checkpoint now and then, and a log of its epochs."""

    def __init__(
        self,
        run: Run,
        facts: dict[str, Any],
        checkpoint: str | PathLike[str] | None,
        log: str | PathLike[str] | None,
    ) -> None:
        self.run = run
        self.facts = facts
        self.checkpoint = Path(checkpoint) if checkpoint is not None else None
        self.log = Path(log) if log is not None else None

    def begin(self, resume: bool) -> None:
        """Take the run up from its checkpoint, or write the first one, so that there is one."""
        if self.checkpoint and self.checkpoint.exists():
            if not resume:
                raise FileExistsError(
                    f"{self.checkpoint} has a run in it. Go on with it by resume=True, or take"
                    " another file; remove it if it is not wanted any more."
                )
            self.run.take_up(load_checkpoint(self.checkpoint, self.facts))
        self.save()
        if self.log:
            write_log(self.log, self.run.history)

    def save(self) -> None:
        """Write the checkpoint."""
        self.saved = time.monotonic()
        if self.checkpoint:
            save_checkpoint(self.checkpoint, self.facts, self.run.to_dict())

    def stopped(self) -> Interrupted:
        """Write the checkpoint, and return what says where the run stands."""
        self.save()
        return Interrupted(self.run.steps, self.checkpoint)

    def keep(self, epoch: Epoch | None) -> None:
        """Log an epoch that ended, and write the checkpoint if the last one is old."""
        if epoch and self.log:
            append_log(self.log, epoch)
        if time.monotonic() - self.saved >= _SAVE_EVERY:
            self.save()


def _facts(run: Run, seed: int) -> dict[str, Any]:
    """Return what makes this run and no other; all of it must be the same to go on."""
    recipe, optimiser = run.recipe, run.recipe.optimiser
    changing = {"parameters", "lr", "t", *optimiser.memory}
    settings = {name: x for name, x in vars(optimiser).items() if name not in changing}
    lr = optimiser.lr
    return {
        "samples": len(run.samples),
        "digest of the samples": digest_of([run.samples.X, run.samples.y]),
        "digest of the validation samples": digest_of([run.validation.X, run.validation.y])
        if run.validation
        else None,
        "parameters": len(optimiser.parameters),
        "model": _described(recipe.model),
        "loss": description_of(recipe.loss),
        "optimiser": f"{type(optimiser).__name__} {description_of(settings)}",
        "lr": [lr(step) for step in _PROBES] if callable(lr) else lr,
        "l1": recipe.l1,
        "l2": recipe.l2,
        "clip": recipe.clip,
        "batch_size": run.order.batch_size,
        "metric": run.metric.name if run.metric else None,
        "seed": seed,
    }


def _described(model: Any) -> str:
    """Return what a model is, without its weights, which a class of the user's own may show."""
    return description_of(model) if isinstance(model, Module) else type(model).__qualname__
