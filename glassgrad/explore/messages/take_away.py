"""Messages of what one can take along from the explorer."""

from __future__ import annotations

from typing import Literal

from .parts import Count, Report, Request

Kind = Literal["svg", "png", "code", "weights", "log"]


class TakeAway(Request, tag="take_away", frozen=True):
    """Answer by a file (`Taken`): a picture, the code, the weights, or the log of the training."""

    what: Kind


class Taken(Report, tag="taken", frozen=True):
    """A file to save: its content is the report's one buffer."""

    id: Count
    name: str
    media: str
