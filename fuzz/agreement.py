"""`disagreement`: what a program computes eagerly, and by every stage of the compiler.

Two copies of the program run side by side, one as plain Python, one compiled. After each step the
numbers of the compiled one are taken over by the other, so that each step is judged by itself.

- The graph's interpreter does the same operations as eager code; gradients add up in another order.
- Loops and native code add up in another order too, and multiply and add in one rounding. All must
  agree to 1e-12, or to what the program makes of rounding: the graph is run again with every
  operation a few units of the last place off, and what moves by that is not asked for
  (as in Vignes, 1993).
- inf, nan and signs must be the same.
- Steps in one `repeat` give the bits of as many calls. float32 and `fast_math` agree as documented.

Every fourth step both copies run as plain Python: what compiled code left is what Python goes on
with, and the other way round. Out of reach, and so not judged: steps that start from parameters
that are not finite, or from such arguments where nothing chooses other numbers for them, and steps
that overflow in a sum or product.
"""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.ir.graph import Graph, size
from glassgrad.compiler.ir.liveness import live_nodes
from glassgrad.compiler.ir.loops import Memory
from glassgrad.compiler.ir.outside import KIND_OF_OUTPUT, outside_of
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.expand import expand_gradients
from glassgrad.compiler.rolling.risk import chooses_between_numbers
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified
from glassgrad.compiler.running.native import build
from glassgrad.compiler.tracing.picks import Selection
from glassgrad.compiler.tracing.trace import Trace
from glassgrad.nested import leaves

from .rounding import Leaves, rounding, same

TOLERANCE = 1e-12
# Options, what they may be off by, and how badly an operation may round, in either direction.
FORMS: tuple[tuple[dict[str, Any], float, float], ...] = (
    ({"fast_math": True}, 1e-9, 2.0**-32),
    ({"dtype": "float32"}, 1e-5, 2.0**-20),
    ({"dtype": "float32", "fast_math": True}, 1e-4, 2.0**-16),
)
_MARK = 1e9
_ALLOWED = 30.0


class Unfit(Exception):
    """The program cannot run as plain Python: it says nothing about the compiler."""


@dataclass
class Copy:
    """One copy of a program, and all that it keeps, its parameters first."""

    step: Any
    kept: Any
    between: Callable[[Any, int], None]

    def values(self) -> list[Value]:
        """The parameters, each once."""
        return list(dict.fromkeys(self.kept[0]))


@lru_cache(maxsize=1)
def _code_of(text: str) -> CodeType:
    linecache.cache["<program>"] = (len(text), None, text.splitlines(True), "<program>")
    return compile(text, "<program>", "exec")


def copy_of(text: str) -> tuple[Copy, Any]:
    """Run the text: the program, and its function from the number of a call to arguments."""
    names: dict[str, Any] = {}
    try:
        exec(_code_of(text), names)
        between = names.get("between", lambda _kept, _k: None)
        step, kept = names["make"]()
        return Copy(step, kept, between), names["arguments"]
    except Exception as error:  # a random program may raise anything where it is made
        raise Unfit(repr(error)) from error


def disagreement(text: str, steps: int = 10, thorough: bool = False) -> str | None:
    """What differs, or None.

    Args:
        text: a program.
        steps: how many.
        thorough: judge loops and the table of operations by themselves too.

    Raises:
        Unfit: plain Python cannot run it.
    """
    plain, arguments = copy_of(text)
    fast, _ = copy_of(text)
    compiled = gg.compile(fast.step)
    for k in range(steps):
        for copy in (plain, fast):
            copy.between(copy.kept, k)
        before = [(v.data, v.grad) for v in plain.values()]
        try:
            wanted = plain.step(*arguments(k))
        except Exception as error:  # nor is it one to judge, if plain Python cannot run it
            raise Unfit(repr(error)) from error
        known = _trace(compiled) if k else None
        states = [x for kept in known.states for x in kept.numbers()] if known else []
        try:
            if k % 4 == 3:  # plain Python goes on with what compiled code left, and back
                _same_numbers(wanted, fast.step(*arguments(k)))
                _same_numbers([list(plain.values())], [list(fast.values())])
            else:
                got = compiled(*arguments(k))
                found = _trace(compiled)
                states_then = states if found is known else None
                step = _Step(found, plain, fast, before, states_then)
                step.judge(arguments(k), wanted, got, thorough and k == 0)
        except Exception as error:  # noqa: BLE001 -- what plain Python can run must compile
            return f"step {k}: {type(error).__name__}: {error}"
        _take_over(fast.kept, plain.kept)
        if not all(math.isfinite(x) for v in plain.values() for x in (v.data, v.grad)):
            break
    return _differs_in_form(text) if thorough else None


def _differs_in_form(text: str) -> str | None:
    """What differs where the same program runs as users may ask for it otherwise, or None.

    It is judged in one of the other types, that which the length of its text says.
    """
    try:
        _repeats(text)
        _runs_as(text, *FORMS[len(text) % len(FORMS)])
    except Exception as error:  # noqa: BLE001 -- the same program has just been compiled
        return f"{type(error).__name__}: {error}"
    return None


def _repeats(text: str) -> None:
    """Require of three steps in one `repeat` the bits of three calls, with other arguments too."""
    (one, arguments), (other, _) = copy_of(text), copy_of(text)
    calls, repeated = gg.compile(one.step), gg.compile(other.step)
    each = [calls(*arguments(0)) for _ in range(3)]
    _same_numbers(each, list(repeated.repeat(3, *arguments(0))))
    own = [arguments(k) for k in range(3)]
    x, y, t = ([step[i] for step in own] for i in range(3))
    s = own[0][3]
    found = repeated.repeat(3, x, y, t, s, each=["x", "y", "t"])
    _same_numbers([calls(*step[:3], s) for step in own], list(found))
    _same_numbers([one.values()], [other.values()])
    _same_numbers([[v.grad for v in one.values()]], [[v.grad for v in other.values()]])


def _runs_as(text: str, options: dict[str, Any], tolerance: float, noise: float) -> None:
    """Require of the first step, compiled in another way, what is documented of it."""
    copy, arguments = copy_of(text)
    before = [(v.data, v.grad) for v in copy.values()]
    compiled = gg.compile(copy.step, **options)
    got = compiled(*arguments(0))
    step = _Step(_trace(compiled), copy, copy, before, None)
    step.judge_loosely(arguments(0), got, tolerance, noise, str(options))


def _trace(compiled: Any) -> Trace:
    return compiled._latest.trace  # type: ignore[no-any-return]  # a Compiled, looked into


class _Step:
    """One step of both copies: what went in, and what came out."""

    def __init__(
        self,
        trace: Trace,
        plain: Copy,
        fast: Copy,
        before: list[tuple[float, float]],
        states: list[float] | None,
    ) -> None:
        self.trace, self.graph = trace, trace.graph
        self.plain, self.fast = plain.values(), fast.values()
        self.kept = plain.kept, fast.kept
        number = {v: i for i, v in enumerate(self.fast)}
        self.places = [number[v] for v in trace.captured]
        if states is None:  # as they were when it was traced, just now
            trees = [leaf for kept in trace.states for leaf in leaves(kept.tree)]
            states = [float(x.data if isinstance(x, Value) else x) for x in trees]
        self.states = states
        self.data, self.grads = ([before[i][k] for i in self.places] for k in (0, 1))

    def judge(self, arguments: Any, wanted: Any, got: Any, thorough: bool) -> None:
        """Compare everything; an AssertionError names the first difference."""
        flat = _numbers(list(arguments))
        live = np.array(self.graph.op)[live_nodes(self.graph)].tolist()
        chooses = chooses_between_numbers(self.graph, live)
        if not chooses and not all(map(math.isfinite, flat)):
            return
        if _form(wanted) != _form(got):
            raise AssertionError(f"the result is {_form(got)}, not {_form(wanted)}")
        self.leaves = (flat, self.data, self.grads, self.states)
        self.expected = self.graph.evaluate(*self.leaves)
        self._untouched()
        self._agree("eager code", self._outside(wanted, self.plain))
        self._agree("native code", self._outside(got, self.fast))
        if thorough:
            self._agree("loops", by_loops(self.graph, self.leaves))
            self._agree("the table of operations", by_table(self.graph, self.leaves))

    def judge_loosely(
        self, arguments: Any, got: Any, tolerance: float, noise: float, form: str
    ) -> None:
        """Compare native code of another type or with `fast_math`, where numbers are moderate."""
        self.leaves = (_numbers(list(arguments)), self.data, self.grads, self.states)
        spread = rounding(self.graph, self.leaves, noise)
        if spread is None:
            return
        found, wanted = self._outside(got, self.fast), self.graph.evaluate(*self.leaves)
        for a, b, moved, out in zip(wanted, found, spread, self.graph.outputs, strict=True):
            if b is not None and not abs(a - b) <= tolerance * abs(a) + _ALLOWED * moved < math.inf:
                if moved == math.inf:
                    continue
                raise AssertionError(
                    f"{form} gives {out.kind} {out.index} = {b!r}, the graph {a!r}, "
                    f"and {tolerance * abs(a) + _ALLOWED * moved:.1e} is allowed"
                )

    def _outside(self, tree: Any, values: list[Value]) -> list[float | None]:
        """The numbers that stand where the graph's outputs belong."""
        pattern = self.trace.result
        marks = [_MARK + k for k in range(len(pattern.nodes))]
        marked = zip(_numbers(pattern.filled(marks)), _numbers(tree), strict=True)
        results = {int(mark - _MARK): x for mark, x in marked if _MARK <= mark < math.inf}
        ours = values is self.fast
        states = [x for kept in self.trace.states for x in kept.numbers()] if ours else []
        found: list[float | None] = []
        for out in self.graph.outputs:
            if out.kind == "state":
                found.append(states[out.index] if ours else None)
            elif out.kind == "result":
                found.append(results.get(out.index))
            else:
                found.append(getattr(values[self.places[out.index]], out.kind))
        return found

    def _untouched(self) -> None:
        """What is no output is the same on both sides."""
        outputs = {(out.kind, self.places[out.index]) for out in self.graph.outputs
                   if out.kind in ("data", "grad")}  # fmt: skip
        for i, (a, b) in enumerate(zip(self.plain, self.fast, strict=True)):
            for kind, x, y in (("data", a.data, b.data), ("grad", a.grad, b.grad)):
                if (kind, i) not in outputs and not same(x, y):
                    raise AssertionError(
                        f"{kind} of parameter {i}, left alone, is {y!r}, not {x!r}"
                    )

    def _agree(self, stage: str, got: Sequence[float | None]) -> None:
        pairs = list(zip(self.expected, got, strict=True))
        wrong = [k for k, (a, b) in enumerate(pairs) if b is not None and not _near(a, b)]
        if not wrong:
            return
        spread = rounding(self.graph, self.leaves)
        if spread is None:
            return
        for k in wrong:
            (a, b), out = pairs[k], self.graph.outputs[k]
            assert b is not None
            allowed = TOLERANCE * abs(a) + _ALLOWED * spread[k]
            if allowed < math.inf and not abs(a - b) <= allowed:
                raise AssertionError(
                    f"{stage} gives {out.kind} {out.index} = {b!r}, the graph {a!r}, "
                    f"and {allowed:.1e} is allowed"
                )


# The stages by themselves.


def by_loops(graph: Graph, numbers: Leaves) -> list[float]:
    """The outputs by the plain interpreter of loops."""
    outside = outside_of(graph)
    selection = Selection(graph)
    rolled = roll(simplified(graph) or expand_gradients(graph), outside, None, selection)
    assert rolled is not None
    program = differentiate(rolled)
    program.select(selection.entries(np.array(numbers[0], float)))
    inputs, data, grads, states = (np.array(x, float) for x in numbers)
    kinds = outside.kinds
    memory: Memory = {kinds["RESULT"]: np.zeros(kinds["RESULT"].size)}
    for kind, given in (("PARAM", data), ("PARAM_GRAD", grads), ("STATE", states)):
        memory[kinds[kind]] = np.resize(given, kinds[kind].size)
    ends = np.cumsum([0, *map(size, graph.inputs)])
    memory.update(zip(outside.inputs, np.split(inputs, ends[1:-1]), strict=True))
    program.run(memory)
    return [float(memory[kinds[KIND_OF_OUTPUT[o.kind]]][o.index]) for o in graph.outputs]


def by_table(graph: Graph, numbers: Leaves) -> list[float]:
    """The outputs by the native code that reads operations from a table."""
    step = build(graph, most_families=0)
    inputs, data, grads, states = (np.array(x, float) for x in numbers)
    step.parameters[:] = np.resize(data, step.parameters.size)
    step.gradients[:] = np.resize(grads, step.gradients.size)
    step.states[:] = np.resize(states, step.states.size)
    ends = np.cumsum([0, *map(size, graph.inputs)])
    results = step(np.split(inputs, ends[1:-1]))
    rows = {"data": step.parameters, "grad": step.gradients, "state": step.states}
    return [float(rows.get(out.kind, results)[out.index]) for out in graph.outputs]


# Numbers.


def _near(a: float, b: float) -> bool:
    if a != a or b != b:
        return a != a and b != b
    return a == b or abs(a - b) <= TOLERANCE * max(abs(a), abs(b)) < math.inf


def _numbers(tree: Any) -> list[float]:
    found: list[float] = []
    for leaf in leaves(tree):
        if isinstance(leaf, np.ndarray):
            found += leaf.ravel().tolist()
        else:
            found.append(float(leaf.data if isinstance(leaf, Value) else leaf))
    return found


def _form(tree: Any) -> Any:
    """What the results of two ways must have in common beside their numbers."""
    if isinstance(tree, dict):
        return {key: _form(part) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(map(_form, tree))
    return getattr(tree, "shape", ())


def _same_numbers(wanted: Any, got: Any) -> None:
    for a, b in zip(_numbers(wanted), _numbers(got), strict=True):
        if not same(a, b):
            raise AssertionError(
                f"plain Python on the compiled copy's Values gives {b!r}, not {a!r}"
            )


def _take_over(source: Any, target: Any) -> None:
    """Give `target` the numbers of `source`, another copy of it."""
    pending = [(source, target)]
    while pending:
        new, old = pending.pop()
        if isinstance(new, Value):
            old.data, old.grad = new.data, new.grad
        elif isinstance(new, (list, dict)):
            for key in range(len(new)) if isinstance(new, list) else new:
                if isinstance(new[key], (float, int)):
                    old[key] = new[key]
                else:
                    pending.append((new[key], old[key]))
        elif hasattr(new, "memory"):  # an optimiser
            pending.append((vars(new), vars(old)))
