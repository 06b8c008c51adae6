"""Sequences: kinds of work that come again and again, and become a loop over time.

Note [Sequences]
A recurrence computes the same at every step, but each step stands one level deeper than the one
before it, so its families (families.py) hold one step each. In program order they repeat: family k
looks like family k + period. Where that goes on for some steps, the families that stand for one
another are one slot of a run; its members over all steps are the statement of a `Loop`.

That two steps look alike is a guess. It is confirmed by the labels: every number of a slot gets the
label of its slot, and a step belongs to the loop if, label by label, it reads what the others read.
The first steps, which read what was there before, do not; they stay statements by themselves, and
write the first rows of what the loop goes on with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .families import edges_of, hash_of, mix
from .supernodes import LEAF, Supernodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .families import Hashes

    Ints = NDArray[np.int64]

_LEAST_STEPS = 4
_LONGEST_PERIOD = 256
_MOST_RUNS = 64
_LEAD = 2  # steps that may come before the loop


@dataclass(frozen=True, slots=True)
class Run:
    """Families start, start + 1, ... in program order: `steps` times a `period` of them.

    The first `lead` steps read other things than all later ones.
    """

    start: int
    period: int
    steps: int
    lead: int = 0

    @property
    def stop(self) -> int:
        """The family after it."""
        return self.start + self.period * self.steps

    @property
    def statements(self) -> int:
        """How many it needs."""
        return self.period * (self.lead + 1)


def find_sequences(found: list[Ints], nodes: Supernodes, key: Hashes, leaves: Hashes) -> list[Run]:
    """The runs among families in program order. In `key` their members get the label of their slot.

    Args:
        leaves: a hash of the class of each leaf.
    """
    if len(found) < _LEAST_STEPS:
        return []
    looks = _Looks(found, nodes, key, leaves)
    runs: list[Run] = []
    pending = [(0, len(found))]
    while pending and len(runs) < _MOST_RUNS:
        low, high = pending.pop()
        run = looks.longest(low, high)
        if run is not None:
            runs.append(run)
            pending += [(low, run.start), (run.stop, high)]
    confirmed = (_confirmed(run, found, nodes, key) for run in sorted(runs, key=lambda r: r.start))
    return [run for run in confirmed if run is not None]


class _Looks:
    """What families look like: their operation and size, and how far back they read."""

    def __init__(self, found: list[Ints], nodes: Supernodes, key: Hashes, leaves: Hashes) -> None:
        sizes = np.array([len(members) for members in found])
        first = np.array([members[0] for members in found])
        family = np.full(len(nodes.kind), -1)
        members, begin = np.concatenate(found), np.cumsum(sizes) - sizes
        family[members] = np.repeat(np.arange(len(found)), sizes)
        shallow = np.where(nodes.kind == LEAF, leaves, np.uint64(1))
        self.alone = mix(hash_of(nodes, first, shallow) + sizes.astype(np.uint64))
        exact = hash_of(nodes, members, key)
        ragged = np.minimum.reduceat(exact, begin) != np.maximum.reduceat(exact, begin)
        self.alone[ragged] = mix(first[ragged])  # like no other
        sources, users = edges_of(nodes)
        inner = (family[sources] >= 0) & np.isin(users, first)
        sources, users = family[sources[inner]], family[users[inner]]
        self._users = users
        self._back = users - sources
        self._near = mix(self._back)
        self._far = mix(self.alone[sources])

    def longest(self, low: int, high: int) -> Run | None:
        """The run of most families between two."""
        best, most = None, 0
        for period in range(1, min(_LONGEST_PERIOD, (high - low) // _LEAST_STEPS) + 1):
            looks = self._for(period)[low:high]
            start, length = _longest_stretch(looks[:-period] == looks[period:])
            steps = length // period + 1
            if steps < _LEAST_STEPS - 1 or steps * period <= most:
                continue
            start += low
            alike = self.alone
            for _ in range(_LEAD):  # the first steps read other things, and may look otherwise
                before = start - period
                if before < low or not np.array_equal(
                    alike[before:start], alike[start : start + period]
                ):
                    break
                start, steps = before, steps + 1
            if steps >= _LEAST_STEPS:
                best, most = Run(start, period, steps), steps * period
        return best

    def _for(self, period: int) -> Hashes:
        """Hashes that count how far back a family reads where that is within two periods."""
        read = np.where(self._back <= 2 * period, self._near, self._far)
        total = self.alone.copy()
        np.add.at(total, self._users, read)
        return total


def _longest_stretch(alike: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest stretch of True starts, and how long it is."""
    breaks = np.flatnonzero(~np.concatenate(([False], alike, [False])))
    lengths = np.diff(breaks) - 1
    best = int(lengths.argmax())
    return int(breaks[best]), int(lengths[best])


def _confirmed(run: Run, found: list[Ints], nodes: Supernodes, key: Hashes) -> Run | None:
    """As many steps of the run as read the same, label by label; labels them in `key`."""
    for _ in range(3):
        families = found[run.start : run.stop]
        if any(_gathers(slot, nodes, key) for slot in families):
            return None
        members = np.concatenate(families)
        before = key[members]
        for place, slot in enumerate(families):
            label = (run.start + place % run.period) * 2 + 1
            key[slot] = mix(np.full(len(slot), label * 0x5851F42D4C957F2D % 2**63))
        first = np.array([slot[0] for slot in families])
        looks = hash_of(nodes, first, key).reshape(run.steps, run.period)
        same = (looks == looks[run.steps // 2]).all(axis=1)
        odd = np.flatnonzero(~same)
        lead = int(odd[odd < run.steps // 2].max(initial=-1)) + 1
        stop = int(odd[odd >= run.steps // 2].min(initial=run.steps))
        if stop - lead < _LEAST_STEPS - 1:
            key[members] = before
            return None
        if lead <= _LEAD and stop == run.steps:
            return Run(run.start, run.period, run.steps, lead)
        key[members] = before
        skipped = max(0, lead - _LEAD)
        run = Run(run.start + skipped * run.period, run.period, stop - skipped)
    return None


def _gathers(slot: Ints, nodes: Supernodes, key: Hashes) -> bool:
    """Whether it picks among numbers of several kinds, which must be put together before."""
    tables = nodes.candidates.table[slot]
    among, _ = nodes.candidates.of(tables[tables >= 0])
    return len(np.unique(key[among])) > 1


def in_turn(runs: list[Run], count: int) -> Iterator[Run | int]:
    """The runs and the numbers of the families outside of them, in program order."""
    at = 0
    for run in runs:
        yield from range(at, run.start)
        yield run
        at = run.stop
    yield from range(at, count)
