"""What is said about a step, a rate and the code, beside numbers worked out here by eager code."""

import math
import random
import threading
from typing import Any

import msgspec
import pytest

import glassgrad as gg
from glassgrad.explore.engine import Engine
from glassgrad.explore.inside.subjects import OfFunction, OfValue
from glassgrad.explore.messages.why import Explain, Explained, Section
from glassgrad.explore.training import Training
from glassgrad.explore.why.code import function_code
from glassgrad.explore.why.explaining import explained


def run(**chosen: Any) -> Training:
    """An eager training on moons, with other settings."""
    training = Training(compiled=False)
    training.configure(msgspec.structs.replace(training.configuration, size=40, **chosen))
    return training


def section(found: Explained, title: str) -> Section:
    """The section of a title."""
    return next(one for one in found.sections if one.title == title)


class ByHand:
    """The same run by the eager parts alone."""

    def __init__(self, rate: float) -> None:
        self.X, self.y = gg.data.moons(40, noise=0.16, seed=7)
        self.rows, _ = gg.data.split(40, (0.75, 0.25), 7, stratify=self.y)
        activation = ["tanh", "tanh", "linear"]
        self.model = gg.MLP(2, [6, 4, 1], activation, init="glorot", rng=random.Random(7))
        self.rate, self.shuffler, self.waiting = rate, random.Random(7), list[int]()

    def loss(self, rows: list[int]) -> gg.Value:
        """The mean loss of some samples."""
        losses = [gg.losses.binary_cross_entropy(self.model(self.X[i]), self.y[i]) for i in rows]
        return sum(losses, gg.Value(0.0)) / len(rows)

    def gradient(self, rows: list[int]) -> list[float]:
        """The gradient of that."""
        self.model.zero_grad()
        self.loss(rows).backward()
        return [p.grad for p in self.model.parameters()]

    def step(self) -> list[int]:
        """Make a step on the next ten samples, and return them."""
        if not self.waiting:
            order = list(range(len(self.rows)))
            self.shuffler.shuffle(order)
            self.waiting = [self.rows[i] for i in order]
        batch, self.waiting = self.waiting[:10], self.waiting[10:]
        for p, slope in zip(self.model.parameters(), self.gradient(batch), strict=True):
            p.data -= self.rate * slope
        return batch


def test_a_step_is_taken_apart_as_by_hand() -> None:
    """Losses before and after, gradient times move, and what each weight and sample brought."""
    training, hand = run(rate=2.0), ByHand(2.0)
    for _ in range(2):
        training.step()
    hand.step()
    was = hand.loss(hand.rows).data
    each_was = [hand.loss([i]).data for i in hand.rows]
    whole = hand.gradient(hand.rows)
    before = [p.data for p in hand.model.parameters()]
    upcoming = hand.waiting[:10]
    batch_was, own = hand.loss(upcoming).data, hand.gradient(upcoming)
    batch = hand.step()
    move = [p.data - w for p, w in zip(hand.model.parameters(), before, strict=True)]
    now, batch_now = hand.loss(hand.rows).data, hand.loss(batch).data

    found = explained(training, Explain(1, "step"))
    rows = {row.name: row.numbers for row in section(found, "Before and after").rows}
    by_slope = -2.0 * math.fsum(g * g for g in own)
    wanted = [batch_was, batch_now, batch_now - batch_was, by_slope]
    assert rows["its batch of 10"] == pytest.approx(wanted, rel=1e-9)
    shares = [g * d for g, d in zip(whole, move, strict=True)]
    assert rows["all 30"] == pytest.approx([was, now, now - was, math.fsum(shares)], rel=1e-9)
    assert list(found.shares) == pytest.approx(shares, rel=1e-7, abs=1e-12)
    each = [(hand.loss([i]).data - x) / 30 for i, x in zip(hand.rows, each_was, strict=True)]
    assert list(found.samples) == pytest.approx(each, rel=1e-7, abs=1e-12)
    for title in ("By weight", "By sample"):
        one = section(found, title)
        assert one.total == pytest.approx(now - was, rel=1e-9)
        assert math.fsum(float(part.share) for part in one.parts) == pytest.approx(now - was)
    chart = section(found, "Along the move").chart
    assert chart
    at = {
        name: line[chart.x.index(1.0)] for name, line in zip(chart.names, chart.lines, strict=True)
    }
    assert at == pytest.approx({"all": now, "its batch": batch_now})


def test_looking_moves_nothing() -> None:
    """After a question the run stands where it stood, and goes on as without it."""
    asked, other = run(), run()
    for training in (asked, other):
        for _ in range(3):
            training.step()
    for about in ("step", "rate", "code"):
        explained(asked, Explain(1, about))
        assert (asked.steps, asked.engine.weights) == (3, other.engine.weights)
    for training in (asked, other):
        for _ in range(4):
            training.step()
    assert asked.engine.weights == other.engine.weights


@pytest.mark.parametrize("about", ["step", "rate"])
def test_training_goes_on_meanwhile(about: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """While steps are tried or taken apart others have their turn, and the answer is as without."""
    training, alone = run(), run()
    for one in (training, alone):
        for _ in range(20):
            one.step()
    scores, went_on = Engine.outputs, []

    def interrupted(engine: Engine, answers: Any) -> Any:
        if not went_on:
            went_on.append(True)
            other = threading.Thread(target=on)
            other.start()
            other.join(timeout=20)
            went_on.append(not other.is_alive())
        return scores(engine, answers)

    def on() -> None:
        with training.turn():
            for _ in range(3):
                training.step()

    wanted = explained(alone, Explain(1, about))
    monkeypatch.setattr(Engine, "outputs", interrupted)
    assert explained(training, Explain(1, about)) == wanted
    assert went_on == [True, True]
    assert training.steps == 23
    assert explained(training, Explain(1, about)) != wanted


def test_no_line_is_called_yours_that_is_not() -> None:
    """What a training of ours does has no line of the user's, in whatever thread it is compiled."""
    training = run()
    engine = training._new_engine(training.configuration, training.data, compiled=True)
    maker = threading.Thread(target=engine.warm_up)
    maker.start()
    maker.join()
    assert engine.code
    assert {line for line in str(engine.code.loops).splitlines() if "#" in line} == {
        "# no line of yours"
    }
    assert ";" not in str(engine.code.graph)


def why(training: Training) -> str:
    """What is said of the last step."""
    return explained(training, Explain(1, "step")).sections[0].says


def first(training: Training, says: str) -> None:
    """Train until that is said of a step, which has to come soon."""
    for _ in range(60):
        training.step()
        if says in why(training):
            return
    raise AssertionError(f"{says!r} was never said")


def test_a_step_that_went_too_far_says_which_rate_would_not_have() -> None:
    """A step at a large rate raises its own loss; at the rate that is said it lowers it."""
    training = run(rate=20.0, batch_size=30)
    first(training, "It went too far")
    found = explained(training, Explain(1, "step")).sections[0]
    was, now, rose, begins, ends, share, rate = map(float, found.numbers)
    assert rose == pytest.approx(now - was)
    assert now > was
    assert begins < 0 < rate
    assert ends > begins
    assert rate == pytest.approx(20.0 * share)
    training.seek(training.steps - 1)
    training.configure(msgspec.structs.replace(training.configuration, rate=rate))
    training.step()
    assert training.engine.scores()[0] < was


def test_a_step_that_serves_its_batch_alone_says_so() -> None:
    """The loss falls on the batch and rises on the others by what is said."""
    training = run(rate=1.5, batch_size=2)
    first(training, "follows its batch alone")
    found = explained(training, Explain(1, "step"))
    batch, whole = section(found, "Before and after").rows[:2]
    assert float(batch.numbers[2]) < 0 < float(whole.numbers[2])
    others = (30 * float(whole.numbers[2]) - 2 * float(batch.numbers[2])) / 28
    assert found.sections[0].numbers[4] == pytest.approx(others)


def test_a_step_uphill_names_what_it_follows() -> None:
    """Left-over gradients, or an optimiser's memory, lead against the gradient of the batch."""
    training = run(rate=1.0, zero_grad=False)
    first(training, "the gradients that earlier steps left behind")
    training = run(rate=1.0, optimiser="momentum", batch_size=2)
    first(training, "what the optimiser remembers")


def test_rates_are_tried_as_by_hand() -> None:
    """Each rate ends where a run at that rate ends, and the verdict names the better one."""
    training = run(rate=0.01)
    for _ in range(3):
        training.step()
    found = explained(training, Explain(1, "rate"))
    assert found.sections[0].title == "The rate is too small"
    hand = ByHand(0.01)
    for _ in range(3):
        hand.step()
    hand.rate = 0.3
    for _ in range(20):
        hand.step()
    rows = {row.name: float(row.numbers[0]) for row in section(found, "In numbers").rows}
    assert rows["0.3"] == pytest.approx(hand.loss(hand.rows).data, rel=1e-9)
    *_, best, least = map(float, found.sections[0].numbers)
    assert (rows[f"{best:g}"], least) == (min(rows.values()), min(rows.values()))
    large = explained(run(rate=40.0), Explain(1, "rate"))
    assert large.sections[0].title == "The rate is too large"


def test_questions_that_have_no_answer_yet_say_what_to_do() -> None:
    """Before the first step, at rate 0, and of a Value without its function."""
    with pytest.raises(ValueError, match="No step was made"):
        explained(run(), Explain(1, "step"))
    with pytest.raises(ValueError, match="rate 0"):
        explained(run(rate=0.0), Explain(1, "rate"))
    with pytest.raises(ValueError, match="Explore the function"):
        function_code(OfValue(gg.Value(2.0) * 3.0), Explain(1, "code"))


def test_code_is_shown_where_there_is_some() -> None:
    """Why there is none; where there is, loops that hold a layer each, and its own figures."""
    eager = explained(run(), Explain(1, "code"))
    assert not eager.stages
    assert "no native code" in eager.sections[0].says
    training = run()
    engine = training._new_engine(training.configuration, training.data, compiled=True)
    engine.warm_up()
    training.timeline.take_over(engine)
    found = explained(training, Explain(1, "code"))
    loops, graph, llvm = found.stages
    assert any("tanh" in line and "i<10 j<6" in line for line in loops.lines)
    assert "thread" not in "".join([*loops.lines, *graph.lines])
    assert llvm.more > 0
    figures = {row.name: row.numbers[0] for row in section(found, "The compiler's figures").rows}
    assert engine.code
    assert figures["nodes"] == engine.code.stats["nodes"]


def parabola(x: float = 3.0, y: float = 2.0) -> Any:
    """Something to compile."""
    return 3 * x**2 - 4 * x * y + 5


def test_a_function_is_compiled_with_its_gradient_and_its_lines() -> None:
    """The arguments keep their names, and each statement its line in this file."""
    found = function_code(OfFunction(parabola), Explain(1, "code"))
    loops = "\n".join(found.stages[0].lines)
    assert "INPUT" in loops
    assert "d_x" in loops
    assert "test_explaining.py" in loops
    before, after, times, _ = map(float, found.sections[0].numbers)
    assert times == pytest.approx(before / after)
