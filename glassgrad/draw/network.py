"""Draws a network by its neurons: a card each, its weights as rows, its inputs as edges."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .diagram import MOST_ROWS, Box, Column, Diagram, Edge, Row
from .picture import Picture, picture_of_diagram

MOST_NEURONS = 12
"""A layer of more neurons shows two fewer than this, and says how many more there are."""
ROWS_PER_COLUMN = 60
"""A layer with more weights to show draws them as bars, without their numbers."""


def network(
    model: Any,
    x: Sequence[Any] | None = None,
    *,
    features: Sequence[str] = (),
    classes: Sequence[str] = (),
) -> Picture:
    """A picture of a network, by the cards of its neurons.

    Colour and thickness of an edge say the sign and the size of its weight; the number with its
    sign stands in the row where the edge ends. Gradients are shown once there are any. Of more
    than 12 neurons in a layer those with the largest gradients stay (before backward() the first
    and the last).

    Args:
        model: Anything built like the lecture's classes: it has `layers`, or `neurons`, or `w`
            and `b`.
        x: One sample. The network is run on it, and each neuron shows its output.
        features: What the inputs are called, one name each; x[0], x[1], ... if left out.
        classes: What the outputs are called, likewise; [0], [1], ... if left out.

    Raises:
        TypeError: The model has none of these attributes.
        ValueError: The sample has another length than the network has inputs, or there are not as
            many names as inputs or outputs.

    >>> from types import SimpleNamespace
    >>> from glassgrad import Value
    >>> picture = network(SimpleNamespace(w=[Value(0.5), Value(-1.0)], b=Value(0.1)))
    """
    layers = _layers(model)
    inputs = [_number(value) for value in x] if x is not None else None
    nin = len(layers[0][0].w)
    if inputs is not None and len(inputs) != nin:
        raise ValueError(
            f"x is one sample with a number for each of the {nin} inputs, "
            f"but it has {len(inputs)}: {list(x or ())!r:.60}"
        )
    _check_names("features", features, nin, "inputs")
    _check_names("classes", classes, len(layers[-1]), "outputs")
    builder = _Builder(layers, x, inputs, features, classes)
    return picture_of_diagram(builder.diagram(type(model).__name__))


def _check_names(what: str, names: Sequence[str], count: int, of: str) -> None:
    if names and len(names) != count:
        raise ValueError(f"{what} names each of the {count} {of}, but it has {len(names)} names")


def _layers(model: Any) -> list[list[Any]]:
    """The neurons of each layer.

    A model says by its attributes what it is; no class is asked for.
    """
    if hasattr(model, "layers"):
        layers = [list(layer.neurons) for layer in model.layers]
    elif hasattr(model, "neurons"):
        layers = [list(model.neurons)]
    elif hasattr(model, "w") and hasattr(model, "b"):
        layers = [[model]]
    else:
        raise TypeError(
            "a network is drawn from an object with `layers` (each with `neurons`), with "
            "`neurons`, or with `w` and `b`, like MLP, Layer and Neuron; "
            f"{type(model).__name__} has none of them. An expression is drawn by draw.graph."
        )
    if not layers or not all(layers):
        raise ValueError("a network without neurons cannot be drawn")
    return layers


def _number(value: Any) -> float:
    return float(getattr(value, "data", value))


@dataclass(frozen=True)
class _Shown:
    """Which of a layer's values are shown, and the box of each."""

    kept: tuple[int, ...]
    boxes: dict[int, int]


class _Builder:
    """Collects boxes, edges and columns layer by layer."""

    def __init__(
        self,
        layers: list[list[Any]],
        x: Sequence[Any] | None,
        inputs: list[float] | None,
        features: Sequence[str],
        classes: Sequence[str],
    ) -> None:
        self.layers = layers
        self.x = x
        self.inputs = inputs
        self.features = features
        self.classes = classes
        self.boxes: list[Box] = []
        self.edges: list[Edge] = []
        self.columns: list[Column] = []
        parameters = [p for layer in layers for neuron in layer for p in [*neuron.w, neuron.b]]
        self.has_grads = any(float(p.grad) != 0 for p in parameters)
        self.size = len(parameters)

    def diagram(self, name: str) -> Diagram:
        nin = len(self.layers[0][0].w)
        sizes = [nin, *(len(layer) for layer in self.layers)]
        before = self._input_column(nin)
        signal: Any = self.x
        for index, neurons in enumerate(self.layers):
            outputs = [neuron(signal) for neuron in neurons] if signal is not None else None
            before = self._layer_column(index, neurons, outputs, before)
            signal = outputs
        shape = " → ".join(str(size) for size in sizes)
        says = "   ·   ∂ gradient of the last backward()" if self.has_grads else ""
        return Diagram(
            title=f"{name} {shape}: {self.size} parameters",
            caption=f"{shape}, {self.size} parameters{says}",
            boxes=self.boxes,
            edges=self.edges,
            columns=self.columns,
        )

    def _input_column(self, nin: int) -> _Shown:
        kept = _keep([0.0] * nin)
        values = dict(enumerate(self.inputs or ()))
        names = self.features or [f"x[{i}]" for i in range(nin)]
        boxes = {i: self._add(Box(names[i], kind="input", value=values.get(i))) for i in kept}
        self._close_column("inputs", "", boxes, nin)
        return _Shown(kept, boxes)

    def _layer_column(
        self, index: int, neurons: list[Any], outputs: list[Any] | None, before: _Shown
    ) -> _Shown:
        kept = _keep([_largest_gradient(neuron) for neuron in neurons])
        weights = len(neurons[0].w)
        rows = min(weights + 1, MOST_ROWS)
        bars = len(kept) > 1 and len(kept) * rows > ROWS_PER_COLUMN
        last = index == len(self.layers) - 1
        called = self.classes if last and self.classes else [f"[{j}]" for j in range(len(neurons))]
        boxes = {}
        for j in kept:
            neuron = neurons[j]
            out = outputs[j] if outputs else None
            names = range(weights) if bars else before.kept
            box = Box(
                name=called[j],
                op=_activation(neuron, out),
                value=None if out is None else _number(out),
                rows=self._rows(neuron, list(names), weights),
                bars=bars,
            )
            boxes[j] = self._add(box)
            for row, i in enumerate(names):
                if i in before.boxes:
                    weight = float(neuron.w[i].data)
                    self.edges.append(Edge(before.boxes[i], boxes[j], row, weight))
        activations = {self.boxes[box].op for box in boxes.values()} - {""}
        count = f"{len(neurons)} neuron{'s' if len(neurons) > 1 else ''}"
        says = f"{count}, {activations.pop()}" if len(activations) == 1 else count
        name = f"layers[{index}]" if len(self.layers) > 1 else "neurons"
        self._close_column(name, says, boxes, len(neurons))
        return _Shown(kept, boxes)

    def _rows(self, neuron: Any, shown: list[int], weights: int) -> tuple[Row, ...]:
        rows = [self._row(f"w[{i}]", neuron.w[i], weighs=True) for i in shown]
        if len(shown) < weights:
            rows.append(Row(f"and {weights - len(shown)} more"))
        return (*rows, self._row("b", neuron.b, weighs=False))

    def _row(self, name: str, parameter: Any, *, weighs: bool) -> Row:
        grad = float(parameter.grad) if self.has_grads else None
        return Row(name, float(parameter.data), grad, weighs)

    def _add(self, box: Box) -> int:
        self.boxes.append(box)
        return len(self.boxes) - 1

    def _close_column(self, name: str, says: str, boxes: dict[int, int], count: int) -> None:
        column = list(boxes.values())
        if len(column) < count:
            more = self._add(Box(f"and {count - len(column)} more", kind="more"))
            column.insert(_widest_gap([*boxes, count]), more)
        self.columns.append(Column(name, says, tuple(column)))


def _keep(importance: list[float]) -> tuple[int, ...]:
    """Which of a layer's neurons to show, in their order: all, or the most important ones."""
    count = len(importance)
    if count <= MOST_NEURONS:
        return tuple(range(count))
    room = MOST_NEURONS - 2
    if not any(importance):
        return (*range(room - room // 2), *range(count - room // 2, count))
    return tuple(sorted(sorted(range(count), key=lambda i: -importance[i])[:room]))


def _widest_gap(kept: list[int]) -> int:
    """After how many of the kept the most are left out."""
    starts = [-1, *kept]
    return max(range(len(kept)), key=lambda i: kept[i] - starts[i])


def _largest_gradient(neuron: Any) -> float:
    sizes = [abs(float(p.grad)) for p in [*neuron.w, neuron.b]]
    return math.inf if any(map(math.isnan, sizes)) else max(sizes)


def _activation(neuron: Any, out: Any) -> str:
    """The activation's name: what the neuron says, else what its output was computed by."""
    named = getattr(neuron, "activation", None)
    if named is not None:
        return str(getattr(named, "name", None) or getattr(named, "__name__", None) or named)
    op = str(getattr(out, "_op", ""))
    return "linear" if op == "+" else op
