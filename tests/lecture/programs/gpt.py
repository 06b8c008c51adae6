"""A language model in single numbers: it learns to spell a few names, letter by letter."""

import math
import random
from itertools import pairwise
from typing import Any

from glassgrad import Value

NAMES = ["anna", "nana", "hanna"]
LETTERS = sorted(set("".join(NAMES)))
END = len(LETTERS)  # begins and ends a name
WIDTH, HEADS, LENGTH = 4, 2, 6
HEAD = WIDTH // HEADS

Matrix = list[list[Any]]


def matrix(rng: random.Random, rows: int, columns: int) -> Matrix:
    """Return small random weights."""
    return [[Value(rng.gauss(0, 0.3)) for _ in range(columns)] for _ in range(rows)]


def model(rng: random.Random) -> dict[str, Matrix]:
    """Return all weights by name."""
    shapes = {
        "letter": (END + 1, WIDTH),
        "place": (LENGTH, WIDTH),
        "query": (WIDTH, WIDTH),
        "key": (WIDTH, WIDTH),
        "value": (WIDTH, WIDTH),
        "mix": (WIDTH, WIDTH),
        "up": (2 * WIDTH, WIDTH),
        "down": (WIDTH, 2 * WIDTH),
        "out": (END + 1, WIDTH),
    }
    return {name: matrix(rng, *shape) for name, shape in shapes.items()}


def times(w: Matrix, x: list[Any]) -> list[Any]:
    """Return the matrix times the vector."""
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def softmax(xs: list[Any]) -> list[Any]:
    """Return positive numbers that sum to 1."""
    top = max(x.data for x in xs)
    exps = [(x - top).exp() for x in xs]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x: list[Any]) -> list[Any]:
    """Return the vector scaled to a mean square of 1."""
    mean_square = sum(xi * xi for xi in x) / len(x)
    scale = (mean_square + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def attend(w: dict[str, Matrix], x: list[Any], keys: Matrix, values: Matrix) -> list[Any]:
    """Return what the letter at hand gathers from those before it, head by head."""
    query = times(w["query"], x)
    keys.append(times(w["key"], x))
    values.append(times(w["value"], x))
    gathered = []
    for h in range(0, WIDTH, HEAD):
        scores = [sum(query[h + j] * key[h + j] for j in range(HEAD)) / HEAD**0.5 for key in keys]
        weights = softmax(scores)
        gathered += [
            sum(weight * value[h + j] for weight, value in zip(weights, values, strict=True))
            for j in range(HEAD)
        ]
    return times(w["mix"], gathered)


def loss_of(w: dict[str, Matrix], name: str) -> Any:
    """Return the mean surprise at the letters of a name."""
    tokens = [END, *map(LETTERS.index, name), END]
    keys: Matrix = []
    values: Matrix = []
    surprises = []
    for place, (token, following) in enumerate(pairwise(tokens)):
        x = [a + b for a, b in zip(w["letter"][token], w["place"][place], strict=True)]
        x = rmsnorm(x)
        x = [a + b for a, b in zip(x, attend(w, rmsnorm(x), keys, values), strict=True)]
        hidden = [h.relu() ** 2 for h in times(w["up"], rmsnorm(x))]
        x = [a + b for a, b in zip(x, times(w["down"], hidden), strict=True)]
        surprises.append(-softmax(times(w["out"], x))[following].log())
    return (1 / len(surprises)) * sum(surprises)


def train(steps: int) -> tuple[list[float], list[list[float]]]:
    """Return the loss and the gradients of each step; the optimiser is Adam, by hand."""
    w = model(random.Random(7))
    params = [p for weights in w.values() for row in weights for p in row]
    m, v = [0.0] * len(params), [0.0] * len(params)
    rate, beta1, beta2 = 0.05, 0.9, 0.95
    losses, gradients = [], []
    for step in range(steps):
        loss = loss_of(w, NAMES[step % len(NAMES)])
        loss.backward()
        losses.append(loss.data)
        gradients.append([p.grad for p in params])
        for i, p in enumerate(params):
            m[i] = beta1 * m[i] + (1 - beta1) * p.grad
            v[i] = beta2 * v[i] + (1 - beta2) * p.grad**2
            m_hat = m[i] / (1 - beta1 ** (step + 1))
            v_hat = v[i] / (1 - beta2 ** (step + 1))
            p.data -= rate * (1 - step / steps) * m_hat / (math.sqrt(v_hat) + 1e-8)
            p.grad = 0
    return losses, gradients
