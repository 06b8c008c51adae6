from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from glassgrad.compiler.emitting.copies import with_copies
from glassgrad.compiler.ir.floats import FLOAT32, FLOAT64
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage
from tests.compiler.by_machine import Array, natively

WIDTHS = [(kind, bits // kind.bits) for kind in (FLOAT64, FLOAT32) for bits in (128, 256, 512)]


def found(program: Program, result: Storage, given: dict[Storage, Array], kind: Any) -> Array:
    """What the program leaves in `result`, by machine code with vectors of `kind`'s width."""
    memory = {result: np.zeros(result.shape), **given}
    natively(program, memory, *kind)
    return memory[result]


def outer(rows: int, columns: int, count: int, settled: int = 0) -> Any:
    """w[j, i] = sum(r < count: d[j, r] * x[i, r]), as a weight's gradient is; and its storages."""
    d = Storage("d", "INPUT", (rows, count))
    x = Storage("x", "INPUT", (columns, count))
    w = Storage("w", "RESULT", (rows, columns))
    operands = (
        Operand(d, IndexMap(0, (count, 0, 1))),
        Operand(x, IndexMap(0, (0, count, 1))),
    )
    group = Group(1.0, (count,), operands, settled)
    target = Operand(w, IndexMap(0, (columns, 1)))
    return Program([Statement(target, (rows, columns), ((group,),))]), d, x, w


def close(got: Array, expected: Array) -> None:
    """Check that they agree to the digits of the type."""
    tolerance = 1e-12 if got.dtype == np.float64 else 1e-4
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", WIDTHS, ids=lambda k: f"{k[0].name}x{k[1]}")
@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 5, 19), (9, 17, 33), (16, 13, 100), (8, 16, 64)])
def test_sums_along_lanes_and_over_copies_agree_with_numpy(shape: Any, kind: Any) -> None:
    """A weight's gradient is the same with lanes along the samples and with a transposed copy."""
    program, d, x, w = outer(*shape)
    rng = np.random.default_rng(3)
    given = {s: rng.normal(size=s.shape) for s in (d, x)}
    expected = given[d] @ given[x].T
    close(found(program, w, given, kind), expected)
    close(found(with_copies(program, kind[1]), w, given, kind), expected)


def test_a_copy_is_made_once_and_anew_when_its_source_was_written() -> None:
    """Two gradients share a copy of the inputs, and one after a change of these has its own."""
    program, d, x, w = outer(16, 16, 32)
    other = Storage("other", "VALUE", w.shape)
    (first,) = program.statements()
    again = Statement(Operand(other, first.target.map), first.domain, first.sums)
    one = Operand(None, IndexMap(0, (0,)), 2.0)
    change = Statement(
        Operand(x, IndexMap(0, (1,))), (x.size,), ((Group(1.0, (), (one,)),),), accumulate=True
    )
    copied = with_copies(Program([again, first]), 4)
    assert [s.written.name for s in copied.statements()] == ["x_t", "other", "w"]
    copied = with_copies(Program([again, change, first]), 4)
    names = [s.written.name for s in copied.statements()]
    assert names == ["x_t", "other", "x", "x_t", "w"]
    rng = np.random.default_rng(4)
    given = {s: rng.normal(size=s.shape) for s in (d, x)}
    close(found(copied, w, given, (FLOAT64, 4)), given[d] @ (given[x] + 2.0).T)


@pytest.mark.parametrize("kind", WIDTHS, ids=lambda k: f"{k[0].name}x{k[1]}")
def test_settled_sums_drop_what_meets_zero_and_keep_the_rest(kind: Any) -> None:
    """0 * inf counts as zero, inf * inf and nan elsewhere count, in tiles and what is left."""
    for copied in (False, True):
        program, d, x, w = outer(9, 17, 21, settled=1)
        rng = np.random.default_rng(5)
        given = {s: rng.normal(size=s.shape) for s in (d, x)}
        given[d][2, 20], given[x][:, 20] = 0.0, math.inf
        given[d][3:, 20] = 1.5
        given[d][:, 4] = 0.0
        given[x][5, 4] = math.nan
        given[x][6, 5] = math.nan
        with np.errstate(invalid="ignore"):
            products = given[d][:, None, :] * given[x][None, :, :]
            expected = np.where(given[d][:, None, :] == 0.0, 0.0, products).sum(axis=2)
        if copied:
            program = with_copies(program, kind[1])
        close(found(program, w, given, kind), expected)


@pytest.mark.parametrize("kind", WIDTHS, ids=lambda k: f"{k[0].name}x{k[1]}")
@pytest.mark.parametrize("count", [1, 6, 17, 40, 999])
def test_a_single_sum_is_taken_in_parts(count: int, kind: Any) -> None:
    """One long sum, over two axes, agrees with NumPy's, whatever is left of its last vector."""
    x, total = Storage("x", "INPUT", (3, count)), Storage("total", "RESULT", ())
    group = Group(-0.5, (3, count), (Operand(x, IndexMap(0, (count, 1))),) * 2)
    program = Program([Statement(Operand(total, IndexMap(0, ())), (), ((group,),))])
    numbers = np.random.default_rng(6).normal(size=x.shape)
    got = found(program, total, {x: numbers}, kind)
    np.testing.assert_allclose(
        got, -0.5 * (numbers**2).sum(), rtol=1e-12 if kind[0] is FLOAT64 else 1e-5
    )
