"""What stands for plain numbers while a function is traced, and what that cannot do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NoReturn, Protocol

from ... import modes
from ...ops import TABLE, Operand, Primitive
from .marks import Marks


class Selecting(Protocol):
    """What a number among the arguments asks when it selects an element; see sites.py."""

    probed: dict[int, int]
    loose: Marks
    has_selected: bool
    plain_tables: set[int]

    def index(self, number: Any, frame: FrameType, /) -> int:
        """A probe for the subscript in `frame`."""

    def take(self, sequence: Any, number: Any, /) -> Any:
        """The element that the number will select."""

    def may_be_selected(self, x: Any, /) -> bool:
        """Whether `x` may be, or hold, what an integer has selected."""

    def put_back(self) -> None:
        """Undo what selecting has changed."""


class Deriving(Protocol):
    """What a tape asks of what notes derivatives; see derivatives.py."""

    def refuse_flow(self, reach: Sequence[int], /) -> None:
        """Trace again, if a way in `reach` goes through a derivative."""


class Recorder(Protocol):
    """What a number asks of the tape on which it is."""

    closed: bool
    sites: Selecting
    whole: set[int]  # the nodes of integers among the arguments

    def bind(self, row: Primitive, inputs: tuple[Any, ...]) -> Any:
        """An operation on Values and numbers."""

    def apply(self, row: Primitive, inputs: tuple[Any, ...]) -> Any:
        """An operation on numbers."""


class TraceError(TypeError):
    """Something that needs a number that only a call has; the message says what to write."""


def left_over(*_: Any) -> NoReturn:
    """Refuse to go on with what was kept from a trace that has ended."""
    raise TraceError(
        "This number was kept from inside of a compiled function, where it stood for any number. "
        "Return it from the function instead."
    )


def _refuse(what: str, instead: str) -> Callable[..., Any]:
    def method(*_: Any) -> Any:
        raise TraceError(
            f"{what} needs the number itself, at {modes.user_line()}, but a compiled function is "
            f"traced before there are numbers. {instead}"
        )

    return method


_CHOOSE = (
    "Write gg.where(condition, a, b) for a choice, gg.maximum(a, b), gg.minimum(a, b) or gg.clip "
    "for a bound, `&` and `|` for `and` and `or`."
)
_FUNCTION = (
    "Write gg.exp(x) rather than math.exp(x), and so for every function of math. An array of "
    "NumPy floats takes no number of a trace either: keep such state in a list."
)
_INDEX = (
    "What counts or selects, as the index of a list or the length of a range does, must be known "
    "when the function is compiled: take it from outside of the function rather than as a number "
    "among its arguments."
)
_ARITHMETIC = "Compiled arithmetic has + - * / ** and the operations of glassgrad."

REFUSED = {
    "__bool__": _refuse("A decision (if, while, and, or, not, max, min, sorted, in)", _CHOOSE),
    "__float__": _refuse("float(), or a function of math,", _FUNCTION),
    "__int__": _refuse("int()", _INDEX),
    "__index__": _refuse("An index or a count", _INDEX),
    "__round__": _refuse("round()", _ARITHMETIC),
    "__trunc__": _refuse("trunc()", _ARITHMETIC),
    "__floor__": _refuse("floor()", _ARITHMETIC),
    "__ceil__": _refuse("ceil()", _ARITHMETIC),
    "__mod__": _refuse("%", _ARITHMETIC),
    "__rmod__": _refuse("%", _ARITHMETIC),
    "__floordiv__": _refuse("//", _ARITHMETIC),
    "__rfloordiv__": _refuse("//", _ARITHMETIC),
}


class _Float(float):
    """What a traced number says that it is, where one asks isinstance(x, float)."""


class _Int(int):
    """The same of an integer among the arguments."""


class Number(Operand):
    """A plain number of a traced function, as `v.data` and the arguments are."""

    __slots__ = ("_node", "_tape")
    rank = 2
    plain = True

    @property  # type: ignore[misc]  # of objects it is no property
    def __class__(self) -> type:
        """What `isinstance` goes by: code that asks goes the way that it goes with floats."""
        return _Int if self._node in self._tape.whole else _Float

    def __init__(self, tape: Recorder, node: int) -> None:
        self._tape = tape
        self._node = node

    def node_on(self, tape: Recorder) -> int:
        """The node on this tape.

        Raises:
            TraceError: the number is left over from another trace.
        """
        if self._tape is not tape:
            raise TraceError("A number of an earlier compilation is used in another one.")
        return self._node

    def bind(self, row: Primitive, inputs: tuple[Any, ...]) -> Any:
        """Apply `row`, where no Value of the trace takes part."""
        self._require_open()
        return self._tape.bind(row, inputs)

    def _require_open(self) -> None:
        if self._tape.closed:
            left_over()

    def __index__(self) -> int:
        """A probe that selects some element, see Note [Runtime integers] in sites.py."""
        self._require_open()
        return self._tape.sites.index(self, sys._getframe(1))

    def taken_from(self, sequence: Any) -> Any:
        """`sequence[self]`, the element that the number will select in each call."""
        self._require_open()
        return self._tape.sites.take(sequence, self)

    def __hash__(self) -> int:
        raise TraceError(
            f"A traced number cannot be the key of a dict or stand in a set, at "
            f"{modes.user_line()}. {_INDEX}"
        )

    def conjugate(self) -> Number:
        """Itself; `np.std` and `np.var` of an array ask for it."""
        return self

    def __copy__(self) -> Number:
        return self

    def __deepcopy__(self, memo: Any) -> Number:
        return self

    def __repr__(self) -> str:
        return f"<traced number %{self._node}>"

    def __format__(self, spec: str) -> str:
        return repr(self)


class Unshared(Number):
    """A number whose operations are nodes of their own: see Note [One tape, two worlds]."""

    __slots__ = ()


class Choice(Number):
    """A traced comparison: 1.0 where it holds, else 0.0. Choices add up and average."""

    __slots__ = ()

    @property  # type: ignore[misc]  # as above
    def __class__(self) -> type:
        """A comparison of floats is a bool."""
        return bool

    def __and__(self, other: Any) -> Any:
        return self._tape.apply(TABLE["ne"], (self * other, 0.0))

    def __or__(self, other: Any) -> Any:
        return self._tape.apply(TABLE["ne"], (self + other, 0.0))

    def __xor__(self, other: Any) -> Any:
        return self._tape.apply(TABLE["ne"], (self, other))

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__


def _numbers_method(row: Primitive, reflected: bool = False) -> Callable[..., Any]:
    if row.arity == 1:
        return lambda self: self.bind(row, (self,))

    def method(self: Number, other: Any) -> Any:
        inputs = (other, self) if reflected else (self, other)
        if type(other) not in (float, Number, Unshared):  # most are: then no Value takes part
            return self.bind(row, inputs)
        self._require_open()
        return self._tape.apply(row, inputs)

    return method


def _comparison(row: Primitive) -> Callable[[Any, Any], Any]:
    """`a < b` of the numbers behind Values or of numbers, a traced choice."""

    def method(self: Number, other: Any) -> Any:
        return self._tape.apply(row, (self, other))

    return method


def _specialise() -> None:
    for row in TABLE.values():
        if row.operator:
            setattr(Number, f"__{row.operator}__", _numbers_method(row))
            if row.arity == 2:
                setattr(Number, f"__r{row.operator}__", _numbers_method(row, reflected=True))
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(Number, f"__{name}__", _comparison(TABLE[name]))
    for name, method in REFUSED.items():
        if name != "__index__":
            setattr(Number, name, method)


_specialise()
