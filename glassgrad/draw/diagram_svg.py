"""Draws a diagram of values as SVG: boxes in their places, edges, headings, caption."""

import math

from ..draw import style
from .cards import Cards, exact
from .diagram import Diagram, Edge
from .layout import Layout, Point, layout
from .measure import text_width
from .svg import Attribute, Svg, smooth_run

HEADING = 44  # room for two lines above the columns
CAPTION = 30
BOX_GAP = 14


def draw_diagram(diagram: Diagram) -> str:
    """The SVG file of a diagram."""
    cards = Cards.measure(diagram.boxes)
    placed = _in_columns(diagram, cards) if diagram.columns else _by_edges(diagram, cards)
    weighs = any(edge.weight is not None for edge in diagram.edges)
    says = text_width(diagram.caption, style.TINY)
    legend = _legend_width() if weighs else 0
    beside = says + 28 + legend <= placed.width
    heading = HEADING if diagram.columns else 0
    width = max(placed.width, says, legend) + 2 * style.MARGIN
    below = CAPTION if beside or not weighs else CAPTION + style.BODY + style.STEP
    height = placed.height + heading + below + 2 * style.MARGIN
    svg = Svg(width, height, diagram.title)
    left, top = (width - placed.width) / 2, style.MARGIN + heading
    with svg.group(transform=f"translate({left:g} {top:g})"):
        _draw_edges(svg, diagram, placed, cards)
        for box, (x, y) in zip(diagram.boxes, placed.centres, strict=True):
            w, h = cards.extent(box)
            with svg.group(exact(box), transform=f"translate({x - w / 2:g} {y - h / 2:g})"):
                cards.draw(svg, box, visited=diagram.visited)
        _draw_headings(svg, diagram, placed)
    baseline = height - style.MARGIN + 2
    svg.text(style.MARGIN, baseline, diagram.caption, font_size=style.TINY, fill=style.INK_3)
    if weighs and beside:
        _draw_legend(svg, style.MARGIN + says + 28, baseline)
    elif weighs:
        _draw_legend(svg, style.MARGIN, baseline - style.BODY - style.STEP)
    return str(svg)


def _by_edges(diagram: Diagram, cards: Cards) -> Layout:
    """Places the boxes by the layered layout."""
    return layout(
        [cards.extent(box) for box in diagram.boxes],
        [(edge.tail, edge.head) for edge in diagram.edges],
        direction=diagram.direction,
        layer_gap=_layer_gap(diagram),
        box_gap=BOX_GAP,
        ports=[_port(diagram, edge, cards) for edge in diagram.edges],
    )


def _layer_gap(diagram: Diagram) -> float:
    """The room between layers: the edges of cards are many and need it to be told apart."""
    if not any(box.rows for box in diagram.boxes):
        return 40.0
    return min(200.0, 60 + 8 * math.sqrt(len(diagram.edges)))


def _port(diagram: Diagram, edge: Edge, cards: Cards) -> float:
    """How far below the head's centre an edge enters."""
    box = diagram.boxes[edge.head]
    if edge.row is None or diagram.direction == "TB":
        return 0.0
    return cards.row_middle(box, edge.row) - cards.extent(box)[1] / 2


def _in_columns(diagram: Diagram, cards: Cards) -> Layout:
    """Stacks the boxes of each column; where more edges run, the columns stand further apart."""
    extents = [cards.extent(box) for box in diagram.boxes]
    totals = [
        sum(extents[box][1] for box in column.boxes) + BOX_GAP * (len(column.boxes) - 1)
        for column in diagram.columns
    ]
    centres: list[Point] = [(0.0, 0.0)] * len(extents)
    layers = [0] * len(extents)
    left = right = 0.0
    for index, (column, total) in enumerate(zip(diagram.columns, totals, strict=True)):
        width = max(extents[box][0] for box in column.boxes)
        top = (max(totals) - total) / 2
        for box in column.boxes:
            centres[box] = (left + width / 2, top + extents[box][1] / 2)
            layers[box] = index
            top += extents[box][1] + BOX_GAP
        right = left + width
        if column is not diagram.columns[-1]:
            edges = len(column.boxes) * len(diagram.columns[index + 1].boxes)
            left = right + min(210.0, 60 + 16 * math.sqrt(edges))
    routes = []
    for edge in diagram.edges:
        (x, y), (to_x, to_y) = centres[edge.tail], centres[edge.head]
        start = (x + extents[edge.tail][0] / 2, y)
        end = (to_x - extents[edge.head][0] / 2, to_y + _port(diagram, edge, cards))
        routes.append([start, start, end, end])
    return Layout(centres, routes, right, max(totals), layers, crossings=0)


def _draw_edges(svg: Svg, diagram: Diagram, placed: Layout, cards: Cards) -> None:
    """The edges: of a weight in the colour of its sign, as thick as it is large."""
    vertical = diagram.direction == "TB"
    pairs = sorted(  # the heaviest on top
        zip(diagram.edges, placed.routes, strict=True), key=lambda pair: abs(pair[0].weight or 0)
    )
    with svg.group(fill="none", stroke=style.LINE_FIRM):
        for edge, route in pairs:
            path = smooth_run(route, vertical=vertical)
            if edge.weight is None:
                svg.add("path", d=path)
            else:
                svg.add("path", d=path, **_weight_stroke(edge.weight, cards.largest_weight))


def _weight_stroke(weight: float, largest: float) -> dict[str, Attribute]:
    """Colour, width and opacity of a line that stands for a weight."""
    if not math.isfinite(weight):
        return {"stroke": style.ALARM, "stroke_width": 2.0}
    share = min(1.0, abs(weight) / largest)
    return {
        "stroke": style.sign_colour(weight),
        "stroke_width": 0.6 + 4.4 * share**0.9,
        "stroke_opacity": 0.28 + 0.62 * share,
    }


def _draw_headings(svg: Svg, diagram: Diagram, placed: Layout) -> None:
    for column in diagram.columns:
        x = placed.centres[column.boxes[0]][0]
        mono = style.MONO if column.says else None
        svg.text(
            x,
            -28 if column.says else -12,
            column.name,
            text_anchor="middle",
            font_family=mono,
            fill=style.INK if column.says else style.INK_2,
        )
        if column.says:
            svg.text(x, -12, column.says, text_anchor="middle", fill=style.INK_2)


_SIGNS = (("− negative weight", style.MINUS), ("+ positive, thicker is larger", style.PLUS))


def _legend_width() -> float:
    return sum(50 + text_width(says, style.TINY) for says, _ in _SIGNS)


def _draw_legend(svg: Svg, left: float, baseline: float) -> None:
    """What the edges' colours and widths say."""
    for says, colour in _SIGNS:
        line = f"M{left:g},{baseline - 4:g}h24"
        svg.add("path", d=line, stroke=colour, stroke_width=4, stroke_opacity=0.9)
        svg.text(left + 30, baseline, says, font_size=style.TINY, fill=style.INK_3)
        left += 50 + text_width(says, style.TINY)
