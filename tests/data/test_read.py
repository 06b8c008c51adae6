"""glassgrad.data.read: files are read as they were written, and bad ones refused with the line."""

import csv
import gzip
import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.data import MISSING, DataError, Table, read_table
from glassgrad.data.read import DELIMITERS

# Any text that stands in a cell by itself: no white space around it, and none of the missing marks.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")).map(str.strip)
CELLS = CELLS.filter(lambda cell: cell not in MISSING)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Rows of equal width from 2 to 5, the first with names that no one takes for numbers."""
    width = draw(st.integers(2, 5))
    names = st.lists(CELLS.map("n".__add__), min_size=width, max_size=width, unique=True)
    row = st.lists(CELLS, min_size=width, max_size=width)
    return [draw(names), *draw(st.lists(row, min_size=1, max_size=6))]


@given(
    written=tables(),
    delimiter=st.sampled_from(DELIMITERS),
    # Before Python 3.13 the writer leaves "\\r" bare in a cell when lines end in "\\n" alone.
    style=st.sampled_from(
        [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL)]
    ),
    mark=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    pack=st.sampled_from([bytes, gzip.compress]),
)
def test_what_csv_writes_is_read_back(
    written: list[list[str]],
    delimiter: str,
    style: tuple[str, int],
    mark: bytes,
    pack: Callable[[bytes], bytes],
) -> None:
    """Delimiters, quotes and line breaks inside cells, marks and gzip change no cell."""
    text = io.StringIO(newline="")
    ending, quoting = style
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerows(written)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(pack(mark + text.getvalue().encode()))
        table = read_table(path, delimiter=delimiter)
    assert [table.columns, *table.rows] == written


@given(written=st.binary(max_size=60))
def test_any_bytes_give_a_table_or_a_data_error(written: bytes) -> None:
    """No file, however broken, brings up another error."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(written)
        for encoding in ("utf-8", "utf-16", "latin-1"):
            try:
                table = read_table(path, encoding=encoding)
            except DataError:
                continue
            assert {len(row) for row in table.rows} == {len(table.columns)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A path in an empty folder, as messages name it."""
    return tmp_path / "table.csv"


@pytest.mark.parametrize(
    ("text", "columns", "rows"),
    [
        ("a;b\n1,5;x\n2,5;y\n", ["a", "b"], [["1,5", "x"], ["2,5", "y"]]),
        ("a\tb\n1, 2\t3\n", ["a", "b"], [["1, 2", "3"]]),
        ("a|b\n1,2|3,4\n", ["a", "b"], [["1,2", "3,4"]]),
        ('a, b\n1, "x, y"\n', ["a", "b"], [["1", "x, y"]]),
        ("size, cm;n\n1;2\n3;4\n", ["size, cm", "n"], [["1", "2"], ["3", "4"]]),
        ('a,b\n"1;2;3",4\n', ["a", "b"], [["1;2;3", "4"]]),
        ("note\nyes; no\nno; yes\n", ["note"], [["yes; no"], ["no; yes"]]),
        ("a,b;c;d\n1,2\n3,4\n5,6\n", ["a", "b;c;d"], [["1", "2"], ["3", "4"], ["5", "6"]]),
    ],
)
def test_delimiter_is_found(
    file: Path, text: str, columns: list[str], rows: list[list[str]]
) -> None:
    """The delimiter is the one that splits most rows as widely as the header."""
    file.write_text(text, "utf-8")
    table = read_table(file)
    assert (table.columns, table.rows) == (columns, rows)


def test_lines_are_those_of_the_file(file: Path) -> None:
    """Blank lines and line breaks in cells count, though they make no rows."""
    file.write_text('a,b\n\n1,"x\ny\nz"\n   \n2,w\n', "utf-8")
    table = read_table(file)
    assert table.rows == [["1", "x\ny\nz"], ["2", "w"]]
    assert table.lines == [3, 7]


def test_missing_marks_become_empty(file: Path) -> None:
    """Every mark of the documented set is missing, with white space around it too; Na is not."""
    marks = ["", *sorted(MISSING)]
    file.write_text("a,b\n" + "".join(f'" {mark} ",Na\n' for mark in marks), "utf-8")
    assert read_table(file).rows == [["", "Na"]] * len(marks)


def test_missing_marks_can_be_named(file: Path) -> None:
    """With missing="?" only that mark and the empty cell are missing: NA may be Namibia."""
    file.write_text("country,x\nNA,?\n,-\n", "utf-8")
    assert read_table(file, missing="?").rows == [["NA", ""], ["", "-"]]


def test_decimal_commas_become_points(file: Path) -> None:
    """With decimal="," numbers get points and lose what parts thousands; text is left as it is."""
    cells = {"1,5": "1.5", "-2,25e3": "-2.25e3", "1.234,5": "1234.5", "3": "3", "1.234": "1234"}
    cells |= {"1.5": "1.5", "1,2,3": "1,2,3", "a,b": "a,b", ",": ",", ",5": ".5"}
    file.write_text("x;y\n" + "".join(f"{cell};t\n" for cell in cells), "utf-8")
    assert read_table(file, decimal=",").column("x") == list(cells.values())


def test_without_a_header_columns_are_numbered(file: Path) -> None:
    """header=False keeps the first line as data, and calls the columns column1, column2, ..."""
    file.write_text("5.1,3.5,setosa\n4.9,3.0,setosa\n", "utf-8")
    table = read_table(file, header=False)
    assert table.columns == ["column1", "column2", "column3"]
    assert table.rows[0] == ["5.1", "3.5", "setosa"]
    assert table.lines == [1, 2]


def test_a_header_of_numbers_can_be_meant(file: Path) -> None:
    """header=True takes years as names."""
    file.write_text("2001,2002\n1,2\n", "utf-8")
    assert read_table(file, header=True).columns == ["2001", "2002"]


def test_an_unnamed_column_is_named_after_its_place(file: Path) -> None:
    """The index that pandas writes has no name; it becomes column1."""
    file.write_text(",x\n0,5\n", "utf-8")
    assert read_table(file).columns == ["column1", "x"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"", "is empty"),
        (b"\n \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a,b\n", "has column names but no rows"),
        (b"a,b,a,c,b\n1,2,3,4,5\n", r"'a' (columns 1 and 3), 'b' (columns 2 and 5)"),
        (b"a,b\n1,2\n1\n1,2,3\n3,4\n", "2 rows of 4 have more or fewer cells: line 3 has 1, line"),
        (b"a,b\n" + b"1\n" * 9 + b"1,2\n", "line 6 has 1 and 4 more"),
        (b"a,b\nr1,1,2\nr2,3,4\n", "each of 2 rows has 3 cells. Name the first column too"),
        (b"# made today\na,b\n1,2\n", "line 1 has 1 column ('# made today')"),
        (b"1,2\n3,4\n", "line 1 looks like data rather than column names: 1, 2."),
        (b"5.1,3,setosa\n4.9,3,setosa\n", "read it with header=False"),
        (b'a,b\n1,2\n"3,4\n5,6\n', 'line 3: a quote (") opens a cell here and is never closed'),
        (b"a,b\n1,2\n1," + b"x" * 200_000, "line 3: a cell is longer than 131,072 characters"),
        (b'a,b\n1,"x"y\n', "line 2: ',' expected after"),
        (b"a,b\n1,2\n\x00,3\n", "character 8 (line 3) is NUL"),
        ("a,b\n1,2\n".encode("utf-16"), "pass encoding='utf-16'"),
        ("a,b\n1,2\n".encode("utf-16-le"), "pass encoding='utf-16'"),
        (b"PK\x03\x04...", "Excel"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], "cut short or damaged"),
        (b"\x1f\x8bnonsense", "cut short or damaged"),
    ],
)
def test_bad_files_are_refused(file: Path, written: bytes, told: str) -> None:
    """The message says what is wrong, where, and begins with the file's name."""
    file.write_bytes(written)
    with pytest.raises(DataError, match=re.escape(told)) as caught:
        read_table(file)
    assert str(caught.value).startswith(str(file))


def test_another_encoding_is_told_with_its_byte(file: Path) -> None:
    """The byte, its line, how the line would read in windows-1252, and what to pass."""
    text = "name,n\n" + "Ann,1\n" * 20 + "Müller,2\n"
    file.write_bytes(text.encode("windows-1252"))
    with pytest.raises(DataError) as caught:
        read_table(file)
    told = str(caught.value)
    assert f"line 22: byte {text.index('ü')} (0xfc)" in told
    assert "'Müller,2'" in told
    assert "encoding='windows-1252'" in told
    assert read_table(file, encoding="windows-1252").rows[-1] == ["Müller", "2"]


def test_missing_files_and_folders_are_told(tmp_path: Path) -> None:
    """A misspelt name brings up its neighbour; a folder, what it holds."""
    (tmp_path / "penguins.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match=r"no file .*Did you mean 'penguins.csv'\?"):
        read_table(tmp_path / "pengiuns.csv")
    with pytest.raises(DataError, match="there is no folder"):
        read_table(tmp_path / "nowhere" / "penguins.csv")
    with pytest.raises(DataError, match=r"is a folder.*'penguins.csv'"):
        read_table(tmp_path)
    with pytest.raises(DataError, match="can't be read: Not a directory"):
        read_table(tmp_path / "penguins.csv" / "x")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"delimiter": "::"}, "a single character"),
        ({"delimiter": '"'}, "a single character"),
        ({"decimal": ";"}, "must be '.' or ','"),
        ({"encoding": "hex"}, "knows no text encoding 'hex'"),
        ({"encoding": "utf8x"}, "knows no text encoding 'utf8x'"),
    ],
)
def test_nonsense_arguments_are_refused(file: Path, arguments: dict[str, str], told: str) -> None:
    """An argument that can't be is refused with what it may be."""
    file.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(DataError, match=re.escape(told)):
        read_table(file, **arguments)


def test_columns_are_found_by_name_and_by_index() -> None:
    """A name comes first; a whole number counts from either end; others bring up the nearest."""
    table = Table(["species", "x", "0"], [["a", "1", "2"]], source="t.csv")
    assert [table.position(c) for c in ("species", 1, -1, "-2", "0")] == [0, 1, 2, 1, 2]
    with pytest.raises(DataError, match=r"t.csv has no column 'Specis'. Did you mean 'species'\?"):
        table.position("Specis")
    with pytest.raises(DataError, match="no column number 3: its 3 columns are numbered 0 to 2"):
        table.position(3)


def test_rows_are_selected_with_their_lines() -> None:
    """A selection keeps order and lines; an index out of range is refused, negative ones too."""
    table = Table(["x"], [["1"], [""], ["3"]], source="t.csv")
    assert table.select([2, 0]).rows == [["3"], ["1"]]
    assert table.select([2, 0]).lines == [4, 2]
    assert table.drop_missing("x").lines == [2, 4]
    for wrong in ([3], [-1]):
        with pytest.raises(DataError, match=r"t\.csv has 3 rows, numbered from 0"):
            table.select(wrong)
