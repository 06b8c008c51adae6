"""`Tape`: what a traced step does, written down in a `Graph` while it happens.

Note [One tape, two worlds]
A Value and the plain number in its `data` are the same node of the graph; what differs is how they
go on. Operations on Values are differentiable. Operations on plain numbers are not, so a number
that enters an operation on Values does so as a STOP of its node (inputs and constants, which
nothing stands behind, need none). Numbers are shared: equal operations on numbers are one node, so
that a rate worked out anew for every parameter is worked out once. Not so operations on the `data`
and `grad` of leaves and what comes of them, of which each parameter has its own, on numbers that
an integer has selected among, for which are the same differs, and every operation on Values.

`data` and `grad` of a leaf are bindings: names for a node, which an assignment changes. Reading
them gives the number that is bound. What is bound to something new at the end is an output.

`backward()` only notes its root. The gradient of a leaf is worked out when somebody reads it, or at
the end: the bound node, plus GRAD(root, leaf) for every `backward()` since it was bound. So
clearing before or after, accumulating and updating twice all come out right by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import get_ident
from typing import TYPE_CHECKING, Any

from ... import modes
from ...ops import TABLE, Operand, Primitive, number
from ...value import Value
from ..ir.graph import GRAD, INPUT, PARAM, PARAM_GRAD, PICK, STATE, STOP, Graph, opcode
from ..ir.liveness import is_read, reaching
from .keys import Keys
from .leaf import COLUMNS, CURRENT, DATA, DONE, INITIAL_SLOPE, SLOPE, Classes, Leaves
from .numbers import Choice, Deriving, Number, Selecting, TraceError, Unshared
from .swaps import Swaps
from .writer import Writer

if TYPE_CHECKING:
    pass

_ADD = opcode(TABLE["add"])
_COMPARISONS = {opcode(TABLE[name]) for name in ("lt", "le", "gt", "ge", "eq", "ne")}


class Tape:
    """The graph of a step in the making, and the bindings of the leaves in it.

    Args:
        captured: the Values that the function can reach, in the order in which they get their
            index. Those that the tape meets beyond these follow in the order of meeting.
        classes: makes the classes of Values while they are traced; see traced.py.
        sites, derivatives: make what answers for integers that select, and for `gg.grad`.
    """

    def __init__(
        self,
        captured: Iterable[Value],
        classes: Callable[[Tape], Classes],
        sites: Callable[[Tape], Selecting],
        derivatives: Callable[[Tape], Deriving],
    ) -> None:
        self.writer = Writer(self._take_pen)
        self.thread = get_ident()
        self.closed = False
        # The blocks of modes that are open while operations are recorded: those of now, and ours.
        self.calm = modes.active + 1 if modes.recording() else -1
        self.leaves = Leaves(captured)
        self._number = self.leaves.number
        self.of_stop: dict[int, Value] = {}  # node -> the leaf that it stands for, if by a STOP
        self.backwards: list[tuple[int, bytearray]] = []
        self._inner: dict[int, tuple[int, int]] = {}  # node -> its assigned `grad`, and when
        self._fixed: dict[int, float] = {}  # node of a constant -> its number
        self.constants: dict[Any, int] = {}  # the same the other way, zeros by their text
        self.inputs: set[int] = set()  # their nodes
        self.whole: set[int] = set()  # the nodes of integers among them
        self._bindings = 0  # how often Python's methods have assigned data
        self.keys = Keys(lambda: self.graph)
        self.sites: Selecting = sites(self)
        self.derivatives: Deriving = derivatives(self)
        self.emit = self.writer.emit
        made = classes(self)
        self.node_class, self.taken_class, self.watch_keys = made.node, made.taken, made.watch_keys
        self._swaps = Swaps(made.leaf)

    def count(self) -> int:
        """About how many nodes there are; may be asked from another thread."""
        return self.writer.count()

    @property
    def bindings(self) -> int:
        """How often data was assigned."""
        return self._bindings + self.writer.bindings()

    @property
    def graph(self) -> Graph:
        """All that was done so far."""
        return self.writer.graph()

    def open(self) -> None:
        """Have the captured Values write down what is done with them."""
        for value in self.leaves.values:
            self._swaps.swap(value)

    def _take_pen(self) -> None:
        """Have native code write down what follows, if there is any and no other trace uses it."""
        from .pen import pen

        found = pen()
        if found is not None and found.is_free:
            self.writer.give(found, self)
            found.dress(self.node_class, is_node=True)
            self._swaps.dress(found)

    def close(self) -> None:
        """Give every Value its class back; what the trace left over can no longer be used."""
        self.closed = True
        self._swaps.back()
        self.sites.put_back()
        self.writer.close()

    def selects(self) -> None:
        """An integer selects, from now on: what it may bear on is looked at more closely."""
        self.watch_keys()

    def adopt(self, value: Value, data: Any, label: str, by_hand: bool) -> None:
        """Make a leaf of a Value that the traced function itself has just made."""
        if by_hand:
            raise TraceError(
                f"A node built by hand cannot be compiled, at {modes.user_line()}: its way back is "
                "a closure. Make it an operation with gg.primitive."
            )
        if label:
            value.label = label
        number = self.number_id(data, "A Value's data")
        value._data = 0.0 if isinstance(data, Operand) else float(data)
        value._left = value._right = value._row = None
        Value.grad.__set__(value, 0.0)  # type: ignore[attr-defined]  # the slot behind the name
        node = self.emit(STOP, number)
        self.leaves.adopt(self._add(value), number, node, self.constant(0.0), len(self.backwards))
        self.of_stop[node] = value
        self.keys.made(value)
        self._swaps.swap(value)

    def leaf(self, value: Value) -> int:
        """The number of a leaf Value; its bindings are made where it is met for the first time."""
        k = self._number.get(value, -1)
        if k >= 0 and self.leaves.rows[COLUMNS * k] >= 0:
            return k
        if value._left is not None:
            raise TraceError(
                f"A Value that was computed outside of the compiled function is used inside of it, "
                f"at {modes.user_line()}. Compute it inside, or pass on its number, v.data."
            )
        if k < 0:
            k = self._add(value)
            self._swaps.swap(value)
        self.leaves.meet(k, self.writer.leaf(PARAM, k))  # `finished` numbers those that were met
        return k

    def _add(self, value: Value) -> int:
        k = self.leaves.add(value)
        self.writer.met(value)
        return k

    def is_met(self, value: Value) -> bool:
        """Whether something was done with a leaf."""
        k = self._number.get(value, -1)
        return k >= 0 and self.leaves.rows[COLUMNS * k] >= 0

    # Nodes.

    def constant(self, x: float) -> int:
        """The node of a constant."""
        key = x or str(x)  # zeros have a sign, and nan has bits, by which they differ
        node = self.constants.get(key)
        if node is None:
            node = self.writer.constant(x)
            self._fixed[node] = x
            if x == x:
                self.constants[key] = node
        return node

    def constant_apart(self, x: float) -> int:
        """A node of its own for a constant, which shares it with no other."""
        graph = self.graph
        node = graph.add("CONST", graph.a[graph.constant(x)])
        self._fixed[node] = x
        return node

    def input(self, index: int, whole: bool) -> Number:
        """The number at a position among the flattened arguments, `whole` if it is an integer."""
        node = self.writer.leaf(INPUT, index)
        if whole:
            self.whole.add(node)
        self.inputs.add(node)
        return Number(self, node)

    def state(self, index: int) -> Number:
        """The number of a state before the step."""
        return Number(self, self.writer.leaf(STATE, index))

    def value_id(self, x: Any) -> int | None:
        """The node that `x` is in an operation on Values; None: `x` is no single number."""
        if isinstance(x, self.node_class):
            return node_of(x)
        if isinstance(x, Value):
            return self.leaf_id(x)
        if isinstance(x, Number):
            node = x.node_on(self)
            # What an integer may select gets one in any case, for other candidates may need it.
            if (node in self.inputs or node in self._fixed) and node not in self.sites.loose:
                return node
            return self._of_numbers(STOP, [node])
        if isinstance(x, Operand) or getattr(x, "shape", None):
            return None
        return self.constant(number(x, "An operand"))

    def leaf_id(self, value: Value) -> int:
        """The node that a leaf is in an operation on Values."""
        k = self.leaf(value)
        current, number = self.leaves.rows[COLUMNS * k + CURRENT : COLUMNS * k + DATA + 1]
        if current < 0:
            current = self.emit(STOP, number)
            self.leaves.rebind(k, current, number)
            self.of_stop[current] = value
        return current

    def number_id(self, x: Any, what: str) -> int:
        """The node of a plain number."""
        if isinstance(x, Number):
            return x.node_on(self)
        return self.constant(x if x.__class__ is float else number(x, what))

    def data_id(self, x: Any) -> int | None:
        """The node of the number of `x`, be it a Value or not; None: it is no single number."""
        if isinstance(x, Number):
            return x.node_on(self)
        if isinstance(x, Value) and not isinstance(x, self.node_class):
            return self.data_of(x)
        return None if isinstance(x, (list, tuple)) else self.value_id(x)

    def data_of(self, value: Value) -> int:
        """The node of the number that is bound to the data of a leaf."""
        k = self.leaf(value)
        return self.leaves.rows[COLUMNS * k + DATA]

    def number(self, node: int) -> Any:
        """The plain number of a node: a float if it is constant, else traced."""
        if node in self._fixed and node not in self.sites.loose:
            return self._fixed[node]
        return Number(self, node)

    def number_of_leaf(self, node: int) -> Any:
        """The same for a number that is bound to a leaf."""
        found = self.number(node)
        return Unshared(self, node) if type(found) is Number else found

    def value(self, node: int) -> Value:
        """The Value that a node is."""
        owner = self.owner_of(node)
        return self.node_class(node) if owner is None else owner

    def owner_of(self, node: int) -> Value | None:
        """The leaf that a node stands for."""
        graph = self.graph
        if graph.op[node] == PARAM:
            return self.leaves.values[graph.a[node]]
        return self.of_stop.get(node)

    def bind(self, row: Primitive, inputs: tuple[Any, ...]) -> Any:
        """The operation `row` on Values and numbers, of which one at least is traced."""
        if row.arity > 3:
            raise TraceError(f"{row.name} has {row.arity} inputs; compiled code takes at most 3.")
        if not any(isinstance(x, Value) for x in inputs):
            return self.apply(row, inputs)
        nodes = [self.value_id(x) for x in inputs]
        if None in nodes:
            return NotImplemented
        return self.settled(self.node_class(self.emit(opcode(row), *nodes)))

    def apply(self, row: Primitive, inputs: tuple[Any, ...]) -> Any:
        """The operation `row` on the numbers of `inputs`; NotImplemented for arrays."""
        known = self.constants.get
        nodes = [(known(x) if x.__class__ is float else None) or self.data_id(x) for x in inputs]
        if None in nodes:
            return NotImplemented
        code = opcode(row)
        own = Unshared in map(type, inputs)
        kind = Choice if code in _COMPARISONS else Unshared if own else Number
        return kind(self, self._of_numbers(code, nodes, own))  # type: ignore[arg-type]  # no None is left

    def _of_numbers(self, code: int, operands: list[int], own: bool = False) -> int:
        """An operation on numbers, which is a node of its `own` or shared."""
        loose = self.sites.loose
        is_loose = bool(loose) and any(map(loose.__contains__, operands))
        if not (own or is_loose):
            return self.writer.shared(code, *operands)
        node = self.emit(code, *operands)
        if is_loose:
            loose.add(node)
        return node

    def settled(self, new: Value) -> Value:
        """A new node as it stands: inside of `no_grad` it is a leaf, nothing flows through it."""
        if not modes.recording():
            new._data = self.emit(STOP, node_of(new))
        return new

    # Bindings.

    def bind_data(self, value: Value, x: Any) -> None:
        """`value.data = x`."""
        k = self.leaf(value)
        count = self.writer.count()
        self.leaves.bind_data(k, self.number_id(x, "A Value's data"), count)
        self._bindings += 1

    def bind_grad(self, value: Value, x: Any) -> None:
        """`value.grad = x`."""
        k = self.leaf(value)
        self.leaves.bind_slope(k, self.number_id(x, "A gradient"), len(self.backwards))

    def refuse_unseen(self) -> None:
        """`v.data = x` of a Value that the trace does not know, whose number may have been read."""
        raise TraceError(
            f"The data of a Value is assigned at {modes.user_line()}, and how it is reached cannot "
            "be followed, as through globals of an installed package. Pass the Value in instead."
        )

    def backward(self, root: int) -> None:
        """Note that gradients flow from `root`."""
        reach = reaching(self.graph, root, self.sites.plain_tables)
        self.derivatives.refuse_flow(reach)
        for node, until in self.leaves.all_retired().items():
            if node <= root and reach[node] and is_read(self.graph, node, reach, until):
                raise TraceError(
                    f"backward() at {modes.user_line()} goes through a Value whose data was "
                    "assigned after it was used. Call backward() before the assignment."
                )
        self.backwards.append((root, reach))
        self.writer.backward(root, reach, len(self.backwards))

    def gradient(self, value: Value) -> int:
        """The number bound to `value.grad`, with every `backward()` so far taken account of."""
        k = self.leaf(value)
        rows, at = self.leaves.rows, COLUMNS * k
        grad = rows[at + SLOPE]
        if grad < 0:
            grad = rows[at + INITIAL_SLOPE] = self.writer.leaf(PARAM_GRAD, k)
        elif rows[at + DONE] == len(self.backwards):
            return grad
        for root, reach in self.backwards[rows[at + DONE] :]:
            for node in self.leaves.nodes_of(k):
                if 0 <= node <= root and reach[node]:
                    share = self.emit(GRAD, root, node)
                    grad = share if self._fixed.get(grad) == 0.0 else self.emit(_ADD, grad, share)
        self.leaves.bind_slope(k, grad, len(self.backwards))
        return grad

    def inner_gradient(self, node: int) -> int:
        """The number bound to the `grad` of an inner node: that of the last `backward()` by it.

        That of a selected node is selected among those of the candidates.
        """
        graph = self.graph
        if graph.op[node] == PICK:
            owned = [(x, self.owner_of(x)) for x in graph.tables[graph.b[node]]]
            grads = [
                self.inner_gradient(x) if owner is None else self.gradient(owner)
                for x, owner in owned
            ]
            return self.emit(PICK, graph.a[node], graph.table(grads))
        bound, done = self._inner.get(node, (self.constant(0.0), 0))
        for i in range(len(self.backwards) - 1, done - 1, -1):
            root, reach = self.backwards[i]
            if node <= root and reach[node]:
                return self.writer.shared(GRAD, root, node)
        return bound

    def bind_inner_gradient(self, node: int, x: Any) -> None:
        """`v.grad = x` for an inner node."""
        if self.graph.op[node] == PICK:
            raise TraceError(
                f"The gradient of what an integer selects is assigned, at {modes.user_line()}. An "
                "integer selects what is read: assign to all, and choose with gg.where."
            )
        self._inner[node] = self.number_id(x, "A gradient"), len(self.backwards)


def node_of(value: Any) -> int:
    """The node of a computed Value, which stands where others have their number."""
    node: int = value._data
    return node
