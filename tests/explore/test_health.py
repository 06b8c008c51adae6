"""Health speaks where a run is sick, with a number that is so, and is silent where it learns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import glassgrad as gg
from glassgrad.explore.configuration import START, fitted
from glassgrad.explore.engine import Engine
from glassgrad.explore.health import findings_of
from glassgrad.explore.messages.training import (
    Configure,
    Finding,
    Frame,
    Hello,
    Setup,
    Step,
)
from glassgrad.explore.start import Start
from glassgrad.explore.timeline import Timeline
from glassgrad.training.anomaly import NotFiniteError


def run(steps: int, **chosen: Any) -> tuple[Timeline, list[Finding]]:
    """Train by native code; return where it ended and what health says of the way there."""
    start = Start(msgspec.structs.replace(START, **chosen))
    data = start.data(start.configuration)
    configuration = fitted(start.configuration, data.task)
    engine = Engine(start.first_network(configuration, data), configuration, data, compiled=True)
    engine.warm_up()
    timeline = Timeline(engine, lambda _configuration, _data: engine)
    found: list[Finding] = []
    for _ in range(steps // 10):
        for _ in range(10):
            timeline.advance(observed=True)
        answers = engine.answers()
        found += findings_of(engine, answers, timeline.branch.curves, timeline.earlier)
    return timeline, found


@pytest.mark.parametrize(
    "chosen",
    [
        {"rate": 0.1},
        {"optimiser": "adam", "rate": 0.01, "data": "circles"},
        {"optimiser": "momentum", "rate": 0.03, "data": "blobs"},
        {"optimiser": "rmsprop", "rate": 0.01, "data": "spirals"},
    ],
)
def test_a_run_that_learns_is_silent(chosen: dict[str, Any]) -> None:
    """Rates that work bring no finding in two hundred steps."""
    _, found = run(200, **chosen)
    assert found == []


def test_a_dead_unit_is_on_for_no_sample() -> None:
    """A unit that is called dead gives 0 for each training sample, eagerly computed."""
    timeline, found = run(40, activations=("relu", "relu", "linear"), rate=50.0)
    dead = {finding.where for finding in found[-20:] if finding.kind == "dead"}
    assert dead
    engine = timeline.engine
    model: Any = engine.network
    for where in dead:
        i, j = (int(part.split("]")[0]) for part in where.split("[")[1:])
        for sample in engine.data.train:
            x: Any = list(engine.data.inputs[sample])
            for layer in model.layers[:i]:
                x = layer(x)
            assert model.layers[i].neurons[j](x).data == 0.0


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        ("rate", {"rate": 20.0}),
        ("saturated", {"rate": 20.0}),
        ("vanishing", {"hidden": (4,) * 8, "activations": ("sigmoid",) * 8 + ("linear",)}),
        ("zero_grad", {"zero_grad": False}),
        (
            "memorising",
            {"size": 40, "noise": 0.4, "hidden": (32, 32), "optimiser": "adam", "rate": 0.03}
            | {"held_out": 0.5},
        ),
    ],
)
def test_a_sick_run_is_named(kind: str, chosen: dict[str, Any]) -> None:
    """Each sickness is found in a run that has it."""
    _, found = run(200, **chosen)
    assert kind in {finding.kind for finding in found}


def test_forgotten_zero_grad_gives_both_lengths() -> None:
    """The lengths are those of the gradient summed over all steps, and of the last batch's own."""
    timeline, found = run(10, zero_grad=False)
    engine = timeline.engine
    model: Any = engine.network
    for p, data in zip(model.parameters(), timeline.before, strict=True):
        p.data, p.grad = data, 0.0
    timeline.engine.stand(timeline.branch.moments.first)
    for _ in range(9):
        timeline.advance(observed=False)
    rows = engine._order.upcoming()
    summed = [p.grad for p in model.parameters()]
    model.zero_grad()
    losses = [
        gg.losses.binary_cross_entropy(model(engine.data.inputs[i]), engine.targets[i])
        for i in (engine.data.train[row] for row in rows)
    ]
    (sum(losses) / len(losses)).backward()
    own = [p.grad for p in model.parameters()]
    whole = [a + b for a, b in zip(summed, own, strict=True)]
    (told,) = [finding for finding in found if finding.kind == "zero_grad"]
    assert told.numbers == pytest.approx([math.hypot(*whole), math.hypot(*own)], rel=1e-6)


def test_before_the_first_forgotten_zero_grad_nothing_is_left_over(
    page: Callable[..., Any],
) -> None:
    """Steps that zeroed their gradients leave none behind; those that come after them do."""
    listener = page()
    listener.ask(Hello)
    listener.ask(Step, steps=5)
    forgetful = msgspec.structs.replace(listener.last(Setup).configuration, zero_grad=False)
    listener.ask(Configure, configuration=forgetful)
    assert "zero_grad" not in {finding.kind for finding in listener.last(Frame).findings}
    listener.ask(Step, steps=5)
    assert "zero_grad" in {finding.kind for finding in listener.last(Frame).findings}


def test_numbers_that_stop_being_finite_stop_the_run() -> None:
    """A step that comes to no finite numbers is not made; the message says where it began."""
    with pytest.raises(NotFiniteError, match="comes to no finite numbers"):
        run(400, loss="squared", rate=30.0)
