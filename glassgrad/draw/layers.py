"""Assigns each node of a directed acyclic graph to a layer so that the edges are short in total.

Source: Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs", IEEE Transactions
on Software Engineering 19 (1993), section 2: the network simplex method.

The layers of a graph minimise the sum over edges of layer[head] - layer[tail], each at least 1. A
spanning tree of tight edges (length 1) fixes the layers. Removing a tree edge splits the nodes into
a tail side and a head side; the edge's cut value is the number of edges from the tail side to the
head side minus the number back. Where it is negative, moving the head side away shortens more edges
than it lengthens, until another edge becomes tight and takes the place in the tree.
"""

from collections.abc import Sequence

Edge = tuple[int, int]
"""Tail and head: the value read, and the value that reads it."""


def topological(count: int, edges: Sequence[Edge]) -> list[int]:
    """Every node once, tails before heads.

    Raises:
        ValueError: The edges form a cycle; the message names a node on it.
    """
    heads: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for tail, head in edges:
        heads[tail].append(head)
        waiting[head] += 1
    order = [node for node in range(count) if not waiting[node]]
    for node in order:
        for head in heads[node]:
            waiting[head] -= 1
            if not waiting[head]:
                order.append(head)
    if len(order) < count:
        stuck = next(node for node in range(count) if waiting[node])
        raise ValueError(f"an expression graph has no cycles, but node {stuck} depends on itself")
    return order


def assign_layers(count: int, edges: Sequence[Edge]) -> list[int]:
    """The layer of each node, from 0, such that the total length of the edges is the least.

    Each connected part starts at layer 0. A part's outputs lie as near to its end as their edges
    allow.

    >>> assign_layers(4, [(0, 2), (1, 3), (2, 3)])
    [0, 1, 1, 2]
    """
    tree = _SpanningTree(count, edges)
    tree.grow()
    tree.optimise()
    for part in tree.parts:
        first = min(tree.layer[node] for node in part)
        for node in part:
            tree.layer[node] -= first
    return tree.layer


def _as_late_as_possible(count: int, edges: Sequence[Edge]) -> list[int]:
    """Layers in which each node stands right before its first reader: leaves next to their use."""
    order = topological(count, edges)
    heads: list[list[int]] = [[] for _ in range(count)]
    for tail, head in edges:
        heads[tail].append(head)
    layer = [0] * count
    for node in reversed(order):
        if heads[node]:
            layer[node] = min(layer[head] for head in heads[node]) - 1
    return layer


class _SpanningTree:
    """The layers with a tree of tight edges over each connected part of the graph.

    Each node but a part's root hangs on an edge, `above`; `cut` has the tree edges' cut values.
    """

    def __init__(self, count: int, edges: Sequence[Edge]) -> None:
        self.edges = edges
        self.layer = _as_late_as_possible(count, edges)
        self.touching: list[list[int]] = [[] for _ in range(count)]
        for index, (tail, head) in enumerate(edges):
            self.touching[tail].append(index)
            self.touching[head].append(index)
        self.tree: list[set[int]] = [set() for _ in range(count)]
        self.above = [-1] * count
        self.depth = [0] * count
        self.parts: list[list[int]] = []

    def slack(self, index: int) -> int:
        """How much longer than necessary an edge is."""
        tail, head = self.edges[index]
        return self.layer[head] - self.layer[tail] - 1

    def _other(self, index: int, node: int) -> int:
        tail, head = self.edges[index]
        return head if node == tail else tail

    def grow(self) -> None:
        """Joins each connected part by tight edges, shifting what is joined so far to meet it."""
        joined = [False] * len(self.layer)
        for root in range(len(self.layer)):
            if joined[root]:
                continue
            part: list[int] = []
            self._join(root, part, joined)
            while True:
                leaving = [
                    index
                    for node in part
                    for index in self.touching[node]
                    if not joined[self._other(index, node)]
                ]
                if not leaving:
                    break
                index = min(leaving, key=lambda edge: (self.slack(edge), edge))
                tail, head = self.edges[index]
                shift = self.slack(index) if joined[tail] else -self.slack(index)
                for node in part:
                    self.layer[node] += shift
                self._add(index)
                self._join(head if joined[tail] else tail, part, joined)
            self.parts.append(part)

    def _join(self, start: int, part: list[int], joined: list[bool]) -> None:
        """Adds to the part what tight edges reach from the start."""
        joined[start] = True
        part.append(start)
        queue = [start]
        for node in queue:
            for index in self.touching[node]:
                other = self._other(index, node)
                if not joined[other] and self.slack(index) == 0:
                    joined[other] = True
                    part.append(other)
                    queue.append(other)
                    self._add(index)

    def _add(self, index: int) -> None:
        for node in self.edges[index]:
            self.tree[node].add(index)

    def _hang(self, start: int, above: int) -> list[int]:
        """Hangs what lies below the start on the edge `above`; returns it, the start first."""
        self.above[start] = above
        self.depth[start] = 0 if above < 0 else self.depth[self._other(above, start)] + 1
        order = [start]
        for node in order:
            for index in self.tree[node]:
                if index != self.above[node]:
                    other = self._other(index, node)
                    self.above[other] = index
                    self.depth[other] = self.depth[node] + 1
                    order.append(other)
        return order

    def optimise(self) -> None:
        """Exchanges tree edges until no cut value is negative.

        The edges are taken in the order of `cut`, at first those of small subtrees, which are the
        cheapest to move. Should there be suspiciously many exchanges, always taking the lowest
        index (Bland's rule) makes sure that they do not go round in circles.
        """
        for part in self.parts:
            cut = self._cut_values(self._hang(part[0], above=-1))
            exchanges = 0
            while negative := [index for index in cut if cut[index] < 0]:
                careful = exchanges > 4 * len(part) + 100
                self._exchange(min(negative) if careful else negative[0], cut)
                exchanges += 1

    def _cut_values(self, order: list[int]) -> dict[int, int]:
        """The cut value of each tree edge, given the tree's nodes, parents first."""
        surplus = dict.fromkeys(order, 0)  # edges into the subtree minus edges out of it
        for node in order:
            for index in self.touching[node]:
                surplus[node] += 1 if self.edges[index][1] == node else -1
        cut = {}
        for node in reversed(order[1:]):
            index = self.above[node]
            cut[index] = surplus[node] if self.edges[index][1] == node else -surplus[node]
            surplus[self._other(index, node)] += surplus[node]
        return cut

    def _exchange(self, leaving: int, cut: dict[int, int]) -> None:
        """Takes one edge out of the tree and lengthens it until another edge is tight."""
        tail, head = self.edges[leaving]
        below = head if self.above[head] == leaving else tail
        moving = self._hang(below, leaving)
        inside = set(moving)
        end = 0 if below == head else 1  # the end that an entering edge has among the moving nodes
        slack, entering = min(
            (self.slack(index), index)
            for node in moving
            for index in self.touching[node]
            if self.edges[index][end] == node and self.edges[index][1 - end] not in inside
        )
        for node in moving:
            self.layer[node] += slack if below == head else -slack
        self._push_round(entering, -cut[leaving], cut)
        del cut[leaving]
        for node in self.edges[leaving]:
            self.tree[node].remove(leaving)
        self._add(entering)
        self._hang(self.edges[entering][end], entering)

    def _push_round(self, entering: int, amount: int, cut: dict[int, int]) -> None:
        """Updates the cut values on the circle that the entering edge closes.

        Cut values are a flow along the tree: what the entering edge takes over is added to edges
        passed forwards and taken from edges passed backwards.
        """
        down, up = self.edges[entering]
        while up != down:
            if self.depth[up] >= self.depth[down]:
                index = self.above[up]
                cut[index] += amount if self.edges[index][0] == up else -amount
                up = self._other(index, up)
            else:
                index = self.above[down]
                cut[index] += amount if self.edges[index][1] == down else -amount
                down = self._other(index, down)
        cut[entering] = amount
