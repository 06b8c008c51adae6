"""The Value object, the graph it makes, and the walk that draws it: section two."""

from typing import Any

from glassgrad import Value


def expression() -> dict[str, Value]:
    """The lecture's L = (a*b + c) * f, with labels, some of them set afterwards."""
    a = Value(2.0, label="a")
    b = Value(-3.0, label="b")
    c = Value(10.0, label="c")
    e = a * b
    e.label = "e"
    d = e + c
    d.label = "d"
    f = Value(-2.0, label="f")
    L = d * f
    L.label = "L"
    return {node.label: node for node in (a, b, c, e, d, f, L)}


def test_the_numbers() -> None:
    """a*b + c is 4, and L is -8."""
    v = expression()
    assert v["e"].data == -6.0
    assert v["d"].data == 4.0
    assert v["L"].data == -8.0


def test_parents_and_operation() -> None:
    """The node d knows that it is the sum of e and c."""
    v = expression()
    assert set(v["d"]._prev) == {v["e"], v["c"]}
    assert v["d"]._op == "+"
    assert v["L"]._op == v["e"]._op == "*"
    assert v["a"]._prev == ()
    assert v["a"]._op == ""


def test_repr_shows_the_data() -> None:
    """A Value in a notebook cell shows its number."""
    assert repr(Value(2.0) * Value(-3.0)).startswith("Value(data=-6.0")


def trace(root: Any) -> tuple[set[Any], set[Any]]:
    """All nodes and edges, by the walk that the lecture does."""
    nodes, edges = set(), set()

    def build(v: Any) -> None:
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def draw_dot(root: Any) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """The boxes and arrows that the lecture hands to graphviz: a box for each operation too."""
    nodes, edges = trace(root)
    boxes, arrows = {}, set()
    for n in nodes:
        uid = str(id(n))
        boxes[uid] = "{ %s | data %.4f | grad %.4f }" % (n.label, n.data, n.grad)  # noqa: UP031
        if n._op:
            boxes[uid + n._op] = n._op
            arrows.add((uid + n._op, uid))
    for n1, n2 in edges:
        arrows.add((str(id(n1)), str(id(n2)) + n2._op))
    return boxes, arrows


def test_trace() -> None:
    """The walk along `_prev` finds the seven nodes and six edges of L."""
    v = expression()
    nodes, edges = trace(v["L"])
    assert nodes == set(v.values())
    pairs = {(start.label, end.label) for start, end in edges}
    assert pairs == {("a", "e"), ("b", "e"), ("e", "d"), ("c", "d"), ("d", "L"), ("f", "L")}


def test_draw_dot() -> None:
    """The drawing has ten boxes and nine arrows; numbers have four decimals."""
    v = expression()
    v["L"].backward()
    boxes, arrows = draw_dot(v["L"])
    assert (len(boxes), len(arrows)) == (10, 9)
    assert sorted(text for text in boxes.values() if len(text) == 1) == ["*", "*", "+"]
    assert "{ a | data 2.0000 | grad 6.0000 }" in boxes.values()
    assert "{ L | data -8.0000 | grad 1.0000 }" in boxes.values()


def test_plain_numbers_are_nodes_too() -> None:
    """A number in an expression is a parent like any other, as it is in the lecture."""
    a = Value(3.0)
    nodes, edges = trace(a * 2 + 1)
    assert sorted(n.data for n in nodes) == [1.0, 2.0, 3.0, 6.0, 7.0]
    assert len(edges) == 4


def test_the_librarys_own_drawing() -> None:
    """Before and after backward the library draws the same graph, inline in a notebook."""
    v = expression()
    before = v["L"]._repr_svg_()
    v["L"].backward()
    after = v["L"]._repr_svg_()
    for picture in (before, after):
        assert "<svg" in picture
        assert all(label in picture for label in v)
    assert "8.0000" in after
    assert before != after
