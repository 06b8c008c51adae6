"""What a training run came to, epoch by epoch: in memory, and as a log of JSON lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..files import json_line, write_atomically


@dataclass(frozen=True)
class Epoch:
    """One pass over the training rows.

    Args:
        epoch: counted from 1.
        step: updates made since the beginning of the run.
        lr: the learning rate of the last update.
        scores: "loss" and the metric by name, over the epoch as it went by; "validation_loss" and
            the like, after it. Penalties are not part of a loss.
        seconds: how long it took.
    """

    epoch: int
    step: int
    lr: float
    scores: Mapping[str, float]
    seconds: float

    def to_dict(self) -> dict[str, float]:
        """Return it flat, as a line of the log has it."""
        place = {"epoch": self.epoch, "step": self.step, "lr": self.lr}
        return {**place, **self.scores, "seconds": round(self.seconds, 6)}

    @classmethod
    def from_dict(cls, data: Mapping[str, float]) -> Epoch:
        """Rebuild it from `to_dict`."""
        place = ("epoch", "step", "lr", "seconds")
        scores = {name: value for name, value in data.items() if name not in place}
        return cls(int(data["epoch"]), int(data["step"]), data["lr"], scores, data["seconds"])


@dataclass
class History:
    """The epochs of a run in order.

    Args:
        epochs: one `Epoch` for each.
        best_epoch: the one of least validation loss; 0 without validation.
        stopped_early: whether `patience` ended the run.

    >>> history = History([Epoch(i, 8 * i, 0.1, {"loss": 0.7 / i}, 0.2) for i in (1, 2)])
    >>> history["loss"]
    [0.7, 0.35]
    """

    epochs: list[Epoch] = field(default_factory=list)
    best_epoch: int = 0
    stopped_early: bool = False

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __getitem__(self, name: str) -> list[float]:
        """Return one score of all epochs: history["validation_loss"]."""
        if self.epochs and name not in self.epochs[0].to_dict():
            known = ", ".join(self.epochs[0].to_dict())
            raise KeyError(f"The history has no {name!r}; it has {known}.")
        return [epoch.to_dict()[name] for epoch in self.epochs]


def write_log(path: Path, history: History) -> None:
    """Write the log anew: one JSON object a line for each epoch, null for a score that is nan."""
    write_atomically(path, "".join(map(_line, history)).encode())


def append_log(path: Path, epoch: Epoch) -> None:
    """Add the line of one epoch to the log."""
    with path.open("a", encoding="utf-8") as file:
        file.write(_line(epoch))


def _line(epoch: Epoch) -> str:
    return json_line(epoch.to_dict()) + "\n"
