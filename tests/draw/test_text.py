"""Pictures in characters."""

import random
import re
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value, draw
from glassgrad.draw.figures import columns
from glassgrad.draw.grid import Grid
from glassgrad.draw.tracks import Line, assign_tracks

CHAIN = """\
┌───────────┐
│ a         │
│ +2.0000   │─╮ ╭───────────╮
│ ∂ −3.0000 │ │ │ × e       │
└───────────┘ ├─│ −6.0000   │─╮
┌───────────┐ │ │ ∂ +1.0000 │ │ ╭───────────╮
│ b         │ │ ╰───────────╯ │ │ + d       │
│ −3.0000   │─╯ ┌───────────┐ ├─│ +4.0000   │
│ ∂ +2.0000 │   │ c         │ │ │ ∂ +1.0000 │
└───────────┘   │ +10.0000  │─╯ ╰───────────╯
                │ ∂ +1.0000 │
                └───────────┘

∂ gradient of d   ·   5 values"""


def lecture_sum() -> Value:
    """The lecture's d = a*b + c at (2, -3, 10), after backward."""
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    d.backward()
    return d


def test_a_small_expression_is_drawn_in_boxes() -> None:
    """The lecture's d = a*b + c stands in boxes joined by lines, its leaves with square corners."""
    assert draw.graph(lecture_sum()).text() == CHAIN


def test_ascii_says_the_same() -> None:
    """Without characters beyond ASCII the same numbers stand at the same places."""
    text = draw.graph(lecture_sum()).text(ascii=True)
    assert text.isascii()
    plain = CHAIN.replace("−", "-")
    assert [m.span() for m in re.finditer(r"[-+]\d+\.\d{4}", text)] == [
        m.span() for m in re.finditer(r"[-+]\d+\.\d{4}", plain)
    ]


def test_what_does_not_fit_in_one_direction_turns_to_the_other() -> None:
    """A chain of six operations is too long for 80 columns and runs from top to bottom."""
    value = Value(0.5, label="x")
    for _ in range(6):
        value = value.tanh()
    lines = draw.graph(value).text().splitlines()
    assert max(map(len, lines)) < 40
    assert sum("tanh" in line for line in lines) == 6


def test_what_fits_nowhere_becomes_a_table(large_graph: Any) -> None:
    """A large expression is a table in forward order: each name is read after it is written."""
    lines = draw.graph(large_graph).text().splitlines()
    assert lines[0].split() == ["value", "data", "∂"]
    loss = next(line for line in lines if line.startswith("loss"))
    assert loss.split() == ["loss", "=", "(∑)**2", loss.split()[-2], "+1.0000"] or "∑**2" in loss
    written: set[str] = set()
    for line in lines[1:-2]:
        if not line.startswith(" "):
            written.add(line.split()[0])
        elif " × " in line:
            assert line.split(" × ")[1].split()[0] in written


def test_a_name_that_several_values_bear_is_told_apart() -> None:
    """In a table two values of one name get numbers, so that a reader knows which is meant."""
    a, b = Value(1.0, label="v"), Value(2.0, label="v")
    total = a * 3.0
    for _ in range(8):
        total = (total + b).tanh()
    text = draw.graph(total, fold=True).text()
    names = re.findall(r"^(\S+) ", text, re.MULTILINE)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_asked(width: int, large_graph: Any) -> None:
    """Whatever the picture, its lines keep to the width."""
    random.seed(7)
    pictures = [
        draw.graph(lecture_sum()),
        draw.graph(large_graph),
        draw.network(gg.nn.MLP(3, [4, 4, 1]), [1.0, 2.0, 3.0]),
        draw.network(gg.nn.MLP(2, [16, 16, 1])),
        draw.loss_curve([1.0, 0.5, 0.25], [1.0, 0.8, 0.9]),
        draw.decision_boundary(lambda X: [x[0] for x in X], [[-1, 0], [1, 0]], [-1, 1]),
    ]
    for picture in pictures:
        assert max(columns(line) for line in picture.text(width).splitlines()) <= width


def test_too_narrow_is_refused() -> None:
    """Fewer than 40 columns are refused with that number."""
    with pytest.raises(ValueError, match="at least 40 columns, not 20"):
        draw.graph(Value(1.0)).text(20)


def test_wide_characters_keep_the_frame() -> None:
    """A label of characters that take two columns leaves every line of the box equally wide."""
    lines = draw.graph(Value(1.0, label="重み")).text().splitlines()[:5]
    assert {columns(line) for line in lines} == {columns(lines[0])}


def test_a_network_is_a_table_for_each_layer() -> None:
    """Each neuron has a line with its weights and bias, and one with their gradients."""
    neuron = gg.nn.Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 0.5, -2.0, 0.25
    neuron.w[1].grad = -0.0625
    lines = draw.network(neuron).text().splitlines()
    assert lines[4].split() == ["w[0]", "w[1]", "b"]
    assert lines[5].split() == ["[0]", "+0.5000", "−2.0000", "+0.2500"]
    assert lines[6].split() == ["∂", "0.0000", "−0.0625", "0.0000"]


def test_lines_join_where_they_meet() -> None:
    """A line that meets another gets the joint with all sides at which lines leave."""
    grid = Grid()
    grid.run([(0, 0), (2, 0), (2, 2), (4, 2)])
    grid.run([(0, 2), (2, 2)])
    grid.run([(2, 1), (4, 1)])
    assert str(grid) == "──╮\n  ├──\n──┴──"


def test_lines_merge_only_where_all_have_an_end_in_common() -> None:
    """A line to the same head joins the first; one that only joins the second turns elsewhere."""
    to_head, to_head_too, elsewhere = Line(0, 9, 2, 6), Line(1, 9, 14, 6), Line(1, 8, 14, 12)
    assert assign_tracks([to_head, to_head_too, elsewhere]) == [0, 0, 1]


lines_of_a_channel = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=8, unique_by=(lambda t: t[0],)
)


@given(lines_of_a_channel)
def test_no_two_lines_run_on_each_other(ends: list[tuple[int, int]]) -> None:
    """Lines without a common end share no piece of a track and no piece of a height."""
    lines = [Line(start, 100 + end, start, end) for start, end in ends]
    tracks = assign_tracks(lines)
    if tracks is None:
        return
    for (a, at), (b, bt) in combinations(zip(lines, tracks, strict=True), 2):
        if a.related(b):
            continue
        assert not (at == bt >= 0 and a.overlaps(b))
        for (first, turn), (second, other) in (((a, at), (b, bt)), ((b, bt), (a, at))):
            if first.start == second.end and first.start != first.end != second.end:
                assert turn < other or second.start == second.end
