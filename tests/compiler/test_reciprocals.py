"""Divisions by a number that many points share, as products with its reciprocal."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.compiler.emitting.fuse import fuse, nests_of
from glassgrad.compiler.emitting.reciprocals import with_reciprocals
from glassgrad.compiler.ir.floats import FLOAT64
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage
from tests.compiler.by_machine import natively

pytest.importorskip("llvmlite")


def divide(x: Any, b: Any) -> Any:
    """Every number by the same one."""
    return [number / b for number in x]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_quotients_are_those_of_a_division_to_the_ends_of_the_range(dtype: str) -> None:
    """By zeros, infinities, nan, subnormal and huge numbers; else within two roundings."""
    kind = np.finfo(dtype)
    tiny, most = float(kind.smallest_subnormal), float(kind.max)
    edges = [tiny, 3 * tiny, float(kind.tiny) / 2, float(kind.tiny), most / 2, most]
    edges += [0.3, 1.0, 1.7e19, 0.0, math.inf]
    edges += [-x for x in edges] + [math.nan]
    x = np.array(edges, dtype)
    divided = gg.compile(divide, dtype=dtype)
    for b in edges:
        with np.errstate(all="ignore"):
            expected = x / np.array(b, dtype)
        found = np.array(divided(x, b), dtype)
        signs = np.signbit([found, expected])[:, ~np.isnan(expected)]
        np.testing.assert_array_equal(*signs)
        np.testing.assert_allclose(found, expected, rtol=2 * float(kind.eps), atol=2 * tiny)


def at(storage: Storage, *strides: int) -> Operand:
    """What a storage has at a point, from its beginning."""
    return Operand(storage, IndexMap(0, strides))


def quotient(y: Operand, domain: tuple[int, ...], x: Operand, by: Operand) -> Statement:
    """A statement: y = x / by over the domain."""
    return Statement(y, domain, tuple((Group(1.0, (), (o,)),) for o in (x, by)), "div")


def quotients(rows: int) -> tuple[Program, list[Storage]]:
    """A table divided row by row by b, twice, and once more by 2 b; x, b and the three targets."""
    x, *found = (Storage(name, "STATE", (rows, 9)) for name in "xyzw")
    b = Storage("b", "STATE", (9,))
    by_b = [quotient(at(y, 9, 1), (rows, 9), at(x, 9, 1), at(b, 0, 1)) for y in found]
    twice = Statement(at(b, 1), (9,), ((Group(2.0, (), (at(b, 1),)),),))
    return Program([*by_b[:2], twice, by_b[2]]), [x, b, *found]


@pytest.mark.parametrize("lanes", [1, 4])
def test_a_divisor_that_has_changed_since_is_inverted_anew(lanes: int) -> None:
    """Two quotients by one number have its reciprocal in common; that is not of what comes then."""
    program, (x, b, *found) = quotients(4)
    fewer = with_reciprocals(program, FLOAT64)
    fewer.verify()
    assert sum(s.row == "div" for s in fewer.statements()) == 2
    rng = np.random.default_rng(3)
    numbers, by = rng.normal(size=(4, 9)), rng.normal(size=9)
    memory = {x: numbers, b: by} | {y: np.zeros((4, 9)) for y in found}
    natively(fewer, memory, lanes=lanes)
    for y, size in zip(found, (1.0, 1.0, 0.5), strict=True):
        np.testing.assert_allclose(memory[y], size * numbers / by, rtol=1e-15)


def test_few_points_are_divided_as_they_are() -> None:
    """Three quotients by a number take about as long as its reciprocal would."""
    program, _ = quotients(3)
    assert with_reciprocals(program, FLOAT64).items == program.items


@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_halves_of_a_storage_are_written_in_one_nest(lanes: int) -> None:
    """Both are read, then both are moved, as Adam's moments are; in between one is read again."""
    state = Storage("state", "STATE", (22,))
    y, z = Storage("y", "STATE", (11,)), Storage("z", "STATE", (11,))

    def half(k: int) -> Operand:
        return Operand(state, IndexMap(11 * k, (1,)))

    def sets(target: Operand, *parts: Operand) -> Statement:
        return Statement(target, (11,), ((Group(0.5, (), parts),),))

    program = Program([
        sets(at(y, 1), half(0), half(1)),
        sets(half(0), half(0), at(y, 1)),
        sets(half(1), half(1), at(y, 1)),
        sets(at(z, 1), half(0), half(1)),
    ])  # fmt: skip
    assert len([nest for unit in fuse(program) for nest in nests_of(unit)]) == 1
    a, b = np.random.default_rng(4).normal(size=(2, 11))
    memory = {y: np.zeros(11), z: np.zeros(11), state: np.concatenate([a, b])}
    natively(program, memory, lanes=lanes)
    moved = 0.5 * a * (0.5 * a * b), 0.5 * b * (0.5 * a * b)
    np.testing.assert_allclose(memory[state], np.concatenate(moved), rtol=1e-14)
    np.testing.assert_allclose(memory[z], 0.5 * moved[0] * moved[1], rtol=1e-14)
