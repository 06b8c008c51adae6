"""`Program`: a workload made ready by one library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Program(NamedTuple):
    """A workload in the state after the steps made so far.

    Attributes:
        run: makes so many steps more, and gives the loss before the last one's move; the mean over
            the models, where there are several.
        parameters: where it stands, as numbers in a row: of each layer weights and biases, or what
            moves.
    """

    run: Callable[[int], float]
    parameters: Callable[[], Any]


class Unfit(Exception):
    """A library cannot do a workload, or not in bounded time; the message says why."""
