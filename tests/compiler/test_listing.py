from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from glassgrad.compiler.ir.listing import program_text
from glassgrad.compiler.ir.loops import Group, IndexMap, Operand, Program, Statement, Storage, Table
from glassgrad.compiler.ir.outside import outside_of
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.expand import expand_gradients
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified
from glassgrad.ops import TABLE

Numbers = dict[str, Any]


def read(text: str, memory: Numbers) -> None:
    """Carry out what the text says, by Python, one point after another."""
    for name, row in TABLE.items():
        memory[name] = lambda *numbers, row=row: row.forward(*map(float, numbers))
    memory["settled"] = lambda *factors: 0.0 if factors[0] == 0.0 else float(np.prod(factors))
    memory["settled2"] = lambda *factors: 0.0 if 0.0 in factors[:2] else float(np.prod(factors))
    heads, _, statements = text.partition("\n\n")
    for kind, entries in re.findall(r"(?m)^(\w+)? +(.*)", heads):
        for name, extents, _, values in re.findall(r"(\w+)\[([\d, ]*)\]( = (.*))?", entries):
            shape = [int(extent) for extent in extents.split(",") if extent]
            if values:
                numbers = [float(x) for x in values.split(", ")]
                memory[name] = np.array(numbers, int if kind == "table" else float).reshape(shape)
            memory.setdefault(name, np.zeros(shape))
            memory[name] = memory[name].reshape(shape)
    for line in statements.splitlines():
        if not line.startswith("#"):
            run(line, memory)


def run(line: str, memory: Numbers) -> None:
    """Carry out one statement."""
    form = r"((?:\w+<\d+ ?)*) *(\w+(?:\.flat)?)(\[.*?\])? +(\+?=) (.*)"
    axes, name, index, sign, right = re.fullmatch(form, line).groups()  # type: ignore[union-attr]  # else the test fails
    while (found := re.search(r"sum\(((?:\w+<\d+ ?)+): ", right)) is not None:
        depth, end = 1, found.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(right[end], 0)
            end += 1
        inner = f"sum(({right[found.end() : end - 1]}) {loops(found[1])})"
        right = right[: found.start()] + inner.replace("sum(", "SUM(") + right[end:]
    right = re.sub(r"settled2?\(([^()]*)\)", lambda m: m[0].replace(" * ", ", "), right)
    right = right.replace("SUM(", "sum(")
    names = re.findall(r"(\w+)<", axes)
    point = "(" + "".join(f"{axis}, " for axis in names) + ")"
    made = eval(f"[({point}, {right}) {loops(axes) or 'for _ in [0]'}]", memory)
    place = compile(f"{name}{index or '[()]'} {sign} number", "text", "exec")
    for at, number in made:
        exec(place, memory, {**dict(zip(names, at, strict=True)), "number": number})


def loops(axes: str) -> str:
    """The `for`s of a comprehension."""
    return " ".join(f"for {a} in range({n})" for a, n in re.findall(r"(\w+)<(\d+)", axes))


def test_the_text_says_what_the_program_computes(case: Any) -> None:
    """What a reader works out from the text alone is what the graph's interpreter computes."""
    if len(case.graph) > 5_000:
        pytest.skip("working it out point after point takes long, and shows nothing new")
    outside = outside_of(case.graph)
    rolled = roll(simplified(case.graph) or expand_gradients(case.graph), outside)
    assert rolled is not None
    memory: Numbers = {"param": case.params, "param_grad": case.grads, "state": case.states}
    memory = {name: numbers.copy() for name, numbers in memory.items()}
    memory.update(zip(case.graph.names, case.arguments, strict=True))
    with np.errstate(all="ignore"):
        read(program_text(differentiate(rolled), shown=None), memory)
    names = {"data": "param", "grad": "param_grad", "state": "state", "result": "result"}
    case.agrees([memory[names[out.kind]][out.index] for out in case.graph.outputs])


def statement(*operands: Operand, settled: bool = False, row: str = "") -> Statement:
    """One over 2 x 3 points, of the product of these operands."""
    y = Storage("y", "VALUE", (2, 3))
    group = Group(-0.5, (), operands, settled)
    return Statement(Operand(y, IndexMap(0, (3, 1))), (2, 3), ((group,),), row)


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (IndexMap(0, (4, 1)), "x[i, j]"),
        (IndexMap(5, (4, 1)), "x[i + 1, j + 1]"),
        (IndexMap(11, (-4, -1)), "x[-i + 2, -j + 3]"),
        (IndexMap(0, (5, 0)), "x[i, i]"),
        (IndexMap(6, (0, 1)), "x.flat[j + 6]"),
        (IndexMap(0, (5, 3)), "x.flat[5*i + 3*j]"),
        (IndexMap(7, (0, 0)), "x[1, 3]"),
        (
            IndexMap(1, (0, 2), Table(np.array([4, 0], np.int32), (1, 0))),
            "x.flat[2*j + 1 + table[i]]",
        ),
    ],
)
def test_an_index_goes_by_axes_where_it_can(index: IndexMap, text: str) -> None:
    """Each axis of the storage has its own index, unless a step carries over its edge."""
    x = Storage("x", "INPUT", (3, 4))
    assert str(statement(Operand(x, index))) == f"y[i, j] = -0.5 * {text} for i<2, j<3"


def test_long_tables_and_constants_are_cut() -> None:
    """The text shows eight numbers and says how many more there are; two equal tables are one."""
    x, c = Storage("x", "INPUT", (40,)), Storage("c0", "CONST", (9,), np.arange(9.0))
    table = np.arange(40, dtype=np.int32)
    operands = [
        Operand(x, IndexMap(0, (0, 0), Table(table, strides))) for strides in ((3, 1), (0, 5))
    ]
    made = statement(*operands, Operand(c, IndexMap(0, (0, 1))), settled=True)
    assert str(Program([made])).splitlines() == [
        "INPUT       x[40]",
        "CONST       c0[9] = 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, ... (1 more)",
        "VALUE       y[2, 3]",
        "table       t0[40] = 0, 1, 2, 3, 4, 5, 6, 7, ... (32 more)",
        "",
        "# no line of yours",
        "i<2 j<3  y[i, j]  = -0.5 * settled(x[t0[3*i + j]] * x[t0[5*j]] * c0[j])",
    ]
