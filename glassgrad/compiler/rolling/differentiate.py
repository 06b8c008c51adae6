"""The adjoint of loop statements: statements again, over the same axes.

Note [Adjoint of a statement]
For `out[m] = sum of c * a[map] * b[...]` the share of a's adjoint is `a'[map] += c * out'[m] *
b[...]` over the same axes: those on which `map` moves are looped over, the others are summed up.
So a layer's three products (forward, by inputs, by weights) are one statement seen three ways. A
row's slopes come from the partials of its row in the table.

Note [Adjoint of a loop]
The adjoint of a loop is the same loop backwards, over adjoints with time as their outermost axis
too. Only what goes back in time is in it, the shares onto what the loop itself wrote. Slopes depend
on the forward numbers alone, so they are computed for all times before; shares onto parameters and
arguments need all times of an adjoint, so they follow, with time summed up like any other axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ...ops import TABLE
from ..ir.affine import c_strides
from ..ir.graph import CONST, INPUT, NAMES, Graph
from ..ir.loops import (
    STOPPED,
    Group,
    IndexMap,
    Item,
    Loop,
    Operand,
    Program,
    Statement,
    Storage,
    Sum,
)
from .gather import covers, gathered, zeros
from .risk import extend_risky
from .rolled import Adjoints, Rolled
from .symbols import slopes

_INNER = ("VALUE", "ADJOINT")


def differentiate(rolled: Rolled) -> Program:
    """The whole program: the adjoints that its statements ask for are computed before them.

    What it leaves behind is written last, for adjoints need the numbers that it overwrites.
    """
    items = rolled.program.items
    commits = [item for item in items if not any(s.kind in _INNER for s in item.writes())]
    waiting = [item for item in items if item not in commits]
    done: list[Item] = []
    missing = {storage for adjoints in rolled.adjoints for storage in adjoints.of.values()}
    for adjoints in (None, *rolled.adjoints):
        if adjoints is not None:
            done += _Reverse(adjoints, rolled.risky, rolled.holed).statements(done)
            missing -= set(adjoints.of.values())
        blocked, later = set(missing), list[Item]()
        for item in waiting:
            if blocked & item.reads():
                blocked |= item.writes()
                later.append(item)
            else:
                done.append(item)
        waiting = later
    return Program(done + commits)


@dataclass(slots=True)
class _Reverse:
    """The reverse pass from one root."""

    adjoints: Adjoints
    risky: set[Storage]
    holed: set[Storage]
    added: list[Item] = field(default_factory=list)
    of: dict[Storage, Storage] = field(default_factory=dict)
    started: set[Storage] = field(default_factory=set)
    inside: set[Storage] = field(default_factory=set)  # what the loop at hand wrote
    body: list[Statement] = field(default_factory=list)  # of the loop backwards
    after: list[Item] = field(default_factory=list)

    def statements(self, forward: list[Item]) -> list[Item]:
        leads = set(self.adjoints.of)
        for item in forward:
            ways = [(s.reads(), s.writes()) for s in item.body if s.row != STOPPED]
            _spread_to(leads, ways)
        self.of = dict(self.adjoints.of)
        root = self.adjoints.root
        assert root.storage is not None
        if root.storage in leads:
            self._share(root, (), (Group(1.0, (), (_number(1.0, 0),)),), "")
            for item in reversed(forward):
                if isinstance(item, Loop):
                    self._loop(item, leads)
                elif self.of.get(item.written) in self.started:
                    self._backward(item, leads)
        for adjoint in self.adjoints.of.values():
            if adjoint not in self.started:
                self._clear(adjoint)
        return self.added

    def _loop(self, loop: Loop, leads: set[Storage]) -> None:
        """The same loop backwards; see Note [Adjoint of a loop]."""
        made = loop.writes() & leads
        reached = {storage for storage in made if self.of.get(storage) in self.started}
        _spread_to(reached, [(s.writes(), s.reads() & made) for s in loop.body])
        self.inside = reached
        for statement in reversed(loop.body):
            if statement.written in reached:
                self._backward(statement, leads)
        self.inside = set()
        adjoints = [self._adjoint(s.written) for s in loop.body if s.written in reached]
        body, cleared = gathered(self.body, [a for a in adjoints if a not in self.started])
        self.started.update(adjoints)
        self.added += cleared
        if body:
            self.added.append(Loop(body, backward=True))
        self.added += self.after
        self.body, self.after = [], []

    def _backward(self, statement: Statement, leads: set[Storage]) -> None:
        if statement.row == STOPPED:
            return
        g = Operand(self._adjoint(statement.written), statement.target.map)
        if statement.row:
            self._row(statement, g, leads)
            return
        for group in statement.sums[0]:
            for number, operand in enumerate(group.operands):
                if operand.storage in leads:
                    others = group.operands[:number] + group.operands[number + 1 :]
                    self._factor(statement, group, operand, others, g)

    def _factor(
        self,
        statement: Statement,
        group: Group,
        operand: Operand,
        others: tuple[Operand, ...],
        g: Operand,
    ) -> None:
        """The share of one factor of a sum of products."""
        points = statement.domain + group.reduction
        first = self._first(operand)
        moving = [axis for axis in range(len(first), len(points)) if operand.map.moves(axis)]
        inside = [*first, *sorted(moving, key=lambda axis: -abs(operand.map.strides[axis]))]
        across = [axis for axis in range(len(points)) if axis not in inside]
        order = [*inside, *across]
        settling = group.operands[: group.settled]
        masks = sum(o.storage is not None and o.storage.kind == "CONST" for o in settling)
        adjoint = Operand(g.storage, g.map.extended(len(group.reduction)))
        factors = [*others[:masks], adjoint, *others[masks:]]
        settled = statement.written in self.holed or any(
            other.storage in self.risky if other.storage else other.value - other.value != 0.0
            for other in others
        )
        share = Group(
            group.coefficient,
            tuple(points[axis] for axis in across),
            tuple(_reordered(factor, order) for factor in factors),
            masks + settled,
        )
        target = _reordered(operand, inside)
        self._share(target, tuple(points[axis] for axis in inside), (share,), statement.line)

    def _row(self, statement: Statement, g: Operand, leads: set[Storage]) -> None:
        """The shares of a row's operands: the adjoint times the row's slopes."""
        operands = [groups[0].operands[0] for groups in statement.sums]
        y = statement.target
        leaves = [y, *operands]
        graph = Graph([()] * len(leaves))
        nodes = [
            graph.constant(leaf.value) if leaf.storage is None else graph.add("INPUT", k)
            for k, leaf in enumerate(leaves)
        ]
        wanted = slopes(graph, TABLE[statement.row], nodes[0], nodes[1:])
        risky = bytearray()
        extend_risky(graph, risky, lambda k: leaves[k].storage in self.risky)
        slope_of = _Slopes(graph, leaves, statement, self.adjoints.mark, self.added)
        for operand, slope in zip(operands, wanted, strict=True):
            if operand.storage not in leads:
                continue
            may_leak = risky[slope] or statement.written in self.holed
            constant = graph.constants[graph.a[slope]] if graph.op[slope] == CONST else None
            selects = TABLE[statement.row].selects
            if selects and constant == 0.0:
                continue  # nothing comes back, not even of an infinite g
            if constant is not None and not risky[slope]:
                share = Group(constant, (), (g,))
            elif selects:
                share = Group(1.0, (), (slope_of.operand(slope), g), 2 if may_leak else 1)
            else:
                share = Group(1.0, (), (g, slope_of.operand(slope)), int(may_leak))
            self._spread(operand, statement, share)

    def _spread(self, operand: Operand, statement: Statement, share: Group) -> None:
        """Add a share, summed up over the axes on which the operand does not move."""
        axes = range(len(statement.domain))
        first = self._first(operand)
        inside = [*first, *(axis for axis in axes[len(first) :] if operand.map.moves(axis))]
        across = [axis for axis in axes if axis not in inside]
        order = [*inside, *across]
        group = Group(
            share.coefficient,
            tuple(statement.domain[axis] for axis in across),
            tuple(_reordered(factor, order) for factor in share.operands),
            share.settled,
        )
        domain = tuple(statement.domain[axis] for axis in inside)
        self._share(_reordered(operand, inside), domain, (group,), statement.line)

    def _first(self, operand: Operand) -> list[int]:
        """The time, where the share of an operand belongs into a loop: it stays outermost."""
        return [0] if operand.storage in self.inside else []

    def _share(self, operand: Operand, domain: tuple[int, ...], groups: Sum, line: str) -> None:
        """Add to the adjoint of an operand; the first share that covers all of it sets it."""
        storage = operand.storage
        assert storage is not None
        adjoint = self._adjoint(storage)
        target = Operand(adjoint, operand.map)
        if storage in self.inside:
            self.body.append(Statement(target, domain, (groups,), "", True, line))
            return
        first = adjoint not in self.started
        whole = covers(operand.map, domain, storage.size)
        if first and not whole:
            self._clear(adjoint)
        self.started.add(adjoint)
        accumulate = not (first and whole)
        self._rest().append(Statement(target, domain, (groups,), "", accumulate, line))

    def _rest(self) -> list[Item]:
        """Where statements go that are in no loop: behind that at hand."""
        return self.after if self.inside else self.added

    def _adjoint(self, storage: Storage) -> Storage:
        if storage not in self.of:
            name = f"d_{storage.name}{self.adjoints.mark}"
            self.of[storage] = Storage(name, "ADJOINT", storage.shape)
        return self.of[storage]

    def _clear(self, adjoint: Storage) -> None:
        self.started.add(adjoint)
        self._rest().append(zeros(adjoint, 0, adjoint.size))


def _spread_to(reached: set[Storage], ways: list[tuple[set[Storage], set[Storage]]]) -> None:
    """Add to `reached` the ends of all ways that start there, until there are no more."""
    before = -1
    while before != len(reached):
        before = len(reached)
        for start, end in ways:
            if start & reached:
                reached |= end


class _Slopes:
    """The nodes of a row's partials as statements over the row's domain, made when asked for."""

    def __init__(
        self,
        graph: Graph,
        leaves: list[Operand],
        statement: Statement,
        mark: str,
        added: list[Item],
    ) -> None:
        self.graph = graph
        self.leaves = leaves
        self.statement = statement
        self.mark = mark
        self.added = added
        self.made: dict[int, Operand] = {}

    def operand(self, node: int) -> Operand:
        """The number of a node of the partials at every point."""
        pending = [node]
        while pending:
            at = pending[-1]
            missing = [x for x in self.graph.operands(at) if x not in self.made]
            if missing and at not in self.made:
                pending += missing
                continue
            pending.pop()
            if at not in self.made:
                self.made[at] = self._make(at)
        return self.made[node]

    def _make(self, node: int) -> Operand:
        graph, domain = self.graph, self.statement.domain
        if graph.op[node] == INPUT:
            return self.leaves[graph.a[node]]
        if graph.op[node] == CONST:
            return _number(graph.constants[graph.a[node]], len(domain))
        name = NAMES[graph.op[node]]
        inputs = [self.made[x] for x in graph.operands(node)]
        row, sums = _as_sums(name, inputs)
        count = sum(operand.storage is not None for operand in self.made.values()) + 1
        name = f"s{count}_{self.statement.written.name}{self.mark}"
        storage = Storage(name, "VALUE", domain)
        target = Operand(storage, IndexMap(0, c_strides(domain, (True,) * len(domain))))
        self.added.append(Statement(target, domain, sums, row, line=self.statement.line))
        return target


def _as_sums(name: str, inputs: Sequence[Operand]) -> tuple[str, tuple[Sum, ...]]:
    """The row and sums of a statement that applies a row of the table."""
    if name == "mul":
        return "", ((Group(1.0, (), tuple(inputs)),),)
    if name in ("add", "sub", "neg"):
        signs = {"add": (1.0, 1.0), "sub": (1.0, -1.0), "neg": (-1.0,)}[name]
        return "", (tuple(Group(s, (), (x,)) for s, x in zip(signs, inputs, strict=True)),)
    return name, tuple((Group(1.0, (), (x,)),) for x in inputs)


def _number(x: float, axes: int) -> Operand:
    return Operand(None, IndexMap(0, (0,) * axes), x)


def _reordered(operand: Operand, axes: Sequence[int]) -> Operand:
    """The operand over other axes, given by their numbers among the present ones."""
    index = operand.map
    table = index.table
    if table is not None:
        table = replace(table, strides=tuple(table.strides[axis] for axis in axes))
    strides = tuple(index.strides[axis] for axis in axes)
    return Operand(operand.storage, IndexMap(index.base, strides, table), operand.value)
