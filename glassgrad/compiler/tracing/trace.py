"""`trace`: run the user's function once on stand-ins, and keep what it did.

Note [State by mutation]
What a step keeps from call to call (the moments of an optimiser, a count of steps) is found by
looking: after a trace the places that the function can reach are compared with what they were.
Where numbers were replaced by numbers, the place holds state: its numbers become STATE leaves in a
second trace, are read before each call and written after it. Where something else was put, it is
an output. Then everything is put back, as if the function had not run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from traceback import walk_tb
from typing import Any

from ... import modes
from ...nested import leaves, rebuild
from ...value import Value
from ..ir.graph import PICK, STATE, Graph
from ..ir.progress import so_far
from .arguments import Arguments, Handed
from .derivatives import Derivatives, DifferentiatedAgain
from .finish import finished
from .generators import Generators
from .hidden import refuse_hidden
from .identity import Identity
from .iterators import Iterators
from .merge import Probed, merge, part
from .numbers import TraceError
from .places import Key, Place
from .results import Pattern
from .sites import Probes, Sites
from .states import Kept, is_alike, is_number
from .surroundings import Surroundings
from .tape import Tape
from .traced import traced_classes

_ROUNDS = 5  # a function whose state has not settled by then never does
_OF_NUMPY = ("only integers, slices", "arrays used as indices must")
_TRACES = 32  # with other integers; two are enough but for many that select among few


@dataclass
class Trace:
    """What was found: the graph, and what its leaves and outputs are.

    Attributes:
        graph: what the function computes.
        captured: the Values behind PARAM and PARAM_GRAD.
        states: what holds the STATE leaves, in order.
        result: the nest that the function returned.
        stored: places that get something new, without being state.
        surroundings: all that the function can reach, as it was.
        changed: places that hold other numbers after it.
        keys: which Values were the keys of dicts, see keys.py.
        retired: see `Tape`.
    """

    graph: Graph
    captured: list[Value]
    states: list[Kept]
    result: Pattern
    stored: list[tuple[Place, Key, Pattern]]
    surroundings: Surroundings
    changed: set[tuple[Place, Key]] = field(default_factory=set)
    keys: list[int] = field(default_factory=list)
    retired: dict[int, int] = field(default_factory=dict)

    def is_like(self, other: Trace) -> bool:
        """Whether both fill the same places, in the same way."""
        return (
            self.captured == other.captured
            and self.keys == other.keys
            and self.changed == other.changed
            and self.result.kinds == other.result.kinds
            and [(p, key, pattern.kinds) for p, key, pattern in self.stored]
            == [(p, key, pattern.kinds) for p, key, pattern in other.stored]
        )


def trace(
    function: Callable[..., Any],
    arguments: Arguments,
    outside: Callable[[Place, Key], bool] = lambda _place, _key: False,
) -> Trace:
    """Run `function` on stand-ins for `arguments`, and undo all that it did.

    Args:
        function: the user's.
        arguments: those of a call; their numbers do not matter.
        outside: whether a place's number is known to change between calls.

    Raises:
        TraceError: the function needs a number that only a call has; says where.
    """
    surroundings = Surroundings((function, arguments.objects))
    generators = Generators(surroundings.generators)
    keys = {
        (place, key)
        for place in surroundings.places
        for key in place.known_keys()
        if outside(place, key)
    }
    noted = True  # derivatives; see Note [Noted derivatives] in derivatives.py
    for _ in range(_ROUNDS):
        probes, kept = Probes(), _kept(surroundings, keys)
        run = partial(_run, function, arguments, surroundings, kept, probes, noted)
        try:
            found, probed = run()
            if found.changed <= keys:
                _tell_integers_apart(found, probed, run, probes)
        except DifferentiatedAgain:
            noted = False
            continue
        finally:
            generators.put_back()
        generators.refuse_draws()
        if found.changed <= keys:
            surroundings.watch_less({place for place, _, _ in found.stored})
            return found
        keys |= found.changed
    raise TraceError("What the function keeps from call to call is another thing at every call.")


def _kept(surroundings: Surroundings, keys: set[tuple[Place, Key]]) -> list[Kept]:
    return [
        Kept(place, key, place.before[key])
        for place in surroundings.places
        for key in place.known_keys()
        if (place, key) in keys
    ]


def _tell_integers_apart(
    found: Trace, probed: Probed, run: Callable[[], tuple[Trace, Probed]], probes: Probes
) -> None:
    """Trace again with other probes until it is clear what integers select."""
    traces, every = [found], [probed]
    while probed and not merge([each.graph for each in traces], every, found.retired):
        if len(traces) == _TRACES:
            raise TraceError(
                "Too many integers select among the same few things to be told apart. Write "
                "gg.take(sequence, index) for each."
            )
        probes.trace += 1
        another, its_probed = run()
        if not found.is_like(another):
            part(found.graph, len(found.graph) - 1)
        traces.append(another)
        every.append(its_probed)
    if PICK in found.graph.op and (questions := Identity(found.surroundings.codes)):
        questions.refuse_doubts(run)


def _run(
    function: Callable[..., Any],
    arguments: Arguments,
    surroundings: Surroundings,
    states: list[Kept],
    probes: Probes,
    noted: bool,
) -> tuple[Trace, Probed]:
    tape = Tape(
        surroundings.values,
        traced_classes,
        partial(Sites, probes=probes),
        partial(Derivatives, noted=noted),
    )
    so_far(lambda: f"{tape.count():,} operations")

    def undo() -> None:
        whole(surroundings.restore, tape.close)

    try:
        try:
            tape.open()
            with modes.tracing(tape):
                _put(states, tape)
                iterators = Iterators(surroundings.iterators)
                iterators.halt()
                args, kwargs = arguments.traced(tape.input)
                handed = Handed(arguments.names, [*args, *kwargs.values()])
                returned = _called(function, args, kwargs)
                handed.refuse_changes()
                iterators.put_back()
                refuse_hidden(returned, surroundings.knows, "The result of the function")
                result = Pattern(returned, tape)
                tape.sites.put_back()
                changed, stored = _changes(surroundings, tape, states)
                after = _nodes_of(states, tape)
                graph, captured = finished(tape)
        finally:
            undo()
    except BaseException:  # Ctrl-C may have come just before the line above
        undo()
        raise
    graph.inputs, graph.names = arguments.shapes, arguments.names
    nodes = [*result.nodes, *(node for _, _, pattern in stored for node in pattern.nodes)]
    for i, node in enumerate(nodes):
        graph.output("result", i, node)
    for i, node in enumerate(after):
        if graph.op[node] != STATE or graph.a[node] != i:
            graph.output("state", i, node)
    more = tape.keys.asked, tape.leaves.all_retired()
    found = Trace(graph, captured, states, result, stored, surroundings, changed, *more)
    return found, tape.sites.probed


def whole(*steps: Callable[[], None]) -> None:
    """Carry out steps that may be begun twice, each to its end: Ctrl-C is raised after the last."""
    pressed: KeyboardInterrupt | None = None
    for step in steps:
        done = False
        while not done:
            try:
                step()
                done = True
            except KeyboardInterrupt as interrupt:
                pressed = interrupt
    if pressed is not None:
        raise pressed


def _called(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """What the function returns; NumPy, which swallows our reason, is spoken for."""
    try:
        return function(*args, **kwargs)
    except IndexError as error:
        if not str(error).startswith(_OF_NUMPY):
            raise
        where = [(f.f_code.co_filename, line) for f, line in walk_tb(error.__traceback__)][-1]
        raise TraceError(
            "An array is indexed by a number of a call, at {}:{}. In a compiled function such a "
            "number selects from an array of Values, along its first axis, one element at a time: "
            "write W[i][j] for W[i, j], [W[i] for i in ids] for W[ids], and "
            "gg.take(numbers, i) for an array of plain numbers.".format(*where)
        ) from error


def _put(states: list[Kept], tape: Tape) -> None:
    """Have every state read as a traced number, or as a Value of one."""
    index = 0
    for kept in states:
        stand_ins: list[Any] = []
        for leaf in leaves(kept.tree):
            number = tape.state(index)
            stand_ins.append(Value(number) if isinstance(leaf, Value) else number)
            index += 1
        kept.place.put(kept.key, rebuild(kept.tree, stand_ins))


def _changes(
    surroundings: Surroundings, tape: Tape, states: list[Kept]
) -> tuple[set[tuple[Place, Key]], list[tuple[Place, Key, Pattern]]]:
    """The keys that turn out to hold state, and what else was put somewhere."""
    known = {(kept.place, kept.key) for kept in states}
    changed: set[tuple[Place, Key]] = set()
    stored: list[tuple[Place, Key, Pattern]] = []
    surroundings.look_again()
    for place in surroundings.places:
        now, before = place.read(), place.before
        if isinstance(now, list) and len(now) != len(before):
            raise TraceError(
                f"A list that the function finds outside of itself had {len(before)} elements "
                f"before and {len(now)} after: {str(before)[:60]}. Return the number from the "
                "compiled function, and append it outside."
            )
        if place.has_lost():
            lost = [key for key in place.known_keys() if key not in now]
            raise TraceError(
                f"The function takes {lost} away from where it was kept. Put 0.0 there."
            )
        for key in place.changed():
            new = now[key]
            if (place, key) in known:
                continue
            if key in place.known_keys() and _is_state(before[key], new, tape):
                changed.add((place, key))
            else:
                refuse_hidden(new, surroundings.knows, "What the function keeps outside of itself")
                stored.append((place, key, Pattern(new, tape)))
    return changed, stored


def _is_state(old: Any, new: Any, tape: Tape) -> bool:
    """Whether numbers were replaced by as many numbers, or leaf Values by leaf Values."""
    olds, news = leaves(old), leaves(new)
    if not olds or not is_alike(old, new):
        return False
    if any(tape.is_met(old) for old in olds if isinstance(old, Value)) and any(
        new.__class__ is tape.node_class for new in news
    ):
        raise TraceError(
            "A Value that one call computes is used by the next, with all that stands behind it. "
            "Keep h.detach() from call to call rather than h."
        )
    return all(
        (is_number(old) and is_number(new))
        or (isinstance(old, Value) and isinstance(new, Value) and type(new) is not tape.node_class)
        for old, new in zip(olds, news, strict=True)
    )


def _nodes_of(states: list[Kept], tape: Tape) -> list[int]:
    """The node that each state is at the end of the function."""
    nodes: list[int] = []
    for kept in states:
        now = kept.place.get(kept.key)
        if not is_alike(kept.tree, now):
            raise TraceError(
                f"What was {str(kept.tree)[:60]} before the step has another shape after it."
            )
        for leaf in leaves(now):
            node = tape.data_id(leaf)
            assert node is not None
            nodes.append(node)
    return nodes
