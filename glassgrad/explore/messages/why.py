"""Messages of one gradient taken apart: by path and by sample."""

from __future__ import annotations

import msgspec

from .parts import Count, Name, Real, Report, Request


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
