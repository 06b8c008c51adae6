from __future__ import annotations

import numpy as np
import pytest

from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage, Table


def number(x: float, axes: int) -> Operand:
    """The same number at every point."""
    return Operand(None, IndexMap(0, (0,) * axes), x)


def matrix_product() -> tuple[Program, list[Storage]]:
    """y[i, j] = tanh(sum over k of a[i, k] * b[k, j], plus 0.5), of 2x3 and 3x4."""
    a, b = Storage("a", "INPUT", (2, 3)), Storage("b", "PARAM", (3, 4))
    y = Storage("y", "VALUE", (2, 4))
    product = Group(
        1.0,
        (3,),
        (Operand(a, IndexMap(0, (3, 0, 1))), Operand(b, IndexMap(0, (0, 1, 4)))),
    )
    sums = ((product, Group(1.0, (), (number(0.5, 2),))),)
    target = Operand(y, IndexMap(0, (4, 1)))
    return Program([Statement(target, (2, 4), sums, "tanh", line="net.py:3")]), [a, b, y]


def test_a_layer_reads_as_one_product() -> None:
    """The text form shows the sum, its axes, the activation and the user's line."""
    program, _ = matrix_product()
    assert str(program).splitlines() == [
        "INPUT       a[2, 3]",
        "PARAM       b[3, 4]",
        "VALUE       y[2, 4]",
        "",
        "# net.py:3",
        "i<2 j<4  y[i, j]  = tanh(sum(r<3: a[i, r] * b[r, j]) + 0.5)",
    ]
    assert str(program.items[0]) == (
        "y[i, j] = tanh(sum(r<3: a[i, r] * b[r, j]) + 0.5) for i<2, j<4  # net.py:3"
    )


def test_the_interpreter_multiplies_matrices() -> None:
    """A product statement is NumPy's matrix product."""
    program, (a, b, y) = matrix_product()
    rng = np.random.default_rng(1)
    memory = {a: rng.normal(size=6), b: rng.normal(size=12)}
    program.verify()
    program.run(memory)
    expected = np.tanh(memory[a].reshape(2, 3) @ memory[b].reshape(3, 4) + 0.5)
    np.testing.assert_allclose(memory[y].reshape(2, 4), expected, rtol=1e-14)


def test_accumulating_statements_add_for_every_point() -> None:
    """Where the table of a target names an entry twice, both are added."""
    x, y = Storage("x", "INPUT", (3,)), Storage("y", "ADJOINT", (2,))
    into = Operand(y, IndexMap(0, (0,), Table(np.array([1, 0, 1], np.int32), (1,))))
    group = Group(-2.0, (), (Operand(x, IndexMap(0, (1,))),))
    memory = {x: np.array([0.5, 1.25, 4.0]), y: np.array([10.0, 20.0])}
    Program([Statement(into, (3,), ((group,),), accumulate=True)]).run(memory)
    assert memory[y].tolist() == [7.5, 11.0]


def test_a_zero_keeps_its_sign() -> None:
    """The angle of (-0.0, -1) is -pi, at a point and along axes."""
    x, y = Storage("x", "PARAM", (2,)), Storage("y", "VALUE", (2,))
    read = Group(1.0, (), (Operand(x, IndexMap(0, (1,))),))
    sums = (read,), (Group(1.0, (), (number(-1.0, 1),)),)
    statement = Statement(Operand(y, IndexMap(0, (1,))), (2,), sums, "atan2")
    memory = {x: np.array([-0.0, 0.0])}
    Program([statement]).run(memory)
    np.testing.assert_array_equal(memory[y], [-np.pi, np.pi])


def test_a_settled_product_is_zero_where_its_adjoint_is() -> None:
    """0 * inf counts as 0 in a settled group, and as nan in another."""
    g, x = Storage("g", "INPUT", (3,)), Storage("x", "INPUT", (3,))
    memory = {g: np.array([0.0, 0.0, 2.0]), x: np.array([np.inf, np.nan, 3.0])}
    along = IndexMap(0, (1,))
    for settled in (1, 0):
        y = Storage("y", "VALUE", (3,))
        group = Group(1.0, (), (Operand(g, along), Operand(x, along)), settled)
        Program([Statement(Operand(y, along), (3,), ((group,),))]).run(memory)
        assert memory[y][2] == 6.0
        assert bool(np.isnan(memory[y][:2]).all()) != settled


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (lambda x, y: Statement(y(0, 1), (5,), ((x(0, 1),),)), "0..4 is asked"),
        (lambda x, y: Statement(y(1, -1), (3,), ((x(0, 1),),)), "-1..1 is asked"),
        (lambda x, y: Statement(y(0, 1), (2,), ((x(0, 1, 1),),)), "2 strides for 1 axes"),
        (lambda x, y: Statement(y(0, 1), (2,), ((x(0, 1),),), "pow"), "1 sums do not fit pow"),
        (lambda x, y: Statement(y(0, 1), (2,), ((x(0, 1),),), "tanhh"), "no row 'tanhh'"),
        (lambda x, y: Statement(x(0, 1).operands[0], (2,), ((x(0, 1),),)), "cannot be written"),
    ],
)
def test_verify_names_what_is_wrong(statement: object, says: str) -> None:
    """An index out of range, strides that do not fit, unknown rows and bad targets are found."""
    source, into = Storage("x", "INPUT", (4,)), Storage("y", "VALUE", (4,))

    def x(base: int, *strides: int) -> Group:
        return Group(1.0, (), (Operand(source, IndexMap(base, strides)),))

    def y(base: int, *strides: int) -> Operand:
        return Operand(into, IndexMap(base, strides))

    assert callable(statement)
    with pytest.raises(ValueError, match=says):
        Program([statement(x, y)]).verify()


def test_verify_finds_a_value_that_nothing_wrote() -> None:
    """A VALUE must be written before it is read."""
    a, b = Storage("a", "VALUE", (2,)), Storage("b", "VALUE", (2,))
    along = IndexMap(0, (1,))
    copy = Statement(Operand(b, along), (2,), ((Group(1.0, (), (Operand(a, along),)),),))
    with pytest.raises(ValueError, match="a is read before it is written"):
        Program([copy]).verify()
