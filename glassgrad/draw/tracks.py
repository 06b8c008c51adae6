"""Finds for the lines between two layers where each may turn, so that no two run on each other.

A line leaves its tail at one height, turns on a track between the layers, and enters its head at
another height. This is the channel routing of circuit boards.

Source: Hashimoto and Stevens, "Wire routing by optimizing channel assignment within large
apertures", Design Automation Workshop (1971): the left-edge algorithm, here with constraints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Line:
    """One line of a channel: what it joins, and at which heights."""

    tail: int
    head: int
    start: int
    end: int

    def related(self, other: "Line") -> bool:
        """Whether two lines may touch: they have an end in common."""
        return self.tail == other.tail or self.head == other.head

    def overlaps(self, other: "Line") -> bool:
        """Whether two lines would run on each other if they turned on the same track."""
        low, high = sorted((self.start, self.end))
        other_low, other_high = sorted((other.start, other.end))
        return low <= other_high and other_low <= high


def assign_tracks(lines: Sequence[Line]) -> list[int] | None:
    """The track of each line, from 0; straight lines have none and get -1.

    Returns None where lines would have to run on each other.

    >>> assign_tracks([Line(0, 2, start=5, end=1), Line(1, 3, start=9, end=5)])
    [0, 1]
    """
    tracks = [-1] * len(lines)
    placed: list[list[Line]] = []
    waiting = [index for index, line in enumerate(lines) if line.start != line.end]
    # A line that leaves at the height at which another one enters has to turn before that one.
    before = {
        index: [
            other
            for other in waiting
            if lines[other].start == lines[index].end and not lines[other].related(lines[index])
        ]
        for index in waiting
    }
    while waiting:
        ready = [i for i in waiting if all(other not in waiting for other in before[i])]
        if not ready:
            return None
        for index in ready:
            line = lines[index]
            track = max((tracks[other] + 1 for other in before[index]), default=0)
            while track < len(placed) and not _fits(line, placed[track]):
                track += 1
            while track >= len(placed):
                placed.append([])
            placed[track].append(line)
            tracks[index] = track
        waiting = [index for index in waiting if index not in ready]
    return tracks


def _fits(line: Line, track: Sequence[Line]) -> bool:
    """Whether a line may turn on a track: all that it would join there must have ends in common."""
    joined = [line]
    for member in joined:
        joined += [other for other in track if other not in joined and other.overlaps(member)]
    return all(a.related(b) for a, b in combinations(joined, 2))
