"""The table of primitives: one row says everything that glassgrad knows of an operation.

Every interpreter (the eager engine, the pictures, the tests) reads its own columns of the same
row, so adding an operation is adding a row and no other edit. The rows stand in the files beside
this one, by family.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from ..row_check import check_row, is_same
from .operand import ATTRIBUTES, Operand, number

Interval = tuple[float, float]
Kink = tuple[tuple[float, ...], tuple[float, ...]]

TABLE: dict[str, Primitive] = {}


class Primitive:
    """One row of the table: an operation on scalars, its derivative and its words.

    Calling a row with plain numbers gives a float. With a `Value` (or any other `Operand`) among
    its inputs, the operand of highest rank records the operation.

    Args:
        name: the key in `TABLE`; also the name of the method on a `Value`.
        forward: floats -> float. Total: inf or nan where IEEE 754 says so, it never raises.
        partials: `(y, *inputs) -> (dy/dx0, dy/dx1, ...)`, written in these same operations, so
            that derivatives of derivatives come free. A tuple of numbers where all are constant.
        domain: one open interval per input, clear of kinks and poles: where tests draw.
        says: the sentence by which the operation is explained.
        form: how it is written, `"{0} * {1}"`; as a call of its name where left empty.
        kinks: `(inputs, partials)` pairs: the convention where the derivative does not exist.
        symbol: what `Value._op` shows; empty: the name.
        operator: the Python operator that the row stands behind: `"mul"` for `__mul__`.
        aliases: further method names, for NumPy's.
        selects: the operation passes one of its inputs on: where a slope is 0 nothing flows back,
            not even of an infinite gradient.
        ulps: stated accuracy of `forward` on `domain`, in units in the last place.
        expression: `forward` as a function of operands, where it is a user's own, written in other
            rows: what compiled code does in the place of a call.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., float],
        partials: Callable[..., tuple[Any, ...]] | tuple[float, ...],
        domain: tuple[Interval, ...],
        says: str,
        form: str = "",
        kinks: tuple[Kink, ...] = (),
        symbol: str = "",
        operator: str = "",
        aliases: tuple[str, ...] = (),
        selects: bool = False,
        ulps: float = 1.0,
        expression: Callable[..., Any] | None = None,
    ) -> None:
        slots = ", ".join(f"{{{i}}}" for i in range(len(domain)))
        self.name = name
        self.forward = forward
        self.partials = partials
        self.domain = domain
        self.says = says
        self.form = form or f"{name}({slots})"
        self.kinks = kinks
        self.symbol = symbol or name
        self.operator = operator
        self.aliases = aliases
        self.selects = selects
        self.ulps = ulps
        self.expression = expression

    @property
    def arity(self) -> int:
        """The number of inputs."""
        return len(self.domain)

    def slopes(self, y: Any, *inputs: Any) -> tuple[Any, ...]:
        """The partial derivatives at one point: floats for floats, Values for Values."""
        partials = self.partials
        return partials if isinstance(partials, tuple) else partials(y, *inputs)

    def written(self, *inputs: str) -> str:
        """The operation with its inputs put in; by default `a`, `b`, ..."""
        return self.form.format(*(inputs or "abcdefgh"))

    def __call__(self, *inputs: Any) -> Any:
        """The operation on `inputs`: a float for numbers, else what the operands make of it."""
        for x in inputs:
            if x.__class__ is not float:
                return self._dispatch(inputs)
        try:
            return self.forward(*inputs)
        except TypeError:
            return self._dispatch(inputs)  # which says what a wrong number of inputs means

    def _dispatch(self, inputs: tuple[Any, ...]) -> Any:
        if len(inputs) != self.arity:
            raise TypeError(
                f"{self.name} takes {self.arity} input{'s' if self.arity > 1 else ''}, "
                f"{self.written()}, but {len(inputs)} came."
            )
        operands = [x for x in inputs if isinstance(x, Operand)]
        if operands:
            return max(operands, key=lambda x: x.rank).bind(self, inputs)
        return self.forward(*[number(x, f"an input of {self.name}") for x in inputs])

    def __repr__(self) -> str:
        return f"<primitive {self.written()}: {self.says}>"


def register(row: Primitive) -> Primitive:
    """Put a row into `TABLE` and give every `Operand` its method and operator."""
    TABLE[row.name] = row

    def method(self: Any, *others: Any) -> Any:
        return row(self, *others)

    def reflected(self: Any, other: Any) -> Any:
        return row(other, self)

    method.__name__ = row.name
    method.__doc__ = f"{row.written('self', *'bcdefgh')}. {row.says}"
    for name in (row.name, *row.aliases):
        setattr(Operand, name, method)
    if row.operator:
        setattr(Operand, f"__{row.operator}__", method)
        if row.arity == 2:
            setattr(Operand, f"__r{row.operator}__", reflected)
    return row


def primitive(
    name: str,
    *,
    forward: Callable[..., float],
    partials: Callable[..., Sequence[Any]],
    domain: Sequence[Interval],
    says: str,
    form: str = "",
    symbol: str = "",
    kinks: tuple[Kink, ...] = (),
) -> Primitive:
    """Add your own operation to the table; it then works everywhere a built-in one works.

    Args:
        name: a new Python name; `gg.Value` gets a method of this name.
        forward: floats -> float. Written with operators and glassgrad's own functions it compiles
            to native code; else `gg.compile` runs the interpreter, and says so.
        partials: `(y, *inputs) -> (dy/dx0, ...)`, one for each input, written with operators and
            glassgrad's own functions (`gg.exp`, not `math.exp`), so that it differentiates again.
        domain: one `(low, high)` per input: where the operation is smooth. Its length is the
            number of inputs; the row is tried at once in its middle and beside it.
        says: one sentence that explains the operation.
        form: how it is written, `"swish({0})"`; made from the name where left out.

    Returns:
        The row: call it on numbers and on Values. Defined once more in the same words, as where a
        notebook's cell runs again, it is the one that is there.

    Raises:
        ValueError: the name is taken or no Python name, or the partials do not fit the inputs, or
            they are not the slopes that are measured at three points of the domain.
        TypeError: `domain` holds no pairs, a function takes another number of inputs, or the
            partials come as a bare number.

    >>> import glassgrad as gg
    >>> cube = gg.primitive("cube", forward=lambda x: x * x * x,
    ...                     partials=lambda y, x: (3 * x * x,),
    ...                     domain=[(-2, 2)], says="The volume over an edge.")
    >>> x = gg.Value(2.0)
    >>> y = cube(x) + x.cube()
    >>> y.backward()
    >>> y.data, x.grad
    (16.0, 24.0)
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise ValueError(f"An operation's name must be a public Python name; {name!r} came.")

    @wraps(forward)
    def float_forward(*inputs: float) -> float:
        return number(forward(*inputs), f"the result of {name}")

    check_row(name, float_forward, partials, domain)
    row = Primitive(
        name,
        float_forward,
        wraps(partials)(lambda y, *inputs: tuple(partials(y, *inputs))),
        tuple(domain),
        says,
        form,
        kinks,
        symbol,
        expression=forward,
    )
    if name in TABLE and is_same(TABLE[name], row):
        return TABLE[name]
    if name in TABLE or name in ATTRIBUTES or hasattr(Operand, name):
        raise ValueError(
            f"The name {name!r} is taken. Choose another for your operation, or start Python anew "
            "to change one of yours."
        )
    return register(row)
