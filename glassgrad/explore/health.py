"""What is wrong with a network in training, and the number that proves it.

Note [When health speaks]
The bounds stand between runs that learn and runs that do not: toy sets under every optimiser at
rates that work stay silent but for what is true of them, such as a dead unit; `tests/explore/
test_health.py` makes both kinds of run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from ..nn import MLP
from .curves import Curves
from .engine import Engine
from .messages.parts import real
from .messages.training import Finding
from .timeline import Timeline

_FULL = 0.97  # of a squashing activation's range
_MOST = 0.95  # of the samples
_SOLVED = 0.05  # of the first loss; below it units may saturate, for little is left to learn
_FADED = 1e-3  # of what comes back to the last layer
_GROWN = 1e2
_SOME = 8  # samples that say how large inputs are
_RISEN = 2.0  # times the least loss so far
_STEPS = 5  # before a run is judged


def findings_of(timeline: Timeline, answers: Any) -> list[Finding]:
    """Return what is wrong where a run stands.

    Args:
        timeline: stands there, and knows the last step.
        answers: of each neuron to each sample.
    """
    engine, curves = timeline.engine, timeline.branch.curves
    found = [*_rate(engine, curves), *_sums(engine, timeline.earlier), *_memory(engine, curves)]
    if isinstance(engine.network, MLP):
        found += _layers(engine, engine.network, timeline.before)
        found += _units(engine, engine.network, answers, _is_solved(engine, curves))
    return found


def _is_solved(engine: Engine, curves: Curves) -> bool:
    """Whether little is left to learn."""
    _, losses = _until(curves, engine.step, "training")
    return bool(losses) and losses[-1] < _SOLVED * losses[0]


def _units(engine: Engine, network: MLP, answers: Any, solved: bool) -> Iterator[Finding]:
    """Neurons that no sample reaches, or that no sample moves."""
    rows = engine.data.train
    place = 0
    for i, layer in enumerate(network.layers[:-1]):
        kind = layer.neurons[0].activation
        for j in range(len(layer.neurons)):
            given = answers[rows, place]
            place += 1
            where = f"layers[{i}].neurons[{j}]"
            if kind == "relu" and not (given > 0).any():
                yield Finding(
                    "dead",
                    where,
                    f"{where} is on for 0 of {len(rows)} samples: its output and its gradients"
                    " are 0, so it stopped learning.",
                    [0, len(rows)],
                )
            if kind in ("tanh", "sigmoid") and not solved:
                size = abs(given) if kind == "tanh" else abs(2.0 * given - 1.0)
                full = int((size > _FULL).sum())
                bound = "|tanh| > 0.97" if kind == "tanh" else "sigmoid < 0.015 or > 0.985"
                if full >= _MOST * len(rows):
                    yield Finding(
                        "saturated",
                        where,
                        f"{where} has {bound} on {full} of {len(rows)} samples: its slope there is"
                        f" {1.0 - _FULL**2:.3f} or less of the steepest, so it hardly learns.",
                        [full, len(rows)],
                    )


def _layers(engine: Engine, network: MLP, before: Sequence[float]) -> Iterator[Finding]:
    """Layers to which gradients come that faded or grew on the way back from the last one."""
    if len(network.layers) < 3 or not engine.step:
        return
    *sizes, last = _slopes(engine, network, before)
    if not last or not all(map(math.isfinite, [*sizes, last])):
        return
    for i, size in reversed(list(enumerate(sizes))):
        where = f"layers[{i}]"
        begins = (
            f"Gradients of {where} are {size:.3g} a weight on an input of size 1, of the last layer"
            f" {last:.3g}:"
        )
        if not size:
            kind, end = "vanishing", "nothing comes back to this layer, and it does not learn."
        elif size < _FADED * last:
            kind, end = "vanishing", f"{last / size:.3g} times as large. It hardly learns."
        elif size > _GROWN * last:
            kind = "exploding"
            end = f"{size / last:.3g} times less. Smaller first weights keep them alike."
        else:
            continue
        yield Finding(kind, where, f"{begins} {end}", [real(size), real(last)])
        return


def _slopes(engine: Engine, network: MLP, before: Sequence[float]) -> Iterator[float]:
    """For each layer the size of a weight's gradient, as it would be on an input of size 1.

    A weight's gradient is what comes back to its neuron times its input: where inputs grow from
    layer to layer as gradients grow on the way back, as by relu, gradients of weights are alike.
    """
    inputs = [engine.data.inputs[i] for i in engine.data.train[:_SOME]]
    answers, gradients = engine.responses_at(before, inputs), iter(engine.gradients)
    place = 0
    for layer in network.layers:
        grads = list(islice(gradients, len(layer.neurons) * (len(inputs[0]) + 1)))
        square = math.fsum(a * a for x in inputs for a in x) / len(inputs) + 1.0  # of the bias
        width = len(inputs[0]) + 1
        yield math.hypot(*grads) / math.sqrt(len(grads) * square / width)
        inputs = answers[:, place : place + len(layer.neurons)].tolist()
        place += len(layer.neurons)


def _rate(engine: Engine, curves: Curves) -> Iterator[Finding]:
    """A training loss that rises above what it was."""
    steps, losses = _until(curves, engine.step, "training")
    if len(losses) <= _STEPS:
        return
    least = min(losses)
    now = losses[-_STEPS:]
    if min(now) > _RISEN * least and max(now) > losses[0]:
        at = steps[losses.index(least)]
        yield Finding(
            "rate",
            "",
            f"Training loss {least:.4g} at step {at:.0f}, {now[-1]:.4g} now: it rises with rate"
            f" {engine.recipe.optimiser.lr:g}. A smaller rate makes steps that end lower.",
            [real(least), real(now[-1])],
        )


def _sums(engine: Engine, earlier: Sequence[float]) -> Iterator[Finding]:
    """Gradients that are sums over many steps."""
    if engine.configuration.zero_grad or engine.step < 2 or not earlier:
        return
    whole = engine.gradients
    if not any(whole):
        return  # no step was made yet that left any
    own = math.hypot(*(now - was for now, was in zip(whole, earlier, strict=True)))
    length = math.hypot(*whole)
    yield Finding(
        "zero_grad",
        "",
        f"The gradient of this step has length {length:.4g}, that of its batch alone {own:.4g}:"
        f" the rest is left over from {engine.step - 1} steps before. Zero the gradients before"
        " backward.",
        [real(length), real(own)],
    )


def _memory(engine: Engine, curves: Curves) -> Iterator[Finding]:
    """A held-out loss that rises while the training loss falls."""
    if len(engine.data.scored) < 10:
        return
    steps, aside = _until(curves, engine.step, "held_out")
    _, training = _until(curves, engine.step, "training")
    if len(aside) <= 2 * _STEPS:
        return
    best = min(range(len(aside)), key=aside.__getitem__)
    risen = min(aside[-_STEPS:])
    if risen > 1.2 * aside[best] + 0.02 and training[-1] < 0.9 * training[best]:
        yield Finding(
            "memorising",
            "",
            f"Since step {steps[best]:.0f} the training loss fell from {training[best]:.4g} to"
            f" {training[-1]:.4g}, and the loss on samples held out rose from {aside[best]:.4g} to"
            f" {aside[-1]:.4g}: it learns these samples by heart.",
            [real(training[best]), real(training[-1]), real(aside[best]), real(aside[-1])],
        )


def _until(curves: Curves, step: int, name: str) -> tuple[list[float], list[float]]:
    """Return steps and numbers of a curve up to a step."""
    steps = curves.columns["steps"].tolist()
    count = sum(1 for at in steps if at <= step)
    return steps[:count], curves.columns[name].tolist()[:count]
