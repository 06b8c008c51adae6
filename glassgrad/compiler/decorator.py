"""`compile`: what makes a compiled function of a plain one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from .ir.floats import float_of
from .jit import Compiled
from .machine.threads import checked_threads
from .running.backends import Backend, Native

if TYPE_CHECKING:
    from .replicated import Replicated
    from .running.replicas import Replicas


class Settings(TypedDict, total=False):
    """What `compile` takes by name, with or without replicas."""

    dtype: str
    fast_math: bool
    backend: Backend | None
    threads: int | None


@overload
def compile(function: Callable[..., Any], **settings: Unpack[Settings]) -> Compiled: ...
@overload
def compile(
    function: Callable[..., Any],
    *,
    replicas: int | Replicas,
    own: Collection[str] = (),
    **settings: Unpack[Settings],
) -> Replicated: ...
@overload
def compile(
    function: None = None, **settings: Unpack[Settings]
) -> Callable[[Callable[..., Any]], Compiled]: ...
@overload
def compile(
    function: None = None,
    *,
    replicas: int | Replicas,
    own: Collection[str] = (),
    **settings: Unpack[Settings],
) -> Callable[[Callable[..., Any]], Replicated]: ...
def compile(
    function: Callable[..., Any] | None = None,
    *,
    replicas: int | Replicas | None = None,
    own: Collection[str] = (),
    dtype: str = "float64",
    fast_math: bool = False,
    backend: Backend | None = None,
    threads: int | None = None,
) -> Compiled | Callable[[Callable[..., Any]], Compiled]:
    """Make a fast function of one on scalars; a decorator, with or without arguments.

    The function runs as Python once for each shape of its arguments, on stand-ins, and from then
    on as native code. It may hold a whole training step: `backward()`, gradients read and cleared,
    `p.data -= lr * p.grad`, `optimiser.step()`. Numbers among the arguments, alone or in arrays,
    lists, tuples and dicts, may differ from call to call. So may the `data` and `grad` of every
    Value that the function finds outside of itself, and numbers kept there.

    All else is as it was when the function was compiled: what it drew at random, what it printed.

    Args:
        function: takes and returns numbers, Values, or nests of them.
        replicas: have the function work on so many independent copies of all that it captures, or
            on the `replicas` of another function; `docs/compiler.md` has more. A call then returns
            a list with a result for each.
        own: the names of those arguments of which each replica has its own: lists or arrays with
            an entry for each.
        dtype: the type of the numbers in native code: "float64", or "float32", which is about
            twice as fast and keeps 6 to 7 digits. Values and results are Python floats all the
            same.
        fast_math: whether sums may be regrouped and functions be shorter polynomials, which loses
            a few digits more and promises nothing of inf and nan. `docs/compiler.md` has the
            bounds.
        backend: what runs the graph; by default native code.
        threads: how many may share out the replicas, where there is so much to do that it pays; by
            default what `GLASSGRAD_THREADS` says, else as many as there are processors. Results
            are the same bits whatever their number. A function without replicas runs on one.

    Returns:
        A function of the same arguments. Its results are detached: Values without a graph.

    Raises (when called):
        TraceError: the function decides by a number that only a call has, as in `if loss < 1:`;
            says the line and what to write.

    >>> from glassgrad import Value
    >>> w = Value(3.0)
    >>> @compile
    ... def step(x):
    ...     loss = (w * x - 1.0) ** 2
    ...     w.grad = 0.0
    ...     loss.backward()
    ...     w.data -= 0.1 * w.grad
    ...     return loss
    >>> step(2.0).data, w.data
    (25.0, 1.0)
    """
    native = Native(float_of(dtype, fast_math))
    most = checked_threads(threads)
    made: Callable[[Callable[..., Any]], Compiled]
    if replicas is None:
        if own:
            raise ValueError("own names what replicas have of their own: say replicas= too.")
        made = functools.partial(Compiled, backend=backend, native=native)
    else:
        from .replicated import Replicated

        made = functools.partial(
            Replicated, backend=backend, native=native, replicas=replicas, own=own, threads=most
        )
    return made if function is None else made(function)
