"""What all verbs share: where their words go, and how an error is told."""

from __future__ import annotations

import ast
import functools
import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import click

from ..files import json_line

STOPPED = 130  # the exit code of a program that Ctrl-C ended
_TEXT = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""  # as repr writes it
_VALUE = rf"\[{_TEXT}(?:, {_TEXT})*\]|{_TEXT}|True|False"
# What a verb's own doing may raise; anything else is a mistake in glassgrad.
EXPECTED = (ValueError, ArithmeticError, OSError, ImportError)


@dataclass(frozen=True)
class Console:
    """Where a verb's words go: results to standard output, all else to standard error.

    Args:
        quiet: leave out what was not asked for.
        json: give results as JSON, one object a line, in place of text.
    """

    quiet: bool = False
    json: bool = False

    def result(self, text: str = "") -> None:
        """Print what the verb was called for, where text is wanted."""
        if not self.json:
            click.echo(text)

    def comment(self, text: str = "") -> None:
        """Print what goes with a result, unless quiet."""
        if not self.quiet:
            self.result(text)

    def note(self, text: str) -> None:
        """Print, to standard error, what the user should know."""
        if not self.quiet:
            say(f"Note: {text}")

    def object(self, **fields: Any) -> None:
        """Print a JSON object, where JSON is wanted."""
        if self.json:
            click.echo(json_line(fields))

    def picture(self, picture: Any) -> None:
        """Show a picture in characters, if someone is looking who has not asked for quiet."""
        if sys.stdout.isatty() and not self.quiet and not self.json:
            picture.show()


def verb(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command its `console` and the options of output, and have its errors told in words."""

    @click.option("--json", "as_json", is_flag=True, help="Give results as JSON, an object a line.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but results and errors.")
    @click.option("-v", "--verbose", is_flag=True, help="Show an error's traceback.")
    @functools.wraps(function)
    def run(quiet: bool, verbose: bool, as_json: bool, **arguments: Any) -> None:
        try:
            function(Console(quiet, as_json), **arguments)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise  # click knows what to do
        except KeyboardInterrupt as interrupt:
            say(f"\n{str(interrupt) or 'Stopped.'}")
            sys.exit(STOPPED)
        except Exception as error:  # whatever went wrong becomes a line or two; -v shows it all
            if verbose:
                raise
            fail(told(error))

    return run


def fail(message: str) -> NoReturn:
    """Tell an error and end the program with code 1."""
    say(f"Error: {message}")
    sys.exit(1)


def told(error: Exception) -> str:
    """Return what went wrong, as someone at a command line can mend it."""
    if not isinstance(error, EXPECTED):
        return (
            f"this is a mistake in glassgrad. {type(error).__name__}: {error}"
            "\nCall it again with -v and report what it prints."
        )
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    notes: list[str] = getattr(error, "__notes__", [])
    return as_options("\n".join([str(error), *notes]))


def as_options(message: str) -> str:
    """Turn the arguments that a message of the library advises into options.

    >>> as_options("Leave it out (drop=['name', 'id']), or pass encoding='utf-16'.")
    'Leave it out (--drop name --drop id), or pass --encoding utf-16.'
    >>> as_options("Take it as text (text=['full name']).")
    "Take it as text (--text 'full name')."
    """

    def option(found: re.Match[str]) -> str:
        name, value = found.groups()
        if value in ("True", "False"):
            return f"--{'' if value == 'True' else 'no-'}{name}"
        texts = ast.literal_eval(value)
        texts = [texts] if isinstance(texts, str) else texts
        return " ".join(f"--{name} {shlex.quote(text)}" for text in texts)

    names = "drop|text|numeric|encoding|decimal|header|task|delimiter"
    return re.sub(rf"\b({names})=({_VALUE})", option, message)


def given() -> list[str]:
    """Return the names of the parameters that the user gave."""
    context = click.get_current_context()
    default = click.core.ParameterSource.DEFAULT
    return [name for name in context.params if context.get_parameter_source(name) != default]


def say(text: str) -> None:
    """Print to standard error; on a terminal, broken between words, but for commands (indented)."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(
            line
            if line.startswith("  ")
            else textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
            for line in text.split("\n")
        )
    click.echo(text, err=True)


def program() -> str:
    """Return how the user called this program, for the commands that it suggests.

    A script that calls it for the user, as ./dev does, says so in GLASSGRAD_COMMAND.
    """
    called = click.get_current_context().find_root().info_name
    return os.environ.get("GLASSGRAD_COMMAND") or called or "glassgrad"
