"""Parts of a number, largest first and adding up to it."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from ..messages.parts import real
from ..messages.why import Part


def largest(parts: Sequence[Part], total: float, most: int, rest: str) -> list[Part]:
    """The largest of some parts, and the others in one row, so that all add up to the total."""
    ordered = sorted(parts, key=lambda part: -_size(part))
    keep = most if len(ordered) > most + 1 else len(ordered)
    return with_rest(ordered[:keep], total, len(ordered) - keep, rest)


def with_rest(parts: list[Part], total: float, count: int, rest: str) -> list[Part]:
    """Add a row for `count` parts that are not listed, so that all add up to the total."""
    if count <= 0:
        return parts
    left = total - fsum(float(part.share) for part in parts)
    return [*parts, Part(f"{min(count, 2**53):,} {rest}", real(left), [], -1, min(count, 2**53))]


def _size(part: Part) -> float:
    return abs(part.share) if isinstance(part.share, float) else float("inf")
