"""The native methods of a trace as LLVM's text; pen.py says what they are for."""

from __future__ import annotations

from ...ops import TABLE
from . import pen_leaves
from .leaf import CURRENT
from .pen_numbers import OF_NUMBERS, numbers_text
from .pen_shared import shared_text

LINES = 4096  # places in the user's code whose lines are known
# The rows that have native methods, by their names. A method of two operands can be called with
# a keyword, a.add(other=b), which an operator cannot: of those the operator alone is native.
METHODS = {
    row.name: row.arity
    for row in TABLE.values()
    if not row.expression and (row.arity == 1 or (row.arity == 2 and row.operator))
}
_NAMES = (
    *("PyDict_GetItem", "PySet_Contains", "PyLong_AsLong", "PyLong_FromLong"),
    *("PyType_GenericAlloc", "PyEval_GetFrame", "PyFrame_GetCode", "PyFrame_GetLasti"),
    *("PyObject_CallFunctionObjArgs", "PyThread_get_thread_ident", "Py_DecRef", "PyErr_Clear"),
    *("float", "int", "number", "data_at", "node_at", "tape_at"),
    *("node_class", "leaf_class", "taken_class", "tape", "constants", "inputs"),
    *("modes", "active", "calm", "thread", "line_of", "flush", "frame", "line"),
    *("buffer", "most", "at", "first"),
    *(f"{what} {name}" for what in ("node", "leaf", "code") for name in METHODS),
    *pen_leaves.NAMES,
    *("loose", "common", "common_shift", "common_mask", "shared"),
    *(f"python {name}" for name in OF_NUMBERS),
)
STATE = {name: k for k, name in enumerate(_NAMES)}  # the place of each in the row of the state

_CODE = """
@state = global [{count} x i64] zeroinitializer
@lines = global [{lines} x i64] zeroinitializer

; The number that a slot of an object holds; -1 where it is empty.
define internal i64 @number_in(ptr %object, i64 %at) {{
  %slot = getelementptr i8, ptr %object, i64 %at
  %long = load ptr, ptr %slot
  %is_unset = icmp eq ptr %long, null
  br i1 %is_unset, label %unset, label %set
unset:
  ret i64 -1
set:
  %as_long = load ptr, ptr {PyLong_AsLong}
  %number = call i64 %as_long(ptr %long)
  ret i64 %number
}}

; The node that an operand is in an operation on Values; -1, be it with an error, where only Python
; can tell; -2 with an error that goes on.
define internal i64 @node_of(ptr %x) {{
  %type_at = getelementptr i8, ptr %x, i64 8
  %type = load ptr, ptr %type_at
  %get = load ptr, ptr {PyDict_GetItem}
  %node_class = load ptr, ptr {node_class}
  %is_node = icmp eq ptr %type, %node_class
  br i1 %is_node, label %of_node, label %no_node
of_node:
  %data_at = load i64, ptr {data_at}
  %node = call i64 @number_in(ptr %x, i64 %data_at)
  ret i64 %node
no_node:
  %leaf_class = load ptr, ptr {leaf_class}
  %is_leaf = icmp eq ptr %type, %leaf_class
  br i1 %is_leaf, label %of_leaf, label %no_leaf
of_leaf:
  %row = call ptr @row_of(ptr %x)
  %no_row = icmp eq ptr %row, null
  br i1 %no_row, label %unknown, label %bound
bound:
  %node_now = call i64 @met(ptr %row)
  %not_met = icmp slt i64 %node_now, 0
  br i1 %not_met, label %failed, label %standing
failed:
  ret i64 -2
standing:
  %current_at = getelementptr i64, ptr %row, i64 {CURRENT}
  %current = load i64, ptr %current_at
  ret i64 %current
no_leaf:
  %number_class = load ptr, ptr {number}
  %is_number = icmp eq ptr %type, %number_class
  br i1 %is_number, label %of_number, label %no_number
of_number:
  %tape_at = load i64, ptr {tape_at}
  %tape_slot = getelementptr i8, ptr %x, i64 %tape_at
  %its_tape = load ptr, ptr %tape_slot
  %tape = load ptr, ptr {tape}
  %on_tape = icmp eq ptr %its_tape, %tape
  br i1 %on_tape, label %here, label %unknown
here:
  %node_at = load i64, ptr {node_at}
  %node_slot = getelementptr i8, ptr %x, i64 %node_at
  %its_node = load ptr, ptr %node_slot
  %contains = load ptr, ptr {PySet_Contains}
  %inputs = load ptr, ptr {inputs}
  %found = call i32 %contains(ptr %inputs, ptr %its_node)
  %is_input = icmp eq i32 %found, 1
  br i1 %is_input, label %of_input, label %unknown
of_input:
  %input = call i64 @number_in(ptr %x, i64 %node_at)
  ret i64 %input
no_number:
  %float = load ptr, ptr {float}
  %int = load ptr, ptr {int}
  %is_float = icmp eq ptr %type, %float
  %is_int = icmp eq ptr %type, %int
  %is_plain = or i1 %is_float, %is_int
  br i1 %is_plain, label %of_plain, label %unknown
of_plain:
  %constants = load ptr, ptr {constants}
  %constant = call ptr %get(ptr %constants, ptr %x)
  %is_new = icmp eq ptr %constant, null
  br i1 %is_new, label %unknown, label %known
known:
  %as_long = load ptr, ptr {PyLong_AsLong}
  %constant_node = call i64 %as_long(ptr %constant)
  ret i64 %constant_node
unknown:
  ret i64 -1
}}

; The number of the user's line; -1, with an error, where Python has none.
define internal i64 @line() {{
  %get_frame = load ptr, ptr {PyEval_GetFrame}
  %frame = call ptr %get_frame()
  %no_frame = icmp eq ptr %frame, null
  br i1 %no_frame, label %error, label %running
running:
  %get_code = load ptr, ptr {PyFrame_GetCode}
  %code = call ptr %get_code(ptr %frame)
  %get_place = load ptr, ptr {PyFrame_GetLasti}
  %place = call i32 %get_place(ptr %frame)
  %release = load ptr, ptr {Py_DecRef}
  call void %release(ptr %code)
  %address = ptrtoint ptr %code to i64
  %offset = sext i32 %place to i64
  %key = add i64 %address, %offset
  %half = lshr i64 %key, 1
  %entry = and i64 %half, {mask}
  %twice = shl i64 %entry, 1
  %at = getelementptr i64, ptr @lines, i64 %twice
  %there = load i64, ptr %at
  %is_known = icmp eq i64 %there, %key
  br i1 %is_known, label %known, label %other
known:
  %line_at = getelementptr i64, ptr %at, i64 1
  %line = load i64, ptr %line_at
  ret i64 %line
other:
  %latest = load ptr, ptr {frame}
  %is_latest = icmp eq ptr %latest, %frame
  br i1 %is_latest, label %same, label %asked
same:
  %same_line = load i64, ptr {line}
  ret i64 %same_line
asked:
  %line_of = load ptr, ptr {line_of}
  %call = load ptr, ptr {PyObject_CallFunctionObjArgs}
  %answer = call ptr (ptr, ...) %call(ptr %line_of, ptr %frame, ptr null)
  %failed = icmp eq ptr %answer, null
  br i1 %failed, label %error, label %told
told:
  %as_long = load ptr, ptr {PyLong_AsLong}
  %told_line = call i64 %as_long(ptr %answer)
  call void %release(ptr %answer)
  ret i64 %told_line
error:
  ret i64 -1
}}

; Write an operation down; its node, or -1 with an error.
define internal i64 @write(i64 %line, i64 %code, i64 %a, i64 %b, i64 %c) {{
  %most = load i64, ptr {most}
  %before = load i64, ptr {at}
  %is_full = icmp sge i64 %before, %most
  br i1 %is_full, label %full, label %room
full:
  %flush = load ptr, ptr {flush}
  %call = load ptr, ptr {PyObject_CallFunctionObjArgs}
  %answer = call ptr (ptr, ...) %call(ptr %flush, ptr null)
  %failed = icmp eq ptr %answer, null
  br i1 %failed, label %error, label %flushed
flushed:
  %release = load ptr, ptr {Py_DecRef}
  call void %release(ptr %answer)
  br label %room
room:
  %at = load i64, ptr {at}
  %buffer = load ptr, ptr {buffer}
  %skip = mul i64 %at, 20
  %row = getelementptr i8, ptr %buffer, i64 %skip
{stores}
  %after = add i64 %at, 1
  store i64 %after, ptr {at}
  %first = load i64, ptr {first}
  %node = add i64 %first, %at
  ret i64 %node
error:
  ret i64 -1
}}

; The node of an operation at the user's line; -1: there was an error.
define internal i64 @operation(i64 %code, i64 %a, i64 %b) {{
  %line = call i64 @line()
  %no_line = icmp slt i64 %line, 0
  br i1 %no_line, label %error, label %writing
writing:
  %node = call i64 @write(i64 %line, i64 %code, i64 %a, i64 %b, i64 -1)
  ret i64 %node
error:
  ret i64 -1
}}

; A new object of a class, with a node in the slot so many bytes from where it begins.
define internal ptr @holding(ptr %class, i64 %slot_at, i64 %node) {{
  %from_long = load ptr, ptr {PyLong_FromLong}
  %long = call ptr %from_long(i64 %node)
  %no_long = icmp eq ptr %long, null
  br i1 %no_long, label %error, label %numbered
numbered:
  %allocate = load ptr, ptr {PyType_GenericAlloc}
  %out = call ptr %allocate(ptr %class, i64 0)
  %none = icmp eq ptr %out, null
  br i1 %none, label %error, label %filled
filled:
  %slot = getelementptr i8, ptr %out, i64 %slot_at
  store ptr %long, ptr %slot
  ret ptr %out
error:
  ret ptr null
}}

define internal i64 @argument(ptr %arguments, i64 %k) {{
  %at = getelementptr ptr, ptr %arguments, i64 %k
  %long = load ptr, ptr %at
  %as_long = load ptr, ptr {PyLong_AsLong}
  %x = call i64 %as_long(ptr %long)
  ret i64 %x
}}

define internal ptr @long_or_error(i64 %node) {{
  %failed = icmp eq i64 %node, -1
  br i1 %failed, label %error, label %good
good:
  %from_long = load ptr, ptr {PyLong_FromLong}
  %long = call ptr %from_long(i64 %node)
  ret ptr %long
error:
  ret ptr null
}}

; append(line, code, a, b, c)
define ptr @gg_append(ptr %self, ptr %arguments, i64 %count) {{
  %line = call i64 @argument(ptr %arguments, i64 0)
  %code = call i64 @argument(ptr %arguments, i64 1)
  %a = call i64 @argument(ptr %arguments, i64 2)
  %b = call i64 @argument(ptr %arguments, i64 3)
  %c = call i64 @argument(ptr %arguments, i64 4)
  %node = call i64 @write(i64 %line, i64 %code, i64 %a, i64 %b, i64 %c)
  %answer = call ptr @long_or_error(i64 %node)
  ret ptr %answer
}}

; A method: `row` is the place of the row's code; those of what Python does on nodes and on leaves
; are `on_node` and `on_leaf`. `other` is null where the row has one operand.
define internal ptr @apply(ptr %self, ptr %other, ptr %code_at, ptr %on_node, ptr %on_leaf) {{
  %type_at = getelementptr i8, ptr %self, i64 8
  %type = load ptr, ptr %type_at
  %node_class = load ptr, ptr {node_class}
  %is_node = icmp eq ptr %type, %node_class
  %taken_class = load ptr, ptr {taken_class}
  %is_taken = icmp eq ptr %type, %taken_class
  %is_computed = or i1 %is_node, %is_taken
  br i1 %is_computed, label %modes, label %leaf
leaf:
  %ident = load ptr, ptr {PyThread_get_thread_ident}
  %thread = call i64 %ident()
  %ours = load i64, ptr {thread}
  %is_ours = icmp eq i64 %thread, %ours
  br i1 %is_ours, label %modes, label %python
modes:
  %get = load ptr, ptr {PyDict_GetItem}
  %names = load ptr, ptr {modes}
  %active = load ptr, ptr {active}
  %now = call ptr %get(ptr %names, ptr %active)
  %calm = load ptr, ptr {calm}
  %is_calm = icmp eq ptr %now, %calm
  br i1 %is_calm, label %first, label %python
first:
  %a = call i64 @node_of(ptr %self)
  %has_a = icmp sge i64 %a, 0
  br i1 %has_a, label %second, label %no_first
no_first:
  %first_failed = icmp eq i64 %a, -2
  br i1 %first_failed, label %error, label %python
second:
  %is_unary = icmp eq ptr %other, null
  br i1 %is_unary, label %whole, label %operand
operand:
  %right = call i64 @node_of(ptr %other)
  %has_b = icmp sge i64 %right, 0
  br i1 %has_b, label %whole, label %no_second
no_second:
  %second_failed = icmp eq i64 %right, -2
  br i1 %second_failed, label %error, label %python
whole:
  %b = phi i64 [ -1, %second ], [ %right, %operand ]
  %code = load i64, ptr %code_at
  %node = call i64 @operation(i64 %code, i64 %a, i64 %b)
  %failed = icmp eq i64 %node, -1
  br i1 %failed, label %error, label %made
made:
  %data_at = load i64, ptr {data_at}
  %out = call ptr @holding(ptr %node_class, i64 %data_at, i64 %node)
  ret ptr %out
python:
  %clear = load ptr, ptr {PyErr_Clear}
  call void %clear()
  %which = select i1 %is_computed, ptr %on_node, ptr %on_leaf
  %method = load ptr, ptr %which
  %call = load ptr, ptr {PyObject_CallFunctionObjArgs}
  %answer = call ptr (ptr, ...) %call(ptr %method, ptr %self, ptr %other, ptr null)
  ret ptr %answer
error:
  ret ptr null
}}
"""

_METHOD = """
define ptr @gg_{name}(ptr %self, ptr %other) {{
  %out = tail call ptr @apply(ptr %self, ptr %other, ptr {code}, ptr {node}, ptr {leaf})
  ret ptr %out
}}
"""


def functions_text() -> str:
    """The text of a module with the methods of METHODS, `append`, and the state they share."""
    fields = ("line", "code", "a", "b", "c")
    stores = [
        line
        for k, name in enumerate(fields)
        for line in (
            f"  %{name}32 = trunc i64 %{name} to i32",
            f"  %{name}_at = getelementptr i32, ptr %row, i64 {k}",
            f"  store i32 %{name}32, ptr %{name}_at",
        )
    ]
    named = {name: _place(name) for name in STATE if " " not in name}
    code = _CODE.format(
        count=len(STATE),
        lines=2 * LINES,
        mask=LINES - 1,
        stores="\n".join(stores),
        CURRENT=CURRENT,
        **named,
    )
    methods = [
        _METHOD.format(
            name=name, **{what: _place(f"{what} {name}") for what in ("code", "node", "leaf")}
        )
        for name in METHODS
    ]
    return (
        code
        + "".join(methods)
        + pen_leaves.leaves_text(_place)
        + numbers_text(_place)
        + shared_text(_place)
    )


def _place(name: str) -> str:
    return f"getelementptr (i64, ptr @state, i64 {STATE[name]})"
