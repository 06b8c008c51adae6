"""Adjoints in few statements, numbers known beforehand, and what may run in one nest."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.emitting.captured import Captured
from glassgrad.compiler.emitting.fuse import fuse, injective, nests_of
from glassgrad.compiler.emitting.stages import Stages
from glassgrad.compiler.ir.floats import FLOAT64
from glassgrad.compiler.ir.graph import Graph
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage
from glassgrad.compiler.rolling.constants import with_constants
from glassgrad.compiler.rolling.shares import with_few_shares
from glassgrad.compiler.running.native import build
from glassgrad.compiler.tracing.arguments import Arguments
from glassgrad.compiler.tracing.trace import trace

pytest.importorskip("llvmlite")


def rosenbrock(x: list[Any]) -> Any:
    """Neighbours: each number is read as x[i] and as x[i + 1]."""
    return sum(100.0 * (b - a * a) ** 2 + (1.0 - a) ** 2 for a, b in pairwise(x))


def rosenbrock_slope(x: Any) -> Any:
    """Its derivative, by hand."""
    g = np.zeros_like(x)
    d = x[1:] - x[:-1] ** 2
    g[:-1] = -400.0 * d * x[:-1] - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * d
    return g


def stencil(x: list[Any]) -> Any:
    """Second differences, squared: three shifted shares."""
    return sum((a - 2.0 * b + c) ** 2 for a, b, c in zip(x, x[1:], x[2:], strict=False))


def stencil_slope(x: Any) -> Any:
    """Its derivative, by hand."""
    g, d = np.zeros_like(x), x[:-2] - 2.0 * x[1:-1] + x[2:]
    g[:-2] += 2.0 * d
    g[1:-1] -= 4.0 * d
    g[2:] += 2.0 * d
    return g


def penalised(x: list[Any]) -> Any:
    """A mean of roots and a penalty: constants flow back, and one share sets the adjoint."""
    return sum((1.0 + a * a).sqrt() for a in x) / len(x) + 0.25 * sum(a * a for a in x)


def penalised_slope(x: Any) -> Any:
    """Its derivative, by hand."""
    return x / np.sqrt(1.0 + x * x) / len(x) + 0.5 * x


CASES = [(rosenbrock, rosenbrock_slope), (stencil, stencil_slope), (penalised, penalised_slope)]
Function = Callable[[Any], Any]


def traced(function: Function, count: int) -> Graph:
    """A step of gradient descent on `count` numbers."""
    x = [Value(0.1) for _ in range(count)]

    def step() -> Any:
        loss = function(x)
        for p in x:
            p.grad = 0.0
        loss.backward()
        for p in x:
            p.data -= 0.01 * p.grad
        return loss

    return trace(step, Arguments((), {}, [])).graph


def programs(function: Function, count: int) -> tuple[Program, Program]:
    """The statements of a step, and the fewer that run."""
    stages = Stages(traced(function, count), Captured.alone(count, FLOAT64), 200, FLOAT64, 4)
    assert stages.loops is not None
    return stages.loops, with_few_shares(with_constants(stages.loops))


@pytest.mark.parametrize("count", [3, 9, 10, 11, 12, 24, 25, 63])
@pytest.mark.parametrize(("function", "slope"), CASES)
def test_fewer_statements_say_the_same(function: Function, slope: Function, count: int) -> None:
    """Gradients by the interpreter of statements are those by hand, before and after."""
    x = np.random.default_rng(count).uniform(-1.0, 1.0, count)
    for program in programs(function, count):
        program.verify()
        param = next(s for s in program.storages() if s.kind == "PARAM")
        grad = next(s for s in program.storages() if s.kind == "PARAM_GRAD")
        # What was there before must not show: whatever is not set has to be cleared.
        memory = {s: np.full(s.size, 1e9) for s in program.storages() if s.values is None}
        memory[param] = x.copy()
        program.run(memory)
        np.testing.assert_allclose(memory[grad], slope(x), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(memory[param], x - 0.01 * slope(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
@pytest.mark.parametrize("count", [3, 9, 10, 11, 24, 25, 63])
@pytest.mark.parametrize(("function", "slope"), CASES)
def test_native_steps_are_those_by_hand(
    function: Function, slope: Function, count: int, lanes: int
) -> None:
    """In vectors of each width, with each length of tails, what moves in place comes out right."""
    x = np.random.default_rng(count).uniform(-1.0, 1.0, count)
    step = build(traced(function, count), width=lanes)
    step.parameters[:] = x
    for _ in range(3):
        step(())
        np.testing.assert_allclose(step.gradients, slope(x), rtol=1e-11, atol=1e-11)
        x = x - 0.01 * slope(x)
        np.testing.assert_allclose(step.parameters, x, rtol=1e-11, atol=1e-11)


def at(storage: Storage | None, base: int, stride: int, value: float = 0.0) -> Operand:
    """Storage[base + stride * i], or a number."""
    return Operand(storage, IndexMap(base, (stride,)), value)


def test_what_sets_numbers_stays_before_what_adds_to_some() -> None:
    """Shares of all numbers are not put together across one of every other number."""
    x, d = Storage("x", "INPUT", (20,)), Storage("d", "PARAM_GRAD", (20,))
    whole = ((Group(1.0, (), (at(x, 0, 1),)),),)
    half = ((Group(10.0, (), (at(x, 0, 1),)),),)
    program = Program([
        Statement(at(d, 0, 1), (20,), whole),
        Statement(at(d, 0, 2), (10,), half, accumulate=True),
        Statement(at(d, 0, 1), (20,), whole, accumulate=True),
    ])  # fmt: skip
    memory = {x: np.arange(20.0), d: np.full(20, 1e9)}
    with_few_shares(program).run(memory)
    expected = 2.0 * np.arange(20.0)
    expected[::2] += 10.0 * np.arange(10.0)
    np.testing.assert_array_equal(memory[d], expected)


def test_an_adjoint_of_zero_stays_zero_beside_a_number_put_in() -> None:
    """0 * inf * 2 is 0 in a settled product of three, where the 2 is known beforehand."""
    d, slope = Storage("d", "INPUT", (2,)), Storage("slope", "INPUT", (2,))
    two, y = Storage("two", "ADJOINT", (2,)), Storage("y", "PARAM_GRAD", (2,))
    number = ((Group(1.0, (), (at(None, 0, 0, 2.0),)),),)
    product = Group(1.0, (), (at(d, 0, 1), at(slope, 0, 1), at(two, 0, 1)), settled=True)
    program = with_constants(
        Program(
            [Statement(at(two, 0, 1), (2,), number), Statement(at(y, 0, 1), (2,), ((product,),))]
        )
    )
    assert two not in program.storages()
    memory = {d: np.array([0.0, 3.0]), slope: np.array([np.inf, 5.0]), y: np.zeros(2)}
    program.run(memory)
    np.testing.assert_array_equal(memory[y], [0.0, 30.0])


def adjoint_of_param(program: Program) -> list[Statement]:
    """The statements that write the adjoint of the parameters."""
    return [s for s in program.statements() if s.written.name == "d_param"]


def test_shifted_shares_are_cut_at_their_ends() -> None:
    """Of Rosenbrock's function the inner numbers come from one statement, that sets them."""
    before, after = programs(rosenbrock, 100)
    assert sum(s.accumulate for s in adjoint_of_param(before)) == 4
    found = adjoint_of_param(after)
    assert sorted(s.domain for s in found) == [(1,), (1,), (98,)]
    assert not any(s.accumulate for s in found)


def test_numbers_known_beforehand_are_not_stored() -> None:
    """The derivative of the loss by itself, and of a mean by its terms, are in no storage."""
    before, after = programs(penalised, 40)
    gone = {s.name for s in before.storages()} - {s.name for s in after.storages()}
    constant = {s.written.name for s in before.statements() if s.written.kind == "ADJOINT"
                and not s.reads()}  # fmt: skip
    assert constant
    assert constant <= gone


def test_an_update_in_place_is_one_nest() -> None:
    """Parameters are moved and gradients kept in the nest that computes the step."""
    _, program = programs(rosenbrock, 100)
    nests = [nest for unit in fuse(program) for nest in nests_of(unit)]
    (moving,) = [n for n in nests if any(s.written.kind == "PARAM" for s in n.statements)]
    kinds = {s.written.kind for s in moving.statements}
    assert kinds == {"VALUE", "PARAM", "PARAM_GRAD"}
    assert {s.kind for s in moving.stored} == {"PARAM", "PARAM_GRAD"}
    assert not moving.may_run_twice()


@pytest.mark.parametrize("count", [5, 12, 33])
def test_what_the_next_statement_overwrites_is_read_before(count: int) -> None:
    """Numbers that move to their neighbours' places are all read before any is written."""
    x = [Value(float(k)) for k in range(count)]

    @gg.compile
    def turn() -> Any:
        old = [p.data for p in x]
        for k, p in enumerate(x):
            p.data = old[(k + 1) % count] + 0.5 * old[k]
        return x[0].data

    now = np.arange(float(count))
    for _ in range(3):
        turn()
        now = np.roll(now, -1) + 0.5 * now
        assert [p.data for p in x] == now.tolist()


@pytest.mark.parametrize(
    ("strides", "domain", "alone"),
    [((4, 1), (3, 4), True), ((1, 1), (3, 4), False), ((5, 1), (3, 4), True),
     ((3, 1), (3, 4), False), ((0, 1), (1, 4), True), ((0, 1), (2, 4), False),
     ((-4, 1), (3, 4), True), ((), (), True)],
)  # fmt: skip
def test_maps_that_meet_no_number_twice(
    strides: tuple[int, ...], domain: tuple[int, ...], alone: bool
) -> None:
    """What strides alone tell agrees with a count of the indices."""
    index = IndexMap(50, strides)
    points = np.broadcast_to(index.over(domain), domain).ravel()
    assert injective(index, domain) == alone == (len(set(points.tolist())) == len(points))
