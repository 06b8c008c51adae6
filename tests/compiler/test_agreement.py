from __future__ import annotations

import random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glassgrad import ops
from glassgrad.compiler.native import build
from glassgrad.compiler.symbols import Symbol

# Rows whose results stay of moderate size on numbers of moderate size.
_UNARY = ("tanh", "sin", "cos", "sigmoid", "relu", "abs", "neg", "gelu", "elu", "atan", "erf")
_BINARY = ("add", "sub", "mul", "minimum", "maximum", "lt", "ge")


def _grown(trace: Any, rng: random.Random, length: int) -> list[Any]:
    """An irregular program: every operation on any of the numbers before it."""
    numbers: list[Any] = [*trace.params(4), *trace.inputs(5), 0.5, -1.0, 2.0]
    for _ in range(length):
        kind = rng.random()
        if kind < 0.4:
            made = ops.TABLE[rng.choice(_UNARY)](rng.choice(numbers))
        elif kind < 0.9:
            made = ops.TABLE[rng.choice(_BINARY)](rng.choice(numbers), rng.choice(numbers))
        elif kind < 0.95:
            made = ops.where(*rng.choices(numbers, k=3))
        else:
            made = rng.choice(numbers) / (2.0 + ops.sin(rng.choice(numbers)))
        numbers.append(made)
    return [x for x in numbers if isinstance(x, Symbol)]


def _repeated(trace: Any, rng: random.Random, length: int) -> list[Any]:
    """One short irregular program on several rows of numbers, as a loop in Python runs it."""
    weights = trace.params(6)
    rows, seed, found = trace.inputs(4, 3), rng.random(), []
    for row in rows:
        inner = random.Random(seed)
        numbers: list[Any] = [*row, *weights, 0.7]
        for _ in range(length // 4):
            chosen = inner.choices(numbers, k=2)
            name = inner.choice(_UNARY + _BINARY)
            numbers.append(ops.TABLE[name](*chosen[: ops.TABLE[name].arity]))
            if inner.random() < 0.2:
                terms = inner.choices(numbers, k=4)
                numbers.append(sum(a * b for a, b in zip(terms, weights, strict=False)))
        found += [x.tanh() for x in numbers[-2:] if isinstance(x, Symbol)]
    return found


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 60), st.booleans())
def test_irregular_programs_agree(make: Any, seed: int, length: int, rows: bool) -> None:
    """Native code of random programs gives the graph's outputs, gradients among them."""
    rng = random.Random(seed)
    trace, case_of, outputs = make
    t = trace((4, 3)) if rows else trace((5,))
    numbers = (_repeated if rows else _grown)(t, rng, length)
    assume(numbers)
    graph = t.finish(sum(ops.tanh(x) for x in rng.sample(numbers, min(5, len(numbers)))))
    case = case_of(graph, seed)
    case.agrees(outputs(build(graph), case), tolerance=1e-11)
