"""The native side of leaves, as LLVM's text: their `data` and `grad`, and the numbers bound there.

What an optimiser does with each parameter, `p.data -= 0.1 * p.grad` and the like, costs as much as
all that a small batch does with it. So this, too, has native methods: `data` and `grad` are read
and assigned in the rows of leaf.py. They stand back, where Python's methods do more: data was
assigned and read again, several `backward()` add up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..ir.graph import GRAD, PARAM
from .leaf import (
    COLUMNS,
    CURRENT,
    DATA,
    DATA_TRACED,
    DONE,
    FLAGS,
    NODE,
    REBOUND,
    RETIRED,
    SLOPE,
    SLOPE_TRACED,
)

BOUND = ("data", "grad")
_CODE = """
; The row of a leaf; null where it is not known.
define internal ptr @row_of(ptr %x) {{
  %keys = load ptr, ptr {leaf_keys}
  %shift = load i64, ptr {leaf_shift}
  %mask = load i64, ptr {leaf_mask}
  %id = ptrtoint ptr %x to i64
  %mixed = mul i64 %id, {golden}
  %first = lshr i64 %mixed, %shift
  br label %look
look:
  %at = phi i64 [ %first, %0 ], [ %next, %other ]
  %twice = shl i64 %at, 1
  %entry = getelementptr i64, ptr %keys, i64 %twice
  %key = load i64, ptr %entry
  %is_it = icmp eq i64 %key, %id
  br i1 %is_it, label %found, label %no
no:
  %is_free = icmp eq i64 %key, 0
  br i1 %is_free, label %unknown, label %other
other:
  %after = add i64 %at, 1
  %next = and i64 %after, %mask
  br label %look
found:
  %number_at = getelementptr i64, ptr %entry, i64 1
  %number = load i64, ptr %number_at
  %rows = load ptr, ptr {rows}
  %skip = mul i64 %number, {columns}
  %row = getelementptr i64, ptr %rows, i64 %skip
  ret ptr %row
unknown:
  ret ptr null
}}

; The first node of a leaf, written now where it is met for the first time; -2 with an error.
define internal i64 @met(ptr %row) {{
  %node = load i64, ptr %row
  %is_met = icmp sge i64 %node, 0
  br i1 %is_met, label %old, label %new
old:
  ret i64 %node
new:
  %rows = load i64, ptr {rows}
  %place = ptrtoint ptr %row to i64
  %offset = sub i64 %place, %rows
  %number = sdiv i64 %offset, {row_bytes}
  %made = call i64 @write(i64 -1, i64 {PARAM}, i64 %number, i64 -1, i64 -1)
  %failed = icmp eq i64 %made, -1
  br i1 %failed, label %error, label %bound
bound:
  store i64 %made, ptr %row
  %current_at = getelementptr i64, ptr %row, i64 {CURRENT}
  store i64 %made, ptr %current_at
  %data_at = getelementptr i64, ptr %row, i64 {DATA}
  store i64 %made, ptr %data_at
  %flags_at = getelementptr i64, ptr %row, i64 {FLAGS}
  %flags = load i64, ptr %flags_at
  %traced = or i64 %flags, {DATA_TRACED}
  store i64 %traced, ptr %flags_at
  ret i64 %made
error:
  ret i64 -2
}}

; The row of a leaf that was met, if there is a trace and the thread is its own; null where Python
; must do it, be it with an error.
define internal ptr @own_row(ptr %self) {{
  %ident = load ptr, ptr {PyThread_get_thread_ident}
  %thread = call i64 %ident()
  %ours = load i64, ptr {thread}
  %is_ours = icmp eq i64 %thread, %ours
  %is_free = load i64, ptr {is_free}
  %is_taken = icmp eq i64 %is_free, 0
  %is_traced = and i1 %is_ours, %is_taken
  br i1 %is_traced, label %look, label %none
look:
  %row = call ptr @row_of(ptr %self)
  %no_row = icmp eq ptr %row, null
  br i1 %no_row, label %none, label %known
known:
  %node = call i64 @met(ptr %row)
  %failed = icmp slt i64 %node, 0
  br i1 %failed, label %none, label %good
good:
  ret ptr %row
none:
  ret ptr null
}}

define ptr @gg_get_data(ptr %self, ptr %closure) {{
  %row = call ptr @own_row(ptr %self)
  %no_row = icmp eq ptr %row, null
  br i1 %no_row, label %python, label %look
look:
  %flags_at = getelementptr i64, ptr %row, i64 {FLAGS}
  %flags = load i64, ptr %flags_at
  %traced = and i64 %flags, {DATA_TRACED}
  %is_fixed = icmp eq i64 %traced, 0
  br i1 %is_fixed, label %python, label %made
made:
  %data_at = getelementptr i64, ptr %row, i64 {DATA}
  %data = load i64, ptr %data_at
  %class = load ptr, ptr {unshared}
  %out = call ptr @number(ptr %class, i64 %data)
  ret ptr %out
python:
  %answer = call ptr @ask(ptr {get_data}, ptr %self, ptr null)
  ret ptr %answer
}}

define i32 @gg_set_data(ptr %self, ptr %x, ptr %closure) {{
  %is_deleted = icmp eq ptr %x, null
  br i1 %is_deleted, label %delete, label %own
delete:
  %deleted = call i32 @told(ptr {delete_data}, ptr %self, ptr null)
  ret i32 %deleted
own:
  %row = call ptr @own_row(ptr %self)
  %no_row = icmp eq ptr %row, null
  br i1 %no_row, label %python, label %kind
kind:
  %flags_at = getelementptr i64, ptr %row, i64 {FLAGS}
  %flags = load i64, ptr %flags_at
  %rebound = and i64 %flags, {REBOUND}
  %is_simple = icmp eq i64 %rebound, 0
  br i1 %is_simple, label %simple, label %python
simple:
  %type_at = getelementptr i8, ptr %x, i64 8
  %type = load ptr, ptr %type_at
  %unshared = load ptr, ptr {unshared}
  %is_traced = icmp eq ptr %type, %unshared
  br i1 %is_traced, label %given, label %python
given:
  %data = call i64 @node_of_number(ptr %x)
  %has_data = icmp sge i64 %data, 0
  br i1 %has_data, label %retire, label %python
retire:
  %first = load i64, ptr %row
  %is_first = icmp eq i64 %data, %first
  %current_at = getelementptr i64, ptr %row, i64 {CURRENT}
  %current = load i64, ptr %current_at
  %stood = icmp sge i64 %current, 0
  %retired_at = getelementptr i64, ptr %row, i64 {RETIRED}
  %before = load i64, ptr %retired_at
  %start = load i64, ptr {first}
  %waiting = load i64, ptr {at}
  %count = add i64 %start, %waiting
  %until = select i1 %stood, i64 %count, i64 %before
  %retired = select i1 %is_first, i64 -1, i64 %until
  store i64 %retired, ptr %retired_at
  %now = select i1 %is_first, i64 %first, i64 -1
  store i64 %now, ptr %current_at
  %data_at = getelementptr i64, ptr %row, i64 {DATA}
  store i64 %data, ptr %data_at
  %with = or i64 %flags, {DATA_TRACED}
  store i64 %with, ptr %flags_at
  %bindings = load i64, ptr {bindings}
  %more = add i64 %bindings, 1
  store i64 %more, ptr {bindings}
  ret i32 0
python:
  %answer = call i32 @told(ptr {set_data}, ptr %self, ptr %x)
  ret i32 %answer
}}

define ptr @gg_get_grad(ptr %self, ptr %closure) {{
  %row = call ptr @own_row(ptr %self)
  %no_row = icmp eq ptr %row, null
  br i1 %no_row, label %python, label %look
look:
  %flags_at = getelementptr i64, ptr %row, i64 {FLAGS}
  %flags = load i64, ptr %flags_at
  %slope_at = getelementptr i64, ptr %row, i64 {SLOPE}
  %slope = load i64, ptr %slope_at
  %done_at = getelementptr i64, ptr %row, i64 {DONE}
  %done = load i64, ptr %done_at
  %count = load i64, ptr {backwards}
  %is_done = icmp eq i64 %done, %count
  br i1 %is_done, label %known, label %pending
known:
  %traced = and i64 %flags, {SLOPE_TRACED}
  %is_fixed = icmp eq i64 %traced, 0
  br i1 %is_fixed, label %python, label %again
again:
  %class = load ptr, ptr {unshared}
  %same = call ptr @number(ptr %class, i64 %slope)
  ret ptr %same
pending:
  %after = add i64 %done, 1
  %is_latest = icmp eq i64 %after, %count
  %zero = load i64, ptr {zero}
  %is_same = icmp eq i64 %slope, %zero
  %is_there = icmp sge i64 %slope, 0
  %is_zero = and i1 %is_same, %is_there
  %rebound = and i64 %flags, {REBOUND}
  %is_simple = icmp eq i64 %rebound, 0
  %node = load i64, ptr %row
  %root = load i64, ptr {root}
  %is_before = icmp sle i64 %node, %root
  %one = and i1 %is_latest, %is_zero
  %two = and i1 %one, %is_simple
  %three = and i1 %two, %is_before
  br i1 %three, label %flows, label %python
flows:
  %reach = load ptr, ptr {reach}
  %mark_at = getelementptr i8, ptr %reach, i64 %node
  %mark = load i8, ptr %mark_at
  %is_reached = icmp ne i8 %mark, 0
  br i1 %is_reached, label %line, label %python
line:
  %where = call i64 @line()
  %no_line = icmp slt i64 %where, 0
  br i1 %no_line, label %error, label %writing
writing:
  %share = call i64 @write(i64 %where, i64 {GRAD}, i64 %root, i64 %node, i64 -1)
  %failed = icmp eq i64 %share, -1
  br i1 %failed, label %error, label %made
made:
  store i64 %share, ptr %slope_at
  store i64 %count, ptr %done_at
  %with = or i64 %flags, {SLOPE_TRACED}
  store i64 %with, ptr %flags_at
  %its_class = load ptr, ptr {unshared}
  %out = call ptr @number(ptr %its_class, i64 %share)
  ret ptr %out
python:
  %answer = call ptr @ask(ptr {get_grad}, ptr %self, ptr null)
  ret ptr %answer
error:
  ret ptr null
}}

define i32 @gg_set_grad(ptr %self, ptr %x, ptr %closure) {{
  %is_deleted = icmp eq ptr %x, null
  br i1 %is_deleted, label %delete, label %own
delete:
  %deleted = call i32 @told(ptr {delete_grad}, ptr %self, ptr null)
  ret i32 %deleted
own:
  %row = call ptr @own_row(ptr %self)
  %no_row = icmp eq ptr %row, null
  br i1 %no_row, label %python, label %given
given:
  %slope = call i64 @node_of_number(ptr %x)
  %has_slope = icmp sge i64 %slope, 0
  br i1 %has_slope, label %bound, label %python
bound:
  %slope_at = getelementptr i64, ptr %row, i64 {SLOPE}
  store i64 %slope, ptr %slope_at
  %done_at = getelementptr i64, ptr %row, i64 {DONE}
  %count = load i64, ptr {backwards}
  store i64 %count, ptr %done_at
  %flags_at = getelementptr i64, ptr %row, i64 {FLAGS}
  %flags = load i64, ptr %flags_at
  %type_at = getelementptr i8, ptr %x, i64 8
  %type = load ptr, ptr %type_at
  %unshared = load ptr, ptr {unshared}
  %is_traced = icmp eq ptr %type, %unshared
  %with = or i64 %flags, {SLOPE_TRACED}
  %without = and i64 %flags, {others}
  %new = select i1 %is_traced, i64 %with, i64 %without
  store i64 %new, ptr %flags_at
  ret i32 0
python:
  %answer = call i32 @told(ptr {set_grad}, ptr %self, ptr %x)
  ret i32 %answer
}}
"""

GOLDEN = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: it spreads addresses
NAMES = (
    *("Py_IncRef", "PyFloat_AsDouble", "PyErr_Occurred", "leaf_keys", "leaf_shift", "leaf_mask"),
    *("rows", "unshared", "is_free", "bindings", "zero", "root", "reach", "backwards"),
    *(f"{what}_{name}" for what in ("get", "set", "delete") for name in BOUND),
)


def leaves_text(place: Callable[[str], str]) -> str:
    """The text of these functions; `place` gives that of what the state holds under a name."""
    columns = {
        "CURRENT": CURRENT, "DATA": DATA, "SLOPE": SLOPE, "DONE": DONE, "RETIRED": RETIRED,
        "FLAGS": FLAGS, "DATA_TRACED": DATA_TRACED, "SLOPE_TRACED": SLOPE_TRACED,
        "REBOUND": REBOUND, "PARAM": PARAM, "GRAD": GRAD,
    }  # fmt: skip
    assert NODE == 0, "the first column is read without an offset"
    numbers = {"golden": GOLDEN - 2**64, "columns": COLUMNS, "row_bytes": 8 * COLUMNS}
    return _CODE.format_map(Places(place, columns | numbers | {"others": ~SLOPE_TRACED}))


class Places(dict[str, Any]):
    """What stands in braces: a number, else the place of what the state holds."""

    def __init__(self, place: Callable[[str], str], known: dict[str, int]) -> None:
        super().__init__(known)
        self._place = place

    def __missing__(self, name: str) -> str:
        return self._place(name)
