"""What pages are told of a training run is what eager code computes, whatever was asked before."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import glassgrad as gg
from glassgrad.explore import moments
from glassgrad.explore.configuration import START
from glassgrad.explore.curves import Curves
from glassgrad.explore.engine import Engine
from glassgrad.explore.messages.parts import Refused
from glassgrad.explore.messages.training import (
    AddPoint,
    AskCurve,
    Configuration,
    Configure,
    Curve,
    Drawn,
    EditInput,
    EditParameter,
    Frame,
    Hello,
    LeaveOut,
    Pause,
    Peek,
    Peeked,
    Play,
    Reset,
    Seek,
    SetPlane,
    SetSample,
    Setup,
    Timeline,
    ToEpoch,
)
from glassgrad.explore.training import Training


def chosen(**changes: Any) -> Configuration:
    """Return the first configuration with changes."""
    return msgspec.structs.replace(START, **changes)


class Reference:
    """The run of the first configuration, written down by hand with glassgrad's eager parts."""

    def __init__(self) -> None:
        self.X, self.y = gg.data.moons(200, noise=0.16, seed=7)
        self.train, self.held_out = gg.data.split(200, (0.75, 0.25), 7, stratify=self.y)
        activation = ["tanh", "tanh", "linear"]
        rng = random.Random(7)
        self.model = gg.MLP(2, [6, 4, 1], activation, init="glorot", rng=rng)
        self.optimiser = gg.optim.SGD(self.model.parameters(), lr=0.15)
        self.shuffler = random.Random(7)
        self.rows: list[int] = []

    def loss(self, rows: list[int]) -> Any:
        """Return the mean loss over samples."""
        losses = [gg.losses.binary_cross_entropy(self.model(self.X[i]), self.y[i]) for i in rows]
        return sum(losses) / len(losses)

    def step(self) -> float:
        """Make a step on ten samples."""
        if not self.rows:
            order = list(range(len(self.train)))
            self.shuffler.shuffle(order)
            self.rows = [self.train[i] for i in order]
        batch, self.rows = self.rows[:10], self.rows[10:]
        loss = self.loss(batch)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return float(loss.data)

    @property
    def weights(self) -> list[float]:
        """The parameters' numbers."""
        return [p.data for p in self.model.parameters()]


def test_steps_are_those_of_a_run_by_hand(page: Callable[..., Any]) -> None:
    """Weights, gradients, updates and losses after 17 steps are those of eager code."""
    listener, run = page(), Reference()
    for _ in range(16):
        run.step()
    before = run.weights
    batch_loss = run.step()
    listener.train(17)
    frame = listener.last(Frame)
    assert (frame.step, frame.epoch, frame.steps_per_epoch) == (17, 1, 15)
    near = pytest.approx
    assert listener.numbers(Frame, "weights") == near(run.weights, rel=1e-12)
    gradients = [p.grad for p in run.model.parameters()]
    assert listener.numbers(Frame, "gradients") == near(gradients, rel=1e-9, abs=1e-15)
    updates = [after - was for after, was in zip(run.weights, before, strict=True)]
    assert listener.numbers(Frame, "updates") == near(updates, rel=1e-9, abs=1e-15)
    assert frame.loss == near(batch_loss, rel=1e-12)
    assert frame.training.loss == near(run.loss(run.train).data, rel=1e-12)
    assert frame.held_out is not None
    assert frame.held_out.loss == near(run.loss(run.held_out).data, rel=1e-12)
    right = [(run.model(run.X[i]).data > 0) == run.y[i] for i in run.held_out]
    assert frame.held_out.metric == near(sum(right) / len(right))


@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_samples_of_a_wrong_class(page: Callable[..., Any], loss: str) -> None:
    """Those that the network itself puts in the other class are told as wrong, held out or not."""
    listener, run = page(), Reference()
    listener.ask(Configure, configuration=chosen(loss=loss))
    listener.train(4)
    for p, data in zip(run.model.parameters(), listener.numbers(Frame, "weights"), strict=True):
        p.data = data
    right = [(run.model(x).data > 0) == target for x, target in zip(run.X, run.y, strict=True)]
    wrong = [i for i, is_right in enumerate(right) if not is_right]
    assert set(wrong) & set(run.train)
    assert set(wrong) & set(run.held_out)
    assert listener.numbers(Frame, "wrong") == wrong


def test_samples_of_a_wrong_class_among_three(page: Callable[..., Any]) -> None:
    """With three classes, those for which an output is larger than that of their own class."""
    listener = page()
    listener.ask(Configure, configuration=chosen(data="blobs", noise=0.4))
    listener.train(2)
    setup, weights = listener.last(Setup), listener.numbers(Frame, "weights")
    model = gg.MLP(setup.sizes[0], list(setup.sizes[1:]), list(setup.activations))
    for p, data in zip(model.parameters(), weights, strict=True):
        p.data = data
    wrong = []
    for i, (x, target) in enumerate(zip(setup.inputs, setup.targets, strict=True)):
        outputs = [o.data for o in model(list(x))]
        if outputs[int(target)] < max(outputs):
            wrong.append(i)
    assert wrong
    assert listener.numbers(Frame, "wrong") == wrong


def test_a_samples_numbers(page: Callable[..., Any]) -> None:
    """Values of neurons and gradients for the chosen sample are those of its own graph."""
    listener, run = page(), Reference()
    listener.train(3)
    for _ in range(3):
        run.step()
    listener.ask(SetSample, index=41)
    run.model.zero_grad()
    x: Any = run.X[41]
    neurons = []
    for layer in run.model.layers:
        x = [neuron(x) for neuron in layer.neurons]
        neurons += x
    loss = gg.losses.binary_cross_entropy(x[0], run.y[41])
    loss.backward()
    near = pytest.approx
    assert listener.numbers(Frame, "values") == near([n.data for n in neurons], rel=1e-12)
    slopes = [n.grad for n in neurons]
    assert listener.numbers(Frame, "value_gradients") == near(slopes, rel=1e-9)
    gradients = [p.grad for p in run.model.parameters()]
    assert listener.numbers(Frame, "sample_gradients") == near(gradients, rel=1e-9)
    assert listener.last(Frame).sample.loss == near(loss.data, rel=1e-12)


def test_maps_are_the_networks_answers(page: Callable[..., Any]) -> None:
    """Points of the boundary and of a neuron's map are what the network gives in their middles."""
    listener, run = page(), Reference()
    listener.train(1)
    run.step()
    listener.ask(Hello)
    frame, plane = listener.last(Frame), listener.last(Setup).plane
    left, right, bottom, top = plane.bounds

    def middle(row: int, column: int, side: int) -> list[float]:
        x = left + (right - left) * (column + 0.5) / side
        return [x, top - (top - bottom) * (row + 0.5) / side]

    side = frame.boundary.width
    boundary = listener.numbers(Frame, "boundary")
    p = run.model(middle(3, 11, side)).sigmoid().data
    assert boundary[3 * side + 11] == pytest.approx(2 * p - 1, rel=1e-6)
    side = frame.maps.width
    maps = listener.numbers(Frame, "maps")
    assert frame.maps.count == 11
    second = run.model.layers[0].neurons[1](middle(7, 2, side)).data
    assert maps[side * side + 7 * side + 2] == pytest.approx(second, rel=1e-6)


def test_many_steps_in_one_call_are_those_one_by_one() -> None:
    """Weights, gradients, loss and epoch after 40 compiled steps are the same bit by bit."""
    training = Training(compiled=False)
    single, several = (
        Engine(training.engine.network, START, training.data, compiled=True) for _ in range(2)
    )
    calls = 0
    while several.step < 40:
        several.advance(40 - several.step)
        single.advance()
        calls += 1
    while single.step < 40:
        single.advance()
    assert calls < 20
    assert several.is_compiled
    assert several.moment() == single.moment()


def test_steps_that_take_long_leave_a_page_its_turn(
    page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a page has waited for its patience, steps are made in the background, all of them."""
    monkeypatch.setattr("glassgrad.explore.training._PATIENCE", 0.0)
    training = Training(compiled=False)
    listener, makers = page(training), []
    advance = training.timeline.advance

    def noted(**how: Any) -> int:
        makers.append(threading.get_ident())
        return advance(**how)

    monkeypatch.setattr(training.timeline, "advance", noted)
    listener.train(5)
    assert [maker == threading.get_ident() for maker in makers] == [True, *4 * [False]]


def test_any_step_comes_back_bit_by_bit(
    page: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that was left is the very same when it is sought, replayed from what was kept."""
    monkeypatch.setattr(moments, "_GAP", 6)  # 6, 12 and 18 are kept; an epoch has 15 steps
    listener, run = page(), Reference()
    seen = {}
    for _ in range(20):
        run.step()
        listener.train(1)
        frame = listener.last(Frame)
        assert listener.numbers(Frame, "weights") == pytest.approx(run.weights, rel=1e-11)
        fields = ("weights", "gradients", "updates")
        seen[frame.step] = [listener.numbers(Frame, name) for name in fields]
    for step in (17, 5, 20, 1, 13, 16, 12):
        listener.ask(Seek, step=step)
        assert listener.last(Frame).step == step
        assert [listener.numbers(Frame, n) for n in ("weights", "gradients", "updates")] == (
            seen[step]
        )
    listener.train(1)
    assert listener.numbers(Frame, "weights") == seen[13][0]


def test_reset_brings_the_same_weights_and_another_seed_others(page: Callable[..., Any]) -> None:
    """Reset repeats a run bit by bit; another seed draws other weights."""
    listener = page()
    listener.ask(Hello)
    first = listener.numbers(Frame, "weights")
    listener.train(4)
    fourth = listener.numbers(Frame, "weights")
    listener.ask(Reset)
    assert listener.numbers(Frame, "weights") == first
    assert listener.last(Timeline).branches[0].last == 0
    listener.train(4)
    assert listener.numbers(Frame, "weights") == fourth
    listener.ask(Configure, configuration=chosen(seed=8))
    assert listener.numbers(Frame, "weights") != first


def test_an_epoch_ends_where_all_samples_were_taken(page: Callable[..., Any]) -> None:
    """From step 3 an epoch of 15 steps ends at step 15."""
    listener = page()
    listener.train(3)
    listener.ask(ToEpoch)
    listener.wait_for(lambda: listener.last(Frame).step == 15)
    assert listener.last(Frame).epoch == 1


def test_an_edited_weight_begins_a_branch(page: Callable[..., Any]) -> None:
    """The old branch stays as it was; the new one goes on from the edited weight."""
    listener, run = page(), Reference()
    listener.train(5)
    for _ in range(5):
        run.step()
    listener.ask(EditParameter, index=2, value=1.5)
    assert listener.numbers(Frame, "weights")[2] == 1.5
    run.model.parameters()[2].data = 1.5
    listener.train(2)
    run.step()
    run.step()
    assert listener.numbers(Frame, "weights") == pytest.approx(run.weights, rel=1e-12)
    old, new = listener.last(Timeline).branches
    assert (old.last, new.parent, new.step, new.last) == (5, 0, 5, 7)
    assert new.change == "layers[0].neurons[0].b = 1.5"
    listener.ask(Seek, step=5, branch=0)
    assert listener.numbers(Frame, "weights")[2] != 1.5


def test_a_dragged_number_makes_one_branch(page: Callable[..., Any]) -> None:
    """Edits without a step between them change the branch that the first one began."""
    listener = page()
    listener.train(1)
    for k in range(5):
        listener.ask(EditParameter, index=2, value=float(k))
    listener.ask(EditParameter, index=3, value=0.25)
    branches = listener.last(Timeline).branches
    assert len(branches) == 2
    assert branches[1].change == "layers[0].neurons[0].b = 4; layers[0].neurons[1].w[0] = 0.25"


def test_left_out_and_changed_and_added_samples(page: Callable[..., Any]) -> None:
    """Samples that are edited change what is trained on, and say so."""
    listener = page()
    listener.train(1)
    listener.ask(Hello)
    inside = listener.last(Setup).parts.index("train")
    listener.ask(LeaveOut, sample=inside)
    assert listener.last(Setup).parts[inside] == "left_out"
    listener.train(1)
    listener.ask(EditInput, sample=3, input=1, value=0.75)
    assert listener.last(Setup).inputs[3][1] == 0.75
    listener.train(1)
    listener.ask(AddPoint, inputs=[0.5, 2.5], target=1.0)
    setup = listener.last(Setup)
    assert (setup.inputs[-1], setup.targets[-1], setup.parts[-1]) == ([0.5, 2.5], 1.0, "train")
    assert [b.change for b in listener.last(Timeline).branches[1:]] == [
        f"sample {inside} = left out",
        "sample 3, x2 = 0.75",
        "sample 200 = added",
    ]
    listener.train(2)
    assert math.isfinite(float(listener.last(Frame).loss))


def test_another_rate_goes_on_in_a_branch(page: Callable[..., Any]) -> None:
    """A rate that is changed under way holds from the next step on."""
    listener, run = page(), Reference()
    listener.train(3)
    listener.ask(Configure, configuration=chosen(rate=0.5))
    listener.train(1)
    for _ in range(3):
        run.step()
    run.optimiser.lr = 0.5
    run.step()
    assert listener.numbers(Frame, "weights") == pytest.approx(run.weights, rel=1e-12)
    assert listener.last(Timeline).branches[1].change == "rate = 0.5"
    listener.ask(Peek, step=2, branch=0)
    peeked, here = listener.last(Peeked).frame, listener.last(Setup).configuration
    assert (peeked.step, peeked.branch, here.rate) == (2, 0, 0.5)


def test_more_neurons_keep_what_fits(page: Callable[..., Any]) -> None:
    """A wider layer keeps the weights that are there in both, and says how many are new."""
    listener = page()
    listener.train(5)
    before = listener.numbers(Frame, "weights")
    listener.ask(Configure, configuration=chosen(hidden=(7, 4)))
    setup = listener.last(Setup)
    assert setup.sizes == [2, 7, 4, 1]
    assert setup.note == "7 of 58 weights are new."
    assert listener.numbers(Frame, "weights")[:18] == before[:18]


def test_several_classes_and_numbers(page: Callable[..., Any]) -> None:
    """Three classes give three probabilities at each point; three inputs leave one held."""
    listener = page()
    listener.ask(Configure, configuration=chosen(data="blobs"))
    assert listener.last(Setup).task == "classes"
    frame, boundary = listener.last(Frame), listener.numbers(Frame, "boundary")
    n = frame.boundary.width**2
    assert frame.boundary.count == 3
    assert sum(boundary[k * n + 5] for k in range(3)) == pytest.approx(1.0, rel=1e-6)
    listener.ask(Configure, configuration=chosen(data="lecture", held_out=0.0, loss="squared"))
    setup = listener.last(Setup)
    assert (setup.sizes[0], setup.plane.held) == (3, (1.625, 1.0, -0.125))
    assert listener.last(Frame).held_out is None
    listener.ask(SetPlane, x=2, y=0, held=[0.5, 0.25, 0.125])
    assert listener.last(Setup).plane.held == (0.5, 0.25, 0.125)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ((SetSample, {"index": 200}), "no sample 200"),
        ((Seek, {"step": 9}), "goes from step 0 to step 0"),
        ((Seek, {"step": 0, "branch": 3}), "1 branches of time"),
        ((EditParameter, {"index": 51, "value": 0.0}), "51 parameters"),
        ((EditInput, {"sample": 0, "input": 2, "value": 0.0}), "no input 2"),
        ((AddPoint, {"inputs": [1.0], "target": 0.0}), "2 inputs; 1 came"),
        ((AddPoint, {"inputs": [1.0, 2.0], "target": 0.5}), "0 to 1, not 0.5"),
        ((SetPlane, {"x": 0, "y": 0, "held": [0.0, 0.0]}), "two different inputs"),
        ((Configure, {"configuration": chosen(data="moon")}), "no samples 'moon'"),
        ((Configure, {"configuration": chosen(loss="squarred")}), "squared"),
        ((Configure, {"configuration": chosen(hidden=(128, 128, 128))}), "parameters"),
        ((AskCurve, {"branch": 1}), "1 branches"),
    ],
)
def test_what_cannot_be_is_refused(
    page: Callable[..., Any], asked: tuple[type, dict[str, Any]], says: str
) -> None:
    """What cannot be met is refused with the reason, and nothing has changed."""
    listener = page()
    listener.ask(Hello)
    before = listener.numbers(Frame, "weights")
    listener.ask(asked[0], **asked[1])
    refused = listener.last(Refused)
    assert refused.id == listener.asked
    assert says in refused.text
    listener.ask(Hello)
    assert listener.numbers(Frame, "weights") == before


def test_the_curve_is_thinned_and_true(page: Callable[..., Any]) -> None:
    """A curve's points are the losses at their steps."""
    listener, run = page(), Reference()
    listener.train(20)
    listener.ask(AskCurve, branch=0)
    assert listener.numbers(Curve, "steps") == [0.0, 8.0, 16.0]
    for _ in range(8):
        run.step()
    training = listener.numbers(Curve, "training")[1]
    assert training == pytest.approx(run.loss(run.train).data, rel=1e-12)


def test_a_long_curve_keeps_every_second_point() -> None:
    """Beyond its room a curve has the points of even steps, each with its own losses."""
    curves = Curves(gap=1)
    for step in range(513):
        scores = (3.0 * step, 5.0 * step, 7.0 * step, 11.0 * step)
        curves.take(step, 2.0 * step, lambda scores=scores: scores)
    steps = [float(step) for step in range(0, 513, 2)]
    wanted = [[factor * at for at in steps] for factor in (1.0, 2.0, 3.0, 5.0, 7.0, 11.0)]
    assert [column.tolist() for column in curves.columns.values()] == wanted


def test_playing_waits_for_pages_and_stops(page: Callable[..., Any]) -> None:
    """While a page has drawn neither of two frames, it gets no further one; pause stops at once."""
    listener = page()
    listener.ask(Play)
    listener.wait_for(lambda: len([r for r, _ in listener.told if isinstance(r, Frame)]) >= 2)
    time.sleep(0.3)  # in which no page says that it has drawn
    told = [r for r, _ in listener.told if isinstance(r, Frame)]
    assert len(told) == 2
    listener.ask(Drawn, serial=told[0].serial)
    listener.wait_for(lambda: len([r for r, _ in listener.told if isinstance(r, Frame)]) >= 3)
    listener.ask(Pause)
    stopped = listener.last(Frame)
    assert not stopped.playing
    assert listener.session.training.timeline.step == stopped.step


def test_native_code_takes_over_and_repeats_itself(page: Callable[..., Any]) -> None:
    """Once it is there, native code has made all steps, with the same bits in each run."""
    runs = []
    for early in (3, 0):
        listener = page(Training())
        listener.ask(Hello)
        listener.train(1)
        listener.train(early + 1)
        listener.wait_for(lambda listener=listener: listener.session.training.way == "compiled", 60)
        with listener.session.training.turn():
            done = listener.session.training.timeline.step
        listener.train(40 - done)
        assert listener.last(Frame).way == "compiled"
        runs.append([listener.numbers(Frame, n) for n in ("weights", "gradients", "updates")])
    assert runs[0] == runs[1]
    run = Reference()
    for _ in range(40):
        run.step()
    assert runs[0][0] == pytest.approx(run.weights, rel=1e-9)
