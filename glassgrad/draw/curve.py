"""Draws how the loss went down, epoch by epoch: as SVG and in the terminal."""

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..draw import style
from .axes import Scale, scale_for
from .dots import Dots
from .figures import tick
from .grid import ASCII
from .measure import text_width
from .picture import Picture
from .svg import Attribute, Svg, number
from .text import Terminal

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 56, 112, 48, 44
ROWS = 16  # of characters, for the curve in the terminal

RING: dict[str, Attribute] = {"fill": style.SURFACE, "stroke": style.INK, "stroke_width": 1.5}

Place = Callable[[int, float], tuple[float, float]]
"""Where in the picture the loss with an index stands."""


def loss_curve(train: Sequence[float], validation: Sequence[float] | None = None) -> Picture:
    """A picture of the loss after each epoch, on the training data and, if given, on held-out data.

    The scale is logarithmic where the numbers span more than 20 times. Numbers that are not finite
    leave a gap, and are named with the epoch at which they began.

    Raises:
        ValueError: There is no number at all.

    >>> print(loss_curve([1.0, 0.5, 0.4], [1.1, 0.7, 0.8]).text().splitlines()[0])
    loss by epoch   training 0.4   validation 0.8   lowest 0.7 at 2
    """
    train = [float(loss) for loss in train]
    validation = [float(loss) for loss in validation or []]
    if not train and not validation:
        raise ValueError("a loss curve needs at least one number; the lists are empty")
    curves = _Curves(train, validation)
    return Picture(curves.svg, curves.text)


def _short(value: float) -> str:
    rounded = float(f"{value:.3g}")
    return tick(rounded) if math.isfinite(rounded) else str(value)


@dataclass(frozen=True)
class _Curves:
    """The numbers of the picture."""

    train: list[float]
    validation: list[float]

    @property
    def epochs(self) -> int:
        return max(len(self.train), len(self.validation))

    def scale(self) -> Scale:
        finite = [loss for loss in self.train + self.validation if math.isfinite(loss)]
        return scale_for(finite or [1.0])

    def epoch_scale(self) -> Scale:
        """From the first epoch to the last; a single one stands in the middle."""
        return Scale(1, self.epochs) if self.epochs > 1 else Scale(0, 2)

    def lowest(self) -> tuple[int, float] | None:
        """Index and value of the lowest validation loss."""
        finite = [(loss, at) for at, loss in enumerate(self.validation) if math.isfinite(loss)]
        return (min(finite)[1], min(finite)[0]) if finite else None

    def notes(self) -> list[str]:
        """What to say below the picture about numbers that are not finite."""
        notes = []
        for name, losses in (("training", self.train), ("validation", self.validation)):
            bad = [at for at, loss in enumerate(losses) if not math.isfinite(loss)]
            if bad:
                notes.append(f"× {name} loss is {losses[bad[0]]} from epoch {bad[0] + 1}")
        return notes

    def svg(self) -> str:
        """The picture as an SVG file."""
        svg = Svg(WIDTH, HEIGHT, "Loss by epoch")
        scale, epochs = self.scale(), self.epoch_scale()
        ticks = {value: tick(value) for value in scale.ticks()}
        left = max(LEFT, *(text_width(says, style.TINY) + 16 for says in ticks.values()))
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

        def at(index: int, loss: float) -> tuple[float, float]:
            return left + epochs(index + 1) * (right - left), bottom - scale(loss) * (bottom - TOP)

        svg.text(style.MARGIN, 26, "Loss", font_size=style.BODY, font_weight="600")
        if scale.logarithmic:
            beside = style.MARGIN + text_width("Loss", style.BODY, "bold") + 8
            svg.text(beside, 26, "logarithmic", fill=style.INK_3)
        for value, says in ticks.items():
            y = at(0, value)[1]
            svg.add("path", d=f"M{left:g},{y:.1f}H{right}", stroke=style.LINE)
            _tick(svg, left - 8, y + 4, says, "end")
        for value in epochs.ticks(6):
            if value == int(value) and value <= self.epochs:
                _tick(svg, at(int(value) - 1, scale.low)[0], bottom + 18, tick(value), "middle")
        _tick(svg, right + 24, bottom + 18, "epoch", "start")
        with svg.group(fill="none", stroke_linejoin="round", stroke_linecap="round"):
            points = [at(index, loss) for index, loss in enumerate(self.validation)]
            path = _path(points, self.validation)
            svg.add("path", d=path, stroke=style.INK_2, stroke_width=1.5, stroke_dasharray="5 4")
            points = [at(index, loss) for index, loss in enumerate(self.train)]
            svg.add("path", d=_path(points, self.train), stroke=style.INK, stroke_width=1.75)
        self._mark_lowest(svg, at)
        self._label_ends(svg, at, right)
        notes = "   ".join(self.notes())
        if notes:
            svg.text(left, HEIGHT - 8, notes, fill=style.ALARM, font_weight="600")
        return str(svg)

    def _mark_lowest(self, svg: Svg, at: Place) -> None:
        """A ring at the lowest validation loss, and beside the title what it stands for."""
        lowest = self.lowest()
        if lowest and len(self.validation) > 1:
            index, loss = lowest
            says = f"lowest validation {_short(loss)} at epoch {index + 1}"
            svg.text(WIDTH - style.MARGIN, 26, says, text_anchor="end", fill=style.INK_2)
            beside = WIDTH - style.MARGIN - text_width(says, style.SMALL) - 4
            for x, y in (at(index, loss), (beside, 22.0)):
                svg.add("circle", cx=x, cy=y, r=4, **RING)

    def _label_ends(self, svg: Svg, at: Place, right: float) -> None:
        """The names and last values beside the ends of the curves, kept apart."""
        ends = []
        for name, losses in (("training", self.train), ("validation", self.validation)):
            finite = [loss for loss in losses if math.isfinite(loss)]
            if finite:
                ends.append((at(0, finite[-1])[1], name, finite[-1]))
        lowest = HEIGHT - BOTTOM - 20.0  # clear of the epochs below
        for y, name, loss in sorted(ends, reverse=True):
            y = min(y, lowest)
            lowest = y - 32
            svg.text(right + 10, y, name, font_size=style.TINY, fill=style.INK_2)
            svg.text(right + 10, y + 14, _short(loss), font_weight="600")

    def text(self, terminal: Terminal) -> str:
        """The picture in characters: braille dots, or stars and circles in ASCII."""
        scale = self.scale()
        depth = 4 * ROWS - 1  # the lowest of the braille dots
        labels = {round((1 - scale(value)) * depth) // 4: tick(value) for value in scale.ticks()}
        margin = max(7, *map(len, labels.values()))
        columns = terminal.width - margin - 2
        dots = Dots(columns, ROWS, ascii=terminal.ascii)
        step = (2 * columns - 1) / max(1, self.epochs - 1)
        for losses, faint in ((self.validation, True), (self.train, False)):
            points = [
                (round(i * step), round((1 - scale(y)) * depth) if math.isfinite(y) else None)
                for i, y in enumerate(losses)
            ]
            dots.curve(points, faint=faint)
        lines = [textwrap.fill(self._heading(), terminal.width)]
        for row, line in enumerate(dots.lines(colour=terminal.colour)):
            side = "┤" if row in labels else "│"
            lines.append(f"{labels.get(row, ''):>{margin}} {side}{line}".rstrip())
        lines.append(" " * (margin + 1) + "╰" + "─" * columns)
        ends = ("1", f"epoch {self.epochs}") if self.epochs > 1 else ("epoch 1", "")
        lines.append(" " * (margin + 2) + f"{ends[0]}{ends[1]:>{columns - len(ends[0])}}".rstrip())
        lines += [textwrap.fill(note, terminal.width) for note in self.notes()]
        text = "\n".join(lines)
        return text.translate(ASCII) if terminal.ascii else text

    def _heading(self) -> str:
        parts = ["loss by epoch"]
        if self.train:
            parts.append(f"training {_short(self.train[-1])}")
        if self.validation:
            parts.append(f"validation {_short(self.validation[-1])}")
        lowest = self.lowest()
        if lowest and len(self.validation) > 1 and lowest[0] + 1 < len(self.validation):
            parts.append(f"lowest {_short(lowest[1])} at {lowest[0] + 1}")
        return "   ".join(parts)


def _path(points: Sequence[tuple[float, float]], losses: Sequence[float]) -> str:
    """The line through the points, broken where a loss is not finite."""
    path, pen = "", "M"
    for (x, y), loss in zip(points, losses, strict=True):
        if math.isfinite(loss):
            path += f"{pen}{number(x)},{number(y)}"
            pen = "L"
        else:
            pen = "M"
    return path + ("h0.1" if len(points) == 1 and path else "")


def _tick(svg: Svg, x: float, y: float, says: str, anchor: str) -> None:
    svg.text(x, y, says, text_anchor=anchor, font_size=style.TINY, fill=style.INK_3)
