"""A lesson's file, taken apart.

It begins with lines `key: value` between two lines of three dashes, then come paragraphs, then one
block of Python. The block may define `expression`, a function that returns a Value, and `table`, a
function that yields rows of numbers, both with arguments that the head declares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from typing import Any

from ..messages.lessons import Argument

FOLDER = Path(__file__).parent
_HEAD = re.compile(r"---\n(.*?)\n---\n(.*?)\n```python\n(.*?)```\s*\Z", re.DOTALL)
_ARGUMENT = re.compile(r"(\w+) = (\S+) from (\S+) to (\S+) by (\S+)")
_KEYS = ("title", "short", "minutes", "argument", "columns", "chart", "fill")


class LessonError(ValueError):
    """A file is no lesson; the message says what of it is not as docs/explorer.md tells."""


@dataclass(frozen=True)
class Source:
    """What a lesson's file says."""

    path: Path
    title: str
    short: str
    minutes: int
    arguments: tuple[Argument, ...]
    columns: tuple[str, ...]
    chart: tuple[int, ...]
    fill: bool
    paragraphs: tuple[str, ...]
    program: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What pages call the lesson."""
        return self.path.stem

    def function(self, name: str) -> Callable[..., Any] | None:
        """The function of the program that has this name."""
        found = self.program.get(name)
        return found if callable(found) else None

    def given(self, numbers: tuple[float, ...]) -> dict[str, float]:
        """The arguments by name: as given, inside their bounds, or the lesson's own."""
        found = {}
        for place, argument in enumerate(self.arguments):
            x = numbers[place] if place < len(numbers) else argument.value
            found[argument.name] = min(max(x, argument.low), argument.high)
        return found


def files() -> list[Path]:
    """Return the lessons' files in their order."""
    return sorted(FOLDER.glob("*.md"))


def source_of(name: str) -> Source:
    """Return a lesson by its name.

    Raises:
        LessonError: there is none, or its file is no lesson.
    """
    for path in files():
        if path.stem == name:
            with named(path):
                return _read(path, path.stat().st_mtime_ns)
    raise LessonError(f"There is no lesson {name!r}.")


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the file, and the line of its block, in what goes wrong with a lesson.

    Raises:
        LessonError: something went wrong.
    """
    try:
        yield
    except LessonError as error:
        raise LessonError(f"{path.name}: {error}") from error
    except Exception as error:  # the block is a program of the user's
        lines = [f.lineno for f in extract_tb(error.__traceback__) if f.filename == str(path)]
        where = f", line {lines[-1]}" if lines else ""
        raise LessonError(f"{path.name}{where}: {type(error).__name__}: {error}") from error


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int) -> Source:
    text = path.read_text("utf-8")
    found = _HEAD.match(text)
    if found is None:
        raise LessonError(
            "it is no lesson: it has to be a head between two lines ---, paragraphs, and one block"
            " of Python at the end."
        )
    head, body, code = found.groups()
    said: dict[str, list[str]] = {}
    for line in head.splitlines():
        key, colon, value = line.partition(":")
        if not colon or key not in _KEYS:
            raise LessonError(f"{line!r} is none of {', '.join(_KEYS)} and a colon.")
        said.setdefault(key, []).append(value.strip())
    columns = tuple(_listed(said, "columns"))
    return Source(
        path=path,
        title=_one(said, "title"),
        short=_one(said, "short"),
        minutes=int(_one(said, "minutes")),
        arguments=tuple(_argument(text) for text in said.get("argument", [])),
        columns=columns,
        chart=tuple(_place(name, columns) for name in _listed(said, "chart")),
        fill=said.get("fill") == ["yes"],
        paragraphs=tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", body.strip())),
        program=_program(path, code, text[: found.start(3)].count("\n")),
    )


def _program(path: Path, code: str, lines_before: int) -> dict[str, Any]:
    """Run the block; its lines keep the numbers that they have in the file."""
    names: dict[str, Any] = {"__name__": path.stem}
    exec(compile("\n" * lines_before + code, str(path), "exec"), names)
    return names


def _one(said: Mapping[str, list[str]], key: str) -> str:
    if key not in said:
        raise LessonError(f"the head has no {key}.")
    return said[key][0]


def _listed(said: Mapping[str, list[str]], key: str) -> list[str]:
    return [name.strip() for text in said.get(key, []) for name in text.split(",")]


def _place(name: str, columns: tuple[str, ...]) -> int:
    if name not in columns:
        raise LessonError(f"chart names {name!r}, but the columns are {', '.join(columns)}.")
    return columns.index(name)


def _argument(text: str) -> Argument:
    found = _ARGUMENT.fullmatch(text)
    if found is None:
        raise LessonError(f"{text!r} is not written 'x = 2 from -3 to 3 by 0.1'.")
    name, *numbers = found.groups()
    value, low, high, step = map(float, numbers)
    return Argument(name, value, low, high, step)
