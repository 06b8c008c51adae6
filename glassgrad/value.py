"""`Value`: one number that remembers how it was made, and the chain rule over such numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite
from typing import Any, cast

from . import modes
from .backward import cleared, pass_back, propagate, propagate_watched, topological
from .ops import TABLE, Operand, Primitive, number

# Note [The node]
# A node is an operation and its parents; there are no closures and no sets, so that nothing but
# the reader holds a graph alive and every run visits it in the same order. The parents of a
# unary or binary operation stand in two slots of the node itself: a tuple for them would be a
# second object for the garbage collector to walk, and that walk is most of the cost of a large
# graph in Python. Nodes of more parents, and those a user makes by hand, keep a tuple in `_left`.


class HandMade:
    """The operation of a node that was built by hand: `out = Value(x, (a, b), "+")`.

    Its way back is the function that the user assigns to `out._backward`.
    """

    __slots__ = ("backward", "symbol")
    partials = None

    def __init__(self, symbol: str, backward: Callable[[], None] | None = None) -> None:
        self.symbol = symbol
        self.backward = backward or _nothing


def _nothing() -> None:
    """A leaf's way back: nothing stands behind it."""


CONSTANT = HandMade("")  # stands in the nodes made of the plain numbers of an expression


class Value(Operand):
    """A scalar in an expression: its number, its gradient, and what it was computed from.

    Operations give plain Values, on a subclass too, as they do on subclasses of Python's numbers.
    `<`, `<=`, `>` and `>=` compare the numbers; `==` asks whether it is the same Value.

    Args:
        data: any real number; kept as a Python float.
        _children: the Values it was computed from, where a node is built by hand.
        _op: the name of the operation, likewise.
        label: a name for drawings and messages.

    Raises:
        TypeError: `data` is no real number.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + 10
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (4.0, -3.0, 2.0)
    """

    # In `__dict__` stand label and line, where there are any, and what users write on a Value: the
    # moments of an optimiser by hand, a colour for a drawing.
    __slots__ = ("__dict__", "_data", "_left", "_right", "_row", "grad")
    rank = 1
    label: str = ""  # a name for drawings and messages
    line: str = ""  # the user's `file:line` that made this node, known under `detect_anomaly`
    grad: float
    _data: float
    _row: Any  # Primitive | HandMade | None
    _left: Any  # Value | tuple[Value, ...] | None, see Note [The node]
    _right: Value | None

    def __init__(
        self, data: Any, _children: Iterable[Value] = (), _op: str = "", label: str = ""
    ) -> None:
        if modes.active and (tape := modes.tape()) is not None:
            tape.adopt(self, data, label, bool(_children or _op))
            return
        self._data = data if data.__class__ is float else number(data, "A Value's data")
        self.grad = 0.0
        self._left = self._right = self._row = None
        if label:
            self.label = label
        if _children or _op:
            self._left = _checked(_children)
            self._row = HandMade(_op)

    def _set_data(self, data: Any) -> None:
        if modes.active and (tape := modes.tape()) is not None:
            tape.refuse_unseen()
        self._data = number(data, "A Value's data")

    data = property(operator.attrgetter("_data"), _set_data, doc="The number itself, a float.")

    @property
    def _prev(self) -> tuple[Value, ...]:
        """The parents, in the order of the operands."""
        left, right = self._left, self._right
        if right is not None:
            return (left, right)
        if left is None:
            return ()
        return left if left.__class__ is tuple else (left,)

    @property
    def _op(self) -> str:
        """The operation's symbol; empty for a leaf."""
        return self._row.symbol if self._row is not None else ""

    @property
    def is_constant(self) -> bool:
        """Whether this leaf stands for a plain number written in the expression."""
        return self._row is CONSTANT

    @property
    def _primitive(self) -> Primitive | None:
        """The operation's row in the table; None for leaves and nodes built by hand."""
        return self._row if isinstance(self._row, Primitive) else None

    @property
    def _backward(self) -> Callable[[], None]:
        """Adds this node's share to the gradients of its parents; may be assigned."""
        if isinstance(self._row, HandMade):
            return self._row.backward
        return partial(pass_back, self, self._row) if self._row is not None else _nothing

    @_backward.setter
    def _backward(self, function: Callable[[], None]) -> None:
        self._left, self._right = self._prev, None
        self._row = HandMade(self._op, function)

    def bind(self, row: Primitive, inputs: tuple[Any, ...]) -> Value:
        """The node of `row` applied to `inputs`."""
        parents = tuple(x if isinstance(x, Value) else constant(x) for x in inputs)
        data = row.forward(*[parent._data for parent in parents])
        return (_watched if modes.active else _node)(row, data, parents)

    def backward(self) -> None:
        """Add d(self)/d(leaf) to the gradient of every leaf; set d(self)/d(node) in the others.

        Leaves accumulate over calls, so clear them first; inner nodes start afresh each time.
        """
        order = cleared(self)
        self.grad += 1.0
        if modes.active and modes.watching() == "numbers":
            propagate_watched(order)
        else:
            propagate(order)

    def zero_grad(self) -> None:
        """Set the gradient of this Value, and of all that it was computed from, to 0."""
        for node in topological(self):
            node.grad = 0.0

    def detach(self) -> Value:
        """A leaf of the same data and label: nothing flows back through it."""
        return Value(self._data, label=self.label)

    def written(self) -> str:
        """The operation with its inputs' labels and numbers put in, as messages show it."""
        row = self._primitive
        return _with_numbers(row, self._prev) if row else f"the hand-made {self._op!r}"

    def __bool__(self) -> bool:
        raise TypeError(
            "Whether a Value counts as true would be a guess. Write v.data != 0 to ask for its "
            "number, or v is not None to ask whether there is one."
        )

    def __float__(self) -> float:
        raise TypeError(
            "float(v) and the functions of math would drop the gradient of a Value. Write v.sin() "
            "or gg.sin(v) for math.sin(v), and so for the others; v.data is the plain number."
        )

    def __int__(self) -> int:
        raise TypeError(
            "int(v) would drop the gradient of a Value. Write int(v.data) for the plain number."
        )

    def __round__(self, digits: int | None = None) -> float:
        raise TypeError(
            "round(v) would drop the gradient of a Value. Write "
            f"round(v.data{'' if digits is None else f', {digits}'}) for the plain number, "
            'or f"{v:.2f}" to show it.'
        )

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}, grad={self.grad!r}{label})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy is a leaf: following the parents would recurse as deep as the graph. It keeps its
        # class and what users wrote on it, the label included.
        attributes, slots = cast("tuple[Any, dict[str, Any]]", super().__getstate__())
        kept = {name: x for name, x in slots.items() if name not in _NOT_COPIED}
        return (_leaf, (type(self), self._data), (attributes, kept))

    def _repr_svg_(self) -> str | None:
        from .draw import graph  # only notebooks ask; `draw` stands on this module

        try:
            return graph(self)._repr_svg_()
        except ValueError:  # too large for one picture; the notebook falls back to the text
            return None


def _checked(children: Iterable[Any]) -> tuple[Value, ...]:
    parents = tuple(children)
    for x in parents:
        if not isinstance(x, Value):
            raise TypeError(
                f"The children of a Value must be Values, but {x!r} ({type(x).__name__}) came. "
                f"Write Value({x!r}) for a plain number."
            )
    return parents


_NOT_COPIED = frozenset(["_data", "_left", "_right", "_row"])  # what `_leaf` sets anew


def _leaf(kind: type[Value], data: float) -> Value:
    leaf = _new(kind)
    Value.__init__(leaf, data)  # a subclass may ask for other arguments
    return leaf


def constant(x: Any) -> Value:
    """The leaf that stands for a plain number met in an expression."""
    leaf = _new(Value)
    leaf._data = x if x.__class__ is float else number(x, "A Value's data")
    leaf.grad = 0.0
    leaf._left = leaf._right = None
    leaf._row = CONSTANT
    return leaf


def _lift(x: Any) -> Any:
    """`x` as a Value; NotImplemented where `x` must bind the operation itself (an array does)."""
    if isinstance(x, Value):
        return x
    if isinstance(x, Operand) or getattr(x, "shape", None):
        return NotImplemented
    return constant(x)


def _node(row: Primitive, data: float, parents: tuple[Value, ...]) -> Value:
    out = _new(Value)
    out._data = data
    out.grad = 0.0
    out._row = row
    out._left = parents[0] if len(parents) < 3 else parents
    out._right = parents[1] if len(parents) == 2 else None
    return out


def _watched(row: Primitive, data: float, parents: tuple[Value, ...]) -> Value:
    """The node, or a leaf, under the modes that hold now."""
    if (tape := modes.tape()) is not None:
        return tape.bind(row, parents)  # type: ignore[no-any-return]  # the tape stands above us
    line = modes.user_line() if modes.watching() else ""
    if line and not isfinite(data) and modes.watching() == "numbers":
        raise modes.AnomalyError(f"{_with_numbers(row, parents)} is {data}, at {line}.")
    if not modes.recording():
        return Value(data)
    out = _node(row, data, parents)
    if line:
        out.line = line
    return out


def _with_numbers(row: Primitive, parents: Iterable[Value]) -> str:
    return row.written(*[f"{p.label}={p._data!r}" if p.label else repr(p._data) for p in parents])


_new = object.__new__


def _unary(row: Primitive) -> Callable[[Value], Value]:
    forward = row.forward

    def method(self: Value) -> Value:
        data = forward(self._data)
        if modes.active:
            return _watched(row, data, (self,))
        out = _new(Value)
        out._data = data
        out.grad = 0.0
        out._row = row
        out._left = self
        out._right = None
        return out

    return method


def _binary(row: Primitive) -> Callable[[Value, Any], Any]:
    forward = row.forward

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is not Value:
            other = _lift(other)
            if other is NotImplemented:
                return NotImplemented
        data = forward(self._data, other._data)
        if modes.active:
            return _watched(row, data, (self, other))
        out = _new(Value)
        out._data = data
        out.grad = 0.0
        out._row = row
        out._left = self
        out._right = other
        return out

    return method


def _reflected(row: Primitive) -> Callable[[Value, Any], Any]:
    method = _binary(row)

    def reflected(self: Value, other: Any) -> Any:
        other = _lift(other)
        return other if other is NotImplemented else method(other, self)

    return reflected


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Value, Any], Any]:
    def method(self: Value, other: Any) -> Any:
        other = _lift(other)
        return other if other is NotImplemented else compare(self._data, other._data)

    return method


def _specialise() -> None:
    """Give Value its own, faster form of what Operand has from the table."""
    for row in TABLE.values():
        if row.arity > 2:
            continue
        method: Any = _unary(row) if row.arity == 1 else _binary(row)
        method.__name__ = row.name
        method.__doc__ = f"{row.written()}. {row.says}"
        for name in (row.name, *row.aliases):
            setattr(Value, name, method)
        if row.operator:
            setattr(Value, f"__{row.operator}__", method)
            if row.arity == 2:
                setattr(Value, f"__r{row.operator}__", _reflected(row))
    for name in ("lt", "le", "gt", "ge"):
        setattr(Value, f"__{name}__", _comparison(getattr(operator, name)))


_specialise()
