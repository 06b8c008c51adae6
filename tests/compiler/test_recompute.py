"""Numbers computed again where they are read, instead of being stored."""

from __future__ import annotations

import numpy as np
import pytest

from glassgrad.compiler.emitting.fuse import Fused, fuse
from glassgrad.compiler.emitting.recompute import recompute
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage
from tests.compiler.by_machine import natively

pytest.importorskip("llvmlite")
SIZE = 21


def row(name: str, kind: str = "STATE", size: int = SIZE) -> Storage:
    """So many numbers."""
    return Storage(name, kind, (size,))


def at(storage: Storage, base: int = 0, stride: int = 1) -> Operand:
    """Storage[base + stride * i]."""
    return Operand(storage, IndexMap(base, (stride,)))


def sets(
    target: Operand, size: int, *products: tuple[float, tuple[Operand, ...]], row: str = ""
) -> Statement:
    """A statement over one axis: a sum of coefficients times products, or a row of it."""
    groups = tuple(Group(c, (), parts) for c, parts in products)
    return Statement(target, (size,), (groups,), row)


def is_stored(program: Program, storage: Storage) -> bool:
    """Whether any nest writes it to memory."""
    nests = [unit for unit in recompute(fuse(program)) if isinstance(unit, Fused)]
    return any(storage in nest.stored for nest in nests)


def both_ways(program: Program, memory: dict[Storage, np.ndarray]) -> None:
    """Check that machine code of each width leaves what the interpreter of statements does."""
    expected = {storage: numbers.copy() for storage, numbers in memory.items()}
    program.run(expected)
    for lanes in (1, 2, 4):
        found = {storage: numbers.copy() for storage, numbers in memory.items()}
        natively(program, found, lanes=lanes)
        for storage in memory:
            np.testing.assert_allclose(found[storage], expected[storage], rtol=1e-14, atol=1e-15)


def numbers(*storages: Storage) -> dict[Storage, np.ndarray]:
    """Random ones for each storage."""
    rng = np.random.default_rng(7)
    return {storage: rng.normal(size=storage.size) for storage in storages}


def chain(x: Storage, y: Storage) -> tuple[list[Statement], Storage]:
    """Statements that make d = 3 (x[i + 1] - x[i] ** 2) of x, of which y keeps a part."""
    h, d = row("h", "VALUE", SIZE - 1), row("d", "VALUE", SIZE - 1)
    made = [
        sets(at(h), SIZE - 1, (1.0, (at(x, 1),)), (-1.0, (at(x), at(x)))),
        sets(at(d), SIZE - 1, (3.0, (at(h),))),
        sets(at(y), SIZE - 1, (1.0, (at(h), at(h)))),
    ]
    return made, d


def test_what_is_read_shifted_and_backwards_is_computed_there() -> None:
    """Two neighbours of d, and d from its end, at points that other statements run over."""
    x, y, z, w = row("x"), row("y"), row("z"), row("w")
    made, d = chain(x, y)
    made.append(sets(at(z, 1), SIZE - 2, (1.0, (at(d, 1),)), (-2.0, (at(d),))))
    made.append(sets(at(w), 10, (1.0, (at(d, 19, -2), at(z)))))
    program = Program(made)
    assert not is_stored(program, d)
    both_ways(program, numbers(z, x, y, w))


def test_a_row_that_has_changed_is_not_computed_from() -> None:
    """Where x moves before d is read, or where it is read, d is what it was."""
    x, y, z = row("x"), row("y"), row("z")
    made, d = chain(x, y)
    moves = sets(at(x), SIZE, (0.5, (at(x),)))
    reads = sets(at(z, 1), SIZE - 2, (1.0, (at(d, 1),)), (-2.0, (at(d),)))
    for program in (Program([*made, moves, reads]), Program([*made, reads, moves])):
        both_ways(program, numbers(z, x, y))
    assert is_stored(Program([*made, moves, reads]), d)
    assert not is_stored(Program([*made, reads, moves]), d)
    same_nest = sets(at(x, 1), SIZE - 2, (1.0, (at(d),)), (1.0, (at(d, 1),)))
    program = Program([*made, same_nest])
    assert is_stored(program, d)
    both_ways(program, numbers(x, y))


@pytest.mark.parametrize("case", ["two rows", "a long function", "read in a sum", "grown"])
def test_what_is_not_light_is_stored(case: str) -> None:
    """Of two rows, by a long function, or where each number would be computed several times."""
    x, y, z, d = row("x"), row("y"), row("z"), row("d", "VALUE")
    made = [sets(at(d), SIZE, (2.0, (at(x),)))]
    reads = sets(at(z, 1), SIZE - 1, (1.0, (at(d),)), (1.0, (at(y, 1),)))
    assert not is_stored(Program([*made, reads]), d)
    if case == "two rows":
        made = [sets(at(d), SIZE, (2.0, (at(x), at(y))))]
    elif case == "a long function":
        made = [sets(at(d), SIZE, (2.0, (at(x),)), row="tanh")]
    elif case == "read in a sum":
        window = Group(1.0, (3,), (Operand(d, IndexMap(0, (1, 1))),))
        reads = Statement(at(z), (SIZE - 2,), ((window,),))
    else:
        made.append(Statement(at(d), (SIZE,), ((Group(1.0, (), (at(y),)),),), accumulate=True))
    program = Program([*made, reads])
    assert is_stored(program, d)
    both_ways(program, numbers(z, x, y))


def test_a_number_of_each_column_is_computed_at_every_point() -> None:
    """It does not move along the axis that fills the lanes of who reads it."""
    x, table, y = row("x", size=5), Storage("t", "STATE", (5, 8)), Storage("y", "STATE", (5, 8))
    d = row("d", "VALUE", 5)

    def of(storage: Storage, *strides: int) -> Operand:
        return Operand(storage, IndexMap(0, strides))

    product = Group(1.0, (), (of(table, 8, 1), of(d, 1, 0)))
    program = Program([
        sets(at(d), 5, (2.0, (at(x),)), (-1.0, (at(x), at(x)))),
        Statement(of(y, 8, 1), (5, 8), ((product,),)),
    ])  # fmt: skip
    assert not is_stored(program, d)
    both_ways(program, numbers(y, x, table))
