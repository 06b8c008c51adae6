import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.compiler.ir.graph import NAMES, OPCODES, ROWS, Graph, GraphError, opcode, size
from glassgrad.ops import TABLE, primitive


def tanh_of_product() -> Graph:
    """Build tanh(w * x), its derivatives by w and by the product, and a step along the first."""
    g = Graph([()])
    x, w = g.add("INPUT", 0), g.add("PARAM", 0)
    product = g.add("mul", w, x)
    y = g.add("tanh", product)
    slope = g.add("GRAD", y, w)
    step = g.add("mul", g.constant(-0.1), slope)
    g.output("result", 0, y)
    g.output("result", 1, g.add("GRAD", y, product))
    g.output("grad", 0, slope)
    g.output("data", 0, g.add("add", w, step))
    return g


def test_evaluates_numbers_and_gradients() -> None:
    """tanh(0.3 * 2), its slopes 1 - tanh(0.6)^2 and twice that, and the moved parameter."""
    y = math.tanh(0.6)
    slope = 1.0 - y * y
    wanted = [y, slope, 2.0 * slope, 0.3 - 0.2 * slope]
    assert tanh_of_product().evaluate([2.0], [0.3]) == pytest.approx(wanted, rel=1e-15)


def test_stop_and_grad_let_no_gradient_through() -> None:
    """Of w * stop(w) + w only w * 1 and w count: the slope at w = 3 is 3 + 1, not 2 * 3 + 1."""
    g = Graph()
    w = g.add("PARAM", 0)
    y = g.add("add", g.add("mul", w, g.add("STOP", w)), w)
    slope = g.add("GRAD", y, w)
    g.output("result", 0, slope)
    g.output("result", 1, g.add("GRAD", g.add("mul", slope, w), w))
    assert g.evaluate(params=[3.0]) == [4.0, 4.0]


def test_gradient_by_what_is_not_reached_is_zero() -> None:
    """The derivative by a node that the root does not depend on, before it or after it, is 0."""
    g = Graph()
    w, other = g.add("PARAM", 0), g.add("PARAM", 1)
    root = g.add("exp", w)
    later = g.add("exp", root)
    for node in (other, later):
        g.output("result", node, g.add("GRAD", root, node))
    assert g.evaluate(params=[0.5, 1.0]) == [0.0, 0.0]


def test_zero_adjoint_meets_an_infinite_slope() -> None:
    """Where the side not taken has an infinite or undefined slope, its share is 0 and not nan."""
    g = Graph()
    x = g.add("PARAM", 0)
    condition = g.add("gt", x, g.constant(0.0))
    y = g.add("where", condition, g.add("log", x), g.add("mul", g.constant(2.5), x))
    g.output("result", 0, g.add("GRAD", y, x))
    assert g.evaluate(params=[0.0]) == [2.5]
    assert g.evaluate(params=[-1.0]) == [2.5]
    assert g.evaluate(params=[4.0]) == [0.25]


def test_constants_are_told_apart_by_their_bits() -> None:
    """The same number is one node; 0.0 and -0.0 are two, and a nan equals itself."""
    g = Graph()
    zero, minus, nan = g.constant(0.0), g.constant(-0.0), g.constant(math.nan)
    assert (g.constant(0.0), g.constant(-0.0), g.constant(math.nan)) == (zero, minus, nan)
    assert len({zero, minus, nan}) == 3


def test_text_form() -> None:
    """The text is the one that the module's docstring shows, with the user's lines."""
    g = Graph([(2,)])
    g.names = ["x"]
    x, w = g.add("INPUT", 1), g.add("PARAM", 0)
    g.lines.append("/somewhere/notes.py:12")
    g.output("result", 0, g.add("mul", w, x))
    g.line[-1] = 0
    g.output("state", 3, g.constant(-0.5))
    assert str(g).splitlines() == [
        "inputs {'x': (2,)}",
        "%0 = INPUT 1",
        "%1 = PARAM 0",
        "%2 = mul %1 %0               ; notes.py:12",
        "%3 = CONST -0.5",
        "-> result 0 = %2",
        "-> state 3 = %3",
    ]


def test_leaves_side_by_side_are_one_line() -> None:
    """Three leaves of one kind or more, with indices that count up, are written as a range."""
    g = Graph([(4,)])
    for index in (0, 1, 2, 3, 3):
        g.add("INPUT", index)
    for index in (5, 6, 4, 5, 6):
        g.add("PARAM", index)
    lines = str(g).splitlines()
    assert lines[1:3] == ["%0 .. %3 = INPUT 0 .. 3", "%4 = INPUT 3"]
    assert lines[3:] == ["%5 = PARAM 5", "%6 = PARAM 6", "%7 .. %9 = PARAM 4 .. 6"]
    assert Graph.parse(str(g)).a == g.a


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph of any rows on any operands."""
    g = Graph([(2,), {"a": (1, 2)}])
    for i in range(4):
        g.add("INPUT", i)
    g.add("PARAM", 0)
    g.constant(draw(st.floats(allow_nan=False)))
    g.lines += ["a.py:1", "b c.py:22"]
    for _ in range(draw(st.integers(0, 20))):
        name = draw(st.sampled_from(["STOP", "GRAD", *TABLE]))
        arity = {"STOP": 1, "GRAD": 2}.get(name) or TABLE[name].arity
        if arity > 3:
            continue
        g.add(name, *(draw(st.integers(0, len(g) - 1)) for _ in range(arity)))
        g.line[-1] = draw(st.sampled_from([-1, 0, 1]))
    g.output("result", 0, len(g) - 1)
    return g


@given(graphs())
def test_text_can_be_read_again(graph: Graph) -> None:
    """A parsed text is the same graph: it verifies, and writes the same text."""
    graph.verify()
    again = Graph.parse(str(graph))
    assert str(again) == str(graph)
    assert (again.op, again.a, again.b, again.c) == (graph.op, graph.a, graph.b, graph.c)


@pytest.mark.parametrize(
    "text",
    [
        "%0 = tanh %0",
        "%0 = INPUT 2",
        "%0 = INPUT 0\n%1 = mul %0",
        "%0 = nothing 1",
        "-> odd 0 = %0",
    ],
)
def test_wrong_text_is_refused(text: str) -> None:
    """An operand that does not come before, a wrong index, arity, name or kind of output."""
    with pytest.raises(GraphError):
        Graph.parse("inputs [(2,)]\n" + text)


def test_verify_names_the_node() -> None:
    """The message holds the node, its name and what it may have."""
    g = tanh_of_product()
    g.verify()
    g.a[3] = 9
    with pytest.raises(GraphError, match=r"%3 = tanh has the operands \(9, -1, -1\).*0 to 2"):
        g.verify()
    g.a[3] = 2
    g.outputs.append("result", 0, 100)
    with pytest.raises(GraphError, match="node=100"):
        g.verify()


def test_every_row_has_a_code_and_a_new_one_gets_one() -> None:
    """Codes, names and rows lie side by side; a user's row is added when it is asked for."""
    assert all(ROWS[OPCODES[name]] is row for name, row in TABLE.items() if name in OPCODES)
    row = primitive(
        "graph_cube",
        forward=lambda x: x * x * x,
        partials=lambda y, x: (3 * x * x,),
        domain=[(-2, 2)],
        says="A cube.",
    )
    code = opcode(row)
    assert (NAMES[code], ROWS[code], opcode(row)) == ("graph_cube", row, code)


def test_size_of_nested_shapes() -> None:
    """The count of numbers in arguments of every form."""
    shapes = [(), (3, 4), [(), (2,)], {"a": (5,), "b": []}, []]
    assert [size(shape) for shape in shapes] == [1, 12, 3, 5, 0]
