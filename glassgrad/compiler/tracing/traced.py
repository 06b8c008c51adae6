"""The classes of Values while a function is traced.

Note [Classes of one trace]
A trace makes classes of its own for the Values that take part: `Node` for what is computed, and
for each class of a captured Value a subclass that adds no slot, so that Python lets an object
change over to it and back. Nothing but these objects is touched, and a Value that is left over
from another trace is recognised by its class. Other threads may go on computing with captured
Values: the methods look at the thread, and are those of `Value` in all but the tracing one.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING, Any, cast

from ... import modes
from ...ops import TABLE, Primitive
from ...value import CONSTANT, Value
from ..ir.graph import GRAD, PICK, ROWS, opcode
from .leaf import Classes
from .numbers import REFUSED, TraceError, left_over
from .selected import taken_class

if TYPE_CHECKING:
    from .tape import Tape

Members = dict[str, Any]
_new = object.__new__
_COMPARISONS = ("lt", "le", "gt", "ge")


def traced_classes(tape: Tape) -> Classes:
    """The classes of the trace that `tape` writes down."""
    node_class = cast(type[Value], type("Node", (Value,), {"__slots__": ()}))
    for name, member in {**_node_members(tape), **_operations(tape, node_class, False)}.items():
        setattr(node_class, name, member)
    operations = _operations(tape, node_class, True)
    known: dict[type[Value], type[Value]] = {}

    def leaf_class(kind: type[Value]) -> type[Value]:
        _refuse_replaced(kind, operations)
        members = {"__slots__": (), **_leaf_members(tape, kind), **operations}
        if tape.sites.has_selected:
            members["__hash__"] = tape.keys.of_leaf(kind.__hash__)
        known[kind] = type(kind.__name__, (kind,), members)
        return known[kind]

    def watch_keys() -> None:
        node_class.__hash__ = tape.keys.of_node(node_class.__hash__)  # type: ignore[assignment]  # a class of this trace alone
        for kind, made in known.items():
            made.__hash__ = tape.keys.of_leaf(kind.__hash__)  # type: ignore[assignment]  # a class of this trace alone

    return Classes(node_class, taken_class(tape, node_class), leaf_class, watch_keys)


def _operations(tape: Tape, node_class: type[Value], of_leaf: bool) -> Members:
    """The method and the operators of every row."""
    members: Members = {"bind": _bind(tape)}
    for row in TABLE.values():
        if row.arity > 2:
            members[row.name] = _many(row)
            continue
        make: Any = _unary if row.arity == 1 else _binary
        method = make(tape, node_class, of_leaf, row)
        members.update(dict.fromkeys((row.name, *row.aliases), method))
        if row.operator:
            members[f"__{row.operator}__"] = method
            if row.arity == 2:
                members[f"__r{row.operator}__"] = _reflected(tape, node_class, of_leaf, row)
    return members


def _refuse_replaced(kind: type[Value], operations: Members) -> None:
    """Refuse a user's class whose Values compute otherwise, which a trace would not see."""
    comparisons = (f"__{name}__" for name in _COMPARISONS)
    for name in (*operations, *comparisons, "data", "grad", "backward", "detach"):
        owner = next(base for base in kind.__mro__ if name in vars(base))
        if owner.__module__.partition(".")[0] != "glassgrad":
            raise TraceError(
                f"The class {owner.__name__} has a `{name}` of its own, and in a compiled function "
                "all Values have that of gg.Value. Give it another name, which calls that of Value."
            )


def _bind(tape: Tape) -> Callable[..., Any]:
    def bind(self: Value, row: Primitive, inputs: tuple[Any, ...]) -> Any:
        if get_ident() != tape.thread:
            return Value.bind(self, row, inputs)
        return tape.bind(row, inputs)

    return bind


def _many(row: Primitive) -> Callable[..., Any]:
    return lambda self, *others: self.bind(row, (self, *others))


def _unary(tape: Tape, node_class: type[Value], of_leaf: bool, row: Primitive) -> Any:
    code, emit, thread, calm = opcode(row), tape.emit, tape.thread, tape.calm

    def of_node(self: Any) -> Any:
        out = _new(node_class)
        out._data = emit(code, self._data)
        return out if modes.active == calm else tape.settled(out)

    def method(self: Any) -> Any:
        if get_ident() != thread:
            return Value.bind(self, row, (self,))
        out = _new(node_class)
        out._data = emit(code, tape.leaf_id(self))
        return out if modes.active == calm else tape.settled(out)

    return method if of_leaf else of_node


def _binary(tape: Tape, node_class: type[Value], of_leaf: bool, row: Primitive) -> Any:
    code, emit, thread, calm = opcode(row), tape.emit, tape.thread, tape.calm
    leaf_id, value_id, constant = tape.leaf_id, tape.value_id, tape.constants.get

    def of_node(self: Any, other: Any) -> Any:
        kind = other.__class__
        if kind is node_class:
            right = other._data
        else:
            right = constant(other) if kind is float else None
            if right is None and (right := value_id(other)) is None:
                return NotImplemented
        out = _new(node_class)
        out._data = emit(code, self._data, right)
        return out if modes.active == calm else tape.settled(out)

    def method(self: Any, other: Any) -> Any:
        if get_ident() != thread:
            return Value.bind(self, row, (self, other))
        left = leaf_id(self)
        kind = other.__class__  # as in `of_node`; a call for it is dear here
        if kind is node_class:
            right = other._data
        else:
            right = constant(other) if kind is float else None
            if right is None and (right := value_id(other)) is None:
                return NotImplemented
        out = _new(node_class)
        out._data = emit(code, left, right)
        return out if modes.active == calm else tape.settled(out)

    return method if of_leaf else of_node


def _reflected(tape: Tape, node_class: type[Value], of_leaf: bool, row: Primitive) -> Any:
    code, emit, thread = opcode(row), tape.emit, tape.thread

    def reflected(self: Any, other: Any) -> Any:
        if of_leaf and get_ident() != thread:
            return Value.bind(self, row, (other, self))
        left = tape.value_id(other)
        if left is None:
            return NotImplemented
        out = _new(node_class)
        out._data = emit(code, left, tape.leaf_id(self) if of_leaf else self._data)
        return tape.settled(out)

    return reflected


def _comparison(tape: Tape, name: str) -> Callable[[Any, Any], Any]:
    row = TABLE[name]
    eager = getattr(Value, f"__{name}__")

    def method(self: Value, other: Any) -> Any:
        if get_ident() != tape.thread:
            return eager(self, other)
        return tape.apply(row, (self, other))

    return method


def _both(tape: Tape) -> Members:
    """What computed Values and leaves have in common."""
    members = REFUSED | {f"__{name}__": _comparison(tape, name) for name in _COMPARISONS}

    def detach(self: Value) -> Value:
        return Value(self.data, label=self.label)

    def copied(self: Value, _memo: Any = None) -> Value:
        copy = detach(self)
        copy.grad = self.grad
        return copy

    return members | {"detach": detach, "__copy__": copied, "__deepcopy__": copied}


def _refuse_equal(tape: Tape, value: Value, other: Any) -> None:
    """Refuse to say whether a Value is `other`, if integers decide it.

    A trace meets few of the elements among which an integer selects, so an equality that none of
    the traces met would be taken for never true.
    """
    sites = tape.sites
    if (
        sites.has_selected
        and isinstance(other, Value)
        and all(map(sites.may_be_selected, (value, other)))
    ):
        raise TraceError(
            f"Two Values are compared by == at {modes.user_line()}, and integers among the "
            "arguments decide which these are. Compare the integers: i == j is a traced choice."
        )


def _node_members(tape: Tape) -> Members:
    def made(self: Any, node: int) -> None:
        self._data = node

    def left(self: Any) -> Any:
        parents = _parents(tape, self._data)
        return parents if len(parents) > 2 else parents[0] if parents else None

    def right(self: Any) -> Any:
        parents = _parents(tape, self._data)
        return parents[1] if len(parents) == 2 else None

    def set_data(_self: Any, _x: Any) -> None:
        raise TraceError(
            f"The data of a computed Value is assigned, at {modes.user_line()}. Compute another "
            "Value in a compiled function; only leaves, such as parameters, are moved."
        )

    def equal(self: Any, other: Any) -> Any:
        if other.__class__ is self.__class__ and self._data == other._data:
            return True
        _refuse_equal(tape, self, other)
        return NotImplemented

    return {
        **_both(tape),
        "__init__": made,
        "__hash__": lambda self: self._data,
        "__eq__": equal,
        "__repr__": lambda self: f"<traced Value %{self._data}>",
        "__format__": lambda self, _spec: repr(self),
        "rank": 3,
        "data": property(lambda self: tape.number(self._data), set_data),
        "grad": property(
            lambda self: tape.number(tape.inner_gradient(self._data)),
            lambda self, x: tape.bind_inner_gradient(self._data, x),
        ),
        "_left": property(left),
        "_right": property(right),
        "_row": property(lambda self: ROWS[tape.graph.op[self._data]] or CONSTANT),
        "backward": lambda self: tape.backward(self._data),
    }


def _parents(tape: Tape, node: int) -> tuple[Value, ...]:
    if tape.closed:
        left_over()
    if tape.graph.op[node] <= GRAD:
        tape.derivatives.refuse_flow(bytes(node) + b"\1")
        return ()
    if tape.graph.op[node] == PICK or node in tape.sites.loose:
        raise TraceError(
            f"What stands behind a Value that an integer selects is asked for, at "
            f"{modes.user_line()}, as derivatives of gg.grad are. Call backward() and read .grad, "
            "or gg.grad once."
        )
    return tuple(map(tape.value, tape.graph.operands(node)))


def _leaf_equality(tape: Tape, kind: Any) -> Callable[[Any, Any], Any]:
    def equal(self: Any, other: Any) -> Any:
        if get_ident() == tape.thread and self is not other and tape.is_met(self):
            _refuse_equal(tape, self, other)
        return kind.__eq__(self, other)

    return equal


def _leaf_members(tape: Tape, kind: Any) -> Members:
    gradient = kind.grad  # the descriptor behind the property made here

    def get_data(self: Any) -> Any:
        if get_ident() != tape.thread:
            return self._data
        return tape.number_of_leaf(tape.data_of(self))

    def set_data(self: Any, x: Any) -> None:
        if get_ident() != tape.thread:
            self._set_data(x)
        else:
            tape.bind_data(self, x)

    def get_grad(self: Any) -> Any:
        if get_ident() != tape.thread:
            return gradient.__get__(self)
        return tape.number_of_leaf(tape.gradient(self))

    def set_grad(self: Any, x: Any) -> None:
        if get_ident() != tape.thread:
            gradient.__set__(self, x)
        else:
            tape.bind_grad(self, x)

    def backward(self: Any) -> None:
        if get_ident() != tape.thread:
            Value.backward(self)
        else:
            tape.backward(tape.leaf_id(self))

    return {
        **_both(tape),
        "rank": 3,
        "data": property(get_data, set_data),
        "grad": property(get_grad, set_grad),
        "backward": backward,
        "__eq__": _leaf_equality(tape, kind),
        "__hash__": kind.__hash__,
        "__repr__": lambda _self: "<traced Value>",
        "__format__": lambda self, _spec: repr(self),
    }
