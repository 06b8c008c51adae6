"""Training runs whose steps are compiled, beside the same runs made eagerly."""

import builtins
import json
import math
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from glassgrad import MLP, Module, Value, losses, optim
from glassgrad.data import Encoder, moons, tables
from glassgrad.training import History, Interrupted, NotFiniteError, fit
from glassgrad.training.progress import Silence
from tests.runs import compiled, weights

pytest.importorskip("llvmlite")

X, Y = moons(30, seed=1)


def network(seed: int = 3) -> MLP:
    """A small network of the same weights each time."""
    activations = ["tanh", "linear"]
    return MLP(2, [3, 1], activation=activations, init="glorot", rng=random.Random(seed))


def run(model: Any, **changes: Any) -> History:
    """A short compiled run on the moons, with a last batch of six."""
    return compiled(model, **{"X": X, "y": Y, "epochs": 3, "batch_size": 8} | changes)


def way_of(checkpoint: Path) -> str:
    """Which way the run of a checkpoint goes."""
    way: str = json.loads(checkpoint.read_text().split("\n")[1])["state"]["way"]
    return way


class Stopped(Exception):
    """A run was stopped."""


class Stop(Silence):
    """Stops a run after so many steps."""

    def __init__(self, after: int) -> None:
        self.after = after

    def step(self, done: int) -> None:
        """Stop at the step."""
        if done == self.after:
            raise Stopped


# The same numbers, and the same bits

TABLES = {
    "penguins": ("species", losses.cross_entropy, "accuracy"),
    "auto_mpg": (None, losses.squared, "r2"),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_loss_is_that_of_the_eager_run(name: str) -> None:
    """Over five epochs of a real table all scores agree to 1e-9, and all weights.

    With Adam, a schedule that cannot be traced, weight decay, a penalty, clipping, a last batch of
    another size and validation.
    """
    target, loss, metric = TABLES[name]
    table = tables.load(name)
    target = target or tables.TABLES[name].target
    table = table.drop_missing(target).select(random.Random(0).sample(range(300), 150))
    encoder = Encoder.fit(table, target)
    inputs, targets = encoder.inputs(table), encoder.targets(table)
    found = []
    for eager in (True, False):
        nout = max(1, len(encoder.classes))
        model = MLP(len(inputs[0]), [5, nout], activation=["tanh", "linear"], rng=random.Random(1))
        optimiser = optim.Adam(
            model.parameters(), lambda t: 0.02 if t < 9 else 0.2 / (t + 1), weight_decay=1e-3
        )
        history = fit(
            model, inputs[:100], targets[:100], loss=loss, optimiser=optimiser, epochs=5,
            batch_size=24, validation=(inputs[100:], targets[100:]), patience=5, metric=metric,
            l2=1e-3, clip=0.5, progress=False, eager=eager,
        )  # fmt: skip
        found.append((history, weights(model), optimiser.state_dict()))
    (by_hand, eager_weights, eager_state), (fast, fast_weights, state) = found
    for score in ("loss", metric, "validation_loss", f"validation_{metric}", "lr", "step"):
        assert fast[score] == pytest.approx(by_hand[score], rel=1e-9)
    assert fast.best_epoch == by_hand.best_epoch
    assert fast_weights == pytest.approx(eager_weights, rel=1e-9, abs=1e-11)
    assert state["t"] == eager_state["t"] == 25
    assert state["m"] == pytest.approx(eager_state["m"], rel=1e-8, abs=1e-12)
    assert fast_weights != eager_weights, "the two are one and the same; nothing was compared"


def test_same_seed_same_bits() -> None:
    """Two compiled runs leave the same bits, and the seed settles the order of the samples."""
    models = [network() for _ in range(3)]
    before = random.getstate()
    for model, seed in zip(models, (5, 5, 6), strict=True):
        run(model, seed=seed)
    assert random.getstate() == before
    assert weights(models[0]) == weights(models[1]) != weights(models[2])


@pytest.mark.parametrize("after", [2, 3, 4, 6])
def test_resuming_is_bit_for_bit(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was stopped anywhere goes on compiled, and ends as one that never stopped."""
    monkeypatch.setitem(fit.__globals__, "_SAVE_EVERY", 0.0)
    monkeypatch.setattr("glassgrad.training.driver._AT_ONCE", 0.0)  # progress hears of each step
    checkpoint = tmp_path / "run.json"
    whole, stopped = network(), network()
    settings: dict[str, Any] = {"metric": "accuracy", "validation": moons(9, seed=4)}
    history = run(whole, **settings)
    with pytest.raises(Stopped):
        run(stopped, checkpoint=checkpoint, progress=Stop(after), **settings)
    again = network(seed=99)
    resumed = run(again, checkpoint=checkpoint, resume=True, eager=None, **settings)
    assert way_of(checkpoint) == "compiled"
    assert weights(again) == weights(whole)
    for score in ("loss", "accuracy", "validation_loss"):
        assert resumed[score] == history[score]


def test_going_on_another_way_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compiled run that is asked to go on eagerly does, and says that last digits may differ."""
    monkeypatch.setitem(fit.__globals__, "_SAVE_EVERY", 0.0)
    checkpoint = tmp_path / "run.json"
    with pytest.raises(Stopped):
        run(network(), checkpoint=checkpoint, progress=Stop(3))
    run(network(), checkpoint=checkpoint, resume=True, eager=True)
    assert "the run was compiled so far and goes on eager, as asked" in capsys.readouterr().err
    assert way_of(checkpoint) == "eager"


# Which way


@pytest.mark.parametrize(("epochs", "way"), [(3, "eager"), (2000, "compiled")])
def test_size_decides(epochs: int, way: str, tmp_path: Path) -> None:
    """A short run is not worth compiling, a long one is: by its steps, not by a clock."""
    checkpoint = tmp_path / "run.json"
    with pytest.raises(Interrupted):
        run(network(), eager=None, epochs=epochs, checkpoint=checkpoint, progress=Press(2))
    assert way_of(checkpoint) == way


class Press(Silence):
    """Presses Ctrl-C after so many steps."""

    def __init__(self, after: int) -> None:
        self.after = after

    def step(self, done: int) -> None:
        """Press it at the step."""
        if done == self.after:
            signal.raise_signal(signal.SIGINT)


def test_short_run_made_by_choice_is_the_eager_one() -> None:
    """Where compiling does not pay not a bit differs from a run that is told to be eager."""
    chosen, told = network(), network()
    run(chosen, eager=None)
    run(told, eager=True)
    assert weights(chosen) == weights(told)


class Noisy(Module):
    """Adds a random number of its own generator, or of the one that all code shares."""

    def __init__(self, rng: Any) -> None:
        self.w = Value(0.3)
        self.rng = rng

    def __call__(self, x: list[float]) -> Value:
        """Give the output."""
        return self.w * (x[0] + self.rng.random())


class Branching(Module):
    """Decides by its output."""

    def __init__(self) -> None:
        self.w = Value(0.3)

    def __call__(self, x: list[float]) -> Value:
        """Give the output."""
        y = self.w * x[0]
        return y if y > 0.0 else y * 0.1


class Longer(optim.SGD):
    """Has a step of its own."""

    def step(self) -> None:
        """Move twice."""
        super().step()
        super().step()


class Sum(Module):
    """Takes samples of any length."""

    def __init__(self) -> None:
        self.w = Value(0.3)

    def __call__(self, x: list[float]) -> Value:
        """Give the output."""
        return self.w * sum(x)


def by_name(output: Value, target: str) -> Value:
    """A loss whose target is a text."""
    return losses.squared(output, 1.0 if target == "one" else -1.0)


NAMES = ["one" if y else "other" for y in Y]
CHANCE = "dice that nothing seeds"
REFUSED: dict[str, tuple[Callable[[], Any], dict[str, Any], str]] = {
    "shared dice": (lambda: Noisy(random), {}, "its model or loss draws random numbers"),
    "own dice": (lambda: Noisy(random.Random(1)), {}, "draws random numbers (from a Random)"),
    CHANCE: (
        lambda: Noisy(random.SystemRandom()),
        {},
        "something in the model or the loss is left",
    ),
    "branch": (Branching, {}, "needs the number itself"),
    "texts": (network, {"y": NAMES, "loss": by_name}, "y[0] holds 'one', and not numbers alone"),
    "lengths": (
        Sum,
        {"X": [[1.0] * (1 + i % 2) for i in range(30)]},
        "the samples differ in shape: X[1] must be a list of 1, but a list of 2 came",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_compiled_runs_eagerly(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on standard error says why, and the run is the eager one to the last bit."""
    make, changes, reason = REFUSED[name]
    models = []
    for eager in (False, True):
        random.seed(8)
        model = make()
        models.append(model)
        run(model, eager=eager, **changes)
        told = capsys.readouterr().err
        assert told.count("\n") == (0 if eager else 1)
        assert eager or (reason in told and "the training runs eagerly: " in told)
    if name != CHANCE:
        assert weights(models[0]) == weights(models[1])


def test_own_step_is_honoured(capsys: pytest.CaptureFixture[str]) -> None:
    """An optimiser that overrides step() runs eagerly, and its step is called."""
    models = [network(), network()]
    for model, eager in zip(models, (False, True), strict=True):
        run(model, optimiser=Longer(model.parameters(), lr=0.1), eager=eager)
    assert "Longer has a step of its own" in capsys.readouterr().err
    assert weights(models[0]) == weights(models[1])


def test_without_llvmlite_it_runs_eagerly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the package that is missing."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "llvmlite"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "glassgrad.compiler.machine.llvm", raising=False)
    monkeypatch.delitem(sys.modules, "glassgrad.compiler.running.native", raising=False)
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "llvmlite":
            raise ImportError("No module named 'llvmlite'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    run(network())
    assert "the training runs eagerly: " in (told := capsys.readouterr().err)
    assert "llvmlite" in told


# Numbers that are not finite


def test_a_failing_step_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names step, operation and line, and the weights are those from before it."""

    class Slope(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: float) -> Value:
            return (self.w - x).sqrt()

    settings: dict[str, Any] = {"loss": lambda output, _: output, "batch_size": 2, "y": [0.0] * 6}
    settings["X"] = [-1.0, 0.5, 0.25, 0.0, -2.0, 0.75]
    found = []
    for eager in (True, False):
        model = Slope()
        optimiser = optim.SGD(model.parameters(), lr=0.05)
        with pytest.raises(NotFiniteError) as caught:
            run(model, optimiser=optimiser, epochs=50, eager=eager, **settings)
        found.append((str(caught.value), optimiser.t, model.w.data))
    (eager_message, eager_t, eager_w), (message, t, w) = found
    line = Slope.__call__.__code__.co_firstlineno + 1
    assert "sqrt(-" in message
    assert f"{Path(__file__).name}:{line}:" in message
    assert message.partition(":")[0] == eager_message.partition(":")[0]
    assert t == eager_t > 3
    assert w == pytest.approx(eager_w, rel=1e-12)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("eager", [True, False])
def test_numbers_that_outgrow_their_squares_are_found(eager: bool) -> None:
    """Outputs grow by 101 in size at each step: the error of the 78th has a square beyond 1e308."""

    class Slope(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: float) -> Value:
            return self.w * x

    model = Slope()
    optimiser = optim.SGD(model.parameters(), lr=51.0)
    with pytest.raises(NotFiniteError, match=r"stopped at step 78, batch 1 of epoch 78: .* is inf"):
        run(
            model, X=[1.0], y=[0.0], optimiser=optimiser, loss=losses.squared, metric="r2",
            epochs=200, batch_size=None, eager=eager,
        )  # fmt: skip
    assert model.w.data == pytest.approx((-101.0) ** 77, rel=1e-12)


def test_a_failing_step_beyond_the_replayed_ones_is_found() -> None:
    """Also after more steps than are made once more: step 120 of 200."""

    class Growing(Module):
        def __init__(self) -> None:
            self.w = Value(0.0)

        def __call__(self, x: float) -> Value:
            return 1.0 / (120.5 - self.w) ** 0.5 * x

    model = Growing()
    optimiser = optim.SGD(model.parameters(), lr=1.0)
    unit = losses.squared  # its gradient is replaced by 1 below

    class ByOne(optim.SGD):
        def _move(self, lr: float) -> None:
            for p in self.parameters:
                p.data += 1.0 + 0.0 * p.grad

    optimiser = ByOne(model.parameters(), lr=1.0)
    with pytest.raises(NotFiniteError, match="stopped at step 122, batch 1 of epoch 122"):
        run(model, X=[1.0], y=[1.0], optimiser=optimiser, loss=unit, epochs=200, batch_size=None)
    assert model.w.data == 121.0
    assert optimiser.t == 121


def test_a_label_out_of_range_is_the_users_error() -> None:
    """What eager code raises in a later batch is raised as it is, with the sample."""
    model = MLP(2, [3], activation="linear", rng=random.Random(0))
    labels = [i % 3 for i in range(30)]
    order = list(range(30))
    random.Random(0).shuffle(order)
    labels[order[20]] = 7  # in the third batch
    with pytest.raises(ValueError, match="The label 7 is outside of 0 to 2"):
        run(model, y=labels, loss=losses.cross_entropy)
    assert math.isfinite(sum(weights(model)))


# Ctrl-C


def test_interrupt_while_compiling_takes_the_step_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends compiling at once; the run stands whole before that step, and goes on."""
    from glassgrad.compiler.running.backends import Native

    build, checkpoint = Native.build, tmp_path / "run.json"
    pressed = []

    def press(*arguments: Any) -> Any:
        pressed.append(arguments)
        if len(pressed) == 2:  # the last batch of the epoch, step 4, is compiled for itself
            signal.raise_signal(signal.SIGINT)
        return build(*arguments)

    whole, model = network(), network()
    run(whole)
    with monkeypatch.context() as patch:
        patch.setattr(Native, "build", press)
        with pytest.raises(Interrupted, match="after step 3"):
            run(model, checkpoint=checkpoint)
    again = network(seed=99)
    run(again, checkpoint=checkpoint, resume=True, eager=None)
    assert weights(again) == weights(whole)
