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

from typing import TYPE_CHECKING

import numpy as np

from ..ir.affine import c_strides, joint_axes, varying
from ..ir.graph import CONST, GRAD, INPUT, NAMES, PARAM, PARAM_GRAD, PICK, STATE, STOP, Graph
from ..ir.liveness import live_nodes
from ..ir.loops import Group, IndexMap, Operand, Program, Statement, Storage, loops_of
from ..ir.maps import chosen_map
from ..ir.outputs import OUTPUTS
from ..ir.outside import KIND_OF_OUTPUT, Outside
from ..ir.storages import index_map
from ..tracing.picks import Selection
from .families import classify, families, mix
from .ragged import Box, filled, find_box, pieces
from .risk import chooses_between_numbers, risky_nodes
from .rolled import Adjoints, Rolled
from .sequence import Run, find_sequences, in_turn
from .supernodes import ROW, SUM, Supernodes, candidates_of, find_supernodes
from .terms import Homes, Tables, Terms, bases_of, holes_pay, parts, regular, sum_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


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
        op = np.array(graph.op)
        inputs = np.array([graph.a, graph.b, graph.c], np.int32).reshape(3, len(graph))
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
        self.home = np.full(len(graph), -1, np.int32)
        self.rank = np.zeros(len(graph), np.int64)
        self.holed: set[Storage] = set()
        self.values = np.zeros(len(graph))
        self.storages: list[Storage | None] = []
        self.homes = Homes(self.home, self.rank, self.storages)
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
            if most is not None and len(self.program.items) > most:  # families fell apart
                return None
        self._outputs(outside.kinds)
        for adjoints, node in zip(self.adjoints, self.roots, strict=True):
            index = IndexMap(int(self.rank[node]), ())
            adjoints.root = Operand(self.storages[self.home[node]], index)
        return Rolled(self.program, self.adjoints, self._risky(), self.holed)

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

    def _tables(self, members: Ints) -> Tables | None:
        """The groups of each sum of a family; those of a row are its operands."""
        if self.nodes.kind[members[0]] == SUM:
            groups = sum_terms(members, self.nodes, self.homes, self.key)
            return None if groups is None else [groups]
        if self.nodes.op[members[0]] == PICK:  # all candidates lie like the first one
            candidates = self.nodes.candidates
            first = candidates.nodes[candidates.starts[candidates.table[members]]]
            return [[regular(1.0, [first[:, None]], self.homes)]]
        slots = [operands[members] for operands in self.nodes.inputs]
        return [[regular(1.0, [slot[:, None]], self.homes)] for slot in slots if slot[0] >= 0]

    def _add(self, members: Ints) -> None:
        """Append the statements of a family, one for all that read of the same storages."""
        for part in parts(members, self.nodes, self.key, counted=False):
            tables = self._tables(part)
            if tables is None or not self._add_one(part, tables):
                for some in parts(part, self.nodes, self.key, counted=True):
                    tables = self._tables(some)
                    assert tables is not None, "as many terms of each kind"
                    self._add_one(some, tables)

    def _add_one(self, members: Ints, tables: Tables) -> bool:
        """Append the statement of members and give them their ranks; False where it is none."""
        rows, shapes = bases_of(tables)
        is_pick = self.nodes.op[members[0]] == PICK
        full = is_pick or not holes_pay(tables, self.homes, self.holed)
        box = find_box(rows, shapes, len(members), in_order=False, full=full)
        if not box.is_even:
            if any(group.present is not None for groups in tables for group in groups):
                return False
            cut = [] if is_pick else pieces(rows)
            for piece in cut:
                its = self._tables(members[piece])
                assert its is not None
                self._add_one(members[piece], its)
            if cut:
                return True
        target = self._new_storage(members, box)
        self.program.items.append(self._statement(members, tables, box, target))
        return True

    def _add_run(self, found: list[Ints], run: Run) -> None:
        """Append a run: its first steps as statements, the others as a loop. See Note [Sequences].

        What a slot writes is one storage with time as its outermost axis.
        """
        slots = [np.stack(found[place :: run.period]) for place in range(run.period)]
        targets: list[Operand] = []
        for place, slot in enumerate(slots):
            tables = self._tables(slot[0])
            assert tables is not None
            box = find_box(*bases_of(tables), slot.shape[1], in_order=False, full=True)
            slots[place] = slot[:, box.points]
            whole = Box((run.steps, *box.extents), np.arange(slot.size), True)
            targets.append(self._new_storage(slots[place].ravel(), whole))
        spans = [*((t, t + 1) for t in range(run.lead)), (run.lead, run.steps)]
        if not all(
            self._is_one(slot[first:stop].ravel()) for slot in slots for first, stop in spans
        ):
            for members in found:
                self._add(members)
            return
        body = []
        for first, stop in spans:
            body = [
                self._steps(slot, target, first, stop)
                for slot, target in zip(slots, targets, strict=True)
            ]
            self.program.items += body if first < run.lead else loops_of(body)

    def _is_one(self, members: Ints) -> bool:
        """Whether these read as many numbers, of the same storages."""
        return len(list(parts(members, self.nodes, self.key, counted=True))) == 1

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
        assert tables is not None
        return self._statement(members, tables, Box(domain, np.arange(len(members)), True), target)

    def _new_storage(self, members: Ints, box: Box) -> Operand:
        """A storage for members as they lie in a box; the whole of it as a target."""
        storage = Storage(f"h{len(self.storages) - self._given + 1}", "VALUE", box.extents)
        places = np.flatnonzero(box.points >= 0)
        there = members[box.points[places]]
        self.home[there] = len(self.storages)
        self.rank[there] = places
        self.key[there] = mix(self.home[there])  # the order of terms: not that of their depth
        self.storages.append(storage)
        if not box.is_full:
            self.holed.add(storage)
        return Operand(storage, IndexMap(0, c_strides(box.extents, (True,) * len(box.extents))))

    def _statement(self, members: Ints, tables: Tables, box: Box, target: Operand) -> Statement:
        node, domain = int(members[0]), box.extents
        if self.nodes.op[node] == PICK:
            picked = self._picked(members[box.points], domain)
            return _copy(target, picked, domain, self._line(node))
        sums = tuple(tuple(self._group(group, box) for group in groups) for groups in tables)
        row = "" if self.nodes.kind[node] == SUM else NAMES[self.nodes.op[node]]
        return Statement(target, domain, sums, row, line=self._line(node))

    def _group(self, terms: Terms, box: Box) -> Group:
        count = terms.factors[0].shape[1]
        own = find_box(terms.patterns, terms.shapes, count, in_order=True, full=False)
        extents = box.extents + own.extents
        here = (box.points >= 0)[:, None]
        there = (own.points >= 0)[None, :]
        if terms.present is not None:
            there = there & terms.present[box.points][:, own.points]
        present = (here & there).reshape(extents)
        nodes = [f[box.points][:, own.points].reshape(extents) for f in terms.factors]
        operands = [self._operand(factor, present) for factor in nodes]
        mask = np.broadcast_to(there | ~here, (len(here), own.points.size)).reshape(extents)
        if mask.all():
            return Group(terms.sign, own.extents, tuple(operands))
        operands.insert(0, self._number(mask.astype(float)))
        return Group(terms.sign, own.extents, tuple(operands), settled=1)

    def _operand(self, nodes: Ints, present: NDArray[np.bool_] | None = None) -> Operand:
        """What reads these nodes at the points of a box, where they are present."""
        storage = self.storages[self.home[nodes.flat[0]]]
        if present is None or present.all():
            if storage is not None:
                return Operand(storage, index_map(self.rank[nodes]))
            return self._number(self.values[nodes])
        if storage is not None:
            return Operand(storage, index_map(filled(self.rank[nodes], present, storage.size)))
        values = self.values[nodes]
        return self._number(np.where(present, values, values[present][0]))

    def _number(self, values: NDArray[np.float64]) -> Operand:
        """What reads constants: one, or a table that is packed over the axes on which it varies."""
        moving = varying(values.view(np.int64))
        strides = c_strides(values.shape, moving)
        if not any(moving):
            return Operand(None, IndexMap(0, strides), float(values.flat[0]))
        packed = values[tuple(slice(None) if m else 0 for m in moving)]
        return Operand(self._constant(packed), IndexMap(0, strides))

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
            kind, home = divmod(way, len(self.storages))
            here = np.flatnonzero(ways == way)
            here = here[np.argsort(indices[here], kind="stable")]
            rows = [indices[here]]
            if self.storages[home] is not None:
                rows.append(self.rank[nodes[here]])
            for piece in pieces(rows) or [slice(None)]:
                index, node = indices[here[piece]], nodes[here[piece]]
                domain, source, line = self._source(index, node)
                if self.storages[home] in outside.values():  # which another output may overwrite
                    copy = Storage(f"old{len(commits)}", "VALUE", domain)
                    target = Operand(copy, IndexMap(0, c_strides(domain, (True,) * len(domain))))
                    self.program.items.append(_copy(target, source, domain, line))
                    source = target
                to = outside[KIND_OF_OUTPUT[OUTPUTS[kind]]]
                target = Operand(to, index_map(index.reshape(domain)))
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
