"""glassgrad.data.encode: columns become the right numbers, from the training rows alone."""

import json
import math
import re
import statistics
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.data import DataError, Encoder, Table, split, tables
from glassgrad.data.columns import number


def table(text: str, source: str = "t.csv") -> Table:
    """Make a table from rows parted by white space, with _ for a missing cell."""
    columns, *rows = [line.split() for line in text.strip().splitlines()]
    return Table(columns, [["" if c == "_" else c for c in row] for row in rows], source=source)


PETS = table(
    """
    weight colour kind
    2      red    cat
    4      blue   dog
    4      red    dog
    4      _      cat
    5      red    cat
    5      blue   dog
    7      red    dog
    9      red    cat
    _      blue   cat
    """
)


def test_inputs_by_hand() -> None:
    """Weights of mean 5 and deviation 2, a missing one as 0; colours one input each, or none."""
    encoder = Encoder.fit(PETS, "kind")
    assert encoder.features == ["weight", "colour=blue", "colour=red"]
    assert encoder.inputs(PETS) == [
        [-1.5, 0.0, 1.0],
        [-0.5, 1.0, 0.0],
        [-0.5, 0.0, 1.0],
        [-0.5, 0.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.0, 1.0, 0.0],
        [1.0, 0.0, 1.0],
        [2.0, 0.0, 1.0],
        [0.0, 1.0, 0.0],
    ]
    assert (encoder.task, encoder.classes) == ("classification", ["cat", "dog"])
    assert encoder.targets(PETS) == [0, 1, 1, 0, 0, 1, 1, 0, 0]
    assert encoder.decode([1, 0]) == ["dog", "cat"]


def test_regression_by_hand() -> None:
    """The target of mean 5 and deviation 2 is standardised, and decoded back to its own unit."""
    known = PETS.drop_missing("weight")
    encoder = Encoder.fit(known, "weight", task="regression")
    assert (encoder.task, encoder.classes, encoder.target) == ("regression", [], "weight")
    assert encoder.targets(known) == [-1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0]
    assert encoder.decode([-1.5, 0.25]) == [2.0, 5.5]


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=30, unique=True))
def test_standardised_columns_have_mean_0_and_deviation_1(values: list[float]) -> None:
    """The inputs are (x - mean) / deviation with both as the statistics module has them."""
    rows = [[repr(value), str(i % 2)] for i, value in enumerate(values)]
    data = Table(["x", "y"], rows)
    mean, deviation = statistics.mean(values), statistics.pstdev(values)
    if deviation < 1e-150:  # its square is no float any more
        return
    inputs = [x for (x,) in Encoder.fit(data, "y", task="classification").inputs(data)]
    expected = [(value - mean) / deviation for value in values]
    assert inputs == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_only_training_rows_are_looked_at() -> None:
    """Whatever the other rows hold, the encoder is the same."""
    data = tables.load("penguins")
    training, *rest = split(len(data), seed=1)
    encoder = Encoder.fit(data, "species", rows=training)
    spoilt = Table(data.columns, deepcopy(data.rows), data.lines, data.source)
    for row in [row for part in rest for row in part]:
        spoilt.rows[row] = ["Emu", "Mars", "1e9", "nonsense", "-7", "0", "?", "9999"]
    assert Encoder.fit(spoilt, "species", rows=training).to_dict() == encoder.to_dict()
    assert Encoder.fit(data.select(training), "species").to_dict() == encoder.to_dict()
    values = [float(data.rows[i][2]) for i in training if data.rows[i][2]]
    (bill,) = [c for c in encoder.to_dict()["columns"] if c["name"] == "bill_length_mm"]
    assert bill["mean"] == pytest.approx(statistics.mean(values), rel=1e-14)
    assert bill["scale"] == pytest.approx(statistics.pstdev(values), rel=1e-14)


@pytest.mark.parametrize(
    ("cells", "task", "classes"),
    [
        ("0 1 1 0", "classification", ["0", "1"]),
        ("-1 1.0 1 -1.0", "classification", ["-1", "1"]),
        ("10 2 10 2 10", "classification", ["2", "10"]),
        ("b a a b c", "classification", ["a", "b", "c"]),
        ("1 2 3 4", "regression", []),
        ("0.5 1.5 0.5 1.5", "regression", []),
        (" ".join(str(i % 20) for i in range(40)), "classification", [str(i) for i in range(20)]),
        (" ".join(str(i % 21) for i in range(42)), "regression", []),
    ],
)
def test_task_is_told_by_the_target(cells: str, task: str, classes: list[str]) -> None:
    """Text, or whole numbers with at most 20 different ones twice each, are classes."""
    rows = [[f"{i * i}", cell] for i, cell in enumerate(cells.split())]
    data = Table(["x", "y"], rows)
    encoder = Encoder.fit(data, "y")
    assert (encoder.task, encoder.classes) == (task, classes)
    names = {number(name): name for name in classes}
    if task == "classification" and None not in names:  # "1.0" is class "1"
        expected = [names[number(cell)] for cell in cells.split()]
        assert encoder.decode(encoder.targets(data)) == expected


def test_task_can_be_set() -> None:
    """Halves can be classes, and 0 and 1 a quantity."""
    data = table("x y\n1 0.5\n5 1\n3 0.5\n4 1")
    assert Encoder.fit(data, "y", task="classification").classes == ["0.5", "1"]
    assert Encoder.fit(data, "y", task="classification").targets(data) == [0, 1, 0, 1]
    data = table("x y\n1 0\n5 1\n3 0\n4 1")
    assert Encoder.fit(data, "y", task="regression").targets(data) == [-1.0, 1.0, -1.0, 1.0]


def test_columns_that_teach_nothing_are_left_out() -> None:
    """Constant and empty columns and one that numbers the rows are left out, with a note."""
    data = table(
        """
        id x one same none y
        7  3 1   u    _    a
        8  1 1.0 u    _    b
        9  4 _   u    _    a
        10 1 1   u    _    b
        """
    )
    encoder = Encoder.fit(data, "y")
    assert encoder.features == ["x"]
    assert encoder.notes == (
        "Left out 'id': it numbers the rows.",
        "Left out 'one': it is always 1 in the training rows.",
        "Left out 'same': it is always 'u' in the training rows.",
        "Left out 'none': it has no value in the training rows.",
    )
    assert Encoder.fit(data.select([3, 0, 2]), "y").features == ["x"]
    assert Encoder.fit(data, "y", numeric=["id"]).features == ["id", "x"]
    assert Encoder.fit(data, "y", drop=["x", "one", "same", "none"]).features == ["id"]


def test_what_a_column_is_can_be_said() -> None:
    """`text` makes categories of numbers, `numeric` takes stray cells as missing."""
    data = table("code age y\n07 20 a\n7 30 b\n07 unknown a\n12 40 b")
    encoder = Encoder.fit(data, "y", text=["code"], numeric=["age"])
    assert encoder.features == ["code=07", "code=12", "code=7", "age"]
    assert [row[3] for row in encoder.inputs(data)][1:3] == [0.0, 0.0]
    assert encoder.notes == ("Cells of 'age' without a number count as missing: 1.",)
    assert Encoder.fit(data, "y", text="code", drop="age").features == encoder.features[:3]


def test_a_mixed_column_is_text_with_a_note() -> None:
    """Where fewer than four cells in five are numbers, each value is a category."""
    data = table("rooms y\n1 a\n2 b\n3+ a\n1 b")
    encoder = Encoder.fit(data, "y")
    assert encoder.features == ["rooms=1", "rooms=2", "rooms=3+"]
    assert encoder.notes == ("Column 'rooms' mixes numbers and text; each value is a category.",)


def test_prediction_finds_columns_by_name() -> None:
    """Another order, columns besides and a missing target change no input."""
    encoder = Encoder.fit(PETS, "kind")
    other = Table(
        ["colour", "note", "weight"], [[c, "hello", w] for w, c, _ in PETS.rows], source="new.csv"
    )
    assert encoder.inputs(other) == encoder.inputs(PETS)
    with pytest.raises(DataError, match=r"new\.csv has no column 'kind'"):
        encoder.targets(other)


def test_prediction_with_other_columns_is_refused() -> None:
    """Each lost column is named, with the nearest of those that came instead."""
    encoder = Encoder.fit(PETS, "kind")
    other = Table(["Weight_kg", "color", "age"], [["1", "red", "3"]], source="new.csv")
    told = (
        "new.csv lacks 2 columns of those that the model was trained on: 'weight' (is it"
        " 'Weight_kg'?), 'colour' (is it 'color'?). Its columns are 'Weight_kg', 'color', 'age'."
    )
    for encode in (encoder.inputs, encoder.unseen):
        with pytest.raises(DataError, match=re.escape(told)):
            encode(other)


def test_unseen_values_count_as_missing_and_are_told() -> None:
    """A category not in the training rows is 0 in all inputs; `unseen` names it and its lines."""
    encoder = Encoder.fit(PETS, "kind")
    new = table("weight colour\n5 Red\n5 _\n5 Red\n5 red", "new.csv")
    assert [row[1:] for row in encoder.inputs(new)] == [[0, 0], [0, 0], [0, 0], [0, 1]]
    told = "new.csv: colour 'Red' (lines 2, 4) was not in the training rows and counts as missing."
    assert encoder.unseen(new) == [f"{told} Did you mean 'red'?"]
    assert encoder.unseen(PETS) == []


def test_no_rows_give_no_inputs() -> None:
    """An empty part of a split encodes as nothing."""
    encoder = Encoder.fit(PETS, "kind")
    assert encoder.inputs(PETS.select([])) == encoder.targets(PETS.select([])) == []


@pytest.mark.parametrize(
    ("text", "arguments", "told"),
    [
        ("x yy\n1 a\n2 b", {"target": "y"}, "has no column 'y'. Did you mean 'yy'? Its columns"),
        ("x y\n1 a\n2 a", {"target": "y"}, "target 'y' is 'a' in all 2 training rows"),
        ("x y\n1 1\n2 1.0", {"target": "y"}, "target 'y' is '1' in all 2 training rows"),
        ("x y\n1 a\n2 _\n3 b", {"target": "y"}, "missing in 1 row (line 3). Leave such rows out"),
        ("x y\n1 a\n1 b", {"target": "y"}, "no column is left to predict 'y' from. Left out 'x'"),
        ("x y\n1 a\n2 b", {"target": "y", "rows": []}, "there are no training rows"),
        ("x y\n1 a\n2 b", {"target": "y", "rows": [2]}, "2 rows, numbered from 0"),
        ("x y\n1 a\n2 b", {"target": "y", "drop": ["xx"]}, "no column 'xx'. Did you mean 'x'?"),
        ("x y\n1 a\n2 b", {"target": "y", "drop": ["y"]}, "can't be both 'target' and 'drop'"),
        ("x y\n1 a\n2 b", {"target": "y", "numeric": ["x"], "text": ["x"]}, "can't be both"),
        ("x y\nu a\nv b", {"target": "y", "numeric": ["x"]}, "no cell of it is a number"),
        ("x y\n1 a\n2 b", {"target": "y", "task": "classify"}, "must be 'classification'"),
        ("x y\n1 a\n2 3", {"target": "y", "task": "regression"}, "1 cell is not: 'a' (line 2)"),
        ("x y\n1e300 a\n-1e300 b", {"target": "y"}, "runs from -1.0000000000000001e+300 to 1."),
        ("x y\n1e308 a\n1.5e308 b", {"target": "y"}, "its standard deviation is no float"),
        ("x y\n1e-200 a\n2e-200 b", {"target": "y"}, "its standard deviation is no float"),
    ],
)
def test_what_can_not_be_learned_is_refused(
    text: str, arguments: dict[str, Any], told: str
) -> None:
    """The message says what is wrong with which column, on which line, and what to do."""
    with pytest.raises(DataError, match=re.escape(told)):
        Encoder.fit(table(text), **arguments)


def column(*cells: str) -> Table:
    """Make a table of one column x under test beside a harmless one and a target."""
    rows = [[cell, str(i * i), "ab"[i % 2]] for i, cell in enumerate(cells)]
    return Table(["x", "z", "y"], rows, source="t.csv")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["1", "2", "3", "4", "oops"], "column 'x' holds numbers, but 1 cell is not: 'oops' (line"),
        (["1", "2", "3", "4", "inf"], "1 cell is not: 'inf' (line 6)"),
        (["1", "2", "3", "4", "5_000"], "1 cell is not: '5_000' (line 6)"),
        (["1", "2", "3", "4", "1e999"], "1 cell is not: '1e999' (line 6)"),
        (["1,5", "2,25", "-3,1"], "'1,5' (line 2), '2,25' (line 3), '-3,1' (line 4). With a dec"),
        (["$1,200", "$ 3.50", "€2"], "as people write them: '$1,200' (line 2)"),
        (["12%", "7.5 %", "3%"], "take off currency and per cent signs"),
        (["1 200", "1'300", "(1,400)"], "as people write them"),
        ([f"c{i}" for i in range(11)], "has 11 different values in 11 training rows"),
        ([f"c{i % 101}" for i in range(404)], "101 different values in 404 training rows"),
        ([f"2024-01-{i}" for i in range(11, 22)], "holds dates ('2024-01-11', '2024-01-12', "),
        ([f"{i}.1.2024" for i in range(1, 12)], "such as the month or the days since the first"),
        ([f"{i}/2/24 9:30" for i in range(1, 12)], "column 'x' holds dates"),
    ],
)
def test_columns_that_look_like_mistakes_are_refused(cells: list[str], told: str) -> None:
    """Numbers that can't be read and names of rows are refused, unless taken as text outright."""
    data = column(*cells)
    with pytest.raises(DataError, match=re.escape(told)) as caught:
        Encoder.fit(data, "y")
    assert "text=['x']" in str(caught.value)
    assert len(Encoder.fit(data, "y", text=["x"]).features) == len(set(cells)) + 1
    assert Encoder.fit(data, "y", drop=["x"]).features == ["z"]


@pytest.mark.parametrize(
    "cells",
    [
        ["2020-01-01", "2020-01-02"],
        ["1.2.3", "1.2.4"],
        ["10:30", "11:45"],
        ["5-10", "10-15"],
        ["4wd", "2wd"],
        [f"c{i}" for i in range(10)],
        [f"c{i % 100}" for i in range(200)],
    ],
)
def test_text_that_only_has_digits_in_it_is_text(cells: list[str]) -> None:
    """Dates, versions, times and ranges are categories while they are few."""
    encoder = Encoder.fit(column(*cells), "y")
    assert encoder.features == [f"x={cell}" for cell in sorted(set(cells))] + ["z"]
    told = "Column 'x' holds dates; each of the 2 is a category, and another one counts as missing."
    assert encoder.notes == ((told,) if cells[0].startswith("2020") else ())


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([*"1234567", "?!"], "target 'y' holds numbers, but 1 cell is not: '?!' (line 9)"),
        (["1,5", "2,5", "3,5"], "target 'y' holds numbers as people write them: '1,5' (line 2)"),
        ([f"c{i}" for i in range(11)], "they seem to name rows rather than classes"),
    ],
)
def test_targets_that_look_like_mistakes_are_refused(cells: list[str], told: str) -> None:
    """The same holds for the target, unless the task is set."""
    data = Table(["x", "y"], [[str(i * i), cell] for i, cell in enumerate(cells)])
    with pytest.raises(DataError, match=re.escape(told)):
        Encoder.fit(data, "y")
    assert len(Encoder.fit(data, "y", task="classification").classes) == len(cells)


def test_strays_after_training_are_refused_with_their_lines() -> None:
    """A number that is none, or a class that training had not, is told with its line."""
    encoder = Encoder.fit(table("x y\n1 a\n5 b\n3 a"), "y")
    new = table("x y\n1 a\nbig c", "new.csv")
    with pytest.raises(DataError, match=r"'x' is numeric, but 1 cell is not: 'big' \(line 3\)"):
        encoder.inputs(new)
    with pytest.raises(DataError, match=r"classes that the training rows lack: 'c' \(line 3\)"):
        encoder.targets(new)
    encoder = Encoder.fit(table("x y\n1 0.5\n5 0.25\n3 2"), "y")
    with pytest.raises(DataError, match=r"target 'y' is numeric, but 2 cells are not: 'a' \(line"):
        encoder.targets(table("x y\n1 a\n2 b", "new.csv"))
    lenient = Encoder.fit(table("x y\n1 a\n5 b\n3 a"), "y", numeric=["x"])
    assert lenient.inputs(new)[1] == [0.0]


@pytest.mark.parametrize(("name", "target"), [("penguins", "species"), ("auto_mpg", "mpg")])
def test_encoder_survives_json(name: str, target: str) -> None:
    """Written as JSON and read back it is equal, to the bit in all that it encodes."""
    data = tables.load(name)
    encoder = Encoder.fit(data, target)
    plain = encoder.to_dict()
    again = Encoder.from_dict(json.loads(json.dumps(plain, allow_nan=False)))
    assert json.loads(json.dumps(plain)) == plain
    assert again == encoder
    assert again.inputs(data) == encoder.inputs(data)
    assert again.targets(data) == encoder.targets(data)
    assert repr(again) == repr(encoder)


def paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path to each value inside nested dicts and lists."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(found for key, part in inner for found in paths(part, (*path, key)))]


KINDS = [Encoder.fit(PETS, "kind"), Encoder.fit(PETS.drop_missing("weight"), 0, task="regression")]


@pytest.mark.parametrize("encoder", KINDS, ids=["classes", "quantity"])
@pytest.mark.parametrize("wrong", [None, 7, [], {}, "", "x" * 9, [1, 2], math.nan, math.inf, -1.0])
def test_a_changed_description_is_refused(encoder: Encoder, wrong: object) -> None:
    """Wherever a value is replaced by one of another kind, loading fails with a DataError."""
    good = encoder.to_dict()
    for path in paths(good):
        bad: Any = {"": deepcopy(good)}
        place, key = bad, ""
        for step in path:
            place, key = place[key], step
        if allowed(place[key], wrong):
            continue
        place[key] = wrong
        with pytest.raises(DataError, match="does not describe"):
            Encoder.from_dict(bad[""])


def allowed(before: object, after: object) -> bool:
    """Whether a value may stand in this one's place: a name for a name, a mean for a mean."""
    if isinstance(before, str):
        return isinstance(after, str) and before not in ("number", "category", "classes")
    return isinstance(before, float) and after == -1.0 and before == 5.0  # a mean, not a scale


def test_extra_and_doubled_descriptions_are_refused() -> None:
    """Unknown keys, one column twice, the target among the inputs, one class: none is loaded."""
    good = KINDS[0].to_dict()
    weight, colour = good["columns"]
    for change in (
        {"version": 2},
        {"columns": [weight, weight]},
        {"columns": [weight, {**colour, "name": "kind"}]},
        {"columns": [{**weight, "extra": 1}, colour]},
        {"columns": [weight, {**colour, "values": ["red", "red"]}]},
        {"target": {"kind": "classes", "name": "kind", "values": ["cat"]}},
    ):
        with pytest.raises(DataError, match="does not describe"):
            Encoder.from_dict({**good, **change})


def test_the_encoder_says_what_it_is() -> None:
    """Its repr counts columns, inputs and classes."""
    assert repr(KINDS[0]) == "<Encoder: 2 columns as 3 inputs, target kind (2 classes)>"
    assert repr(KINDS[1]) == "<Encoder: 2 columns as 4 inputs, target weight (a number)>"


@given(st.text(max_size=12))
def test_number_reads_what_float_reads(cell: str) -> None:
    """Only finite numbers without underscores count."""
    try:
        expected = float(cell)
    except ValueError:
        expected = math.nan
    good = math.isfinite(expected) and "_" not in cell
    assert number(cell) == (expected if good else None)
