"""What can be looked into: the loss of a network's sample, a Value, a function of numbers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol

from ...modes import detect_anomaly, enable_grad
from ...nn import Module
from ...value import Value
from .recipe import Recipe, recipe_of
from .source import target_of


class Subject(Protocol):
    """Gives the expression to look into.

    `title` is how it is written, `samples` how many there are to choose from, and `step` after
    how many steps of training it stands. The numbers of leaves in `arguments` are what a function
    is called with: the others can be held, these are given to it.
    """

    title: str
    arguments: bool

    @property
    def samples(self) -> int:
        """How many samples there are to look at; 0 where there are none."""

    @property
    def step(self) -> int:
        """The steps of training so far."""

    def recipe(self, sample: int, held: Mapping[int, float]) -> tuple[Recipe, Mapping[int, float]]:
        """The expression, and what of `held` is still to be held in it."""


class OfValue:
    """A Value of the user's, with all that it was computed from."""

    samples = step = 0
    arguments = False

    def __init__(self, value: Value, title: str = "") -> None:
        self.title = title or value.label or target_of(value.line) or "expression"
        self._recipe = recipe_of(value)

    def recipe(self, _sample: int, held: Mapping[int, float]) -> tuple[Recipe, Mapping[int, float]]:
        """The expression as it was given."""
        return self._recipe, held


class OfFunction:
    """A function of numbers, called anew whenever one of its arguments changes."""

    samples = step = 0
    arguments = True

    def __init__(self, function: Callable[..., Any], arguments: Sequence[float] = ()) -> None:
        names = _arguments_of(function)
        given = [*arguments, *_defaults(function)[len(arguments) :]]
        self.title = f"{getattr(function, '__name__', 'function')}({', '.join(names)})"
        self.function = function
        self.given = dict(zip(names, given, strict=True))
        self.recipe(0, {})  # what does not work is said now

    def recipe(self, _sample: int, held: Mapping[int, float]) -> tuple[Recipe, Mapping[int, float]]:
        """The expression of one call; numbers held at an argument are what it is called with."""
        first = self._called(self.given)
        index = {name: node for node, name in enumerate(first.names) if first.is_leaf(node)}
        changed = {
            name: held[index[name]] for name in self.given if name in index and index[name] in held
        }
        if not changed:
            return first, held
        now = self._called({**self.given, **changed})
        rest = {node: x for node, x in held.items() if node not in {index[n] for n in changed}}
        return now, rest if now.parents == first.parents else {}

    def _called(self, given: Mapping[str, float]) -> Recipe:
        with enable_grad(), detect_anomaly(stop=False):
            made = self.function(*[Value(x, label=name) for name, x in given.items()])
        if not isinstance(made, Value):
            raise ValueError(
                f"{self.title} returned {made!r}, but what is looked into is one Value:"
                " let it return the number that its Values were computed to."
            )
        return recipe_of(made)


def _arguments_of(function: Callable[..., Any]) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]


def _defaults(function: Callable[..., Any]) -> list[float]:
    """A number for each argument: its default, or a small one that is not special."""
    found = []
    for place, name in enumerate(_arguments_of(function)):
        default = inspect.signature(function).parameters[name].default
        number = isinstance(default, (int, float)) and not isinstance(default, bool)
        found.append(float(default) if number else (2.0, -3.0, 10.0, 0.5)[place % 4])
    return found


class OfSample:
    """The loss of a network for one of its samples.

    Args:
        model: called with the inputs of one sample.
        inputs: of all samples.
        targets: of all samples.
        loss: takes what the model gives and the target.
        training: the samples that are trained on; by default all.
        step: how many steps of training the model has seen.
        lock: held while the model's numbers are read.
    """

    title = "the loss of a sample"
    arguments = False

    def __init__(
        self,
        model: Callable[..., Any],
        inputs: Sequence[Sequence[float]],
        targets: Sequence[Any],
        loss: Callable[[Any, Any], Any],
        *,
        training: Sequence[int] | None = None,
        step: int = 0,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self.model, self.inputs, self.targets, self.loss = model, inputs, targets, loss
        self.training = range(len(inputs)) if training is None else training
        self.step = step
        self.lock = lock or nullcontext()

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(self.inputs)

    def recipe(self, sample: int, held: Mapping[int, float]) -> tuple[Recipe, Mapping[int, float]]:
        """The loss of one sample, on the network's parameters as they are now."""
        if not 0 <= sample < len(self.inputs):
            raise ValueError(
                f"There are {len(self.inputs)} samples, counted from 0; there is no {sample}."
            )
        x = [Value(v, label=f"x[{i}]") for i, v in enumerate(self.inputs[sample])]
        with self.lock, enable_grad(), detect_anomaly(stop=False):
            loss = self.loss(self.model(x), self.targets[sample])
        if not isinstance(loss, Value):
            raise ValueError(f"The loss of sample {sample} is {loss!r}, no Value.")
        if not loss.label:
            loss.label = "loss"
        return recipe_of(loss, _named(self.model)), held


def _named(model: Any) -> dict[Value, str]:
    """The parameters of a model with the Python that reaches each, where it can tell."""
    pairs = model.named_parameters() if isinstance(model, Module) else []
    return {parameter: name for name, parameter in pairs}


def subject_of(thing: Any) -> Subject:
    """Return what to look into for a Value or a function.

    Raises:
        ValueError: it is neither; says what can be looked into.
    """
    if isinstance(thing, Value):
        return OfValue(thing)
    if callable(thing) and not isinstance(thing, type):
        return OfFunction(thing)
    raise ValueError(
        f"A {type(thing).__name__} has no expression to look into. Give a Value, or a function of"
        " numbers that returns one."
    )
