"""What is explored, as a page is told."""

from __future__ import annotations

from ..nn import MLP, Module
from .configuration import ACTIVATIONS, LOSSES, OPTIMISERS
from .dataset import Dataset
from .engine import Engine
from .messages.training import Choices, Configuration, Plane, Role, Setup
from .planes import features_of
from .start import Start


def setup_of(
    engine: Engine, configuration: Configuration, start: Start, plane: Plane, note: str
) -> Setup:
    """Return what an engine trains, and all that can be chosen."""
    data, network = engine.data, engine.network
    return Setup(
        title=f"{_written(network)} on {data.name}",
        task=data.task,
        configuration=configuration,
        choices=Choices(start.names, list(ACTIVATIONS), list(LOSSES[data.task]), list(OPTIMISERS)),
        features=features_of(data),
        target=data.target,
        classes=list(data.classes),
        sizes=network.sizes if isinstance(network, MLP) else [],
        activations=network.activations if isinstance(network, MLP) else [],
        parameters=[name for name, _ in network.named_parameters()],
        inputs=[list(x) for x in data.inputs],
        targets=list(data.targets),
        parts=roles(data),
        plane=plane,
        note=note,
    )


def roles(data: Dataset) -> list[Role]:
    """Return what each sample is for."""
    aside, out = data.held_out, data.left_out
    return [
        "left_out" if i in out else "held_out" if i in aside else "train"
        for i in range(len(data.inputs))
    ]


def carry_over(old: Module, new: Module) -> str:
    """Give a network the weights of another one where both have them; say what is new."""
    kept = dict(old.named_parameters())
    fresh = 0
    for name, p in new.named_parameters():
        if name in kept:
            p.data = kept[name].data
        else:
            fresh += 1
    count = len(new.parameters())
    return f"{fresh} of {count} weights are new." if fresh else ""


def _written(network: Module) -> str:
    if isinstance(network, MLP):
        return f"MLP({network.sizes[0]}, {network.sizes[1:]})"
    return type(network).__name__
