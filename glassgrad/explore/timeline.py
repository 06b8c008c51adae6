"""Branches of time: every step of a run can be seen again, and gone on from with a change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from .curves import Curves
from .dataset import Dataset
from .engine import Engine
from .messages import training as said
from .messages.training import Configuration
from .moments import ROOM, Moment, Moments

MOST_BRANCHES = 64
_GAPS = {False: 8, True: 1}  # steps between the points of a curve at first: eager, compiled


@dataclass
class Branch:
    """A line of time: the first, or one that an edit began.

    Args:
        parent: the number of the branch that it leaves, or None.
        changes: what is different from there on: a thing, such as a parameter, and what it became.
        configuration, data: by which its steps are made.
        moments: those kept.
        curves: its losses.
        last: the step that it reaches.
    """

    parent: int | None
    changes: Mapping[str, str]
    configuration: Configuration
    data: Dataset
    moments: Moments
    curves: Curves
    last: int

    @property
    def first(self) -> int:
        """The step at which it begins."""
        return self.moments.first.step

    def restart(self, compiled: bool) -> None:
        """Keep its beginning alone."""
        self.moments = Moments(self.moments.first)
        self.curves = Curves(_GAPS[compiled])


class Timeline:
    """All branches, and the engine that stands at a step of one of them.

    Args:
        engine: at its first moment.
        engine_for: gives an engine for another configuration and samples.
    """

    def __init__(
        self, engine: Engine, engine_for: Callable[[Configuration, Dataset], Engine]
    ) -> None:
        self.engine = engine
        self._engine_for = engine_for
        self.branches: list[Branch] = []
        self.current = 0
        self._begin(None, {}, engine.configuration, engine.data, engine.moment())

    @property
    def branch(self) -> Branch:
        """That at hand."""
        return self.branches[self.current]

    @property
    def step(self) -> int:
        """Where the engine stands."""
        return self.engine.step

    def _begin(
        self,
        parent: int | None,
        changes: Mapping[str, str],
        configuration: Configuration,
        data: Dataset,
        first: Moment,
    ) -> None:
        gap = _GAPS[self.engine.is_compiled]
        moments = Moments(first)
        begun = Branch(parent, changes, configuration, data, moments, Curves(gap), first.step)
        self.branches.append(begun)
        self.current = len(self.branches) - 1
        for branch in self.branches:
            branch.moments.shrink(ROOM // len(self.branches))
        self._stand(first)

    def _stand(self, moment: Moment) -> None:
        self.engine.stand(moment)
        self.before, self.earlier = self.engine.weights, self.engine.gradients
        self._is_observed = True

    def _take_down(self) -> None:
        """Keep what is to be kept of where the engine stands."""
        branch, engine = self.branch, self.engine
        branch.last = max(branch.last, engine.step)
        if branch.moments.wants(engine.step):
            branch.moments.keep(engine.moment())
        branch.curves.take(engine.step, engine.loss, engine.scores)

    def advance(self, *, observed: bool, most: int = 1) -> int:
        """Make a step, or up to `most` of which nothing is to be taken down; return how many.

        Args:
            observed: know the weights before it; then it is one step.
            most: steps.

        Raises:
            NotFiniteError: a number is no longer finite; nothing has moved.
        """
        if not self.branch.curves.columns["steps"]:
            self._take_down()
        if observed:
            self.before, self.earlier = self.engine.weights, self.engine.gradients
        start = self.step
        self.engine.advance(1 if observed else min(most, self._quiet))
        self._is_observed = observed
        self._take_down()
        return self.step - start

    @property
    def _quiet(self) -> int:
        """Steps up to the next one of which something may be taken down."""
        return min(
            kept.gap - self.step % kept.gap for kept in (self.branch.moments, self.branch.curves)
        )

    def advance_to(self, step: int) -> None:
        """Make steps up to this one."""
        while self.step < step:
            self.advance(observed=self.step == step - 1, most=step - 1 - self.step)

    def observe(self) -> None:
        """Know what the last step did, which may have been made in passing, and the losses."""
        if not self._is_observed:
            self._go_to(self.step)
        self._take_down()

    def seek(self, step: int, number: int | None = None) -> None:
        """Stand at a step of a branch.

        Raises:
            ValueError: there is no such branch or step; says how far it goes.
        """
        number = self.current if number is None else number
        branch = self.look_up(number)
        if not branch.first <= step <= branch.last:
            raise ValueError(
                f"Branch {number} goes from step {branch.first} to step {branch.last}, and so not"
                f" to step {step}. Train on, to get there."
            )
        self.current = number
        self._engage(branch.configuration, branch.data)
        self._go_to(step)

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Go elsewhere in a block, and stand here again after it."""
        here = self.step, self.current
        try:
            yield
        finally:
            self.seek(*here)

    def look_up(self, number: int) -> Branch:
        """Return a branch by its number, or raise ValueError."""
        if number >= len(self.branches):
            raise ValueError(f"There are {len(self.branches)} branches of time, from 0 on.")
        return self.branches[number]

    def _go_to(self, step: int) -> None:
        branch = self.branch
        self._stand(branch.moments.before(max(step - 1, branch.first)))
        self.advance_to(step)

    def _engage(self, configuration: Configuration, data: Dataset) -> None:
        """Have an engine that makes the steps of a configuration on samples."""
        if not self.engine.fits(configuration, data):
            self.engine = self._engine_for(configuration, data)
        self.engine.set_rate(configuration.rate)

    def fork(
        self,
        changes: Mapping[str, str],
        configuration: Configuration | None = None,
        data: Dataset | None = None,
        weight: tuple[int, float] | None = None,
    ) -> None:
        """Begin a new branch here, by changes: what each thing becomes.

        A branch of which no step is made yet is changed itself, so that a number that is dragged
        makes one branch.

        Raises:
            ValueError: there are too many branches.
        """
        left, moment = self.branch, self.engine.moment()
        parent = self.current
        if weight:
            moment = moment.with_weight(*weight)
        is_new = left.last == left.first and parent == len(self.branches) - 1
        if is_new and left.parent is not None:
            parent = left.parent
            changes = {**left.changes, **changes}
            self.branches.pop()
        elif len(self.branches) == MOST_BRANCHES:
            raise ValueError(
                f"There are {MOST_BRANCHES} branches of time already. Reset forgets them."
            )
        configuration = configuration or left.configuration
        data = data or left.data
        self._engage(configuration, data)
        self._begin(parent, changes, configuration, data, moment)

    def take_over(self, engine: Engine) -> None:
        """Make the steps of the branch at hand again by native code; see Note [The same bits]."""
        branch, step = self.branch, self.step
        self.engine = engine
        engine.set_rate(branch.configuration.rate)
        branch.restart(compiled=True)
        self._stand(branch.moments.first)
        self.advance_to(branch.last)
        self._go_to(step)

    def report(self) -> said.Timeline:
        """Return all branches, as a page is told."""
        branches = [
            said.Branch(b.parent, b.first, b.last, _written(b.changes)) for b in self.branches
        ]
        return said.Timeline(branches, self.current)


def _written(changes: Mapping[str, str]) -> str:
    return "; ".join(f"{thing} = {now}" for thing, now in changes.items())
