"""The loss curve."""

import math
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad import draw
from glassgrad.draw.dots import Dots

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: draw.Picture) -> list[str]:
    """Every text in an SVG picture."""
    return [element.text or "" for element in ET.fromstring(picture.svg()).iter(f"{SVG}text")]


def curve(picture: draw.Picture, *, dashed: bool) -> list[tuple[float, float]]:
    """The points of the training line, or of the dashed validation line."""
    for path in ET.fromstring(picture.svg()).iter(f"{SVG}path"):
        if path.get("stroke-width") == ("1.5" if dashed else "1.75"):
            pairs = re.findall(r"[ML]([-\d.]+),([-\d.]+)", path.get("d", ""))
            return [(float(x), float(y)) for x, y in pairs]
    return []


def test_points_lie_at_their_losses() -> None:
    """On the even scale equal steps of loss are equal steps down, and 0 is the bottom line."""
    picture = draw.loss_curve([1.0, 0.75, 0.5, 0.25, 0.0])
    points = curve(picture, dashed=False)
    steps = [b[1] - a[1] for a, b in pairwise(points)]
    assert steps == pytest.approx([steps[0]] * 4, abs=0.02)
    assert points[-1][1] == pytest.approx(360 - 44)


def test_wide_ranges_are_logarithmic() -> None:
    """Losses that fall by the same factor each epoch lie on a straight line, and it says so."""
    picture = draw.loss_curve([10.0 * 0.5**k for k in range(9)])
    points = curve(picture, dashed=False)
    steps = [b[1] - a[1] for a, b in pairwise(points)]
    assert steps == pytest.approx([steps[0]] * 8, abs=0.02)
    assert "logarithmic" in texts(picture)


def test_validation_is_dashed_and_its_lowest_named() -> None:
    """The held-out loss is a second, dashed line; its lowest epoch is counted from 1."""
    picture = draw.loss_curve([1.0, 0.5, 0.4], [1.0, 0.6, 0.9])
    assert len(curve(picture, dashed=True)) == 3
    assert "lowest validation 0.6 at epoch 2" in texts(picture)
    assert {"training", "0.4", "validation", "0.9"} <= set(texts(picture))


def test_labels_at_the_ends_do_not_meet() -> None:
    """Two curves that end at the same height, or at the bottom, have their labels apart."""
    for last in (0.0, 0.5, 1.0):
        root = ET.fromstring(draw.loss_curve([1.0, last], [0.9, last]).svg())
        heights = sorted(
            float(element.attrib["y"])
            for element in root.iter(f"{SVG}text")
            if element.text in ("training", "validation", "epoch")
        )
        assert all(b - a >= 30 for a, b in pairwise(heights))


def test_numbers_that_are_none_leave_a_gap_and_are_named() -> None:
    """Nan breaks the line, and the epoch at which it began is said."""
    picture = draw.loss_curve([1.0, 0.5, math.nan, 0.25, math.inf])
    assert len(curve(picture, dashed=False)) == 3
    note = "× training loss is nan from epoch 3"
    assert note in texts(picture)
    assert note in picture.text()
    assert "training inf" in picture.text().splitlines()[0]


@given(
    st.lists(st.floats(), min_size=1, max_size=30),
    st.one_of(st.none(), st.lists(st.floats(), max_size=30)),
)
def test_any_numbers_give_a_picture(train: list[float], validation: list[float] | None) -> None:
    """Whatever the losses, the file parses, and the text keeps to its width."""
    picture = draw.loss_curve(train, validation)
    ET.fromstring(picture.svg())
    assert max(map(len, picture.text().splitlines())) <= 80


def test_nothing_to_draw_is_refused() -> None:
    """Empty lists raise, and the message says so."""
    with pytest.raises(ValueError, match="at least one number"):
        draw.loss_curve([])


def test_braille_dots_stand_where_they_belong() -> None:
    """The eight dots of a braille character have the bits of the Unicode standard."""
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    for number, place in enumerate(places):
        dots = Dots(1, 1, ascii=False)
        dots.curve([place], faint=False)
        assert list(dots.lines(colour=False)) == [chr(0x2800 + 2**number)]


def test_the_curve_falls_in_the_terminal() -> None:
    """A falling loss begins in the top row and ends in the bottom row."""
    rows = draw.loss_curve([1.0 - k / 50 for k in range(51)]).text().splitlines()[1:17]
    columns = [re.search(r"[\u2801-\u28ff]", row[9:]) for row in rows]
    places = [match.start() for match in columns if match]
    assert places == sorted(places)
    assert places[0] == 0
