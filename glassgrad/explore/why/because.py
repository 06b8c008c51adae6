"""Puts the parts of a gradient into the report that a page draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ...nn import MLP
from ..inside.names import named, short_name
from ..inside.reading import Reading, read
from ..inside.subjects import OfSample, Subject
from ..messages.parts import real
from ..messages.why import Because, Part, Why
from .network import brought, parameter_at, place_of
from .parts import largest, with_rest
from .paths import count_paths, paths_up

_MOST = 8
_MOST_SAMPLES = 7


def because(subject: Subject, asked: Why) -> Because:
    """Answer a `Why`.

    Raises:
        ValueError: there is no such number, or no such sample.
    """
    if isinstance(subject, OfSample) and isinstance(subject.model, MLP):
        return _of_network(subject, subject.model, asked)
    return _of_expression(subject, asked)


def _of_network(subject: OfSample, model: MLP, asked: Why) -> Because:
    place = place_of(model, asked.parameter)
    if asked.sample >= subject.samples:
        raise ValueError(f"There are {subject.samples} samples; there is no {asked.sample}.")
    samples = [asked.sample] if asked.sample >= 0 else list(subject.training)
    if not samples:
        raise ValueError("There is no training sample, so no gradient. Add a point.")
    found = brought(subject, place, samples)
    total = found.gradient
    through = [Part(f"neurons[{k}]", real(x), [k], -1, 1) for k, x in enumerate(found.through)]
    paths = [
        Part(" → ".join(f"[{k}]" for k in way), real(x), list(way), -1, 1)
        for way, x in found.paths.items()
    ]
    by_sample = [
        Part(f"sample {i}", real(x), [], i, 1) for i, x in zip(samples, found.samples, strict=True)
    ]
    return Because(
        id=asked.id,
        parameter=asked.parameter,
        value=real(parameter_at(model, place).data),
        gradient=real(total),
        layer=place.layer,
        neuron=place.neuron,
        input=place.input,
        step=subject.step,
        through=largest(through, total, _MOST, "other neurons"),
        paths=largest(paths, total, _MOST, "other paths"),
        by_sample=largest(by_sample, total, _MOST_SAMPLES, "others") if len(samples) > 1 else [],
        samples=[real(x) for x in found.samples],
        edges=[[[real(x) for x in row] for row in layer] for layer in found.edges],
    )


def _of_expression(subject: Subject, asked: Why) -> Because:
    reading = read(*subject.recipe(max(0, asked.sample), {}))
    names = named(reading.recipe).names
    node = next((n for n, name in enumerate(names) if name == asked.parameter), -1)
    if node < 0:
        there = [name for name in names if name][:8]
        raise ValueError(f"There is no {asked.parameter!r} here, but {', '.join(there)}.")
    total = reading.grads[node]
    through = [
        Part(_called(reading, names, reader), real(reading.shares[reader][operand]), [], -1, 1)
        for reader, operand in reading.arrivals()[node]
    ]
    return Because(
        id=asked.id,
        parameter=asked.parameter,
        value=real(reading.data[node]),
        gradient=real(total),
        layer=0,
        neuron=0,
        input=-1,
        step=subject.step,
        through=largest(through, total, _MOST, "others"),
        paths=_paths(reading, names, node, total),
        by_sample=[],
        samples=[],
        edges=[],
    )


def _paths(reading: Reading, names: Sequence[str], node: int, total: float) -> list[Part]:
    count = count_paths(reading, node)
    found = [
        Part(
            " → ".join(_called(reading, names, inner) for inner in path.nodes[1:]),
            real(path.share),
            list(path.nodes),
            -1,
            1,
        )
        for path in islice(paths_up(reading, node), _MOST)
    ]
    return with_rest(found, total, count - len(found), "other paths")


def _called(reading: Reading, names: Sequence[str], node: int) -> str:
    row = reading.recipe.rows[node]
    return short_name(names[node], "") or (row.symbol if row is not None else "")
