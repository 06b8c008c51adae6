"""Cells as a table to read, and what machine they come from."""

from __future__ import annotations

import platform
import textwrap
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import metadata
from typing import Any

from .compare import Cell
from .ways import Way
from .workloads import WORKLOADS

_PACKAGES = (
    "numpy", "llvmlite", "micrograd", "torch", "jax", "casadi", "scikit-learn", "numba",
)  # fmt: skip


def machine() -> dict[str, Any]:
    """The processor by what it can do, Python, and the versions of the libraries there are."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "processor": f"{platform.machine()}, {_vectors()}",
        "python": platform.python_version(),
        "versions": versions,
    }


def _vectors() -> str:
    try:
        from ..compiler.ir.floats import FLOAT32
        from ..compiler.machine.llvm import lanes
    except ImportError:
        return "no LLVM"
    return f"vectors of {32 * lanes(FLOAT32)} bits"


def as_table(cells: Sequence[Cell], ways: Sequence[Way]) -> str:
    """Microseconds a step: a row for each way, a column for each workload, float32/float64.

    Below it what each workload is, ratios, and why cells are missing.
    """
    workloads = _distinct(cell.workload for cell in cells)
    dtypes = _distinct(cell.dtype for cell in cells)
    by_place = {(cell.way, cell.workload, cell.dtype): cell for cell in cells}

    def row(head: str, text: Callable[[str, str], str]) -> list[str]:
        return [head, *("/".join(_both(text(w, d) for d in dtypes)) for w in workloads)]

    rows = [["", *workloads]]
    for way in ways:
        times = row(way.name, partial(_time, by_place, way.name))
        if any(set(time) - {"-"} for time in times[1:]):
            rows.append(times)
    ratios = [row(head, ratio) for head, ratio in _ratios(by_place, ways)]
    if shown := [ratio for ratio in ratios if any(set(text) - {"-"} for text in ratio[1:])]:
        rows += [[], *shown]
    unit = f"microseconds a step, {' / '.join(dtypes)}; medians of CPU time on one thread"
    titles = [f"  {name:<3} {WORKLOADS[name].title}" for name in workloads]
    return "\n".join([unit, "", _aligned(rows), "", *titles, *_reasons(cells)])


def _both(texts: Iterable[str]) -> list[str]:
    found = list(texts)
    return ["-"] if set(found) == {"-"} else found


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _time(by_place: dict[tuple[str, str, str], Cell], way: str, workload: str, dtype: str) -> str:
    cell = by_place.get((way, workload, dtype))
    return "-" if cell is None or cell.us is None else short(cell.us)


def short(x: float) -> str:
    """A number in two or three digits.

    >>> short(0.0541), short(2.749), short(48.3), short(12957.2)
    ('0.054', '2.7', '48', '12,957')
    """
    if x >= 9.95:
        return f"{x:,.0f}"
    return f"{x:.1f}" if x >= 0.995 else f"{x:.2f}" if x >= 0.0995 else f"{x:.3f}"


def _ratios(
    by_place: dict[tuple[str, str, str], Cell], ways: Sequence[Way]
) -> list[tuple[str, Callable[[str, str], str]]]:
    def best(w: str, d: str, among: Iterable[Way]) -> float | None:
        cells = [by_place.get((way.name, w, d)) for way in among]
        return min((cell.us for cell in cells if cell and cell.us), default=None)

    def ours(w: str, d: str) -> float | None:
        return best(w, d, (way for way in ways if way.is_ours))

    def over(above: float | None, below: float | None) -> str:
        return "-" if above is None or below is None else short(above / below)

    peers = [way for way in ways if way.autodiff and not way.is_ours]
    hand = [way for way in ways if not way.autodiff]
    limit = [way for way in hand if way.name.startswith("limit")]
    hand = [way for way in hand if way not in limit]
    return [
        ("times the best autodiff", lambda w, d: over(best(w, d, peers), ours(w, d))),
        ("times the best by hand", lambda w, d: over(best(w, d, hand), ours(w, d))),
        ("of the limit's time", lambda w, d: over(ours(w, d), best(w, d, limit))),
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    full = [row for row in rows if row]
    widths = [max(map(len, column)) for column in zip(*full, strict=True)]
    lines = []
    for row in rows:
        if not row:
            lines.append("")
            continue
        rest = (text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join([row[0].ljust(widths[0]), *rest]).rstrip())
    return "\n".join(lines)


def _reasons(cells: Sequence[Cell]) -> list[str]:
    """A line for each reason and the workloads that it holds for, with the ways."""
    places: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        if cell.why:
            places.setdefault((cell.way, cell.why), []).append(cell.workload)
    if not places:
        return []
    ways: dict[tuple[str, str], list[str]] = {}
    for (way, why), names in places.items():
        ways.setdefault((" ".join(_distinct(names)), why), []).append(way)
    lines = [f"{'; '.join(found)}, {names}: {why}" for (names, why), found in ways.items()]
    wrapped = [
        textwrap.fill(line, 100, initial_indent="  ", subsequent_indent="    ") for line in lines
    ]
    return ["", "Not measured:", *wrapped]
