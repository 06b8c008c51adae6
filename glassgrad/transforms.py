"""Derivatives of functions: `grad`, `jacobian`, `hessian`, and the products `vjp` and `jvp`.

Note [Numbers or Values]
Every derivative here answers in the kind that it was asked in. Where nothing but plain numbers
takes part, floats come out. Where a Value takes part, be it an argument or one that the function
finds outside of itself (the weights of a network, the argument of a derivative around this one),
Values come out: the chain rule then runs on Values, so that its result is a graph, which can be
differentiated again. No gradient gets lost on the way, and no `grad` of the user is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import reduce
from math import inf, isfinite
from operator import add
from typing import Any

from . import modes
from .backward import inner_nodes
from .nested import leaves, leaves_like, rebuild, with_article
from .ops import Operand, absolute, lt, maximum, ne, number, where
from .value import CONSTANT, Value, constant

Function = Callable[..., Any]


def grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes the gradient of `f`.

    Args:
        f: takes numbers, or nested lists, tuples and dicts of them, and returns one number.
        argnums: the position of the argument to differentiate by, or a tuple of several.

    Returns:
        A function of the same arguments. It gives the derivative by each number of the chosen
        argument, in the nest of that argument; a tuple of these where `argnums` is a tuple.
        Floats or Values: see Note [Numbers or Values].

    Raises (when called):
        TypeError: `f` returned no single number, or its arguments hold something else than
            numbers, or a node on the way was built by hand.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    >>> grad(lambda net: net["w"][0] * 5 + net["w"][1] * net["b"])({"w": [1, 2], "b": 3})
    {'w': [5.0, 3.0], 'b': 2.0}
    """
    both = value_and_grad(f, argnums)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return _named(gradient, "grad", f)


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes `(f(...), gradient)` from one run of `f`; see `grad`.

    >>> value_and_grad(lambda a, b: a * b, (0, 1))(2.0, -3.0)
    (-6.0, (-3.0, 2.0))
    """
    _check_function(f)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        at = _Linearised(f, args, kwargs, argnums, of_many=False)
        if isinstance(at.returned, (list, tuple, dict)):
            raise TypeError(
                f"grad takes a function that returns one number, but a "
                f"{type(at.returned).__name__} of {len(at.outputs)} came. "
                "jacobian takes functions of many outputs."
            )
        return at.value(), at.by_argument(at.gradient())

    return _named(value_and_gradient, "value_and_grad", f)


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes every derivative of every output of `f`.

    Its result is the nest that `f` returns, with the gradient of each number in the number's
    place; gradients and `argnums` as in `grad`.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    _check_function(f)

    def derivatives(*args: Any, **kwargs: Any) -> Any:
        at = _Linearised(f, args, kwargs, argnums)
        if len(at.inputs) < len(at.outputs):
            columns = [at.push(row) for row in _unit_vectors(len(at.inputs))]
            rows: Iterable[Sequence[Any]] = zip(*columns, strict=True)
        else:
            rows = [at.pull([y], [1.0]) for y in at.outputs]
        return rebuild(at.returned, [at.by_argument(row) for row in rows])

    return _named(derivatives, "jacobian", f)


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes all second derivatives of `f`, the jacobian of its gradient.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """`f(*primals)`, and the function that pulls weights of its outputs back to its inputs.

    Returns:
        The value, and `pull(weights)`: `weights` in the nest that `f` returned; it gives the
        gradient of the weighted sum of the outputs, as a tuple of one nest per argument.

    >>> value, pull = vjp(lambda a, b: [a * b, a + b], 2.0, 3.0)
    >>> value, pull([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    _check_function(f)
    at = _Linearised(f, primals, {}, tuple(range(len(primals))))

    def pull(weights: Any) -> Any:
        given = leaves_like(at.returned, weights, "the weights of the outputs")
        return at.by_argument(at.pull(at.outputs, [_scalar(w, "a weight") for w in given]))

    return at.value(), pull


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`f(*primals)`, and how fast that changes as the primals move along the tangents.

    One walk forward through the graph, however many outputs there are.

    Args:
        f: returns a number, or a nest of numbers.
        primals: the arguments of `f`.
        tangents: the velocity of each argument, in the same nests.

    >>> jvp(lambda a, b: a * b, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    _check_function(f)
    primals, tangents = tuple(primals), tuple(tangents)
    along = [_scalar(t, "a tangent") for t in leaves_like(primals, tangents, "tangents")]
    at = _Linearised(f, primals, {}, tuple(range(len(primals))))
    return at.value(), rebuild(at.returned, at.push(along))


class _Linearised:
    """`f` at one point: what it returned, and the chain rule through its graph, both ways.

    Each call runs `f` on inputs of its own, nodes that stand for the arguments. So the derivative
    by one of them never mixes with that of another call whose argument is the same Value.
    """

    def __init__(
        self,
        f: Function,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        argnums: int | tuple[int, ...],
        of_many: bool = True,
    ) -> None:
        positions = _positions(argnums, len(args))
        self.single = isinstance(argnums, int)
        self.arguments = [args[i] for i in positions]
        given = leaves(self.arguments)
        fresh = list(args)
        with nullcontext() if modes.recording() else modes.enable_grad():
            self.inputs = [_stand_in(x) for x in given]
            for i, argument in zip(positions, rebuild(self.arguments, self.inputs), strict=True):
                fresh[i] = argument
            self.returned = f(*fresh, **kwargs)
        self.outputs = [_scalar(y, "What f returns") for y in leaves(self.returned)]
        self.plain = not any(isinstance(x, Value) for x in given)
        self._noted = None if of_many else self._gradient_noted()
        if self._noted is None:
            self._follow()
        for x, node in zip(given, self.inputs, strict=True):
            if not isinstance(x, Value):
                node._row = CONSTANT  # to derivatives around this one it is a plain number

    def _gradient_noted(self) -> list[Any] | None:
        """The gradient where the compiler traces and can take note of it, else None."""
        tape = modes.tape()
        found = tape and tape.derivatives.gradient(self.returned, self.inputs)
        if not found:
            return None
        gradient, others = found
        self.plain = self.plain and not others
        return [x.data if isinstance(x, Value) else x for x in gradient] if self.plain else gradient

    def gradient(self) -> list[Any]:
        """The derivative of the one output by each input."""
        if self._noted is not None:
            return self._in_kind(self._noted, [])
        return self.pull(self.outputs, [1.0])

    def _follow(self) -> None:
        """Collect the nodes that depend on the inputs, and see whether other Values take part."""
        self.reached = set(self.inputs)
        self.steps: list[Value] = []
        seen = set(self.inputs)
        for y in self.outputs:
            if not isinstance(y, Value):
                continue
            self.plain = self.plain and not self._is_outside(y)
            for node in inner_nodes(y, seen):
                parents = node._prev
                if not self.reached.isdisjoint(parents):
                    self.reached.add(node)
                    self.steps.append(node)
                if self.plain:
                    self.plain = not any(map(self._is_outside, parents))

    def _is_outside(self, node: Value) -> bool:
        return not (node._prev or node.is_constant or node in self.reached)

    def value(self) -> Any:
        """What `f` returned, in the kind of Note [Numbers or Values]."""
        return rebuild(self.returned, self._in_kind(map(self._result, self.outputs), []))

    def _result(self, y: Any) -> Any:
        if not isinstance(y, Value):
            return y
        if self.plain:
            return y.data
        return y if modes.recording() else y.detach()

    def pull(self, outputs: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
        """The gradient of the weighted sum of some outputs by each input: the walk back."""
        adjoints: dict[Any, Any] = {}
        for y, weight in zip(outputs, weights, strict=True):
            adjoints[y] = adjoints[y] + weight if y in adjoints else weight
        for node in reversed(self.steps):
            if node not in adjoints:
                continue
            g = adjoints.pop(node)
            for parent, slope in self._slopes(node):
                share = _times(g, slope, node)
                adjoints[parent] = adjoints[parent] + share if parent in adjoints else share
        return self._in_kind([adjoints.get(x, 0.0) for x in self.inputs], weights)

    def push(self, tangents: Sequence[Any]) -> list[Any]:
        """The velocity of each output where the inputs have these: the walk forward."""
        moving: dict[Any, Any] = dict(zip(self.inputs, tangents, strict=True))
        for node in self.steps:
            shares = []
            for parent, slope in self._slopes(node):
                v = moving[parent]
                shares.append(_times_velocity(v, slope, node))
            moving[node] = reduce(add, shares)
        return self._in_kind([moving.get(y, 0.0) for y in self.outputs], tangents)

    def _slopes(self, node: Value) -> list[tuple[Value, Any]]:
        """Each parent that depends on the inputs, and the derivative of `node` by it."""
        row = node._primitive
        if row is None:
            raise TypeError(
                f"The node {node._op!r} was built by hand: its way back is for v.backward() alone. "
                "Make it an operation with gg.primitive, and every derivative goes through it."
            )
        parents = node._prev
        at = [x.data if self.plain or x.is_constant else x for x in (node, *parents)]
        pairs = zip(parents, row.slopes(*at), strict=True)
        return [(parent, slope) for parent, slope in pairs if parent in self.reached]

    def _in_kind(self, results: Iterable[Any], factors: Sequence[Any]) -> list[Any]:
        if self.plain and not any(isinstance(x, Value) for x in factors):
            return [x + 0.0 for x in results]  # a derivative of zero is +0, as that of backward()
        return [x if isinstance(x, Value) else _leaf(x) for x in results]

    def by_argument(self, flat: Sequence[Any]) -> Any:
        """One number per input, put into the nests of the arguments."""
        nests = rebuild(self.arguments, flat)
        return nests[0] if self.single else tuple(nests)


def _times(factor: Any, other: Any, node: Value) -> Any:
    """The product of two rates that meet at `node`.

    Where it is not finite, a `factor` of exactly 0 makes it 0, and so does an `other` of 0 where
    the node selects: the rule of `Value.backward`.
    """
    share = _data(factor) * _data(other)
    if isinstance(share, Operand):
        return _times_traced(factor, other, node)
    if not isfinite(share):
        row = node._primitive
        if _data(factor) == 0.0 or (_data(other) == 0.0 and row is not None and row.selects):
            return 0.0
        if modes.watching() == "numbers":
            raise modes.AnomalyError(
                f"The derivative became {share} on its way through {node.written()}"
                f"{' at ' + node.line if node.line else ''}: {_data(factor)} * {_data(other)}."
            )
    if factor.__class__ is other.__class__ is float:
        return share
    return factor if other == 1.0 else factor * other  # no Value is equal to a number


def _times_traced(factor: Any, other: Any, node: Value) -> Any:
    """`_times` while the compiler traces: what it looks at is looked at in each call."""
    if factor.__class__ is float and factor == 1.0:
        return other
    share = factor * other
    row = node._primitive
    counts = ne(factor, 0.0)
    if row is not None and row.selects:
        counts = counts * ne(other, 0.0)
    elif other.__class__ is float and isfinite(other):
        return share
    return where(maximum(counts, lt(absolute(share), inf)), share, 0.0)


def _times_velocity(v: Any, slope: Any, node: Value) -> Any:
    """The product of how fast a parent moves and the slope by it.

    What was not chosen may move infinitely fast; the slope by it is 0.
    """
    if isinstance(_data(v), Operand):
        finite = lt(absolute(v), inf)
        return where(finite, _times_traced(v, slope, node), _times_traced(slope, v, node))
    return _times(v, slope, node) if isfinite(_data(v)) else _times(slope, v, node)


def _stand_in(x: Any) -> Value:
    """A node of its own for one number of an argument."""
    if not isinstance(x, Value):
        return Value(number(x, "What is differentiated by"))
    node: Value = x * 1.0
    node.label = x.label
    return node


def _scalar(x: Any, what: str) -> Any:
    return x if isinstance(x, Value) else number(x, what)


def _data(x: Value | float) -> float:
    return x.data if isinstance(x, Value) else x


def _leaf(x: Any) -> Value:
    """The Value of a plain number; of a traced one a leaf that the trace knows."""
    return Value(x) if isinstance(x, Operand) else constant(x)


def _unit_vectors(n: int) -> list[list[float]]:
    return [[float(i == j) for j in range(n)] for i in range(n)]


def _positions(argnums: int | tuple[int, ...], count: int) -> list[int]:
    """The arguments that `argnums` names, of `count`."""
    positions = [argnums] if isinstance(argnums, int) else list(argnums)
    for i in positions:
        if not -count <= i < count:
            raise TypeError(
                f"argnums names argument {i}, counted from 0, but the function was called with "
                f"{count} positional argument{'' if count == 1 else 's'}."
            )
    positions = [i % count for i in positions]
    if len(set(positions)) < len(positions):
        raise TypeError(f"argnums names one argument twice: {argnums}.")
    return positions


def _check_function(f: Any) -> None:
    if not callable(f):
        hint = " For the gradients behind a Value call its backward()." * isinstance(f, Value)
        came = with_article(type(f).__name__)
        raise TypeError(f"What is differentiated must be a function, but {came} came.{hint}")


def _named(derivative: Function, transform: str, f: Function) -> Function:
    """`derivative` with the signature of `f`, under the name that messages show."""
    name = f"{transform}({getattr(f, '__name__', type(f).__name__)})"
    derivative.__name__ = derivative.__qualname__ = name
    derivative.__wrapped__ = f  # type: ignore[attr-defined]  # where `inspect.signature` looks
    return derivative
