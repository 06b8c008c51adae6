"""What can be chosen, what goes together, and the network and the recipe that come of it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from .. import losses, optim
from ..nn import MLP
from ..spelling import suggestion
from ..training.recipe import Recipe
from .dataset import Dataset, Task
from .messages.training import Configuration

LOSSES: dict[Task, tuple[str, ...]] = {
    "binary": ("cross_entropy", "hinge", "squared", "absolute", "huber"),
    "classes": ("cross_entropy",),
    "regression": ("squared", "absolute", "huber"),
}
ACTIVATIONS = (
    *("tanh", "relu", "sigmoid", "linear", "leaky_relu", "elu", "gelu", "silu", "softplus"),
    *("sin", "abs"),
)
OPTIMISERS: dict[str, Callable[..., optim.Optimiser]] = {
    "sgd": optim.SGD,
    "momentum": lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9),
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "rmsprop": optim.RMSprop,
}
MOST_PARAMETERS = 20_000
START = Configuration(
    data="moons",
    size=200,
    noise=0.16,
    data_seed=7,
    held_out=0.25,
    hidden=(6, 4),
    activations=("tanh", "tanh", "linear"),
    loss="cross_entropy",
    optimiser="sgd",
    rate=0.15,
    l1=0.0,
    l2=0.0,
    batch_size=10,
    zero_grad=True,
    seed=7,
)
_RELUS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")


def fitted(wanted: Configuration, task: Task) -> Configuration:
    """Return a configuration whose parts go together.

    The loss becomes one for the task where it is for another, and activations as many as layers.

    Raises:
        ValueError: a name is unknown; says which are known.
    """
    _check("loss", wanted.loss, {name for names in LOSSES.values() for name in names})
    _check("optimiser", wanted.optimiser, OPTIMISERS)
    for name in wanted.activations:
        _check("activation", name, ACTIVATIONS)
    loss = wanted.loss if wanted.loss in LOSSES[task] else LOSSES[task][0]
    *inner, last = wanted.activations or ("tanh", "linear")
    missing = len(wanted.hidden) - len(inner)
    inner += [inner[-1] if inner else "tanh"] * missing
    activations = (*inner[: len(wanted.hidden)], last)
    return msgspec.structs.replace(wanted, loss=loss, activations=activations)


def _check(what: str, name: str, known: Any) -> None:
    if name not in known:
        near = suggestion(name, known) or f" There are {', '.join(sorted(known))}."
        raise ValueError(f"There is no {what} {name!r}.{near}")


def network_of(configuration: Configuration, data: Dataset) -> MLP:
    """Return a network with its first weights.

    Raises:
        ValueError: it would have more parameters than a page can show.
    """
    outputs = len(data.classes) if data.task == "classes" else 1
    sizes = [len(data.features), *configuration.hidden, outputs]
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    if parameters > MOST_PARAMETERS:
        raise ValueError(
            f"Layers of {', '.join(map(str, sizes))} neurons have {parameters:,} parameters; the"
            f" explorer shows up to {MOST_PARAMETERS:,}."
        )
    init = "he" if configuration.activations[0] in _RELUS else "glorot"
    activations = list(configuration.activations)
    rng = random.Random(configuration.seed)
    return MLP(sizes[0], sizes[1:], activation=activations, init=init, rng=rng)


def recipe_of(configuration: Configuration, task: Task, network: Any) -> Recipe:
    """Return what trains a network."""
    return Recipe(
        network,
        loss_of(configuration.loss, task),
        OPTIMISERS[configuration.optimiser](network.parameters(), configuration.rate),
        l1=configuration.l1,
        l2=configuration.l2,
        zero_grad=configuration.zero_grad,
    )


def loss_of(name: str, task: Task) -> losses.Loss:
    """Return a loss by its name."""
    if name == "cross_entropy" and task == "binary":
        return losses.binary_cross_entropy
    function: losses.Loss = getattr(losses, name)
    return function


def targets_of(configuration: Configuration, data: Dataset) -> list[Any]:
    """Return the targets as the loss takes them: -1 and 1 where it looks at the output's sign."""
    if data.task == "regression":
        return list(data.targets)
    labels: Sequence[int] = [int(target) for target in data.targets]
    signed = data.task == "binary" and configuration.loss != "cross_entropy"
    return [2 * label - 1 for label in labels] if signed else list(labels)
