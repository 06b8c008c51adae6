"""`rounding`: what a program makes of rounding, found by running it with noise."""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Sequence

from glassgrad.compiler.ir.graph import CONST, GRAD, NAMES, PICK, ROWS, Graph
from glassgrad.compiler.rolling.expand import expanded

Leaves = tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]]

EXACT = 2.0**-50  # the noise of float64; where there is more, what is written down rounds too
_SAMPLES = 3
_OVERFLOWING = ("add", "sub", "mul", "neg", "softplus", "gelu", "silu", "leaky_relu", "elu")
_SMALL, _LARGE = 1e-30, 1e30  # moderate numbers: what float32 and fast_math are made for


def rounding(graph: Graph, numbers: Leaves, noise: float = EXACT) -> list[float] | None:
    """How far each output moves when every operation rounds worse.

    None where a sum overflows; with more noise than that of float64 also where a number is not
    moderate.
    """
    plain, at = expanded(graph)
    gradients = {at[i] for i, op in enumerate(graph.op) if op == GRAD}
    exact = _noisy(plain, gradients, numbers, None, noise)
    if exact is None:
        return None
    rng, spread = random.Random(0), [0.0] * len(exact)
    for _ in range(_SAMPLES if noise == EXACT else 4 * _SAMPLES):
        noisy = _noisy(plain, gradients, numbers, rng, noise)
        if noisy is None:
            return None
        moved = [0.0 if same(a, b) else abs(a - b) for a, b in zip(exact, noisy, strict=True)]
        spread = [max(a, b if b == b else math.inf) for a, b in zip(spread, moved, strict=True)]
    return spread


def _noisy(
    graph: Graph,
    gradients: Collection[int],
    numbers: Leaves,
    rng: random.Random | None,
    noise: float,
) -> list[float] | None:
    values: list[float] = []
    constants = (*numbers, graph.constants)
    for i, op in enumerate(graph.op):
        row = ROWS[op]
        if op == PICK:
            integer = float(round(values[graph.a[i]]))
            values.append(values[graph.picked(i, integer)])
            continue
        if op <= CONST:
            value = float(constants[op][graph.a[i]])
            rounds = noise != EXACT and not value.is_integer()
        elif row is None:
            value, rounds = values[graph.a[i]], False
        else:
            operands = [values[x] for x in graph.operands(i)]
            value, rounds = row.forward(*operands), bool(row.ulps)
            if NAMES[op] in _OVERFLOWING and not math.isfinite(value):
                if all(map(math.isfinite, operands)):
                    return None
                rounds = False
        if noise != EXACT and value and not _SMALL < abs(value) < _LARGE:
            return None
        if rounds and rng is not None:
            value *= 1.0 + noise * (rng.random() - 0.5)
            if value == 0.0 and i in gradients:  # which may have either sign
                value = rng.choice((0.0, -0.0))
        values.append(value)
    return [values[out.node] for out in graph.outputs]


def same(a: float, b: float) -> bool:
    """Whether two numbers have the same bits, or are both nan."""
    return float(a).hex() == float(b).hex() or (a != a and b != b)
