"""The native table of operations that numbers share, as LLVM's text.

Note [One tape, two worlds] says which these are. An entry has two words: the operands, and the code
with the node, 32 bits each. No code is 0, so an entry of zeros is free.
"""

from __future__ import annotations

from collections.abc import Callable

from .pen_leaves import GOLDEN, Places

_CODE = """
; The entry of an operation, or the free one that it would have.
define internal ptr @entry_of(i64 %code, i64 %operands) {{
  %table = load ptr, ptr {common}
  %shift = load i64, ptr {common_shift}
  %mask = load i64, ptr {common_mask}
  %one = mul i64 %operands, {golden}
  %two = add i64 %one, %code
  %mixed = mul i64 %two, {golden}
  %first = lshr i64 %mixed, %shift
  br label %look
look:
  %at = phi i64 [ %first, %0 ], [ %next, %other ]
  %twice = shl i64 %at, 1
  %entry = getelementptr i64, ptr %table, i64 %twice
  %known_at = getelementptr i64, ptr %entry, i64 1
  %known = load i64, ptr %known_at
  %its_code = lshr i64 %known, 32
  %its_operands = load i64, ptr %entry
  %is_code = icmp eq i64 %its_code, %code
  %are_operands = icmp eq i64 %its_operands, %operands
  %is_it = and i1 %is_code, %are_operands
  %is_free = icmp eq i64 %known, 0
  %found = or i1 %is_it, %is_free
  br i1 %found, label %good, label %other
other:
  %after = add i64 %at, 1
  %next = and i64 %after, %mask
  br label %look
good:
  ret ptr %entry
}}

define internal i64 @joined(i64 %high, i64 %low) {{
  %shifted = shl i64 %high, 32
  %cut = and i64 %low, 4294967295
  %both = or i64 %shifted, %cut
  ret i64 %both
}}

define internal void @share(i64 %code, i64 %operands, i64 %node) {{
  %entry = call ptr @entry_of(i64 %code, i64 %operands)
  store i64 %operands, ptr %entry
  %known = call i64 @joined(i64 %code, i64 %node)
  %known_at = getelementptr i64, ptr %entry, i64 1
  store i64 %known, ptr %known_at
  %count = load i64, ptr {shared}
  %more = add i64 %count, 1
  store i64 %more, ptr {shared}
  ret void
}}

; The node of an operation on numbers, an old one or a new one; -1: there was an error.
define internal i64 @shared(i64 %code, i64 %a, i64 %b) {{
  %operands = call i64 @joined(i64 %a, i64 %b)
  %entry = call ptr @entry_of(i64 %code, i64 %operands)
  %known_at = getelementptr i64, ptr %entry, i64 1
  %known = load i64, ptr %known_at
  %is_new = icmp eq i64 %known, 0
  br i1 %is_new, label %new, label %old
old:
  %its_node = and i64 %known, 4294967295
  ret i64 %its_node
new:
  %node = call i64 @operation(i64 %code, i64 %a, i64 %b)
  %failed = icmp eq i64 %node, -1
  br i1 %failed, label %error, label %good
good:
  call void @share(i64 %code, i64 %operands, i64 %node)
  ret i64 %node
error:
  ret i64 -1
}}

; shared(code, a, b)
define ptr @gg_shared(ptr %self, ptr %arguments, i64 %count) {{
  %code = call i64 @argument(ptr %arguments, i64 0)
  %a = call i64 @argument(ptr %arguments, i64 1)
  %b = call i64 @argument(ptr %arguments, i64 2)
  %node = call i64 @shared(i64 %code, i64 %a, i64 %b)
  %answer = call ptr @long_or_error(i64 %node)
  ret ptr %answer
}}

; share(code, a, b, node)
define ptr @gg_share(ptr %self, ptr %arguments, i64 %count) {{
  %code = call i64 @argument(ptr %arguments, i64 0)
  %a = call i64 @argument(ptr %arguments, i64 1)
  %b = call i64 @argument(ptr %arguments, i64 2)
  %node = call i64 @argument(ptr %arguments, i64 3)
  %operands = call i64 @joined(i64 %a, i64 %b)
  call void @share(i64 %code, i64 %operands, i64 %node)
  %answer = call ptr @long_or_error(i64 %node)
  ret ptr %answer
}}
"""


def shared_text(place: Callable[[str], str]) -> str:
    """The text of these functions; `place` gives that of what the state holds under a name."""
    return _CODE.format_map(Places(place, {"golden": GOLDEN - 2**64}))
