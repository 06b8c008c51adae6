import json
import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from glassgrad.data import tables, toy

Call = Callable[..., Result]


def test_list_has_every_table_and_toy_set(call: Call) -> None:
    """Each comes with a sentence, in 80 columns; as JSON, an object each."""
    done = call("data")
    names = [*tables.TABLES, *toy.SETS]
    assert [
        line.split()[0] for line in done.stdout.splitlines() if re.match(r"\w+  ", line)
    ] == names
    assert max(map(len, done.stdout.splitlines())) <= 80
    objects = [json.loads(line) for line in call("data", "list", "--json").stdout.splitlines()]
    assert [found["name"] for found in objects] == names


def test_prints_a_table(call: Call, tmp_path: Path) -> None:
    """What is printed or written is the table, whole; dashes do for underscores."""
    done = call("data", "auto-mpg")
    assert done.exit_code == 0, done.output
    rows = [line.split(",") for line in done.stdout.splitlines()]
    table = tables.load("auto_mpg")
    assert rows == [table.columns, *table.rows]
    assert call("data", "auto_mpg", "--out", "cars.csv").stdout == ""
    assert (tmp_path / "cars.csv").read_text() == done.stdout


def test_prints_a_toy_set_of_any_size(call: Call) -> None:
    """The points are those of the function, bit for bit."""
    done = call("data", "moons", "-n", "7", "--noise", "0.3", "--seed", "4")
    head, *lines = done.stdout.splitlines()
    assert head == "x1,x2,class"
    X, y = toy.moons(7, noise=0.3, seed=4)
    expected = [[*x, label] for x, label in zip(X, y, strict=True)]
    assert [[float(cell) for cell in line.split(",")] for line in lines] == expected


def test_describes_each_column(call: Call, tmp_path: Path) -> None:
    """How a column is read, what is missing and what is in it; columns left out are told."""
    lines = ["id;size;colour;same;kind"]
    for i in range(12):
        size = "" if i == 2 else i / 2
        lines.append(f"{i};{size};{'red' if i % 3 else 'blue'};1;{'x' if i % 2 else 'y'}")
    (tmp_path / "things.csv").write_text("\n".join(lines))
    done = call("data", "describe", "things.csv")
    assert done.exit_code == 0, done.output
    rows = {
        line.split()[0]: re.split(" {2,}", line)[1:] for line in done.stdout.splitlines() if line
    }
    assert rows["id"] == ["left out", "0", "0 to 11"]
    assert rows["size"] == ["number", "1", "0 to 5.5"]
    assert rows["colour"] == ["2 categories", "0", "blue, red"]
    assert rows["same"] == ["left out", "0", "1 to 1"]
    assert rows["kind"] == ["target, 2 classes", "0", "x, y"]
    assert "Left out 'id': it numbers the rows." in done.stderr
    objects = [
        json.loads(line)
        for line in call("data", "describe", "things.csv", "--json").stdout.splitlines()
    ]
    assert objects[1] == {"column": "size", "read_as": "number", "missing": 1, "values": "0 to 5.5"}


def test_names_that_are_not_there(call: Call) -> None:
    """The nearest one is suggested; a toy set that is always the same takes no size."""
    assert "Did you mean 'moons'?" in call("data", "mons").stderr
    assert call("data", "mons").exit_code == 1
    assert "lecture has no n; it is always the same" in call("data", "lecture", "-n", "9").stderr
    assert "penguins is no toy set" in call("data", "penguins", "--seed", "9").stderr


def test_describe_tells_all_that_is_wrong(call: Call, tmp_path: Path) -> None:
    """Every column is listed, each wrong one with its reason; the advice can be followed here."""
    lines = ["full name;size;price;kind"]
    for i in range(30):
        price = "none left" if i == 5 else i
        lines.append(f"name {i};{i % 7},5;{price};{'u, v' if i % 2 else 'w'}")
    (tmp_path / "messy.csv").write_text("\n".join(lines))
    done = call("data", "describe", "messy.csv")
    assert done.exit_code == 1
    assert re.findall(r"(?m)^(\S+(?: \S+)*) +wrong, see below", done.stdout) == [
        "full name", "size", "price",
    ]  # fmt: skip
    assert "target, 2 classes  0        'u, v', w" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    for advice in ("--drop 'full name'", "--text 'full name'", "--decimal ,", "--numeric price"):
        assert advice in done.stderr
    objects = [
        json.loads(line)
        for line in call("data", "describe", "messy.csv", "--json").stdout.splitlines()
    ]
    assert ["problem" in column for column in objects] == [True, True, True, False]
    mended = ("--drop", "full name", "--numeric", "price", "--text", "size")
    assert call("data", "describe", "messy.csv", *mended).exit_code == 0
    train = call("train", "messy.csv")
    assert all(name in train.stderr for name in ("'full name'", "'size'", "'price'"))


def test_describe_tells_a_wrong_target(call: Call, tmp_path: Path) -> None:
    """A target with nothing to learn is marked like any other column."""
    rows = [f"{i * i},same" for i in range(9)]
    (tmp_path / "t.csv").write_text("\n".join(["x,y", *rows]))
    done = call("data", "describe", "t.csv")
    assert done.exit_code == 1
    assert re.search(r"(?m)^x +number", done.stdout)
    assert re.search(r"(?m)^y +wrong, see below", done.stdout)
    assert "there is nothing to learn" in done.stderr


def test_a_cell_without_end_is_told_in_words(call: Call, tmp_path: Path) -> None:
    """The message is about the cell, and names nothing of Python's."""
    (tmp_path / "t.csv").write_text('a,b\n1,2\n1,"' + "x" * 200_000)
    done = call("data", "t.csv")
    assert done.exit_code == 1
    assert "a cell is longer than 131,072 characters" in done.stderr
    assert "shorten what the cell holds" in done.stderr
    assert "csv." not in done.stderr.replace("t.csv", "")
