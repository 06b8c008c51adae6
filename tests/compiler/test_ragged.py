"""Axes that end early: causal attention, triangles, padded borders, gaps among parameters."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.compiler.rolling.ragged import filled, find_box, find_slots, pieces
from glassgrad.ops import TABLE

Matrix = list[list[Any]]


def numbers(*shape: int, scale: float = 1.0, seed: int = 3) -> Any:
    """Nested lists of Values, of reproducible numbers."""
    rng = random.Random(seed)

    def nest(extents: tuple[int, ...]) -> Any:
        if not extents:
            return gg.Value(rng.gauss(0.0, scale))
        return [nest(extents[1:]) for _ in range(extents[0])]

    return nest(shape)


def leaves(nest: Any) -> list[gg.Value]:
    """The Values of nested lists, in order."""
    return [x for part in nest for x in leaves(part)] if isinstance(nest, list) else [nest]


def compiled(function: Callable[[], gg.Value], values: list[gg.Value]) -> Any:
    """The function compiled with its gradients, after a check against eager code."""

    def step() -> gg.Value:
        for p in values:
            p.grad = 0.0
        loss = function()
        loss.backward()
        return loss

    wanted, slopes = step().data, [p.grad for p in values]
    fast = gg.compile(step)
    assert fast().data == pytest.approx(wanted, rel=1e-12)
    largest = max(map(abs, slopes))
    for p, slope in zip(values, slopes, strict=True):
        assert p.grad == pytest.approx(slope, rel=1e-12, abs=1e-12 * largest)
    return fast


def statements(fast: Any) -> list[str]:
    """The statements of a compiled function, as text."""
    return [line for line in str(fast.loops).split("\n\n")[-1].splitlines() if line[0] != "#"]


def attention(q: Matrix, k: Matrix, v: Matrix, heads: int) -> gg.Value:
    """Causal attention over tokens (token, number); the sum of the squares of what it finds."""
    width = len(q[0]) // heads
    total = gg.Value(0.0)
    for t in range(len(q)):
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            powers = [gg.dot(q[t][part], k[s][part]).exp() for s in range(t + 1)]
            whole = sum(powers)
            weights = [power / whole for power in powers]
            for column in zip(*(v[s][part] for s in range(t + 1)), strict=True):
                total = total + gg.dot(weights, column) ** 2
    return total


def test_causal_attention_has_as_many_statements_whatever_the_length() -> None:
    """Compared with eager code at each length."""
    counts = set()
    for tokens in range(3, 8):
        q, k, v = numbers(3, tokens, 6)
        fast = compiled(lambda: attention(q, k, v, 2), leaves([q, k, v]))  # noqa: B023 -- called at once
        counts.add(len(statements(fast)))
    assert len(counts) == 1


def test_a_score_that_is_not_there_may_overflow() -> None:
    """The last token's key is so large that, for earlier tokens, the exponential would be inf."""
    q, k, v = numbers(3, 5, 2)
    for t, row in enumerate(q):
        row[0].data, row[1].data = (900.0 if t < 4 else 0.1), 0.1
    for t, row in enumerate(k):
        row[0].data, row[1].data = (1.0 if t == 4 else 0.001), 0.1
    fast = compiled(lambda: attention(q, k, v, 1), leaves([q, k, v]))
    assert all(math.isfinite(p.grad) for p in leaves([q, k, v]))
    assert "settled" in str(fast.loops)


@pytest.mark.parametrize("row", ["abs", "sin"])
def test_what_is_not_there_may_be_infinite(row: str) -> None:
    """A triangle of products with an inf in the last column, which only the last row has."""
    p = numbers(6, 2)

    def step(x: Matrix) -> gg.Value:
        loss = gg.Value(0.0)
        for i in range(6):
            loss = loss + sum(TABLE[row](gg.dot(p[i], x[j])) for j in range(i + 1))
        for a in leaves(p):
            a.grad = 0.0
        loss.backward()
        return loss

    x = [[0.5, 1.0], [1.5, -1.0], [2.0, 0.3], [0.25, 0.7], [1.0, 2.0], [math.inf, 1.0]]
    step(x)
    wanted = [a.grad for a in leaves(p)]
    assert np.isfinite(wanted[:10]).all()
    fast = gg.compile(step)
    fast(x)
    assert [a.grad for a in leaves(p)] == pytest.approx(wanted, rel=1e-12, nan_ok=True)
    assert "i<6 j<6" in str(fast.loops)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_padded_convolution_is_one_sum(channels: int) -> None:
    """Written with an `if` at the borders; the numbers are NumPy's."""
    x, w = numbers(channels, 5, 6), numbers(3, channels, 3, 3, seed=4)

    def images() -> list[gg.Value]:
        return [
            sum(
                w[o][c][k][m] * x[c][i + k - 1][j + m - 1]
                for c in range(channels)
                for k in range(3)
                for m in range(3)
                if 0 <= i + k - 1 < 5 and 0 <= j + m - 1 < 6
            )
            for o in range(3)
            for i in range(5)
            for j in range(6)
        ]

    fast = compiled(lambda: sum(y**2 for y in images()), leaves([x, w]))
    padded = np.pad(
        [[[p.data for p in row] for row in image] for image in x], ((0, 0), (1, 1), (1, 1))
    )
    filters = np.array([[[[p.data for p in row] for row in f] for f in fs] for fs in w])
    wanted = [
        (filters[o] * padded[:, i : i + 3, j : j + 3]).sum()
        for o in range(3)
        for i in range(5)
        for j in range(6)
    ]
    assert fast().data == pytest.approx(sum(y * y for y in wanted), rel=1e-12)
    forward = str(fast.loops).split("d_")[0].count("sum(")
    assert forward <= 2  # the filters, and the sum of squares


@pytest.mark.parametrize("pairs", ["before", "behind"])
def test_pairs_of_numbers_are_one_statement(pairs: str) -> None:
    """Energies of all pairs of vectors, and their sum."""
    x, y = numbers(2, 9, 3)
    chosen = {
        "before": [(i, j) for i in range(9) for j in range(i)],
        "behind": [(i, j) for i in range(9) for j in range(i + 1, 9)],
    }[pairs]
    fast = compiled(lambda: sum(gg.dot(x[i], y[j]).exp() for i, j in chosen), leaves([x, y]))
    assert "table" not in str(fast.loops)
    assert re.search(r"i<[89] j<[89] +h1\[i, j\] += sum\(r<3: param\[[3r]", str(fast.loops))


def test_parameters_with_a_gap_are_read_without_a_table() -> None:
    """An update of all but some in the middle."""
    x = numbers(100)
    used = x[:40] + x[50:]

    def step() -> gg.Value:
        loss = sum(p * p * p for p in used)
        for p in x:
            p.grad = 0.0
        loss.backward()
        for p in used:
            p.data -= 0.1 * p.grad
        return loss

    before = [p.data for p in x]
    fast = gg.compile(step)
    fast()
    wanted = [a - 0.3 * a * a if i not in range(40, 50) else a for i, a in enumerate(before)]
    assert [p.data for p in x] == pytest.approx(wanted, rel=1e-14)
    assert "table" not in str(fast.loops)


def test_boxes_hold_their_points_where_they_count_up() -> None:
    """A shuffled triangle of pairs: the place of each has its coordinates."""
    pairs = [(i, j) for i in range(6) for j in range(i + 1)]
    rows = [np.array([4 * i + 3 for i, _ in pairs]), np.array([20 - 2 * j for _, j in pairs])]
    box = find_box(rows, [(40,), (40,)], len(pairs), in_order=False, full=False)
    assert box.extents == (6, 6)
    assert box.is_even
    for (i, j), point in zip(np.ndindex(6, 6), box.points, strict=True):
        turned = 5 - j  # the second row counts down
        expected = pairs.index((i, turned)) if turned <= i else -1
        assert point == expected
    assert not find_box(rows, [(40,), (40,)], len(pairs), in_order=False, full=True).is_even


def test_slots_explain_every_rank() -> None:
    """Sums at the border of a filter over a row, for two filters."""
    owners = [(o, i) for o in range(2) for i in range(7)]
    terms = [[(o, i, k) for k in range(3) if 0 <= i + k - 1 < 7] for o, i in owners]
    flat = [term for part in terms for term in part]
    rows = np.array([[3 * o + k for o, _, k in flat], [i + k - 1 for _, i, k in flat]])
    slots = find_slots(np.array([len(part) for part in terms]), rows, rows)
    assert slots is not None
    assert slots.slot.tolist() == [k for _, _, k in flat]
    assert slots.base[1].tolist() == [i - 1 for _, i in owners]
    assert (slots.base[:, slots.owner] + slots.pattern[:, slots.slot] == rows).all()
    rows[1, 4] += 1
    assert find_slots(np.array([len(part) for part in terms]), rows, rows) is None


def test_indices_at_holes_stay_in_line_or_at_least_within() -> None:
    """A triangle goes on in line; a padded border cannot, and stays within its row."""
    i, j = np.indices((4, 4))
    index, present = 5 * i + j, j <= i
    made_up = filled(np.where(present, index, 99), present, 20)
    assert np.array_equal(made_up, index)
    i, j, k = np.indices((4, 2, 3))
    at = i + k - 1
    present = (at >= 0) & (at < 4)
    made_up = np.broadcast_to(filled(np.where(present, at + 4 * j, 0), present, 8), at.shape)
    assert (made_up[present] == (at + 4 * j)[present]).all()
    assert made_up.min() >= 0
    assert made_up.max() < 8
    assert (made_up[:, 1] - made_up[:, 0] == 4).all()


def test_rows_are_cut_where_they_jump() -> None:
    """Two places; a row that jumps at many is left as it is."""
    row = np.concatenate((np.arange(30), np.arange(40, 60), np.arange(100, 160)))
    assert pieces([row]) == [slice(0, 30), slice(30, 50), slice(50, 110)]
    assert pieces([np.arange(40) ** 2]) == []
