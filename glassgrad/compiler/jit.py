"""`Compiled`: the whole pipeline on one page.

A call flattens its arguments, finds the code for arguments of this form or traces the function and
builds it, checks that nothing which the function can reach was exchanged meanwhile, and runs. Eager
code and any number of compiled functions share the same Values: native code reads and writes their
`data` and `grad` where they stand.
"""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any

from .. import modes
from ..nested import with_article
from .ir.graph import Graph
from .ir.progress import Compilation
from .ir.unsupported import Unsupported
from .running.backends import Backend, Interpreter, Native, Run
from .running.call import SLOW, Call
from .running.steps import checked_count, each_step, stacked
from .stats import Stats
from .tracing.arguments import Arguments
from .tracing.places import Key, Place
from .tracing.states import is_number
from .tracing.trace import Trace, trace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .ir.loops import Program

_FORMS = 64  # of arguments, for which compiled code is kept
_tracing = threading.RLock()  # one trace at a time: it changes the class of what it captures


class Compiled:
    """A function that `compile` made fast. It is called like the one that it was made of."""

    def __init__(
        self,
        function: Callable[..., Any],
        backend: Backend | None = None,
        native: Native | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(
                f"compile takes a function, but {with_article(type(function).__name__)} came. "
                "Put what is to be compiled into a function, and compile that."
            )
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise TypeError(
                f"compile takes a function that returns its results, but {function.__name__} "
                "yields or awaits them. Return a list of them instead."
            )
        functools.update_wrapper(self, function)
        self._function = function
        self._backend = backend
        self._native = native or Native()
        self._names = _parameter_names(function)
        self._calls: OrderedDict[Any, Call] = OrderedDict()
        self._latest: Call | None = None
        self._lock = threading.RLock()  # native code has one memory of its own
        self._changing: dict[tuple[int, Key], Any] = {}  # numbers that calls or users changed
        self._stats: dict[str, float] = {"calls": 0, "compilations": 0}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's result, with detached Values."""
        if modes.active and self._is_watched():
            return self._function(*args, **kwargs)
        with self._lock:
            self._stats["calls"] += 1
            latest = self._latest
            if latest and not kwargs:
                result = latest.quick(args)
                if result is not SLOW:
                    return result
                parts = latest.parts(args)
                if parts is not None and latest.exchanged() == []:
                    return latest(parts)
            arguments = Arguments(args, kwargs, self._names)
            return self._call(arguments)(arguments.parts)

    def repeat(
        self, count: int, /, *args: Any, each: Collection[str] = (), **kwargs: Any
    ) -> Sequence[Any]:
        """The results of `count` calls in a row, without Python between them.

        Each is made when it is asked for. Where they are plain numbers, that is a list.

        Args:
            count: how many steps.
            args, kwargs: the arguments of every step.
            each: the names of those arguments that hold one entry for each step instead: a list
                or an array whose first axis has `count` entries.

        Raises:
            TypeError, ValueError: `count` is no number of steps, or `each` names no argument, or
                one without so many entries; says which.

        >>> import glassgrad as gg
        >>> w = gg.Value(1.0)
        >>> @gg.compile
        ... def grow(x):
        ...     y = w * x
        ...     w.data = y.data
        ...     return y
        >>> [y.data for y in grow.repeat(3, 2.0)]
        [2.0, 4.0, 8.0]
        >>> [y.data for y in grow.repeat(3, [1.0, 0.5, 3.0], each=["x"])]
        [8.0, 4.0, 12.0]
        """
        count = checked_count(count)
        if not count:
            return []
        made = self._rows(count, args, kwargs, each)
        if made is not None:
            call, rows = made
            return call.results(rows)
        steps = each_step(count, args, kwargs, self._names, each)
        return [self(*own, **named) for own, named in steps]

    def numbers(self, *args: Any, each: Collection[str] = ()) -> NDArray[np.floating[Any]]:
        """The numbers in the function's result, flat, without the nest that they stand in.

        Args:
            args: as a call takes them.
            each: as `repeat` takes it: there is a row of numbers for each entry then.

        >>> import glassgrad as gg
        >>> f = gg.compile(lambda x: {"a": x * 2.0, "b": [x, x]})
        >>> f.numbers(1.5)
        array([3. , 1.5, 1.5])
        >>> f.numbers([1.5, 2.0], each=["x"])
        array([[3. , 1.5, 1.5],
               [4. , 2. , 2. ]])
        """
        if each:
            import numpy as np

            count = next((len(x) for n, x in zip(self._names, args, strict=False) if n in each), 0)
            made = self._rows(count, args, {}, each)
            if made is not None:
                call, rows = made
                return rows[:, : len(call.trace.result.nodes)]
            steps = each_step(count, args, {}, self._names, each)
            return np.array([self.numbers(*own) for own, _ in steps])
        arguments = Arguments(args, {}, self._names)
        with self._lock:
            self._stats["calls"] += 1
            return self._call(arguments).numbers(arguments.parts)

    def _rows(
        self, count: int, args: Sequence[Any], kwargs: dict[str, Any], each: Collection[str]
    ) -> tuple[Call, NDArray[np.floating[Any]]] | None:
        """What makes so many steps, and their numbers, a row each; None: not in one go."""
        step = next(each_step(count, args, kwargs, self._names, each), None)
        if step is None or self._is_watched():
            return None
        first = Arguments(tuple(step[0]), step[1], self._names)
        own = [name in each for name in first.names]
        parts = stacked([*args, *kwargs.values()], [(count,) * stacks for stacks in own], first)
        with self._lock:
            call = self._call(first)  # also where it is called for each step
            if parts is None:
                return None
            self._stats["calls"] += count
            return call, call.rows(count, parts, own)

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else MethodType(self, instance)

    def eager(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the plain function: live Values, with the graph behind them."""
        return self._function(*args, **kwargs)

    @property
    def graph(self) -> Graph:
        """What the latest call ran, node by node."""
        return self._ran().trace.graph

    @property
    def loops(self) -> Program | str:
        """The statements that the latest call ran, or a sentence that says why there are none."""
        run = self._ran().run
        if run.llvm is None:
            return "There are no loops: the interpreter runs the graph node by node."
        return run.loops or (
            "There are no loops: the trace has so many different parts that its operations run one"
            " by one, from a table. The graph shows them."
        )

    @property
    def llvm(self) -> str:
        """The LLVM IR of what the latest call ran, or a sentence that says why there is none."""
        return self._ran().run.llvm or "There is no LLVM IR: the interpreter runs the graph."

    @property
    def stats(self) -> Stats:
        """Counts of calls and compilations; of the latest call's code its size and speed."""
        known = Stats(self._stats)
        if self._latest is not None:
            known |= self._latest.run.measures()
        return known

    def _ran(self) -> Call:
        """The latest call.

        Raises:
            RuntimeError: there was none yet.
        """
        if self._latest is None:
            raise RuntimeError(
                f"{self} has not been called yet. A function is traced at its first call, for the"
                " shape of its arguments: call it, then look."
            )
        return self._latest

    def _is_watched(self) -> bool:
        """Whether another trace, of which this is a part, or anomalies ask for plain Python."""
        return modes.tape() is not None or bool(modes.watching())

    def _call(self, arguments: Arguments) -> Call:
        """The compiled code for these arguments, made now where there is none that still holds."""
        key = (arguments.key, modes.recording())
        call = self._calls.get(key)
        if call is None or not self._still_holds(call):
            with _tracing:
                call = self._calls[key] = self._compiled(arguments)
            if len(self._calls) > _FORMS:
                self._calls.popitem(last=False)
        self._calls.move_to_end(key)
        self._latest = call
        return call

    def _still_holds(self, call: Call) -> bool:
        exchanged = call.exchanged()
        if exchanged is None:
            return False
        for place, key in exchanged:
            if (
                key in place.known_keys()
                and is_number(place.get(key))
                and is_number(place.before[key])
            ):
                self._changing[id(place.thing), key] = place.thing
        return not exchanged

    def _compiled(self, arguments: Arguments) -> Call:
        compilation = Compilation(str(self))
        try:
            with compilation:
                with compilation.stage("trace"):
                    found = self._traced(arguments)
                call = self._made(found, arguments)
            for kept in found.states:  # the next form's trace need not find them out
                if type(kept.tree) is float:  # a count is more likely to steer
                    self._changing[id(kept.place.thing), kept.key] = kept.place.thing
        except BaseException:
            compilation.end()
            raise
        self._stats |= {
            "compilations": self._stats["compilations"] + 1,
            "nodes": len(found.graph),
            **{f"{name}_ms": taken for name, taken in compilation.milliseconds.items()},
        }
        return call

    def _made(self, found: Trace, arguments: Arguments) -> Call:
        form = arguments.form if modes.recording() else None
        return Call(found, self._built(found), form)

    def _traced(self, arguments: Arguments) -> Trace:
        """The trace with the numbers that change as states; as constants, where it must."""
        if self._changing:
            try:
                return trace(self._function, arguments, self._is_changing)
            except Exception:  # noqa: BLE001 -- a function that needs constants may raise anything
                self._changing.clear()
        try:
            return trace(self._function, arguments)
        except Exception as error:  # the user's own function may raise anything; it goes on
            error.add_note(f"This happened while {self} was compiled for {arguments}.")
            raise

    def _is_changing(self, place: Place, key: Key) -> bool:
        return (id(place.thing), key) in self._changing and is_number(place.before[key])

    def _built(self, found: Trace) -> Run:
        what = found.graph, found.captured, found.surroundings.values
        if self._backend is not None:
            return self._backend.build(*what)
        try:
            return self._native.build(*what)
        except (ImportError, Unsupported) as reason:
            self._say_why(reason)
            return Interpreter().build(*what)

    def _say_why(self, reason: Exception) -> None:
        print(f"glassgrad: {self} runs without native code: {reason}", file=sys.stderr)

    def __str__(self) -> str:
        return getattr(self._function, "__qualname__", type(self._function).__name__)


def _parameter_names(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a built-in function may not tell
        return []
    return [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
