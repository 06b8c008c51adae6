"""Messages of a training run."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .parts import Count, Grid, Name, Numbers, Real, Report, Request

Positive = Annotated[int, Meta(ge=1, le=100_000)]
Amount = Annotated[float, Meta(ge=0, le=1e6)]
Seed = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Role = Literal["train", "held_out", "left_out"]


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that can be chosen; a page sends it back whole, with what it changed."""

    data: Name  # one of the choices
    size: Positive  # samples of a toy set
    noise: Amount  # and their spread
    data_seed: Seed  # of a toy set, and of what is held out
    held_out: Annotated[float, Meta(ge=0, le=0.9)]  # share of the samples
    # The hidden layers' neurons, and the activation of each layer, the output's last.
    hidden: Annotated[tuple[Annotated[int, Meta(ge=1, le=128)], ...], Meta(max_length=8)]
    activations: Annotated[tuple[Name, ...], Meta(max_length=9)]
    loss: Name
    optimiser: Name
    rate: Amount
    l1: Amount
    l2: Amount
    batch_size: Positive
    zero_grad: bool  # False: gradients are not zeroed between steps, as when one forgets to
    seed: Seed  # of the first weights and of the order of the samples


class Hello(Request, tag="hello", frozen=True):
    """A page has opened: tell it what is explored and where it stands."""


class Play(Request, tag="play", frozen=True):
    """Train on until `pause`, so many steps a second; 0: as many as can be."""

    speed: Amount = 0.0


class Pause(Request, tag="pause", frozen=True):
    """Stop training after the running step."""


class Step(Request, tag="step", frozen=True):
    """Make so many training steps and stop there."""

    steps: Annotated[int, Meta(ge=1, le=1_000_000)] = 1


class ToEpoch(Request, tag="epoch", frozen=True):
    """Train up to the end of the epoch and stop there."""


class Reset(Request, tag="reset", frozen=True):
    """Go back to the first weights, and forget what came after them."""


class Drawn(Request, tag="drawn", frozen=True):
    """The page has drawn the frame of this serial number and can take the next."""

    serial: Count


class Configure(Request, tag="configure", frozen=True):
    """Take another configuration; what fits of the weights is kept, unless the seed is another."""

    configuration: Configuration


class SetSample(Request, tag="set_sample", frozen=True):
    """Show this sample's numbers on the network from now on."""

    index: Count


class SetPlane(Request, tag="set_plane", frozen=True):
    """Draw maps over these two inputs (one alone: `y` null), the others held at these numbers."""

    x: Count
    y: Count | None
    held: list[float]


class Seek(Request, tag="seek", frozen=True):
    """Stand at this step of this branch of time; by default that at hand."""

    step: Count
    branch: Count | None = None


class Peek(Request, tag="peek", frozen=True):
    """Answer by the frame of this step of this branch (`Peeked`), and stay where we are."""

    step: Count
    branch: Count


class AskCurve(Request, tag="ask_curve", frozen=True):
    """Answer by the losses of a branch (`Curve`)."""

    branch: Count


class EditParameter(Request, tag="edit_parameter", frozen=True):
    """Set a parameter, by its place in `Setup.parameters`: a new branch of time begins here."""

    index: Count
    value: float


class EditInput(Request, tag="edit_input", frozen=True):
    """Set an input of a sample: a new branch of time begins here."""

    sample: Count
    input: Count
    value: float


class LeaveOut(Request, tag="leave_out", frozen=True):
    """Train without a sample, or with it again: a new branch of time begins here."""

    sample: Count
    out: bool = True


class AddPoint(Request, tag="add_point", frozen=True):
    """Add a sample: a new branch of time begins here."""

    inputs: list[float]
    target: float


class Upload(Request, tag="upload", frozen=True):
    """Explore a table that a page's user has as a text file, CSV or TSV."""

    name: Name
    text: str
    target: Name | None = None  # the column to predict; null: the last


class Feature(msgspec.Struct, frozen=True):
    """An input of the network: what it is called, and where the samples lie.

    `mean + scale * input` is the number in the unit of the table.
    """

    name: str
    low: float
    high: float
    mean: float
    scale: float


class Plane(msgspec.Struct, frozen=True):
    """What maps are drawn over: two inputs, or one (`y` null), the others held."""

    x: Count
    y: Count | None
    held: tuple[float, ...]
    bounds: tuple[float, float, float, float]  # left, right, bottom, top


class Choices(msgspec.Struct, frozen=True):
    """What a configuration can name."""

    data: list[str]
    activations: list[str]
    losses: list[str]
    optimisers: list[str]


class Setup(Report, tag="setup", frozen=True):
    """What is explored: the data, the network's shape, and all that can be chosen."""

    title: str
    task: Literal["binary", "classes", "regression"]
    configuration: Configuration
    choices: Choices
    features: list[Feature]
    target: str
    classes: list[str]
    sizes: list[Count]  # empty: the network is of the user's own making and has no layers to show
    activations: list[Name]
    parameters: list[str]
    inputs: list[list[float]]
    targets: list[float]
    parts: list[Role]  # one for each sample
    plane: Plane
    note: str  # what became of the weights, and what to know of the table


class Score(msgspec.Struct, frozen=True):
    """How well the network does on a part of the samples."""

    loss: Real
    metric: Real  # share of right answers, or R squared for numbers


class Shown(msgspec.Struct, frozen=True):
    """The sample at hand, and what the network makes of it."""

    index: Count
    outputs: list[Real]
    loss: Real


class Finding(msgspec.Struct, frozen=True):
    """Something is wrong, and the number that proves it."""

    kind: Name
    where: str  # the Python that reaches it: a neuron, a layer, or "" for the run
    text: str
    numbers: list[Real]


class Frame(Report, tag="frame", frozen=True):
    """Where the network stands after a step."""

    serial: Count
    branch: Count
    step: Count
    epoch: Count  # epochs that have ended
    steps_per_epoch: Count
    playing: bool
    way: Literal["eager", "compiling", "compiled"]
    loss: Real  # of the batch of this step, before it
    training: Score
    held_out: Score | None
    sample: Shown
    weights: Numbers  # as are the next three: one for each of `Setup.parameters`
    gradients: Numbers  # by which this step has moved the weights
    updates: Numbers  # how far it did
    sample_gradients: Numbers  # of the loss of the sample at hand
    values: Numbers  # of the neurons, layer by layer, for the sample at hand
    value_gradients: Numbers  # of its loss by each of them
    maps: Grid  # one for each neuron
    boundary: Grid  # one for each output: -1 to 1 for two classes, probabilities for more
    wrong: Numbers  # the samples that are put in another class than theirs
    findings: list[Finding]


class Peeked(Report, tag="peeked", frozen=True):
    """The frame that was asked for."""

    id: Count
    frame: Frame


class Curve(Report, tag="curve", frozen=True):
    """The losses of a branch, thinned: each buffer has one number for each of `steps`."""

    branch: Count
    steps: Numbers
    batch: Numbers
    training: Numbers
    held_out: Numbers
    training_metric: Numbers
    held_out_metric: Numbers


class Branch(msgspec.Struct, frozen=True):
    """A line of time: the first, or one that an edit began."""

    parent: Count | None
    step: Count  # at which it leaves its parent
    last: Count  # how far it goes
    change: str  # what was changed there


class Timeline(Report, tag="timeline", frozen=True):
    """All branches of time, by number, and that at hand."""

    branches: list[Branch]
    current: Count
