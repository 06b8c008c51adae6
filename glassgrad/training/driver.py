"""How the steps of a run are made: by native code, where that pays and comes to the same.

Note [Which way]
The first step of a run is made eagerly. How much there is to compute decides whether compiling
pays: the number of operations and of steps, and nothing that is measured, so that the same run goes
the same way each time. Then that step is taken back and made by native code. Only where both come
to the same does the run go on compiled: what is left to chance in a model, which compiled code
would draw once and for all, shows here. A checkpoint keeps the way, for the two differ in the last
digits.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ..backward import inner_nodes
from ..modes import watching
from ..nested import leaves
from ..value import Value
from .anomaly import is_finite
from .compiled import CannotCompile, CompiledRecipe
from .interrupt import Interruption
from .recipe import Recipe, State
from .samples import Samples

if TYPE_CHECKING:
    from ..compiler import Compiled

Way = Literal["eager", "compiled"]

# To compile takes as long as some 60 eager steps and half a second more, in which eager code does
# that many operations, forward and backward.
_STEPS, _OPERATIONS = 60, 400_000
_SAME = 1e-6  # of the loss, and of the largest move of a parameter


class Made(NamedTuple):
    """What a step came to: the loss and the outputs before it, and whether all is finite."""

    loss: float
    outputs: list[Any]
    finite: bool


class Driver:
    """Makes the steps of a run over `samples`, and scores `validation`.

    Args:
        recipe: what makes a step.
        samples: to train on.
        validation: to score, or None.
        eager: True: never compile; False: compile whatever the size; None: where it pays.
        steps: how many there are to be.
        with_outputs: whether the outputs of a step are of use.
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
        with_outputs: bool,
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
        self._with_outputs = with_outputs
        self._say = say
        self._interruption = interruption
        self._native: CompiledRecipe | None = None

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

    def step(self, rows: list[int]) -> Made:
        """Make one update by the samples with these indices."""
        if self.way is None:
            return self._first(rows)
        made = self._compiled(rows) if self.way == "compiled" else None
        return made or self._eagerly(rows)

    def score(self) -> tuple[float, list[Any]]:
        """Return the loss and the outputs of the validation samples."""
        assert self.validation is not None, "there is nothing to score"
        if self.way == "compiled":
            try:
                loss, outputs = self._native_code().score()
                if math.isfinite(loss):
                    return loss, outputs
            except CannotCompile as error:
                self._give_up(error)
        return self.recipe.score(self.validation)

    def _eagerly(self, rows: list[int]) -> Made:
        self.before = self.recipe.state
        loss, outputs = self.recipe.step(self.samples.pick(rows))
        return Made(loss, outputs, is_finite(loss, self.recipe))

    def _first(self, rows: list[int]) -> Made:
        """Make the first step, and choose the way; see Note [Which way]."""
        dice = _dice()
        made = self._eagerly(rows)
        if not made.finite:
            return made
        if self._eager is None and not self._pays(made.outputs):
            self.way = "eager"
            return made
        after = self.recipe.state
        self.recipe.restore(self.before)
        try:
            if _dice() != dice:
                raise CannotCompile("its model or loss draws random numbers")
            compiled = self._natively(rows)
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
        if not math.isclose(made.loss, compiled.loss, rel_tol=_SAME, abs_tol=1e-9):
            raise CannotCompile(
                f"its first step has the loss {made.loss:.9g} eagerly and {compiled.loss:.9g}"
                " compiled, so something in the model or the loss is left to chance"
            )
        triples = list(zip(self.before.weights, after.weights, self.recipe.weights, strict=True))
        furthest = max(abs(there - start) for start, there, _ in triples)
        rounding = 1e-14 * max(abs(there) for _, there, _ in triples)
        if not all(abs(a - b) <= _SAME * furthest + rounding for _, a, b in triples):
            raise CannotCompile(
                "its first step moves the parameters to other numbers than an eager one"
            )

    def _compiled(self, rows: list[int]) -> Made | None:
        """Make a step by native code, with eager code to fall back on."""
        try:
            made = self._natively(rows)
        except CannotCompile as error:
            self._give_up(error)
            return None
        if made.finite:
            return made
        self._native_code().undo()
        made = self._eagerly(rows)
        if made.finite:
            self._give_up(CannotCompile("a number overflowed that is finite in eager code"))
        return made

    def _natively(self, rows: list[int]) -> Made:
        native = self._native_code()
        if not native.is_new(rows):
            return Made(*native.step(rows))
        before = self.recipe.state
        with self._interruption.let_through(lambda: self.recipe.restore(before)):
            return Made(*native.step(rows))

    def _native_code(self) -> CompiledRecipe:
        if self._native is None:
            self._native = CompiledRecipe(
                self.recipe, self.samples, self.validation, self._with_outputs
            )
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
