"""`Stats`: what compiling a function took and what it gave."""

from __future__ import annotations

_UNITS = ("ms", "us", "bytes")


class Stats(dict[str, float]):
    """Numbers by name; the last part of a name is the unit, where there is one.

    >>> print(Stats(calls=20, trace_ms=3.81, memory_bytes=3204, call_us=0.452))
    calls             20
    trace              3.81 ms
    memory         3,204    bytes
    call               0.45 us
    """

    def __str__(self) -> str:
        return "\n".join(_line(name, x) for name, x in self.items())


def _line(name: str, x: float) -> str:
    words = name.split("_")
    unit = words.pop() if words[-1] in _UNITS else ""
    number = f"{x:>6,}   " if isinstance(x, int) else f"{x:>9,.2f}"
    return f"{' '.join(words):<14}{number} {unit}".rstrip()
