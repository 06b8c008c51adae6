"""Graph -> loops: equal work on other numbers becomes one statement over axes.

Note [Re-rolling]
A scalar trace of a layer is thousands of + and *. Chains of them are sums of products
(supernodes.py); sums of the same structure are a family (families.py), whose members are known
from here on by their rank in it alone. Where the ranks that the members read count up along a box
of axes (affine.py), the family is a loop statement: a layer is one product over batch, output and
input, and nobody told the compiler that there was one. What does not count up is looked up in a
table of indices, which is slower and always right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..ir.affine import c_strides, find_axes, joint_axes, split_axes, varying
from ..ir.graph import CONST, GRAD, INPUT, NAMES, PARAM, PARAM_GRAD, PICK, STATE, STOP, Graph
from ..ir.liveness import live_nodes
from ..ir.loops import Group, IndexMap, Operand, Program, Statement, Storage, loops_of
from ..ir.maps import chosen_map
from ..ir.outputs import OUTPUTS
from ..ir.outside import KIND_OF_OUTPUT, Outside
from ..ir.storages import index_map
from ..tracing.picks import Selection
from .families import classify, families, hash_of_terms, mix
from .risk import chooses_between_numbers, risky_nodes
from .sequence import Run, find_sequences, in_turn
from .supernodes import ROW, SUM, Supernodes, candidates_of, find_supernodes, ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

Tables = list[list[tuple[float, list["Ints"]]]]  # the groups of each sum: sign and factors


@dataclass(slots=True)
class Adjoints:
    """What a GRAD leaf asks for: the adjoints of `root` by the numbers of some storages."""

    root: Operand
    mark: str  # ends the names of what it makes
    of: dict[Storage, Storage] = field(default_factory=dict)


@dataclass(slots=True)
class Rolled:
    """A program, and what differentiating it needs to know."""

    program: Program
    adjoints: list[Adjoints]
    risky: set[Storage]  # may hold inf or nan; see Note [Settled products] in risk.py


def roll(
    graph: Graph, outside: Outside, most: int | None = None, selection: Selection | None = None
) -> Rolled | None:
    """The statements that compute the outputs of a graph.

    A GRAD node must be by a leaf; it becomes a number of an ADJOINT storage, which
    `differentiate` computes. None where more than `most` statements would be needed. `selection`
    is that of the trace that the graph was made of.
    """
    return _Roller(graph, selection or Selection(graph)).rolled(outside, most)


class _Roller:
    def __init__(self, graph: Graph, selection: Selection) -> None:
        self.graph = graph
        self.site = selection.sites_in(graph)
        op = np.array(graph.op, np.int64)
        inputs = np.array([graph.a, graph.b, graph.c], np.int64).reshape(3, len(graph))
        self.index = inputs[0].copy()
        inputs[:, (op <= PICK) & (op != STOP)] = -1
        roots = self.index[op == GRAD]
        kept = np.concatenate((np.array(graph.outputs.node, np.int64), roots))
        self.live = live_nodes(graph)
        self.may_be_risky = np.zeros(len(graph), bool)
        if len(roots):
            chooses = chooses_between_numbers(graph, np.unique(op[self.live]).tolist())
            self.may_be_risky |= risky_nodes(graph, chooses)
        candidates = candidates_of(graph, self.live)
        self.nodes: Supernodes = find_supernodes(
            op, inputs, self.live, kept, self.may_be_risky, candidates
        )
        self.home = np.full(len(graph), -1)
        self.rank = np.zeros(len(graph), np.int64)
        self.values = np.zeros(len(graph))
        self.storages: list[Storage | None] = []
        self.program = Program()
        self.constants: dict[tuple[bytes, tuple[int, ...]], Storage] = {}
        self.risky_pools: set[Storage] = set()

    def rolled(self, outside: Outside, most: int | None) -> Rolled | None:
        self._leaves(outside)
        self._given = len(self.storages)  # those of leaves; computed ones are counted by themselves
        leaf_class = self.home.copy()
        bits = np.where(
            self.nodes.op == CONST, self.values.view(np.int64), mix(leaf_class).view(np.int64)
        )
        classes = classify(self.nodes, leaf_class, bits)
        compute = self.live & ((self.nodes.kind == SUM) | (self.nodes.kind == ROW))
        found = sorted(families(classes, compute), key=lambda members: int(members[0]))
        self.key = classes.key
        runs = find_sequences(found, self.nodes, self.key, mix(leaf_class))
        rolled_up = sum(run.period * run.steps - run.statements for run in runs)
        if most is not None and len(found) - rolled_up > most:
            return None
        for part in in_turn(runs, len(found)):
            if isinstance(part, Run):
                self._add_run(found[part.start : part.stop], part)
            else:
                self._add(found[part])
        self._outputs(outside.kinds)
        for adjoints, node in zip(self.adjoints, self.roots, strict=True):
            index = IndexMap(int(self.rank[node]), ())
            adjoints.root = Operand(self.storages[self.home[node]], index)
        return Rolled(self.program, self.adjoints, self._risky())

    # ---------------------------------------------------------------- leaves

    def _leaves(self, outside: Outside) -> None:
        graph, op = self.graph, self.nodes.op
        self._home(op == CONST, None, 0)
        constants = np.array(graph.constants)
        self.values[op == CONST] = constants[self.index[op == CONST]]
        for code in (PARAM, PARAM_GRAD, STATE):
            self._home(op == code, outside.kinds[NAMES[code]], 0)
        first = 0
        for storage in outside.inputs:
            inside = (op == INPUT) & (self.index >= first) & (self.index < first + storage.size)
            self._home(inside, storage, first)
            first += storage.size
        self._gradients()

    def _home(self, which: NDArray[np.bool_], storage: Storage | None, first: int) -> None:
        self.home[which] = len(self.storages)
        self.rank[which] = self.index[which] - first
        self.storages.append(storage)

    def _gradients(self) -> None:
        """GRAD nodes as leaves: one ADJOINT storage for each root and storage of leaves."""
        self.adjoints: list[Adjoints] = []
        self.roots: list[int] = []
        grads = np.flatnonzero((self.nodes.op == GRAD) & self.live)
        by = np.array(self.graph.b, np.int64)[grads]
        of = self.index[grads]
        for root in np.unique(of).tolist():
            self.roots.append(root)
            mark = f"_{len(self.roots)}" if len(self.roots) > 1 else ""
            self.adjoints.append(Adjoints(Operand(None, IndexMap(0, ())), mark))
            here = of == root
            for home in np.unique(self.home[by[here]]).tolist():
                storage = self.storages[home]
                assert storage is not None, "GRAD by a constant"
                adjoint = Storage(f"d_{storage.name}{mark}", "ADJOINT", storage.shape)
                self.adjoints[-1].of[storage] = adjoint
                chosen = here & (self.home[by] == home)
                self.home[grads[chosen]] = len(self.storages)
                self.rank[grads[chosen]] = self.rank[by[chosen]]
                self.storages.append(adjoint)

    # ---------------------------------------------------------------- families

    def _tables(self, members: Ints) -> Tables:
        """The groups of each sum of a family; those of a row are its operands."""
        if self.nodes.kind[members[0]] == SUM:
            return [self._sum_tables(members)]
        if self.nodes.op[members[0]] == PICK:  # all candidates lie like the first one
            candidates = self.nodes.candidates
            first = candidates.nodes[candidates.starts[candidates.table[members]]]
            return [[(1.0, [first[:, None]])]]
        slots = [operands[members] for operands in self.nodes.inputs]
        return [[(1.0, [slot[:, None]])] for slot in slots if slot[0] >= 0]

    def _sum_tables(self, members: Ints) -> list[tuple[float, list[Ints]]]:
        """The groups of a family of sums: sign and, for each factor, nodes (member, term)."""
        nodes = self.nodes
        terms = ranges(nodes.terms[members], nodes.terms[members + 1])
        keys = hash_of_terms(nodes, terms, self.key).reshape(len(members), -1)
        order = np.argsort(keys, axis=1, kind="stable")
        terms = np.take_along_axis(terms.reshape(keys.shape), order, axis=1)
        first = keys[0, order[0]]
        groups = []
        for group in np.split(terms, np.flatnonzero(first[1:] != first[:-1]) + 1, axis=1):
            start = nodes.starts[group]
            width = int(nodes.starts[group[0, 0] + 1] - start[0, 0])
            factors = nodes.factors[start[:, :, None] + np.arange(width)]
            if width > 1:
                order = np.argsort(self.key[factors], axis=2, kind="stable")
                factors = np.take_along_axis(factors, order, axis=2)
            sign = float(nodes.signs[group[0, 0]])
            groups.append((sign, [factors[:, :, k] for k in range(width)]))
        return groups

    def _add(self, members: Ints) -> None:
        """Append the statement of a family and give its members their ranks."""
        tables = self._tables(members)
        order, domain = self._domain(tables, len(members))
        target = self._new_storage(members[order], domain)
        self.program.items.append(self._statement(members, tables, order, target, domain))

    def _add_run(self, found: list[Ints], run: Run) -> None:
        """Append a run: its first steps as statements, the others as a loop. See Note [Sequences].

        What a slot writes is one storage with time as its outermost axis.
        """
        slots = [np.stack(found[place :: run.period]) for place in range(run.period)]
        targets: list[Operand] = []
        for place, slot in enumerate(slots):
            order, domain = self._domain(self._tables(slot[0]), slot.shape[1])
            slots[place] = slot[:, order]
            targets.append(self._new_storage(slots[place].ravel(), (run.steps, *domain)))
        body = []
        for first, stop in [*((t, t + 1) for t in range(run.lead)), (run.lead, run.steps)]:
            body = [
                self._steps(slot, target, first, stop)
                for slot, target in zip(slots, targets, strict=True)
            ]
            self.program.items += body if first < run.lead else loops_of(body)

    def _steps(self, slot: Ints, whole: Operand, first: int, stop: int) -> Statement:
        """The statement of some of the steps of a slot; of one of them, without time."""
        assert whole.storage is not None
        members, strides = slot[first:stop].ravel(), whole.map.strides
        domain = (stop - first, *whole.storage.shape[1:])
        index = IndexMap(first * strides[0], strides)
        if stop == first + 1:
            domain, index = domain[1:], index.at(0)
        target = Operand(whole.storage, index)
        tables = self._tables(members)
        return self._statement(members, tables, np.arange(len(members)), target, domain)

    def _new_storage(self, members: Ints, domain: tuple[int, ...]) -> Operand:
        """A storage for members in the order of their ranks; the whole of it as a target."""
        storage = Storage(f"h{len(self.storages) - self._given + 1}", "VALUE", domain)
        self.home[members] = len(self.storages)
        self.rank[members] = np.arange(len(members))
        self.key[members] = mix(self.home[members])  # the order of terms: not that of their depth
        self.storages.append(storage)
        return Operand(storage, IndexMap(0, c_strides(domain, (True,) * len(domain))))

    def _statement(
        self,
        members: Ints,
        tables: Tables,
        order: Ints,
        target: Operand,
        domain: tuple[int, ...],
    ) -> Statement:
        node = int(members[order[0]])
        if self.nodes.op[node] == PICK:
            return _copy(target, self._picked(members[order], domain), domain, self._line(node))
        sums = tuple(
            tuple(self._group(sign, [f[order] for f in fs], domain) for sign, fs in groups)
            for groups in tables
        )
        row = "" if self.nodes.kind[node] == SUM else NAMES[self.nodes.op[node]]
        return Statement(target, domain, sums, row, line=self._line(node))

    def _picked(self, members: Ints, domain: tuple[int, ...]) -> Operand:
        """What PICK nodes read, among candidates that are put into one storage if need be."""
        tables, which = np.unique(self.nodes.candidates.table[members], return_inverse=True)
        candidates, _ = self.nodes.candidates.of(tables)
        storage, ranks = self._gathered(candidates.reshape(len(tables), -1))
        first, steps = ranks[:, 0], ranks - ranks[:, :1]
        which = which.reshape(domain)
        site = np.array([self.site[i] for i in members.tolist()]).reshape(domain)
        return Operand(storage, chosen_map(first[which], which, steps, site))

    def _gathered(self, nodes: Ints) -> tuple[Storage, Ints]:
        """A storage that holds all of these nodes, a new one if need be, and where they stand."""
        homes = np.unique(self.home[nodes]).tolist()
        storage = self.storages[homes[0]]
        if storage is not None and len(homes) == 1:
            return storage, self.rank[nodes]
        index, flat = np.arange(nodes.size), nodes.ravel()
        if storage is None and len(homes) == 1:
            return self._constant(self.values[nodes]), index.reshape(nodes.shape)
        pool = Storage(f"p{len(self.program.items)}", "VALUE", nodes.shape)
        for home in homes:
            here = self.home[flat] == home
            domain, source, line = self._source(index[here], flat[here])
            target = Operand(pool, index_map(index[here].reshape(domain)))
            self.program.items.append(_copy(target, source, domain, line))
        if self.may_be_risky[flat].any():
            self.risky_pools.add(pool)
        return pool, index.reshape(nodes.shape)

    def _line(self, node: int) -> str:
        line = self.graph.line[node]
        return self.graph.lines[line] if line >= 0 else ""

    def _domain(self, tables: Tables, count: int) -> tuple[Ints, tuple[int, ...]]:
        """The order of the members and the box of axes in which most operands count up."""
        trace_order = np.arange(count)
        factors = [f for groups in tables for _, factors in groups for f in factors]
        moving, shapes = self._moving([f[:, 0] for f in factors])
        rows = np.stack([trace_order, *moving])
        axes = find_axes(rows)
        if axes is not None:
            return trace_order, split_axes(axes, [(count,), *shapes])
        for row in moving:
            if len(np.unique(row)) == count:
                order = np.argsort(row, kind="stable")
                axes = find_axes(np.stack([trace_order, *(m[order] for m in moving)]))
                if axes is not None:
                    return order, split_axes(axes, [(count,), *shapes])
        kept, axes = joint_axes(rows)
        return trace_order, split_axes(axes, [[(count,), *shapes][k] for k in kept])

    def _moving(self, columns: list[Ints]) -> tuple[list[Ints], list[tuple[int, ...]]]:
        """The ranks of those nodes that lie in a storage, and the storages' shapes."""
        found = [(c, self.storages[self.home[c[0]]]) for c in columns]
        kept = [(self.rank[c], storage.shape) for c, storage in found if storage is not None]
        return [ranks for ranks, _ in kept], [shape for _, shape in kept]

    def _group(self, sign: float, factors: list[Ints], domain: tuple[int, ...]) -> Group:
        count = factors[0].shape[1]
        patterns, shapes = self._moving([f[0] for f in factors])
        kept, axes = joint_axes(np.stack([np.arange(count), *patterns]))
        reduction = split_axes(axes, [[(count,), *shapes][k] for k in kept])
        box = domain + reduction
        return Group(sign, reduction, tuple(self._operand(f.reshape(box)) for f in factors))

    def _operand(self, nodes: Ints) -> Operand:
        storage = self.storages[self.home[nodes.flat[0]]]
        if storage is not None:
            return Operand(storage, index_map(self.rank[nodes]))
        values = self.values[nodes]
        moving = varying(values.view(np.int64))
        strides = c_strides(nodes.shape, moving)
        if not any(moving):
            return Operand(None, IndexMap(0, strides), float(values.flat[0]))
        packed = values[tuple(slice(None) if m else 0 for m in moving)]
        return Operand(self._constant(packed), IndexMap(0, strides))

    def _constant(self, values: NDArray[np.float64]) -> Storage:
        """The storage of these constants, one for all that are equal."""
        key = (values.tobytes(), values.shape)
        if key not in self.constants:
            name = f"c{len(self.constants)}"
            self.constants[key] = Storage(name, "CONST", values.shape, values.ravel().copy())
        return self.constants[key]

    def _risky(self) -> set[Storage]:
        homes = np.unique(self.home[self.may_be_risky & (self.home >= 0)]).tolist()
        found = {s for s in (self.storages[home] for home in homes) if s is not None}
        tables = self.constants.values()
        infinite = {s for s in tables if not np.isfinite(np.asarray(s.values)).all()}
        return found | infinite | self.risky_pools

    # ---------------------------------------------------------------- outputs

    def _outputs(self, outside: dict[str, Storage]) -> None:
        """Copy the outputs to where they go, when everything has been read."""
        outputs = self.graph.outputs
        kinds, indices, nodes = (
            np.array(x, np.int64) for x in (outputs.kind, outputs.index, outputs.node)
        )
        ways = kinds * len(self.storages) + self.home[nodes]  # from where to where
        different, first = np.unique(ways, return_index=True)
        commits: list[Statement] = []
        for way in different[np.argsort(first)].tolist():
            kind, home = (
                KIND_OF_OUTPUT[OUTPUTS[way // len(self.storages)]],
                way % len(self.storages),
            )
            here = np.flatnonzero(ways == way)
            here = here[np.argsort(indices[here], kind="stable")]
            index, node = indices[here], nodes[here]
            domain, source, line = self._source(index, node)
            if self.storages[home] in outside.values():  # which another output may overwrite
                copy = Storage(f"old{len(commits)}", "VALUE", domain)
                target = Operand(copy, IndexMap(0, c_strides(domain, (True,) * len(domain))))
                self.program.items.append(_copy(target, source, domain, line))
                source = target
            target = Operand(outside[kind], index_map(index.reshape(domain)))
            commits.append(_copy(target, source, domain, line))
        self.program.items += commits

    def _source(self, index: Ints, nodes: Ints) -> tuple[tuple[int, ...], Operand, str]:
        """For a copy of nodes of one home to `index`: its axes, what it reads, and its line."""
        storage, count = self.storages[self.home[nodes[0]]], len(index)
        rows = [index] + ([self.rank[nodes]] if storage is not None else [])
        axes = joint_axes(np.stack([np.arange(count), *rows]))[1]
        domain = tuple(extent for extent, _ in axes)
        return domain, self._operand(nodes.reshape(domain)), self._line(int(nodes[0]))


def _copy(target: Operand, source: Operand, domain: tuple[int, ...], line: str) -> Statement:
    return Statement(target, domain, ((Group(1.0, (), (source,)),),), line=line)
