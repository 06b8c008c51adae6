"""glassgrad.data.toy: the made-up sets lie where they should, and are the same each time."""

import math
import random
from collections import Counter
from itertools import pairwise

import pytest

from glassgrad.data import DataError, toy


def test_lecture_points_are_those_of_the_notes() -> None:
    """The four points and their desired outputs, as the lecture writes them."""
    X, y = toy.lecture()
    assert X == [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    assert y == [1.0, -1.0, -1.0, 1.0]


def test_demo_moons_give_the_loss_published_for_the_demo() -> None:
    """The demo's network, redone here with plain floats, begins at loss 0.8958441028683222.

    MLP(2, [16, 16, 1]) with ReLU, weights by random.uniform after random.seed(1337), biases 0;
    max-margin loss plus 1e-4 times the sum of squares.
    """
    X, y = toy.demo_moons()
    rng = random.Random(1337)
    layers = [
        [[rng.uniform(-1.0, 1.0) for _ in range(nin)] for _ in range(nout)]
        for nin, nout in pairwise([2, 16, 16, 1])
    ]

    def score(x: list[float]) -> float:
        for weights in layers[:-1]:
            x = [max(0.0, sum(w * v for w, v in zip(row, x, strict=True))) for row in weights]
        return sum(w * v for w, v in zip(layers[-1][0], x, strict=True))

    margins = [max(0.0, 1.0 - label * score(x)) for x, label in zip(X, y, strict=True)]
    penalty = 1e-4 * sum(w * w for weights in layers for row in weights for w in row)
    assert math.isclose(sum(margins) / 100 + penalty, 0.8958441028683222, rel_tol=1e-15)
    assert Counter(y) == {-1: 50, 1: 50}


def test_xor_is_its_truth_table() -> None:
    """Without noise the four corners come in order, with the exclusive or as class."""
    X, y = toy.xor(7)
    assert y == [int(a) ^ int(b) for a, b in X]
    assert X[:4] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert X[4:] == X[:3]


def test_moons_without_noise_lie_on_two_half_circles() -> None:
    """Class 0 is the upper half around (0, 0), class 1 the lower half around (1, 0.5)."""
    X, y = toy.moons(101, noise=0.0, seed=3)
    for (a, b), label in zip(X, y, strict=True):
        ca, cb, side = [(0.0, 0.0, 1.0), (1.0, 0.5, -1.0)][label]
        assert math.isclose(math.hypot(a - ca, b - cb), 1.0, rel_tol=1e-15)
        assert side * (b - cb) >= -1e-15
    assert Counter(y) == {0: 50, 1: 51}
    ends = [min(X), max(X)]
    assert ends[0] == pytest.approx([-1.0, 0.0], abs=1e-15)
    assert ends[1] == pytest.approx([2.0, 0.5], abs=1e-15)


def test_circles_without_noise_have_their_radii() -> None:
    """Class 0 has radius 1, class 1 radius `factor`, and each is evenly spaced."""
    X, y = toy.circles(60, noise=0.0, factor=0.3)
    for label, radius in enumerate([1.0, 0.3]):
        ring = [x for x, c in zip(X, y, strict=True) if c == label]
        assert all(math.isclose(math.hypot(*x), radius, rel_tol=1e-15) for x in ring)
        angles = sorted(math.atan2(b, a) for a, b in ring)
        steps = [after - before for before, after in pairwise(angles)]
        assert steps == pytest.approx([2 * math.pi / 30] * 29, rel=1e-12)


def test_spirals_without_noise_wind_with_the_radius() -> None:
    """On the arm of class c of 3 the angle is 2 pi (1.5 r + c / 3)."""
    X, y = toy.spirals(90, noise=0.0, classes=3, turns=1.5)
    assert Counter(y) == {0: 30, 1: 30, 2: 30}
    for (a, b), label in zip(X, y, strict=True):
        turn = 1.5 * math.hypot(a, b) + label / 3 - math.atan2(b, a) / (2 * math.pi)
        assert turn == pytest.approx(round(turn), abs=1e-12)


def test_blobs_scatter_about_their_centres() -> None:
    """The mean of 5,000 points is within 5 standard errors of the centre, and so is the spread."""
    X, y = toy.blobs(20_000, noise=0.25, classes=4)
    for label, centre in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)]):
        cloud = [x for x, c in zip(X, y, strict=True) if c == label]
        for axis in (0, 1):
            off = [x[axis] - centre[axis] for x in cloud]
            assert abs(sum(off) / 5000) < 5 * 0.25 / math.sqrt(5000)
            spread = math.sqrt(sum(d * d for d in off) / 5000)
            assert abs(spread - 0.25) < 5 * 0.25 / math.sqrt(2 * 5000)


@pytest.mark.parametrize("name", ["xor", "moons", "circles", "spirals", "blobs"])
def test_same_seed_same_points(name: str) -> None:
    """A seed gives the same bits each time, another others; Python's own stream is left."""
    make = toy.SETS[name]
    state = random.getstate()
    first = make(33, noise=0.1, seed=5)
    assert random.getstate() == state
    assert make(33, noise=0.1, seed=5) == first
    assert make(33, noise=0.1, seed=6) != first
    assert [len(part) for part in first] == [33, 33]


def test_points_are_the_same_in_every_version() -> None:
    """These numbers were written down once; a change of the points would break saved examples."""
    X, y = toy.moons(4, noise=0.1, seed=1)
    assert y == [1, 0, 1, 0]
    assert X[0] == pytest.approx([1.9962752884452761, 0.6169072372311744], rel=1e-14)
    assert X[3] == pytest.approx([-0.812930339155201, 0.03367630689683461], rel=1e-14)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("moons", {"n": 1}, "n of at least 2, not 1 point"),
        ("moons", {"noise": -0.1}, "0 or more, not -0.1"),
        ("moons", {"noise": math.nan}, "0 or more, not nan"),
        ("circles", {"factor": 1.0}, "between 0 and 1, not 1.0"),
        ("spirals", {"classes": 1}, "2 or more, not 1"),
        ("spirals", {"turns": math.inf}, "finite number, not inf"),
        ("blobs", {"n": 2}, "3 classes need n of at least 3"),
    ],
)
def test_nonsense_is_refused(name: str, arguments: dict[str, float], told: str) -> None:
    """What cannot be made is refused with what was asked for."""
    with pytest.raises(DataError, match=told):
        toy.SETS[name](**arguments)
