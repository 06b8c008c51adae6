"""The user's Python file, run for what it makes."""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from pathlib import Path
from typing import Any


def run_script(path: Path) -> dict[str, Any]:
    """Run a Python file, as one that is imported, and return what it made, by name.

    What it prints goes to standard error, beside the results of this program.
    """
    if not path.exists():
        raise ValueError(f"There is no file {path}.")
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
