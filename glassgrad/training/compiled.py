"""A recipe as native code: its step on a batch, and its score of one sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..functions import mean, total
from ..losses import Loss
from ..modes import no_grad
from ..nested import leaves, leaves_like
from ..optim import Optimiser
from .recipe import Recipe, State
from .samples import Samples

if TYPE_CHECKING:
    from ..compiler import Compiled

_REPLAYED = 50  # steps, at most, that finding the one which failed makes once more


class CannotCompile(TypeError):
    """Something of a run that only eager code can do; the message says what."""


class CompiledRecipe:
    """What a recipe does, done by native code.

    Args:
        recipe: what makes a step.
        samples: to train on.
        validation: to score, or None.
        with_outputs: whether a step gives the model's outputs beside the loss.

    Raises:
        CannotCompile: the samples or the optimiser are not of a kind that compiles.
    """

    def __init__(
        self, recipe: Recipe, samples: Samples, validation: Samples | None, with_outputs: bool
    ) -> None:
        from ..compiler import compile
        from ..compiler.running.backends import Native

        if type(recipe.optimiser).step is not Optimiser.step:
            raise CannotCompile(f"{type(recipe.optimiser).__name__} has a step of its own")
        self._recipe = recipe
        self._samples = _packed(samples)
        self._validation = _packed(validation) if validation else None
        self._step = compile(_step_of(recipe, with_outputs), backend=Native())
        self._score = compile(_score_of(recipe.model, recipe.loss), backend=Native())
        self._anchor: State = recipe.state
        self._since: list[tuple[list[int], float]] = []  # the steps made since then
        self._sizes: set[int] = set()

    @property
    def code(self) -> Compiled:
        """What was compiled of a step."""
        return self._step

    def is_new(self, rows: list[int]) -> bool:
        """Whether a step on as many rows is yet to be compiled."""
        return len(rows) not in self._sizes

    def step(self, rows: list[int]) -> tuple[float, list[Any], bool]:
        """As `Recipe.step`, and whether the loss and all parameters are finite."""
        if not self._since or len(self._since) == _REPLAYED:
            self._anchor, self._since = self._recipe.state, []
        lr = self._recipe.optimiser.rate()
        self._since.append((rows, lr))
        loss, size, outputs = self._run(rows, lr)
        self._sizes.add(len(rows))
        return loss, outputs, math.isfinite(loss) and math.isfinite(size)

    def undo(self) -> None:
        """Put the recipe back to where it stood before the last step."""
        self._recipe.restore(self._anchor)
        for rows, lr in self._since[:-1]:
            self._run(rows, lr)
        self._since = []

    def forget(self) -> None:
        """The recipe was put elsewhere: the steps so far are not those that led there."""
        self._since = []

    def score(self) -> tuple[float, list[Any]]:
        """As `Recipe.score` of the validation samples."""
        assert self._validation is not None, "there is nothing to score"
        with no_grad():
            pairs = zip(*self._validation, strict=True)
            scored = [_called(self._score, *pair) for pair in pairs]
        return mean(loss.data for loss, _ in scored), [output for _, output in scored]

    def _run(self, rows: list[int], lr: float) -> Any:
        X, y = self._samples
        return _called(self._step, _picked(X, rows), _picked(y, rows), lr)


def _called(compiled: Compiled, *arguments: Any) -> Any:
    """The result of compiled code.

    Raises:
        CannotCompile: whatever it raises; eager code shows what is the user's to mend.
    """
    try:
        return compiled(*arguments)
    except Exception as error:
        raise CannotCompile(str(error)) from error


def _step_of(recipe: Recipe, with_outputs: bool) -> Callable[..., Any]:
    """The function that is traced: a step, and the sum of the parameters after it."""

    def step(X: Any, y: Any, lr: float) -> tuple[float, float, list[Any]]:
        loss, outputs = recipe.step(Samples(_listed(X), _listed(y)), lr)
        size = total(p.data for p in recipe.optimiser.parameters)  # finite where all of them are
        return loss, size, outputs if with_outputs else []

    step.__qualname__ = "a training step"  # for whoever reads what is compiled
    return step


def _score_of(model: Any, loss: Loss) -> Callable[..., Any]:
    def score(x: Any, target: Any) -> tuple[Any, Any]:
        output = model(_listed(x))
        return loss(output, _listed(target)), output

    score.__qualname__ = "the score of a sample"
    return score


def _packed(samples: Samples) -> tuple[Any, Any]:
    """Inputs and targets as arrays, where each is numbers in rows of one length.

    Raises:
        CannotCompile: something is no number, or samples differ in shape; says which.
    """
    return _column("X", samples.X), _column("y", samples.y)


def _column(name: str, rows: list[Any]) -> Any:
    import numpy as np

    for i, row in enumerate(rows):
        for x in leaves(row):
            if not isinstance(x, (int, float)):
                raise CannotCompile(f"{name}[{i}] holds {x!r:.40}, and not numbers alone")
        try:
            leaves_like(rows[0], row, f"{name}[{i}]")
        except ValueError as error:
            raise CannotCompile(f"the samples differ in shape: {error}") from None
    array = np.array(rows)
    if array.dtype == object:  # dicts, or lists of different lengths
        return rows
    return array.astype(float) if array.dtype == bool else array


def _picked(column: Any, rows: list[int]) -> Any:
    return [column[i] for i in rows] if isinstance(column, list) else column[rows]


def _listed(x: Any) -> Any:
    """What eager code is given: lists in the place of arrays."""
    return x.tolist() if hasattr(x, "tolist") else x
