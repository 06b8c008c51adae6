"""What can be explored is taken as it is; what cannot is refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import glassgrad as gg
from glassgrad.explore.configuration import START
from glassgrad.explore.dataset import table_dataset
from glassgrad.explore.messages.parts import Refused
from glassgrad.explore.messages.training import Frame, Hello, Setup, Upload
from glassgrad.explore.planes import first_plane
from glassgrad.explore.subject import network_start, own_dataset, samples_source
from glassgrad.explore.tables import table_source
from glassgrad.explore.training import Training


class Line(gg.nn.Module):
    """A network of the user's own class."""

    def __init__(self) -> None:
        self.slope, self.offset = gg.Value(0.5), gg.Value(-0.25)

    def __call__(self, x: list[Any]) -> Any:
        """Return slope * x + offset."""
        return self.slope * x[0] + self.offset


def test_a_network_of_ones_own_class(page: Callable[..., Any]) -> None:
    """It is trained on its own samples, with the loss that eager code gives."""
    X, y = [[0.5], [1.5], [-2.0]], [0.25, 1.75, -1.125]
    start = network_start(Line(), samples_source(X, y))
    listener = page(Training(start, compiled=False))
    listener.ask(Hello)
    setup = listener.last(Setup)
    assert (setup.task, setup.parameters, setup.sizes) == ("regression", ["slope", "offset"], [])
    errors = [(0.5 * x - 0.25 - t) ** 2 for (x,), t in zip(X, y, strict=True)]
    assert listener.last(Frame).training.loss == pytest.approx(sum(errors) / 3)


def test_a_file_of_a_user(page: Callable[..., Any]) -> None:
    """An uploaded table becomes samples, in standard units, of the column that is named."""
    listener = page()
    rows = "".join(f"{i % 7}.5,{'ab'[i % 2]},{(i * i) % 11}\n" for i in range(40))
    listener.ask(Upload, name="t.csv", text="x,kind,z\n" + rows, target="kind")
    setup = listener.last(Setup)
    assert (setup.task, setup.classes, len(setup.inputs)) == ("binary", ["a", "b"], 40)
    first = setup.features[0]
    assert first.mean + first.scale * setup.inputs[3][0] == pytest.approx(3.5)
    assert "t.csv" in setup.choices.data


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,b\n1,\0", "line 2 holds a byte"),
        ("a,b\n1,\ufffd", "line 2 holds a byte"),
        ("a,b\n1,2\n1,2,3\n", "line"),
        ("a\n1\n2\n", "one column"),
        (",".join(f"c{i}" for i in range(300)) + "\n" + "1," * 299 + "1\n", "300 columns"),
        ("a,b\n" + "1,2\n" * 30, "nothing to learn"),
        ('a,b\n"1,2\n', "never closed"),
    ],
)
def test_hostile_files_are_refused(page: Callable[..., Any], text: str, says: str) -> None:
    """A file that is no table to train on is refused, and what was there stays."""
    listener = page()
    listener.ask(Hello)
    before = listener.numbers(Frame, "weights")
    listener.ask(Upload, name="bad.csv", text=text, target=None)
    assert says in listener.last(Refused).text
    listener.ask(Hello)
    assert listener.numbers(Frame, "weights") == before
    assert listener.last(Setup).configuration.data == "moons"


def test_a_target_that_is_not_there(page: Callable[..., Any]) -> None:
    """A wrong column is answered by those that there are."""
    listener = page()
    listener.ask(Upload, name="t.csv", text="x,kind\n1,2\n3,4\n", target="king")
    assert "'kind'" in listener.last(Refused).text


def test_samples_that_do_not_fit_a_network() -> None:
    """Outputs and inputs are held against the samples before anything is shown."""
    with pytest.raises(ValueError, match="no toy set fits"):
        network_start(gg.MLP(5, [2]), None)
    with pytest.raises(ValueError, match="3 classes"):
        network_start(gg.MLP(1, [1]), samples_source([[1], [2], [3]] * 4, [0, 1, 2] * 4))
    with pytest.raises(ValueError, match="does not take a sample"):
        network_start(gg.MLP(2, [1]), samples_source([[1], [2], [3]], [0.5, 1.5, 2.5]))
    with pytest.raises(ValueError, match="each sample is 2 numbers"):
        own_dataset([[1, 2], [3]], [0, 1], "data")


def test_the_first_plane_is_of_measured_inputs(tmp_path: Path) -> None:
    """A table's plane has measured columns along its axes, not the 0 and 1 of a category."""
    rows = [("ab"[i % 2], f"{i % 5}.5", "cd"[i // 2 % 2], f"{(i * i) % 7}") for i in range(20)]
    lines = [
        "kind,width,form,height,z",
        *(f"{','.join(row)},{i % 3}" for i, row in enumerate(rows)),
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    table = gg.data.read_table(tmp_path / "t.csv")
    data = table_dataset("t", table, "z", 0.25, 3)
    plane = first_plane(data)
    assert plane.y is not None
    names = [data.features[axis].name for axis in (plane.x, plane.y)]
    assert names == ["width", "height"]


def test_of_many_samples_some_are_shown() -> None:
    """They are drawn by chance, those held out among them, and each keeps its target."""
    X = [[float(i), i / 7] for i in range(7000)]
    data = samples_source(X, [i % 3 for i in range(7000)])(START)
    assert len(data.inputs) == len(set(data.inputs)) == 5000
    assert list(data.targets) == [inputs[0] % 3 for inputs in data.inputs]
    assert data.note == "Of 7,000 samples 5,000 are shown, drawn by chance."
    rows = [[f"{i}", f"{i / 7}"] for i in range(7000)]
    table = gg.data.Table(["x", "y"], rows, list(range(7000)), "t")
    data = table_source("t", table, "y")(replace(START, held_out=0.25))
    assert len(data.inputs) == 5000
    assert 1150 < len(data.held_out) < 1350  # 1250 on average, 4 sigma are 65
