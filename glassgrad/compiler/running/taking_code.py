"""What takes the numbers out of arguments, as LLVM's text; taking.py says what it is for."""

from __future__ import annotations

from ..ir.floats import FLOAT32, FLOAT64

AT = {  # bytes from where an object begins
    "CLASS": 8,
    "COUNT": 16,
    "ITEMS": 24,  # of a list or tuple: how many, where they are, or the first
    "NUMBER": 16,  # in a float
    "DATA": 16,
    "AXES": 24,
    "SHAPE": 32,
    "STRIDES": 40,
    "TYPE": 56,  # of an array
}
ARRAYS = {"float64": "double", "float32": "float", "int64": "i64"}  # types of them, for LLVM
KINDS = (*ARRAYS, "float", "list")
_TARGETS = (FLOAT64, FLOAT32)


def name_of(kind: str, target: str) -> str:
    """What the function is called that takes one of KINDS for a step on numbers of a type."""
    return f"glassgrad_take_{kind}_{target}"


def text() -> str:
    """`glassgrad_take(forms, arguments)`, and what takes an argument of each kind."""
    parts = [_ALL.format(**AT)]
    for target in _TARGETS:
        for kind in KINDS:
            source = ARRAYS.get(kind, "double")
            form = {"float": _FLOAT, "list": _LIST}.get(kind, _ARRAY)
            fields = {
                "name": name_of(kind, target.name),
                "source": source,
                "into": target.llvm,
                "converted": _converted(source, target.llvm),
            }
            parts.append(form.format(**fields, **AT))
    return "\n".join(parts)


def _converted(source: str, into: str) -> str:
    if source == into:
        return f"bitcast {source} %number to {into}"
    how = "sitofp" if source == "i64" else "fpext" if into == "double" else "fptrunc"
    return f"{how} {source} %number to {into}"


_FIELDS = """
  %class_at = getelementptr i64, ptr %form, i64 2
  %class = load i64, ptr %class_at
  %part_at = getelementptr i64, ptr %form, i64 3
  %part = load i64, ptr %part_at
  %to_at = getelementptr i64, ptr %form, i64 4
  %to = load ptr, ptr %to_at
  %axes_at = getelementptr i64, ptr %form, i64 5
  %axes = load i64, ptr %axes_at
  %shape = getelementptr i64, ptr %form, i64 6
  %own = getelementptr i64, ptr %shape, i64 %axes
  %x_class_at = getelementptr i8, ptr %x, i64 {CLASS}
  %x_class = load i64, ptr %x_class_at
  %is_of_class = icmp eq i64 %x_class, %class
  br i1 %is_of_class, label %of_class, label %bad
bad:
  ret i1 false
"""

_FLOAT = (
    """
define i1 @{name}(ptr %x, ptr %form) {{"""
    + _FIELDS
    + """
of_class:
  %number_at = getelementptr i8, ptr %x, i64 {NUMBER}
  %number = load double, ptr %number_at
  %converted = {converted}
  store {into} %converted, ptr %to
  ret i1 true
}}
"""
)

# Along one axis or more; of an array each with steps in bytes of its own.
_AXIS = """
  %extent = load i64, ptr %shape
  %stride = load i64, ptr %own
  %others = sub i64 %axes, 1
  %is_last = icmp eq i64 %others, 0
  %next_own = getelementptr i64, ptr %own, i64 1
  %next_shape = getelementptr i64, ptr %shape, i64 1
"""

_ARRAY = (
    """
define i1 @{name}(ptr %x, ptr %form) {{"""
    + _FIELDS
    + """
of_class:
  %x_part_at = getelementptr i8, ptr %x, i64 {TYPE}
  %x_part = load i64, ptr %x_part_at
  %is_of_type = icmp eq i64 %x_part, %part
  %x_axes_at = getelementptr i8, ptr %x, i64 {AXES}
  %x_axes_32 = load i32, ptr %x_axes_at
  %x_axes = sext i32 %x_axes_32 to i64
  %has_axes = icmp eq i64 %x_axes, %axes
  %is_alike = and i1 %is_of_type, %has_axes
  br i1 %is_alike, label %extents, label %bad
extents:
  %x_shape_at = getelementptr i8, ptr %x, i64 {SHAPE}
  %x_shape = load ptr, ptr %x_shape_at
  br label %look
look:
  %axis = phi i64 [ 0, %extents ], [ %next, %compare ]
  %is_done = icmp eq i64 %axis, %axes
  br i1 %is_done, label %good, label %compare
compare:
  %x_extent_at = getelementptr i64, ptr %x_shape, i64 %axis
  %x_extent = load i64, ptr %x_extent_at
  %extent_at = getelementptr i64, ptr %shape, i64 %axis
  %extent = load i64, ptr %extent_at
  %next = add i64 %axis, 1
  %is_same = icmp eq i64 %x_extent, %extent
  br i1 %is_same, label %look, label %bad
good:
  %data_at = getelementptr i8, ptr %x, i64 {DATA}
  %data = load ptr, ptr %data_at
  %steps_at = getelementptr i8, ptr %x, i64 {STRIDES}
  %steps = load ptr, ptr %steps_at
  call void @{name}_along(ptr %data, ptr %steps, ptr %to, ptr %own, ptr %shape, i64 %axes)
  ret i1 true
}}
define internal void @{name}_along(ptr %from, ptr %steps, ptr %to, ptr %own, ptr %shape,
    i64 %axes) {{"""
    + _AXIS
    + """
  %step = load i64, ptr %steps
  %next_steps = getelementptr i64, ptr %steps, i64 1
  br label %look
look:
  %k = phi i64 [ 0, %0 ], [ %next, %done ]
  %there = phi ptr [ %from, %0 ], [ %next_there, %done ]
  %here = phi ptr [ %to, %0 ], [ %next_here, %done ]
  %is_more = icmp slt i64 %k, %extent
  br i1 %is_more, label %more, label %end
more:
  br i1 %is_last, label %one, label %several
one:
  %number = load {source}, ptr %there, align 1
  %converted = {converted}
  store {into} %converted, ptr %here
  br label %done
several:
  call void @{name}_along(ptr %there, ptr %next_steps, ptr %here, ptr %next_own,
    ptr %next_shape, i64 %others)
  br label %done
done:
  %next = add i64 %k, 1
  %next_there = getelementptr i8, ptr %there, i64 %step
  %next_here = getelementptr i8, ptr %here, i64 %stride
  br label %look
end:
  ret void
}}
"""
)

_LIST = (
    """
define i1 @{name}(ptr %x, ptr %form) {{"""
    + _FIELDS
    + """
of_class:
  %is_right = call i1 @{name}_along(ptr %x, i64 %class, i64 %part, ptr %to, ptr %own, ptr %shape,
    i64 %axes)
  ret i1 %is_right
}}
define internal i1 @{name}_along(ptr %x, i64 %class, i64 %part, ptr %to, ptr %own, ptr %shape,
    i64 %axes) {{"""
    + _AXIS
    + """
  %wanted = select i1 %is_last, i64 %part, i64 %class
  %count_at = getelementptr i8, ptr %x, i64 {COUNT}
  %count = load i64, ptr %count_at
  %items_at = getelementptr i8, ptr %x, i64 {ITEMS}
  %items = load ptr, ptr %items_at
  %is_as_long = icmp eq i64 %count, %extent
  br i1 %is_as_long, label %look, label %bad
look:
  %k = phi i64 [ 0, %0 ], [ %next, %done ]
  %here = phi ptr [ %to, %0 ], [ %next_here, %done ]
  %is_more = icmp slt i64 %k, %extent
  br i1 %is_more, label %more, label %good
more:
  %item_at = getelementptr ptr, ptr %items, i64 %k
  %item = load ptr, ptr %item_at
  %item_class_at = getelementptr i8, ptr %item, i64 {CLASS}
  %item_class = load i64, ptr %item_class_at
  %is_of_class = icmp eq i64 %item_class, %wanted
  br i1 %is_of_class, label %of_class, label %bad
of_class:
  br i1 %is_last, label %one, label %several
one:
  %number_at = getelementptr i8, ptr %item, i64 {NUMBER}
  %number = load double, ptr %number_at
  %converted = {converted}
  store {into} %converted, ptr %here
  br label %done
several:
  %is_right = call i1 @{name}_along(ptr %item, i64 %class, i64 %part, ptr %here, ptr %next_own,
    ptr %next_shape, i64 %others)
  br i1 %is_right, label %done, label %bad
done:
  %next = add i64 %k, 1
  %next_here = getelementptr i8, ptr %here, i64 %stride
  br label %look
good:
  ret i1 true
bad:
  ret i1 false
}}
"""
)

_ALL = """
define internal i1 @glassgrad_take(ptr %forms, ptr %arguments) {{
  %count_at = getelementptr i8, ptr %arguments, i64 {COUNT}
  %count = load i64, ptr %count_at
  %items = getelementptr i8, ptr %arguments, i64 {ITEMS}
  %known_count = load i64, ptr %forms
  %first = getelementptr i64, ptr %forms, i64 1
  %is_as_many = icmp eq i64 %count, %known_count
  br i1 %is_as_many, label %look, label %bad
look:
  %k = phi i64 [ 0, %0 ], [ %next, %more ]
  %form = phi ptr [ %first, %0 ], [ %next_form, %more ]
  %is_more = icmp slt i64 %k, %count
  br i1 %is_more, label %more, label %good
more:
  %item_at = getelementptr ptr, ptr %items, i64 %k
  %item = load ptr, ptr %item_at
  %size = load i64, ptr %form
  %next_form = getelementptr i64, ptr %form, i64 %size
  %function_at = getelementptr i64, ptr %form, i64 1
  %function = load ptr, ptr %function_at
  %is_right = call i1 %function(ptr %item, ptr %form)
  %next = add i64 %k, 1
  br i1 %is_right, label %look, label %bad
good:
  ret i1 true
bad:
  ret i1 false
}}
"""
