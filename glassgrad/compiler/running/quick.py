"""A step that runs unless something was exchanged: one call of native code for all of it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from ..machine.llvm import Loaded, machine_code
from ..machine.methods import FAST, Definition, function_of
from .taking_code import AT, text
from .words import CHANGED, OTHER, RAN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAME = "glassgrad_unless_changed"
_ARGUMENTS = ("ptr", "i64", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr")


def unless_changed(fields: NDArray[np.uint64]) -> Callable[..., int]:
    """A function of a tuple of arguments that runs one step, where nothing is another now.

    `Run.watch` says what it returns; see Note [Words] and Note [Objects].

    Args:
        fields: where these are: the table, the number of its rows (an address and a word), the
            step, its memory, tables, parameters, gradients and results, and the forms of the
            arguments. The last field is for the function's own use.
    """
    fields[-1] = ctypes.cast(ctypes.pythonapi.PyLong_FromLong, ctypes.c_void_p).value or 0
    return function_of(_definition(), fields)


@cache
def _definition() -> Definition:
    return Definition(b"unless_changed", address(_NAME), FAST, None)


def address(name: str) -> int:
    """Where a function stands."""
    return _loaded().address(name)


@cache
def _loaded() -> Loaded:
    """The code, for good: what calls it does not keep it."""
    return Loaded(machine_code(_text()))


def _text() -> str:
    fields = [
        f"  %p{k} = getelementptr i64, ptr %arguments, i64 {k}\n  %a{k} = load {kind}, ptr %p{k}"
        for k, kind in enumerate(_ARGUMENTS)
    ]
    return "\n".join(
        [
            text(),
            f"define ptr @{_NAME}(ptr %fields, ptr %given, i64 %count) {{",
            "entry:",
            f"  %data = getelementptr i8, ptr %fields, i64 {AT['DATA']}",
            "  %arguments = load ptr, ptr %data",
            *fields,
            "  %is_taken = icmp eq i64 %count, 0",
            "  br i1 %is_taken, label %look, label %take",
            "take:",
            "  %objects = load ptr, ptr %given",
            "  %fits = call i1 @glassgrad_take(ptr %a8, ptr %objects)",
            "  br i1 %fits, label %look, label %other",
            "look:",
            "  %k = phi i64 [ 0, %entry ], [ 0, %take ], [ %next, %same ]",
            "  %more = icmp slt i64 %k, %a1",
            "  br i1 %more, label %compare, label %run",
            "compare:",
            "  %row = getelementptr { ptr, i64 }, ptr %a0, i64 %k",
            "  %address = load ptr, ptr %row",
            "  %second = getelementptr i64, ptr %row, i64 1",
            "  %known = load i64, ptr %second",
            "  %now = load i64, ptr %address",
            "  %equal = icmp eq i64 %now, %known",
            "  br i1 %equal, label %same, label %changed",
            "same:",
            "  %next = add i64 %k, 1",
            "  br label %look",
            "run:",
            "  call void %a2(ptr %a3, ptr %a4, ptr %a5, ptr %a6, i64 1, ptr %a7, ptr null)",
            f"  %as_{RAN} = call ptr %a9(i64 {RAN})",
            f"  ret ptr %as_{RAN}",
            "changed:",
            f"  %as_{CHANGED} = call ptr %a9(i64 {CHANGED})",
            f"  ret ptr %as_{CHANGED}",
            "other:",
            f"  %as_{OTHER} = call ptr %a9(i64 {OTHER})",
            f"  ret ptr %as_{OTHER}",
            "}",
        ]
    )
