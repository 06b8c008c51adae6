"""Layers as loops over nested lists of scalars, as one writes them by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import glassgrad as gg

Nest = Any  # a Value or number, or lists of them


def numbers(shape: tuple[int, ...], rng: random.Random) -> Nest:
    """Random numbers, nested."""
    if not shape:
        return rng.uniform(-0.8, 0.8)
    return [numbers(shape[1:], rng) for _ in range(shape[0])]


def mapped(f: Callable[[Any], Any], nest: Nest) -> Nest:
    """Each number of a nest replaced."""
    return [mapped(f, part) for part in nest] if isinstance(nest, list) else f(nest)


def flat(nest: Nest) -> list[Any]:
    """The numbers of a nest in order."""
    return [x for part in nest for x in flat(part)] if isinstance(nest, list) else [nest]


def affine(ws: Nest, bs: Nest, xs: Nest) -> Nest:
    """A layer."""
    return [sum((w * x for w, x in zip(row, xs, strict=True)), b)
            for row, b in zip(ws, bs, strict=True)]  # fmt: skip


def product(rows: Nest, xs: Nest) -> Nest:
    """A matrix times a vector."""
    return [sum(w * x for w, x in zip(row, xs, strict=True)) for row in rows]


def cross_entropy(scores: Nest, label: int) -> Any:
    """The surprise at a label."""
    logs = gg.log_softmax(scores)
    return -logs[label]


def normalised(xs: Nest, scale: Nest, shift: Nest) -> Nest:
    """Layer norm."""
    mean = sum(xs) / len(xs)
    spread = sum((x - mean) ** 2 for x in xs) / len(xs)
    return [s * (x - mean) / (spread + 1e-5).sqrt() + b
            for x, s, b in zip(xs, scale, shift, strict=True)]  # fmt: skip


def attended(q: Nest, k: Nest, v: Nest) -> Nest:
    """Each token looks at itself and at those before it."""
    out = []
    for i, qi in enumerate(q):
        scores = [sum(a * b for a, b in zip(qi, kj, strict=True)) / math.sqrt(len(qi))
                  for kj in k[: i + 1]]  # fmt: skip
        weights = gg.softmax(scores)
        out.append([sum(w * vj[d] for w, vj in zip(weights, v[: i + 1], strict=True))
                    for d in range(len(v[0]))])  # fmt: skip
    return out


def masked(q: Nest, k: Nest, v: Nest) -> Nest:
    """The same by scores of minus infinity for what comes later."""
    out = []
    for i, qi in enumerate(q):
        scores = [sum(a * b for a, b in zip(qi, kj, strict=True)) / math.sqrt(len(qi))
                  for kj in k]  # fmt: skip
        weights = gg.softmax([s if j <= i else -math.inf for j, s in enumerate(scores)])
        out.append(product(list(zip(*v, strict=True)), weights))
    return out


def convolved(image: Nest, filters: Nest, bias: Nest) -> Nest:
    """Filters over an image (channels, rows, columns) with a border of zeros."""
    channels, rows, columns = len(image), len(image[0]), len(image[0][0])
    size = len(filters[0][0])
    pad = size // 2
    return [
        [
            [
                sum(
                    (
                        kernel[c][k][m] * image[c][i + k - pad][j + m - pad]
                        for c in range(channels)
                        for k in range(size)
                        for m in range(size)
                        if 0 <= i + k - pad < rows and 0 <= j + m - pad < columns
                    ),
                    b,
                )
                for j in range(columns)
            ]
            for i in range(rows)
        ]
        for kernel, b in zip(filters, bias, strict=True)
    ]
