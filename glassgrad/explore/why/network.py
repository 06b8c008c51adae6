"""What each path through a network's neurons, and each sample, brings to one gradient.

The gradient that reaches a neuron's weighted sum is the gradient of its bias, as the bias is added
there. So one backward pass of the engine for each sample gives all that paths are made of.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ...modes import enable_grad
from ...nn import MLP
from ...value import Value
from ..inside.subjects import OfSample
from ..responses import activations

_MOST_PATHS = 4096


@dataclass
class Brought:
    """What comes to the gradient of one parameter, added up over some samples.

    `through` is by the neurons of the next layer; `paths` by one neuron of each layer from there
    on, empty where there are too many; `edges` by each input of each neuron from the parameter's
    layer on.
    """

    gradient: float
    samples: list[float]
    through: list[float]
    paths: dict[tuple[int, ...], float]
    edges: list[list[list[float]]]


@dataclass(frozen=True)
class Place:
    """Where a parameter of a network stands; `input` is -1 for the bias."""

    layer: int
    neuron: int
    input: int


def place_of(model: MLP, parameter: str) -> Place:
    """Find a parameter by its Python, `layers[1].neurons[2].w[0]`.

    Raises:
        ValueError: there is none of this name; says which there are.
    """
    for i, layer in enumerate(model.layers):
        for j, neuron in enumerate(layer.neurons):
            start = f"layers[{i}].neurons[{j}]."
            if parameter == f"{start}b":
                return Place(i, j, -1)
            for k in range(len(neuron.w)):
                if parameter == f"{start}w[{k}]":
                    return Place(i, j, k)
    raise ValueError(f"The network has no parameter {parameter!r}, but layers[0].neurons[0].w[0].")


def parameter_at(model: MLP, place: Place) -> Value:
    """Return the parameter that stands at a place."""
    neuron = model.layers[place.layer].neurons[place.neuron]
    return neuron.b if place.input < 0 else neuron.w[place.input]


def brought(subject: OfSample, place: Place, samples: Sequence[int]) -> Brought:
    """Take the gradient of the mean loss over some samples apart."""
    with subject.lock:
        model = copy.deepcopy(subject.model)  # the trained one's gradients are not touched
    assert isinstance(model, MLP)
    sizes = [len(layer.neurons) for layer in model.layers]
    after = sizes[place.layer + 1 :]
    found = Brought(0.0, [], [0.0] * (after[0] if after else 0), {}, [])
    found.edges = [
        [[0.0] * len(neuron.w) for neuron in layer.neurons] for layer in model.layers[place.layer :]
    ]
    share = 1.0 / len(samples)
    for sample in samples:
        pass_ = _pass(model, subject, sample, place)
        _add(found, pass_, place, share, whole=bool(after) and prod(after) <= _MOST_PATHS)
    found.gradient = sum(found.samples)
    return found


@dataclass(frozen=True)
class _Pass:
    """One sample's numbers: gradient, weights, inputs of each layer, gradients of sums, slopes."""

    gradient: float

    weights: list[list[list[float]]]
    inputs: list[list[float]]
    deltas: list[list[float]]
    slopes: list[list[float]]


def _pass(model: MLP, subject: OfSample, sample: int, place: Place) -> _Pass:
    model.zero_grad()
    x = subject.inputs[sample]
    with enable_grad():
        outs = activations(model, x)
        last = outs[-1]
        subject.loss(last if len(last) > 1 else last[0], subject.targets[sample]).backward()
    return _Pass(
        gradient=parameter_at(model, place).grad,
        weights=[[[w.data for w in n.w] for n in layer.neurons] for layer in model.layers],
        inputs=[list(x), *([out.data for out in row] for row in outs[:-1])],
        deltas=[[n.b.grad for n in layer.neurons] for layer in model.layers],
        slopes=[
            [_slope(out, layer.neurons[0].activation) for out in row]
            for row, layer in zip(outs, model.layers, strict=True)
        ],
    )


def _slope(out: Value, activation: str) -> float:
    """The slope of a neuron's activation, which made `out`."""
    row = out._primitive
    if activation == "linear" or row is None:
        return 1.0
    return float(row.slopes(out.data, out._prev[0].data)[0])


def _add(found: Brought, at: _Pass, place: Place, share: float, *, whole: bool) -> None:
    layer, j = place.layer, place.neuron
    local = at.inputs[layer][place.input] if place.input >= 0 else 1.0
    gradient = at.gradient * share
    found.samples.append(gradient)
    if place.input >= 0:
        found.edges[0][j][place.input] += gradient
    # What one unit of the gradient of a later sum brings to the parameter, by neuron of a layer.
    arrives = [0.0] * len(at.slopes[layer])
    arrives[j] = local * at.slopes[layer][j] * share
    for later in range(layer + 1, len(at.weights)):
        edges = found.edges[later - layer]
        onward = [0.0] * len(at.weights[later])
        for k, row in enumerate(at.weights[later]):
            for i, w in enumerate(row):
                step = arrives[i] * w
                edges[k][i] += step * at.deltas[later][k]
                onward[k] += step
            if later == layer + 1:
                found.through[k] += onward[k] * at.deltas[later][k]
        arrives = [x * slope for x, slope in zip(onward, at.slopes[later], strict=True)]
    if whole:
        _add_paths(found, at, place, local * at.slopes[layer][j] * share)


def _add_paths(found: Brought, at: _Pass, place: Place, start: float) -> None:
    """Add what each way through one neuron of each later layer brings."""
    ways: list[tuple[tuple[int, ...], float]] = [((place.neuron,), start)]
    last = len(at.weights) - 1
    for later in range(place.layer + 1, last + 1):
        end = at.deltas[later] if later == last else at.slopes[later]
        ways = [
            ((*way, k), x * row[way[-1]] * end[k])
            for way, x in ways
            for k, row in enumerate(at.weights[later])
        ]
    for way, x in ways:
        found.paths[way[1:]] = found.paths.get(way[1:], 0.0) + x
