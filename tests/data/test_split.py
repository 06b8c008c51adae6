"""glassgrad.data.split: every row in one part, exact sizes, classes evenly, the same each time."""

import random
import re
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from glassgrad.data import DataError, split

THIRDS = (1 / 3, 1 / 3, 1 / 3)


@given(
    n=st.integers(3, 400),
    fractions=st.sampled_from([(0.7, 0.15, 0.15), (0.8, 0.2), THIRDS, (0.5, 0.25, 0.125, 0.125)]),
    seed=st.integers(),
)
def test_every_row_is_in_one_part(n: int, fractions: tuple[float, ...], seed: int) -> None:
    """The parts together are the rows, none twice, and each part is within a row of its share."""
    parts = split(n, fractions, seed)
    assert sorted(row for part in parts for row in part) == list(range(n))
    for part, fraction in zip(parts, fractions, strict=True):
        assert abs(len(part) - fraction * n) < 1
        assert part == sorted(part)


@pytest.mark.parametrize(
    ("n", "fractions", "sizes"),
    [
        (10, (0.7, 0.15, 0.15), [7, 2, 1]),  # 7, 1.5, 1.5: the earlier of equals
        (344, (0.7, 0.15, 0.15), [241, 52, 51]),  # 240.8, 51.6, 51.6
        (100, (0.29, 0.71), [29, 71]),  # 0.29 * 100 is 28.999999999999996 in floats
        (20, (0.55, 0.35, 0.1), [11, 7, 2]),  # 0.55 * 20 is 11.000000000000002
        (5, (0.7, 0.2, 0.1), [4, 1, 0]),  # 3.5, 1, 0.5, though the float 0.7 is below 0.7
        (100, THIRDS, [34, 33, 33]),
        (5, (1.0,), [5]),
        (3, (0.9, 0.0, 0.1), [3, 0, 0]),
    ],
)
def test_sizes_are_exact(n: int, fractions: tuple[float, ...], sizes: list[int]) -> None:
    """Sizes are those of the largest remainder, worked by hand."""
    assert [len(part) for part in split(n, fractions)] == sizes


def test_same_seed_same_parts() -> None:
    """A seed gives the same parts, another one others, and Python's own stream is left alone."""
    state = random.getstate()
    assert split(50, seed=3) == split(50, seed=3) != split(50, seed=4)
    assert split(10, (0.6, 0.2, 0.2), seed=1) == ([3, 5, 6, 7, 8, 9], [0, 4], [1, 2])
    labels = ["a", "b"] * 25
    assert split(50, seed=3, stratify=labels) == split(50, seed=3, stratify=labels)
    assert split(50, seed=3, stratify=labels) != split(50, seed=4, stratify=labels)
    assert random.getstate() == state


def test_each_row_is_as_likely_in_each_part() -> None:
    """Over 2,000 seeds a row is in the 30% part 600 times, within 5 standard deviations (102)."""
    for stratify in (None, [0, 1, 1, 0, 1, 1, 1, 0, 1, 0]):
        counts = Counter(
            row for seed in range(2000) for row in split(10, (0.7, 0.3), seed, stratify)[1]
        )
        if stratify is None:
            assert all(abs(counts[row] - 600) < 102 for row in range(10))
        else:  # within a class all rows are alike
            for label in (0, 1):
                alike = [counts[row] for row in range(10) if stratify[row] == label]
                assert max(alike) - min(alike) < 2 * 102


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    fractions=st.sampled_from([(0.7, 0.15, 0.15), (0.8, 0.2), THIRDS]),
    seed=st.integers(0, 9),
)
def test_stratified_parts_have_the_classes_evenly(
    sizes: list[int], fractions: tuple[float, ...], seed: int
) -> None:
    """Totals are those of the plain split; each class is shared out within 2 rows of exactly so."""
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    random.Random(seed).shuffle(labels)
    n = len(labels)
    plain = split(n, fractions, seed)
    assume(len(sizes) <= len(plain[0]))
    parts = split(n, fractions, seed, stratify=labels)
    assert sorted(row for part in parts for row in part) == list(range(n))
    assert [len(part) for part in parts] == [len(part) for part in plain]
    assert {labels[row] for row in parts[0]} == set(labels)
    if min(sizes) >= 10:
        for part in parts:
            counts = Counter(labels[row] for row in part)
            for label, size in enumerate(sizes):
                assert abs(counts[label] - Fraction(size * len(part), n)) < 2


def test_classes_of_one_row_are_trained_on() -> None:
    """Three rows that are alone in their classes all go to the training set."""
    for order in ("abc" + 20 * "d", 20 * "d" + "abc"):
        training = split(23, (0.5, 0.25, 0.25), stratify=order)[0]
        assert {order[row] for row in training} == set("abcd")


def test_penguin_species_are_shared_out_evenly() -> None:
    """152, 68 and 124 rows as 70, 15 and 15 per cent: each part within a row of the exact share."""
    labels = ["Adelie"] * 152 + ["Gentoo"] * 124 + ["Chinstrap"] * 68
    for part, fraction in zip(split(344, stratify=labels), (0.7, 0.15, 0.15), strict=True):
        counts = Counter(labels[row] for row in part)
        for label, size in Counter(labels).items():
            assert abs(counts[label] - fraction * size) <= 1.5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"n": 10, "fractions": (0.7, 0.15)}, "sum to 0.85"),
        ({"n": 10, "fractions": (1.2, -0.2)}, "from 0 to 1"),
        ({"n": 10, "fractions": (float("nan"), 0.5)}, "from 0 to 1"),
        ({"n": 10, "fractions": ()}, "from 0 to 1"),
        ({"n": 0}, "0 rows split as 0.7, 0.15, 0.15 leave no row to train on"),
        ({"n": 2, "fractions": (0.1, 0.9)}, "leave no row to train on"),
        ({"n": 5, "fractions": (0.0, 1.0)}, "leave no row to train on"),
        ({"n": 5, "stratify": [1, 2]}, "stratify has 2 classes for 5 rows"),
        ({"n": 4, "fractions": (0.5, 0.5), "stratify": "abcd"}, "one of each of 4 classes"),
    ],
)
def test_nonsense_is_refused(arguments: dict[str, object], told: str) -> None:
    """Fractions that are none, no rows to train on, and classes that don't fit are refused."""
    with pytest.raises(DataError, match=re.escape(told)):
        split(**arguments)
