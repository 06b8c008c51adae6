"""Lays out a directed acyclic graph in layers: where each box stands and how each edge runs.

Three steps, each in its own file: `layers` assigns boxes to layers, `order` orders each layer,
`coordinates` places the boxes along it. Long edges pass through the layers between their ends as
points of their own, so that no edge runs through a box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .coordinates import Pull, assign_heights
from .layers import Edge, assign_layers
from .order import Ordering

Direction = Literal["LR", "TB"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

    `centres` has each box's centre. `routes` has for each edge the points it passes: between an
    even point and the next it runs straight along the direction of the layout, between an odd one
    and the next it changes over within the gap between two layers. All coordinates are positive.
    """

    centres: list[Point]
    routes: list[list[Point]]
    width: float
    height: float
    layers: list[int]
    crossings: int


def layout(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[Edge],
    *,
    direction: Direction = "LR",
    layer_gap: float = 44.0,
    box_gap: float = 12.0,
    edge_room: float = 14.0,
    ports: Sequence[float] | None = None,
) -> Layout:
    """Lays out boxes of the given widths and heights.

    Args:
        sizes: Width and height of each box.
        edges: (tail, head) indices; the head reads the tail. Parallel edges are allowed.
        direction: "LR" from left to right, "TB" from top to bottom.
        layer_gap: Free space between layers, for the edges.
        box_gap: Least space between boxes of a layer.
        edge_room: How much of a layer a passing edge takes.
        ports: For each edge how far from the head's centre it enters, across the direction.

    Raises:
        ValueError: The direction is unknown, or the edges form a cycle.
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f'direction is "LR" or "TB", not {direction!r}')
    if direction == "TB":
        flipped = [(h, w) for w, h in sizes]
        turned = _left_to_right(flipped, edges, layer_gap, box_gap, edge_room, ports)
        return Layout(
            centres=[(x, y) for y, x in turned.centres],
            routes=[[(x, y) for y, x in route] for route in turned.routes],
            width=turned.height,
            height=turned.width,
            layers=turned.layers,
            crossings=turned.crossings,
        )
    return _left_to_right(sizes, edges, layer_gap, box_gap, edge_room, ports)


def _left_to_right(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[Edge],
    layer_gap: float,
    box_gap: float,
    edge_room: float,
    ports: Sequence[float] | None,
) -> Layout:
    count = len(sizes)
    ports = ports or [0.0] * len(edges)
    layer = assign_layers(count, edges)
    chains = _chains(layer, edges)  # extends `layer` by the points that long edges pass
    pulls = [
        Pull(tail, head, port if head == chain[-1] else 0.0, _weight(tail, head, count))
        for chain, port in zip(chains, ports, strict=True)
        for tail, head in pairwise(chain)
    ]

    def extent(node: int) -> float:
        return sizes[node][1] if node < count else edge_room

    ordering = Ordering(layer, [(p.tail, p.head, _fraction(p, extent(p.head))) for p in pulls])
    crossings = ordering.improve()

    def least_gap(above: int, below: int) -> float:
        apart = box_gap if max(above, below) < count else 0.0
        return (extent(above) + extent(below)) / 2 + apart

    height = assign_heights(ordering.rows, pulls, least_gap)
    widths = [max((sizes[n][0] for n in row if n < count), default=0.0) for row in ordering.rows]
    middle = _middles(widths, layer_gap)
    top = min((height[n] - extent(n) / 2 for n in range(len(layer))), default=0.0)
    bottom = max((height[n] + extent(n) / 2 for n in range(len(layer))), default=0.0)
    routes = []
    for chain, port in zip(chains, ports, strict=True):
        route: list[Point] = []
        for node in chain:
            x, half = middle[layer[node]], widths[layer[node]] / 2
            y = height[node] - top + (port if node == chain[-1] else 0.0)
            box = sizes[node][0] / 2 if node < count else half
            if node != chain[0]:
                route += [(x - half, y), (x - box, y)] if node == chain[-1] else [(x - half, y)]
            if node != chain[-1]:
                route += [(x + box, y), (x + half, y)] if node == chain[0] else [(x + half, y)]
        routes.append(route)
    return Layout(
        centres=[(middle[layer[node]], height[node] - top) for node in range(count)],
        routes=routes,
        width=middle[-1] + widths[-1] / 2 if widths else 0.0,
        height=bottom - top,
        layers=layer[:count],
        crossings=crossings,
    )


def _chains(layer: list[int], edges: Sequence[Edge]) -> list[list[int]]:
    """The nodes that each edge passes, its ends included; new points are added to `layer`."""
    chains = []
    for tail, head in edges:
        chain = [tail]
        for between in range(layer[tail] + 1, layer[head]):
            chain.append(len(layer))
            layer.append(between)
        chains.append([*chain, head])
    return chains


def _weight(tail: int, head: int, count: int) -> float:
    """How much an edge wants to be straight: most inside a long edge (Gansner et al., 4.1)."""
    return (1.0, 3.0, 8.0)[(tail >= count) + (head >= count)]


def _fraction(pull: Pull, extent: float) -> float:
    """Where an edge enters its head, from 0 (top) to just below 1."""
    return min(0.999, max(0.0, 0.5 + pull.port / extent)) if extent else 0.5


def _middles(widths: Sequence[float], layer_gap: float) -> list[float]:
    """The centre line of each layer."""
    middles: list[float] = []
    edge = 0.0
    for width in widths:
        middles.append(edge + width / 2)
        edge += width + layer_gap
    return middles
