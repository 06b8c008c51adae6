"""Decision boundaries: what the model says over the plane, and at the points."""

import base64
import math
import re
import struct
import zlib
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import draw
from glassgrad.draw.plane import Plane, as_scores, decide

SVG = "{http://www.w3.org/2000/svg}"
CORNERS = [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0], [1.0, 1.0]]


def texts(picture: draw.Picture) -> list[str]:
    """Every text in an SVG picture."""
    return [element.text or "" for element in ET.fromstring(picture.svg()).iter(f"{SVG}text")]


def rings(picture: draw.Picture) -> int:
    """How many points are ringed; the ring in the legend does not count."""
    circles = ET.fromstring(picture.svg()).iter(f"{SVG}circle")
    return max(0, sum(c.get("fill") == "none" for c in circles) - 1)


@given(st.floats(-1, 1), st.floats(0, 2 * math.pi))
def test_the_line_lies_where_the_output_is_zero(offset: float, angle: float) -> None:
    """For a linear model the marching squares' line is the exact line, to rounding."""
    across, down = math.cos(angle), math.sin(angle)

    def predict(X: list[list[float]]) -> list[float]:
        return [across * x[0] + down * x[1] - 0.5 * offset for x in X]

    plane = Plane.sample(predict, CORNERS, 12)
    for ends in plane.turns():
        for u, v in ends:
            x = plane.across.low + u * (plane.across.high - plane.across.low)
            y = plane.down.high - v * (plane.down.high - plane.down.low)
            assert predict([[x, y]])[0] == pytest.approx(0.0, abs=1e-9)
    assert plane.turns()


def test_scores_between_grid_points_are_mixed() -> None:
    """A linear output is reproduced exactly anywhere in the frame."""
    plane = Plane.sample(lambda X: [3 * x[0] - x[1] for x in X], CORNERS, 7)
    span = plane.across.high - plane.across.low
    for u, v in ((0.1, 0.9), (0.5, 0.5), (0.731, 0.212)):
        x, y = plane.across.low + u * span, plane.down.high - v * span
        assert plane.at(u, v) == pytest.approx([3 * x - y])


def test_borders_of_three_classes_meet_where_scores_are_equal() -> None:
    """Each piece of the line between several classes has two equal scores that no third exceeds."""
    centres = [(0.0, 1.0), (-1.0, -1.0), (1.0, -1.0)]

    def predict(X: list[list[float]]) -> list[list[float]]:
        return [[2 * (x[0] * a + x[1] * b) - a * a - b * b for a, b in centres] for x in X]

    plane = Plane.sample(predict, CORNERS, 40)
    for (u, v), _ in plane.turns():
        first, second, third = sorted(plane.at(u, v), reverse=True)
        assert first == pytest.approx(second, abs=0.15)
        assert third <= second


def test_wrong_points_are_ringed_and_counted() -> None:
    """A point whose label the model contradicts has a ring, and the count is said."""
    picture = draw.decision_boundary(lambda X: [x[0] for x in X], CORNERS, [-1, 1, 1, 1])
    assert rings(picture) == 1
    assert "3 of 4 right" in texts(picture)
    assert "1 decided otherwise" in texts(picture)
    assert "⊕" in picture.text()


@pytest.mark.parametrize("labels", [[-1, 1, -1, 1], [0, 1, 0, 1]])
def test_labels_may_be_signs_or_numbers(labels: list[int]) -> None:
    """-1 and +1, or 0 and 1: the larger label is the side of plus."""
    picture = draw.decision_boundary(lambda X: [x[0] for x in X], CORNERS, labels)
    assert "4 of 4 right" in texts(picture)


def test_the_plane_has_the_colours_of_the_signs() -> None:
    """The picture behind the points is vermillion left of the line and blue right of it."""
    picture = draw.decision_boundary(lambda X: [9.0 * x[0] for x in X], CORNERS, [0, 1, 0, 1])
    image = next(ET.fromstring(picture.svg()).iter(f"{SVG}image"))
    data = base64.b64decode(image.attrib["href"].split(",")[1])
    (width,) = struct.unpack(">I", data[16:20])
    assert width == 50
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    pixels = zlib.decompress(data[at + 4 : at + 4 + length])
    row = pixels[1 : 1 + 3 * width]
    assert row[:3] == bytes.fromhex("ee9d66")
    assert row[-3:] == bytes.fromhex("6cb0da")


def test_several_classes_have_shapes_and_names() -> None:
    """With a score for each class every class has its own shape and its name in the legend."""
    X = [[0.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]

    def predict(X: list[list[float]]) -> list[list[float]]:
        return [[x[1], -x[0] - x[1], x[0] - x[1]] for x in X]

    picture = draw.decision_boundary(predict, X, [0, 1, 2], classes=["Adelie", "Gentoo", "Chin"])
    assert {"Adelie", "Gentoo", "Chin", "3 of 3 right"} <= set(texts(picture))
    marks = [
        (e.tag, len(re.findall("[ML]", e.get("d", ""))), e.get("fill"))
        for e in ET.fromstring(picture.svg()).iter()
        if (e.get("fill") or "") in ("#7a5c00", "#3c5566", "#55603a")
    ]
    assert len(set(marks)) == 3
    assert len({mark[:2] for mark in marks}) == 3


def test_two_scores_are_their_difference() -> None:
    """A model with one score for each of two classes decides by the larger."""
    assert as_scores([[1.0, 3.0], [2.0, -1.0]], 2) == [[2.0], [-3.0]]
    assert [decide(scores) for scores in ([2.0], [-3.0], [0.0], [math.nan])] == [1, 0, 0, None]


def test_networks_can_be_asked_directly() -> None:
    """Values, and lists of one Value, are taken as outputs."""
    model = gg.nn.MLP(2, [3, 1])
    picture = draw.decision_boundary(
        lambda X: [model(x) for x in X], CORNERS, [0, 1, 1, 0], resolution=4
    )
    assert "of 4 right" in " ".join(texts(picture))


def test_places_without_a_number_are_said() -> None:
    """Where the model gives nan the plane says so, in words."""
    picture = draw.decision_boundary(
        lambda X: [math.nan if x[0] > 0 else x[0] for x in X], CORNERS, [0, 1, 0, 1]
    )
    assert "× nan on 50 % of the plane" in texts(picture)
    assert "nan on 50 % of the plane" in picture.text()


@pytest.mark.parametrize(
    ("X", "y", "predict", "says"),
    [
        ([], [], None, "at least one point"),
        ([[1.0, 2.0, 3.0]], [0], None, "a plane has two inputs, but a point of X has 3"),
        ([[1.0, 2.0]], [0, 1], None, "X has 1 points and y 2"),
        ([[1.0, 2.0]], [7], None, r"2 classes apart, but y has the labels \[7\]"),
        ([[1.0, 2.0]], [0], lambda X: [1.0], "returned 1 outputs"),
    ],
)
def test_what_does_not_fit_is_refused(X: Any, y: Any, predict: Any, says: str) -> None:
    """Each message says what was expected and what came."""
    with pytest.raises(ValueError, match=says):
        draw.decision_boundary(predict or (lambda X: [x[0] for x in X]), X, y)


def test_the_terminal_shows_the_sides_and_the_points() -> None:
    """Without colour the side of plus is shaded, points are signs, and nothing needs colour."""
    lines = draw.decision_boundary(lambda X: [x[0] for x in X], CORNERS, [-1, 1, -1, 1]).text()
    rows = [line[9:-1] for line in lines.splitlines()[1:23]]
    assert all(set(row[:30]) <= {" ", "−"} for row in rows)
    assert all(set(row[36:]) <= {"░", "+"} for row in rows)
    assert sum(row.count("−") for row in rows) == 2
