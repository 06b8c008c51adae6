import math
from pathlib import Path

import pytest

from glassgrad.explore.lessons import reading
from glassgrad.explore.lessons.judging import filled
from glassgrad.explore.lessons.reading import LessonError
from glassgrad.explore.lessons.telling import lesson, lessons
from glassgrad.explore.messages.lessons import AskLessons, Fill, Lesson, OpenLesson

NAMES = [path.stem for path in reading.files()]


HEAD = "---\ntitle: A\nshort: A\n{}\n---\nText\n```python\n{}"


def opened(name: str, *given: float) -> Lesson:
    """Open a lesson with arguments."""
    return lesson(OpenLesson(id=1, name=name, given=given))


def grads(found: Lesson) -> dict[str, float]:
    """Return the gradients of a lesson's named numbers."""
    assert found.graph is not None
    return {node.name: float(node.grad) for node in found.graph.nodes if node.name}


def test_six_lessons_in_their_order() -> None:
    """The list has all six files and no trouble."""
    found = lessons(AskLessons(id=3))
    assert [head.name for head in found.lessons] == NAMES
    assert len(NAMES) == 6
    assert found.trouble == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_text_is_there(name: str) -> None:
    """Each place in a lesson's text has its number, and each column its numbers."""
    found = opened(name)
    text = "\n".join(found.paragraphs)
    for place in range(len(found.numbers)):
        assert f"{{{place}}}" in text
    assert {len(row) for row in found.rows} <= {len(found.columns)}
    assert found.graph or found.rows


def test_slope() -> None:
    """At x = 1.3 the slope of 3x² − 4x + 5 is 3.8, and h = 0.1 is off by 3h."""
    found = opened("1-slope", 1.3)
    assert grads(found)["x"] == pytest.approx(3.8)
    assert found.rows[1][2] == pytest.approx(0.3)
    assert abs(found.rows[15][2]) > abs(found.rows[7][2])


def test_chain() -> None:
    """In L = (a*b + c) * f the gradients are b*f, a*f, f and a*b + c."""
    found = grads(opened("2-chain", 1.5, 2.5, -4.0, 3.0))
    assert [found[name] for name in "abcf"] == pytest.approx([7.5, 4.5, 3.0, -0.25])


def test_used_twice() -> None:
    """Of y = 2a * ab the gradient at a is 4ab; with = it would be what came last."""
    found = opened("3-twice", 3.0, -2.0)
    assert grads(found)["a"] == -24.0
    # The text says: together, with = (p, then s, are visited: s brings p = -6 last), both for b.
    assert found.numbers == [-24.0, -6.0, 18.0, 18.0]


def test_four_points_are_learnt() -> None:
    """After 100 steps all four outputs have the sign of their target."""
    found = opened("5-four-points", 100.0)
    step, loss, *said = found.rows[-1]
    assert step == 100
    assert loss < found.rows[0][1] / 20
    assert [math.copysign(1, x) for x in said] == [1, -1, -1, 1]


def test_gone_wrong() -> None:
    """Without zeroing, and with too large a rate, the loss ends at 8; else it nearly vanishes."""
    ends = [opened("6-gone-wrong", *given).rows[-1][1] for given in [(30, 0.1, 0), (30, 1.2, 1)]]
    assert ends == pytest.approx([8, 8], rel=1e-4)
    assert opened("6-gone-wrong", 30, 0.1, 1).rows[-1][1] < 0.05


def test_arguments_stay_inside_their_bounds() -> None:
    """A page cannot ask for more steps than the lesson allows."""
    assert len(opened("5-four-points", 1e9).rows) == 101


@pytest.mark.parametrize(
    ("node", "gradient", "right", "title"),
    [
        ("w1", 1.0, True, ""),
        ("w1", 1.004, True, ""),
        ("w1", -3.0, False, "That is w1 itself"),
        ("w1", -1.0, False, "The size is right, the sign is not"),
        ("w1", 0.5, False, "That is what arrived, before the rule"),
        ("w1", 2.0, False, "That leaves out what arrived"),
        ("w1", 77.0, False, "Not yet"),
        ("x2", 0.5, True, ""),
    ],
)
def test_a_gradient_is_judged(node: str, gradient: float, right: bool, title: str) -> None:
    """A gradient by hand is right to two digits, and a known mistake is named."""
    names = [found.name for found in opened("4-neuron").graph.nodes]
    said = filled(Fill(id=5, name="4-neuron", node=names.index(node), gradient=gradient))
    assert (said.right, said.title) == (right, title)
    assert right or "At x1*w1 0.5 arrived." in said.says


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "is no lesson: it has to be a head"),
        ("---\ncolour: red\n---\nText\n```python\n```\n", "'colour: red' is none of title"),
        ("---\ntitle: A\n---\nText\n```python\n```\n", "the head has no short"),
        (
            "---\ntitle: A\nshort: A\nminutes: 1\nargument: x=2\n---\nT\n```python\n```\n",
            "is not written",
        ),
        (HEAD.format("minutes: soon", "") + "```", "mine.md: ValueError: invalid literal"),
        (
            HEAD.format("minutes: 1\ncolumns: a\nchart: b", "") + "```",
            "mine.md: chart names 'b', but the columns are a.",
        ),
        (HEAD.format("minutes: 1", "1 / 0\n") + "```", "mine.md, line 8: ZeroDivisionError: div"),
        (
            HEAD.format("minutes: 1", "if\n") + "```",
            "mine.md: SyntaxError: invalid syntax (mine.md, line 8)",
        ),
    ],
)
def test_a_file_that_is_no_lesson_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    """A teacher's file with a fault is named with it, and hides no other lesson."""
    (tmp_path / "mine.md").write_text(text, "utf-8")
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    assert said in lessons(AskLessons(id=1)).trouble[0]
    with pytest.raises(LessonError, match="mine"):
        opened("mine")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def expression(w):\n    return gg.Value(w)", "line 11: TypeError: A Value's data"),
        (
            "def expression(w):\n    return (3 * w).nothing()",
            "line 11: AttributeError: 'Value' obj",
        ),
        (
            "def numbers(w):\n    return {'loss': w}\ndef table(w):\n    yield [w / 0]",
            "line 13: ZeroDivisionError: float division by zero",
        ),
        ("def expression(w):\n    return 3 * w", r"There is no number 'loss'"),
    ],
)
def test_a_lesson_that_fails_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    """A fault in what a teacher's functions do is named with the file and its line."""
    head = "minutes: 1\nargument: w = 2 from 0 to 3 by 1"
    text = HEAD.format(head, f"import glassgrad as gg\n{code}\n```").replace(
        "Text", "It is {loss}."
    )
    (tmp_path / "mine.md").write_text(text, "utf-8")
    monkeypatch.setattr(reading, "FOLDER", tmp_path)
    assert lessons(AskLessons(id=1)).trouble == []
    with pytest.raises(LessonError, match=rf"^mine.md.*{said}"):
        opened("mine")


def test_a_lesson_that_is_not_there() -> None:
    """A name that no file has is refused, a path among them."""
    with pytest.raises(LessonError, match=r"There is no lesson '\.\./x'"):
        opened("../x")
