"""Recurrences as loops over time: the representation, and what becomes one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from glassgrad.compiler.ir.loops import (
    Group,
    IndexMap,
    Loop,
    Operand,
    Program,
    Statement,
    Storage,
    Table,
)


def recurrence(times: int) -> tuple[Program, list[Storage]]:
    """a[0] = x[0]; then b[t] = tanh(w * a[t]) and a[t + 1] = a[t] + b[t] * x[turned(t)]."""
    x, w = Storage("x", "INPUT", (times,)), Storage("w", "PARAM", (1,))
    a, b = Storage("a", "VALUE", (times + 1,)), Storage("b", "VALUE", (times,))

    def of(storage: Storage, base: int, *strides: int, table: Table | None = None) -> Operand:
        return Operand(storage, IndexMap(base, strides, table))

    turned = Table(np.arange(times, dtype=np.int32)[::-1].copy(), (1,))
    start = Statement(of(a, 0), (), ((Group(1.0, (), (of(x, 0),)),),))
    slope = Statement(
        of(b, 0, 1), (times,), ((Group(1.0, (), (of(w, 0, 0), of(a, 0, 1))),),), "tanh"
    )
    moved = Group(1.0, (), (of(b, 0, 1), of(x, 0, 0, table=turned)))
    step = Statement(of(a, 1, 1), (times,), ((Group(1.0, (), (of(a, 0, 1),)), moved),))
    return Program([start, Loop((slope, step))]), [x, w, a, b]


def test_a_loop_reads_as_its_head_and_its_body() -> None:
    """The text form names the time `t`, and indents what runs at each time."""
    program, _ = recurrence(7)
    assert str(program).splitlines()[-5:] == [
        "  a[0]      = x[0]",
        "for t<7:",
        "    # no line of yours",
        "      b[t]      = tanh(w[0] * a[t])",
        "      a[t + 1]  = a[t] + b[t] * x[t0[t]]",
    ]


def test_the_interpreter_runs_a_loop_time_after_time() -> None:
    """Each time reads what the one before it wrote."""
    program, (x, w, a, _) = recurrence(6)
    program.verify()
    inputs = np.random.default_rng(2).normal(size=6)
    memory = {x: inputs, w: np.array([0.75])}
    program.run(memory)
    expected = [float(inputs[0])]
    for t in range(6):
        expected.append(expected[-1] + math.tanh(0.75 * expected[-1]) * inputs[5 - t])
    np.testing.assert_allclose(memory[a], expected, rtol=1e-15)


def test_verify_knows_the_order_of_times() -> None:
    """A loop may read what an earlier time or an earlier statement of its time wrote, no other."""
    program, _ = recurrence(5)
    start, loop = program.items
    assert isinstance(loop, Loop)
    slope, step = loop.body
    for wrong in (Loop((step, slope)), replace(loop, backward=True)):
        with pytest.raises(ValueError, match="read before it is written"):
            Program([start, wrong]).verify()
    with pytest.raises(ValueError, match="outermost axis is not the time, 5"):
        Program([start, Loop((slope, replace(step, domain=(4,))))]).verify()
