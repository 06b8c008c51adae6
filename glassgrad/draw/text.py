"""Writes a diagram in characters: boxes and lines where they fit the width, else a table."""

import math
import textwrap
from dataclasses import dataclass

from .cards import gradient, symbol
from .diagram import Box, Diagram
from .figures import columns, figure, shorten
from .grid import ASCII, Grid
from .layout import Layout, layout
from .table import write_layers, write_table
from .tracks import Line, assign_tracks

BOX_HEIGHT = 5
NAME = 14  # longer names are shortened
ROUND = "╭╮╰╯─││"
SQUARE = "┌┐└┘─││"
BARRED = "┌┐└┘─│┃"
DASHES = str.maketrans("─│", "╌╎")


@dataclass(frozen=True)
class Terminal:
    """What a text may use: its width in characters, colour, characters beyond ASCII."""

    width: int = 80
    colour: bool = False
    ascii: bool = False


def write_diagram(diagram: Diagram, terminal: Terminal) -> str:
    """The diagram as text."""
    if diagram.columns:
        text = write_layers(diagram, terminal.width)
    else:
        text = _write_boxes(diagram, terminal.width) or write_table(diagram, terminal.width)
    text += "\n\n" + textwrap.fill(diagram.caption, terminal.width)
    return text.translate(ASCII) if terminal.ascii else text


def _write_boxes(diagram: Diagram, width: int) -> str:
    """Boxes and lines in the wished direction, or in the other one; empty if neither fits."""
    if any(box.rows for box in diagram.boxes):
        return ""
    for direction in (diagram.direction, "TB" if diagram.direction == "LR" else "LR"):
        page = _Page(diagram, vertical=direction == "TB")
        text = page.drawn(width)
        if text:
            return text
    return ""


def _lines_of(box: Box) -> list[str]:
    value = figure(box.value) if box.value is not None else ""
    title = f"{symbol(box.op)} {box.name}".strip()
    return [shorten(title, NAME), value, gradient(box.grad)]


class _Page:
    """The layout of a diagram on a grid of characters."""

    def __init__(self, diagram: Diagram, *, vertical: bool) -> None:
        self.diagram = diagram
        self.vertical = vertical
        self.texts = [_lines_of(box) for box in diagram.boxes]
        widest = max((columns(line) for text in self.texts for line in text), default=0)
        self.box_width = widest + 4 + (widest + 1) % 2  # odd, so that it has a middle

    def drawn(self, width: int) -> str:
        """The page, or nothing if it is wider than allowed or lines would run on each other."""
        size = (float(self.box_width), float(BOX_HEIGHT))
        placed = layout(
            [size] * len(self.texts),
            [(edge.tail, edge.head) for edge in self.diagram.edges],
            direction="TB" if self.vertical else "LR",
            layer_gap=1,  # so that each layer's coordinate tells its number
            box_gap=1 if self.vertical else 0,
            edge_room=1,
        )
        if self.vertical and placed.width > width:
            return ""
        channels = self._channels(placed)
        tracks = [assign_tracks(channel) for channel in channels]
        starts = [0]
        depth = BOX_HEIGHT if self.vertical else self.box_width
        for track in tracks:
            if track is None:
                return ""
            room = max(track, default=-1) + (2 if self.vertical else 3)
            starts.append(starts[-1] + depth + max(room, 2))
        if not self.vertical and starts[-1] + depth > width:
            return ""
        grid = Grid()
        for gap, (channel, track) in enumerate(zip(channels, tracks, strict=True)):
            for line, turn in zip(channel, track or [], strict=True):
                self._draw_line(grid, line, turn, starts[gap] + depth, starts[gap + 1])
        self._draw_boxes(grid, placed, starts)
        return str(grid)

    def _across(self, at: float) -> int:
        """The cell around a coordinate; whole distances stay the same."""
        return math.ceil(at - 1 - 1e-6)

    def _channels(self, placed: Layout) -> list[list[Line]]:
        """The lines of each gap between layers; points that long edges pass get numbers, too."""
        channels: list[list[Line]] = [[] for _ in range(max(placed.layers, default=0))]
        passing = len(self.texts)
        for edge, route in zip(self.diagram.edges, placed.routes, strict=True):
            first, last = placed.layers[edge.tail], placed.layers[edge.head]
            ends = [self._across(x if self.vertical else y) for x, y in route]
            tail = edge.tail
            for gap in range(first, last):
                step = 2 * (gap - first) + 1
                head = edge.head if gap == last - 1 else passing
                channels[gap].append(Line(tail, head, ends[step], ends[step + 1]))
                tail = head
                passing += head == passing
        return channels

    def _draw_line(self, grid: Grid, line: Line, turn: int, before: int, after: int) -> None:
        """A line over the gap from `before` to `after`, and on through a layer that it passes."""
        depth = BOX_HEIGHT if self.vertical else self.box_width
        begin = before - 1 if line.tail < len(self.texts) else before - 1 - depth
        end = after if line.head < len(self.texts) else after + depth
        at = before + max(turn, 0) + (0 if self.vertical else 1)
        points = [(begin, line.start), (at, line.start), (at, line.end), (end, line.end)]
        grid.run([(y, x) for x, y in points] if self.vertical else points)

    def _draw_boxes(self, grid: Grid, placed: Layout, starts: list[int]) -> None:
        corners = {"operation": ROUND, "parameter": BARRED}
        for box, text, centre, layer in zip(
            self.diagram.boxes, self.texts, placed.centres, placed.layers, strict=True
        ):
            middle = self._across(centre[0] if self.vertical else centre[1])
            if self.vertical:
                x, y = middle - self.box_width // 2, starts[layer]
            else:
                x, y = starts[layer], middle - BOX_HEIGHT // 2
            frame = corners.get(box.kind, SQUARE)
            if not self.diagram.visited:
                frame = frame.translate(DASHES)
            grid.box(x, y, text, self.box_width, frame)
