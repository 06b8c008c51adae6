"""What the last training step did to the loss, and why it fell or rose.

A step moves all weights along one line. On it the loss begins with the slope gradient · move, and
bends from there. Whether a step that raises the loss went too far, uphill, or only where its batch
does not speak for the other samples, is seen on that line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import fsum, isfinite

from ...modes import enable_grad
from ...nested import leaves
from ..engine import Engine
from ..messages.inside import Point
from ..messages.parts import real
from ..messages.why import Chart, Explain, Explained, Part, Section
from ..responses import activations
from ..training import Training
from .parts import largest

_MOST = 7
_ALONG = [i / 10 for i in range(21)]  # of the move: from before the step to twice as far


@dataclass(frozen=True)
class Move:
    """A step: the weights before it, how far it moved each, and the samples of its batch."""

    weights: list[float]
    by: list[float]
    batch: list[int]

    def at(self, share: float) -> list[float]:
        """The weights after so much of the move."""
        return [w + share * d for w, d in zip(self.weights, self.by, strict=True)]

    def along(self, slopes: Iterable[float]) -> list[float]:
        """What the move of each weight brings, by these slopes."""
        return [slope * d for slope, d in zip(slopes, self.by, strict=True)]


def step_explained(training: Training, asked: Explain) -> Explained:
    """Say what the last step did.

    Raises:
        ValueError: no step was made yet from where time stands.
    """
    with training.aside() as run:
        if run.last == run.first:
            raise ValueError("No step was made here yet. Make one, then see what it did.")
        engine = run.at(run.last - 1)
        before, batch = engine.weights, engine.upcoming()
        engine.advance()
        by = [now - was for now, was in zip(engine.weights, before, strict=True)]
        return _explained(asked, engine, Move(before, by, batch), run.last)


def _explained(asked: Explain, engine: Engine, move: Move, step: int) -> Explained:
    everyone, held_out = engine.data.train, engine.data.scored
    curve = {share: engine.losses_at(move.at(share)) for share in _ALONG}
    batch, whole = _Change(move, engine, curve, move.batch), _Change(move, engine, curve, everyone)
    shares = [(now - was) / len(everyone) for was, now in zip(*whole.each, strict=True)]
    names = [name for name, _ in engine.network.named_parameters()]
    bend = whole.by - fsum(whole.shares)
    moves = [Part(name, real(x), [], -1, 1) for name, x in zip(names, whole.shares, strict=True)]
    samples = [
        Part(f"sample {i}", real(x), [], i, 1) for i, x in zip(everyone, shares, strict=True)
    ]
    rows = [batch.row(f"its batch of {len(move.batch)}"), whole.row(f"all {len(everyone)}")]
    if held_out:
        was, now = (_mean(curve[at], held_out) for at in (0.0, 1.0))
        rows.append(Point("held out", [real(was), real(now), real(now - was)]))
    sections = [
        _verdict(engine, step, batch, whole),
        Section(
            "Before and after",
            "The slope along the move, gradient · move, says what a straight line would give; the"
            " loss bends away from it.",
            columns=["", "before", "after", "change", "by slope"],
            rows=rows,
        ),
        Section("Along the move", chart=_chart(curve, move.batch, everyone)),
        Section(
            "By weight",
            parts=[
                *largest(moves, whole.by - bend, _MOST, "others"),
                Part("the bend", real(bend), [], -1, 1),
            ],
            total=real(whole.by),
        ),
        Section("By sample", parts=largest(samples, whole.by, _MOST, "others"), total=whole.by),
    ]
    return Explained(
        asked.id,
        asked.about,
        sections,
        shares=[real(x) for x in whole.shares],
        samples=[real(x) for x in shares],
    )


class _Change:
    """What a move does to the mean loss over some samples."""

    def __init__(
        self, move: Move, engine: Engine, curve: dict[float, list[float]], rows: Sequence[int]
    ) -> None:
        self.each = [[curve[at][i] for i in rows] for at in (0.0, 1.0)]
        self.was, self.now = (_mean(curve[at], rows) for at in (0.0, 1.0))
        self.by = self.now - self.was
        self.shares = move.along(slopes_at(engine, move.weights, rows))
        self.slope = fsum(self.shares)
        self.slope_after = fsum(move.along(slopes_at(engine, move.at(1.0), rows)))
        self.least = min(curve, key=lambda at: _mean(curve[at], rows))

    def row(self, name: str) -> Point:
        """A row of the table."""
        return Point(name, [real(x) for x in (self.was, self.now, self.by, self.slope)])


def _verdict(engine: Engine, step: int, batch: _Change, whole: _Change) -> Section:
    count, some = len(whole.each[0]), len(batch.each[0])
    rose = whole.by > 0
    said = (
        f"Over all {count} training samples the loss {'rose' if rose else 'fell'} by {{2}}, from"
        " {0} to {1}."
    )
    numbers = [whole.was, whole.now, abs(whole.by)]
    if batch.slope > 0:
        said += (
            " Already on its own batch the move leads uphill, by the slope {3}: it follows"
            f" {_memory(engine)} more than this gradient."
        )
        numbers += [batch.slope]
    elif batch.by > 0:
        said += (
            " It went too far. On its own batch the slope along the move is {3} where it begins,"
            " and {4} where it ends: behind the lowest point."
        )
        numbers += [batch.slope, batch.slope_after]
        if batch.least:
            said += " The lowest is at about {5} of the move: so far leads a rate of {6}."
            numbers += [batch.least, batch.least * engine.recipe.optimiser.rate()]
    elif rose:
        others = (whole.by * count - batch.by * some) / max(1, count - some)
        said += (
            f" A step follows its batch alone: on those {some} samples the loss fell by {{3}}, on"
            f" the other {count - some} it rose by {{4}} each. A larger batch speaks for more."
        )
        numbers += [-batch.by, others]
    else:
        said += " By the slope along the move it would be {3}; the bend of the loss adds {4}."
        numbers += [whole.slope, whole.by - whole.slope]
    title = f"Why did the loss {'go up' if rose else 'go down'} in step {step:,}?"
    return Section(title, said, [real(x) for x in numbers])


def _memory(engine: Engine) -> str:
    """What moves the weights beside the gradient of the batch."""
    chosen = engine.configuration
    if not chosen.zero_grad:
        return "the gradients that earlier steps left behind"
    if chosen.optimiser != "sgd":
        return "what the optimiser remembers of earlier steps"
    return "the penalty on large weights"


def _chart(curve: dict[float, list[float]], batch: Sequence[int], everyone: Sequence[int]) -> Chart:
    lines = [[real(_mean(losses, rows)) for losses in curve.values()] for rows in (everyone, batch)]
    ticks = [(0.0, "before"), (1.0, "this step"), (2.0, "twice as far")]
    return Chart(list(curve), ["all", "its batch"], lines, ticks, 1.0)


def _mean(losses: Sequence[float], rows: Sequence[int]) -> float:
    some = [losses[i] for i in rows]
    return fsum(some) / len(some) if all(map(isfinite, some)) else sum(some)


def slopes_at(engine: Engine, weights: Sequence[float], rows: Sequence[int]) -> list[float]:
    """Return the gradient of the mean loss over some samples at these weights."""
    for p, data in zip(engine.mirrored, weights, strict=True):
        p.data, p.grad = data, 0.0
    with enable_grad():
        for i in rows:
            outputs = leaves(activations(engine.mirror, list(engine.data.inputs[i]))[-1])
            output = outputs if engine.data.task == "classes" else outputs[0]
            engine.loss_function(output, engine.targets[i]).backward()
    return [p.grad / len(rows) for p in engine.mirrored]
