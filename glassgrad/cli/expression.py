"""An expression on the command line: Python in operations of glassgrad, a number for each name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from ..ops import TABLE
from ..spelling import suggestion
from ..value import Value


def value_of(text: str, numbers: Iterable[str]) -> Value:
    """Return the value of an expression, after its backward pass.

    Args:
        text: the expression.
        numbers: for its names, each as `a=2`.

    Raises:
        ValueError: it is no expression, or not one in operations of glassgrad alone, or a number is
            missing; says what to write.
        UsageError: one of the numbers is none, or is not asked for.
    """
    leaves = dict(map(_leaf, numbers))
    tree = _parsed(text)
    _check_functions(tree, leaves)
    _check_names(text, tree, leaves)
    value = _computed(text, tree, leaves)
    value.backward()
    return value


def _leaf(text: str) -> tuple[str, Value]:
    name, _, number = text.partition("=")
    try:
        return name, Value(float(number), label=name)
    except ValueError:
        raise click.UsageError(f"{text!r} gives no number to a name, such as a=2.") from None


def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError:
        raise ValueError(f"{text!r} is no file that is there, and no expression.") from None


def _check_functions(tree: ast.Expression, leaves: Mapping[str, Value]) -> None:
    """Refuse functions that are no operations, and attributes that are none, such as `a.data`."""
    for call in _nodes(tree, ast.Call):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name and name not in leaves and name not in TABLE:
            raise ValueError(f"There is no function {name!r}.{suggestion(name, TABLE)}")
    for reached in sorted(attribute.attr for attribute in _nodes(tree, ast.Attribute)):
        if reached not in TABLE:
            raise ValueError(f"An expression has no {reached!r}, only operations of glassgrad.")


def _check_names(text: str, tree: ast.Expression, leaves: Mapping[str, Value]) -> None:
    """Refuse names without a number, and numbers without a name."""
    names = {name.id for name in _nodes(tree, ast.Name)}
    unknown = sorted(names - leaves.keys() - TABLE.keys())
    if unknown:
        raise ValueError(
            f"There is no file {text!r}, and as an expression it lacks a number for"
            f" {', '.join(unknown)}: add {' '.join(f'{name}=1' for name in unknown)}."
        )
    unused = [name for name in leaves if name not in names]
    if unused:
        raise click.UsageError(f"{unused[0]} is not in the expression {text!r}.")


def _computed(text: str, tree: ast.Expression, leaves: Mapping[str, Value]) -> Value:
    code = compile(tree, "<expression>", "eval")
    try:
        value = eval(code, {"__builtins__": {}}, {**TABLE, **leaves})
    except Exception as error:  # so may the user's own expression
        raise ValueError(f"{text!r} can't be computed: {error}") from error
    if not isinstance(value, Value):
        raise ValueError(f"{text!r} is {value!r}; there is nothing to draw without a name in it.")
    return value


def _nodes(tree: ast.Expression, kind: type[Any]) -> Iterator[Any]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))
