"""Draws what a model decides over a plane of two inputs, and the points it was given."""

import base64
import math
from collections.abc import Iterator, Sequence
from typing import Any

from ..draw import style
from .axes import Scale
from .boundary_text import write_boundary
from .colour import mix
from .decisions import Decisions, Predict, decide_all
from .figures import shorten, tick
from .measure import text_width
from .picture import Picture
from .png import encode
from .svg import Svg, number

FRAME = 400
LEFT, TOP = 56, 44
RADIUS = 3.6


def decision_boundary(
    predict: Predict,
    X: Sequence[Sequence[float]],
    y: Sequence[Any],
    *,
    resolution: int = 48,
    features: Sequence[str] = ("x[0]", "x[1]"),
    classes: Sequence[str] | None = None,
) -> Picture:
    """A picture of what a model of two inputs decides over the plane, with the points on it.

    The model is asked once, when this is called. Points that it decides otherwise than their label
    are ringed. With two classes colour says the sign of the output; several classes have neutral
    colours and a shape each.

    Args:
        predict: Takes a list of points, gives for each a number (two classes: its sign decides) or
            a list of scores, one for each class.
        X: The points, two numbers each.
        y: Their labels: 0, 1, ... or for two classes -1 and +1.
        resolution: Cells along each side of the plane; the model is asked for each cell.
        features: Names of the two inputs.
        classes: Names of the classes, in the order of their labels.

    Raises:
        ValueError: X, y and what `predict` returns do not fit; the message tells how.

    >>> picture = decision_boundary(lambda X: [x[0] - x[1] for x in X], [[0, 1], [1, 0]], [-1, 1])
    >>> print(picture.text().splitlines()[0])
    decision boundary   2 of 2 right
    """
    decisions = decide_all(predict, X, y, resolution=resolution, features=features, classes=classes)
    return Picture(lambda: _draw(decisions), lambda terminal: write_boundary(decisions, terminal))


def _draw(decisions: Decisions) -> str:
    plane = decisions.plane
    legend = list(_legend(decisions))
    rows = 1 + max((row for row, _, _, _ in legend), default=0)
    svg = Svg(LEFT + FRAME + 24, TOP + FRAME + 48 + 20 * rows + 8, "Decision boundary")
    svg.text(LEFT, 28, "Decision boundary", font_size=style.BODY, font_weight="600")
    svg.text(LEFT + FRAME, 28, decisions.says(), text_anchor="end", fill=style.INK_2)
    with svg.inside("clipPath", id=_CLIP):
        svg.add("rect", x=LEFT, y=TOP, width=FRAME, height=FRAME, rx=4)
    with svg.group(clip_path=f"url(#{_CLIP})"):
        _draw_plane(svg, decisions)
    _draw_axes(svg, decisions)
    with svg.group(stroke=style.SURFACE):
        for (x, y), label in zip(decisions.points, decisions.labels, strict=True):
            at = (LEFT + plane.across(x) * FRAME, TOP + (1 - plane.down(y)) * FRAME)
            _draw_mark(svg, *at, label, decisions)
    for (x, y), wrong in zip(decisions.points, decisions.wrong, strict=True):
        if wrong:
            _draw_ring(svg, LEFT + plane.across(x) * FRAME, TOP + (1 - plane.down(y)) * FRAME)
    for row, left, entry, says in legend:
        height = TOP + FRAME + 56 + 20 * row
        if entry is None:
            _draw_ring(svg, left, height - 4)
        else:
            _draw_mark(svg, left, height - 4, entry, decisions)
        svg.text(left + 11, height, says, fill=style.INK_2)
    if decisions.missing():
        svg.text(LEFT + 8, TOP + 20, decisions.missing(), fill=style.ALARM, font_weight="600")
    return str(svg)


_CLIP = "glassgrad-plane"


def _draw_plane(svg: Svg, decisions: Decisions) -> None:
    """The plane as a small picture stretched smoothly, and the line where the decision turns."""
    plane = decisions.plane
    cell = FRAME / (plane.side - 2)
    colours = list(_colours(decisions))
    rows = [
        b"".join(colours[row * plane.side : (row + 1) * plane.side]) for row in range(plane.side)
    ]
    data = base64.b64encode(encode(rows, plane.side)).decode()
    svg.add(
        "image",
        x=LEFT - cell,
        y=TOP - cell,
        width=FRAME + 2 * cell,
        height=FRAME + 2 * cell,
        preserveAspectRatio="none",
        href=f"data:image/png;base64,{data}",
    )
    path = "".join(
        f"M{number(LEFT + a * FRAME)},{number(TOP + b * FRAME)}"
        f"L{number(LEFT + c * FRAME)},{number(TOP + d * FRAME)}"
        for (a, b), (c, d) in plane.turns()
    )
    if path:
        svg.add(
            "path", d=path, fill="none", stroke=style.INK, stroke_width=1.75, stroke_linecap="round"
        )


def _colours(decisions: Decisions) -> Iterator[bytes]:
    """The colour of each grid point: the stronger, the clearer the decision."""
    plane = decisions.plane
    for decision, margin in zip(plane.decided(), plane.margins(), strict=True):
        if decision is None:
            yield mix(style.ALARM_SOFT, style.ALARM, 0.2)
        elif decisions.signed:
            end = style.MAP_MINUS if margin < 0 else style.MAP_PLUS
            yield mix(style.MAP_ZERO, end, abs(margin))
        else:
            tint = style.CLASS_TINTS[decision % len(style.CLASS_TINTS)]
            yield mix(style.MAP_ZERO, tint, 0.3 + 0.7 * margin)


def _draw_axes(svg: Svg, decisions: Decisions) -> None:
    plane = decisions.plane
    bottom = TOP + FRAME
    svg.add(
        "rect",
        x=LEFT,
        y=TOP,
        width=FRAME,
        height=FRAME,
        rx=4,
        fill="none",
        stroke=style.LINE_FIRM,
        stroke_width=0.75,
    )
    with svg.group(font_size=style.TINY, fill=style.INK_3):
        for value in _inner_ticks(plane.across):
            x = LEFT + plane.across(value) * FRAME
            svg.text(x, bottom + 16, tick(value), text_anchor="middle")
        for value in _inner_ticks(plane.down):
            y = TOP + (1 - plane.down(value)) * FRAME
            svg.text(LEFT - 8, y + 4, tick(value), text_anchor="end")
        first, second = (shorten(name, 40) for name in decisions.features)
        middle = TOP + FRAME / 2
        svg.text(LEFT + FRAME / 2, bottom + 32, first, text_anchor="middle")
        turned = f"rotate(-90 16 {middle:g})"
        svg.text(16, middle + 4, second, text_anchor="middle", transform=turned)


def _inner_ticks(scale: Scale) -> list[float]:
    """Ticks whose numbers do not stick out at the ends."""
    return [value for value in scale.ticks() if 0.03 < scale(value) < 0.97]


def _legend(decisions: Decisions) -> Iterator[tuple[int, float, int | None, str]]:
    """(row, left, class, text) of each entry; the class None stands for the ring."""
    entries: list[tuple[int | None, str]] = [
        (label, shorten(name, 24)) for label, name in enumerate(decisions.names)
    ]
    if any(decisions.wrong):
        entries.append((None, f"{sum(decisions.wrong)} decided otherwise"))
    row, left = 0, LEFT + 6.0
    for label, says in entries:
        needed = 11 + text_width(says, style.SMALL) + 24
        if left + needed > LEFT + FRAME + 24 and left > LEFT + 6:
            row, left = row + 1, LEFT + 6.0
        yield row, left, label, says
        left += needed


def _draw_mark(svg: Svg, x: float, y: float, label: int, decisions: Decisions) -> None:
    """A point: its shape says the class."""
    if decisions.signed:
        fill, corners = (style.PLUS, 0) if label else (style.MINUS, 4)
    else:
        fill = style.CLASS_INKS[label % len(style.CLASS_INKS)]
        corners = (0, 4, 3, 5, -4, -3)[label % 6]
    if not corners:
        svg.add("circle", cx=x, cy=y, r=RADIUS, fill=fill)
        return
    radius = RADIUS * (1.3 if abs(corners) < 5 else 1.2)
    turn = 0.0 if corners > 0 else math.pi / abs(corners)  # standing on a side, or on a corner
    around = [turn + 2 * math.pi * k / abs(corners) for k in range(abs(corners))]
    spots = [(x + radius * math.sin(a), y - radius * math.cos(a)) for a in around]
    svg.add("path", d="M" + "L".join(f"{number(a)},{number(b)}" for a, b in spots) + "Z", fill=fill)


def _draw_ring(svg: Svg, x: float, y: float) -> None:
    svg.add("circle", cx=x, cy=y, r=RADIUS + 3, fill="none", stroke=style.INK, stroke_width=1.6)
