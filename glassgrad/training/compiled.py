"""A recipe as native code: many steps in one call, and the scores of many samples in one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..functions import mean, total
from ..losses import Loss
from ..modes import no_grad
from ..nested import leaves, leaves_like
from ..optim import Optimiser
from .metrics import Metric
from .outcomes import Outcomes
from .recipe import Made, Recipe, State
from .samples import Samples

if TYPE_CHECKING:
    from ..compiler import Compiled

_REPLAYED = 50  # calls, at most, whose steps are made once more where one of them failed
_GATHERED = 1 << 21  # numbers, at most, of the samples of one call: 16 MB


class CannotCompile(TypeError):
    """Something of a run that only eager code can do; the message says what."""


class CompiledRecipe:
    """What a recipe does, done by native code.

    Args:
        recipe: what makes a step.
        samples: to train on.
        validation: to score, or None.
        metric: what a step and a score measure beside the loss, or None.

    Raises:
        CannotCompile: the samples or the optimiser are not of a kind that compiles.
    """

    def __init__(
        self,
        recipe: Recipe,
        samples: Samples,
        validation: Samples | None,
        metric: Metric | None,
    ) -> None:
        from ..compiler import compile
        from ..compiler.running.backends import Native

        if type(recipe.optimiser).step is not Optimiser.step:
            raise CannotCompile(f"{type(recipe.optimiser).__name__} has a step of its own")
        self._recipe = recipe
        self._metric = metric
        self._samples = _packed(samples)
        self._validation = _packed(validation) if validation else None
        self._room = _GATHERED // max(1, len(leaves([samples.X[0], samples.y[0]])))  # samples
        self._step = compile(_step_of(recipe, metric is not None), backend=Native())
        self._score = compile(_score_of(recipe.model, recipe.loss), backend=Native())
        self._anchor: State = recipe.state
        self._since: list[tuple[list[list[int]], list[float]]] = []  # the calls made since then
        self._sizes: set[int] = set()

    @property
    def code(self) -> Compiled:
        """What was compiled of a step."""
        return self._step

    def is_new(self, rows: list[int]) -> bool:
        """Whether a step on as many rows is yet to be compiled."""
        return len(rows) not in self._sizes

    def steps(self, batches: list[list[int]]) -> Made:
        """Make steps on the first of these batches, which are of one size; on one at least.

        Where a step leaves a number that is not finite, that step is as if it had not been made,
        and nor are those after it. If it is the first, what is returned says so.
        """
        if not self._since or len(self._since) == _REPLAYED:
            self._anchor, self._since = self._recipe.state, []
        rates = self._rates(min(len(batches), max(1, self._room // len(batches[0]))))
        batches = batches[: len(rates)]
        self._since.append((batches, rates))
        try:
            outcomes, targets = self._run(batches, rates)
        except CannotCompile:
            self._undo(0)
            raise
        self._sizes.add(len(batches[0]))
        losses, sizes = outcomes.column(0), outcomes.column(1)
        totals = outcomes.totals(self._metric, targets)
        good = _before_a_failure(losses, sizes)
        if good < len(losses):
            self._undo(good)
        count = max(1, good)
        return Made(losses[:count], totals[:count], finite=good > 0)

    def _rates(self, count: int) -> list[float]:
        """The learning rates of the next steps, up to where a schedule gives none."""
        optimiser = self._recipe.optimiser
        rates = [optimiser.rate()]
        with suppress(Exception):  # raised again when it is that step's turn
            while len(rates) < count:
                rates.append(optimiser.rate(len(rates)))
        return rates

    def _run(self, batches: list[list[int]], rates: list[float]) -> tuple[Outcomes, Any]:
        """Make the steps, all of them; return their outcomes and the targets of each batch."""
        X, y = (_picked(column, batches) for column in self._samples)
        results = _repeated(self._step, len(batches), X, y, rates, each=("X", "y", "lr"))
        return Outcomes(results), y

    def _undo(self, good: int) -> None:
        """Put the recipe back to where it stood after so many steps of the last call."""
        *before, (batches, rates) = self._since
        self._recipe.restore(self._anchor)
        for call in [*before, (batches[:good], rates[:good])]:
            if call[0]:
                self._run(*call)
        self._since = []

    def forget(self) -> None:
        """The recipe was put elsewhere: the steps so far are not those that led there."""
        self._since = []

    def score(self) -> tuple[float, float]:
        """The loss of the validation samples, and what they add to the metric."""
        assert self._validation is not None, "there is nothing to score"
        X, y = self._validation
        with no_grad():
            outcomes = Outcomes(_repeated(self._score, len(X), X, y, each=("x", "target")))
        totals = outcomes.totals(self._metric, _picked(y, [[i] for i in range(len(y))]))
        return mean(outcomes.column(0)), sum(totals)


def _before_a_failure(losses: list[float], sizes: list[float]) -> int:
    """How many steps there are before the first that left a number which is not finite."""
    pairs = enumerate(zip(losses, sizes, strict=True))
    failed = (k for k, pair in pairs if not all(map(math.isfinite, pair)))
    return next(failed, len(losses))


def _repeated(compiled: Compiled, count: int, *arguments: Any, each: Sequence[str]) -> Any:
    """The results of so many steps of compiled code.

    Raises:
        CannotCompile: whatever it raises; eager code shows what is the user's to mend.
    """
    try:
        return compiled.repeat(count, *arguments, each=each)
    except Exception as error:  # the user's own model may raise anything
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
    def score(x: Any, target: Any) -> tuple[Any, list[Any]]:
        output = model(_listed(x))
        return loss(output, _listed(target)), [output]

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


def _picked(column: Any, batches: list[list[int]]) -> Any:
    """Of each batch its entries of a column."""
    if isinstance(column, list):
        return [[column[i] for i in rows] for rows in batches]
    return column[batches]


def _listed(x: Any) -> Any:
    """What eager code is given: lists in the place of arrays."""
    return x.tolist() if hasattr(x, "tolist") else x
