"""`Sites`: where a traced integer selects an element, as in `probs[target]`.

Note [Runtime integers]
A list asked for its element at a traced integer wants a number at once. So the integer answers with
a probe, any number in range, and the list hands out the element there: the trace goes on with that.
What the list held is known (subscript.py), so the trace also gets a PICK node for each number of an
element, among all the elements' numbers. Then the function is traced again with other probes. The
traces may differ in nothing but which candidates they read, and where they read different ones in
just the way in which a site's probes differ, what is read is that site's PICK (merge.py). Anything
else that differs is an error. So nothing is taken for constant that an integer decides.

That holds because a candidate gives its number to nobody: plain numbers in a list become traced
ones when an integer first selects from it, and go back at the end of the trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import is_
from random import Random
from types import FrameType
from typing import TYPE_CHECKING, Any

from ... import modes
from ...ops import number
from ...value import Value
from ..ir.graph import CONST, NAMES, PICK, GraphError
from .marks import Marks
from .numbers import Number, TraceError
from .picks import computed_from_arguments
from .selected import taken as taken_value
from .subscript import NotFound, Subscripts, is_operator

if TYPE_CHECKING:
    from .tape import Tape

_NESTS = (list, tuple, dict)
_WHOLE = {"add", "sub", "mul", "neg", "abs", "sign", "minimum", "maximum", "clip", "where"}
_WHOLE |= {"PICK", "STOP"}
_ALWAYS_WHOLE = {"floor", "lt", "le", "gt", "ge", "eq", "ne"}


@dataclass
class Probes:
    """The indices that stand for the integers in the traces of one function.

    The first traces count up; those beyond draw, by the site, what tells apart many sites among
    few candidates, or among some that are the same.
    """

    trace: int = 0  # which one runs now
    numbers: list[int] = field(default_factory=list)  # of each site, among those of its candidates
    _met: dict[Any, int] = field(default_factory=dict)

    def first(self) -> None:
        """Forget all sites, and begin with the first trace again."""
        self.trace, self.numbers, self._met = 0, [], {}

    def index(self, site: int, candidates: Any, count: int) -> int:
        """The probe of the site with this number, which selects one of `count` candidates."""
        if self.trace == 0:
            number = self._met[candidates] = self._met.get(candidates, -1) + 1
            self.numbers.append(number)
        elif site >= len(self.numbers):
            return 0  # the traces part here; that is found when they are compared
        first, round_ = self.numbers[site] % count, self.numbers[site] // count
        if self.trace == 0:
            return first
        shift = (round_ + 1) // int(count ** (self.trace - 1))
        if shift == 0 and self.trace > 1:
            shift = Random(site << 16 | self.trace).randrange(count)
        return (first + shift) % count


@dataclass(eq=False)
class _Candidates:
    """What a container held when it was selected from: its leaves, and the tables of its nodes."""

    container: Any
    leaves: list[Any]
    bindings: int
    tables: list[int]
    settled: bool  # the same container in every trace

    def holds(self, leaves: list[Any], bindings: int) -> bool:
        """Whether the container, which has these leaves now, is as it was."""
        same = self.bindings == bindings and len(leaves) == len(self.leaves)
        return same and all(map(is_, leaves, self.leaves))


class Sites:
    """The sites of one trace.

    Attributes:
        probed: PICK node -> the index that stood for its integer.
        loose: the nodes among which integers have selected, and what was computed from them alone.
        taken: those among which `gg.take` has.
        has_selected: whether any integer has.
        plain_tables: the tables of the numbers of Values, where these are other nodes.
    """

    def __init__(self, tape: Tape, probes: Probes) -> None:
        self.probed: dict[int, int] = {}
        self.loose = Marks()
        self.taken: set[int] = set()
        self.has_selected = False
        self.plain_tables: set[int] = set()
        self._tape, self._probes = tape, probes
        self._count = 0
        self._subscripts = Subscripts(self._latest_index)
        self.value = self._subscripts.value
        self._containers: dict[int, _Candidates] = {}
        self._known: dict[tuple[int, _Candidates], int] = {}
        self._latest: dict[tuple[int, int], int] = {}
        self._replaced: list[tuple[Any, Any, Any, Any]] = []

    def index(self, number: Number, frame: FrameType) -> int:
        """A probe for the integer with which the subscript in `frame` selects.

        Raises:
            TraceError: it is no whole number, depends on more than arguments, or the frame does
                something else; says what to write.
        """
        if is_operator(frame):
            raise TraceError(
                f"A number of a call repeats a list at {modes.user_line()}, but how long a list is "
                "must be known beforehand. For its product with each number write "
                "[x * a for a in xs]."
            )
        node = self._whole(number)
        self._begin()
        try:
            container = self._subscripts.container(frame)
        except NotFound as reason:
            raise TraceError(
                f"A number among the arguments selects or counts at {modes.user_line()}, and "
                f"{reason}. Bind the list to a name and write name[index], or write "
                "gg.take(sequence, index). How often a loop runs must be known beforehand."
            ) from None
        if not isinstance(container, (list, tuple)) and not _is_array(container):
            self._refuse(f"what is {type(container).__name__}")
        if not len(container):
            return 0  # the container itself says that it is empty
        found = self._candidates(container)
        known = self._known.get((node, found))
        if known is not None and found.settled:
            return known
        index = self._probes.index(self._count, found.tables[0], len(container))
        self._count += 1
        for table in found.tables:
            self.probed[self._tape.emit(PICK, node, table)] = index
            self.loose.update(self._tape.graph.tables[table])
        self._known[node, found] = self._latest[node, id(container)] = index
        return index

    def take(self, sequence: Any, number: Number) -> Any:
        """`sequence[number]` with nodes of its own: what `gg.take` is in a trace."""
        tape, node = self._tape, self._whole(number)
        self._begin()
        rows = _rows(sequence)
        if not rows:
            raise IndexError("gg.take selects from an empty sequence.")
        taken = []
        for column in zip(*rows, strict=True):
            is_value = any(isinstance(leaf, Value) for leaf in column)
            ids = [tape.value_id(leaf) if is_value else tape.data_id(leaf) for leaf in column]
            pick = tape.emit(PICK, node, tape.graph.table(self._nodes(ids, column)))
            self.taken.update(tape.graph.tables[tape.graph.b[pick]])
            taken.append(taken_value(tape, pick, column) if is_value else Number(tape, pick))
        return _refilled(sequence[0], iter(taken))

    def may_be_selected(self, x: Any) -> bool:
        """Whether `x` may be, or hold, what an integer has selected."""
        if isinstance(x, (Value, Number)):
            node = self._tape.data_id(x)
            assert node is not None
            return self._tape.graph.op[node] == PICK or node in self.loose or node in self.taken
        if isinstance(x, _NESTS) or _is_array(x):
            return any(map(self.may_be_selected, _leaves(x)))
        return False

    def put_back(self) -> None:
        """Have every container hold its plain numbers again."""
        for container, key, old, new in reversed(self._replaced):
            if container[key] is new:
                container[key] = old
        self._replaced.clear()

    def _begin(self) -> None:
        if not self.has_selected:
            self.has_selected = True
            self._tape.selects()

    def _latest_index(self, container: Any, number: Number) -> int:
        try:
            return self._latest[number.node_on(self._tape), id(container)]
        except KeyError:
            raise NotFound("what stands before the bracket was selected elsewhere") from None

    # ---------------------------------------------------------------- the integer

    def _whole(self, number: Number) -> int:
        """The node of an integer that arguments decide."""
        graph, node = self._tape.graph, number.node_on(self._tape)
        try:
            needed = computed_from_arguments(graph, [node])
        except GraphError:
            raise TraceError(
                f"A number that the step itself computes selects or counts at {modes.user_line()}, "
                "but only integers among the arguments can. Pass it as an argument, or choose with "
                "gg.where."
            ) from None
        whole: set[int] = set()
        for i in needed:
            name, operands = NAMES[graph.op[i]], graph.operands(i)
            if (
                i in self._tape.whole
                or (graph.op[i] == CONST and graph.constants[graph.a[i]].is_integer())
                or name in _ALWAYS_WHOLE
                or (name in _WHOLE and whole.issuperset(operands[name == "where" :]))
            ):
                whole.add(i)
        if node not in whole:
            raise TraceError(
                f"What selects at {modes.user_line()} must be a whole number, but it comes from a "
                "float. Pass an int, or an array made with .astype(int)."
            )
        return node

    # ---------------------------------------------------------------- the candidates

    def _candidates(self, container: Any) -> _Candidates:
        known = self._containers.get(id(container))
        rows = _rows(container)
        leaves = list(chain.from_iterable(rows))
        if known is not None and known.holds(leaves, self._tape.bindings):
            return known
        if any(_is_plain(leaf) for leaf in leaves):
            if not isinstance(container, list) and not _is_objects(container):
                self._refuse(f"a {type(container).__name__} of plain numbers")
            self._make_traced(container)
            rows = _rows(container)
            leaves = list(chain.from_iterable(rows))
        tables = [t for column in zip(*rows, strict=True) for t in self._tables(column)]
        if not tables:
            self._refuse("elements without numbers in them")
        settled = known.settled if known is not None else self._is_new(tables)
        found = _Candidates(container, leaves, self._tape.bindings, tables, settled)
        self._containers[id(container)] = found
        return found

    def _is_new(self, tables: list[int]) -> bool:
        """Whether nothing of it was selected before, so that it is the same in every trace."""
        return not any(x in self.loose for t in tables for x in self._tape.graph.tables[t])

    def _tables(self, column: Sequence[Any]) -> Iterator[int]:
        """The candidates for one Value or number, and their numbers where they differ."""
        tape = self._tape
        ids = [tape.value_id(x) if isinstance(x, Value) else tape.data_id(x) for x in column]
        nodes, data = self._nodes(ids, column), self._nodes(map(tape.data_id, column), column)
        yield tape.graph.table(nodes)
        if data != nodes:
            table = tape.graph.table(data)
            self.plain_tables.add(table)
            yield table

    def _nodes(self, ids: Iterable[int | None], column: Sequence[Any]) -> list[int]:
        nodes = []
        for node, leaf in zip(ids, column, strict=True):
            if node is None:
                self._refuse(f"{leaf!r} ({type(leaf).__name__})")
            else:
                nodes.append(node)
        return nodes

    def _make_traced(self, nest: Any) -> Any:
        """Replace every plain number in a nest by a traced one; the nest, or a new tuple."""
        if _is_plain(nest):
            tape = self._tape
            return Number(tape, tape.constant_apart(number(nest, "What is selected")))
        if isinstance(nest, tuple):
            parts = [self._make_traced(part) for part in nest]
            return nest if all(map(is_, parts, nest)) else _refilled(nest, iter(parts), deep=False)
        if _is_array(nest) and not _is_objects(nest):
            self._refuse("arrays of plain numbers")
        for key in _keys(nest):
            old = nest[key]
            new = self._make_traced(old)
            if new is not old:
                nest[key] = new
                self._replaced.append((nest, key, old, new))
        return nest

    def _refuse(self, what: str) -> None:
        raise TraceError(
            f"An integer among the arguments selects from {what}, at {modes.user_line()}. In a "
            "compiled function it selects from a list or a NumPy array of Values, or a list of "
            "numbers; write gg.take(sequence, index) to select from any sequence of numbers."
        )


def _rows(sequence: Any) -> list[Sequence[Any]]:
    """The numbers in each element, in order; the elements must be alike."""
    elements = list(sequence)
    kinds = set(map(type, elements))
    if not any(issubclass(kind, _NESTS) or hasattr(kind, "shape") for kind in kinds):
        return [(element,) for element in elements]
    if kinds == {list} and len(set(map(len, elements))) == 1:
        inner = set(map(type, chain.from_iterable(elements)))
        if not any(issubclass(kind, _NESTS) or hasattr(kind, "shape") for kind in inner):
            return elements
    forms = list(map(_form, elements))
    for k, form in enumerate(forms):
        if form != forms[0]:
            raise TraceError(
                f"An integer selects at {modes.user_line()} among elements that are not alike: "
                f"{_short(forms[0])} and, at {k}, {_short(form)}."
            )
    return [list(_leaves(element)) for element in elements]


def _form(nest: Any) -> Any:
    """What two nests must have in common."""
    if isinstance(nest, dict):
        return {key: _form(part) for key, part in nest.items()}
    if isinstance(nest, (list, tuple)):
        return type(nest)(map(_form, nest)) if type(nest) in _NESTS else (type(nest), len(nest))
    return getattr(nest, "shape", ()) if _is_array(nest) else "number"


def _leaves(nest: Any) -> Iterator[Any]:
    if isinstance(nest, dict):
        nest = nest.values()
    elif _is_array(nest):
        nest = nest.ravel().tolist()
    elif not isinstance(nest, (list, tuple)):
        yield nest
        return
    for part in nest:
        yield from _leaves(part)


def _refilled(nest: Any, new: Iterator[Any], deep: bool = True) -> Any:
    """A nest like this one with other leaves."""
    if isinstance(nest, dict):
        return {key: _refilled(part, new) for key, part in nest.items()}
    if isinstance(nest, (list, tuple)):
        parts = [_refilled(part, new) if deep else next(new) for part in nest]
        kind = type(nest)
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    if _is_array(nest):
        import numpy as np

        out = np.empty(nest.size, dtype=object)
        out[:] = [next(new) for _ in range(nest.size)]
        return out.reshape(nest.shape)
    return next(new)


def _keys(nest: Any) -> Iterable[Any]:
    if isinstance(nest, dict):
        return list(nest)
    if isinstance(nest, list):
        return range(len(nest))
    if _is_objects(nest):
        from numpy import ndindex

        return ndindex(nest.shape)
    return ()


def _is_array(x: Any) -> bool:
    return hasattr(x, "dtype") and bool(getattr(x, "shape", ()))


def _is_objects(x: Any) -> bool:
    return _is_array(x) and str(x.dtype) == "object"


def _is_plain(x: Any) -> bool:
    """Whether `x` is a number of Python or NumPy."""
    if isinstance(x, Number):
        return False
    return isinstance(x, (int, float)) or (hasattr(x, "dtype") and x.shape == ())


def _short(form: Any) -> str:
    text = str(form)
    return text if len(text) < 60 else f"{text[:57]}..."
