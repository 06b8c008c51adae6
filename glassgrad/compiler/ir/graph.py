"""`Graph`: one run of the user's function, written down node by node; the compiler's first stage.

The text form, which `str(graph)` writes and `Graph.parse` reads, is one line a node:

    graph  = "inputs " (shapes | names and shapes) newline (node | table)* output*
    node   = "%" number " = " NAME (" " operand)* ("  ; " file:line)? newline
           | "%" number " .. %" number " = " NAME index " .. " index newline
    table  = "table " number " =" (" %" number)+ newline
    output = "-> " kind " " index " = %" number newline
    operand = "%" number | index | float     kind = "result" | "data" | "grad" | "state"

    inputs {'x': (2,), 'target': ()}
    %0 = INPUT 0
    %1 = PARAM 0
    %2 = mul %1 %0  ; notes.py:12
    %3 = GRAD %2 %1
    %4 = INPUT 2
    table 0 = %1 %2
    %5 = PICK %4 0
    -> result 0 = %5
    -> grad 0 = %3
"""

from __future__ import annotations

import ast
import struct
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...ops import TABLE, Primitive
from .listing import short_line
from .outputs import Outputs
from .shapes import Shape as Shape
from .shapes import size as size
from .shapes import subscripts

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The leaves hold an index in `a`: the position among the flattened inputs, the captured Value (its
# number, or its gradient before the step), the state, or the constant. STOP is the same number as
# its operand, with no way back. GRAD is the derivative of node `a` by node `b`: of all paths from
# `b` to `a` that meet no STOP and no GRAD. PICK is one of the candidates of table `b`, counted by
# the whole number of node `a`, which is computed from arguments and constants alone.
INPUT, PARAM, PARAM_GRAD, STATE, CONST, STOP, GRAD, PICK = range(8)
NAMES = ["INPUT", "PARAM", "PARAM_GRAD", "STATE", "CONST", "STOP", "GRAD", "PICK"]
OPCODES: dict[str, int] = {name: code for code, name in enumerate(NAMES)}
ROWS: list[Primitive | None] = [None] * len(NAMES)  # opcode -> row of the table
ARITIES = [0, 0, 0, 0, 0, 1, 2, 1]  # opcode -> how many of a, b and c are nodes


def opcode(row: Primitive) -> int:
    """The code of a row; one that a user added since gets the next free code."""
    if row.name not in OPCODES:
        OPCODES[row.name] = len(NAMES)
        NAMES.append(row.name)
        ROWS.append(row)
        ARITIES.append(row.arity)
    return OPCODES[row.name]


for _row in TABLE.values():
    opcode(_row)


class GraphError(ValueError):
    """A graph that breaks its own rules; names the node."""


class Graph:
    """Nodes in program order, as arrays side by side; operands have smaller numbers.

    Attributes:
        op: opcodes; `NAMES[op[i]]` is the name and `ROWS[op[i]]` the row of node i.
        a, b, c: operands, -1 where there is none; see the opcodes above for the leaves.
        line: an index into `lines`, -1 where unknown.
        lines: the user's `file:line`.
        constants: each number once, told apart by its bits.
        inputs: the shape of each argument; their numbers are flattened in order (C order).
        names: what the user calls each argument.
        tables: the candidates of PICK nodes, each table once.
        outputs: what a call leaves behind.
    """

    def __init__(self, inputs: Collection[Shape] = ()) -> None:
        self.op = array("H")
        self.a, self.b, self.c = array("i"), array("i"), array("i")
        self.line = array("i")
        self.lines: list[str] = []
        self.constants = array("d")
        self.inputs = list(inputs)
        self.names = [f"x{k}" for k in range(len(self.inputs))]
        self.tables: list[array[int]] = []
        self.outputs = Outputs()
        self._constant_nodes: dict[bytes, int] = {}
        self._table_numbers: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self.op)

    def add(self, name: str, *operands: int) -> int:
        """Append a node and return its number; for a leaf the operand is its index.

        >>> g = Graph([()])
        >>> g.output("result", 0, g.add("tanh", g.add("INPUT", 0)))
        >>> g.evaluate([0.0])
        [0.0]
        """
        a, b, c = (*operands, -1, -1, -1)[:3]
        self.op.append(OPCODES[name])
        self.a.append(a)
        self.b.append(b)
        self.c.append(c)
        self.line.append(-1)
        return len(self.op) - 1

    def constant(self, x: float, append: Callable[[int], int] | None = None) -> int:
        """The node of a constant, appended where its bits are new.

        Args:
            x: the number.
            append: appends the node, given the place of the number in `constants`; or None, and the
                node becomes the last one.
        """
        bits = struct.pack("d", x)
        if bits not in self._constant_nodes:
            place = len(self.constants)
            self.constants.append(x)
            self._constant_nodes[bits] = append(place) if append else self.add("CONST", place)
        return self._constant_nodes[bits]

    def table(self, candidates: Iterable[int]) -> int:
        """The number of the table of these nodes, added where it is new."""
        row = array("i", candidates)
        bits = row.tobytes()
        if bits not in self._table_numbers:
            self._table_numbers[bits] = len(self.tables)
            self.tables.append(row)
        return self._table_numbers[bits]

    def path(self, position: int) -> str:
        """What a program calls the number at a position among the flattened arguments."""
        for name, shape in zip(self.names, self.inputs, strict=True):
            if position < size(shape):
                return name + subscripts(shape, position)
            position -= size(shape)
        raise IndexError(f"The arguments hold no number at the position {position}.")

    def output(self, kind: str, index: int, node: int) -> None:
        """Declare that a call leaves behind the number of `node`."""
        self.outputs.append(kind, index, node)

    def rename(self, kinds: Collection[int], known: NDArray[np.int64]) -> None:
        """Give the leaves of these kinds the places in `known`, which ascends, as their index."""
        index = np.frombuffer(self.a, np.int32)
        where = np.flatnonzero(np.isin(np.frombuffer(self.op, np.uint16), list(kinds)))
        index[where] = np.searchsorted(known, index[where])

    def operands(self, node: int) -> tuple[int, ...]:
        """The nodes that `node` is computed from; none for a leaf, the candidates for a PICK."""
        if self.op[node] == PICK:
            return (self.a[node], *self.tables[self.b[node]])
        return (self.a[node], self.b[node], self.c[node])[: ARITIES[self.op[node]]]

    def count(self, kind: int) -> int:
        """One more than the largest index of the leaves of this kind: how many there must be."""
        return max((self.a[i] for i, op in enumerate(self.op) if op == kind), default=-1) + 1

    def count_outputs(self, kind: str) -> int:
        """One more than the largest index of the outputs of this kind."""
        return int(self.outputs.of(kind).max(initial=-1)) + 1

    def __str__(self) -> str:
        return "\n".join(self.text())

    def text(self) -> Iterator[str]:
        """The lines of the text form, one after another."""
        yield f"inputs {dict(zip(self.names, self.inputs, strict=True))}"
        i = 0
        shown: set[int] = set()
        while i < len(self):
            count = self._leaves_from(i)
            if count > 2:
                first, last = self.a[i], self.a[i + count - 1]
                yield f"%{i} .. %{i + count - 1} = {NAMES[self.op[i]]} {first} .. {last}"
                i += count
                continue
            if self.op[i] == PICK and self.b[i] not in shown:
                shown.add(self.b[i])
                yield f"table {self.b[i]} = {' '.join(f'%{x}' for x in self.tables[self.b[i]])}"
            node = f"%{i} = {NAMES[self.op[i]]} {self._operands_written(i)}"
            where = short_line(self.lines[self.line[i]]) if self.line[i] >= 0 else ""
            yield f"{node:<27}  ; {where}" if where else node
            i += 1
        for out in self.outputs:
            yield f"-> {out.kind} {out.index} = %{out.node}"

    def _leaves_from(self, i: int) -> int:
        """How many leaves of one kind stand here side by side, with indices that count up."""
        kind, first, stop = self.op[i], self.a[i], i
        if kind < CONST:
            while stop < len(self) and (self.op[stop], self.a[stop] - stop) == (kind, first - i):
                stop += 1
        return stop - i

    def _operands_written(self, i: int) -> str:
        if self.op[i] == CONST:
            return repr(self.constants[self.a[i]])
        if self.op[i] < CONST:
            return str(self.a[i])
        if self.op[i] == PICK:
            return f"%{self.a[i]} {self.b[i]}"
        return " ".join(f"%{operand}" for operand in self.operands(i))

    @classmethod
    def parse(cls, text: str) -> Graph:
        """The graph that `str` wrote down.

        Raises:
            GraphError: a line is not of the form, or the graph does not verify.
        """
        first, *rest = text.splitlines()
        inputs = ast.literal_eval(first.removeprefix("inputs "))
        graph = cls(inputs.values() if isinstance(inputs, dict) else inputs)
        if isinstance(inputs, dict):
            graph.names = list(inputs)
        known: dict[str, int] = {}
        for line in rest:
            try:
                graph._parse_line(line, known)
            except (KeyError, ValueError, IndexError) as error:
                raise GraphError(f"This is no line of a graph: {line!r}.") from error
        graph.verify()
        return graph

    def _parse_line(self, line: str, lines: dict[str, int]) -> None:
        left, right = line.split(" = ", 1)
        if left.startswith("-> "):
            kind, index = left.removeprefix("-> ").split()
            self.output(kind, int(index), int(right.removeprefix("%")))
            return
        if left.startswith("table "):
            candidates = [int(word.removeprefix("%")) for word in right.split()]
            if self.table(candidates) != int(left.removeprefix("table ")):
                raise ValueError("tables are numbered as they come")
            return
        right, _, where = right.partition("  ; ")
        name, *operands = right.split()
        if " .. " in left:
            low, _, high = operands
            for leaf in range(int(low), int(high) + 1):
                self.add(name, leaf)
            return
        if name == "CONST":
            self.constants.append(float(operands[0]))
            self._constant_nodes[struct.pack("d", float(operands[0]))] = len(self)
            operands = [str(len(self.constants) - 1)]
        self.add(name, *[int(operand.removeprefix("%")) for operand in operands])
        if where:
            self.line[-1] = lines.setdefault(where, len(lines))
            self.lines = list(lines)

    def verify(self) -> None:
        """Check every rule that later stages rely on.

        Raises:
            GraphError: an operand that does not come before its node, a missing or surplus
                operand, an index out of range, an unknown output; names the node.
        """
        for i, op in enumerate(self.op):
            if op == PICK:
                self._verify_pick(i)
            fields = (self.a[i], -1 if op == PICK else self.b[i], self.c[i])
            arity = ARITIES[op] if op > CONST else 1
            top = i if op > CONST else self._leaf_bound(op)
            used, unused = fields[:arity], fields[arity:]
            if not all(0 <= x < top for x in used) or any(x != -1 for x in unused):
                raise GraphError(
                    f"%{i} = {NAMES[op]} has the operands {fields}, but needs {arity} of 0 to "
                    f"{top - 1}, and -1 for the others."
                )
        for out in self.outputs:
            if not (0 <= out.node < len(self) and out.index >= 0):
                raise GraphError(f"{out}: its node or index is out of range.")

    def _verify_pick(self, i: int) -> None:
        if not (0 <= self.b[i] < len(self.tables) and self.tables[self.b[i]]):
            raise GraphError(f"%{i} = PICK has the table {self.b[i]}, which has no candidates.")
        if max(self.tables[self.b[i]]) >= i or min(self.tables[self.b[i]]) < 0:
            raise GraphError(f"%{i} = PICK has candidates that do not come before it.")

    def _leaf_bound(self, op: int) -> int:
        if op == INPUT:
            return sum(map(size, self.inputs))
        return len(self.constants) if op == CONST else 2**31

    def evaluate(
        self,
        inputs: Sequence[float] = (),
        params: Sequence[float] = (),
        grads: Sequence[float] = (),
        states: Sequence[float] = (),
    ) -> list[float]:
        """The numbers of `outputs`, in order: what every later stage must agree with."""
        values: list[float] = []
        leaves = (inputs, params, grads, states, self.constants)
        adjoints: dict[int, list[float]] = {}
        for i, op in enumerate(self.op):
            a = self.a[i]
            if op <= CONST:
                values.append(float(leaves[op][a]))
            elif op == STOP:
                values.append(values[a])
            elif op == GRAD:
                if a not in adjoints:
                    adjoints[a] = self._adjoints(a, values)
                values.append(adjoints[a][self.b[i]] if self.b[i] <= a else 0.0)
            elif op == PICK:
                values.append(values[self.picked(i, values[a])])
            else:
                values.append(_row_of(op).forward(*[values[x] for x in self.operands(i)]))
        return [values[node] for node in self.outputs.node]

    def picked(self, node: int, integer: float) -> int:
        """The candidate that a PICK takes for this number; from -1 down they count from the end.

        Raises:
            TypeError: the number is not whole.
            IndexError: there are not so many candidates; says where the number came from.
        """
        table = self.tables[self.b[node]]
        count = len(table)
        if -count <= integer < count and float(integer).is_integer():
            return table[int(integer)]
        source = self.a[node]
        named = self.op[source] == INPUT
        what = self.path(self.a[source]) if named else "What is computed from the arguments"
        where = f" at {self.lines[self.line[node]]}" if self.line[node] >= 0 else ""
        if not float(integer).is_integer():
            raise TypeError(
                f"{what} is {integer}, but what selects{where} must be a whole number. "
                "Pass an int, or an array made with .astype(int)."
            )
        raise IndexError(
            f"{what} is {int(integer)}, which is out of range: it selects one of {count}{where}, "
            f"so it must be from 0 to {count - 1}, or from -{count} to -1 to count from the end."
        )

    def _adjoints(self, root: int, values: Sequence[float]) -> list[float]:
        """The derivative of `root` by every node up to it, by the table's partials on floats.

        A share is 0 where the adjoint is, whatever the partial, and where a row that selects has
        the partial 0, whatever the adjoint: what was not chosen never leaks.
        """
        adjoints = [0.0] * root + [1.0]
        reached = bytearray(root) + b"\1"
        for i in range(root, -1, -1):
            if not reached[i] or self.op[i] <= GRAD:
                continue
            if self.op[i] == PICK:
                x = self.picked(i, values[self.a[i]])
                adjoints[x] += adjoints[i]
                reached[x] = 1
                continue
            g, operands = adjoints[i], self.operands(i)
            row = _row_of(self.op[i])
            slopes = row.slopes(values[i], *[values[x] for x in operands])
            for x, slope in zip(operands, slopes, strict=True):
                share = g * slope
                nothing = g == 0.0 or (slope == 0.0 and row.selects)
                adjoints[x] += 0.0 if share != share and nothing else share
                reached[x] = 1
        return adjoints


def _row_of(op: int) -> Primitive:
    row = ROWS[op]
    assert row is not None, f"{NAMES[op]} is no row of the table"
    return row
