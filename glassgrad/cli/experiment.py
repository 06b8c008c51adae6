"""From the settings of a run to all that it is made of: table, parts, network, optimiser."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .settings import Settings
from .tables import default_target, digest_of_table, open_table

if TYPE_CHECKING:
    from ..data import Encoder, Table
    from ..model_file import TrainedModel
    from ..optim import Optimiser

FEW_ROWS = 20  # below this there is nothing to keep aside
LOSSES = {
    "classification": ("cross_entropy", "hinge"),
    "regression": ("squared", "absolute", "huber"),
}
OPTIMISERS = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
RATES = {"sgd": 0.1, "adam": 0.01, "adamw": 0.01, "rmsprop": 0.01}
_RELUS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")


@dataclass(frozen=True)
class Experiment:
    """A run that is ready to begin.

    Args:
        table: the rows whose target is known.
        without_target: how many rows were left out because it is not.
        parts: the rows to train on, to validate on and to test on.
        model: the network, with the encoder and what is known of the run.
        loss: the name of the loss.
    """

    settings: Settings
    table: Table
    without_target: int
    parts: tuple[list[int], list[int], list[int]]
    model: TrainedModel
    loss: str

    def rows(self, part: int) -> tuple[list[list[float]], list[Any]]:
        """Return the inputs and the targets of a part, as the loss takes them."""
        table = self.table.select(self.parts[part])
        encoder = self.model.encoder
        targets = encoder.targets(table)
        if self.loss == "hinge":
            targets = [2 * target - 1 for target in targets]
        return encoder.inputs(table), targets

    def loss_function(self) -> Callable[[Any, Any], Any]:
        """Return the loss."""
        from .. import losses

        if self.loss == "cross_entropy" and len(self.model.encoder.classes) == 2:
            return losses.binary_cross_entropy
        function: Callable[[Any, Any], Any] = getattr(losses, self.loss)
        return function

    def optimiser(self) -> Optimiser:
        """Return a new optimiser of the network's parameters."""
        from .. import optim

        kind = getattr(optim, OPTIMISERS[self.settings.optimiser])
        made: Optimiser = kind(self.model.network.parameters(), lr=self.settings.lr)
        return made

    @property
    def metric(self) -> str:
        """The name of the score beside the loss."""
        return "accuracy" if self.model.encoder.classes else "r2"

    @property
    def patience(self) -> int | None:
        """How long to wait for a better epoch; None where nothing is kept aside to judge by."""
        return self.settings.patience if self.parts[1] else None


def prepare(settings: Settings) -> Experiment:
    """Read the table and make all that the run needs; nothing is written.

    Raises:
        DataError: the table, a column or the split is not as it must be.
        ValueError: a name among the settings is unknown, or does not fit the task.
    """
    from ..data import Encoder
    from ..model_file import TrainedModel

    whole = open_table(settings.table, settings.reading)
    digest = digest_of_table(whole)
    if settings.digest not in ("", digest):
        raise ValueError(
            f"{whole.source} is not what it was when the run began: cells differ. A run goes on"
            " with the same table; begin a new one with this."
        )
    settings = replace(settings, digest=digest)
    target = settings.target or default_target(settings.table, whole)
    table = whole.drop_missing(target)
    task, parts = _divide(table, target, settings)
    encoder = Encoder.fit(
        table,
        target,
        rows=parts[0],
        task=task,
        text=settings.text,
        numeric=settings.numeric,
        drop=settings.drop,
    )
    encoder.check(table)
    loss = _loss_of(settings, encoder)
    facts = _facts(settings, table.select(parts[0]), encoder, loss)
    model = TrainedModel(_network(settings, encoder), encoder, facts)
    return Experiment(settings, table, len(whole) - len(table), parts, model, loss)


def _divide(table: Table, target: str, settings: Settings) -> tuple[Any, Any]:
    """Return the task, and the rows of each part, with all classes in the same shares."""
    from ..data import split
    from ..data.target import Classes, fit_target

    goal = fit_target(table, table.columns[table.position(target)], settings.task)
    is_class = isinstance(goal, Classes)
    task = "classification" if is_class else "regression"
    if len(table) < FEW_ROWS:
        return task, (list(range(len(table))), [], [])
    labels = goal.encode(table) if is_class else None
    return task, split(len(table), settings.split, settings.seed, stratify=labels)


def _loss_of(settings: Settings, encoder: Encoder) -> str:
    from ..data.errors import quoted

    fitting = LOSSES[encoder.task]
    if settings.loss == "auto":
        return fitting[0]
    if settings.loss not in fitting:
        raise ValueError(
            f"The loss {settings.loss!r} does not fit {encoder.task} of {encoder.target!r}; take"
            f" one of {quoted(fitting)}."
        )
    if settings.loss == "hinge" and len(encoder.classes) != 2:
        raise ValueError(
            f"The loss 'hinge' tells two classes apart, but {encoder.target!r} has"
            f" {len(encoder.classes)}; take 'cross_entropy'."
        )
    return settings.loss


def _network(settings: Settings, encoder: Encoder) -> Any:
    from ..nn import MLP

    nouts = [*settings.hidden, len(encoder.classes) if len(encoder.classes) > 2 else 1]
    activations = [settings.activation] * len(settings.hidden) + ["linear"]
    init = "he" if settings.activation in _RELUS else "glorot"
    rng = random.Random(settings.seed)
    return MLP(len(encoder.features), nouts, activation=activations, init=init, rng=rng)


def _facts(settings: Settings, training: Table, encoder: Encoder, loss: str) -> dict[str, Any]:
    """Return what the model file tells of the training: nothing that differs from run to run."""
    counts = Counter(encoder.targets(training)) if encoder.classes else Counter[Any]()
    return {
        "table": Path(settings.table).name,
        "digest": settings.digest,
        "training_rows": len(training),
        "rows_of_class": [counts[i] for i in range(len(encoder.classes))],
        "loss": loss,
        "seed": settings.seed,
    }
