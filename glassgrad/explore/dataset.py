"""The samples that are explored: made up, or rows of a table, all known or some held out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..data import Encoder, Table, split, toy
from ..data.columns import Column, Number
from ..data.errors import plural

Learn = Callable[..., Encoder]
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


def table_dataset(
    name: str, whole: Table, target: str, share: float, seed: int, learn: Learn = Encoder.fit
) -> Dataset:
    """Take the rows of a table whose target is known; the encoder learns from those to train on.

    Args:
        learn: makes the encoder of a table, its target and the rows to train on.

    Raises:
        DataError: a column is not as it must be; says which and what to do.
        ValueError: there are too many inputs for a page.
    """
    table = whole.drop_missing(target)
    first = learn(table, target)
    labels = first.targets(table) if first.classes else None
    train, aside = split(len(table), (1.0 - share, share), seed, stratify=labels)
    encoder = learn(table, target, rows=train, task=first.task)
    encoder.check(table)
    encoded = encoded_dataset(name, table, encoder)
    return replace(encoded, held_out=frozenset(aside), note=" ".join(encoder.notes))


def encoded_dataset(name: str, table: Table, encoder: Encoder) -> Dataset:
    """Take the rows of a table as an encoder sees them."""
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


def few(whole: Dataset) -> Dataset:
    """Take as many samples as a page can show: by chance, and of each class its share."""
    n = len(whole.inputs)
    if n <= MOST_SAMPLES:
        return whole
    share = MOST_SAMPLES / n
    labels = whole.targets if whole.classes else None
    shown, _ = split(n, (share, 1.0 - share), stratify=labels)
    return replace(
        whole,
        inputs=tuple(whole.inputs[i] for i in shown),
        targets=tuple(whole.targets[i] for i in shown),
        held_out=frozenset(at for at, i in enumerate(shown) if i in whole.held_out),
        note=f"Of {n:,} samples {MOST_SAMPLES:,} are shown, drawn by chance. {whole.note}".strip(),
    )


def _scales(column: Column) -> list[Scale]:
    if isinstance(column, Number):
        return [Scale(column.name, column.mean, column.scale)]
    return [Scale(feature) for feature in column.features]
