"""Health speaks where a run is sick, with a number that is so, and is silent where it learns."""

from __future__ import annotations

import math
import random
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
from glassgrad.explore.start import Start, start_of
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
        found += findings_of(timeline, answers)
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


def deep(activation: str, scale: float) -> tuple[Engine, Timeline]:
    """Eight layers of eight neurons whose first weights are so many times the usual ones."""
    init = "he" if activation == "relu" else "glorot"
    model = gg.MLP(2, [8] * 8 + [1], [activation] * 8 + ["linear"], init=init, rng=random.Random(2))
    for p in model.parameters():
        p.data *= scale
    start = start_of(model, None, msgspec.structs.replace(START, rate=0.15))
    configuration = start.configuration
    data = start.data(configuration)
    engine = Engine(model, configuration, data, compiled=False)
    return engine, Timeline(engine, lambda _configuration, _data: engine)


def after_a_step(activation: str, scale: float) -> tuple[Engine, list[Finding]]:
    """What is found of its layers after a step, and the engine before it."""
    engine, timeline = deep(activation, scale)
    timeline.advance(observed=True)
    found = findings_of(timeline, engine.answers())
    return deep(activation, scale)[0], [one for one in found if one.where.count("[") == 1]


@pytest.mark.parametrize(
    ("kind", "activation", "scale"),
    [
        ("exploding", "relu", 3.0),
        ("exploding", "linear", 3.0),
        ("vanishing", "relu", 0.3),
        ("vanishing", "sigmoid", 1.0),
    ],
)
def test_gradients_that_grow_or_fade_on_the_way_back(
    kind: str, activation: str, scale: float
) -> None:
    """The layer where it shows is named, with numbers that eager code gives too."""
    engine, (told,) = after_a_step(activation, scale)
    model: Any = engine.network
    rows = [engine.data.train[row] for row in engine._order.upcoming()]
    squares = [0.0] * 9
    come_back = [0.0] * 9
    for i in range(len(engine.data.inputs)):
        x: Any = list(engine.data.inputs[i])
        given = []
        for layer in model.layers:
            given.append(x)
            x = layer(x) if len(layer.neurons) > 1 else [layer(x)]
        if i in engine.data.train[:8]:
            for k, inputs in enumerate(given):
                squares[k] += sum(float(getattr(a, "data", a)) ** 2 for a in inputs)
        if i in rows:
            (gg.losses.binary_cross_entropy(x[0], engine.targets[i]) / len(rows)).backward()
            for k, inputs in enumerate([*given[1:], x]):
                come_back[k] += sum(abs(a.grad) for a in inputs)
    at = int(told.where.removeprefix("layers[").removesuffix("]"))
    sizes = []
    for layer, square in zip(model.layers, squares, strict=True):
        grads = [p.grad for p in layer.parameters()]
        width = len(layer.neurons[0].w) + 1
        typical = (square / 8 + 1.0) / width
        sizes.append(math.sqrt(sum(g * g for g in grads) / len(grads) / typical))
    assert told.kind == kind
    assert told.numbers == pytest.approx([sizes[at], sizes[-1]], rel=1e-4)
    grown = [size / sizes[-1] for size in sizes]
    wrong = [k for k in range(8) if (grown[k] > 100 if kind == "exploding" else grown[k] < 1e-3)]
    assert at == max(wrong)
    away = come_back[at] / come_back[-1]  # what comes back to the neurons, sample by sample
    assert away > 30 if kind == "exploding" else away < 0.03


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_usual_first_weights_keep_gradients_alike(activation: str) -> None:
    """Of eight layers with the weights that their activation asks for nothing is said."""
    _, found = after_a_step(activation, 1.0)
    assert found == []


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
