"""Messages about two branches of time beside each other."""

from __future__ import annotations

import msgspec

from .parts import Count, Grid, Numbers, Real, Report, Request
from .training import Role, Score


class Compare(Request, tag="compare", frozen=True):
    """Answer by two branches at one step (`Compared`); steps that they lack are made.

    At most so many at once that a page may wait for them: `Compared.step` says how far both went.
    """

    original: Count
    changed: Count
    step: Count


class Change(msgspec.Struct, frozen=True):
    """Something that one of the two branches has and the other has not."""

    branch: Count
    step: Count
    thing: str  # a parameter by its Python, a sample, a setting
    was: str  # before it; "" where nothing was
    now: str


class History(msgspec.Struct, frozen=True):
    """A branch at a step: its score, its samples, its losses up to its end."""

    branch: Count
    training: Score
    held_out: Score | None
    inputs: list[list[float]]
    targets: list[float]
    parts: list[Role]
    wrong: Numbers  # the samples that are put in another class than theirs
    weights: Numbers
    boundary: Grid
    steps: Numbers
    losses: Numbers  # of the training samples, after each of `steps`


class Compared(Report, tag="compared", frozen=True):
    """Two branches at one step."""

    id: Count
    step: Count
    parted: Count  # the step up to which they are one
    last: Count  # the step that both reach
    changes: list[Change]
    original: History
    changed: History
    differences: Numbers  # of the weights, changed minus original
    # Of the boundaries, changed minus original; of several classes the probability that has moved.
    difference: Grid
    otherwise: Real  # the share of the plane that is decided otherwise; nan where nothing is
