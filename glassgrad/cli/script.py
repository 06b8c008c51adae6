"""The user's Python file, run for what it makes."""

from __future__ import annotations

import contextlib
import linecache
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..spelling import suggestion


def run_script(path: Path) -> dict[str, Any]:
    """Run a Python file, as one that is imported, and return what it made, by name.

    What it prints goes to standard error, beside the results of this program.
    """
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
    linecache.checkcache(str(path))  # its lines may be known from an earlier run
    sys.path.insert(0, str(path.parent))  # as `python FILE.py` does
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return runpy.run_path(str(path))
    except Exception as error:  # the user's own program may raise anything
        raise ValueError(f"Running {path} failed{line_in(path, error)}: {error!r}") from error


def line_in(path: Path, error: Exception) -> str:
    """Say on which line of the file an error arose, if on one of its lines."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    return f" at line {lines[-1]}" if lines else ""


def missing(
    path: Path, name: str, made: Mapping[str, Any], fits: Callable[[Any], bool]
) -> ValueError:
    """Return the error of a file that makes nothing of this name, or where none was given.

    Args:
        fits: whether what a file makes would do here; such names are told.
    """
    there = [key for key, thing in made.items() if not key.startswith("_") and fits(thing)]
    known = f" There are {', '.join(there)}." if there else ""
    if not name:
        return ValueError(f"Name what you mean in {path}: {path}:NAME.{known}")
    return ValueError(f"{path} makes no {name!r}.{suggestion(name, there)}{known}")
