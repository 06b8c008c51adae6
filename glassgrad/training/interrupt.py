"""Ctrl-C, held back for the moment until a running step is whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed; the run stands whole between two steps.

    Args:
        steps: made so far.
        checkpoint: where the run is kept, or None.
    """

    def __init__(self, steps: int, checkpoint: Path | None) -> None:
        kept = (
            f"The run is kept in {checkpoint}: call fit again with resume=True to go on."
            if checkpoint
            else "The model has the weights of that step; without a checkpoint the run is not kept."
        )
        super().__init__(f"Stopped after step {steps}. {kept}")
        self.steps = steps
        self.checkpoint = checkpoint


class Interruption:
    """What Ctrl-C comes to.

    Attributes:
        asked: it was pressed, and the run is to stop after the running step.
        undone: it was pressed, and the running step was taken back.
    """

    asked = False
    undone = False
    at_once = False

    @contextmanager
    def let_through(self, undo: Callable[[], None]) -> Iterator[None]:
        """Have Ctrl-C end this block at once, by `undo`, which takes back all that it did."""
        self.at_once = True
        try:
            yield
        except BaseException as error:
            undo()
            self.undone = isinstance(error, KeyboardInterrupt)
            raise
        finally:
            self.at_once = False


@contextmanager
def held_back(interruption: Interruption) -> Iterator[None]:
    """Note a first Ctrl-C instead of raising; a second one raises KeyboardInterrupt as ever.

    Only Python's own reaction is replaced, until the block ends; a handler that the user has set
    stays, and so does everything in other threads than the main one, which get no signals.
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def note(_signal: int, _frame: FrameType | None) -> None:
        interruption.asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if interruption.at_once:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
