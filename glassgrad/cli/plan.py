"""What a run is about to do, in a few lines."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from .experiment import FEW_ROWS, Experiment
from .text import entries


def plan(experiment: Experiment, folder: Path) -> str:
    """Return the plan as text of at most 80 columns."""
    return entries(
        [
            ("table", _table(experiment)),
            ("target", _target(experiment)),
            ("inputs", _inputs(experiment)),
            ("split", _split(experiment)),
            ("network", _network(experiment)),
            ("training", _training(experiment)),
            ("run", str(folder)),
        ],
        indent=10,
    )


def as_object(experiment: Experiment) -> dict[str, Any]:
    """Return the plan as plain data for JSON."""
    encoder, network = experiment.model.encoder, experiment.model.network
    train, validation, test = map(len, experiment.parts)
    return {
        "table": experiment.table.source,
        "rows": {"train": train, "validation": validation, "test": test},
        "target": encoder.target,
        "task": encoder.task,
        "classes": encoder.classes,
        "inputs": encoder.features,
        "sizes": network.sizes,
        "activations": network.activations,
        "parameters": len(network.parameters()),
        "loss": experiment.loss,
    }


def _table(experiment: Experiment) -> str:
    rows = f"{experiment.table.source}, {len(experiment.table):,} rows"
    lost = experiment.without_target
    return f"{rows}, and {lost:,} left out whose target is missing" if lost else rows


def _target(experiment: Experiment) -> str:
    encoder = experiment.model.encoder
    last = "" if experiment.settings.target or not _is_last(experiment) else ", the last column"
    if not encoder.classes:
        return f"{encoder.target}{last}, a number"
    counts = Counter(encoder.targets(experiment.table))
    shown = [f"{_name(name)} {counts[i]:,}" for i, name in enumerate(encoder.classes)]
    return f"{encoder.target}{last}, {len(shown)} classes: {_some(shown)}"


def _is_last(experiment: Experiment) -> bool:
    return experiment.model.encoder.target == experiment.table.columns[-1]


def _inputs(experiment: Experiment) -> str:
    from ..data.errors import plural

    encoder = experiment.model.encoder
    shown = [
        _name(column.name)
        + (f" ({len(column.features)} values)" if len(column.features) > 1 else "")
        for column in encoder.columns
    ]
    return f"{len(encoder.features)} from {plural(len(shown), 'column')}: {_some(shown)}"


def _split(experiment: Experiment) -> str:
    train, validation, test = map(len, experiment.parts)
    if not validation and not test:
        few = f", fewer than {FEW_ROWS}" if train < FEW_ROWS else ""
        return f"all {train} rows to train on{few}; nothing is kept aside to test on"
    return f"{train:,} rows to train on, {validation:,} to validate, {test:,} to test"


def _network(experiment: Experiment) -> str:
    network = experiment.model.network
    parts = [str(network.sizes[0])]
    for size, activation in zip(network.sizes[1:], network.activations, strict=True):
        parts.append(f"{size} {activation}" if activation != "linear" else str(size))
    return f"{' → '.join(parts)}, {len(network.parameters()):,} parameters"


def _training(experiment: Experiment) -> str:
    from ..data.errors import plural

    s = experiment.settings
    batch = min(s.batch_size, len(experiment.parts[0]))
    parts = [
        f"{'at most ' if experiment.patience else ''}{plural(s.epochs, 'epoch')}",
        f"batches of {batch}",
        f"{s.optimiser} at rate {s.lr:g}",
        experiment.loss.replace("_", "-"),
    ]
    if s.l2:
        parts.append(f"l2 {s.l2:g}")
    if experiment.patience:
        parts.append(f"patience {experiment.patience}")
    return ", ".join([*parts, f"seed {s.seed}"])


def _name(name: str) -> str:
    return repr(name) if "," in name else name  # it stands in a list that commas part


def _some(names: list[str], limit: int = 12) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
