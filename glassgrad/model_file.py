"""A trained network as one file: safetensors, with all that it takes to predict from a raw table.

The tensors are `layers.0.weight` (nout rows of nin numbers) and `layers.0.bias` (nout numbers) for
each layer, float64. Everything else stands as JSON under the one key `glassgrad` of the header, so
that the same model always gives the same bytes: safetensors writes several keys in no fixed order.
Any program that reads safetensors finds it all; nothing in the file is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .data import Encoder, Table
from .files import write_atomically
from .functions import softmax
from .modes import no_grad
from .nn import MLP
from .ops import sigmoid
from .training.metrics import chosen, number

if TYPE_CHECKING:
    import numpy

    from .draw import Picture

FORMAT = 1
KEY = "glassgrad"
MODEL = "model.safetensors"  # its name in the folder of a run
# To compile takes as long as some 60 rows and a tenth of a second more, in which Values are
# multiplied and added up so many times.
_ROWS, _PRODUCTS = 60, 50_000
# An older format -> what turns its description into the next one's.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class ModelFileError(ValueError):
    """A file is no model, is damaged, or is newer than this version; the message says which."""


@dataclass(frozen=True)
class TrainedModel:
    """A network with the table's columns that it was trained on, ready for new rows.

    Args:
        network: its outputs are one score for each class, a single logit for two classes, or the
            standardised target.
        encoder: from the cells of a table to the network's inputs, and back.
        facts: what is known of the training, as plain data for JSON.
    """

    network: MLP
    encoder: Encoder
    facts: Mapping[str, Any] = field(default_factory=dict)

    def predict(self, rows: Table | Sequence[Mapping[str, object]]) -> list[str] | list[float]:
        """Return the class, or the number in the target's own unit, for each row.

        Args:
            rows: a table, or one mapping from column to cell for each row.

        Raises:
            TypeError: a row is no mapping.
            DataError: columns of the training are missing, or cells are no numbers.
        """
        outputs = self.outputs(rows)
        if self.encoder.task == "regression":
            return self.encoder.decode([number(output) for output in outputs])
        return self.encoder.decode([chosen(output) for output in outputs])

    def probabilities(self, rows: Table | Sequence[Mapping[str, object]]) -> list[dict[str, float]]:
        """Return the probability of each class for each row.

        Raises:
            ValueError: the model predicts a number, or was trained on the hinge loss.
            DataError: as for `predict`.
        """
        names = self.encoder.classes
        if not names:
            raise ValueError(
                f"The model predicts a number, {self.encoder.target!r}; only classes have"
                " probabilities."
            )
        if self.facts.get("loss") == "hinge":
            raise ValueError(
                "The model was trained on the hinge loss, which gives scores, not probabilities;"
                " train it on cross_entropy for those."
            )
        found = []
        for output in self.outputs(rows):
            if isinstance(output, list):
                shares = softmax(output)
            else:
                shares = [sigmoid(-output), sigmoid(output)]
            found.append(dict(zip(names, shares, strict=True)))
        return found

    def outputs(self, rows: Table | Sequence[Mapping[str, object]]) -> list[Any]:
        """Return what the network says of each row, as plain numbers or lists of them."""
        table = rows if isinstance(rows, Table) else _as_table(rows)
        return plain_all(self.network, self.encoder.inputs(table))

    def picture(self, x: Sequence[float] | None = None) -> Picture:
        """Draw the network, with the names of its inputs and outputs; `x` is a row's inputs."""
        from . import draw

        classes = self.encoder.classes
        outputs = classes if len(classes) > 2 else [*classes[1:]] or [self.encoder.target]
        features = self.encoder.features
        return draw.network(self.network, x, features=features, classes=outputs)


def plain(network: MLP, x: Sequence[float]) -> Any:
    """Return the output of a network for one row as a number, or a list of numbers."""
    with no_grad():
        output = network(x)
    return [number(score) for score in output] if isinstance(output, list) else number(output)


def plain_all(network: MLP, rows: Sequence[Sequence[float]]) -> list[Any]:
    """Return as `plain` the output for each row; of many rows by native code.

    Its last digits differ from those of `plain`. How much there is to compute decides.
    """
    if (len(rows) - _ROWS) * len(network.parameters()) > _PRODUCTS:
        from .compiler.ir.unsupported import Unsupported

        try:
            return _natively(network, rows)
        except (ImportError, Unsupported, TypeError):
            pass  # without native code, or for an activation of which there is none
    return [plain(network, x) for x in rows]


def _natively(network: MLP, rows: Sequence[Sequence[float]]) -> list[Any]:
    from .compiler import compile
    from .compiler.running.backends import Native

    def outputs(x: Any) -> Any:
        return network(x)

    with no_grad():
        found = compile(outputs, backend=Native()).numbers(rows, each=["x"])
    scores: list[Any] = (found[:, 0] if found.shape[1] == 1 else found).tolist()
    return scores


def _as_table(rows: Sequence[Mapping[str, object]]) -> Table:
    """Put rows given as mappings into a table of text; an absent column stays absent."""
    for row in rows:
        if not isinstance(row, Mapping):
            raise TypeError(
                "Each row is a mapping from column to cell, such as {'island': 'Dream'}, but"
                f" {type(row).__name__} came: {row!r:.80}. The network takes numbers that are"
                " encoded already: model.network(x)."
            )
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [["" if row.get(c) is None else str(row.get(c)) for c in columns] for row in rows]
    return Table(columns, cells, list(range(1, len(rows) + 1)), "the rows")


def save_model(path: str | os.PathLike[str], model: TrainedModel) -> None:
    """Write a model file, whole or not at all.

    Raises:
        TypeError: the model is no TrainedModel; says how to make one.
        OSError: it cannot be written; a file that was there before is untouched.
    """
    given: object = model  # whatever came
    if not isinstance(given, TrainedModel):
        raise TypeError(
            f"save_model takes a path and a TrainedModel, not {type(path).__name__} and"
            f" {type(given).__name__}: save_model('{MODEL}', TrainedModel(network, encoder))."
        )
    from safetensors.numpy import save

    about = _about(model)
    tensors = _tensors(model.network)
    about["digest"] = _digest(about, tensors)
    write_atomically(path, save(tensors, {KEY: json.dumps(about)}))


def load_model(path: str | os.PathLike[str]) -> TrainedModel:
    """Read a model file, or that in the folder of a run.

    Raises:
        ModelFileError: it is no model file, was cut short or changed, or comes from a newer
            version of glassgrad.
        OSError: it cannot be read.
    """
    if Path(path).is_dir():
        path = Path(path) / MODEL
        if not path.exists():
            raise ModelFileError(f"There is no {MODEL} in the folder {path.parent}; name the file.")
    tensors, about = _parse(Path(path).read_bytes(), path)
    version = about.get("format")
    if not isinstance(version, int) or version > FORMAT:
        raise ModelFileError(
            f"{path} has format {version}, and this version of glassgrad reads up to {FORMAT}."
            " Update glassgrad to read it."
        )
    if about.pop("digest", None) != _digest(about, tensors):
        raise ModelFileError(
            f"{path} was changed after it was written: its content does not fit its digest."
            " Take a copy that is whole, or train again."
        )
    for older in range(version, FORMAT):
        about = MIGRATIONS[older](about)
    try:
        return _rebuild(about, tensors)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{path} does not describe a model: {error}") from error


def _about(model: TrainedModel) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "sizes": list(model.network.sizes),
        "activations": list(model.network.activations),
        "encoder": model.encoder.to_dict(),
        "facts": dict(model.facts),
    }


def _tensors(network: MLP) -> dict[str, numpy.ndarray[Any, Any]]:
    import numpy

    tensors = {}
    for i, layer in enumerate(network.layers):
        weight = [[w.data for w in neuron.w] for neuron in layer.neurons]
        tensors[f"layers.{i}.weight"] = numpy.array(weight, dtype="<f8")
        tensors[f"layers.{i}.bias"] = numpy.array([n.b.data for n in layer.neurons], dtype="<f8")
    return tensors


def _digest(about: Mapping[str, Any], tensors: Mapping[str, Any]) -> str:
    """Return the sha256 of all that the file says."""
    whole = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(tensors):
        whole.update(f"{name} {tensors[name].dtype} {tensors[name].shape}".encode())
        whole.update(tensors[name].tobytes())
    return whole.hexdigest()


def _parse(content: bytes, path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the tensors and what is said about them."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        about = json.loads(header["__metadata__"][KEY])
        if not isinstance(about, dict):
            raise TypeError
    except SafetensorError as error:
        raise ModelFileError(
            f"{path} is no whole safetensors file ({error}). It was cut short or changed, or is"
            " something else; models end in .safetensors."
        ) from None
    except (KeyError, TypeError, ValueError):
        raise ModelFileError(
            f"{path} is a safetensors file, but not one that glassgrad wrote: its header lacks"
            f" {KEY!r}."
        ) from None
    return tensors, about


def _rebuild(about: Mapping[str, Any], tensors: Mapping[str, Any]) -> TrainedModel:
    """Build the model, and make sure that its parts fit each other."""
    nin, *nouts = about["sizes"]
    encoder = Encoder.from_dict(about["encoder"])
    scores = len(encoder.classes) if len(encoder.classes) > 2 else 1
    if (nin, nouts[-1]) != (len(encoder.features), scores):
        raise ValueError(
            f"a network of sizes {about['sizes']} does not fit {len(encoder.features)} inputs and"
            f" {scores} outputs."
        )
    network = MLP(nin, nouts, activation=about["activations"], init="zero")
    wanted = _tensors(network)
    if _shapes(wanted) != _shapes(tensors):
        raise ValueError(f"it needs the tensors {_shapes(wanted)}, but has {_shapes(tensors)}.")
    for i, layer in enumerate(network.layers):
        weights, biases = (tensors[f"layers.{i}.{part}"].tolist() for part in ("weight", "bias"))
        for neuron, row, bias in zip(layer.neurons, weights, biases, strict=True):
            if not all(map(math.isfinite, [*row, bias])):
                raise ValueError(f"a weight or bias of layers.{i} is not finite.")
            for w, data in zip(neuron.w, row, strict=True):
                w.data = data
            neuron.b.data = bias
    return TrainedModel(network, encoder, about["facts"])


def _shapes(tensors: Mapping[str, Any]) -> dict[str, str]:
    """Return the type and the shape of each tensor, as text."""
    return {name: f"{t.dtype}{list(t.shape)}" for name, t in sorted(tensors.items())}
