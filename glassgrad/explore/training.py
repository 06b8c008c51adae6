"""A training run that pages look at and change, whatever it is doing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import msgspec

from ..data.errors import plural
from ..nn import MLP, Module
from ..training.anomaly import NotFiniteError
from .beside import Beside
from .buffers import Buffers
from .compiling import Compiling
from .configuration import fitted
from .dataset import Dataset
from .engine import Engine
from .frames import Place, View, frame_of
from .health import findings_of
from .inside.subjects import OfSample
from .messages.parts import Report
from .messages.training import Configuration, Curve, Finding, Frame, Setup
from .planes import first_plane, plane_of
from .player import Player
from .setup import carry_over, setup_of
from .start import Start
from .tables import table_source, uploaded
from .timeline import Timeline

Message = tuple[Report, Sequence[bytes]]

# What can be changed without the network or the samples becoming others: time goes on.
_LIVE = ("activations", "loss", "optimiser", "rate", "l1", "l2", "batch_size", "zero_grad")
_PATIENCE = 0.25  # seconds that a page waits for steps
_SAMPLES = ("data", "size", "noise", "data_seed", "held_out")


def _nobody(_report: Report, _buffers: Sequence[bytes]) -> None:
    """Stands where no page listens yet."""


class Training:
    """A network, its samples, and all that is done with them.

    All methods but `drawn` are for whoever has the turn; see `turn`.

    Args:
        start: what is explored; by default a small network on moons.
        compiled: whether to compile, in the background.
    """

    def __init__(self, start: Start | None = None, *, compiled: bool = True) -> None:
        self.start = start or Start()
        self.tell: Callable[[Report, Sequence[bytes]], None] = _nobody
        self._compiling = Compiling(self._take_over) if compiled else None
        self._player = Player(self._advance, self.show)
        self._serial = 0
        self._spare: Engine | None = None
        configuration = self.start.configuration
        self._begin(configuration, self.start.data(configuration))

    def turn(self) -> AbstractContextManager[None]:
        """Have the training wait between two steps, for as long as a block takes."""
        return self._player.turn()

    @contextmanager
    def aside(self) -> Iterator[Beside]:
        """Look at the run so far beside the training; take no turn for it."""
        with self.turn():
            branch, like = self.timeline.branch, self.engine
            engine, self._spare = self._spare, None
            if not engine or not engine.is_like(like):
                engine = self._new_engine(like.configuration, like.data, compiled=like.is_compiled)
            run = Beside.of(branch, like.step, engine)
        yield run
        self._spare = engine

    # What is explored.

    def _begin(
        self, configuration: Configuration, data: Dataset, keep: Module | None = None
    ) -> None:
        """Begin anew; `keep`: a network whose weights stay where they fit."""
        network = self.start.first_network(configuration, data)
        self._note = data.note
        if keep:
            self._note = f"{carry_over(keep, network)} {data.note}".strip()
        self._first = network
        self._stuck: Finding | None = None
        engine = self._new_engine(configuration, data)
        if ready := self._compiling and self._compiling.ready(configuration, data):
            ready.stand(engine.moment())
            engine = ready
        self.timeline = Timeline(engine, lambda c, d: self._engine_for(c, d))
        self.view = View(0, first_plane(data))

    def _new_engine(
        self, configuration: Configuration, data: Dataset, *, compiled: bool = False
    ) -> Engine:
        network = self._first
        if isinstance(network, MLP) and network.activations != list(configuration.activations):
            network = self.start.without_network().first_network(configuration, data)
        return Engine(network, configuration, data, compiled=compiled)

    def _engine_for(self, configuration: Configuration, data: Dataset) -> Engine:
        ready = self._compiling and self._compiling.ready(configuration, data)
        return ready or self._new_engine(configuration, data)

    def _compile(self) -> None:
        """Have native code made for the branch at hand, unless it is there."""
        if self._compiling and not self.engine.is_compiled:
            branch = self.timeline.branch
            self._compiling.want(
                branch,
                lambda: self._new_engine(branch.configuration, branch.data, compiled=True),
            )

    def _take_over(self, branch: object, engine: Engine) -> None:
        """Go on by native code, if that branch is still at hand."""
        with self.turn():
            assert self._compiling is not None
            self._compiling.settle()
            if branch is not self.timeline.branch:
                return
            if engine.is_compiled:
                self.timeline.take_over(engine)
            self.show()

    @property
    def engine(self) -> Engine:
        """What stands where pages look."""
        return self.timeline.engine

    @property
    def steps(self) -> int:
        """Where pages look: so many steps are made."""
        return self.timeline.step

    @property
    def sample(self) -> int:
        """The index of the sample whose numbers are shown."""
        return self.view.sample

    @property
    def configuration(self) -> Configuration:
        """By which steps are made."""
        return self.timeline.branch.configuration

    @property
    def data(self) -> Dataset:
        """The samples."""
        return self.timeline.branch.data

    @property
    def way(self) -> Literal["eager", "compiling", "compiled"]:
        """How steps are made."""
        if self.engine.is_compiled:
            return "compiled"
        return "compiling" if self._compiling and self._compiling.is_busy else "eager"

    # What pages are told.

    def setup(self) -> Setup:
        """Return what is explored."""
        return setup_of(self.engine, self.configuration, self.start, self.view.plane, self._note)

    def network(self) -> OfSample:
        """Return the network as it stands, to look into the loss of any sample."""
        engine = self.engine
        engine.reflect()
        network: Any = engine.mirror
        return OfSample(
            network,
            self.data.inputs,
            engine.targets,
            engine.loss_function,
            training=self.data.train,
            step=engine.step,
            lock=self._player.lock,
        )

    def frame(self) -> tuple[Frame, list[bytes]]:
        """Return where the network stands."""
        self.timeline.observe()
        self._serial += 1
        place = Place(self._serial, self.timeline.current, self._player.is_playing, self.way)
        answers = self.engine.answers()
        timeline = self.timeline
        findings = findings_of(timeline, answers)
        findings = [self._stuck, *findings] if self._stuck else findings
        return frame_of(self.engine, timeline.before, self.view, place, findings, answers)

    def curve_of(self, number: int) -> tuple[Curve, list[bytes]]:
        """Return the losses of a branch."""
        buffers = Buffers()
        columns = self.timeline.look_up(number).curves.columns.values()
        return Curve(number, *map(buffers.numbers, columns)), buffers.packed

    def everything(self) -> Iterator[Message]:
        """Return all that a page has to be told."""
        self._compile()
        self.timeline.observe()
        yield self.setup(), ()
        yield self.timeline.report(), ()
        yield self.curve_of(self.timeline.current)
        yield self.frame()

    def show(self) -> None:
        """Tell all pages where the network stands."""
        self._player.shows()
        frame, buffers = self.frame()
        self.tell(self.timeline.report(), ())
        self.tell(*self.curve_of(self.timeline.current))
        self.tell(frame, buffers)

    def _show_everything(self) -> None:
        self._player.shows()
        for message in self.everything():
            self.tell(*message)

    def drawn(self, serial: int) -> None:
        """Take down that a page has drawn a frame."""
        if self._compiling:
            self._compiling.begin()
        self._player.may_show(max(0, self._serial - serial))

    # Training.

    def play(self, speed: float = 0.0) -> None:
        """Train on in the background, so many steps a second; 0: as many as can be."""
        self._player.play(speed)

    def pause(self) -> None:
        """Stop after the running step."""
        if self._player.is_playing:
            self._player.stop()
            self.show()

    def step(self, steps: int = 1) -> None:
        """Make so many steps; those that take long in the background."""
        self._player.stop()
        end = time.monotonic() + _PATIENCE
        while steps and (made := self._advance(observed=False, most=steps)):
            steps -= made
            if steps and time.monotonic() > end:
                self._player.play(0.0, steps)
                return
        self.show()

    def _advance(self, observed: bool, most: int) -> int:
        """Make steps and return how many; 0: their numbers are not finite, and nothing moved."""
        try:
            made = self.timeline.advance(observed=observed, most=most)
        except NotFiniteError as error:
            self._stuck = Finding("not_finite", "", str(error), [])
            return 0
        self._stuck = None
        return made

    # Changes.

    def reset(self) -> None:
        """Go back to the first weights, with what was chosen and the samples as they stand."""
        self._player.stop()
        self._begin(self.configuration, self.data)
        self._show_everything()

    def configure(self, wanted: Configuration) -> None:
        """Take another configuration.

        Raises:
            ValueError: a name in it is unknown, or parts do not go together.
        """
        old = self.configuration
        fresh = _differences(old, wanted) & set(_SAMPLES)
        if "data" in fresh:
            self._refuse_other_samples()
        data = self.start.data(wanted) if fresh else self.data
        wanted = fitted(wanted, data.task)
        changed = _differences(old, wanted)
        if not changed:
            return
        if self.start.is_own and changed & {"hidden", "activations", "seed"}:
            raise ValueError(
                "The network is of a class of your own: its layers, activations and first weights"
                " are what your file says. Change them there and start again."
            )
        if changed <= set(_LIVE) and self.timeline.step:
            said = {name: _shown(getattr(wanted, name)) for name in sorted(changed)}
            self.timeline.fork(said, configuration=wanted)
            self._note = ""
        else:
            if "seed" in changed:
                self.start = self.start.without_network()
            self._begin(wanted, data, None if "seed" in changed else self.engine.network)
        self._show_everything()

    def set_sample(self, index: int) -> None:
        """Show another sample."""
        self.data.check(index)
        self.view = View(index, self.view.plane)
        self.show()

    def set_plane(self, x: int, y: int | None, held: Sequence[float]) -> None:
        """Draw maps over other inputs."""
        self.view = View(self.view.sample, plane_of(self.data, x, y, held))
        self._show_everything()

    def seek(self, step: int, branch: int | None = None) -> None:
        """Stand at a step of a branch."""
        self._player.stop()
        before = self.timeline.current
        self.timeline.seek(step, branch)
        self._stuck = None
        if self.timeline.current == before:
            self.show()
        else:
            self._show_everything()

    def peek(self, step: int, branch: int) -> tuple[Frame, list[bytes]]:
        """Return the frame of a step of a branch, and stay here."""
        with self.timeline.staying():
            self.timeline.seek(step, branch)
            return self.frame()

    def edit_parameter(self, index: int, data: float) -> None:
        """Set a parameter, in a new branch of time."""
        names = [name for name, _ in self.engine.network.named_parameters()]
        if index >= len(names):
            raise ValueError(f"There are {plural(len(names), 'parameter')}, not one at {index}.")
        self._fork(names[index], f"{data:.6g}", weight=(index, data))

    def edit_input(self, sample: int, place: int, number: float) -> None:
        """Set an input of a sample, in a new branch of time."""
        changed = self.data.with_input(sample, place, number)
        thing = f"sample {sample}, {self.data.features[place].name}"
        self._fork(thing, f"{number:.6g}", changed)

    def leave_out(self, sample: int, out: bool) -> None:
        """Train without a sample, or with it again, in a new branch of time."""
        changed = self.data.without(sample, out)
        self._fork(f"sample {sample}", "left out" if out else "taken in", changed)

    def add_point(self, inputs: Sequence[float], target: float) -> None:
        """Train on a further sample, in a new branch of time."""
        changed = self.data.with_point(inputs, target)
        self._fork(f"sample {len(self.data.inputs)}", "added", changed)

    def upload(self, name: str, text: str, target: str | None) -> None:
        """Explore a table that a page's user brings as text.

        Raises:
            ValueError: it is no table, or one that cannot be explored; nothing has changed.
        """
        self._refuse_other_samples()
        table, column = uploaded(name, text, target)
        name = f"{name} (file)" if name in self.start.names else name
        start = self.start.without_network().with_source(name, table_source(name, table, column))
        wanted = msgspec.structs.replace(self.configuration, data=name)
        data = start.data(wanted)
        self.start = start
        self._begin(fitted(wanted, data.task), data)
        self._show_everything()

    def _refuse_other_samples(self) -> None:
        if self.start.is_own:
            raise ValueError(
                "The network is of a class of your own; its samples are what your file says."
                " Change them there and start again."
            )

    def _fork(
        self,
        thing: str,
        now: str,
        data: Dataset | None = None,
        weight: tuple[int, float] | None = None,
    ) -> None:
        """Begin a branch in which a thing, as a page names it, is another one now."""
        self.timeline.fork({thing: now}, data=data, weight=weight)
        if data:
            plane = self.view.plane
            self.view = View(self.view.sample, plane_of(data, plane.x, plane.y, plane.held))
        self._stuck = None
        self._note = ""
        self._show_everything()


def _differences(one: Configuration, other: Configuration) -> set[str]:
    """Return the names of what is chosen otherwise."""
    names = one.__struct_fields__
    return {name for name in names if getattr(one, name) != getattr(other, name)}


def _shown(setting: Any) -> str:
    return ", ".join(setting) if isinstance(setting, tuple) else str(setting)
