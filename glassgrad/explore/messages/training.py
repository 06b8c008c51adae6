"""Messages of a training run."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from .parts import Count, Grid, Name, Real, Report, Request


class Hello(Request, tag="hello", frozen=True):
    """A page has opened: tell it what is explored and where it stands."""


class Play(Request, tag="play", frozen=True):
    """Train on until `pause`, so many steps a second; 0: as many as can be."""

    speed: Annotated[float, Meta(ge=0, le=1e6)] = 0.0


class Pause(Request, tag="pause", frozen=True):
    """Stop training after the running step."""


class Step(Request, tag="step", frozen=True):
    """Make so many training steps and stop there."""

    steps: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class Drawn(Request, tag="drawn", frozen=True):
    """The page has drawn the frame of this serial number and can take the next."""

    serial: Count


class Setup(Report, tag="setup", frozen=True):
    """What is explored: the network's shape and the samples."""

    title: str
    sizes: list[Count]
    activations: list[Name]
    inputs: list[list[float]]
    targets: list[float]
    bounds: tuple[float, float, float, float]  # left, right, bottom, top of the plane


class Frame(Report, tag="frame", frozen=True):
    """Where the network stands after a step."""

    serial: Count
    step: Count
    playing: bool
    loss: Real
    boundary: Grid
