"""glassgrad.data.tables: the tables are whole, and agree with figures published about them."""

import hashlib
import statistics
from collections import Counter
from pathlib import Path

import pytest

from glassgrad.data import DataError, Encoder, Table, tables

README = Path(tables.__file__).with_name("tables") / "README.md"


def numbers(table: Table, column: str) -> list[float]:
    """Return the column's values that are not missing."""
    return [float(cell) for cell in table.column(column) if cell]


def test_penguins_are_those_that_were_published() -> None:
    """344 penguins of three species on three islands, 11 of unknown sex; means as published."""
    table = tables.load("penguins")
    assert len(table) == 344
    assert Counter(table.column("species")) == {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}
    assert Counter(table.column("island")) == {"Biscoe": 168, "Dream": 124, "Torgersen": 52}
    assert Counter(table.column("sex")) == {"male": 168, "female": 165, "": 11}
    # The package's own summary: means of 342 penguins.
    assert round(statistics.mean(numbers(table, "bill_length_mm")), 2) == 43.92
    assert round(statistics.mean(numbers(table, "bill_depth_mm")), 2) == 17.15
    assert round(statistics.mean(numbers(table, "flipper_length_mm")), 1) == 200.9
    assert round(statistics.mean(numbers(table, "body_mass_g"))) == 4202


def test_auto_mpg_is_the_repository_one() -> None:
    """398 cars of three origins, 6 without horsepower; means and deviations as published."""
    table = tables.load("auto_mpg")
    assert len(table) == 398
    assert Counter(table.column("origin")) == {"usa": 249, "europe": 70, "japan": 79}
    assert Counter(table.column("cylinders")) == {"4": 204, "8": 103, "6": 84, "3": 4, "5": 3}
    assert table.column("horsepower").count("") == 6
    for column, mean, deviation in [
        ("mpg", 23.514573, 7.815984),
        ("displacement", 193.425879, 104.269838),
        ("horsepower", 104.469388, 38.491160),
        ("weight", 2970.424623, 846.841774),
        ("acceleration", 15.568090, 2.757689),
        ("model_year", 76.010050, 3.697627),
    ]:
        assert statistics.mean(numbers(table, column)) == pytest.approx(mean, abs=6e-7)
        assert statistics.stdev(numbers(table, column)) == pytest.approx(deviation, abs=6e-7)


def test_digits_are_the_test_part_of_the_original() -> None:
    """1,797 digits with 174 to 183 of each, 64 pixels from 0 to 16."""
    table = tables.load("digits")
    assert len(table) == 1797
    counts = Counter(table.column("digit"))
    assert [counts[str(d)] for d in range(10)] == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    pixels = [float(cell) for row in table.rows for cell in row[:64]]
    assert (min(pixels), max(pixels)) == (0.0, 16.0)
    # The mean pixel, 4.884, is the figure that tutorials on this data print.
    assert round(statistics.fmean(pixels), 3) == 4.884


@pytest.mark.parametrize("name", tables.TABLES)
def test_each_table_encodes_as_it_is(name: str) -> None:
    """Its named target suits its named task, and nothing has to be dropped or declared first."""
    known = tables.TABLES[name]
    table = tables.load(name)
    encoder = Encoder.fit(table, known.target)
    assert encoder.task == known.task
    assert len(encoder.inputs(table)) == len(encoder.targets(table)) == len(table)


@pytest.mark.parametrize("name", tables.TABLES)
def test_readme_tells_licence_and_source(name: str) -> None:
    """The file's section names the licence and the DOI that the program shows, and each column."""
    known = tables.TABLES[name]
    (section,) = [s for s in README.read_text("utf-8").split("\n## ") if s.startswith(known.file)]
    assert known.licence in section
    assert known.source.split("doi:")[1] in section
    named = [c for c in tables.load(name).columns if not c.startswith("pixel_")]
    assert all(f"`{column}`" in section for column in named)


def test_files_have_not_changed() -> None:
    """The files are, byte for byte, those that were checked against their sources."""
    folder = README.parent
    digests = {
        f.name: hashlib.sha256(f.read_bytes()).hexdigest()[:16]
        for f in folder.iterdir()
        if f != README
    }
    assert digests == {
        "auto_mpg.csv": "39f2b728946df260",
        "demo_moons.csv": "6b3f362650e3218a",
        "digits.csv.gz": "0f622aac121cc3fc",
        "penguins.csv": "f204db2c753b0937",
    }


def test_unknown_table_is_refused_with_the_nearest() -> None:
    """A misspelt name brings up the right one and the list."""
    with pytest.raises(DataError, match=r"'pinguins'.*Did you mean 'penguins'\?.*'auto_mpg'"):
        tables.load("pinguins")


def test_path_leads_to_the_file() -> None:
    """`path` names an existing file with the header that `load` reads."""
    assert tables.path("penguins").read_text("utf-8").startswith("species,island,")
