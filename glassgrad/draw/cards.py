"""The boxes of a diagram as SVG: how large each is, and what stands in it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..draw import style
from .diagram import Box, Row
from .figures import figure
from .measure import Face, fit, text_width
from .svg import Svg

PAD = 8
EDGE = 5  # above the first line and below the last
LINE = 18  # the line with operation and name, the line with value and gradient
ROW = 17
STRIP = 34  # the bars of a card without rows
BAR = 26  # the small bar beside a weight
NAME_ROOM = 168  # longer names are shortened
SYMBOLS = {"*": "×", "-": "−"}


def symbol(op: str) -> str:
    """An operation as it is written on paper."""
    return SYMBOLS.get(op, op).replace("**-", "**−")


def gradient(value: float | None) -> str:
    """A gradient with its sign of ∂; empty if it is not known."""
    return "" if value is None else f"∂ {figure(value)}"


@dataclass(frozen=True)
class Cards:
    """Widths that all boxes, and all cards, of one picture share, so that columns line up."""

    box: float
    card: float
    name: float
    value: float
    grad: float
    largest_weight: float

    @classmethod
    def measure(cls, boxes: Sequence[Box]) -> "Cards":
        """The least widths at which every text has its room."""
        plain = [box for box in boxes if not box.rows and box.kind != "more"]
        cards = [box for box in boxes if box.rows]
        rows = [row for box in cards for row in box.rows]
        lines = [row for box in cards for row in box.rows if not box.bars]
        name = max((text_width(row.name, style.TINY, "mono") for row in lines), default=0.0)
        name = min(NAME_ROOM, name)
        value = _widest([figure(row.value) for row in lines if row.value is not None])
        grad = _widest([gradient(row.grad) for row in lines])
        line = name + 10 + BAR + 10 + value + (12 + grad if grad else 0) if lines else 0.0
        strip = 7.0 * max((len(box.rows) for box in cards if box.bars), default=0)
        sizes = [abs(row.value) for row in rows if row.weighs and row.value is not None]
        return cls(
            box=_grid(max(40.0, _head_width(plain)) + 2 * PAD),
            card=_grid(max(line, strip, _head_width(cards)) + 2 * PAD),
            name=name,
            value=value,
            grad=grad,
            largest_weight=max(filter(math.isfinite, sizes), default=0.0) or 1.0,
        )

    def extent(self, box: Box) -> tuple[float, float]:
        """Width and height of a box."""
        if box.kind == "more":
            return text_width(box.name, style.TINY) + 2 * PAD, 2 * EDGE + LINE
        below = 0.0
        if box.rows:
            below = STRIP if box.bars else ROW * len(box.rows) + PAD
        return self.card if box.rows else self.box, 2 * EDGE + _head(box) + below

    def row_middle(self, box: Box, row: int) -> float:
        """How far below the top of a box the middle of one of its rows is."""
        if box.bars:
            height = self.extent(box)[1]
            return height * (0.14 + 0.72 * row / max(1, len(box.rows) - 2))
        return EDGE + _head(box) + 7 + ROW * (row + 0.5)

    def draw(self, svg: Svg, box: Box, *, visited: bool) -> None:
        """One box with its top left corner at the origin."""
        width, height = self.extent(box)
        if box.kind == "more":
            svg.text(width / 2, 18, box.name, text_anchor="middle", font_size=11, fill=style.INK_3)
            return
        _draw_frame(svg, box, width, height, visited=visited)
        line = float(EDGE)
        if box.op or box.name:
            _draw_title(svg, box, width)
            line += LINE if _head(box) > LINE or box.value is None else 0
        if box.value is not None:
            self._draw_value(svg, box, box.value, line + 13, width, visited=visited)
        if box.rows:
            rule = EDGE + _head(box) + 2.5
            svg.add("path", d=f"M0.5,{rule:g}H{width - 0.5:g}", stroke=style.LINE)
            if box.bars:
                self._draw_strip(svg, box.rows, rule, width)
            else:
                for index, row in enumerate(box.rows):
                    self._draw_row(svg, row, self.row_middle(box, index), width)

    def _draw_value(
        self, svg: Svg, box: Box, value: float, baseline: float, width: float, *, visited: bool
    ) -> None:
        beside_title = _head(box) == LINE and (box.op or box.name)
        svg.text(
            width - PAD if beside_title else PAD,
            baseline,
            figure(value),
            font_weight="600",
            text_anchor="end" if beside_title else None,
            fill=_colour(value, style.INK),
        )
        if box.grad is not None:
            svg.text(
                width - PAD,
                baseline,
                gradient(box.grad),
                text_anchor="end",
                fill=_colour(box.grad, style.INK_2 if visited else style.INK_3),
            )

    def _draw_row(self, svg: Svg, row: Row, middle: float, width: float) -> None:
        """One line of a card: name, bar, value, gradient."""
        baseline = middle + 4
        if row.value is None:
            svg.text(PAD, baseline, row.name, font_size=style.TINY, fill=style.INK_3)
            return
        name = fit(row.name, self.name, style.TINY, "mono")
        svg.text(
            PAD, baseline, name, font_family=style.MONO, font_size=style.TINY, fill=style.INK_3
        )
        right = width - PAD - (self.grad + 12 if self.grad else 0)
        if row.weighs:
            self._draw_bar(svg, row.value, right - self.value - 10 - BAR / 2, middle)
        colour = _colour(row.value, style.sign_text(row.value) if row.weighs else style.INK)
        svg.text(right, baseline, figure(row.value), text_anchor="end", fill=colour)
        if row.grad is not None:
            svg.text(
                width - PAD,
                baseline,
                gradient(row.grad),
                text_anchor="end",
                fill=_colour(row.grad, style.INK_2),
            )

    def _share(self, value: float) -> float:
        """The size of a weight beside the largest one."""
        return min(1.0, abs(value) / self.largest_weight) if math.isfinite(value) else 1.0

    def _draw_bar(self, svg: Svg, value: float, centre: float, middle: float) -> None:
        """A bar from zero: its side and colour say the sign, its length the size."""
        svg.add("path", d=f"M{centre:g},{middle - 6:g}v12", stroke=style.LINE)
        length = max(1.0, BAR / 2 * self._share(value))
        if value:
            svg.add(
                "rect",
                x=centre - length if value < 0 else centre,
                y=middle - 4,
                width=length,
                height=8,
                rx=1,
                fill=_colour(value, style.sign_colour(value)),
            )

    def _draw_strip(self, svg: Svg, rows: tuple[Row, ...], top: float, width: float) -> None:
        """All numbers as bars, up or down from zero, with a gap between weights and others."""
        bars = [row for row in rows if row.value is not None]
        gaps = sum(a.weighs != b.weighs for a, b in pairwise(bars))
        step = (width - 2 * PAD - 6 * gaps) / max(1, len(bars))
        half = (STRIP - 8) / 2
        zero = top + STRIP / 2
        svg.add("path", d=f"M{PAD},{zero:g}H{width - PAD:g}", stroke=style.LINE)
        left = float(PAD)
        for index, row in enumerate(bars):
            if index and row.weighs != bars[index - 1].weighs:
                left += 6
            if row.value:
                height = max(1.0, half * self._share(row.value))
                svg.add(
                    "rect",
                    x=left + 1,
                    y=zero if row.value < 0 else zero - height,
                    width=min(12.0, step - 2),
                    height=height,
                    rx=1,
                    fill=_colour(row.value, style.sign_colour(row.value)),
                )
            left += step


def exact(box: Box) -> str:
    """What hovering over a box tells: its numbers in full."""
    name = box.name or box.op
    parts = [f"{name} = {box.value!r}" if box.value is not None else name]
    if box.grad is not None:
        parts.append(f"gradient {box.grad!r}")
    if box.bars:
        parts += [f"{row.name} {figure(row.value)}" for row in box.rows if row.value is not None]
    return ", ".join(part for part in parts if part)


def _head(box: Box) -> float:
    """The height of the lines above the rows; a neuron's output stands beside its name."""
    if box.value is None or not (box.op or box.name):
        return LINE
    return LINE if box.grad is None and box.kind == "operation" else 2 * LINE


def _draw_frame(svg: Svg, box: Box, width: float, height: float, *, visited: bool) -> None:
    numbers = [box.value, box.grad, *(n for row in box.rows for n in (row.value, row.grad))]
    broken = not all(n is None or math.isfinite(n) for n in numbers)
    svg.add(
        "rect",
        width=width,
        height=height,
        rx=8 if box.kind == "operation" else 3,
        fill=style.PAGE if box.kind == "input" else style.SURFACE,
        stroke=style.ALARM if broken else style.LINE_FIRM,
        stroke_width=1.5 if broken else None,
        stroke_dasharray=None if visited else "4 3",
    )
    if box.kind == "parameter":
        svg.add("rect", width=4, height=height, rx=1, fill=style.LINE_FIRM)


def _draw_title(svg: Svg, box: Box, width: float) -> None:
    left = float(PAD)
    if box.op:
        pill = _pill_width(box.op)
        svg.add("rect", x=left, y=EDGE + 1, width=pill, height=16, rx=8, fill=style.SUNKEN)
        svg.text(
            left + pill / 2,
            EDGE + 13,
            symbol(box.op),
            font_size=style.TINY,
            font_weight="600",
            text_anchor="middle",
        )
        left += pill + 6
    if box.name:
        name = fit(box.name, width - PAD - left, style.TINY, "mono")
        svg.text(
            left, EDGE + 13, name, font_family=style.MONO, font_size=style.TINY, fill=style.INK_2
        )


def _head_width(boxes: Sequence[Box]) -> float:
    """The width that name, operation, value and gradient need in each of some boxes."""
    value = _widest([figure(box.value) for box in boxes if box.value is not None], "bold")
    grad = _widest([gradient(box.grad) for box in boxes])
    titles = [_title_width(box) for box in boxes]
    return max(*titles, value + 10 + grad if grad else value, 0.0)


def _title_width(box: Box) -> float:
    name = min(NAME_ROOM, text_width(box.name, style.TINY, "mono"))
    width = _pill_width(box.op) + (6 if box.op and box.name else 0) + name
    if box.value is not None and _head(box) == LINE and width:
        width += 12 + text_width(figure(box.value), style.SMALL, "bold")
    return width


def _pill_width(op: str) -> float:
    return max(18.0, text_width(symbol(op), style.TINY, "bold") + 10) if op else 0.0


def _widest(texts: Sequence[str], face: Face = "regular") -> float:
    return max((text_width(text, style.SMALL, face) for text in texts), default=0.0)


def _grid(length: float) -> float:
    return style.STEP * math.ceil(length / style.STEP)


def _colour(number: float, otherwise: str) -> str:
    return otherwise if math.isfinite(number) else style.ALARM
