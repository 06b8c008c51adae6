"""The training step of the lecture: forward, zero the gradients, backward, update."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..losses import Loss, l1, l2, mean_loss
from ..modes import no_grad
from ..optim import Optimiser, clip_grad_norm
from .samples import Samples


class State(NamedTuple):
    """All that a step changes.

    Args:
        weights: the numbers of the parameters.
        remembered: what the optimiser keeps.
        gradients: those of the parameters, where a step begins with them.
    """

    weights: Sequence[float]
    remembered: Mapping[str, Any]
    gradients: Sequence[float] = ()


class Made(NamedTuple):
    """What steps came to, one after another, each on a batch.

    Args:
        losses: of each batch, before its step.
        totals: what the rows of each batch add to the metric, before its step.
        finite: whether the loss and all parameters are finite. Where not, it is one step.
    """

    losses: list[float]
    totals: list[float]
    finite: bool


@dataclass(frozen=True)
class Recipe:
    """What makes a step; `fit` tells what each is.

    Without `zero_grad` the gradients of a step add up to those of all steps before: the mistake
    that the lecture warns of, here to be looked at.
    """

    model: Any
    loss: Loss
    optimiser: Optimiser
    l1: float = 0.0
    l2: float = 0.0
    clip: float | None = None
    zero_grad: bool = True

    def step(self, batch: Samples, lr: float | None = None) -> tuple[float, list[Any]]:
        """Make one update; return the loss and the outputs as they were before it.

        Args:
            batch: what to learn from.
            lr: in the place of the rate that the optimiser has; a compiled step gets it from
                outside, so that a schedule may be any function.
        """
        outputs = [self.model(x) for x in batch.X]
        loss = mean_loss(self.loss, outputs, batch.y)
        if self.zero_grad:
            self.optimiser.zero_grad()
        self._with_penalties(loss).backward()
        if self.clip is not None:
            clip_grad_norm(self.optimiser.parameters, self.clip)
        if lr is None:
            self.optimiser.step()
        else:
            self.optimiser.move(lr)
        return loss.data, outputs

    def _with_penalties(self, loss: Any) -> Any:
        if self.l1:
            loss = loss + self.l1 * l1(self.optimiser.parameters)
        if self.l2:
            loss = loss + self.l2 * l2(self.optimiser.parameters)
        return loss

    def score(self, samples: Samples) -> tuple[float, list[Any]]:
        """Return the loss and the outputs, without learning from them."""
        with no_grad():
            outputs = [self.model(x) for x in samples.X]
            return mean_loss(self.loss, outputs, samples.y).data, outputs

    @property
    def state(self) -> State:
        """All that a step changes."""
        gradients = [] if self.zero_grad else [p.grad for p in self.optimiser.parameters]
        return State(self.weights, self.optimiser.state_dict(), gradients)

    def restore(self, state: State) -> None:
        """Go back to a state as it was at another time."""
        self.put_back(state.weights)
        self.optimiser.load_state_dict(state.remembered)
        if not self.zero_grad:
            for p, grad in zip(self.optimiser.parameters, state.gradients, strict=True):
                p.grad = grad

    @property
    def weights(self) -> list[float]:
        """The numbers of the parameters."""
        return [p.data for p in self.optimiser.parameters]

    def put_back(self, weights: Sequence[float]) -> None:
        """Set the parameters to the numbers that they had at another time."""
        for p, data in zip(self.optimiser.parameters, weights, strict=True):
            p.data = data
