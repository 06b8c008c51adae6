"""A step that runs unless something was exchanged: one call of native code for both questions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .llvm import Loaded, machine_code, quick_function

_NAME = "glassgrad_unless_changed"
_ARGUMENTS = ("ptr", "i64", "ptr", "ptr", "ptr", "ptr", "ptr", "ptr")


@cache
def unless_changed() -> Callable[[int], int]:
    """The function that runs one step, and returns 1, unless a word of a table is another now.

    See Note [Words]. It takes where these are, side by side: the table, the number of its rows (an
    address and a word), the step, its memory, tables, parameters, gradients and results.
    """
    return quick_function(_loaded().address(_NAME))


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
            f"define i32 @{_NAME}(ptr %arguments) {{",
            "entry:",
            *fields,
            "  br label %look",
            "look:",
            "  %k = phi i64 [ 0, %entry ], [ %next, %same ]",
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
            "  ret i32 1",
            "changed:",
            "  ret i32 0",
            "}",
        ]
    )
