"""A language model of 4,192 parameters, every number of it a scalar.

    ./dev bench language_model [--short] [--steps 1000] [--json FILE]

A transformer of one layer reads names letter by letter: embeddings of 27 tokens and 16 places in 16
numbers, four heads, and a layer of 64. Adam trains it on a name a step; syllables make up
the names. The letters are integers that a call brings, so each length of a name is compiled
once. The same program also runs on eager Values, and on a lean class made for it alone: that is
what a skilled reader writes, with slots and the local slopes as floats.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import glassgrad as gg

SIZE, HEADS, HIDDEN, PLACES = 16, 4, 64, 16
LETTERS = "abcdefghijklmnopqrstuvwxyz"
END = len(LETTERS)  # the token before and behind a name
CHECKED = 3  # steps that all ways must agree in


def names(count: int, seed: int = 5) -> list[str]:
    """Made-up names of two to five syllables, 3 to 15 letters."""
    rng = random.Random(seed)
    onsets = [
        "b",
        "br",
        "d",
        "f",
        "g",
        "k",
        "kr",
        "l",
        "m",
        "n",
        "p",
        "r",
        "s",
        "st",
        "t",
        "v",
        "z",
    ]
    endings = ["", "", "", "l", "n", "r", "s"]

    def name() -> str:
        syllables = rng.choice([2, 2, 3, 3, 4, 5])
        parts = [rng.choice(onsets) + rng.choice("aeiou") for _ in range(syllables)]
        return ("".join(parts) + rng.choice(endings))[: PLACES - 1]

    return [name() for _ in range(count)]


def tokens(name: str) -> list[int]:
    """The letters as numbers, with the end on both sides."""
    return [END, *map(LETTERS.index, name), END]


class Lean:
    """A scalar with its gradient, and nothing more than this program needs."""

    __slots__ = ("_parents", "_slopes", "data", "grad")

    def __init__(
        self, data: float, parents: tuple[Lean, ...] = (), slopes: tuple[float, ...] = ()
    ) -> None:
        self.data = data
        self.grad = 0.0
        self._parents = parents
        self._slopes = slopes

    def __add__(self, other: Any) -> Lean:
        if isinstance(other, Lean):
            return Lean(self.data + other.data, (self, other), (1.0, 1.0))
        return Lean(self.data + other, (self,), (1.0,))

    def __mul__(self, other: Any) -> Lean:
        if isinstance(other, Lean):
            return Lean(self.data * other.data, (self, other), (other.data, self.data))
        return Lean(self.data * other, (self,), (other,))

    def __pow__(self, k: float) -> Lean:
        return Lean(self.data**k, (self,), (k * self.data ** (k - 1),))

    def __neg__(self) -> Lean:
        return self * -1.0

    def __sub__(self, other: Any) -> Lean:
        return self + -other

    def __truediv__(self, other: Any) -> Lean:
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> Lean:
        """The exponential."""
        y = math.exp(self.data)
        return Lean(y, (self,), (y,))

    def log(self) -> Lean:
        """The natural logarithm."""
        return Lean(math.log(self.data), (self,), (1.0 / self.data,))

    def relu(self) -> Lean:
        """Itself or 0."""
        return Lean(max(self.data, 0.0), (self,), (float(self.data > 0.0),))

    def backward(self) -> None:
        """Add to the grad of all that this was made of."""
        order: list[Lean] = []
        seen = set()
        todo = [(self, False)]
        while todo:
            node, is_done = todo.pop()
            if is_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                todo.append((node, True))
                todo += [(parent, False) for parent in node._parents]
        self.grad = 1.0
        for node in reversed(order):
            for parent, slope in zip(node._parents, node._slopes, strict=True):
                parent.grad += slope * node.grad


class Model:
    """The transformer, on a class of scalars."""

    def __init__(self, Value: Callable[[float], Any], seed: int = 1) -> None:
        rng = random.Random(seed)

        def matrix(rows: int, columns: int) -> list[list[Any]]:
            return [[Value(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

        self.letters, self.places = matrix(END + 1, SIZE), matrix(PLACES, SIZE)
        self.query, self.key, self.value, self.out = (matrix(SIZE, SIZE) for _ in range(4))
        self.up, self.down = matrix(HIDDEN, SIZE), matrix(SIZE, HIDDEN)
        self.head = matrix(END + 1, SIZE)
        matrices = (self.letters, self.places, self.query, self.key, self.value, self.out)
        self.parameters = [
            p for W in (*matrices, self.up, self.down, self.head) for row in W for p in row
        ]

    def loss(self, ids: Any) -> Any:
        """The mean surprise at each letter of a name, given those before it."""
        keys: list[Any] = []
        values: list[Any] = []
        total = 0.0
        for place in range(len(ids) - 1):
            letter, target = ids[place], ids[place + 1]
            row = self.letters[letter]
            x = _normed([a + b for a, b in zip(row, self.places[place], strict=True)])
            n = _normed(x)
            q = _times(self.query, n)
            keys.append(_times(self.key, n))
            values.append(_times(self.value, n))
            x = _sum(x, _times(self.out, _attended(q, keys, values)))
            h = [z.relu() for z in _times(self.up, _normed(x))]
            x = _sum(x, _times(self.down, h))
            p = _softmax(_times(self.head, x))
            total = total + -p[target].log()
        return total / (len(ids) - 1)


def _dot(a: list[Any], b: list[Any]) -> Any:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _times(W: list[list[Any]], x: list[Any]) -> list[Any]:
    return [_dot(row, x) for row in W]


def _sum(a: list[Any], b: list[Any]) -> list[Any]:
    return [x + y for x, y in zip(a, b, strict=True)]


def _normed(x: list[Any]) -> list[Any]:
    scale = (_dot(x, x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def _softmax(x: list[Any]) -> list[Any]:
    powers = [xi.exp() for xi in x]
    total = sum(powers)
    return [power / total for power in powers]


def _attended(q: list[Any], keys: list[Any], values: list[Any]) -> list[Any]:
    """What the heads find at the places so far."""
    width = SIZE // HEADS
    found = []
    for head in range(HEADS):
        part = slice(head * width, (head + 1) * width)
        weights = _softmax([_dot(q[part], k[part]) * width**-0.5 for k in keys])
        found += [_dot(weights, column) for column in zip(*(v[part] for v in values), strict=True)]
    return found


class Training:
    """A model with Adam, whose rate falls to zero in a straight line."""

    def __init__(self, Value: Callable[[float], Any]) -> None:
        self.model = Model(Value)
        self.m = [0.0] * len(self.model.parameters)
        self.v = [0.0] * len(self.model.parameters)

    def step(self, ids: Any, lr: Any, scale1: Any, scale2: Any) -> Any:
        """One step on one name; `scale1` and `scale2` are 1 - beta ** t."""
        loss = self.model.loss(ids)
        for p in self.model.parameters:
            p.grad = 0.0
        loss.backward()
        for i, p in enumerate(self.model.parameters):
            m = self.m[i] = 0.85 * self.m[i] + 0.15 * p.grad
            v = self.v[i] = 0.99 * self.v[i] + 0.01 * p.grad * p.grad
            p.data -= lr * (m / scale1) / ((v / scale2) ** 0.5 + 1e-8)
        return loss


def train(step: Callable[..., Any], corpus: list[str], steps: int, total: int) -> list[float]:
    """The losses of the first steps, of `total` that the rate is laid out for."""
    losses = []
    for t in range(steps):
        lr = 0.01 * (1 - t / total)
        loss = step(tokens(corpus[t]), lr, 1 - 0.85 ** (t + 1), 1 - 0.99 ** (t + 1))
        losses.append(loss.data)
    return losses


def check(found: dict[str, list[float]]) -> None:
    """End the program where the ways disagree.

    Raises:
        SystemExit: they do; says by how much.
    """
    (first, wanted), *others = found.items()
    for name, losses in others:
        worst = max(abs(a - b) for a, b in zip(wanted, losses, strict=True))
        if not worst < 1e-9:
            raise SystemExit(f"{name} and {first} disagree by {worst:.1e}; nothing was timed.")


def seconds_of(task: Callable[[], object]) -> float:
    """How long a task takes."""
    start = time.process_time()
    task()
    return time.process_time() - start


def one_length(corpus: list[str], total: int) -> dict[str, float]:
    """Check names of one length in all ways, then time a step of each."""
    length = statistics.mode(map(len, corpus))
    alike = [name for name in corpus if len(name) == length]
    ways = {"lean class": Training(Lean).step, "eager": Training(gg.Value).step}
    compiled = gg.compile(Training(gg.Value).step)
    found: dict[str, float] = {"letters": length}
    first = seconds_of(partial(train, compiled, alike, 1, total))
    compiled = gg.compile(Training(gg.Value).step)  # from the start again
    losses = {name: train(step, alike, CHECKED, total) for name, step in ways.items()}
    check({**losses, "compiled": train(compiled, alike, CHECKED, total)})
    found["compilation, s"] = first
    found["operations of a step"] = compiled.stats["nodes"]
    for name, step in ways.items():
        some = partial(train, step, alike, CHECKED, total)
        found[f"{name}, ms a step"] = 1e3 * min(seconds_of(some), seconds_of(some)) / CHECKED
    repeats, arguments = 50, (tokens(alike[0]), 1e-5, 0.15, 0.01)
    many = partial(compiled.repeat, repeats, *arguments)
    times = [seconds_of(many) / repeats for _ in range(7)]
    found["compiled, us a step"] = 1e6 * statistics.median(times)
    return found


def whole_run(corpus: list[str]) -> dict[str, float]:
    """Train on all names, compiled."""
    step = gg.compile(Training(gg.Value).step)
    losses: list[float] = []
    took = seconds_of(lambda: losses.extend(train(step, corpus, len(corpus), len(corpus))))
    return {
        "all steps compiled, compilations included, s": took,
        "compilations": step.stats["compilations"],
        "loss at the beginning": losses[0],
        "loss of the last 100 steps": statistics.mean(losses[-100:]),
    }


def main() -> None:
    """Print the figures of one length, then of the whole run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=1000, help="names of the whole run")
    parser.add_argument("--short", action="store_true", help="only the names of one length")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    os.environ["GLASSGRAD_CACHE"] = "off"  # the compilations are to be timed

    corpus = names(options.steps)
    count = len(Model(float).parameters)
    print(f"{count:,} parameters; names like {', '.join(corpus[:5])}")
    found = one_length(corpus, options.steps)
    _print(found)
    if not options.short:
        run = whole_run(corpus)
        _print(run)
        found |= run
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _print(figures: dict[str, float]) -> None:
    for name, x in figures.items():
        print(f"{name:<46}{x:>12,.{0 if x == int(x) else 2}f}", flush=True)


if __name__ == "__main__":
    main()
