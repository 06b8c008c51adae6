"""Compiled runs whose steps are made many at a time, beside those that go one by one."""

import itertools
import json
import math
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glassgrad import MLP, Module, Value, losses, optim
from glassgrad.data import moons
from glassgrad.training import History, Interrupted, Metric, NotFiniteError, fit
from glassgrad.training import driver as drivers
from glassgrad.training.metrics import accuracy, r2
from glassgrad.training.progress import Silence
from tests.runs import compiled, weights

pytest.importorskip("llvmlite")

X, Y = moons(101, seed=1)
ASIDE = moons(15, seed=4)


class Line(Module):
    """A single neuron without a bend."""

    def __init__(self) -> None:
        self.w, self.v, self.b = Value(0.3), Value(-0.2), Value(0.1)

    def __call__(self, x: list[float]) -> Value:
        """Give the output."""
        return self.w * x[0] + self.v * x[1] + self.b


class Steps(Silence):
    """Notes after which steps it was told of the run, and may do something there."""

    def __init__(self, do: Callable[[int], None] = lambda done: None) -> None:
        self.told: list[int] = []
        self.do = do

    def step(self, done: int) -> None:
        """Note it."""
        self.told.append(done)
        self.do(done)


def run(model: Module, **changes: Any) -> History:
    """A run of four epochs, each of 20 batches of five samples and one of a single one."""
    return compiled(model, **{"X": X, "y": Y, "epochs": 4, "batch_size": 5} | changes)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, native code makes twice as many steps the next time."""
    monkeypatch.setattr(drivers, "_AT_ONCE", math.inf)


def scores(history: History) -> list[dict[str, float]]:
    """All that a log has but the time."""
    return [{**epoch.to_dict(), "seconds": 0} for epoch in history]


# How many at a time


@pytest.mark.usefixtures("patient")
def test_an_epoch_is_a_call_and_so_is_its_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the third epoch on: one call for whole batches, one for the last, one for the scores."""
    from glassgrad.compiler.running.native import Step

    calls, run_steps, per_epoch = [0], Step._steps, []

    def counted(self: Any, results: Any, *rest: Any) -> None:
        calls[0] += 1
        run_steps(self, results, *rest)

    class Epochs(Silence):
        def epoch(self, _epoch: Any) -> None:
            per_epoch.append(calls[0])

    monkeypatch.setattr(Step, "_steps", counted)
    run(Line(), validation=ASIDE, metric="accuracy", progress=Epochs())
    assert [b - a for a, b in itertools.pairwise(per_epoch)][1:] == [3, 3]


@pytest.mark.usefixtures("patient")
def test_progress_is_told_after_each_call() -> None:
    """The run is twice as many steps further each time, up to the end of an epoch."""
    steps = Steps()
    run(Line(), epochs=3, progress=steps)
    assert steps.told == [1, 2, 4, 8, 16, 20, 21, 37, 41, 42, 62, 63]


def test_where_a_step_takes_long_each_is_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C, progress and checkpoints wait for no more than one step."""
    monkeypatch.setattr(drivers, "_AT_ONCE", 0.0)
    steps = Steps()
    run(Line(), epochs=2, progress=steps)
    assert steps.told == list(range(1, 43))


SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all": {
        "validation": ASIDE,
        "metric": "accuracy",
        "patience": 2,
        "clip": 0.3,
        "l2": 0.01,
        "l1": 0.001,
    },
    "r2": {"loss": losses.squared, "metric": "r2", "validation": ASIDE},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_how_many_at_a_time_does_not_matter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one, or an epoch at once, or some that fit in a small room: the same bits."""
    found = []
    for at_once, gathered in ((0.0, 1 << 20), (math.inf, 1 << 20), (math.inf, 50)):
        monkeypatch.setattr(drivers, "_AT_ONCE", at_once)
        monkeypatch.setattr("glassgrad.training.compiled._GATHERED", gathered)
        model, steps = Line(), Steps()
        rate = optim.warm_up(optim.cosine(0.2, 70), 5)
        optimiser = optim.AdamW(model.parameters(), rate)
        history = run(model, optimiser=optimiser, progress=steps, **SETTINGS[name])
        found.append((weights(model), optimiser.state_dict(), scores(history)))
        together = max(b - a for a, b in itertools.pairwise(steps.told))
        assert together == (1 if not at_once else 20 if gathered > 50 else 3)
    assert found[0] == found[1] == found[2]


# Stopping and going on


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("after", [8, 37, 62, 63])
def test_going_on_from_within_an_epoch(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off after any call, a run ends in the bits of one that was left in peace."""
    monkeypatch.setitem(fit.__globals__, "_SAVE_EVERY", 0.0)
    checkpoint = tmp_path / "run.json"
    whole, cut, again = Line(), Line(), Line()
    settings: dict[str, Any] = {"validation": ASIDE, "metric": "accuracy", "patience": 3}

    def stop(done: int) -> None:
        if done == after:
            raise ZeroDivisionError

    history = run(whole, **settings)
    with pytest.raises(ZeroDivisionError):
        run(cut, checkpoint=checkpoint, progress=Steps(stop), **settings)
    kept = json.loads(checkpoint.read_text().split("\n")[1])["state"]
    assert after // 2 <= kept["steps"] < after
    resumed = run(again, checkpoint=checkpoint, resume=True, eager=None, **settings)
    assert weights(again) == weights(whole)
    assert scores(resumed) == scores(history)


@pytest.mark.usefixtures("patient")
def test_ctrl_c_while_native_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends a run with the steps of that call, in the middle of an epoch, and all are kept."""
    from glassgrad.compiler.running.native import Step

    whole, stopped, again = Line(), Line(), Line()
    run(whole)
    checkpoint, run_steps = tmp_path / "run.json", Step._steps

    def press(self: Any, results: Any, *rest: Any) -> None:
        if len(results) == 8:
            signal.raise_signal(signal.SIGINT)
        run_steps(self, results, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Step, "_steps", press)
        with pytest.raises(Interrupted, match=r"after step 16.*run\.json"):
            run(stopped, checkpoint=checkpoint)
    state = json.loads(checkpoint.read_text().split("\n")[1])["state"]
    assert (state["steps"], state["done"]) == (16, 80)
    run(again, checkpoint=checkpoint, resume=True, eager=None)
    assert weights(again) == weights(whole)


# Failures


class Falling(Module):
    """Its square root fails once the weight, which loses 1 with each step, is below -40.5."""

    def __init__(self) -> None:
        self.w = Value(0.0)

    def __call__(self, x: float) -> Value:
        """Give the output."""
        return (self.w + 40.5).sqrt() * x


class ByOne(optim.SGD):
    """Takes 1 from each parameter."""

    def _move(self, lr: float) -> None:
        for p in self.parameters:
            p.data -= lr + 0.0 * p.grad


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("epochs", [1, 30])
def test_steps_before_a_failing_one_count(epochs: int, tmp_path: Path) -> None:
    """Step 42 fails within the steps of one call: 41 stand, be it in one epoch or in several."""
    found = []
    for eager in (True, False):
        model, log = Falling(), tmp_path / f"{eager}.jsonl"
        optimiser = ByOne(model.parameters(), lr=1.0)
        samples = 240 // epochs
        with pytest.raises(NotFiniteError, match="stopped at step 42, batch") as caught:
            run(
                model,
                X=[1.0] * samples,
                y=[0.0] * samples,
                loss=losses.squared,
                optimiser=optimiser,
                batch_size=2,
                epochs=epochs,
                eager=eager,
                log=log,
            )
        lines = [json.loads(line)["loss"] for line in log.read_text().splitlines()]
        found.append((str(caught.value), optimiser.t, model.w.data, lines))
    assert found[0][:3] == found[1][:3]
    assert found[0][1:3] == (41, -41.0)
    assert found[0][3] == pytest.approx(found[1][3])


@pytest.mark.usefixtures("patient")
def test_a_schedule_that_fails_does_so_at_its_step() -> None:
    """The steps before the one without a rate are made, and the error is the schedule's own."""
    found = []
    for eager in (True, False):
        model, steps = Line(), Steps()
        optimiser = optim.SGD(model.parameters(), lambda t: -1.0 if t == 30 else 0.1 / (t + 1))
        with pytest.raises(ValueError, match="schedule gives after 30 steps"):
            run(model, optimiser=optimiser, eager=eager, progress=steps)
        found.append((steps.told[-1], optimiser.t, weights(model)))
    assert found[0][:2] == found[1][:2] == (30, 30)
    assert found[0][2] == pytest.approx(found[1][2])


# Metrics


def test_measuring_many_rows_is_measuring_each() -> None:
    """By arrays as row by row, for scores with ties, single scores and both kinds of labels."""
    numpy = pytest.importorskip("numpy")
    rng = numpy.random.default_rng(3)
    several = rng.integers(-2, 3, size=(200, 3)).astype(float)
    single = rng.integers(-2, 3, size=200).astype(float)
    cases = [
        (accuracy, several, rng.integers(0, 3, size=200)),
        (accuracy, single, rng.integers(0, 2, size=200)),
        (accuracy, single, rng.choice([-1.0, 1.0], size=200)),
        (r2, rng.normal(size=5000), rng.normal(size=5000)),
    ]
    for metric, outputs, targets in cases:
        pairs = zip(outputs.tolist(), targets.tolist(), strict=True)
        wanted = [metric.of_row(*pair) for pair in pairs]
        assert metric.of_rows
        assert metric.of_rows(outputs, targets) == wanted
        assert len(set(wanted)) > 1


class WithConstant(Line):
    """Gives two scores, one of which is always 0.25."""

    def __call__(self, x: list[float]) -> Any:
        """Give the scores."""
        return [super().__call__(x), 0.25]


class Named(Line):
    """Gives a dict."""

    def __call__(self, x: list[float]) -> Any:
        """Give the output by name."""
        return {"score": super().__call__(x)}


def _on_first(loss: Any) -> Any:
    def on_first(output: Any, target: Any) -> Any:
        return loss(output["score"] if isinstance(output, dict) else output[0], target)

    return on_first


HALF = Metric(
    "half",
    lambda output, target: float((output["score"].data > 0.5) == target),
    lambda total, targets: total / len(targets),
)
OWN = Metric("own", lambda output, target: output.data * target, lambda total, _: total)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("make", "loss", "metric"),
    [
        (WithConstant, _on_first(losses.binary_cross_entropy), "accuracy"),
        (Named, _on_first(losses.binary_cross_entropy), HALF),
        (Line, losses.binary_cross_entropy, OWN),
        (
            lambda: MLP(2, [2], activation="linear", rng=random.Random(1)),
            losses.cross_entropy,
            "accuracy",
        ),
    ],
)
def test_outputs_of_any_form_are_measured(make: Any, loss: Any, metric: Any) -> None:
    """Constants among them, dicts, and a metric of the user's own: as in the eager run."""
    found = []
    for eager in (True, False):
        history = run(make(), loss=loss, metric=metric, validation=ASIDE, eager=eager)
        assert len(set(history["loss"])) == 4
        found.append([history[name] for name in (*history.epochs[0].scores,)])
    assert found[1] == [pytest.approx(column, rel=1e-9) for column in found[0]]
