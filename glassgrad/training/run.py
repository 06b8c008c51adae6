"""A training run: where it stands, batch by batch, and how that is kept and taken up again."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from .anomaly import NotFiniteError, where_it_began
from .driver import Driver
from .history import Epoch, History
from .metrics import Metric
from .order import Order
from .recipe import State


class Run:
    """A run over samples in batches, which can be stopped after any batch.

    Args:
        driver: makes the steps, and scores each epoch where it has validation samples.
        batch_size: samples in a step; the last step of an epoch may have fewer.
        metric: a further score, or None.
        seed: of the order of the samples.
    """

    def __init__(
        self,
        driver: Driver,
        batch_size: int,
        metric: Metric | None,
        seed: int,
    ) -> None:
        self.driver = driver
        self.recipe = driver.recipe
        self.samples = driver.samples
        self.validation = driver.validation
        self.metric = metric
        self.history = History()
        self.steps = 0
        self.best_loss = math.inf
        self.best_weights = self.recipe.weights
        self.order = Order(len(driver.samples), batch_size, seed)
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self.loss = self.score = self.seconds = 0.0  # over the samples of this epoch

    @property
    def steps_per_epoch(self) -> int:
        """How many batches the samples make."""
        return self.order.batches

    def advance(self) -> Epoch | None:
        """Make a step, or as many as are made in one go; return the epoch if they end it."""
        began = time.perf_counter()
        batches = self.order.ahead(self.driver.most)
        rows = batches[0]
        made = self.driver.steps(batches)
        if not made.finite:
            cause = where_it_began(
                self.recipe,
                lambda: self.recipe.step(self.samples.pick(rows)),
                self.driver.before,
            )
            raise NotFiniteError(
                f"Training stopped at step {self.steps + 1}, {self._place()}: {cause}"
            )
        self.steps += len(made.losses)
        for loss, total in zip(made.losses, made.totals, strict=True):
            self.loss += loss * len(rows)
            self.score += total
        ended = self.order.advance(len(made.losses))
        scores = self._scores() if ended else {}
        self.seconds += time.perf_counter() - began
        return self._close_epoch(scores) if ended else None

    def _place(self) -> str:
        batch = self.order.done // self.order.batch_size + 1
        return f"batch {batch} of epoch {len(self.history) + 1}"

    def _scores(self) -> dict[str, float]:
        """Score the epoch, as it went by, and the validation samples after it."""
        scores = {"loss": self.loss / len(self.samples)}
        if self.metric:
            scores[self.metric.name] = self.metric.overall(self.score, self.samples.y)
        if self.validation:
            loss, total = self.driver.score()
            if not math.isfinite(loss):
                validation, before = self.validation, self.recipe.state
                cause = where_it_began(self.recipe, lambda: self.recipe.score(validation), before)
                raise NotFiniteError(
                    f"Training stopped after epoch {len(self.history) + 1}, step {self.steps}: the"
                    f" validation loss is {loss}. {cause}"
                )
            scores["validation_loss"] = loss
            if self.metric:
                measured = self.metric.overall(total, self.validation.y)
                scores[f"validation_{self.metric.name}"] = measured
        return scores

    def _close_epoch(self, scores: Mapping[str, float]) -> Epoch:
        optimiser = self.recipe.optimiser
        lr = optimiser.lr(optimiser.t - 1) if callable(optimiser.lr) else optimiser.lr
        epoch = Epoch(len(self.history) + 1, self.steps, lr, scores, self.seconds)
        self.history.epochs.append(epoch)
        if scores.get("validation_loss", math.inf) < self.best_loss:
            self.best_loss = scores["validation_loss"]
            self.best_weights = self.recipe.weights
            self.history.best_epoch = epoch.epoch
        self._begin_epoch()
        return epoch

    def is_stale(self, patience: int | None) -> bool:
        """Whether the last `patience` epochs brought no better one."""
        return patience is not None and len(self.history) - self.history.best_epoch >= patience

    def finish(self, patience: int | None) -> History:
        """Put the best weights back where `patience` was given, and return the history."""
        if patience is not None and self.history.best_epoch:
            self.recipe.put_back(self.best_weights)
            self.history.stopped_early = self.is_stale(patience)
        return self.history

    def to_dict(self) -> dict[str, Any]:
        """Return where the run stands, as plain data for JSON."""
        return {
            "way": self.driver.way,
            "steps": self.steps,
            "done": self.order.done,
            "loss": self.loss,
            "score": self.score,
            "seconds": self.seconds,
            "shuffled_from": self.order.shuffled_from,
            "weights": self.recipe.weights,
            "optimiser": self.recipe.optimiser.state_dict(),
            "best_epoch": self.history.best_epoch,
            "best_loss": self.best_loss if self.history.best_epoch else None,
            "best_weights": self.best_weights,
            "epochs": [epoch.to_dict() for epoch in self.history],
        }

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Stand where a run stood that was kept with `to_dict`."""
        version, numbers, spare = state["shuffled_from"]
        self.order.take_up((version, tuple(numbers), spare), state["done"])
        self.steps = state["steps"]
        self.loss, self.score, self.seconds = state["loss"], state["score"], state["seconds"]
        self.recipe.restore(State(state["weights"], state["optimiser"]))
        self.driver.take_up(state.get("way", "eager"))  # the only way that there was at first
        self.best_loss = math.inf if state["best_loss"] is None else state["best_loss"]
        self.best_weights = state["best_weights"]
        self.history.best_epoch = state["best_epoch"]
        self.history.epochs[:] = map(Epoch.from_dict, state["epochs"])
