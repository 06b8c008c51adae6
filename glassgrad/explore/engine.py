"""A network in a memory of its own, and what trains it there.

Note [The same bits]
A branch of time is what native code makes of its first moment, where the network compiles, and what
eager code makes of it elsewhere. To compile takes a second or more; until then steps are made
eagerly, so that there is something to see at once, and are made again by native code as soon as
that is there: the same numbers but for the last digits. So the same seed gives the same bits,
however fast the machine compiles, and replayed steps are those that were shown.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..nn import Module
from ..training.anomaly import NotFiniteError, where_it_began
from ..training.driver import Driver
from ..training.interrupt import Interruption
from ..training.metrics import METRICS
from ..training.order import Order
from ..training.samples import Samples
from .configuration import loss_of, recipe_of, targets_of
from .curves import Scores
from .dataset import Dataset
from .messages.training import Configuration
from .moments import Moment
from .responses import Responses

if TYPE_CHECKING:
    from ..compiler import Compiled

_BUILT_IN = ("hidden", "activations", "loss", "optimiser", "l1", "l2", "batch_size", "zero_grad")


class Engine:
    """Makes the steps of a configuration on samples.

    Args:
        network: is copied.
        configuration, data: as they are.
        compiled: whether to compile, which is done by `warm_up`.
    """

    def __init__(
        self, network: Module, configuration: Configuration, data: Dataset, *, compiled: bool
    ) -> None:
        self.network = copy.deepcopy(network)
        self.mirror = copy.deepcopy(network)  # for the graph of one sample, beside the training
        self.mirrored = self.mirror.parameters()
        self._answers: tuple[list[float], Any] | None = None  # of which weights, and the answers
        self._scores: tuple[list[float], Scores] | None = None  # of which weights, and the scores
        self.configuration = configuration
        self.data = data
        self.loss_function = loss_of(configuration.loss, data.task)
        self.targets = targets_of(configuration, data)
        self.metric = METRICS["accuracy" if data.classes else "r2"]
        self.recipe = recipe_of(configuration, data.task, self.network)
        self.parameters = self.recipe.optimiser.parameters
        self._train, self._scored = data.train, data.scored
        samples = Samples([list(x) for x in data.inputs], self.targets).pick(self._train)
        self.trouble = ""  # why it does not compile
        self._driver = Driver(
            self.recipe,
            samples,
            None,
            eager=not compiled,
            steps=0,
            metric=None,
            say=self._say,
            interruption=Interruption(),
        )
        batch = min(configuration.batch_size, len(samples))
        self._order = Order(len(samples), batch, configuration.seed)
        self._respond = Responses(self.network, compiled=compiled)
        self.step = self.epoch = 0
        self.loss = math.nan

    def _say(self, why: str) -> None:
        self.trouble = why

    def fits(self, configuration: Configuration, data: Dataset) -> bool:
        """Whether it makes the steps of this configuration too: a rate and a seed it takes up."""
        own = self.configuration
        same = all(getattr(own, name) == getattr(configuration, name) for name in _BUILT_IN)
        return same and data == self.data

    def is_like(self, other: Engine) -> bool:
        """Whether it makes the steps of another one in the same way."""
        same_way = self.is_compiled == other.is_compiled
        return same_way and self.fits(other.configuration, other.data)

    def set_rate(self, rate: float) -> None:
        """Go on at another rate."""
        self.recipe.optimiser.lr = rate

    @property
    def is_compiled(self) -> bool:
        """Whether native code makes the steps."""
        return self._driver.way == "compiled"

    def warm_up(self) -> None:
        """Compile all that will be asked for; where that cannot be, be eager from now on."""
        first = self.moment()
        sizes = {self._order.batch_size, len(self._train) % self._order.batch_size} - {0}
        for size in sorted(sizes, reverse=True):
            self._driver.steps([list(range(size))])
        if self.is_compiled:
            self.scores()
        else:
            self._respond = Responses(self.network, compiled=False)
        self.stand(first)

    @property
    def steps_per_epoch(self) -> int:
        """How many batches the samples make."""
        return self._order.batches

    @property
    def steps_left(self) -> int:
        """How many steps the epoch has from here on."""
        return self._order.batches - self._order.done // self._order.batch_size

    @property
    def code(self) -> Compiled | None:
        """The native code of a step, once one was made by it."""
        return self._driver.code

    def upcoming(self) -> list[int]:
        """Return the samples of the next step's batch."""
        return [self._train[row] for row in self._order.upcoming()]

    def batch(self) -> Samples:
        """Return the next step's batch."""
        return self._driver.samples.pick(self._order.upcoming())

    def losses_at(self, weights: Sequence[float]) -> list[float]:
        """Move to these weights, and return the loss of each sample there."""
        self.recipe.put_back(weights)
        outputs = self.outputs(self.answers())
        return [self.loss_function(*pair) for pair in zip(outputs, self.targets, strict=True)]

    def advance(self, most: int = 1) -> None:
        """Make a step, or up to `most` steps of this epoch in one go of native code.

        Raises:
            NotFiniteError: a number became nan or infinite; says where it began. Nothing moved.
        """
        batches = self._order.ahead(min(most, self._driver.most))
        made = self._driver.steps(batches)
        if not made.finite:
            batch = self._driver.samples.pick(batches[0])
            cause = where_it_began(
                self.recipe, lambda: self.recipe.step(batch), self._driver.before
            )
            raise NotFiniteError(f"Step {self.step + 1} comes to no finite numbers: {cause}")
        self.epoch += self._order.advance(len(made.losses))
        self.step += len(made.losses)
        self.loss = made.losses[-1]

    def moment(self) -> Moment:
        """Take down where it stands."""
        return Moment.of(self.recipe, self._order, self.step, self.epoch, self.loss)

    def stand(self, moment: Moment) -> None:
        """Stand where this one, or one of another configuration, stood."""
        state, own = moment.state, self.recipe.optimiser.state_dict()
        same = moment.remembered["optimiser"] == own["optimiser"]
        if not same or state.remembered.keys() != own.keys():
            fresh = {name: [0.0] * len(self.parameters) for name in self.recipe.optimiser.memory}
            state = state._replace(remembered={**own, **fresh, "t": 0})
        if not self.recipe.zero_grad and not state.gradients:
            state = state._replace(gradients=[0.0] * len(self.parameters))
        for p in self.parameters:
            p.grad = 0.0
        self._driver.restore(state)
        done = moment.done if moment.done < len(self._train) else 0
        batch = self._order.batch_size
        self._order.take_up(moment.shuffler, done - done % batch)
        self.step, self.epoch, self.loss = moment.step, moment.epoch, moment.loss

    @property
    def weights(self) -> list[float]:
        """The numbers of the parameters."""
        return self.recipe.weights

    @property
    def gradients(self) -> list[float]:
        """The gradients by which the last step was made."""
        return [p.grad for p in self.parameters]

    def reflect(self) -> None:
        """Give the mirror the weights as they stand, and no gradients."""
        for p, data in zip(self.mirrored, self.weights, strict=True):
            p.data = data
            p.grad = 0.0

    def responses(self, points: Any) -> Any:
        """Return a row for each point, with what each neuron answers to it."""
        return self._respond(points)

    def responses_at(self, weights: Sequence[float], points: Any) -> Any:
        """Return what `responses` would with other weights."""
        own = self.weights
        self.recipe.put_back(weights)
        found = self._respond(points)
        self.recipe.put_back(own)
        return found

    def answers(self) -> Any:
        """Return what each neuron answers to each sample."""
        weights = self.weights
        if self._answers is None or self._answers[0] != weights:
            self._answers = weights, self._respond(self.data.inputs)
        return self._answers[1]

    def scores(self, answers: Any = None) -> Scores:
        """Return the losses and the metrics of training and held-out samples; nan without any."""
        weights = self.weights
        if self._scores is None or self._scores[0] != weights:
            outputs = self.outputs(self.answers() if answers is None else answers)
            training, training_metric = self._score(outputs, self._train)
            held_out, held_out_metric = self._score(outputs, self._scored)
            self._scores = weights, (training, held_out, training_metric, held_out_metric)
        return self._scores[1]

    def outputs(self, answers: Any) -> list[Any]:
        """Return the outputs among the answers: numbers, or lists where there are several."""
        several = len(self.data.classes) if self.data.task == "classes" else 0
        found: list[Any] = (answers[:, -several:] if several else answers[:, -1]).tolist()
        return found

    def wrong(self, answers: Any) -> list[int]:
        """Return the samples that the answers put in another class than theirs."""
        if not self.data.classes:
            return []
        pairs = zip(self.outputs(answers), self.targets, strict=True)
        return [i for i, pair in enumerate(pairs) if not self.metric.of_row(*pair)]

    def _score(self, outputs: list[Any], rows: list[int]) -> tuple[float, float]:
        if not rows:
            return math.nan, math.nan
        pairs = [(outputs[i], self.targets[i]) for i in rows]
        losses = [self.loss_function(*pair) for pair in pairs]
        some, targets = [o for o, _ in pairs], [t for _, t in pairs]
        return math.fsum(losses) / len(losses), self.metric(some, targets)
