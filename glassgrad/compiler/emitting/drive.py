"""Native code that runs a step for one replica after another."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..machine.functions import functions
from ..machine.llvm import Loaded, driving_function

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NAME = "glassgrad_drive"
_COPY = "llvm.memcpy.p0.p0.i64"


class Rows(NamedTuple):
    """What a step is driven on: addresses, and how many bytes lie from one replica to the next.

    The numbers of arguments and states are copied to their places in `memory`, and the latter back.
    """

    step: int
    memory: int
    repeat: int
    inputs_to: int
    inputs_bytes: int
    states_to: int
    states_bytes: int
    tables: int
    tables_stride: int
    data: int
    data_stride: int
    grads: int
    grads_stride: int
    states: int
    states_stride: int
    inputs: int
    inputs_stride: int
    results: int
    results_stride: int
    each: int
    each_stride: int


def drive(rows: Rows, first: int, stop: int) -> None:
    """Run the step `repeat` times for each of some replicas, without holding Python's lock.

    These are those from `first` up to `stop`. It has `memory` for itself.
    """
    fields: NDArray[np.int64] = np.array(rows, np.int64)
    _function()(fields.ctypes.data, first, stop)


@cache
def _function() -> Callable[[int, int, int], None]:
    return driving_function(_loaded().address(_NAME))


@cache
def _loaded() -> Loaded:
    """The code, for good: what calls it does not keep it."""
    return functions(_text())


def _text() -> str:
    fields = [
        line
        for k, name in enumerate(Rows._fields)
        for line in (
            f"  %at.{name} = getelementptr i64, ptr %rows, i64 {k}",
            f"  %{name} = load i64, ptr %at.{name}",
        )
    ]
    moving = [
        line
        for name in ("tables", "data", "grads", "states", "inputs", "results", "each")
        for line in (
            f"  %by.{name} = mul i64 %k, %{name}_stride",
            f"  %to.{name} = add i64 %{name}, %by.{name}",
            f"  %p.{name} = inttoptr i64 %to.{name} to ptr",
        )
    ]
    rows = ", ".join(f"ptr %p.{name}" for name in ("memory", "tables", "data", "grads"))
    return "\n".join(
        [
            f"declare void @{_COPY}(ptr, ptr, i64, i1)",
            f"define void @{_NAME}(ptr %rows, i64 %first, i64 %stop) {{",
            "entry:",
            *fields,
            *(
                f"  %p.{name} = inttoptr i64 %{name} to ptr"
                for name in ("step", "memory", "inputs_to", "states_to")
            ),
            "  br label %replica",
            "replica:",
            "  %k = phi i64 [ %first, %entry ], [ %next, %replica ]",
            *moving,
            f"  call void @{_COPY}(ptr %p.inputs_to, ptr %p.inputs, i64 %inputs_bytes, i1 false)",
            f"  call void @{_COPY}(ptr %p.states_to, ptr %p.states, i64 %states_bytes, i1 false)",
            f"  call void %p.step({rows}, i64 %repeat, ptr %p.results, ptr %p.each)",
            f"  call void @{_COPY}(ptr %p.states, ptr %p.states_to, i64 %states_bytes, i1 false)",
            "  %next = add i64 %k, 1",
            "  %more = icmp slt i64 %next, %stop",
            "  br i1 %more, label %replica, label %done",
            "done:",
            "  ret void",
            "}",
        ]
    )
