"""Sums taken where their products are in registers, and rows that lie where they are handed out."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.emitting.fuse import Fused, fuse, nests_of
from glassgrad.compiler.emitting.in_place import with_rows_in_place
from glassgrad.compiler.ir.floats import FLOAT32, FLOAT64, Float
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage
from tests.compiler.by_machine import Array, natively

pytest.importorskip("llvmlite")
WIDTHS = [(FLOAT64, 1), (FLOAT64, 2), (FLOAT64, 4), (FLOAT64, 8), (FLOAT32, 4), (FLOAT32, 16)]


class Rows:
    """Statements over one box, and sums over it, of rows that all have its shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.strides = tuple(int(np.prod(shape[k + 1 :])) for k in range(len(shape)))
        self.program = Program()

    def row(self, name: str, kind: str = "STATE") -> Storage:
        """A row of the box's shape."""
        return Storage(name, kind, self.shape)

    def at(self, storage: Storage, base: int = 0) -> Operand:
        """Its number at each point."""
        return Operand(storage, IndexMap(base, self.strides))

    def one(self, storage: Storage) -> Operand:
        """A single number."""
        return Operand(storage, IndexMap(0, ()))

    def sets(self, storage: Storage, *products: tuple[float, tuple[Storage, ...]]) -> None:
        """A statement: a row is the sum of coefficients times products."""
        groups = tuple(Group(c, (), tuple(map(self.at, parts))) for c, parts in products)
        self.program.items.append(Statement(self.at(storage), self.shape, (groups,)))

    def sums(self, storage: Storage, *products: tuple[float, tuple[Storage, ...]]) -> None:
        """A statement: a number is the sum over the box of such a sum."""
        groups = tuple(Group(c, self.shape, tuple(map(self.at, parts))) for c, parts in products)
        self.program.items.append(Statement(self.one(storage), (), (groups,)))

    def nests(self) -> list[Fused]:
        """In which nests they run."""
        return [nest for unit in fuse(self.program) for nest in nests_of(unit)]


def number(name: str) -> Storage:
    """A place for a result."""
    return Storage(name, "RESULT", ())


def agrees(rows: Rows, given: dict[Storage, Array], kind: Float, lanes: int) -> None:
    """Check that machine code leaves what the interpreter of statements does."""
    expected = {s: x.copy() for s, x in given.items()}
    rows.program.run(expected)
    natively(rows.program, given, kind, lanes)
    tolerance = 1e-12 if kind is FLOAT64 else 2e-5
    for storage, numbers in given.items():
        np.testing.assert_allclose(numbers, expected[storage], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("kind", "lanes"), WIDTHS)
@pytest.mark.parametrize(
    "shape", [(1,), (3,), (8,), (15,), (16,), (31,), (129,), (1000,), (3, 5), (7, 19), (2, 3, 33)]
)
def test_totals_are_the_sums_of_what_is_in_registers(
    shape: tuple[int, ...], kind: Float, lanes: int
) -> None:
    """In boxes of every length, by vectors of every width, two of them beside what is stored."""
    rows = Rows(shape)
    x, z, y = rows.row("x"), rows.row("z"), rows.row("y", "VALUE")
    total, norm = number("total"), number("norm")
    rows.sets(y, (2.0, (x, x)), (-1.0, (z,)))
    rows.sums(total, (0.5, (y, y)), (-3.0, (y, x, z)))
    rows.sums(norm, (1.0, (y,)))
    rng = np.random.default_rng(len(shape) * 1000 + shape[-1])
    given = {norm: np.zeros(1), total: np.zeros(1)}
    given |= {s: rng.uniform(-1.0, 1.0, s.size) for s in (x, z)}
    (nest, *_) = rows.nests()
    assert len(nest.totals) == 3
    assert y not in nest.stored
    squares = 2.0 * given[x] ** 2 - given[z]
    agrees(rows, given, kind, lanes)
    assert given[norm][0] == pytest.approx(squares.sum(), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_total_is_that_of_what_was_there_when_it_was_taken(lanes: int) -> None:
    """What moves in place after a sum, or before it, or between two, is not what others add up."""
    rows = Rows((37,))
    x, y = rows.row("x"), rows.row("y")
    totals = [number(f"t{k}") for k in range(3)]
    rows.sets(y, (2.0, (x,)))
    rows.sums(totals[0], (1.0, (x, y)))
    rows.sets(x, (1.0, (x,)), (-0.25, (y,)))
    rows.sums(totals[1], (1.0, (x, y)))
    rows.sets(y, (1.0, (x, x)))
    rows.sums(totals[2], (1.0, (x, y)))
    given = {t: np.zeros(1) for t in totals}
    given |= {s: np.random.default_rng(5).normal(size=37) for s in (x, y)}
    agrees(rows, given, FLOAT64, lanes)


@pytest.mark.parametrize("lanes", [1, 4])
def test_what_divides_by_a_total_comes_after_all_of_it(lanes: int) -> None:
    """A nest that needs the sum over a box cannot be the one that adds it up."""
    rows = Rows((23,))
    x, y, total = rows.row("x"), rows.row("y"), number("total")
    rows.sets(y, (3.0, (x,)))
    rows.sums(total, (1.0, (y,)))
    scaled = Group(1.0, (), (rows.at(y), Operand(total, IndexMap(0, (0,)))))
    rows.program.items.append(Statement(rows.at(x), (23,), ((scaled,),)))
    given = {total: np.zeros(1), y: np.zeros(23)}
    given[x] = np.random.default_rng(6).normal(size=23)
    agrees(rows, given, FLOAT64, lanes)


def test_shifted_and_unlike_sums_stay_by_themselves() -> None:
    """A sum of what lies one further on, or in another order, does not go with the nest."""
    rows = Rows((20,))
    x, y, total = rows.row("x"), Storage("y", "VALUE", (21,)), number("total")
    rows.sets(y, (1.0, (x,)))
    shifted = Group(1.0, (20,), (Operand(y, IndexMap(1, (1,))),))
    turned = Group(1.0, (20,), (Operand(y, IndexMap(19, (-1,))),))
    rows.program.items.append(Statement(rows.one(total), (), ((shifted, turned),)))
    assert not any(nest.totals for nest in rows.nests())


def copied(base: int = 0, more: bool = False) -> tuple[Program, Storage, Storage]:
    """A row that is doubled and then handed out, with or without another use of that place."""
    x, d = Storage("x", "STATE", (12,)), Storage("d", "ADJOINT", (12,))
    out = Storage("out", "PARAM_GRAD", (20,))
    plain, there = IndexMap(0, (1,)), IndexMap(base, (1,))
    program = Program([
        Statement(Operand(d, plain), (12,), ((Group(2.0, (), (Operand(x, plain),)),),)),
        Statement(Operand(out, there), (12,), ((Group(1.0, (), (Operand(d, plain),)),),)),
        Statement(Operand(x, plain), (12,), ((Group(-1.0, (), (Operand(d, plain),)),),)),
    ])  # fmt: skip
    if more:
        other = Operand(out, IndexMap(base + 11, (1,)))
        (doubled, *_) = program.statements()
        program.items.insert(1, Statement(other, (3,), doubled.sums))
    return program, x, out


@pytest.mark.parametrize("base", [0, 5])
@pytest.mark.parametrize("more", [False, True])
def test_a_row_that_is_handed_out_lies_there(base: int, more: bool) -> None:
    """There is no copy, unless something else is written there in between."""
    program, x, out = copied(base, more)
    fewer = with_rows_in_place(program)
    assert len(fewer.items) == len(program.items) - (not more)
    memory = [{x: np.arange(12.0), out: np.full(20, 7.0)} for _ in range(2)]
    program.run(memory[0])
    fewer.run(memory[1])
    for storage in (x, out):
        np.testing.assert_array_equal(memory[1][storage], memory[0][storage])


def test_a_place_that_is_read_keeps_its_copy() -> None:
    """What stood there before the copy is asked for."""
    program, x, out = copied()
    look = Operand(out, IndexMap(0, (1,)))
    program.items.insert(
        1, Statement(Operand(x, IndexMap(0, (1,))), (12,), ((Group(1.0, (), (look,)),),))
    )
    assert len(with_rows_in_place(program).items) == len(program.items)


@pytest.mark.parametrize(
    "changed",
    [{"coefficient": -1.0}, {"settled": 1}, {"operands": 2}],
)
def test_what_is_computed_is_no_copy(changed: dict[str, Any]) -> None:
    """A row that is negated, settled or multiplied on its way out stays by itself."""
    program, _, _ = copied()
    copy = program.items[1]
    assert isinstance(copy, Statement)
    ((group,),) = copy.sums
    more = {"operands": group.operands * 2} if "operands" in changed else changed
    program.items[1] = replace(copy, sums=((replace(group, **more),),))
    assert len(with_rows_in_place(program).items) == 3


@pytest.mark.parametrize("count", [9, 40])
@pytest.mark.parametrize("shuffled", [False, True])
def test_gradients_come_out_in_place_wherever_they_stand(shuffled: bool, count: int) -> None:
    """Also where the Values have their numbers in no order: eager gradients are the same."""
    values = [Value(0.1 * k - 0.7) for k in range(count)]
    x = values[::3] + values[1::3] + values[2::3] if shuffled else values
    if shuffled:  # another function gives them their places first
        gg.compile(lambda: sum(v * v for v in values))()

    def step() -> Any:
        loss = sum((b - a * a) ** 2 for a, b in pairwise(x))
        for p in x:
            p.grad = 0.0
        loss.backward()
        return loss

    loss = step().data
    slopes = [p.grad for p in x]
    for p in x:
        p.grad = 99.0
    run = gg.compile(step)
    for _ in range(2):
        assert run().data == pytest.approx(loss, rel=1e-13)
        np.testing.assert_allclose([p.grad for p in x], slopes, rtol=1e-12, atol=1e-13)
