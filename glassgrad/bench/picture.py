"""Cells as a picture: a column for each workload, with a scale of its own, a bar for each way."""

from __future__ import annotations

from collections.abc import Sequence

from ..draw import style
from ..draw.axes import Scale
from ..draw.picture import Picture
from ..draw.svg import Svg
from .compare import Cell
from .report import as_table, short
from .ways import Way
from .workloads import WORKLOADS

LEFT, TOP, BOTTOM = 168, 64, 40
COLUMN, BAR, GAP, ROW = 132, 84, 4, 26


def picture(cells: Sequence[Cell], ways: Sequence[Way]) -> Picture:
    """The times on logarithmic scales: a bar that is one width longer takes as much as the range.

    Raises:
        ValueError: no cell has a time.
    """
    if not any(cell.us for cell in cells):
        raise ValueError("there is nothing to draw: no cell has a time")
    return Picture(lambda: _svg(cells, ways), lambda _: as_table(cells, ways))


def _svg(cells: Sequence[Cell], ways: Sequence[Way]) -> str:
    timed = [cell for cell in cells if cell.us]
    shown = [way for way in ways if any(cell.way == way.name for cell in timed)]
    workloads = list(dict.fromkeys(cell.workload for cell in timed))
    dtypes = list(dict.fromkeys(cell.dtype for cell in cells))
    width = LEFT + COLUMN * len(workloads) + style.MARGIN
    height = TOP + ROW * len(shown) + BOTTOM
    svg = Svg(width, height, "Microseconds a step, by library and workload")
    svg.text(style.MARGIN, 24, "Microseconds a step; logarithmic, shorter is faster", font_size=15)
    for row, way in enumerate(shown):
        y = TOP + ROW * row
        ours = "600" if way.is_ours else None
        svg.text(LEFT - 12, y + 15, way.name, text_anchor="end", font_weight=ours)
    for column, name in enumerate(workloads):
        x = LEFT + COLUMN * column
        times = [cell.us for cell in timed if cell.workload == name and cell.us]
        scale = Scale(min(times) / 2, max(times), logarithmic=True)
        with svg.group(WORKLOADS[name].title):
            svg.text(x, TOP - 12, name, font_weight="600")
        for cell in timed:
            if cell.workload == name and cell.us:
                row = [way.name for way in shown].index(cell.way)
                y = TOP + ROW * row + (10 * dtypes.index(cell.dtype) if len(dtypes) > 1 else 5)
                _bar(svg, x, y, BAR * scale(cell.us), cell, shown[row])
    order = ", ".join(
        f"{place}: {name}" for place, name in zip(("above", "below"), dtypes, strict=False)
    )
    svg.text(style.MARGIN, height - 16, order, fill=style.INK_2, font_size=style.TINY)
    return str(svg)


def _bar(svg: Svg, x: float, y: float, length: float, cell: Cell, way: Way) -> None:
    assert cell.us, "only what has a time has a bar"
    fill = style.INK if way.is_ours else style.LINE_FIRM
    with svg.group(f"{cell.way}, {cell.workload}, {cell.dtype}: {short(cell.us)} us"):
        svg.add("rect", x=x, y=y, width=max(length, 1.0), height=8, fill=fill)
        svg.text(x + length + GAP, y + 8, short(cell.us), font_size=9, fill=style.INK_2)
