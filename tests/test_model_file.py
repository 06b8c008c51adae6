import json
import math
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import MLP, model_file
from glassgrad.data import DataError, Encoder, Table, tables
from glassgrad.model_file import FORMAT, ModelFileError, TrainedModel, load_model, save_model
from glassgrad.nested import leaves


def of_penguins(hidden: int = 5) -> TrainedModel:
    """A network with three classes, for a real table."""
    encoder = Encoder.fit(tables.load("penguins"), "species")
    rng = random.Random(1)
    nouts = [hidden, len(encoder.classes)]
    network = MLP(len(encoder.features), nouts, activation=["gelu", "linear"], rng=rng)
    return TrainedModel(network, encoder, {"table": "penguins", "seed": 1})


def of_two_classes() -> TrainedModel:
    """A network with one logit: -1 + 2 x, whatever the scaling."""
    table = Table(["x", "y"], [["-1", "no"], ["1", "yes"], ["-1", "no"], ["1", "yes"]])
    network = MLP(1, [1], activation="linear", init="zero")
    network.layers[0].neurons[0].w[0].data = 2.0
    network.layers[0].neurons[0].b.data = -1.0
    return TrainedModel(network, Encoder.fit(table, "y"))


def of_a_number() -> TrainedModel:
    """A network that says of x, standardised, its half; x and y both have mean 10, deviation 2."""
    table = Table(["x", "y"], [["8", "8.0"], ["12", "12.5"], ["8", "8"], ["12", "11.5"]])
    network = MLP(1, [1], activation="linear", init="zero")
    network.layers[0].neurons[0].w[0].data = 0.5
    return TrainedModel(network, Encoder.fit(table, "y", task="regression"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The file of a model of penguins."""
    path = tmp_path / "model.safetensors"
    save_model(path, of_penguins())
    return path


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
    """Change what a model file says, and sign it with a digest that fits: a forger's work."""
    from safetensors.numpy import load, save

    content = path.read_bytes()
    tensors = load(content)
    length = struct.unpack("<Q", content[:8])[0]
    about = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["glassgrad"])
    del about["digest"]
    change(about, tensors)
    about["digest"] = model_file._digest(about, tensors)
    path.write_bytes(save(tensors, {"glassgrad": json.dumps(about)}))


def test_model_comes_back_bit_for_bit(saved: Path) -> None:
    """Weights, encoder and facts are the same, and so are the predictions."""
    before, after = of_penguins(), load_model(saved)
    assert after.network.state_dict() == before.network.state_dict()
    assert after.network.activations == ["gelu", "linear"]
    assert after.encoder == before.encoder
    assert after.facts == {"table": "penguins", "seed": 1}
    penguins = tables.load("penguins")
    assert after.outputs(penguins) == before.outputs(penguins)
    assert gg.load_model is load_model


def test_same_model_same_bytes(saved: Path, tmp_path: Path) -> None:
    """Saving twice, and saving what was loaded, gives the same file."""
    again = tmp_path / "again.safetensors"
    save_model(again, load_model(saved))
    assert again.read_bytes() == saved.read_bytes()


def test_file_is_read_with_the_standard_library(saved: Path) -> None:
    """The layout is that of the safetensors format: any reader finds the named tensors."""
    content = saved.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    assert set(header) == {
        "__metadata__", "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
    }  # fmt: skip
    weight = header["layers.1.weight"]
    assert (weight["dtype"], weight["shape"]) == ("F64", [3, 5])
    begin, end = (8 + length + offset for offset in weight["data_offsets"])
    numbers = struct.unpack("<15d", content[begin:end])
    network = of_penguins().network
    assert list(numbers) == [w.data for neuron in network.layers[1].neurons for w in neuron.w]


def test_file_cut_short_is_refused(saved: Path) -> None:
    """Whatever its length, a file that lacks its end is no model."""
    content = saved.read_bytes()
    for length in [0, 1, 7, 8, 9, *range(50, len(content), 97), len(content) - 1]:
        saved.write_bytes(content[:length])
        with pytest.raises(
            ModelFileError, match=r"model\.safetensors is no whole safetensors file"
        ):
            load_model(saved)


def test_any_changed_byte_is_noticed(saved: Path) -> None:
    """A bit changed anywhere in the file is an error, unless it changes nothing that is read.

    The latter happens in the last digit of a number, of which a float needs but some values.
    """
    content = saved.read_bytes()
    model = of_penguins()
    whole = model.network.state_dict(), model.encoder, model.facts
    rng = random.Random(3)
    for place in [*range(12), *(rng.randrange(len(content)) for _ in range(300))]:
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(8)
        saved.write_bytes(changed)
        try:
            read = load_model(saved)
        except ModelFileError:
            continue
        assert (read.network.state_dict(), read.encoder, read.facts) == whole


def test_changed_number_says_so(saved: Path) -> None:
    """The last byte belongs to a weight: the message says that the content was changed."""
    content = bytearray(saved.read_bytes())
    content[-1] ^= 1
    saved.write_bytes(content)
    with pytest.raises(ModelFileError, match="was changed after it was written"):
        load_model(saved)


def test_other_files_are_no_models(tmp_path: Path) -> None:
    """A text, and a safetensors file of another program, are told apart."""
    numpy = pytest.importorskip("numpy")
    from safetensors.numpy import save_file

    path = tmp_path / "other"
    path.write_text("species,island\nAdelie,Dream\n")
    with pytest.raises(ModelFileError, match="other is no whole safetensors file"):
        load_model(path)
    save_file({"x": numpy.zeros(3)}, path)
    with pytest.raises(ModelFileError, match="not one that glassgrad wrote"):
        load_model(path)


def test_newer_format_is_refused(saved: Path) -> None:
    """The message tells both formats and what to do."""
    rewrite(saved, lambda about, tensors: about.update(format=FORMAT + 1))
    with pytest.raises(ModelFileError, match=rf"format {FORMAT + 1}, .* up to {FORMAT}. Update"):
        load_model(saved)


def test_older_format_is_migrated(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the format before is brought up to date step by step."""
    rewrite(saved, lambda about, tensors: about.update(notes=about.pop("facts")))
    monkeypatch.setattr(model_file, "FORMAT", FORMAT + 1)
    monkeypatch.setitem(
        model_file.MIGRATIONS, FORMAT, lambda about: {**about, "facts": about["notes"]}
    )
    assert load_model(saved).facts == {"table": "penguins", "seed": 1}


def _no_weight(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    del tensors["layers.1.weight"]


def _single_precision(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    tensors["layers.1.bias"] = tensors["layers.1.bias"].astype("float32")


def _infinite(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    tensors["layers.0.weight"][2, 3] = math.inf


def _sizes(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    about["sizes"] = [10, 5, 2]


def _huge(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    about["sizes"] = "many"


def _activation(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    about["activations"] = ["gelo", "linear"]


def _encoder(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    about["encoder"]["columns"][3]["scale"] = 0.0


def _nothing(about: dict[str, Any], tensors: dict[str, Any]) -> None:
    about.pop("encoder")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_no_weight, r"needs the tensors .*layers\.1\.weight"),
        (_single_precision, r"but has .*'layers\.1\.bias': 'float32\[3\]'"),
        (_infinite, r"a weight or bias of layers\.0 is not finite"),
        (_sizes, r"sizes \[10, 5, 2\] does not fit 10 inputs and 3 outputs"),
        (_huge, "does not describe a model"),
        (_activation, "no activation 'gelo'. Did you mean 'gelu'"),
        (_encoder, "does not describe an input column"),
        (_nothing, "does not describe a model: 'encoder'"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    change: Callable[[dict[str, Any], dict[str, Any]], None], message: str, saved: Path
) -> None:
    """Even with a right digest, what does not make a model is refused, and said."""
    rewrite(saved, change)
    with pytest.raises(ModelFileError, match=message):
        load_model(saved)


def test_full_disk_leaves_the_old_model(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model file is replaced whole or not at all."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = saved.read_bytes()
    monkeypatch.setattr("glassgrad.files.os.fsync", full)
    with pytest.raises(OSError, match=r"model.safetensors could not be written: No space left"):
        save_model(saved, of_penguins(hidden=7))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.parametrize("make", [of_penguins, of_two_classes, of_a_number])
def test_many_rows_are_predicted_by_native_code(
    make: Callable[[], TrainedModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gives the outputs that Values give, for several scores, one score and a number."""
    pytest.importorskip("llvmlite")
    network = make().network
    rng = random.Random(2)
    rows = [[rng.gauss(0.0, 1.0) for _ in range(network.sizes[0])] for _ in range(70)]
    wanted = [model_file.plain(network, x) for x in rows]
    assert model_file.plain_all(network, rows) == wanted
    monkeypatch.setattr(model_file, "_PRODUCTS", 0)
    with monkeypatch.context() as patch:
        patch.delattr(model_file, "plain")
        got = model_file.plain_all(network, rows)
    assert leaves(got) == pytest.approx(leaves(wanted), rel=1e-12, abs=1e-14)
    assert [type(output) for output in got] == [type(output) for output in wanted]


def test_an_activation_without_native_code_predicts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation of the user's own, in plain floats, goes row by row."""
    monkeypatch.setattr(model_file, "_PRODUCTS", 0)
    gg.primitive(
        "steep_for_file",
        forward=lambda x: math.tanh(3.0 * x),
        partials=lambda y, _: (3.0 * (1.0 - y * y),),
        domain=[(0.1, 2.0)],
        says="A steeper tanh.",
    )
    network = MLP(1, [1], activation="steep_for_file", rng=random.Random(3))
    rows = [[0.01 * k] for k in range(70)]
    assert model_file.plain_all(network, rows) == [network(x).data for x in rows]
    del gg.ops.TABLE["steep_for_file"], gg.ops.Operand.steep_for_file


def test_predicts_the_class_of_the_highest_score() -> None:
    """Predictions and probabilities agree with softmax of the outputs, worked out here."""
    model, penguins = of_penguins(), tables.load("penguins")
    outputs = model.outputs(penguins)
    predicted, shares = model.predict(penguins), model.probabilities(penguins)
    for scores, name, probabilities in zip(outputs, predicted, shares, strict=True):
        assert list(probabilities) == ["Adelie", "Chinstrap", "Gentoo"]
        whole = math.fsum(map(math.exp, scores))
        expected = [math.exp(score) / whole for score in scores]
        assert list(probabilities.values()) == pytest.approx(expected, rel=1e-12)
        assert name == max(probabilities, key=probabilities.__getitem__)
    assert len(set(predicted)) > 1


def test_two_classes_have_one_logit() -> None:
    """At x = 1 the logit is 1, at x = -1 it is -3: sigmoids of these are the second class's."""
    model = of_two_classes()
    rows = [{"x": 1}, {"x": "-1", "more": None}]
    assert model.predict(rows) == ["yes", "no"]
    first, second = model.probabilities(rows)
    assert first == pytest.approx({"no": 1 / (1 + math.e), "yes": 1 / (1 + math.exp(-1))})
    assert second["yes"] == pytest.approx(1 / (1 + math.exp(3)))


def test_number_comes_back_in_its_own_unit() -> None:
    """Where x is 13, 1.5 deviations above its mean, y is 0.75 of its own above the mean 10."""
    model = of_a_number()
    spread = math.sqrt((4 + 6.25 + 4 + 2.25) / 4)
    assert model.predict([{"x": 13.0}]) == pytest.approx([10 + 0.75 * spread])
    with pytest.raises(ValueError, match="'y'; only classes have probabilities"):
        model.probabilities([{"x": 13.0}])


def test_other_columns_than_trained_are_refused() -> None:
    """The message names the lacking columns, and a name that is near."""
    with pytest.raises(DataError, match=r"the rows lacks 1 column .*'x' \(is it 'X'\?\)"):
        of_two_classes().predict([{"X": 1.0}])
    with pytest.raises(DataError, match=r"'x' is numeric, but 1 cell is not: 'one' \(line 2\)"):
        of_two_classes().predict([{"x": 1.0}, {"x": "one"}])


def test_hinge_scores_are_no_probabilities() -> None:
    """A model trained on the hinge loss has scores without a scale."""
    model = of_two_classes()
    trained = TrainedModel(model.network, model.encoder, {"loss": "hinge"})
    assert trained.predict([{"x": 1}]) == ["yes"]
    with pytest.raises(ValueError, match="hinge"):
        trained.probabilities([{"x": 1}])


def test_folder_of_a_run_is_its_model(saved: Path, tmp_path: Path) -> None:
    """A folder with a model is taken for it; one without is told."""
    rows = tables.load("penguins")
    assert load_model(tmp_path).predict(rows) == load_model(saved).predict(rows)
    saved.unlink()
    with pytest.raises(ModelFileError, match=r"There is no model\.safetensors in the folder"):
        load_model(tmp_path)


def test_wrong_arguments_are_told_in_words(saved: Path) -> None:
    """A model where the path goes, a bare network, and rows without names."""
    model = load_model(saved)
    for path, given in ((model, str(saved)), (saved, model.network)):
        with pytest.raises(TypeError, match=r"save_model\('model\.safetensors', TrainedModel\("):
            save_model(path, given)
    with pytest.raises(TypeError, match=r"mapping from column to cell.* list came: \[1\.0, 2\.0\]"):
        model.predict([[1.0, 2.0]])
