"""Rows of the table on the numbers of several points at a time."""

from __future__ import annotations

import numpy as np
import pytest

from glassgrad.compiler.ir.floats import FLOAT32, FLOAT64, Float
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage
from glassgrad.ops import TABLE
from tests.compiler.by_machine import Array, natively

pytest.importorskip("llvmlite")
Shape = tuple[int, int]
LONG = ("gelu", "pow", "sin", "tanh")


def rows_of_products(shape: Shape) -> tuple[Program, dict[str, Storage], Storage, Storage]:
    """Some long functions of w[j] * x[i]; where each leaves its numbers, and w and x."""
    w, x = Storage("w", "STATE", shape[:1]), Storage("x", "STATE", shape[1:])
    left, right = Operand(w, IndexMap(0, (1, 0, 0))), Operand(x, IndexMap(0, (0, 1, 0)))
    product = (Group(1.0, (1,), (left, right)),)
    made = {name: Storage(name, "STATE", shape) for name in LONG}
    program = Program()
    for name, storage in made.items():
        target = Operand(storage, IndexMap(0, (shape[1], 1)))
        sums = (product,) * TABLE[name].arity
        program.items.append(Statement(target, shape, sums, name))
    return program, made, w, x


def found(shape: Shape, kind: Float, lanes: int) -> dict[str, Array]:
    """The numbers of each and, under no name, the products, by vectors of so many lanes."""
    program, made, w, x = rows_of_products(shape)
    draws = np.random.default_rng(shape[0])
    memory = {s: draws.uniform(0.3, 0.99, s.size) for s in (w, x)}
    memory |= {storage: np.zeros(shape) for storage in made.values()}
    natively(program, memory, kind, lanes)
    return {name: memory[s] for name, s in made.items()} | {"": np.outer(memory[w], memory[x])}


@pytest.mark.parametrize("shape", [(7, 3), (5, 1), (4, 4)])
@pytest.mark.parametrize("kind", [FLOAT64, FLOAT32], ids=lambda kind: kind.name)
def test_points_that_go_together_come_out_as_they_do_alone(shape: Shape, kind: Float) -> None:
    """Few samples leave lanes free, which other neurons fill: each number has the same bits."""
    alone = found(shape, kind, 1)
    for name in LONG:
        row = TABLE[name]
        expected = [row.forward(*[float(p)] * row.arity) for p in alone[""].ravel()]
        tolerance = 1e-14 if kind is FLOAT64 else 1e-5
        np.testing.assert_allclose(alone[name].ravel(), expected, rtol=tolerance, err_msg=name)
    for lanes in (2, 8):
        together = found(shape, kind, lanes)
        for name, numbers in alone.items():
            np.testing.assert_array_equal(together[name], numbers, err_msg=name)
