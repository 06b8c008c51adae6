"""Whether the rate is too large or too small: steps from here on at other rates as well."""

from __future__ import annotations

from math import inf, isfinite, log10

from ...training.anomaly import NotFiniteError
from ..engine import Engine
from ..messages.inside import Point
from ..messages.parts import real
from ..messages.why import Chart, Explain, Explained, Section
from ..moments import Moment
from ..training import Training

_TIMES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_FEWEST, _MOST = 20, 60  # steps: an epoch where it lies between
_BETTER = 0.8  # of the loss: less is a difference that counts


def rates_explained(training: Training, asked: Explain) -> Explained:
    """Say how the rate at hand does beside smaller and larger ones."""
    with training.aside() as run:
        if not run.rate:
            raise ValueError("At rate 0 nothing moves. Choose a rate above it.")
        rates = [float(f"{run.rate * times:.2g}") for times in _TIMES]
        rates[_TIMES.index(1.0)] = run.rate
        engine = run.at(run.last)
        steps = min(_MOST, max(_FEWEST, engine.steps_per_epoch))
        start, moment = engine.scores()[0], engine.moment()
        ends = [_end(engine, moment, rate, steps) for rate in rates]
        return Explained(asked.id, asked.about, _sections(run.last, steps, start, rates, ends))


def _end(engine: Engine, moment: Moment, rate: float, steps: int) -> float:
    """The training loss after so many steps at a rate; infinite where they come to no number."""
    engine.stand(moment)
    engine.set_rate(rate)
    try:
        while (left := moment.step + steps - engine.step) > 0:
            engine.advance(left)
    except NotFiniteError:
        return inf
    return engine.scores()[0]


def _sections(
    at: int, steps: int, start: float, rates: list[float], ends: list[float]
) -> list[Section]:
    here = _TIMES.index(1.0)
    now, best = ends[here], min(range(len(ends)), key=ends.__getitem__)
    said = (
        f"From step {at:,}, {steps} steps on the same batches at eight rates. With {{0}} the loss"
    )
    said += " goes from {1} to {2}"
    numbers = [rates[here], start, now]
    if ends[best] > _BETTER * now and now <= start:
        word = "The rate fits"
    else:
        word = "The rate is too " + ("large" if best < here else "small")
    if best == here:
        said += ", the lowest of all."
    else:
        said += ", with {3} to {4}, the lowest of all."
        numbers += [rates[best], ends[best]]
    rows = [
        Point(f"{rate:g}{' (now)' if i == here else ''}", [real(end), real(end - start)])
        for i, (rate, end) in enumerate(zip(rates, ends, strict=True))
    ]
    finite = [end for end in ends if isfinite(end)]
    bound = 2.0 * max(start, min(finite, default=start))  # what is drawn; far above all is alike
    chart = Chart(
        [log10(rate) for rate in rates],
        [f"after {steps} steps", "now"],
        [[real(min(end, bound)) for end in ends], [real(start)] * len(ends)],
        [(log10(rate), f"{rate:g}") for rate in rates[::2]],
        log10(rates[here]),
    )
    return [
        Section(word, said, [real(x) for x in numbers]),
        Section("Loss by rate", chart=chart),
        Section("In numbers", columns=["rate", "loss then", "change"], rows=rows),
    ]
