"""What messages are made of."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=2**53)]
Name = Annotated[str, Meta(max_length=200)]
Real = float | Literal["nan", "inf", "-inf"]
"""A number to show; JSON itself has no nan and no infinity."""


def real(x: float) -> Real:
    """Return a number as it travels."""
    if math.isfinite(x):
        return x
    return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"


class Request(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """What a page asks for. What answers it, if anything does, repeats its `id`."""

    id: Count


class Report(msgspec.Struct, frozen=True, tag_field="type"):
    """What Python tells a page."""


class Refused(Report, tag="refused", frozen=True):
    """A request could not be met; `text` says why and what can be done."""

    id: Count
    text: str


class Grid(msgspec.Struct, frozen=True):
    """Numbers in a buffer of the report, float32: maps one after another, rows from the top."""

    width: Count
    height: Count
    count: Count  # of the maps
    buffer: Count


class Numbers(msgspec.Struct, frozen=True):
    """Numbers in a buffer of the report, float64."""

    count: Count
    buffer: Count
