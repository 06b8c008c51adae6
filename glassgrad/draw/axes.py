"""Scales and their ticks: which round numbers to write beside an axis."""

import math
from dataclasses import dataclass

SMALLEST, LARGEST = 1e-300, 1e300  # beyond these a picture would only show how floats end


@dataclass(frozen=True)
class Scale:
    """Maps numbers from low to high onto positions from 0 to 1, evenly or by their logarithms."""

    low: float
    high: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """The position of a value; values beyond an end are put onto it."""
        value = min(max(value, self.low), self.high)
        if self.logarithmic:
            low, high = math.log(self.low), math.log(self.high)
            return (math.log(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, count: int = 5) -> list[float]:
        """Round numbers within the scale, about as many as asked for.

        >>> Scale(0.0, 1.3).ticks()
        [0.0, 0.5, 1.0]
        >>> Scale(0.02, 2.0, logarithmic=True).ticks()
        [0.03, 0.1, 0.3, 1.0]
        """
        if self.logarithmic:
            return self._ticks_of_decades(count)
        step = _round_step((self.high - self.low) / count)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        found = [_plain(index * step) for index in range(first, last + 1)]
        return [tick for tick in found if self.low <= tick <= self.high]

    def _ticks_of_decades(self, count: int) -> list[float]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for factors in ((1, 2, 5), (1, 3), (1,)):
            found = [_plain(factor * 10.0**decade) for decade in decades for factor in factors]
            ticks = [tick for tick in found if self.low <= tick <= self.high]
            if len(ticks) <= count + 1:
                return ticks
        return ticks[:: math.ceil(len(ticks) / count)]


def _round_step(step: float) -> float:
    """The next of 1, 2, 5, 10, ... times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= step * 0.999)


def _plain(number: float) -> float:
    """A number without the dust of binary fractions."""
    return float(f"{number:.12g}")


def scale_for(numbers: list[float]) -> Scale:
    """The scale that shows positive numbers best: logarithmic where they span more than 20 times.

    Args:
        numbers: Finite numbers, at least one.
    """
    sizes = [0.0 if abs(n) < SMALLEST else min(max(n, -LARGEST), LARGEST) for n in numbers]
    low, high = min(sizes), max(sizes)
    if low > 0 and high / low > 20:
        return Scale(low / 1.15, high * 1.15, logarithmic=True)
    if low >= 0 and low < 0.6 * high:
        return Scale(0.0, high * 1.08)
    room = 0.08 * (high - low) or 0.5 * abs(high) or 0.5
    return Scale(low - room, high + room)
