"""How the steps of a run are made: by native code, where that pays and comes to the same.

Note [Which way]
The first step of a run is made eagerly. How much there is to compute decides whether compiling
pays: the number of operations and of steps, and nothing that is measured, so that the same run goes
the same way each time. Then that step is taken back and made by native code. Only where both come
to the same does the run go on compiled: what is left to chance in a model, which compiled code
would draw once and for all, shows here. A checkpoint keeps the way, for the two differ in the last
digits.

Note [Many steps at once]
Native code makes as many steps in one call as are left of the epoch, or as many as take a blink of
an eye. That number is measured, yet a run comes to the same bits whatever it is.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ..backward import inner_nodes
from ..modes import watching
from ..nested import leaves
from ..value import Value
from .anomaly import is_finite
from .compiled import CannotCompile, CompiledRecipe
from .interrupt import Interruption
from .metrics import Metric
from .recipe import Made, Recipe, State
from .samples import Samples

if TYPE_CHECKING:
    from ..compiler import Compiled

Way = Literal["eager", "compiled"]

# To compile takes as long as some 60 eager steps and half a second more, in which eager code does
# that many operations, forward and backward.
_STEPS, _OPERATIONS = 60, 400_000
_SAME = 1e-6  # of the loss, and of the largest move of a parameter
_OVERFLOW = "a number overflowed that is finite in eager code"
_AT_ONCE = 0.05  # seconds, about, that native code makes steps while Ctrl-C has to wait


class Driver:
    """Makes the steps of a run over `samples`, and scores `validation`.

    Args:
        recipe: what makes a step.
        samples: to train on.
        validation: to score, or None.
        eager: True: never compile; False: compile whatever the size; None: where it pays.
        steps: how many there are to be.
        metric: a further score, or None.
        say: takes the line that says why a run is not compiled.
        interruption: what Ctrl-C does meanwhile.
    """

    def __init__(
        self,
        recipe: Recipe,
        samples: Samples,
        validation: Samples | None,
        *,
        eager: bool | None,
        steps: int,
        metric: Metric | None,
        say: Callable[[str], None],
        interruption: Interruption,
    ) -> None:
        self.recipe = recipe
        self.samples = samples
        self.validation = validation
        self.way: Way | None = "eager" if eager or watching() else None
        self.before: State = recipe.state  # before the last eager step
        self._eager = eager
        self._steps = steps
        self._metric = metric
        self._say = say
        self._interruption = interruption
        self._native: CompiledRecipe | None = None
        self._most = 1

    @property
    def most(self) -> int:
        """How many steps may be made in one go; see Note [Many steps at once]."""
        return self._most if self.way == "compiled" else 1

    @property
    def code(self) -> Compiled | None:
        """The native code of a step, once there is some."""
        return self._native.code if self._native else None

    def take_up(self, way: Way | None) -> None:
        """Go on as a run did that was stopped, unless something else is asked for."""
        asked: Way | None = None if self._eager is None else "eager" if self._eager else "compiled"
        self.way = asked or way
        if way and self.way != way:
            self._say(
                f"the run was {way} so far and goes on {self.way}, as asked; its last digits may"
                f" differ from those of a run that is {way} throughout."
            )

    def restore(self, state: State) -> None:
        """Go on from another state of the recipe."""
        self.recipe.restore(state)
        if self._native:
            self._native.forget()

    def steps(self, batches: list[list[int]]) -> Made:
        """Make updates by the first of these batches, one at least.

        Args:
            batches: indices of samples, as many in each.
        """
        if self.way is None:
            return self._first(batches[0])
        made = self._compiled(batches) if self.way == "compiled" else None
        return made or self._eagerly(batches[0])[0]

    def score(self) -> tuple[float, float]:
        """Return the loss of the validation samples, and what they add to the metric."""
        assert self.validation is not None, "there is nothing to score"
        if self.way == "compiled":
            try:
                loss, total = self._native_code().score()
                if math.isfinite(loss):
                    return loss, total
            except CannotCompile as error:
                self._give_up(error)
        loss, outputs = self.recipe.score(self.validation)
        return loss, self._total(outputs, self.validation)

    def _eagerly(self, rows: list[int]) -> tuple[Made, list[Any]]:
        """Make a step in Python; return the model's outputs too."""
        self.before = self.recipe.state
        batch = self.samples.pick(rows)
        loss, outputs = self.recipe.step(batch)
        made = Made([loss], [self._total(outputs, batch)], is_finite(loss, self.recipe))
        return made, outputs

    def _total(self, outputs: list[Any], samples: Samples) -> float:
        return self._metric.total(outputs, samples.y) if self._metric else 0.0

    def _first(self, rows: list[int]) -> Made:
        """Make the first step, and choose the way; see Note [Which way]."""
        dice = _dice()
        made, outputs = self._eagerly(rows)
        if not made.finite:
            return made
        if self._eager is None and not self._pays(outputs):
            self.way = "eager"
            return made
        after = self.recipe.state
        self.recipe.restore(self.before)
        try:
            if _dice() != dice:
                raise CannotCompile("its model or loss draws random numbers")
            compiled = self._natively([rows])
            self._compare(made, after, compiled)
        except CannotCompile as error:
            self.recipe.restore(after)
            self._give_up(error)
            return made
        self.way = "compiled"
        return compiled

    def _pays(self, outputs: Sequence[Any]) -> bool:
        """Whether there is enough to compute; see Note [Which way]."""
        seen: set[Value] = set()
        found = [leaf for leaf in leaves(outputs) if isinstance(leaf, Value)]
        operations = sum(len(inner_nodes(value, seen)) for value in found)
        return (self._steps - _STEPS) * operations > _OPERATIONS

    def _compare(self, made: Made, after: State, compiled: Made) -> None:
        """Check that a step came to the same both ways.

        Raises:
            CannotCompile: it did not; says in what.
        """
        if not compiled.finite:
            raise CannotCompile(_OVERFLOW)
        (by_hand,), (fast,) = made.losses, compiled.losses
        if not math.isclose(by_hand, fast, rel_tol=_SAME, abs_tol=1e-9):
            raise CannotCompile(
                f"its first step has the loss {by_hand:.9g} eagerly and {fast:.9g}"
                " compiled, so something in the model or the loss is left to chance"
            )
        triples = list(zip(self.before.weights, after.weights, self.recipe.weights, strict=True))
        furthest = max(abs(there - start) for start, there, _ in triples)
        rounding = 1e-14 * max(abs(there) for _, there, _ in triples)
        if not all(abs(a - b) <= _SAME * furthest + rounding for _, a, b in triples):
            raise CannotCompile(
                "its first step moves the parameters to other numbers than an eager one"
            )

    def _compiled(self, batches: list[list[int]]) -> Made | None:
        """Make steps by native code, with eager code to fall back on."""
        try:
            made = self._natively(batches)
        except CannotCompile as error:
            self._give_up(error)
            return None
        if made.finite:
            return made
        made, _ = self._eagerly(batches[0])
        if made.finite:
            self._give_up(CannotCompile(_OVERFLOW))
        return made

    def _natively(self, batches: list[list[int]]) -> Made:
        native = self._native_code()
        if native.is_new(batches[0]):
            before = self.recipe.state
            with self._interruption.let_through(lambda: self.recipe.restore(before)):
                return native.steps(batches[:1])
        start = time.perf_counter()
        made = native.steps(batches)
        self._pace(len(made.losses), time.perf_counter() - start)
        return made

    def _pace(self, steps: int, seconds: float) -> None:
        """Settle how many steps may be made in one go from here on."""
        if seconds > _AT_ONCE:
            self._most = max(1, self._most // 2)
        elif steps == self._most:
            self._most *= 2

    def _native_code(self) -> CompiledRecipe:
        if self._native is None:
            self._native = CompiledRecipe(self.recipe, self.samples, self.validation, self._metric)
        return self._native

    def _give_up(self, reason: Exception) -> None:
        """Go on eagerly, and say why."""
        goes_on = "goes on eagerly from here" if self.way == "compiled" else "runs eagerly"
        self._say(f"the training {goes_on}: {' '.join(str(reason).split())}")
        self.way, self._native = "eager", None


def _dice() -> list[Any]:
    """The state of the random numbers that all code shares."""
    states: list[Any] = [random.getstate()]
    if "numpy" in sys.modules:
        _, numbers, *rest = sys.modules["numpy"].random.get_state()
        states += [numbers.tobytes(), *rest]
    return states
