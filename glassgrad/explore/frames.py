"""Where a network stands, as a page is told."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..functions import softmax
from ..nested import leaves
from .buffers import Buffers
from .engine import Engine
from .messages.parts import real
from .messages.training import Finding, Frame, Plane, Score, Shown
from .responses import activations

_SIDES = {False: (16, 12), True: (64, 24)}


@dataclass(frozen=True)
class View:
    """What a page looks at.

    Args:
        sample: the index of the one whose numbers are shown.
        plane: what maps are drawn over.
    """

    sample: int
    plane: Plane


@dataclass(frozen=True)
class Place:
    """Where a frame is in time.

    Args:
        serial: its number among all frames.
        branch: of time.
        playing: whether training goes on.
        way: how steps are made.
    """

    serial: int
    branch: int
    playing: bool
    way: Literal["eager", "compiling", "compiled"]


def sides_of(engine: Engine) -> tuple[int, int]:
    """Return how many points each way the boundary and a map have; fewer by eager code."""
    return _SIDES[engine.is_compiled]


@functools.lru_cache(16)
def points(plane: Plane, side: int) -> Any:
    """Return the middles of `side` times `side` cells of a plane, rows from the top.

    Where the plane has one axis only, there is one row.
    """
    import numpy as np

    left, right, bottom, top = plane.bounds
    found = []
    for row in range(1 if plane.y is None else side):
        for column in range(side):
            x = list(plane.held)
            x[plane.x] = left + (right - left) * (column + 0.5) / side
            if plane.y is not None:
                x[plane.y] = top - (top - bottom) * (row + 0.5) / side
            found.append(x)
    return np.array(found)


def frame_of(
    engine: Engine,
    before: Sequence[float],
    view: View,
    place: Place,
    findings: Sequence[Finding],
    answers: Any,
) -> tuple[Frame, list[bytes]]:
    """Return a frame and its buffers.

    Args:
        engine: stands where the frame is of.
        before: the weights before the last step.
        view: what the page looks at.
        place: where it is in time.
        findings: what is wrong.
        answers: those of the engine to its samples.
    """
    buffers = Buffers()
    numbers = buffers.numbers
    weights, gradients = engine.weights, engine.gradients
    training, held_out, metric, held_out_metric = engine.scores(answers)
    sample, values, slopes, sample_gradients = _sample(engine, view.sample)
    side, small = sides_of(engine)
    frame = Frame(
        serial=place.serial,
        branch=place.branch,
        step=engine.step,
        epoch=engine.epoch,
        steps_per_epoch=engine.steps_per_epoch,
        playing=place.playing,
        way=place.way,
        loss=real(engine.loss),
        training=Score(real(training), real(metric)),
        held_out=Score(real(held_out), real(held_out_metric)) if engine.data.scored else None,
        sample=sample,
        weights=numbers(weights),
        gradients=numbers(gradients),
        updates=numbers([after - was for after, was in zip(weights, before, strict=True)]),
        sample_gradients=numbers(sample_gradients),
        values=numbers(values),
        value_gradients=numbers(slopes),
        maps=buffers.grid(engine.responses(points(view.plane, small)).T, small),
        boundary=buffers.grid(
            boundary_of(engine, engine.responses(points(view.plane, side))), side
        ),
        wrong=numbers(engine.wrong(answers)),
        findings=list(findings),
    )
    return frame, buffers.packed


def boundary_of(engine: Engine, responses: Any) -> Any:
    """Return a map for each output: how sure, from -1 to 1, or how probable; or a number."""
    import numpy as np

    outputs = engine.outputs(responses)
    data, loss = engine.data, engine.configuration.loss
    if data.task == "classes":
        return np.array([softmax(row) for row in outputs]).T
    if data.task == "binary" and loss == "cross_entropy":
        return np.tanh(0.5 * np.array([outputs]))  # 2 sigmoid(output) - 1
    return np.array([outputs])


def _sample(engine: Engine, index: int) -> tuple[Shown, list[float], list[float], list[float]]:
    """Return the sample, the values of the neurons, their gradients, and those of the weights."""
    engine.reflect()
    layers = activations(engine.mirror, list(engine.data.inputs[index]))
    several = engine.data.task == "classes"
    loss = engine.loss_function(layers[-1] if several else layers[-1][0], engine.targets[index])
    loss.backward()
    neurons = leaves(layers)
    shown = Shown(index, [real(o.data) for o in layers[-1]], real(loss.data))
    values, slopes = [a.data for a in neurons], [a.grad for a in neurons]
    return shown, values, slopes, [p.grad for p in engine.mirrored]
