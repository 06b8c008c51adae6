"""The lines of the program that made the nodes."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ..messages.inside import Source

_AROUND = 1  # lines shown before the first and after the last that made anything
_MOST = 400
_PACKAGE = Path(__file__).parents[2]


def place_of(line: str) -> tuple[str, int]:
    """Take apart `file:line`, as a node keeps it."""
    file, _, number = line.rpartition(":")
    return file, int(number) if number.isdigit() else 0


@lru_cache(maxsize=4096)
def target_of(line: str) -> str:
    """Return the variable to which a line of a program assigns, if that is all it does."""
    file, number = place_of(line)
    try:
        tree = ast.parse(inspect.cleandoc(linecache.getline(file, number).strip()))
    except (SyntaxError, ValueError):
        return ""
    match tree.body:
        case [ast.Assign(targets=[ast.Name(id=name)])]:
            return name
    return ""


def sources_of(lines: Sequence[str]) -> tuple[list[Source], list[tuple[int, int]]]:
    """Return the part of each file that made any node, and for each node where it was made."""
    places = [place_of(line) for line in lines]
    numbers: dict[str, list[int]] = {}
    for file, number in places:
        if file and number and linecache.getline(file, number):
            numbers.setdefault(file, []).append(number)
    sources = []
    for file, found in numbers.items():
        text = linecache.getlines(file)
        first = _start(text, min(found))
        last = min(len(text), max(found) + _AROUND, first + _MOST)
        shown = [row.rstrip() for row in text[first - 1 : last]]
        sources.append(Source(_shown(file), first, shown))
    index = {file: i for i, file in enumerate(numbers)}
    return sources, [(index[file], number) if file in index else (-1, 0) for file, number in places]


def _start(text: Sequence[str], line: int) -> int:
    """The line of the function that a line is in, or a few lines before it."""
    indent = len(text[line - 1]) - len(text[line - 1].lstrip())
    for above in range(line - 1, max(0, line - 30), -1):
        row = text[above - 1]
        stripped = row.lstrip()
        if stripped.startswith("def ") and len(row) - len(stripped) < indent:
            return above
    return max(1, line - _AROUND)


def _shown(file: str) -> str:
    """How a file is called: one of glassgrad's own by its place in the package."""
    path = Path(file)
    own = path.is_relative_to(_PACKAGE)
    return path.relative_to(_PACKAGE.parent).as_posix() if own else path.name
