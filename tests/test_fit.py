import json
import math
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import MLP, Module, Value, losses, optim
from glassgrad.data import moons
from glassgrad.training import History, Interrupted, NotFiniteError, fit
from glassgrad.training.history import Epoch, write_log
from glassgrad.training.metrics import accuracy, by_class, chosen, confusion, r2
from glassgrad.training.progress import Bar, Lines, Silence, progress_of

X, Y = moons(30, seed=1)


def network(seed: int = 3) -> MLP:
    """A small network of the same weights each time."""
    activations = ["tanh", "linear"]
    return MLP(2, [3, 1], activation=activations, init="glorot", rng=random.Random(seed))


def weights(model: MLP) -> list[float]:
    """Its numbers."""
    return [p.data for p in model.parameters()]


def run(model: MLP, **changes: Any) -> History:
    """A short run on the moons."""
    settings: dict[str, Any] = {
        "loss": losses.binary_cross_entropy,
        "optimiser": optim.Adam(model.parameters(), lr=0.05),
        "epochs": 3,
        "batch_size": 8,
        "progress": False,
    }
    return fit(model, X, Y, **{**settings, **changes})


def test_fit_is_the_lectures_loop() -> None:
    """It does forward, zero_grad, backward, update on seeded batches, and no bit differs."""
    by_fit, by_hand = network(), network()
    optimiser = optim.SGD(by_hand.parameters(), lr=0.3, momentum=0.9)
    shuffler = random.Random(11)
    for _ in range(3):
        order = list(range(len(X)))
        shuffler.shuffle(order)
        for start in (0, 8, 16, 24):
            batch = order[start : start + 8]
            outputs = [by_hand(X[i]) for i in batch]
            loss = losses.mean_loss(losses.binary_cross_entropy, outputs, [Y[i] for i in batch])
            by_hand.zero_grad()
            loss.backward()
            optimiser.step()
    run(by_fit, optimiser=optim.SGD(by_fit.parameters(), lr=0.3, momentum=0.9), seed=11)
    assert weights(by_fit) == weights(by_hand)


def test_the_lectures_own_classes_train() -> None:
    """A model needs no base class: anything that can be called will do."""

    class Neuron:
        def __init__(self) -> None:
            self.w = [Value(0.3), Value(-0.2)]
            self.b = Value(0.1)

        def __call__(self, x: list[float]) -> Value:
            return (self.w[0] * x[0] + self.w[1] * x[1] + self.b).tanh()

    model = Neuron()
    optimiser = optim.SGD([*model.w, model.b], lr=0.5)
    labels = [2 * y - 1 for y in Y]
    history = fit(
        model, X, labels, loss=losses.hinge, optimiser=optimiser, epochs=40, batch_size=None,
        progress=False, metric="accuracy",
    )  # fmt: skip
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["accuracy"][-1] > 0.8
    assert [epoch.step for epoch in history] == list(range(1, 41))


def test_same_seed_same_bits() -> None:
    """The seed settles the order of the samples; Python's own random numbers are left alone."""
    before = random.getstate()
    models = [network() for _ in range(3)]
    for model, seed in zip(models, (5, 5, 6), strict=True):
        run(model, seed=seed)
    assert random.getstate() == before
    assert weights(models[0]) == weights(models[1])
    assert weights(models[0]) != weights(models[2])


def test_epoch_loss_counts_every_sample_once() -> None:
    """The last, smaller batch weighs as its samples do: with lr 0 the loss is that of all."""
    model = network()
    history = run(model, optimiser=optim.SGD(model.parameters(), lr=0.0), metric="accuracy")
    outputs = [model(x) for x in X]
    expected = losses.mean_loss(losses.binary_cross_entropy, outputs, Y).data
    right = sum((output.data > 0) == (y == 1) for output, y in zip(outputs, Y, strict=True))
    assert history["loss"] == pytest.approx([expected] * 3, rel=1e-12)
    assert history["accuracy"] == [right / 30] * 3


def test_penalties_pull_at_every_parameter() -> None:
    """One step of SGD moves by lr * (gradient + 2 * l2 * w + l1 * sign(w))."""
    plain, penalised = network(), network()
    start = weights(plain)
    for model, penalties in ((plain, {}), (penalised, {"l1": 0.03, "l2": 0.07})):
        optimiser = optim.SGD(model.parameters(), lr=0.1)
        run(model, optimiser=optimiser, epochs=1, batch_size=None, **penalties)
    expected = [
        after - 0.1 * (2 * 0.07 * w + 0.03 * ((w > 0) - (w < 0)))
        for w, after in zip(start, weights(plain), strict=True)
    ]
    assert weights(penalised) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_clip_bounds_the_length_of_a_step() -> None:
    """With clip=0.01 and lr=1, a step of SGD is at most 0.01 long, in the same direction."""
    free, held = network(), network()
    moved = []
    for model, clip in ((free, None), (held, 0.01)):
        start = weights(model)
        optimiser = optim.SGD(model.parameters(), lr=1.0)
        run(model, optimiser=optimiser, epochs=1, batch_size=None, clip=clip)
        moved.append([b - a for a, b in zip(start, weights(model), strict=True)])
    ratio = 0.01 / math.hypot(*moved[0])
    assert ratio < 1
    assert moved[1] == pytest.approx([ratio * step for step in moved[0]], rel=1e-3)


def test_patience_stops_and_puts_the_best_weights_back() -> None:
    """A rate that lets the loss rise stops the run; the model is that of the best epoch."""
    model = network()
    aside = moons(20, noise=0.3, seed=9)
    settings: dict[str, Any] = {"validation": aside, "metric": "accuracy"}
    optimiser = optim.SGD(model.parameters(), lr=6.0)
    history = run(model, optimiser=optimiser, epochs=200, patience=4, **settings)
    losses_aside = history["validation_loss"]
    best = history.best_epoch
    assert history.stopped_early
    assert len(history) == best + 4 < 200
    assert losses_aside[best - 1] == min(losses_aside) < losses_aside[-1]
    outputs = [model(x) for x in aside[0]]
    loss = losses.mean_loss(losses.binary_cross_entropy, outputs, aside[1])
    assert loss.data == min(losses_aside)
    assert history["validation_accuracy"][best - 1] == accuracy(outputs, aside[1])


def test_without_patience_the_last_weights_stay() -> None:
    """Validation alone only looks: the same weights come out as without it."""
    watched, alone = network(), network()
    history = run(watched, validation=moons(20, seed=9))
    run(alone)
    assert weights(watched) == weights(alone)
    assert not history.stopped_early


def test_history_tells_the_rate_of_a_schedule() -> None:
    """The lr of an epoch is that of its last update: steps count from 0, four an epoch."""
    model = network()
    rate = optim.step_decay(0.1, every=4, factor=0.5)
    history = run(model, optimiser=optim.SGD(model.parameters(), lr=rate))
    assert history["lr"] == [0.1, 0.05, 0.025]
    assert history["step"] == [4, 8, 12]


def test_log_has_a_json_object_for_each_epoch(tmp_path: Path) -> None:
    """The log holds what the history holds."""
    log = tmp_path / "log.jsonl"
    history = run(network(), log=log, metric="accuracy", validation=(X, Y))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["epoch"] for line in lines] == [1, 2, 3]
    for name in ("step", "lr", "loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert [line[name] for line in lines] == history[name]
    assert all(line["seconds"] > 0 for line in lines)
    with pytest.raises(KeyError, match=r"no 'los'; it has epoch, step, lr, loss"):
        history["los"]


def test_log_is_json_where_a_score_is_no_number(tmp_path: Path) -> None:
    """JSON has neither inf nor nan: null stands for them, as for an R2 of minus infinity."""
    scores = {"loss": math.inf, "r2": -math.inf, "validation_loss": math.nan, "other": 0.5}
    write_log(tmp_path / "log.jsonl", History([Epoch(1, 8, 0.1, scores, 0.2)]))

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is no JSON")

    line = json.loads((tmp_path / "log.jsonl").read_text(), parse_constant=refuse)
    wanted = {"loss": None, "r2": None, "validation_loss": None, "other": 0.5}
    assert {name: line[name] for name in scores} == wanted
    assert line["epoch"] == 1


def test_arrays_and_tuples_are_samples_too() -> None:
    """NumPy arrays, tuples and lists of the same numbers give the same bits."""
    numpy = pytest.importorskip("numpy")
    forms = [(X, Y), (numpy.array(X), numpy.array(Y)), (tuple(map(tuple, X)), tuple(Y))]
    forms.append(([numpy.array(x) for x in X], [numpy.int64(y) for y in Y]))
    found = []
    for x, y in forms:
        model = network()
        optimiser = optim.Adam(model.parameters(), lr=0.05)
        loss = losses.binary_cross_entropy
        fit(model, x, y, loss=loss, optimiser=optimiser, epochs=2, progress=False)
        found.append(weights(model))
    assert found[1:] == found[:1] * 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, but 0 came"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, but 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number .* but 2.5 came"),
        ({"epochs": math.nan}, "epochs must be a whole number .* but nan came"),
        ({"patience": 0, "validation": (X, Y)}, "patience must be a whole number .* but 0 came"),
        ({"l1": math.inf}, "l1 must be at least 0 and finite, but inf came"),
        ({"l2": math.nan}, "l2 must be at least 0 and finite, but nan came"),
        ({"l2": -1}, "l2 must be at least 0 and finite, but -1.0 came"),
        ({"clip": -1}, "clip must be at least 0 and finite, but -1.0 came"),
        ({"patience": 3}, r"no validation samples. Pass validation=\(X, y\)"),
        ({"metric": "acuracy"}, "no metric 'acuracy'. Did you mean 'accuracy'"),
        ({"validation": ([], [])}, "validation X has no samples"),
        (
            {"optimiser": optim.Adam(network().parameters())},
            r"moves none of the model's 13 parameters. .* such as gg\.optim\.Adam\(model\.para",
        ),
        ({"validation": (X, Y[:-1])}, "validation X has 30 samples, but validation y has 29"),
        ({"validation": ([[1.0, math.nan]], [1])}, r"validation X\[0\] is \[1.0, nan\]"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(changes: dict[str, Any], message: str) -> None:
    """The message says which argument, what came and what to do; nothing was trained."""
    model = network()
    before = weights(model)
    with pytest.raises(ValueError, match=message):
        run(model, **changes)
    assert weights(model) == before


def test_settings_that_are_no_numbers_are_refused() -> None:
    """A text for a number is a TypeError that names the argument, before anything is trained."""
    for name in ("batch_size", "epochs", "l1", "l2", "clip"):
        with pytest.raises(TypeError, match=rf"{name} must be a real number, but '8' \(str\)"):
            run(network(), **{name: "8"})


@pytest.mark.parametrize("wrong", [0.2, X, (X,), "xy"])
def test_validation_is_a_pair(wrong: Any) -> None:
    """A share of the samples, or samples without targets, are answered by what to give."""
    with pytest.raises(TypeError, match=r"validation is a pair \(X, y\) .* gg\.data\.split"):
        run(network(), validation=wrong)


def test_a_part_of_the_parameters_may_be_trained() -> None:
    """The optimiser may hold those of one layer; the others stay as they are."""
    model = network()
    before = weights(model)
    run(model, optimiser=optim.SGD(model.layers[1].parameters(), lr=0.1))
    moved = [a != b for a, b in zip(before, weights(model), strict=True)]
    assert moved == [False] * 9 + [True] * 4


# A number that is not finite


def log_of_output(output: Value, target: int) -> Value:
    """A loss that is nan for outputs below 0."""
    return output.log()


def test_nan_names_step_operation_and_line() -> None:
    """The operation that made the first nan is named with its line in the user's own loss."""
    model = network()
    line = log_of_output.__code__.co_firstlineno + 2
    with pytest.raises(NotFiniteError) as caught:
        run(model, loss=log_of_output)
    message = str(caught.value)
    assert "stopped at step 1, batch 1 of epoch 1" in message
    assert "log(-" in message
    assert f"{Path(__file__).name}:{line}:\n  return output.log()" in message


def test_nan_in_our_own_code_names_our_line() -> None:
    """Where a built-in activation is to blame, the line is that of glassgrad's neuron."""
    model = MLP(2, [3, 1], activation=["log", "linear"], rng=random.Random(0))
    with pytest.raises(NotFiniteError, match=r"log\(-.* is nan, at glassgrad/nn.py:\d+:\n"):
        run(model)


def test_failing_gradient_is_named() -> None:
    """A finite loss with an infinite gradient stops too: sqrt(0) has an infinite slope."""

    class Root(Module):
        def __init__(self) -> None:
            self.w = Value(0.0)

        def __call__(self, x: list[float]) -> Value:
            return (self.w * x[0]).sqrt() + 1.0

    model = Root()
    optimiser = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(NotFiniteError, match=r"gradient .* became .*inf on the way back .*sqrt"):
        fit(model, [[1.0]], [0.0], loss=losses.squared, optimiser=optimiser, progress=False)
    assert model.w.data == 0.0


def test_update_that_overflows_is_named() -> None:
    """Finite gradients times too large a rate: the message names the parameter and its number."""

    class Steep(Module):
        def __init__(self) -> None:
            self.flat, self.steep = Value(0.5), Value(0.25)

        def __call__(self, x: float) -> Value:
            return self.flat + self.steep * 1e300 * x

    model = Steep()
    optimiser = optim.SGD(model.parameters(), lr=1e9)
    with pytest.raises(NotFiniteError, match=r"the update took steep from 0\.25 to -inf"):
        fit(model, [1.0], [0.0], loss=losses.absolute, optimiser=optimiser, progress=False)
    assert model.state_dict() == {"flat": 0.5, "steep": 0.25}


def test_nan_leaves_the_weights_of_the_step_before() -> None:
    """After two good steps the third fails: the model has the weights from before the third."""
    good, failing = network(), network()
    calls: list[int] = []

    def loss(output: Value, target: int) -> Value:
        calls.append(target)
        value: Value = losses.binary_cross_entropy(output, target)
        return value * (math.inf if len(calls) > 16 else 1.0)

    with pytest.raises(NotFiniteError, match="step 3, batch 3 of epoch 1"):
        run(failing, loss=loss)
    stop = Stop(after=2)
    with pytest.raises(Stopped):
        run(good, progress=stop)
    assert weights(failing) == weights(good)


@pytest.mark.parametrize("make", [optim.Adam, optim.RMSprop, optim.SGD])
def test_nan_leaves_the_optimiser_of_the_step_before(make: Callable[..., optim.Optimiser]) -> None:
    """After two good steps and a failing third, the optimiser goes on as if that had not been."""
    settings = {"momentum": 0.9} if make is not optim.Adam else {}
    states, optimisers = [], []
    for factor in (1.0, math.inf):
        model = network()
        optimiser = make(model.parameters(), lr=0.01, **settings)
        run(model, optimiser=optimiser, epochs=2, batch_size=None)
        states.append(optimiser.state_dict())
        optimisers.append(optimiser)

        def failing(output: Value, target: int, factor: float = factor) -> Value:
            return losses.squared(output, target) * factor

        if factor == math.inf:
            with pytest.raises(NotFiniteError):
                run(model, optimiser=optimiser, loss=failing)
        assert optimiser.state_dict() == states[0]
        run(model, optimiser=optimiser, epochs=1)
    assert optimisers[0].state_dict() == optimisers[1].state_dict()


def test_nan_in_validation_stops() -> None:
    """A validation loss that is not finite ends the run, and names the operation."""
    model = network()

    def loss(output: Value, target: float) -> Value:
        return losses.squared(output, target) + gg.log(Value(target + 5.0))

    aside = ([[0.0, 0.0]], [-7.0])
    with pytest.raises(NotFiniteError, match=r"after epoch 1, step 4.* nan\. log\(-2.0\)"):
        run(model, loss=loss, validation=aside)


# Stopping


class Stopped(Exception):
    """Stands for a power cut."""


class Stop(Silence):
    """Stops a run after so many steps, by default by raising."""

    def __init__(self, after: int, how: Callable[[], None] | None = None) -> None:
        self.after = after
        self.how = how

    def step(self, done: int) -> None:
        """Stop at the step."""
        if done == self.after:
            if not self.how:
                raise Stopped
            self.how()


def press() -> None:
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_interrupt_finishes_the_step_and_saves(tmp_path: Path) -> None:
    """Ctrl-C leaves a checkpoint of the step it came in, and the run goes on from it."""
    model, whole = network(), network()
    checkpoint = tmp_path / "run.json"
    with pytest.raises(Interrupted, match=r"after step 5\. .*run\.json.* resume=True") as caught:
        run(model, checkpoint=checkpoint, progress=Stop(5, press))
    assert caught.value.steps == 5
    assert isinstance(caught.value, KeyboardInterrupt)
    again = network(seed=99)  # the weights come from the checkpoint
    run(again, checkpoint=checkpoint, resume=True)
    run(whole)
    assert weights(again) == weights(whole)


def test_second_interrupt_stops_at_once() -> None:
    """A second Ctrl-C in the same step is raised as Python does."""

    def twice() -> None:
        press()
        press()

    with pytest.raises(KeyboardInterrupt) as caught:
        run(network(), progress=Stop(2, twice))
    assert not isinstance(caught.value, Interrupted)


def test_handlers_are_left_as_they_were() -> None:
    """Python's reaction to Ctrl-C is back after a run, and a handler of the user's own stays."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(Stopped):
        run(network(), progress=Stop(2))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    heard: list[int] = []
    try:
        signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
        history = run(network(), progress=Stop(2, press))
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert heard == [signal.SIGINT]
    assert len(history) == 3


def test_fit_runs_in_another_thread() -> None:
    """Only the main thread may set handlers; elsewhere a run goes without."""
    model, alone = network(), network()
    thread = threading.Thread(target=run, args=(model,))
    thread.start()
    thread.join()
    run(alone)
    assert weights(model) == weights(alone)


# Telling


def test_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The first and the last epoch and every so many in between get a line on standard error."""
    run(network(), epochs=25, progress=True, metric="accuracy", validation=(X, Y))
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert printed.out == ""
    assert [int(line.split()[1].split("/")[0]) for line in lines] == [1, *range(3, 25, 3), 25]
    assert lines[0].startswith("epoch  1/25  loss 0.")
    assert lines[0].endswith(" %")


def test_bar_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The bar is drawn on standard error and ends full."""
    run(network(), epochs=4, progress=Bar())
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "epoch 4/4" in printed.err
    assert isinstance(progress_of(False), Silence)
    assert isinstance(progress_of(True), Lines)


# Metrics


def test_accuracy_takes_all_kinds_of_outputs() -> None:
    """Scores of classes by the highest, one score by its sign, for labels 0/1 and -1/+1."""
    assert accuracy([[0.1, 0.7, 0.2], [0.9, 0.8, 0.1], [0.0, 0.0, 1.0]], [1, 1, 2]) == 2 / 3
    assert accuracy([-0.2, 0.3, 4.0, -1.0], [0, 1, 0, 1]) == 0.5
    assert accuracy([Value(-0.2), Value(0.3)], [-1, -1]) == 0.5
    assert chosen([3.0, 3.0]) == 0


def test_r2_of_known_numbers() -> None:
    """Targets 3, -0.5, 2, 7 and outputs 2.5, 0, 2, 8: 1 - 1.5 / 29.1875, worked by hand."""
    assert r2([2.5, 0.0, 2.0, 8.0], [3.0, -0.5, 2.0, 7.0]) == pytest.approx(1 - 1.5 / 29.1875)
    assert r2([5.0, 5.0], [2.0, 2.0]) == 0.0
    assert r2([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert r2([1e200, 2.0], [0.0, 2.0]) == -math.inf  # a square beyond all floats
    assert math.isnan(r2([2.0, 0.0], [1e200, 0.0]))  # and so are those of the targets
    near = [0.9e160, 1.1e160, -2.0e160]
    assert r2([x + 1e150 for x in near], near) == pytest.approx(1.0)
    assert r2([1e308, 1e308], [1e308, 1e308]) == 1.0


def test_scores_by_class_of_known_counts() -> None:
    """Of 4 rows of class 0, 3 are found, among 5 predicted so: precision 3/5, recall 3/4."""
    actual = [0, 0, 0, 0, 1, 1, 1, 2]
    predicted = [0, 0, 0, 1, 0, 0, 1, 1]
    counts = confusion(predicted, actual, classes=3)
    assert counts == [[3, 1, 0], [2, 1, 0], [0, 1, 0]]
    first, second, third = by_class(counts)
    assert (first.precision, first.recall, first.rows) == (3 / 5, 3 / 4, 4)
    assert first.f1 == pytest.approx(2 / 3)
    assert (second.precision, second.recall) == (1 / 3, 1 / 3)
    assert (third.precision, third.recall, third.f1, third.rows) == (0.0, 0.0, 0.0, 1)


def test_names_for_loss_and_optimiser_are_told() -> None:
    """A function and an object are wanted; the messages show both."""
    model = MLP(1, [1], rng=random.Random(0))
    adam = optim.Adam(model.parameters())
    with pytest.raises(TypeError, match=r"gg\.losses\.squared, not 'squared'"):
        fit(model, [[1.0]], [1.0], loss="squared", optimiser=adam)
    with pytest.raises(TypeError, match=r"gg\.optim\.Adam\(model\.parameters\(\).* not 'adam'"):
        fit(model, [[1.0]], [1.0], loss=losses.squared, optimiser="adam")
