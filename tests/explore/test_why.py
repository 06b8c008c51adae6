"""A gradient taken apart: paths and samples add up to what the engine gives."""

import itertools
import math
import random

import pytest

import glassgrad as gg
from glassgrad.explore.inside.reading import read
from glassgrad.explore.inside.recipe import recipe_of
from glassgrad.explore.inside.subjects import OfSample, OfValue
from glassgrad.explore.messages.why import Part, Why
from glassgrad.explore.why.because import because
from glassgrad.explore.why.paths import count_paths, paths_up
from glassgrad.losses import squared
from glassgrad.nn import MLP


def subject(activation: str = "tanh", outputs: int = 1) -> OfSample:
    """A network and 30 samples, 24 of them to train on."""
    rng = random.Random(11)
    model = MLP(2, [5, 4, outputs], ["tanh", activation, "linear"], rng=rng)
    inputs = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(30)]
    targets = [
        rng.uniform(-1, 1) if outputs == 1 else [rng.uniform(-1, 1)] * outputs for _ in inputs
    ]
    return OfSample(model, inputs, targets, squared, training=range(24))


def gradient(of: OfSample, name: str, samples: range) -> float:
    """The gradient of the mean loss, by one backward pass over the whole batch."""
    model = of.model
    assert isinstance(model, MLP)
    model.zero_grad()
    losses = [of.loss(model(of.inputs[i]), of.targets[i]) for i in samples]
    (sum(losses) / len(losses)).backward()
    found = dict(model.named_parameters())[name].grad
    model.zero_grad()
    return found


def total(parts: list[Part]) -> float:
    """The sum of all rows."""
    return math.fsum(float(part.share) for part in parts)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
@pytest.mark.parametrize("name", ["layers[0].neurons[3].w[0]", "layers[1].neurons[2].b"])
def test_parts_add_up_to_the_gradient(activation: str, outputs: int, name: str) -> None:
    """By neuron, by path and by sample the rows add up to the gradient of the mean loss."""
    of = subject(activation, outputs)
    found = because(of, Why(1, name))
    wanted = gradient(of, name, range(24))
    assert found.gradient == pytest.approx(wanted, rel=1e-12)
    for parts in (found.through, found.paths, found.by_sample):
        assert total(parts) == pytest.approx(wanted, rel=1e-12, abs=1e-15)
        sizes = [abs(float(part.share)) for part in parts if part.count == 1]
        assert sizes == sorted(sizes, reverse=True)
    assert len(found.samples) == 24


def test_last_layer_has_no_further_neurons() -> None:
    """A weight of the last layer reaches the loss at once."""
    of = subject()
    found = because(of, Why(1, "layers[2].neurons[0].w[1]"))
    assert (found.through, found.paths) == ([], [])
    assert found.gradient == pytest.approx(gradient(of, "layers[2].neurons[0].w[1]", range(24)))


def test_edges_carry_what_comes_through_them() -> None:
    """Across each later layer the edges together bring the whole gradient."""
    of = subject()
    found = because(of, Why(1, "layers[0].neurons[1].w[1]"))
    for layer in found.edges:
        brought = math.fsum(float(x) for row in layer for x in row)
        assert brought == pytest.approx(float(found.gradient), rel=1e-12)


def test_one_sample_alone() -> None:
    """For one sample the gradient is that of its own loss, and there is nothing to share out."""
    of = subject()
    found = because(of, Why(1, "layers[0].neurons[3].w[0]", 7))
    assert found.gradient == pytest.approx(gradient(of, "layers[0].neurons[3].w[0]", range(7, 8)))
    assert found.by_sample == []


def test_trained_network_is_not_touched() -> None:
    """No parameter gets a gradient, and none is moved."""
    of = subject()
    assert isinstance(of.model, MLP)
    before = of.model.state_dict()
    because(of, Why(1, "layers[0].neurons[0].b"))
    assert of.model.state_dict() == before
    assert all(p.grad == 0.0 for p in of.model.parameters())


def test_unknown_names_and_samples_are_refused() -> None:
    """What is not there is named, with what is."""
    with pytest.raises(ValueError, match="no parameter 'x'"):
        because(subject(), Why(1, "x"))
    with pytest.raises(ValueError, match="30 samples"):
        because(subject(), Why(1, "layers[0].neurons[0].b", 30))
    with pytest.raises(ValueError, match="no 'q' here, but a, b"):
        because(OfValue(gg.Value(1.0, label="a") * gg.Value(2.0, label="b")), Why(1, "q"))


def test_paths_of_an_expression_come_largest_first() -> None:
    """In f = (a*b) * (a+b) at a=-2, b=3: the paths of a bring 3 and -6 to its gradient of -3."""
    a, b = gg.Value(-2.0, label="a"), gg.Value(3.0, label="b")
    d, e = a * b, a + b
    d.label, e.label = "d", "e"
    f = d * e
    f.label = "f"
    found = because(OfValue(f), Why(1, "a"))
    assert found.gradient == -3.0
    assert [(part.name, part.share) for part in found.paths] == [("e → f", -6.0), ("d → f", 3.0)]


def test_paths_are_all_there_and_in_order() -> None:
    """Best first gives every path once, as listing them all and sorting does."""
    rng = random.Random(3)
    model = MLP(2, [3, 3, 1], rng=rng)
    loss = squared(model([gg.Value(0.3, label="x"), 0.7]), 0.4)
    reading = read(recipe_of(loss))
    node = reading.recipe.names.index("x")
    found = list(paths_up(reading, node))
    assert len(found) == count_paths(reading, node) == 3 * 3 * 2
    sizes = [abs(path.share) for path in found]
    assert all(a >= b - 1e-15 for a, b in itertools.pairwise(sizes))
    assert math.fsum(path.share for path in found) == pytest.approx(reading.grads[node], rel=1e-12)


def test_more_paths_than_could_be_listed() -> None:
    """Of 2 ** 60 paths the largest come at once, and the rest is one row."""
    x = gg.Value(0.9, label="x")
    y = x
    for _ in range(60):
        y = y * 0.3 + y * 0.7
    found = because(OfValue(y), Why(1, "x"))
    assert float(found.paths[0].share) == pytest.approx(0.7**60, rel=1e-9)
    assert total(found.paths) == pytest.approx(1.0, rel=1e-12)
    assert found.paths[-1].count > 1
