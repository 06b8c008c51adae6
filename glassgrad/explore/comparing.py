"""Two branches of time beside each other: what was changed, and what became of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..training.anomaly import NotFiniteError
from .buffers import Buffers
from .frames import boundary_of, points, sides_of
from .messages.comparing import Change, Compare, Compared, History
from .messages.parts import real
from .messages.training import Plane, Score
from .setup import roles
from .timeline import Branch, Timeline
from .training import Training

_AT_ONCE = 200  # steps of a branch that an answer may wait for


def compared(training: Training, asked: Compare) -> tuple[Compared, list[bytes]]:
    """Return two branches at a step; the training stays where it is.

    Raises:
        ValueError: there is no such branch.
    """
    timeline = training.timeline
    reached = [branch.last for branch in timeline.branches]
    pair = asked.original, asked.changed
    try:
        with timeline.staying():
            ends = [_reach(timeline, number, asked.step) for number in pair]
            parted, below = _parted(timeline, *pair)
            step = max(parted, min(asked.step, *ends))
            changes = [change for number in below for change in _changes(timeline, number)]
            return _side_by_side(timeline, training.view.plane, asked, (step, parted), changes)
    finally:
        if reached != [branch.last for branch in timeline.branches]:
            training.tell(timeline.report(), ())
            training.tell(*training.curve_of(timeline.current))


def _reach(timeline: Timeline, number: int, step: int) -> int:
    """Make steps that a branch lacks, and return how far it goes."""
    last = timeline.look_up(number).last
    timeline.seek(last, number)
    try:
        for _ in range(min(step - last, _AT_ONCE)):
            timeline.advance(observed=False)
    except NotFiniteError:
        pass  # it ends where its numbers do
    return timeline.branch.last


def _way(timeline: Timeline, number: int) -> list[int]:
    """Return the branches from the first one to this."""
    way = [number]
    while (parent := timeline.look_up(way[-1]).parent) is not None:
        way.append(parent)
    return way[::-1]


def _parted(timeline: Timeline, one: int, other: int) -> tuple[int, list[int]]:
    """Return the step up to which two branches are one, and the branches that they do not share."""
    ways = _way(timeline, one), _way(timeline, other)
    shared = sum(1 for a, b in zip(*ways, strict=False) if a == b)
    below = [way[shared:] for way in ways]
    leaves = [timeline.branches[way[0]].first for way in below if way]
    parted = min(leaves, default=timeline.branches[one].last)
    return parted, [number for way in below for number in way]


def _changes(timeline: Timeline, number: int) -> Iterator[Change]:
    """Yield what a branch changed when it left its parent."""
    branch = timeline.branches[number]
    assert branch.parent is not None
    timeline.seek(branch.first, branch.parent)
    before = _before(timeline, branch, timeline.branches[branch.parent])
    for thing, now in branch.changes.items():
        yield Change(number, branch.first, thing, before.get(thing, ""), _signed(now))


def _before(timeline: Timeline, branch: Branch, parent: Branch) -> dict[str, str]:
    """Return what was before a change; the engine stands in the parent where it was made."""
    engine = timeline.engine
    names = [name for name, _ in engine.network.named_parameters()]
    found = {name: _signed(f"{w:.6g}") for name, w in zip(names, engine.weights, strict=True)}
    for name in parent.configuration.__struct_fields__:
        setting = getattr(parent.configuration, name)
        found[name] = ", ".join(setting) if name == "activations" else _signed(str(setting))
    for i, (was, now) in enumerate(zip(parent.data.inputs, branch.data.inputs, strict=False)):
        if was != now:
            for feature, x in zip(parent.data.features, was, strict=True):
                found[f"sample {i}, {feature.name}"] = _signed(f"{x:.6g}")
    return found


def _signed(text: str) -> str:
    """Return a number as text with a true minus."""
    return "\N{MINUS SIGN}" + text[1:] if text.startswith("-") else text


def _side_by_side(
    timeline: Timeline,
    plane: Plane,
    asked: Compare,
    where: tuple[int, int],
    changes: list[Change],
) -> tuple[Compared, list[bytes]]:
    import numpy as np

    step, parted = where
    pair = asked.original, asked.changed
    buffers = Buffers()
    numbers = buffers.numbers

    def history(number: int) -> tuple[History, list[float], Any]:
        _stand(timeline, number, step)
        engine, data = timeline.engine, timeline.engine.data
        weights = engine.weights
        answers = engine.answers()
        training, held_out, metric, held_out_metric = engine.scores(answers)
        maps = boundary_of(engine, engine.responses(points(plane, side)))
        steps, losses = _losses(timeline, number)
        found = History(
            branch=number,
            training=Score(real(training), real(metric)),
            held_out=Score(real(held_out), real(held_out_metric)) if data.scored else None,
            inputs=[list(x) for x in data.inputs],
            targets=list(data.targets),
            parts=roles(data),
            wrong=numbers(engine.wrong(answers)),
            weights=numbers(weights),
            boundary=buffers.grid(maps, side),
            steps=numbers(steps),
            losses=numbers(losses),
        )
        return found, weights, maps

    side = min(_side(timeline, number, step) for number in pair)
    original, old, old_maps = history(asked.original)
    changed, new, new_maps = history(asked.changed)
    task, difference = timeline.engine.data.task, new_maps - old_maps
    if task == "classes":
        otherwise = float(np.mean(old_maps.argmax(0) != new_maps.argmax(0)))
        difference = 0.5 * abs(difference).sum(0, keepdims=True)
    elif task == "binary":
        otherwise = float(np.mean((old_maps > 0) != (new_maps > 0)))
    else:
        otherwise = math.nan
    report = Compared(
        id=asked.id,
        step=step,
        parted=parted,
        last=min(timeline.branches[number].last for number in pair),
        changes=changes,
        original=original,
        changed=changed,
        differences=numbers([b - a for a, b in zip(old, new, strict=True)]),
        difference=buffers.grid(difference, side),
        otherwise=real(otherwise),
    )
    return report, buffers.packed


def _stand(timeline: Timeline, number: int, step: int) -> None:
    """Stand at a step of a branch, or of the one that it left later."""
    branch = timeline.look_up(number)
    while branch.first > step and branch.parent is not None:
        number, branch = branch.parent, timeline.branches[branch.parent]
    timeline.seek(min(step, branch.last), number)


def _side(timeline: Timeline, number: int, step: int) -> int:
    """Return how many points each way a map has: fewer where they are made eagerly."""
    _stand(timeline, number, step)
    return sides_of(timeline.engine)[0]


def _losses(timeline: Timeline, number: int) -> tuple[list[float], list[float]]:
    """Return the steps and losses of a branch, with those of the branches that it came from."""
    way = _way(timeline, number)
    steps: list[float] = []
    losses: list[float] = []
    for number, later in zip(way, [*way[1:], None], strict=True):
        branch = timeline.branches[number]
        end = math.inf if later is None else timeline.branches[later].first
        columns = branch.curves.columns
        rows = [i for i, at in enumerate(columns["steps"]) if at < end]
        steps += [columns["steps"][i] for i in rows]
        losses += [columns["training"][i] for i in rows]
    return steps, losses
