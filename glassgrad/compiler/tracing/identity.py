"""`Identity`: where code asks which object something is, and whether an integer selects that.

Python answers `is` and `id()` without asking the objects, so a trace cannot write them down. And it
meets few of the elements among which an integer selects, so an answer that none of its probes got
would be taken for impossible. Nearly all such questions are asked of None, of classes and of other
things that no integer selects. The rest is found in the code, and watched in one more trace.
"""

from __future__ import annotations

import ast
import dis
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any

from ... import modes
from .numbers import TraceError
from .subscript import NotFound, source_at

_ASKING = {"id", "is_", "is_not"}  # functions that do what `is` does


class Identity:
    """The places in some code, and in the code within, that ask which object something is."""

    def __init__(self, codes: Iterable[CodeType]) -> None:
        self._asked: dict[CodeType, set[int]] = {}
        self._in_doubt: str | None = None
        pending = list(codes)
        while pending:
            code = pending.pop()
            pending += [each for each in code.co_consts if isinstance(each, CodeType)]
            if found := set(_questions(code)):
                self._asked[code] = found

    def __bool__(self) -> bool:
        return bool(self._asked)

    def refuse_doubts(self, run: Callable[[], Any]) -> None:
        """Run a trace, and watch what is asked.

        Raises:
            TraceError: a selected element may be asked for, or what is asked for is not known.
        """
        with self._watching():
            run()
        if self._in_doubt is not None:
            raise TraceError(
                f"Two objects are compared by `is` or id() at {self._in_doubt}, and integers among "
                "the arguments decide which these are. Compare the integers: i == j is a traced "
                "choice."
            )

    @contextmanager
    def _watching(self) -> Iterator[None]:
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        if frame.f_code not in self._asked:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._watched

    def _watched(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "opcode" and frame.f_lasti in self._asked[frame.f_code]:
            tape = modes.tape()
            if tape is not None and _may_be_selected(tape, frame):
                self._in_doubt = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        return self._watched


def _questions(code: CodeType) -> Iterator[int]:
    """Where the code asks, but for comparisons with constants."""
    before = None
    for instruction in dis.get_instructions(code):
        if (instruction.opname == "IS_OP" and before != "LOAD_CONST") or (
            instruction.opname.startswith("LOAD_") and instruction.argval in _ASKING
        ):
            yield instruction.offset
        before = instruction.opname


def _may_be_selected(tape: Any, frame: FrameType) -> bool:
    """Whether neither of the two things that are compared is known not to be selected."""
    try:
        found = source_at(frame)
        if not isinstance(found, ast.Compare) or len(found.comparators) > 1:
            return True  # `id`, which may be called later
        if not tape.sites.has_selected:
            return False
        sides = [found.left, found.comparators[0]]
    except NotFound:
        return True
    for side in sides:
        if (
            isinstance(side, ast.Call)
            and isinstance(side.func, ast.Name)
            and side.func.id == "type"
        ):
            return False
        try:
            if not tape.sites.may_be_selected(tape.sites.value(side, frame)):
                return False
        except NotFound:
            continue
    return True
