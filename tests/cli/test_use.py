"""`glassgrad predict` and `glassgrad evaluate`: what a trained model is used for."""

import csv
import io
import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from glassgrad import load_model
from glassgrad.data import tables

Call = Callable[..., Result]
NEW = """sex,body_mass_g,flipper_length_mm,bill_depth_mm,bill_length_mm,island,year,name
male,3750,181,18.7,39.1,Torgersen,2007,Ann
female,,210,14.5,47.0,Biscoe,2008,"Bo, the second"
,5000,220,15.0,,Elsewhere,2009,Cy
"""


def read(text: str) -> list[dict[str, str]]:
    """Read CSV with the standard library."""
    return list(csv.DictReader(io.StringIO(text)))


def test_predicts_rows_as_csv(call: Call, penguins: Path, tmp_path: Path) -> None:
    """Columns may stand in another order, others may be there, the target need not; gaps count."""
    (tmp_path / "new.csv").write_text(NEW)
    done = call("predict", penguins, "new.csv", "--proba")
    assert done.exit_code == 0, done.output
    rows = read(done.stdout)
    assert [row["name"] for row in rows] == ["Ann", "Bo, the second", "Cy"]
    model = load_model(penguins / "model.safetensors")
    expected = model.probabilities(read(NEW))
    for row, shares in zip(rows, expected, strict=True):
        assert {name: float(row[f"p_{name}"]) for name in shares} == shares
        assert row["predicted_species"] == max(shares, key=shares.__getitem__)
    assert "island 'Elsewhere' (line 4) was not in the training rows" in done.stderr


def test_prediction_goes_to_a_file_or_as_json(call: Call, penguins: Path, tmp_path: Path) -> None:
    """The file has what would be printed; with --json each row is an object."""
    printed = call("predict", penguins / "model.safetensors", "penguins")
    assert call("predict", penguins, "penguins", "--out", "new.csv").stdout == ""
    assert (tmp_path / "new.csv").read_text() == printed.stdout
    objects = [
        json.loads(line)
        for line in call("predict", penguins, "penguins", "--json").stdout.splitlines()
    ]
    assert [row["predicted_species"] for row in objects] == [
        row["predicted_species"] for row in read(printed.stdout)
    ]
    again = call("predict", penguins, "new.csv")
    assert again.exit_code == 1
    assert "has a column 'predicted_species' already" in again.stderr


def test_predicts_a_number_in_its_own_unit(call: Call, cars: Path) -> None:
    """Miles per gallon come out, not standard deviations."""
    done = call("predict", cars, "auto-mpg")
    assert done.exit_code == 0, done.output
    predicted = [float(row["predicted_mpg"]) for row in read(done.stdout)]
    true = [float(row["mpg"]) for row in read(done.stdout)]
    misses = sorted(abs(p - t) for p, t in zip(predicted, true, strict=True))
    assert misses[len(misses) // 2] < 4
    assert "only classes have probabilities" in call("predict", cars, "auto-mpg", "--proba").stderr


def test_other_columns_than_trained_are_told(call: Call, penguins: Path, tmp_path: Path) -> None:
    """The lacking columns are named, with a near name that is there."""
    (tmp_path / "new.csv").write_text(NEW.replace("bill_depth_mm", "bill_depth"))
    done = call("predict", penguins, "new.csv")
    assert done.exit_code == 1
    assert "lacks 1 column" in done.stderr
    assert "'bill_depth_mm' (is it 'bill_depth'?)" in done.stderr
    (tmp_path / "new.csv").write_text(NEW.replace("3750", "heavy"))
    done = call("predict", penguins, "new.csv")
    assert "'body_mass_g' is numeric, but 1 cell is not: 'heavy' (line 2)" in done.stderr


def test_damaged_model_is_told(call: Call, penguins: Path, tmp_path: Path) -> None:
    """A model cut short, or changed, is no traceback."""
    content = (penguins / "model.safetensors").read_bytes()
    for changed, message in (
        (content[:-9], "is no whole safetensors file"),
        (content[:-1] + bytes([content[-1] ^ 1]), "was changed after it was written"),
    ):
        (tmp_path / "model").write_bytes(changed)
        for verb in ("predict", "evaluate"):
            done = call(verb, "model", "penguins")
            assert done.exit_code == 1
            assert message in done.stderr
            assert "Traceback" not in done.output
    assert call("predict", "none", "penguins").exit_code == 2


def test_scores_of_classes_add_up(call: Call, penguins: Path) -> None:
    """Accuracy, baseline, confusion and recall are those of the predictions, counted here."""
    predicted = [r["predicted_species"] for r in read(call("predict", penguins, "penguins").stdout)]
    actual = tables.load("penguins").column("species")
    done = call("evaluate", penguins, "penguins", "--json")
    scores = json.loads(done.stdout)
    pairs = list(zip(actual, predicted, strict=True))
    assert scores["rows"] == 344
    assert scores["accuracy"] == sum(a == p for a, p in pairs) / 344
    assert scores["baseline"] == 152 / 344
    assert scores["usual"] == "Adelie"
    classes = ["Adelie", "Chinstrap", "Gentoo"]
    assert scores["confusion"] == [[pairs.count((a, p)) for p in classes] for a in classes]
    recall = pairs.count(("Gentoo", "Gentoo")) / 124
    assert scores["by_class"][2]["recall"] == pytest.approx(recall)
    assert "trained on 241 of these rows" in done.stderr


def test_scores_of_numbers_add_up(call: Call, cars: Path) -> None:
    """R², errors and baseline are those of the predictions, worked out here."""
    rows = read(call("predict", cars, "auto_mpg").stdout)
    pairs = [(float(row["mpg"]), float(row["predicted_mpg"])) for row in rows]
    scores = json.loads(call("evaluate", cars, "auto_mpg", "--json").stdout)
    mean = sum(true for true, _ in pairs) / len(pairs)
    squares = sum((true - said) ** 2 for true, said in pairs)
    assert scores["rmse"] == pytest.approx((squares / len(pairs)) ** 0.5)
    assert scores["mae"] == pytest.approx(sum(abs(t - s) for t, s in pairs) / len(pairs))
    assert scores["r2"] == pytest.approx(1 - squares / sum((true - mean) ** 2 for true, _ in pairs))
    assert 7 < scores["baseline"] < 8.5  # the deviation of mpg is 7.8


def test_evaluation_as_text(call: Call, penguins: Path, tmp_path: Path) -> None:
    """A table with few of the rows is scored by itself; -q leaves the scores alone."""
    lines = call("data", "penguins").stdout.splitlines()
    (tmp_path / "few.csv").write_text("\n".join([lines[0], *lines[140:160]]))
    done = call("evaluate", penguins, "few.csv")
    assert re.search(r"few\.csv +20 +\d+\.\d % +65\.0 %", done.stdout), done.stdout
    assert re.search(r"(?m)^Chinstrap +\d.* 0$", done.stdout)
    assert "is / predicted" in done.stdout
    assert "trained on" not in done.stderr
    assert len(call("evaluate", penguins, "few.csv", "-q").stdout.splitlines()) == 2


def test_evaluation_needs_the_target(call: Call, penguins: Path, tmp_path: Path) -> None:
    """Without it, or with a class that training had not, the message says so."""
    (tmp_path / "new.csv").write_text(NEW)
    assert "no column 'species'" in call("evaluate", penguins, "new.csv").stderr
    lines = call("data", "penguins").stdout.splitlines()[:5]
    (tmp_path / "new.csv").write_text("\n".join(lines).replace("Adelie", "Emperor"))
    done = call("evaluate", penguins, "new.csv")
    assert done.exit_code == 1
    assert "'Emperor'" in done.stderr
    assert "train on a table that has rows of each class" in done.stderr


@pytest.mark.parametrize(
    ("options", "encoding", "head"),
    [
        (["--decimal", ","], "utf-8", "a;b;y"),
        (["--no-header"], "utf-8", ""),
        (["--encoding", "latin-1", "--delimiter", ";"], "latin-1", "a;b;né"),
    ],
)
def test_table_is_read_as_the_run_read_its_own(
    options: list[str], encoding: str, head: str, call: Call, tmp_path: Path
) -> None:
    """The suggested commands work as they stand; what is said beside them goes before."""
    mark = options[-1] if options[0] == "--decimal" else "."
    rows = [f"{i % 9}{mark}5;{i % 7}{mark}25;{'p' if i % 9 > 4 else 'é'}" for i in range(40)]
    (tmp_path / "t.csv").write_text("\n".join([head] * bool(head) + rows), encoding=encoding)
    done = call("train", "t.csv", *options, "--epochs", "1", "--hidden", "2")
    assert done.exit_code == 0, done.output
    suggested = re.findall(r"(?m)^  glassgrad ((?:evaluate|predict|draw) .*)$", done.stdout)
    assert len(suggested) == 3
    for command in suggested:
        assert call(*shlex.split(command)).exit_code == 0, command
    assert call("predict", "runs/t", "t.csv", "--delimiter", "|").exit_code == 1
