"""The text form of loops: what `print(step.loops)` shows.

    program    := storages* table* ("# " line | statement | loop)*
    loop       := "for t<" extent ["backward"] ":" ("# " line | statement)*, each indented
    storages   := kind name "[" size ("," size)* "]" ...
    statement  := axes target ("=" | "+=") expression
    expression := sum | row "(" sum ("," sum)* ")"
    sum        := ["-"] group (("+" | "-") group)*
    group      := [number "*"] product | [number "*"] "sum(" axes ":" product ")"
    product    := factor ("*" factor)* | ("settled" | "settled2") "(" factor ("*" factor)* ")"
    factor     := number | name "[" index ("," index)* "]" | name ".flat[" index "]"
    index      := base ("+" stride "*" axis)* ["+" table "[" index "]"]
    axes       := (axis "<" extent)*

A statement runs at every point of its axes i, j, k, ..., the first one outermost; a group adds up
over axes r, s, t, ... of its own. A settled product is zero where its first factor is, and for
settled2 where one of the first two is, whatever the others are. A layer is one statement:

    # notes.py:12
    i<4 j<2  h1[i, j] = tanh(param[4*j + 3] + sum(r<3: x[i, r] * param[4*j + r]))

In a loop the outermost axis of every statement is t, the time.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .affine import coordinates

if TYPE_CHECKING:
    from .loops import Group, Item, Loop, Program, Statement, Sum
    from .storages import IndexMap, Operand, Storage, Table

_SETTLED = ("", "settled", "settled2")

_SHOWN = 8
_WIDTH = 80
_TARGET = 24  # columns up to the "=" that are kept in line


def short_line(line: str) -> str:
    """A `file:line` without the folder.

    >>> short_line("lessons/notes.py:12")
    'notes.py:12'
    """
    return PurePath(line).name


def statement_text(statement: Statement) -> str:
    """One statement by itself."""
    axes = _domain_axes(len(statement.domain))
    left, sign, right = _Writer({}).parts(statement, axes)
    head = _axes_text(axes, statement.domain, ", ")
    return (
        f"{left} {sign} {right}"
        + (f" for {head}" if head else "")
        + (f"  # {short_line(statement.line)}" if statement.line else "")
    )


def loop_text(loop: Loop) -> str:
    """One loop by itself."""
    return "\n".join(_items_text([loop], _Writer({})))


def program_text(program: Program, shown: int | None = _SHOWN) -> str:
    """A whole program: what it stores, then statement after statement.

    Args:
        shown: so many numbers of a constant or a table; None: all of them.
    """
    tables = _tables(program)
    names = {id(table.values): f"t{k}" for k, table in enumerate(tables)}
    lines = list(_storages_text(program.storages(), shown))
    for table in tables:
        name = f"{names[id(table.values)]}[{len(table.values)}]"
        if table.chosen is not None:
            lines.append(f"{'pick':<11} {name} filled in before each run, by the arguments")
            continue
        lines.append(f"{'table':<11} {name} = {_numbers_text(table.values, shown)}")
    return "\n".join([*lines, "", *_items_text(program.items, _Writer(names))])


def _tables(program: Program) -> list[Table]:
    """Every table of the program, those of the same numbers once."""
    found: dict[int, Table] = {}
    for statement in program.statements():
        for operand in (*statement.operands(), statement.target):
            if operand.map.table is not None:
                found.setdefault(id(operand.map.table.values), operand.map.table)
    return list(found.values())


def _storages_text(storages: Sequence[Storage], shown: int | None) -> Iterator[str]:
    for kind in dict.fromkeys(storage.kind for storage in storages):
        names = []
        for storage in storages:
            if storage.kind == kind:
                name = f"{storage.name}[{', '.join(map(str, storage.shape))}]"
                values = storage.values
                names.append(name if values is None else f"{name} = {_numbers_text(values, shown)}")
        if kind == "CONST":
            yield from (f"{kind:<11} {name}" for name in names)
        else:
            yield textwrap.fill(
                "  ".join(name.replace(" ", "\0") for name in names),
                _WIDTH,
                initial_indent=f"{kind:<11} ",
                subsequent_indent=" " * 12,
                break_long_words=False,
                break_on_hyphens=False,
            ).replace("\0", " ")


def _numbers_text(numbers: Any, shown: int | None) -> str:
    text = ", ".join(map(repr, numbers[:shown].tolist()))
    more = 0 if shown is None else len(numbers) - shown
    return f"{text}, ... ({more} more)" if more > 0 else text


def _items_text(items: Sequence[Item], writer: _Writer) -> Iterator[str]:
    rows = {s: _row(s, writer, bool(item.head)) for item in items for s in item.body}
    first = max((len(axes) for axes, *_ in rows.values()), default=0)
    second = min(_TARGET, max((len(left) for _, left, *_ in rows.values()), default=0))
    line = None
    for item in items:
        indent = ""
        if item.head:
            indent, line = "    ", None
            yield item.head
        for statement in item.body:
            if statement.line != line:
                line = statement.line
                yield f"{indent}# {short_line(line) or 'no line of yours'}"
            axes, left, sign, right = rows[statement]
            yield f"{indent}{axes:<{first}}  {left:<{second}} {sign:>2} {right}"
        if item.head:
            line = None


def _row(statement: Statement, writer: _Writer, timed: bool) -> tuple[str, str, str, str]:
    """The axes that a statement runs over by itself, and its parts."""
    axes = ["t"] * timed + _domain_axes(len(statement.domain) - timed)
    inner = _axes_text(axes[timed:], statement.domain[timed:], " ")
    return inner, *writer.parts(statement, axes)


class _Writer:
    """Statements as text, with names for their tables."""

    def __init__(self, tables: dict[int, str]) -> None:
        self._tables = tables

    def parts(self, statement: Statement, axes: list[str]) -> tuple[str, str, str]:
        """The target, the sign after it, and what it becomes; `axes` names those of the domain."""
        sums = [self._sum(groups, axes, statement.domain) for groups in statement.sums]
        right = f"{statement.row}({', '.join(sums)})" if statement.row else sums[0]
        sign = "+=" if statement.accumulate else "="
        return self._operand(statement.target, axes, statement.domain), sign, right

    def _sum(self, groups: Sum, axes: list[str], domain: tuple[int, ...]) -> str:
        text = ""
        for group in groups:
            sign = ("- " if text else "-") if group.coefficient < 0.0 else "+ " if text else ""
            text += f"{' ' if text else ''}{sign}{self._group(group, axes, domain)}"
        return text

    def _group(self, group: Group, axes: list[str], domain: tuple[int, ...]) -> str:
        own = _reduction_axes(len(group.reduction))
        names, points = [*axes, *own], domain + group.reduction
        text = " * ".join(self._operand(o, names, points) for o in group.operands)
        text = f"{_SETTLED[group.settled]}({text})" if group.settled else text
        text = f"sum({_axes_text(own, group.reduction, ' ')}: {text})" if own else text
        size = abs(group.coefficient)
        return text if size == 1.0 else f"{size!r} * {text}"

    def _operand(self, operand: Operand, axes: list[str], points: tuple[int, ...]) -> str:
        storage, index = operand.storage, operand.map
        if storage is None:
            return repr(operand.value)
        if len(index.strides) != len(points):  # a mistake that `verify` is about to name
            return (
                f"{storage.name}.flat[{self._flat_index(index, _domain_axes(len(index.strides)))}]"
            )
        along = None
        if index.table is None:
            along = coordinates(index.base, index.strides, storage.shape, points)
        if along is not None:
            parts = [_index_text(base, strides, axes) for base, strides in along]
            return f"{storage.name}[{', '.join(parts)}]" if parts else storage.name
        flat = "" if len(storage.shape) == 1 else ".flat"
        return f"{storage.name}{flat}[{self._flat_index(index, axes)}]"

    def _flat_index(self, index: IndexMap, axes: list[str]) -> str:
        text = _index_text(index.base, index.strides, axes)
        if index.table is None:
            return text
        name = self._tables.get(id(index.table.values), "table")
        entry = f"{name}[{_index_text(0, index.table.strides, axes)}]"
        return entry if text == "0" else f"{text} + {entry}"


def _index_text(base: int, strides: Iterable[int], axes: list[str]) -> str:
    text = ""
    for axis, stride in zip(axes, strides, strict=True):
        if stride:
            step = axis if abs(stride) == 1 else f"{abs(stride)}*{axis}"
            sign = "-" if stride < 0 else "+"
            text += f" {sign} {step}" if text else f"{sign.strip('+')}{step}"
    if base or not text:
        text += f" {'-' if base < 0 else '+'} {abs(base)}" if text else str(base)
    return text


def _axes_text(axes: Sequence[str], extents: Sequence[int], between: str) -> str:
    return between.join(f"{axis}<{extent}" for axis, extent in zip(axes, extents, strict=True))


def _domain_axes(count: int) -> list[str]:
    return _named("ijklmn", "i", count)


def _reduction_axes(count: int) -> list[str]:
    return _named("rstuvw", "r", count)


def _named(letters: str, letter: str, count: int) -> list[str]:
    return [*letters, *(f"{letter}{k}" for k in range(len(letters), count))][:count]
