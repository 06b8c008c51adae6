"""Traces without loops in them: native code that reads one operation after another from a table.

Straight code for thousands of unlike operations would take minutes to compile. Here the code is
the same for every trace with the same rows; an operation is five numbers in a table.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...ops import TABLE
from ..ir.graph import CONST, INPUT, NAMES, PICK, STATE, Graph
from ..ir.liveness import live_nodes
from ..ir.outside import KIND_OF_OUTPUT, Outside
from ..ir.storages import Chosen, Storage, Table
from ..machine.text import Builder
from ..rolling.expand import expand_gradients
from ..tracing.picks import Selection
from .captured import Captured
from .emit import module
from .layout import Layout
from .lower import Lowering

_COPY = "copy"
# Copies from and to the captured Values, which lie in rows of their own.
_READS = {"PARAM": "%parameters", "PARAM_GRAD": "%gradients"}
_WRITES = {"data": "%parameters", "grad": "%gradients"}
_WIDTH = 5  # operation, target, three operands


class Operations:
    """A trace as a table of operations, placed in `layout`, and `text`, the code that reads it."""

    def __init__(
        self,
        graph: Graph,
        outside: Outside,
        layout: Layout,
        captured: Captured,
        selection: Selection,
    ) -> None:
        self._slots: list[int] = captured.slots.tolist()
        self._graph = graph = expand_gradients(graph)
        self._site = selection.sites_in(graph)
        self._offsets, self._kinds = layout.offsets, outside.kinds
        live = np.flatnonzero(live_nodes(graph)).tolist()
        constants = [i for i in live if graph.op[i] == CONST]
        values = np.array([graph.constants[graph.a[i]] for i in constants])
        numbers = Storage("constants", "CONST", (len(constants),), values)
        read = [i for i in live if NAMES[graph.op[i]] in _READS]
        computed = [i for i in live if graph.op[i] > CONST]
        made = Storage("numbers", "VALUE", (len(read) + len(computed),))
        self._copies = Storage("copies", "VALUE", (len(graph.outputs),))
        for storage in (numbers, made, self._copies):
            layout.place(storage)
        arguments = [layout.offsets[s] + np.arange(s.size) for s in outside.inputs]
        argument = np.concatenate([np.zeros(0, np.int64), *arguments]).tolist()
        self._at = [-1] * len(graph)
        for i in live:
            if graph.op[i] == INPUT:
                self._at[i] = argument[graph.a[i]]
            elif graph.op[i] == STATE:
                self._at[i] = self._offsets[self._kinds["STATE"]] + graph.a[i]
        for nodes, storage in ((constants, numbers), (read + computed, made)):
            for k, i in enumerate(nodes):
                self._at[i] = layout.offsets[storage] + k
        operations = list(self._operations(read, computed))
        rows = list(dict.fromkeys(name for name, _, _ in operations))
        table: list[int] = []
        for name, target, operands in operations:
            table += [rows.index(name), target, *(*operands, 0, 0, 0)[:3]]
        picks = [(_WIDTH * k, i) for k, i in enumerate(read + computed) if graph.op[i] == PICK]
        layout.place_table(Table(np.array(table, np.int32), (), self._chosen(picks)))
        results = outside.kinds["RESULT"]
        self.text = _code(layout, rows, len(table), results)

    def _operations(
        self, read: list[int], computed: list[int]
    ) -> Iterator[tuple[str, int, tuple[int, ...]]]:
        """Every operation: its name, where it writes, what it reads. Outputs are copied last."""
        graph, at = self._graph, self._at
        for i in read:
            yield NAMES[graph.op[i]], at[i], (self._slots[graph.a[i]],)
        for i in computed:
            if graph.op[i] == PICK:
                yield _COPY, at[i], (0,)  # from where is written before each run
            else:
                yield NAMES[graph.op[i]], at[i], tuple(at[x] for x in graph.operands(i))
        first = self._offsets[self._copies]
        for k, node in enumerate(graph.outputs.node):
            yield _COPY, first + k, (at[node],)
        for k, out in enumerate(graph.outputs):
            if out.kind in _WRITES:
                yield out.kind, self._slots[out.index], (first + k,)
            else:
                kind = self._kinds[KIND_OF_OUTPUT[out.kind]]
                yield _COPY, self._offsets[kind] + out.index, (first + k,)

    def _chosen(self, picks: list[tuple[int, int]]) -> Chosen | None:
        """The operands that integers among the arguments decide, of (operation, node) pairs."""
        if not picks:
            return None
        graph = self._graph
        most = max(len(graph.tables[graph.b[i]]) for _, i in picks)
        places = np.zeros((len(graph.tables), most), np.int64)
        for row, table in enumerate(graph.tables):
            places[row, : len(table)] = [self._at[x] for x in table]
        return Chosen(
            site=np.array([self._site[i] for _, i in picks]),
            first=np.zeros(len(picks), np.int64),
            row=np.array([graph.b[i] for _, i in picks]),
            steps=places,
            entries=np.array([k + 2 for k, _ in picks]),
        )


def _code(layout: Layout, rows: list[str], length: int, results: Storage) -> str:
    kind = layout.float
    b = Builder(kind)
    to = Lowering(b, 1)

    def operation(at: str, _: list[str]) -> list[str]:
        def field(k: int) -> str:
            return b.op(f"load i32, ptr {b.pointer('i32', '%tables', b.index(k, [(at, 1)]))}")

        def number(row: str, k: int) -> str:
            return b.pointer(kind.llvm, row, b.op(f"sext i32 {field(k)} to i64"))

        cases = " ".join(f"i32 {k}, label %case{k}" for k in range(len(rows)))
        b.do(f"switch i32 {field(0)}, label %next [ {cases} ]")
        for k, name in enumerate(rows):
            b.lines.append(f"case{k}:")
            source, target = _READS.get(name, "%memory"), _WRITES.get(name, "%memory")
            arity = TABLE[name].arity if name in TABLE else 1
            inputs = [b.op(f"load {kind.llvm}, ptr {number(source, 2 + i)}") for i in range(arity)]
            value = to.row(name, inputs) if name in TABLE else inputs[0]
            b.do(f"store {kind.llvm} {value}, ptr {number(target, 1)}")
            b.do("br label %next")
        b.lines.append("next:")
        b.label = "next"
        return []

    def step() -> None:
        if length:  # a loop runs at least once
            b.loop(length, _WIDTH, [], operation)

    return module(b, layout.offsets[results], results.size, layout.inputs, step)
