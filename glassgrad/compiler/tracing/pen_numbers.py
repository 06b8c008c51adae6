"""Native arithmetic on plain numbers, as LLVM's text: what optimisers do with each parameter."""

from __future__ import annotations

from collections.abc import Callable

from ...ops import TABLE
from .pen_leaves import Places

# The rows of two operands that numbers have natively.
ARITHMETIC = ("add", "sub", "mul", "div", "pow")
# The names of the methods of numbers, with the row's and whether the operands stand the other way.
OF_NUMBERS = {
    f"__{'r' * swapped}{TABLE[name].operator}__": (name, bool(swapped))
    for name in ARITHMETIC
    for swapped in (0, 1)
}

_CODE = """
; The number, of this class, that a node is.
define internal ptr @number(ptr %class, i64 %node) {{
  %node_at = load i64, ptr {node_at}
  %out = call ptr @holding(ptr %class, i64 %node_at, i64 %node)
  %none = icmp eq ptr %out, null
  br i1 %none, label %error, label %filled
filled:
  %tape = load ptr, ptr {tape}
  %hold = load ptr, ptr {Py_IncRef}
  call void %hold(ptr %tape)
  %tape_at = load i64, ptr {tape_at}
  %tape_slot = getelementptr i8, ptr %out, i64 %tape_at
  store ptr %tape, ptr %tape_slot
  ret ptr %out
error:
  ret ptr null
}}

; The node of a number of this trace, or of a constant that was met; -1 for all else.
define internal i64 @node_of_number(ptr %x) {{
  %type_at = getelementptr i8, ptr %x, i64 8
  %type = load ptr, ptr %type_at
  %unshared = load ptr, ptr {unshared}
  %is_unshared = icmp eq ptr %type, %unshared
  %number = load ptr, ptr {number}
  %is_number = icmp eq ptr %type, %number
  %is_traced = or i1 %is_unshared, %is_number
  br i1 %is_traced, label %of_number, label %constant
of_number:
  %tape_at = load i64, ptr {tape_at}
  %tape_slot = getelementptr i8, ptr %x, i64 %tape_at
  %its_tape = load ptr, ptr %tape_slot
  %tape = load ptr, ptr {tape}
  %on_tape = icmp eq ptr %its_tape, %tape
  br i1 %on_tape, label %here, label %unknown
here:
  %node_at = load i64, ptr {node_at}
  %node = call i64 @number_in(ptr %x, i64 %node_at)
  ret i64 %node
constant:
  %float = load ptr, ptr {float}
  %is_float = icmp eq ptr %type, %float
  br i1 %is_float, label %of_float, label %no_float
no_float:
  %int = load ptr, ptr {int}
  %is_int = icmp eq ptr %type, %int
  br i1 %is_int, label %other, label %unknown
of_float:
  %value = load ptr, ptr {PyFloat_AsDouble}
  %x_value = call double %value(ptr %x)
  %bits = bitcast double %x_value to i64
  %is_zero = icmp eq i64 %bits, 0
  br i1 %is_zero, label %zero, label %other
zero:
  %zero_node = load i64, ptr {zero}
  ret i64 %zero_node
other:
  %get = load ptr, ptr {PyDict_GetItem}
  %constants = load ptr, ptr {constants}
  %known = call ptr %get(ptr %constants, ptr %x)
  %is_new = icmp eq ptr %known, null
  br i1 %is_new, label %unknown, label %of_constant
of_constant:
  %as_long = load ptr, ptr {PyLong_AsLong}
  %constant_node = call i64 %as_long(ptr %known)
  ret i64 %constant_node
unknown:
  ret i64 -1
}}

; Whether an integer has selected among numbers of which this node is one, or comes.
define internal i1 @is_loose(i64 %node) {{
  %marks = load ptr, ptr {loose}
  %none = icmp eq ptr %marks, null
  br i1 %none, label %no, label %look
look:
  %mark_at = getelementptr i8, ptr %marks, i64 %node
  %mark = load i8, ptr %mark_at
  %is_marked = icmp eq i8 %mark, 1
  ret i1 %is_marked
no:
  ret i1 false
}}

; What Python's method gives; but an error that native code met on its way is raised.
define internal ptr @ask(ptr %method_at, ptr %self, ptr %other) {{
  %occurred = load ptr, ptr {PyErr_Occurred}
  %raised = call ptr %occurred()
  %is_raised = icmp ne ptr %raised, null
  br i1 %is_raised, label %error, label %good
good:
  %method = load ptr, ptr %method_at
  %call = load ptr, ptr {PyObject_CallFunctionObjArgs}
  %answer = call ptr (ptr, ...) %call(ptr %method, ptr %self, ptr %other, ptr null)
  ret ptr %answer
error:
  ret ptr null
}}

define internal i32 @told(ptr %method_at, ptr %self, ptr %other) {{
  %answer = call ptr @ask(ptr %method_at, ptr %self, ptr %other)
  %failed = icmp eq ptr %answer, null
  br i1 %failed, label %error, label %good
good:
  %release = load ptr, ptr {Py_DecRef}
  call void %release(ptr %answer)
  ret i32 0
error:
  ret i32 -1
}}

define internal ptr @arithmetic(
    ptr %self, ptr %other, i1 %swapped, ptr %code_at, ptr %python_at
) {{
  %is_free = load i64, ptr {is_free}
  %is_taken = icmp eq i64 %is_free, 0
  br i1 %is_taken, label %first, label %python
first:
  %x = call i64 @node_of_number(ptr %self)
  %has_x = icmp sge i64 %x, 0
  br i1 %has_x, label %second, label %python
second:
  %y = call i64 @node_of_number(ptr %other)
  %has_y = icmp sge i64 %y, 0
  br i1 %has_y, label %both, label %python
both:
  %a = select i1 %swapped, i64 %y, i64 %x
  %b = select i1 %swapped, i64 %x, i64 %y
  %code = load i64, ptr %code_at
  %unshared = load ptr, ptr {unshared}
  %number = load ptr, ptr {number}
  %self_type_at = getelementptr i8, ptr %self, i64 8
  %self_type = load ptr, ptr %self_type_at
  %other_type_at = getelementptr i8, ptr %other, i64 8
  %other_type = load ptr, ptr %other_type_at
  %self_is = icmp eq ptr %self_type, %unshared
  %other_is = icmp eq ptr %other_type, %unshared
  %is_own = or i1 %self_is, %other_is
  %class = select i1 %is_own, ptr %unshared, ptr %number
  %x_is_loose = call i1 @is_loose(i64 %x)
  %y_is_loose = call i1 @is_loose(i64 %y)
  %is_loose = or i1 %x_is_loose, %y_is_loose
  %is_new = or i1 %is_own, %is_loose
  br i1 %is_new, label %new, label %common
common:
  %old = call i64 @shared(i64 %code, i64 %a, i64 %b)
  br label %known
new:
  %written = call i64 @operation(i64 %code, i64 %a, i64 %b)
  br i1 %is_loose, label %loose, label %known
loose:
  %failed = icmp eq i64 %written, -1
  br i1 %failed, label %error, label %marked
marked:
  %marks = load ptr, ptr {loose}
  %mark_at = getelementptr i8, ptr %marks, i64 %written
  store i8 1, ptr %mark_at
  br label %known
known:
  %node = phi i64 [ %old, %common ], [ %written, %new ], [ %written, %marked ]
  %none = icmp eq i64 %node, -1
  br i1 %none, label %error, label %made
made:
  %out = call ptr @number(ptr %class, i64 %node)
  ret ptr %out
python:
  %answer = call ptr @ask(ptr %python_at, ptr %self, ptr %other)
  ret ptr %answer
error:
  ret ptr null
}}
"""

_METHOD = """
define ptr @gg{name}(ptr %self, ptr %other) {{
  %out = tail call ptr @arithmetic(ptr %self, ptr %other, i1 {swapped}, ptr {code}, ptr {python})
  ret ptr %out
}}
"""


def numbers_text(place: Callable[[str], str]) -> str:
    """The text of these functions; `place` gives that of what the state holds under a name."""
    methods = [
        _METHOD.format(
            name=method,
            swapped=int(swapped),
            code=place(f"code {name}"),
            python=place(f"python {method}"),
        )
        for method, (name, swapped) in OF_NUMBERS.items()
    ]
    return _CODE.format_map(Places(place, {})) + "".join(methods)
