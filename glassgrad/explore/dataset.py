"""The samples that are explored: made up, or rows of a table, all known or some held out."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..data import Encoder, Table, split, toy
from ..data.columns import Column, Number
from ..data.errors import plural

Task = Literal["binary", "classes", "regression"]
TOYS = ("moons", "circles", "xor", "spirals", "blobs", "lecture", "demo_moons")
MOST_SAMPLES = 5000
MOST_INPUTS = 200


@dataclass(frozen=True)
class Scale:
    """What a network's input is in the unit of a table: `mean + scale * input`."""

    name: str
    mean: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class Dataset:
    """Samples with their classes or numbers.

    Args:
        name: what a page calls it.
        features: one for each input.
        target: what is predicted.
        classes: their names; empty where a number is predicted.
        inputs, targets: one for each sample; a target is the index of a class, or a number.
        held_out: the indices of the samples that are only scored.
        left_out: those that count for nothing.
        note: what to know of how a table was taken.
    """

    name: str
    features: tuple[Scale, ...]
    target: str
    classes: tuple[str, ...]
    inputs: tuple[tuple[float, ...], ...]
    targets: tuple[float, ...]
    held_out: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    note: str = ""

    @property
    def task(self) -> Task:
        """What is learned."""
        if not self.classes:
            return "regression"
        return "binary" if len(self.classes) == 2 else "classes"

    @property
    def train(self) -> list[int]:
        """The samples to learn from."""
        aside = self.held_out | self.left_out
        return [i for i in range(len(self.inputs)) if i not in aside]

    @property
    def scored(self) -> list[int]:
        """The samples held out."""
        return sorted(self.held_out - self.left_out)

    def check(self, sample: int) -> None:
        """Raise ValueError where there is no such sample."""
        if sample >= len(self.inputs):
            there = plural(len(self.inputs), "sample")
            raise ValueError(f"There are {there}, numbered from 0, and so no sample {sample}.")

    def with_input(self, sample: int, place: int, number: float) -> Dataset:
        """Return it with another number for an input of a sample."""
        self.check(sample)
        if place >= len(self.features):
            raise ValueError(f"A sample has {len(self.features)} inputs, and so no input {place}.")
        inputs = list(self.inputs)
        changed = list(inputs[sample])
        changed[place] = number
        inputs[sample] = tuple(changed)
        return replace(self, inputs=tuple(inputs))

    def without(self, sample: int, out: bool) -> Dataset:
        """Return it with a sample left out, or with it again."""
        self.check(sample)
        left_out = self.left_out | {sample} if out else self.left_out - {sample}
        found = replace(self, left_out=left_out)
        if not found.train:
            raise ValueError("This is the last sample to train on; it cannot be left out too.")
        return found

    def with_point(self, inputs: Sequence[float], target: float) -> Dataset:
        """Return it with a further sample, to train on."""
        if len(inputs) != len(self.features):
            raise ValueError(
                f"A sample has {plural(len(self.features), 'input')}; {len(inputs)} came."
            )
        if self.classes and target not in range(len(self.classes)):
            raise ValueError(
                f"A class is a whole number from 0 to {len(self.classes) - 1}, not {target:g}."
            )
        if len(self.inputs) >= MOST_SAMPLES:
            raise ValueError(f"The explorer takes at most {MOST_SAMPLES:,} samples.")
        return replace(
            self, inputs=(*self.inputs, tuple(inputs)), targets=(*self.targets, float(target))
        )


def divided(whole: Dataset, share: float, seed: int) -> Dataset:
    """Return the samples with a share of them held out, of each class as many."""
    if not share:
        return replace(whole, held_out=frozenset())
    labels = whole.targets if whole.classes else None
    _, aside = split(len(whole.inputs), (1.0 - share, share), seed, stratify=labels)
    return replace(whole, held_out=frozenset(aside))


def toy_dataset(name: str, size: int, noise: float, seed: int) -> Dataset:
    """Make a toy set; those that are always the same take no notice of the rest."""
    if size > MOST_SAMPLES:
        raise ValueError(f"The explorer takes at most {MOST_SAMPLES:,} samples, not {size:,}.")
    make = toy.SETS[name]
    known = inspect.signature(make).parameters
    X, y = make(**({"n": size, "noise": noise, "seed": seed} if "n" in known else {}))
    classes = sorted(set(y))
    return Dataset(
        name,
        tuple(Scale(f"x{i}") for i in range(1, len(X[0]) + 1)),
        "class",
        tuple(map(str, classes)),
        tuple(map(tuple, X)),
        tuple(float(classes.index(label)) for label in y),
    )


def table_dataset(name: str, whole: Table, target: str, share: float, seed: int) -> Dataset:
    """Take the rows of a table whose target is known; the encoder learns from those to train on.

    Raises:
        DataError: a column is not as it must be; says which and what to do.
        ValueError: there is too much of something for a page.
    """
    table = whole.drop_missing(target)
    _check_size(table)
    first = Encoder.fit(table, target)
    labels = first.targets(table) if first.classes else None
    train, aside = split(len(table), (1.0 - share, share), seed, stratify=labels)
    encoder = Encoder.fit(table, target, rows=train, task=first.task)
    encoder.check(table)
    encoded = encoded_dataset(name, table, encoder)
    return replace(encoded, held_out=frozenset(aside), note=" ".join(encoder.notes))


def encoded_dataset(name: str, table: Table, encoder: Encoder) -> Dataset:
    """Take the rows of a table as an encoder sees them."""
    _check_size(table)
    if len(encoder.features) > MOST_INPUTS:
        raise ValueError(
            f"{name} makes {len(encoder.features)} inputs, of which the explorer can show"
            f" {MOST_INPUTS}. Leave columns out; a column of text is an input for each value."
        )
    return Dataset(
        name,
        tuple(scale for column in encoder.columns for scale in _scales(column)),
        encoder.target,
        tuple(encoder.classes),
        tuple(map(tuple, encoder.inputs(table))),
        tuple(map(float, encoder.targets(table))),
    )


def _scales(column: Column) -> list[Scale]:
    if isinstance(column, Number):
        return [Scale(column.name, column.mean, column.scale)]
    return [Scale(feature) for feature in column.features]


def _check_size(table: Table) -> None:
    if len(table) > MOST_SAMPLES:
        raise ValueError(
            f"{table.source} has {len(table):,} rows whose target is known, of which the explorer"
            f" can show {MOST_SAMPLES:,}. Take a part of them; `glassgrad train` takes them all."
        )
