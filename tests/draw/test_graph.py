"""Expressions as pictures: what a box says, what a card gathers, what stays readable."""

import math
import random
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value, draw
from glassgrad.draw.expression import read_expression
from glassgrad.draw.fold import Folding
from glassgrad.draw.measure import text_width

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: draw.Picture) -> list[str]:
    """Every text in an SVG picture, in the order drawn."""
    return [element.text or "" for element in ET.fromstring(picture.svg()).iter(f"{SVG}text")]


def boxes(picture: draw.Picture) -> list[ET.Element]:
    """The groups that are boxes: those that tell their exact numbers on hover."""
    groups = ET.fromstring(picture.svg()).iter(f"{SVG}g")
    return [group for group in groups if group.find(f"{SVG}title") is not None]


def frame(box: ET.Element) -> ET.Element:
    """The outline of a box."""
    found = box.find(f"{SVG}rect")
    assert found is not None
    return found


def test_a_box_says_operation_label_data_and_gradient(neuron: Any) -> None:
    """After backward each box of the lecture's neuron has label and numbers to four decimals."""
    neuron.backward()
    picture = draw.graph(neuron)
    found = [[t.text for t in box.iter(f"{SVG}text")] for box in boxes(picture)]
    assert ["x1", "+2.0000", "∂ −1.5000"] in found
    assert ["w1", "−3.0000", "∂ +1.0000"] in found
    assert ["x2", "0.0000", "∂ +0.5000"] in found
    assert ["w2", "+1.0000", "∂ 0.0000"] in found
    assert ["×", "x1w1", "−6.0000", "∂ +0.5000"] in found
    assert ["+", "n", "+0.8814", "∂ +0.5000"] in found
    assert ["tanh", "o", "+0.7071", "∂ +1.0000"] in found
    assert len(found) == 10  # an operation is no box of its own


def test_hovering_tells_the_numbers_in_full(neuron: Any) -> None:
    """The title of a box has name, value and gradient with all their digits."""
    neuron.backward()
    titles = [box.findtext(f"{SVG}title") for box in boxes(draw.graph(neuron))]
    assert f"o = {neuron.data!r}, gradient 1.0" in titles


def test_boxes_are_dashed_until_backward(neuron: Any) -> None:
    """Before backward every outline is dashed and the caption says so; afterwards none is."""
    before = draw.graph(neuron)
    assert all("stroke-dasharray" in frame(box).attrib for box in boxes(before))
    assert "before backward()" in texts(before)[-1]
    neuron.backward()
    after = draw.graph(neuron)
    assert not any("stroke-dasharray" in frame(box).attrib for box in boxes(after))
    assert texts(after)[-1].startswith("∂ gradient of o")


def test_a_picture_keeps_the_moment_it_was_taken(neuron: Any) -> None:
    """A picture shows the numbers at the time of the call, whatever happens to the values later."""
    picture = draw.graph(neuron)
    neuron.backward()
    assert "before backward()" in picture.svg()


def test_parameters_have_a_bar(neuron: Any) -> None:
    """Leaves given as parameters have a second rectangle, the bar; other leaves have none."""
    product = neuron._prev[0]._prev[0]._prev[0]
    weight = product._prev[1]
    found = {
        box.findtext(f"{SVG}text"): len(box.findall(f"{SVG}rect"))
        for box in boxes(draw.graph(neuron, parameters=[weight]))
    }
    assert (found["w1"], found["x1"], found["b"]) == (2, 1, 1)


def test_operations_are_rounded_and_leaves_square(neuron: Any) -> None:
    """The corner radius of an outline is larger for what was computed than for what was given."""
    radius = {
        [t.text for t in box.iter(f"{SVG}text")][-2]: float(frame(box).attrib["rx"])
        for box in boxes(draw.graph(neuron))
    }
    assert radius["+2.0000"] < radius["−6.0000"]


def corner(box: ET.Element) -> tuple[float, float]:
    """Where a box stands."""
    x, y = re.findall(r"[\d.]+", box.attrib["transform"])
    return float(x), float(y)


def test_directions(neuron: Any) -> None:
    """From left to right, or from top to bottom, each value stands after those it reads."""
    for direction, axis in (("LR", 0), ("TB", 1)):
        found = {
            (box.findtext(f"{SVG}title") or "").split(" = ")[0]: corner(box)[axis]
            for box in boxes(draw.graph(neuron, direction=direction))  # type: ignore[arg-type]  # both are directions
        }
        assert found["x1"] == found["w2"] < found["x1w1"] < found["both"] < found["n"] < found["o"]
        assert found["b"] == found["both"]


def test_several_roots_share_one_picture() -> None:
    """Two outputs of one input are drawn together, the input once."""
    a = Value(2.0, label="a")
    assert len(boxes(draw.graph([a * 3, a + 1]))) == 5


def test_numbers_that_are_none_stand_out() -> None:
    """Nan and inf are written as such, in plum, and mark the outline of their box."""
    a = Value(math.inf, label="a")
    picture = draw.graph(a - a)
    assert {"+inf", "nan"} <= set(texts(picture))
    assert all(frame(box).attrib["stroke"] == "#9c2a70" for box in boxes(picture))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_label_gives_valid_xml_inside_its_box(first: str, second: str) -> None:
    """Whatever the labels hold, the file parses and each text lies inside its box."""
    a = Value(1.25, label=first)
    b = a * 2
    b.label = second
    for box in boxes(draw.graph(b)):
        width = float(frame(box).attrib["width"])
        for text in box.iter(f"{SVG}text"):
            size = float(text.attrib.get("font-size", 12))
            face = "mono" if "font-family" in text.attrib else "regular"
            face = "bold" if "font-weight" in text.attrib else face
            measured = text_width(text.text or "", size, face)  # type: ignore[arg-type]  # narrowed above
            anchor, x = text.attrib.get("text-anchor", "start"), float(text.attrib["x"])
            left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * measured
            assert left >= 0
            assert left + measured <= width + 0.01


def test_no_texts_of_a_card_meet(large_graph: Any) -> None:
    """On each line of each card the texts follow each other without touching."""
    for box in boxes(draw.graph(large_graph)):
        lines: dict[float, list[tuple[float, float]]] = {}
        for text in box.iter(f"{SVG}text"):
            size = float(text.attrib.get("font-size", 12))
            face = "mono" if "font-family" in text.attrib else "regular"
            face = "bold" if "font-weight" in text.attrib else face
            measured = text_width(text.text or "", size, face)  # type: ignore[arg-type]  # narrowed above
            share = {"start": 0.0, "middle": 0.5, "end": 1.0}[
                text.attrib.get("text-anchor", "start")
            ]
            left = float(text.attrib["x"]) - share * measured
            lines.setdefault(float(text.attrib["y"]), []).append((left, left + measured))
        for spans in lines.values():
            spans.sort()
            assert all(a[1] < b[0] for a, b in pairwise(spans))


# ----------------------------------------------------------------------------------------- folding


def test_the_large_graph_folds_into_its_neurons(large_graph: Any) -> None:
    """366 values become 21 boxes: two inputs, 18 hidden neurons, the output with the loss."""
    assert len(boxes(draw.graph(large_graph))) == 21
    assert texts(draw.graph(large_graph))[-3].endswith("366 values in 21 boxes")


def test_a_card_has_a_row_for_each_weight(large_graph: Any) -> None:
    """A neuron's card names it after its weights and has their values and gradients as rows."""
    card = next(
        box
        for box in boxes(draw.graph(large_graph))
        if "L1.n2" in [t.text for t in box.iter(f"{SVG}text")]
    )
    said = [t.text for t in card.iter(f"{SVG}text")]
    assert said[:2] == ["ReLU", "L1.n2"]
    assert said[4::3] == ["b", *(f"w{i}" for i in range(9)), "∑"]
    weight = next(v for v in values_of(large_graph) if v.label == "L1.n2.w0")
    row = said[said.index("w0") :][:3]
    assert float(row[1].replace("−", "-")) == pytest.approx(weight.data, abs=5e-5)
    assert float(row[2][2:].replace("−", "-")) == pytest.approx(weight.grad, abs=5e-5)


def values_of(root: Any) -> list[Any]:
    """All values of an expression."""
    return list(read_expression([root], {}).values)


def test_an_edge_has_the_colour_of_its_weight(large_graph: Any) -> None:
    """Edges of negative weights are vermillion, of positive ones blue; larger is thicker."""
    paths = list(ET.fromstring(draw.graph(large_graph).svg()).iter(f"{SVG}path"))
    widths = {
        colour: [float(p.attrib["stroke-width"]) for p in paths if p.get("stroke") == colour]
        for colour in ("#d55e00", "#0072b2")
    }
    weights = [v.data for v in values_of(large_graph) if re.match(r"L\d\.n\d\.w", v.label)]
    minus = sum(weight < 0 for weight in weights)
    assert len(widths["#d55e00"]) == minus + 1  # one is in the legend
    assert len(widths["#0072b2"]) == len(weights) - minus + 1


def test_larger_weights_are_thicker() -> None:
    """The width of an edge grows with the size of its weight, whatever the sign."""
    x = [Value(1.0, label=f"x{i}") for i in range(3)]
    weights = [Value(w, label=f"w{w}") for w in (0.5, -1.0, 2.0)]
    total: Any = sum((w * v for w, v in zip(weights, x, strict=True)), Value(0.1, label="b"))
    paths = ET.fromstring(draw.graph(total, fold=True, parameters=weights).svg()).iter(f"{SVG}path")
    widths = [float(p.attrib["stroke-width"]) for p in paths if "stroke-opacity" in p.attrib]
    assert widths[0] < widths[1] < widths[2]


def test_one_long_name_does_not_widen_the_picture() -> None:
    """A name of 200 letters is shortened: no box and no card is wider than for 30 letters."""
    for fold, most in ((False, 200), (True, 400)):
        widths = set()
        for length in (30, 200):
            weight = Value(1.0, label="m" * length)
            picture = draw.graph(weight * 2.0 + Value(3.0, label="b"), fold=fold)
            widths.add(max(float(frame(box).attrib["width"]) for box in boxes(picture)))
        assert len(widths) == 1
        assert widths.pop() < most


def sum_of(folding: Folding, top: int) -> float:
    """A card's sum, computed anew from what its rows show."""
    e = folding.expression
    total = 0.0
    for term in folding.cards[top].terms:
        value = e.values[term.shown].data
        if term.weighs:
            factor = float(term.times[2:].replace("−", "-")) if term.times else 1.0
            value *= math.prod(e.values[tail].data for tail in term.entering) * factor
        total += -value if term.minus else value
    return total


@given(st.integers(0, 10**6))
def test_rows_add_up_to_their_sum(seed: int) -> None:
    """In random expressions each card's rows, taken with their signs, add up to the card's sum."""
    chance = random.Random(seed)
    pool: list[Any] = [Value(float(chance.randint(-4, 4)), label=f"v{i}") for i in range(4)]
    for _ in range(chance.randint(1, 25)):
        a, b = chance.choice(pool[-6:]), chance.choice(pool)
        operation = chance.choice("++++--***ft2")
        made = {
            "+": lambda a=a, b=b: a + b,
            "-": lambda a=a, b=b: a - b,
            "*": lambda a=a, b=b: a * b,
            "f": lambda a=a: a * 0.5,
            "t": lambda a=a: a.tanh(),
            "2": lambda a=a: a**2,
        }[operation]()
        pool.append(made)
    folding = Folding(read_expression([pool[-1]], {}))
    for top, card in folding.cards.items():
        total = folding.expression.values[card.total].data
        assert sum_of(folding, top) == pytest.approx(total, rel=1e-9, abs=1e-9)
    shown = set(range(len(folding.expression.values))) - folding.absorbed
    entering = {n for card in folding.cards.values() for term in card.terms for n in term.entering}
    assert entering <= shown
    assert set(folding.cards) <= shown


def test_two_computed_values_added_stay_an_operation() -> None:
    """A sum of two values that others read, too, is no weighted sum: it stays a box."""
    a, b = Value(1.0).tanh(), Value(2.0).tanh()
    picture = draw.graph([a + b, a, b], fold=True)
    assert "∑" not in texts(picture)


def test_a_named_value_keeps_its_box() -> None:
    """A product that the user has named is not taken into the sum that reads it."""
    a, w = Value(2.0, label="a").tanh(), Value(3.0, label="w")
    product = a * w
    product.label = "p"
    total = product + Value(1.0, label="b")
    assert "p" in texts(draw.graph(total, fold=True))


def test_plain_numbers_are_told_from_weights() -> None:
    """In x * w and w * x alike the number is the factor and the Value is the row's weight."""
    w, v, b = Value(3.0, label="w"), Value(4.0, label="v"), Value(1.0, label="b")
    said = texts(draw.graph(2.0 * w + v * 5.0 + b, fold=True))
    assert {"w × 2.0000", "v × 5.0000", "b"} <= set(said)


def test_long_sums_keep_their_largest_gradients() -> None:
    """A card of 40 rows shows the 13 with the largest gradients, and says how many more."""
    leaves = [Value(1.0, label=f"a{i}") for i in range(40)]
    total = sum((leaf * float(i) for i, leaf in enumerate(leaves)), Value(0.0))
    total.backward()
    said = texts(draw.graph(total, fold=True))
    assert "and 27 more" in said
    assert {f"a{i} × {i}.0000" for i in range(27, 40)} <= set(said)
    assert "a26 × 26.0000" not in said


def test_a_model_names_its_parameters() -> None:
    """With parameters=model the cards are named after the neurons, their rows after the weights."""
    model = gg.nn.MLP(2, [9, 9, 1])
    said = texts(draw.graph(model([0.5, -0.5]), parameters=model))
    assert "layers[1].neurons[8]" in said
    assert "w[8]" in said


def test_too_many_boxes_are_refused_with_their_number() -> None:
    """An expression too large even when folded raises, says how large, and how to force it."""
    value = Value(0.5)
    for _ in range(700):
        value = value.tanh()
    with pytest.raises(ValueError, match=r"701 values.*limit=701"):
        draw.graph(value)
    assert len(boxes(draw.graph(value, limit=701))) == 701


def test_a_very_long_chain_is_one_card() -> None:
    """A sum of 20,000 terms neither recurses nor fills the page."""
    total = Value(0.0)
    for _ in range(20_000):
        total = total + 1.0
    assert "and 19987 more" in draw.graph(total).svg()


def test_empty_and_single() -> None:
    """No value gives an empty picture, one value a single box."""
    assert boxes(draw.graph([])) == []
    assert len(boxes(draw.graph(Value(3.0)))) == 1


@pytest.mark.parametrize("wrong", [3.0, "loss", [1.0, 2.0]])
def test_what_is_no_value_is_refused(wrong: Any) -> None:
    """The message says what a value has and what this one has not."""
    with pytest.raises(TypeError, match="has no data"):
        draw.graph(wrong)


def test_parents_in_a_set_are_drawn_the_same_each_time() -> None:
    """The lecture keeps parents in a set, which has no order; the picture has one."""

    class Node:
        def __init__(self, data: float, parents: set[Any], op: str, label: str) -> None:
            self.data, self.grad, self.label = data, 0.0, label
            self._prev, self._op = parents, op

    def picture() -> str:
        leaves = [Node(float(i), set(), "", f"leaf{i}") for i in range(5)]
        return draw.graph(Node(0.0, set(leaves), "join", "out")).svg()

    assert len({picture() for _ in range(20)}) == 1
