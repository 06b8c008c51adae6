"""Messages of what is explained: a gradient taken apart, a step, the rate, the compiled code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from .inside import Point
from .parts import Count, Name, Real, Report, Request

About = Literal["step", "rate", "code"]


class Why(Request, tag="why", frozen=True):
    """Say why the gradient of a parameter is what it is.

    Over all training samples, or with `sample` 0 and more for that one alone.
    """

    parameter: Name
    sample: int = -1


class Part(msgspec.Struct, frozen=True):
    """What one path, one neuron of the next layer, or one sample brings to a gradient.

    A path goes through `neurons`, one of each layer from the parameter's own on. The rest, gathered
    in one row, has a `count` above 1.
    """

    name: str
    share: Real
    neurons: list[Count]
    sample: int
    count: Count


class Because(Report, tag="because", frozen=True):
    """A gradient and its parts, each list largest first and adding up to it.

    `edges` has for each layer from the parameter's on, for each of its neurons, what comes to the
    gradient along each of its inputs; `samples` what each training sample brings, in their order.
    """

    id: Count
    parameter: str
    value: Real
    gradient: Real
    layer: Count
    neuron: Count
    input: int
    step: Count
    through: list[Part]
    paths: list[Part]
    by_sample: list[Part]
    samples: list[Real]
    edges: list[list[list[Real]]]


class Explain(Request, tag="explain", frozen=True):
    """Say what the last step did, how other rates would do, or what the compiler made of a step."""

    about: About


class Chart(msgspec.Struct, frozen=True):
    """Lines over one axis: what stands at some of its places, and the place where we are."""

    x: list[float]
    names: list[str]
    lines: list[list[Real]]
    ticks: list[tuple[float, str]]
    at: float


class Section(msgspec.Struct, frozen=True):
    """A part of an explanation: a sentence as in `Answer`, a table, a chart, parts that add up."""

    title: str
    says: str = ""
    numbers: Sequence[Real] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Point] = ()
    chart: Chart | None = None
    parts: Sequence[Part] = ()
    total: Real = 0.0


class Stage(msgspec.Struct, frozen=True):
    """A form that a step takes in the compiler; `more` lines of it are left out."""

    name: str
    says: str
    lines: list[str]
    more: Count


class Explained(Report, tag="explained", frozen=True):
    """What was asked to be explained.

    `shares` has what the move of each parameter brought to the loss, `samples` what each training
    sample did; both are empty where the question is another.
    """

    id: Count
    about: About
    sections: list[Section]
    shares: Sequence[Real] = ()
    samples: Sequence[Real] = ()
    stages: Sequence[Stage] = ()
