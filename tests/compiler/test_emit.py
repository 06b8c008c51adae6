from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from glassgrad.compiler.ir.graph import Graph
from glassgrad.compiler.running.native import build
from glassgrad.ops import TABLE

SPECIAL = (
    math.inf,
    -math.inf,
    math.nan,
    0.0,
    -0.0,
    1.0,
    -1.0,
    5e-324,
    1e300,
    -1e300,
    709.9,
    -745.3,
)


def applied(name: str, *columns: Any, alone: bool = False) -> np.ndarray[Any, Any]:
    """A row of the table on whole columns in native code, in vectors or one by one."""
    count = len(columns[0])
    graph = Graph([(count,)] * len(columns))
    for i in range(count):
        inputs = [graph.add("INPUT", i + k * count) for k in range(len(columns))]
        graph.output("result", i, graph.add(name, *inputs))
    return build(graph, most_families=0 if alone else 200)(columns).copy()


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("name", [name for name in TABLE if name.isidentifier()])
def test_native_rows_agree_with_the_table(name: str, alone: bool) -> None:
    """Every row says on its domain and on special numbers what its `forward` says."""
    row = TABLE[name]
    rng = np.random.default_rng(5)
    columns = [rng.uniform(low, high, 37) for low, high in row.domain]
    grid = np.meshgrid(*[SPECIAL[: 7 if row.arity == 3 else 12]] * row.arity)
    columns = [np.concatenate([c, g.ravel()]) for c, g in zip(columns, grid, strict=True)]
    got = applied(name, *columns, alone=alone)
    expected = np.array([row.forward(*map(float, x)) for x in zip(*columns, strict=True)])
    faded = 5e-321 if name == "silu" else 5e-324  # where eager code multiplies what has faded
    np.testing.assert_allclose(got, expected, rtol=2e-15, atol=faded)
    zero = expected == 0.0
    assert (np.signbit(got) == np.signbit(expected))[zero].all()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33])
def test_products_of_any_size_agree_with_numpy(count: int, make: Any) -> None:
    """Tiles, what is left over of them, and vectors along each axis give the matrix product."""
    trace_of, case_of, run = make
    trace = trace_of((count, 5))
    weights = [trace.params(5) for _ in range(7)]
    for k, x in enumerate(trace.inputs(count, 5)):
        for j, w in enumerate(weights):
            dot = sum(a * b for a, b in zip(x, w, strict=True))
            trace.graph.output("result", 7 * k + j, dot.node)
    case = case_of(trace.graph)
    expected = case.arguments[0].reshape(count, 5) @ case.params.reshape(7, 5).T
    np.testing.assert_allclose(
        run(build(trace.graph), case), expected.ravel(), rtol=1e-13, atol=1e-15
    )
