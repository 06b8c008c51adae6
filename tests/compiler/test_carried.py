"""Loops over time whose numbers stay in registers from one time to the next."""

from __future__ import annotations

import random

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
from tests.compiler.by_machine import natively

pytest.importorskip("llvmlite")
FAR = 3  # times, that a step looks back at most


def at(storage: Storage, base: int, stride: int = 1) -> Operand:
    """Storage[base + stride * t]."""
    return Operand(storage, IndexMap(base, (stride,)))


class Recurrence:
    """A loop of random statements over the rows of a few storages, and what they start from."""

    def __init__(self, seed: int) -> None:
        self.draws = random.Random(seed)
        self.extent = self.draws.choice([1, 2, 3, 7, 20])
        self.backward = self.draws.random() < 0.5
        size = 2 * (self.extent + 2 * FAR)
        self.rows = [Storage(f"s{k}", "STATE", (size,)) for k in range(3)]
        self.rate = Storage("rate", "STATE", (2,))
        body = [self._statement(k) for k in range(self.draws.randint(2, 6))]
        self.program = Program([Loop(tuple(body), self.backward)])
        numbers = np.random.default_rng(seed)
        self.memory = {s: numbers.uniform(-1.0, 1.0, s.size) for s in (*self.rows, self.rate)}

    def _operand(self) -> Operand:
        if self.draws.random() < 0.2:
            return at(self.rate, self.draws.randrange(2), 0)
        odd = self.draws.random()
        near = self.draws.randrange(2 * FAR)
        if odd < 0.3:  # two rows at a time
            return at(self.draws.choice(self.rows), near, 2)
        if odd < 0.4:  # from a table
            table = np.array([(5 * t) % self.extent for t in range(self.extent)], np.int32)
            index = IndexMap(near, (0,), Table(table, (1,)))
            return Operand(self.draws.choice(self.rows[1:]), index)
        return at(self.draws.choice(self.rows), near)

    def _statement(self, k: int) -> Statement:
        groups = [
            Group(self.draws.choice([0.5, -0.25, 0.125]), (), (self._operand(), self._operand()))
            for _ in range(self.draws.randint(1, 3))
        ]
        target = at(self.rows[k % 3], self.draws.randrange(2 * FAR))
        grows = self.draws.random() < 0.4
        return Statement(target, (self.extent,), (tuple(groups),), accumulate=grows)


@pytest.mark.parametrize("seed", range(60))
def test_random_recurrences_agree_with_the_interpreter(seed: int) -> None:
    """Reads ahead and behind, sums that grow, rows touched in two ways: bit for bit nearly."""
    one = Recurrence(seed)
    expected = {s: x.copy() for s, x in one.memory.items()}
    one.program.run(expected)
    natively(one.program, one.memory)
    for storage, numbers in one.memory.items():
        np.testing.assert_allclose(numbers, expected[storage], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("backward", [False, True])
def test_what_the_time_before_wrote_is_not_loaded(backward: bool) -> None:
    """Of a recurrence two times deep only the first two numbers come from memory."""
    x = Storage("x", "STATE", (12,))
    first, second, third = (2, 1, 0) if backward else (0, 1, 2)
    groups = (Group(0.5, (), (at(x, second),)), Group(-0.25, (), (at(x, first),)))
    program = Program([Loop((Statement(at(x, third), (10,), (groups,)),), backward)])
    memory = {x: np.arange(1.0, 13.0)}
    expected = memory[x].tolist()[:: -1 if backward else 1]
    for k in range(10):
        expected[k + 2] = 0.5 * expected[k + 1] - 0.25 * expected[k]
    text = natively(program, memory)
    np.testing.assert_allclose(memory[x], expected[:: -1 if backward else 1], rtol=1e-14)
    before, inside = text.split(" = phi double", maxsplit=1)
    assert before.count("load double") == 2
    assert inside.split("br i1", maxsplit=1)[0].count("load double") == 0
