import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Call = Callable[..., Result]


def test_times_what_is_asked_for(call: Call, tmp_path: Path) -> None:
    """A table of the rows that were named, and a picture of them."""
    done = call("bench", "A", "--way", "numpy", "--rounds", "1", "--svg", "speed.svg")
    assert done.exit_code == 0, done.output
    assert "NumPy by hand" in done.stdout
    assert "3-4-4-1 tanh, 4 samples" in done.stdout
    assert ET.parse(tmp_path / "speed.svg").getroot().tag.endswith("svg")


def test_json_has_every_number(call: Call) -> None:
    """The machine in the first line, then a cell a line."""
    done = call("bench", "E2", "--way", "numpy", "--rounds", "1", "--json", "-q")
    machine, *cells = map(json.loads, done.stdout.splitlines())
    assert machine["machine"]["versions"]["numpy"]
    assert [cell["dtype"] for cell in cells] == ["float32", "float64"]
    assert all(cell["us"] > 0 and cell["off"] < 1e-4 and not cell["why"] for cell in cells)


def test_wrong_names(call: Call) -> None:
    """A workload that there is not is wrong usage; a row that there is not fails; both help."""
    done = call("bench", "e1")
    assert done.exit_code == 2
    assert "There is no workload 'e1', but A, B, C, D, E1, E2, F. Did you mean 'E1'?" in done.stderr
    done = call("bench", "--way", "pytroch")
    assert done.exit_code == 1
    assert "Did you mean 'PyTorch'?" in done.stderr
