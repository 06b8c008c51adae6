"""What a subscript that is just being carried out selects from: the object, found by the source.

`probs[target]` asks the traced `target` for an index and tells it nothing else. But the frame knows
where in the source it stands, and an expression of names, attributes and constants in front of the
bracket can be worked out once more without any effect.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import linecache
import types
from collections.abc import Callable
from opcode import opmap
from typing import Any

from .numbers import Number

_SUBSCRIPT, _OPERATOR = opmap["BINARY_SUBSCR"], opmap["BINARY_OP"]
_PLAIN_ATTRIBUTES = (types.MemberDescriptorType, types.GetSetDescriptorType)


class NotFound(Exception):
    """The frame does not tell what is subscripted; the message says why."""


class Subscripts:
    """The expressions in front of the bracket, each looked up in the source once.

    Args:
        chosen: (container, traced number) -> the index that the number stood for just now.
    """

    def __init__(self, chosen: Callable[[Any, Any], int]) -> None:
        self._chosen = chosen
        self._known: dict[tuple[types.CodeType, int], ast.expr] = {}

    def container(self, frame: types.FrameType) -> Any:
        """What the subscript at which `frame` stands selects from.

        Raises:
            NotFound: it stands at something else, or at more than names, attributes and constants.
        """
        key = (frame.f_code, frame.f_lasti)
        if key not in self._known:
            self._known[key] = _expression(frame)
        return self.value(self._known[key], frame)

    def value(self, expression: ast.expr, frame: types.FrameType) -> Any:
        """The value of an expression in `frame` that can have no effect.

        Raises:
            NotFound: it is more than names, attributes and constants.
        """
        if isinstance(expression, ast.Name):
            for space in (frame.f_locals, frame.f_globals, vars(builtins)):
                if expression.id in space:
                    return space[expression.id]
        if isinstance(expression, (ast.Constant, ast.UnaryOp)):
            return _literal(expression)
        if isinstance(expression, ast.Attribute):
            return _attribute(self.value(expression.value, frame), expression.attr)
        if isinstance(expression, ast.Subscript):
            container, key = (
                self.value(expression.value, frame),
                self.value(expression.slice, frame),
            )
            if isinstance(key, Number):
                return container[self._chosen(container, key)]
            if type(container) in (list, tuple, dict) and type(key) in (int, str):
                return container[key]
        raise NotFound(f"what stands before the bracket is more than a name: {_short(expression)}")


def is_operator(frame: types.FrameType) -> bool:
    """Whether `frame` stands at an operator, as in `3 * [0.0]`, which repeats a list."""
    return frame.f_code.co_code[frame.f_lasti] == _OPERATOR


def _literal(expression: ast.expr) -> Any:
    try:
        return ast.literal_eval(expression)
    except ValueError:
        raise NotFound(f"what is asked for is computed: {_short(expression)}") from None


def _expression(frame: types.FrameType) -> ast.expr:
    if frame.f_code.co_code[frame.f_lasti] != _SUBSCRIPT:
        raise NotFound("it counts, cuts or writes here, and does not select one element")
    found = source_at(frame)
    if not isinstance(found, ast.Subscript) or isinstance(found.slice, (ast.Slice, ast.Tuple)):
        raise NotFound("it is one of several indices, or cuts out a part")
    return found.value


def source_at(frame: types.FrameType) -> ast.expr:
    """The expression that `frame` is just working out.

    Raises:
        NotFound: its source is not at hand.
    """
    code, at = frame.f_code, frame.f_lasti
    first, last, start, end = list(code.co_positions())[at // 2]
    lines = linecache.getlines(code.co_filename, frame.f_globals)
    rows = [line.encode() for line in lines[(first or 1) - 1 : last]]
    if None in (first, last, start, end) or not rows:
        raise NotFound("the source of this line is not at hand")
    rows[-1] = rows[-1][:end]
    rows[0] = rows[0][start:]
    try:
        return ast.parse(b"(" + b"".join(rows) + b")", mode="eval").body
    except SyntaxError:
        raise NotFound("the source of this line has changed since") from None


def _attribute(thing: Any, name: str) -> Any:
    try:
        found = inspect.getattr_static(thing, name)
    except AttributeError:
        raise NotFound(f"the attribute {name} is made by code") from None
    if isinstance(found, _PLAIN_ATTRIBUTES):
        return getattr(thing, name)
    if hasattr(type(found), "__get__"):
        raise NotFound(f"the attribute {name} is made by code")
    return found


def _short(expression: ast.expr) -> str:
    text = ast.unparse(expression)
    return text if len(text) < 40 else f"{text[:37]}..."
