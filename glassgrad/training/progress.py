"""How a run tells what it is doing: a bar on a terminal, a few lines elsewhere, or nothing.

All of it goes to standard error, so that it never mixes with what a program prints.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from .history import Epoch

_LINES = 10  # about so many lines for a whole run
_REDRAW = 0.1  # seconds


class Progress(Protocol):
    """What `fit` tells as it goes on. Pass your own to hear of it.

    Where it has a method `note` too, that takes the line by which a run says why it is not
    compiled; else it goes to standard error.
    """

    def begin(self, epochs: int, steps: int, done: int, /) -> None:
        """A run of so many epochs and steps begins, or goes on after the steps done."""

    def step(self, done: int) -> None:
        """So many steps are done now: one more than last time, or as many as native code made."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch ended."""

    def end(self) -> None:
        """The run ended, or was stopped."""


class Silence:
    """Tells nothing."""

    def begin(self, epochs: int, steps: int, done: int) -> None:
        """Tell nothing."""

    def step(self, done: int) -> None:
        """Tell nothing."""

    def epoch(self, epoch: Epoch) -> None:
        """Tell nothing."""

    def end(self) -> None:
        """Tell nothing."""

    def note(self, text: str) -> None:
        """Write a line that the user should know of whatever is told otherwise."""
        print(text, file=sys.stderr, flush=True)


class Lines(Silence):
    """Writes a line for the first epoch, the last one and about eight in between."""

    def begin(self, epochs: int, _steps: int, _done: int, /) -> None:
        """Choose how many epochs a line is to stand for."""
        self.epochs = epochs
        self.every = -(-epochs // _LINES)

    def epoch(self, epoch: Epoch) -> None:
        """Write the line of an epoch, if it gets one."""
        if epoch.epoch in (1, self.epochs) or epoch.epoch % self.every == 0:
            head = f"epoch {epoch.epoch:>{len(str(self.epochs))}}/{self.epochs}"
            print(f"{head}  {summary(epoch)}", file=sys.stderr, flush=True)


class Bar(Silence):
    """A bar that fills up step by step, with the scores of the last epoch beside it."""

    bar: Any = None

    def begin(self, epochs: int, steps: int, done: int) -> None:
        """Draw the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self.epochs, self.steps = epochs, steps
        self.drawn = 0.0
        self.bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[scores]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=Console(stderr=True),
            auto_refresh=False,  # no second thread beside the one that trains
            redirect_stdout=False,  # what a program prints goes where it would without a bar
            redirect_stderr=False,
            expand=True,
        )
        self.bar.start()
        self.task = self.bar.add_task("", total=steps, scores="")
        self.step(done)

    def step(self, done: int) -> None:
        """Fill the bar up to here, some ten times a second."""
        epoch = max(1, -(-done * self.epochs // self.steps))
        self.bar.update(self.task, completed=done, description=f"epoch {epoch}/{self.epochs}")
        if time.monotonic() - self.drawn > _REDRAW:
            self.drawn = time.monotonic()
            self.bar.refresh()

    def epoch(self, epoch: Epoch) -> None:
        """Show the scores of the epoch that ended."""
        self.bar.update(self.task, scores=summary(epoch))

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        if self.bar is None:
            super().note(text)
        else:
            self.bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def end(self) -> None:
        """Leave the bar standing as it is."""
        self.bar.refresh()
        self.bar.stop()


def progress_of(wanted: bool | Progress) -> Progress:
    """Return what tells of a run: a bar on a terminal, lines elsewhere, nothing for False."""
    if not isinstance(wanted, bool):
        return wanted
    if not wanted:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


def note_to(progress: Progress) -> Callable[[str], None]:
    """Return what takes a line that the user should know of."""
    own: Callable[[str], None] | None = getattr(progress, "note", None)
    return own or Silence().note


def summary(epoch: Epoch) -> str:
    """Return the scores of an epoch in a few words.

    >>> summary(Epoch(1, 8, 0.1, {"loss": 0.5, "validation_loss": 0.625, "accuracy": 0.75}, 0.2))
    'loss 0.5000 / 0.6250  accuracy 75.0 %'
    """
    parts = []
    for name, score in epoch.scores.items():
        if not name.startswith("validation_"):
            held_out = epoch.scores.get(f"validation_{name}")
            both = written(name, score) + (
                f" / {written(name, held_out)}" if held_out is not None else ""
            )
            parts.append(f"{name} {both}")
    return "  ".join(parts)


def written(name: str, score: float) -> str:
    """Return a score as it is read: accuracy in per cent, the rest with four digits.

    >>> written("accuracy", 0.9712), written("loss", 0.01234567), written("loss", 12345.678)
    ('97.1 %', '0.0123', '12346')
    """
    if name.endswith("accuracy"):
        return f"{100.0 * score:.1f} %"
    return f"{score:.4f}" if abs(score) < 100 else f"{score:.5g}"
