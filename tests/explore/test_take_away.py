import csv
import runpy
from pathlib import Path

import msgspec
import pytest

import glassgrad as gg
from glassgrad.explore.messages.take_away import TakeAway
from glassgrad.explore.start import Start
from glassgrad.explore.take_away import taken
from glassgrad.explore.training import Training


def trained(**settings: object) -> Training:
    """Return a training after 7 steps, with settings of its configuration."""
    start = Start()
    configuration = msgspec.structs.replace(start.configuration, **settings)
    training = Training(Start(configuration), compiled=False)
    for _ in range(7):
        training.step()
    return training


def take(training: Training, what: str) -> bytes:
    """Return the content of a file."""
    return taken(training, TakeAway(id=1, what=what))[1][0]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hidden": (3,), "activations": ("relu", "linear"), "loss": "hinge", "optimiser": "adam"},
        {"data": "blobs", "l1": 0.01, "l2": 0.02, "zero_grad": False},
    ],
    ids=["moons", "hinge", "classes"],
)
def test_the_code_gives_the_same_weights(tmp_path: Path, settings: dict[str, object]) -> None:
    """The program runs; its weights are those on screen to the bit, and its loss is the same."""
    training = trained(**settings)
    path = tmp_path / "network.py"
    path.write_bytes(take(training, "code"))
    names = runpy.run_path(str(path))
    assert [p.data for p in names["model"].parameters()] == training.engine.weights
    frame, _ = training.frame()
    if not settings.get("l1"):
        assert names["loss_of"](range(len(names["X"]))).data == pytest.approx(frame.training.loss)
    before = [p.data for p in names["model"].parameters()]
    names["train"](2)
    assert [p.data for p in names["model"].parameters()] != before


def test_the_weights_are_a_model_file(tmp_path: Path) -> None:
    """The file is one that glassgrad predicts from, by what the explorer calls the inputs."""
    training = trained()
    path = tmp_path / "model.safetensors"
    path.write_bytes(take(training, "weights"))
    model = gg.load_model(path)
    assert [p.data for p in model.network.parameters()] == training.engine.weights
    x = training.data.inputs[3]
    row = {f.name: str(number) for f, number in zip(training.data.features, x, strict=True)}
    said = training.engine.answers()[3][-1]
    assert model.predict([row]) == ["1" if said > 0 else "0"]


def test_the_weights_of_a_table_take_its_own_units(tmp_path: Path) -> None:
    """The model file is given rows as they stand in the table, and sees what the explorer saw."""
    training = trained()
    rows = "".join(f"{10 + i % 7}.5,{-3 * i},{'ab'[i % 2]}\n" for i in range(40))
    training.upload("t.csv", "x,z,kind\n" + rows, "kind")
    for _ in range(5):
        training.step()
    path = tmp_path / "model.safetensors"
    path.write_bytes(take(training, "weights"))
    (tmp_path / "row.csv").write_text("x,z\n13.5,-9\n")
    encoder = gg.load_model(path).encoder
    (row,) = encoder.inputs(gg.data.read_table(tmp_path / "row.csv"))
    assert row == pytest.approx(list(training.data.inputs[3]))


def test_the_log_is_a_table() -> None:
    """Each line has a step and its losses."""
    training = trained()
    for _ in range(10):
        training.step()
    rows = list(csv.DictReader(take(training, "log").decode().splitlines()))
    assert rows[0]["step"] == "0"
    assert float(rows[-1]["training"]) < float(rows[0]["training"])


def test_pictures() -> None:
    """The network is drawn as SVG and as PNG."""
    training = trained()
    assert take(training, "svg").lstrip().startswith((b"<svg", b"<?xml"))
    assert take(training, "png").startswith(b"\x89PNG")
