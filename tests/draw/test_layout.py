"""The layered layout: layers, order, coordinates, routes."""

import json
import math
import shutil
import subprocess
from itertools import combinations, pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.draw.coordinates import place
from glassgrad.draw.expression import read_expression
from glassgrad.draw.layers import assign_layers, topological
from glassgrad.draw.layout import Layout, layout
from glassgrad.draw.order import Ordering, crossings_saved

Edges = list[tuple[int, int]]
Points = list[tuple[float, float]]


def edges_of(root: Any) -> tuple[int, Edges]:
    """How many values an expression has, and its edges."""
    expression = read_expression([root], {})
    edges = [(p, node) for node, parents in enumerate(expression.parents) for p in parents]
    return len(expression.values), edges


@st.composite
def graphs(draw: st.DrawFn, most: int = 12) -> tuple[int, Edges]:
    """Any acyclic graph with shuffled numbers; parallel edges and loose nodes included."""
    count = draw(st.integers(1, most))
    number = draw(st.permutations(range(count)))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=2 * count)) if pairs else []
    return count, [(number[a], number[b]) for a, b in chosen]


sizes_of_boxes = st.lists(st.tuples(st.floats(1, 200), st.floats(1, 90)), min_size=12, max_size=12)


# ------------------------------------------------------------------------------------------ layers


@given(graphs(most=6))
def test_layers_are_the_shortest_there_are(graph: tuple[int, Edges]) -> None:
    """No assignment of layers has a smaller total edge length: all are tried."""
    count, edges = graph
    layer = assign_layers(count, edges)
    assert all(layer[head] > layer[tail] for tail, head in edges)
    possible = (
        sum(choice[head] - choice[tail] for tail, head in edges)
        for choice in product(range(count), repeat=count)
        if all(choice[head] > choice[tail] for tail, head in edges)
    )
    assert sum(layer[head] - layer[tail] for tail, head in edges) == min(possible)


def test_layers_of_the_large_graph_are_optimal_by_duality(large_graph: Any) -> None:
    """The total length equals that of the dual problem, found independently.

    By linear programming duality the least total length of layers is the greatest total of a flow
    along the edges in which each node sends out as much more than it takes in as it has more edges
    out than in.
    """
    count, edges = edges_of(large_graph)
    layer = assign_layers(count, edges)
    assert sum(layer[b] - layer[a] for a, b in edges) == _longest_flow(count, edges)


def _longest_flow(count: int, edges: Edges) -> int:
    """The greatest total flow, by augmenting along longest paths."""
    surplus = [0] * count  # what a node still has to send
    for tail, head in edges:
        surplus[tail] += 1
        surplus[head] -= 1
    flow = [0] * len(edges)
    while any(surplus):
        best = [-math.inf if s <= 0 else 0.0 for s in surplus]
        came: list[tuple[int, int] | None] = [None] * count
        changed = True
        while changed:
            changed = False
            for index, (tail, head) in enumerate(edges):
                if best[tail] + 1 > best[head]:
                    best[head], came[head], changed = best[tail] + 1, (index, 1), True
                if flow[index] and best[head] - 1 > best[tail]:
                    best[tail], came[tail], changed = best[head] - 1, (index, -1), True
        end = max((n for n in range(count) if surplus[n] < 0), key=best.__getitem__)
        surplus[end] += 1
        node = end
        while (step := came[node]) is not None:
            index, way = step
            flow[index] += way
            node = edges[index][0] if way > 0 else edges[index][1]
        surplus[node] -= 1
    return sum(flow)


def test_leaves_stand_next_to_their_use() -> None:
    """In a chain of sums each new leaf stands one layer before the sum that reads it."""
    edges = [(0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6)]
    assert assign_layers(7, edges) == [0, 0, 1, 1, 2, 2, 3]


def test_separate_parts_each_start_at_the_left() -> None:
    """Two expressions without a common value both begin in layer 0."""
    assert assign_layers(5, [(0, 1), (1, 2), (3, 4)]) == [0, 1, 2, 0, 1]


def test_a_cycle_is_named() -> None:
    """A value that depends on itself is an error, not an endless loop."""
    with pytest.raises(ValueError, match="no cycles"):
        topological(3, [(0, 1), (1, 2), (2, 1)])


# ------------------------------------------------------------------------------------------- order


def test_crossings_are_counted_as_drawn() -> None:
    """Two edges cross if and only if the order of their ends differs; ports count as ends."""
    ordering = Ordering([0, 0, 1, 1], [(0, 3, 0.5), (1, 2, 0.5)])
    ordering.rows = [[0, 1], [2, 3]]
    ordering.place = [0, 1, 0, 1]
    assert ordering.crossings() == 1
    into_one = Ordering([0, 0, 1], [(0, 2, 0.9), (1, 2, 0.1)])
    into_one.rows, into_one.place = [[0, 1], [2]], [0, 1, 0]
    assert into_one.crossings() == 1


@given(st.lists(st.integers(0, 5), max_size=6), st.lists(st.integers(0, 5), max_size=6))
def test_a_swap_saves_what_is_counted(first: list[int], second: list[int]) -> None:
    """The saving of a swap is the number of crossings before minus after, counted pair by pair."""
    before = sum(a > b for a in first for b in second)
    after = sum(b > a for a in first for b in second)
    a, b = sorted(map(float, first)), sorted(map(float, second))
    assert crossings_saved(a, b) == before - after


def test_ports_decide_the_order_of_what_enters() -> None:
    """What enters a card's upper rows comes to stand above what enters its lower rows."""
    edges = [(0, 3), (1, 3), (2, 3)]
    placed = layout([(10, 10)] * 3 + [(10, 90)], edges, ports=[30.0, -30.0, 0.0])
    heights = [placed.centres[node][1] for node in range(3)]
    assert heights[1] < heights[2] < heights[0]
    assert placed.crossings == 0


# ------------------------------------------------------------------------------------- coordinates


def test_heights_are_the_isotonic_regression() -> None:
    """Where wishes collide, the nodes share their weighted mean: worked by hand."""
    assert place([(0.0, 1.0), (1.0, 3.0)], [0.0, 4.0]) == [-2.25, 1.75]
    assert place([(0.0, 1.0), (9.0, 3.0)], [0.0, 4.0]) == [0.0, 9.0]


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 4)), min_size=1, max_size=6),
    st.lists(st.integers(1, 5), min_size=5, max_size=5),
)
def test_heights_cannot_be_bettered(wishes: list[tuple[int, int]], gaps: list[int]) -> None:
    """Moving any run of nodes a little, where distances allow, comes no nearer to the wishes."""
    weighted = [(float(position), float(weight)) for position, weight in wishes]
    offsets = [float(sum(gaps[:i])) for i in range(len(wishes))]
    found = place(weighted, offsets)

    def cost(at: list[float]) -> float:
        return sum(w * (x - p) ** 2 for x, (p, w) in zip(at, weighted, strict=True))

    assert all(b - a >= g - 1e-9 for (a, b), g in zip(pairwise(found), gaps, strict=False))
    for first, last in combinations(range(len(found) + 1), 2):
        for step in (-0.01, 0.01):
            moved = [x + step if first <= i < last else x for i, x in enumerate(found)]
            if all(b - a >= g - 1e-9 for (a, b), g in zip(pairwise(moved), gaps, strict=False)):
                assert cost(moved) >= cost(found) - 1e-9


def test_chains_and_long_edges_run_straight() -> None:
    """Three chains that begin and end together: inside, every chain keeps its height throughout."""
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 5), (5, 6), (6, 7), (7, 4), (0, 4)]
    placed = layout([(20.0, 10.0)] * 8, edges)
    for chain in ((1, 2, 3), (5, 6, 7)):
        assert len({round(placed.centres[node][1], 6) for node in chain}) == 1
    long_edge = placed.routes[-1]
    assert len({round(y, 6) for _, y in long_edge[3:-3]}) == 1


def test_a_node_stands_between_what_it_reads_and_what_reads_it() -> None:
    """A value that two others read stands half way between them, where nothing is in the way."""
    placed = layout([(20.0, 10.0)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)])
    heights = [y for _, y in placed.centres]
    middle = (heights[1] + heights[2]) / 2
    assert [heights[0], heights[3]] == pytest.approx([middle, middle], abs=0.01)


# ------------------------------------------------------------------------------------------ layout


def along(route: Points, steps: int = 12) -> Points:
    """Points on an edge as it is drawn: straight in a layer, a cubic curve between layers."""
    points = []
    for index, ((x, y), (to_x, to_y)) in enumerate(pairwise(route)):
        for step in range(steps + 1):
            t = step / steps
            if index % 2 == 0:
                points.append((x + t * (to_x - x), y + t * (to_y - y)))
            else:  # the control points lie half way, at the heights of the ends
                middle = (x + to_x) / 2
                across = ((1 - t) ** 3 + 3 * (1 - t) ** 2 * t) * y
                across += (3 * (1 - t) * t**2 + t**3) * to_y
                at = (1 - t) ** 3 * x + 3 * (1 - t) * t * middle + t**3 * to_x
                points.append((at, across))
    return points


def pierced(placed: Layout, sizes: Points, edges: Edges) -> int:
    """How many edges run through a box."""
    count = 0
    for (tail, head), route in zip(edges, placed.routes, strict=True):
        inner = [
            (cx - w / 2 + 0.01, cx + w / 2 - 0.01, cy - h / 2 + 0.01, cy + h / 2 - 0.01)
            for node, ((cx, cy), (w, h)) in enumerate(zip(placed.centres, sizes, strict=True))
            if node not in (tail, head)
        ]
        count += any(
            left < x < right and top < y < bottom
            for x, y in along(route)
            for left, right, top, bottom in inner
        )
    return count


def overlaps(placed: Layout, sizes: Points) -> int:
    """How many pairs of boxes have an area in common."""
    boxes = list(zip(placed.centres, sizes, strict=True))
    return sum(
        abs(ax - bx) < (aw + bw) / 2 - 1e-6 and abs(ay - by) < (ah + bh) / 2 - 1e-6
        for ((ax, ay), (aw, ah)), ((bx, by), (bw, bh)) in combinations(boxes, 2)
    )


@given(graphs(), sizes_of_boxes)
def test_boxes_never_overlap_and_edges_never_run_through_them(
    graph: tuple[int, Edges], sizes: Points
) -> None:
    """Whatever the graph and the sizes: boxes are apart, inside the picture, and edges clear."""
    count, edges = graph
    placed = layout(sizes[:count], edges)
    assert overlaps(placed, sizes[:count]) == 0
    assert pierced(placed, sizes[:count], edges) == 0
    for (x, y), (w, h) in zip(placed.centres, sizes[:count], strict=True):
        assert min(x - w / 2, y - h / 2) >= -1e-6
        assert x + w / 2 <= placed.width + 1e-6
        assert y + h / 2 <= placed.height + 1e-6


@given(graphs(), sizes_of_boxes)
def test_top_to_bottom_is_left_to_right_turned(graph: tuple[int, Edges], sizes: Points) -> None:
    """The layout from top to bottom is that of the turned boxes, turned back."""
    count, edges = graph
    down = layout(sizes[:count], edges, direction="TB")
    right = layout([(h, w) for w, h in sizes[:count]], edges)
    assert down.centres == [(x, y) for y, x in right.centres]
    assert (down.width, down.height) == (right.height, right.width)


def test_edges_join_their_boxes(large_graph: Any) -> None:
    """Each edge begins at its tail's right side and ends at its head's left side."""
    count, edges = edges_of(large_graph)
    placed = layout([(150, 30)] * count, edges)
    for (tail, head), route in zip(edges, placed.routes, strict=True):
        (x, y), (to_x, to_y) = placed.centres[tail], placed.centres[head]
        assert route[0] == pytest.approx((x + 75, y))
        assert route[-1] == pytest.approx((to_x - 75, to_y))


def test_same_graph_same_picture(large_graph: Any) -> None:
    """The layout is a function of the graph: two runs agree to the last bit."""
    count, edges = edges_of(large_graph)
    assert layout([(150, 30)] * count, edges) == layout([(150, 30)] * count, edges)


def test_unknown_direction_is_refused() -> None:
    """The message names the two directions that there are."""
    with pytest.raises(ValueError, match=r'"LR" or "TB", not \'RL\''):
        layout([(1, 1)], [], direction="RL")  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize(("name", "values", "most"), [("small", 42, 1), ("large", 366, 500)])
def test_crossings_of_the_two_known_graphs(
    name: str, values: int, most: int, request: pytest.FixtureRequest
) -> None:
    """The graphs of 42 and 366 values keep their few crossings, and no edge pierces a box."""
    count, edges = edges_of(request.getfixturevalue(f"{name}_graph"))
    assert count == values
    sizes = [(150.0, 30.0)] * count
    placed = layout(sizes, edges)
    assert placed.crossings <= most
    assert overlaps(placed, sizes) == 0
    assert pierced(placed, sizes, edges) == 0


def test_edges_of_the_small_graph_are_nearly_straight(small_graph: Any) -> None:
    """All edges of the 42 values together go up and down less than 28 pixels each on average.

    A box and its gap are 42 pixels high, and most operations have two parents, one above the other.
    """
    count, edges = edges_of(small_graph)
    placed = layout([(150.0, 30.0)] * count, edges)
    drift = sum(abs(a[1] - b[1]) for route in placed.routes for a, b in pairwise(route))
    assert drift < 28 * len(edges)


# ------------------------------------------------------------------------------- beside Graphviz


def drawn_crossings(curves: list[Points], edges: Edges) -> int:
    """How many pairs of drawn edges that share no end cross, found by their short pieces."""
    cell = 60.0
    pieces: dict[tuple[int, int], list[tuple[int, Any, Any]]] = {}
    for index, curve in enumerate(curves):
        for a, b in pairwise(curve):
            columns = range(int(min(a[0], b[0]) // cell), int(max(a[0], b[0]) // cell) + 1)
            rows = range(int(min(a[1], b[1]) // cell), int(max(a[1], b[1]) // cell) + 1)
            for where in product(columns, rows):
                pieces.setdefault(where, []).append((index, a, b))
    crossing = set()
    for near in pieces.values():
        for (i, a, b), (j, c, d) in combinations(near, 2):
            known = i == j or (i, j) in crossing or set(edges[i]) & set(edges[j])
            if not known and _cross(a, b, c, d):
                crossing.add((i, j))
    return len(crossing)


def _cross(a: Any, b: Any, c: Any, d: Any) -> bool:
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Any, b: Any, c: Any) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def graphviz(count: int, edges: Edges) -> tuple[list[Points], Edges]:
    """The edges as Graphviz' dot draws the same boxes."""
    lines = ["digraph { rankdir=LR; nodesep=0.15; node [shape=box fixedsize=true]"]
    lines += [f"n{i} [width={150 / 72:.3f} height={30 / 72:.3f}]" for i in range(count)]
    lines += [f"n{a} -> n{b}" for a, b in edges]
    ended = subprocess.run(
        ["dot", "-Tjson"],
        input="\n".join([*lines, "}"]),
        capture_output=True,
        text=True,
        check=True,
    )
    drawn = json.loads(ended.stdout)
    curves, order = [], []
    for edge in drawn["edges"]:
        numbers = [part.split(",")[-2:] for part in edge["pos"].split()]
        points = [(float(x), float(y)) for x, y in numbers if not x.startswith("e")]
        controls = points[1:] if "e," in edge["pos"] else points
        curves.append(_bezier(controls))
        ends = (edge["tail"], edge["head"])
        order.append(tuple(int(drawn["objects"][end]["name"][1:]) for end in ends))
    return curves, order


def _bezier(controls: Points, steps: int = 12) -> Points:
    curve = []
    for first in range(0, len(controls) - 3, 3):
        (a, b, c, d) = controls[first : first + 4]
        for step in range(steps + 1):
            t = step / steps
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            curve.append(
                tuple(
                    sum(w * p[k] for w, p in zip(weights, (a, b, c, d), strict=True))
                    for k in (0, 1)
                )
            )
    return curve


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz' dot is not installed here")
@pytest.mark.parametrize("name", ["small", "large"])
def test_no_more_crossings_than_graphviz(name: str, request: pytest.FixtureRequest) -> None:
    """Measured on the drawn curves, our picture has no more crossings than dot's."""
    count, edges = edges_of(request.getfixturevalue(f"{name}_graph"))
    placed = layout([(150.0, 30.0)] * count, edges)
    ours = drawn_crossings([along(route) for route in placed.routes], edges)
    theirs = drawn_crossings(*graphviz(count, edges))
    assert ours <= theirs
