"""A run made again beside the training, which goes on: for answers that take many steps."""

from __future__ import annotations

from dataclasses import dataclass

from .engine import Engine
from .moments import Moment
from .timeline import Branch


@dataclass(frozen=True)
class Beside:
    """A branch of time, in an engine of its own.

    Args:
        engine: makes its steps again.
        kept: a moment of the branch, no later than any step that is asked for.
        rate: by which its steps are made.
        first, last: the step at which it begins, and that at which the training stood.
    """

    engine: Engine
    kept: Moment
    rate: float
    first: int
    last: int

    @classmethod
    def of(cls, branch: Branch, last: int, engine: Engine) -> Beside:
        """Take down what makes the last steps of a branch again."""
        kept = branch.moments.before(max(last - 1, branch.first))
        return cls(engine, kept, branch.configuration.rate, branch.first, last)

    def at(self, step: int) -> Engine:
        """Return the engine, standing at a step: the last one, or the one before it."""
        self.engine.stand(self.kept)
        self.engine.set_rate(self.rate)
        while self.engine.step < step:
            self.engine.advance(step - self.engine.step)
        return self.engine
