"""Values that an integer selects among leaves, which may get other numbers after that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ...value import Value
from ..ir.graph import PICK

if TYPE_CHECKING:
    from .tape import Tape


def taken_class(tape: Tape, node_class: type[Value]) -> type[Value]:
    """The class of Values whose node is, whenever it is asked for, that of the leaf by then."""
    slot: Any = Value._data

    def get(self: Value) -> int:
        node = _node_now(tape, self, slot.__get__(self))
        slot.__set__(self, node)
        return node

    members = {"__slots__": (), "_data": property(get, slot.__set__)}
    return cast(type[Value], type("Taken", (node_class,), members))


def taken(tape: Tape, pick: int, candidates: Sequence[Any]) -> Value:
    """The Value that the PICK node is."""
    if all(x.__class__ is tape.node_class for x in candidates):
        return tape.node_class(pick)
    chosen = tape.taken_class(pick)
    vars(chosen).update(candidates=candidates, bindings=tape.bindings)
    return chosen


def _node_now(tape: Tape, chosen: Value, pick: int) -> int:
    known = vars(chosen)
    if known.get("bindings", tape.bindings) != tape.bindings:
        known["bindings"] = tape.bindings
        nodes = [node for x in known["candidates"] if (node := tape.value_id(x)) is not None]
        table = tape.graph.table(nodes)
        if table != tape.graph.b[pick]:
            return tape.emit(PICK, tape.graph.a[pick], table)
    return pick
