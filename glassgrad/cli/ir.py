"""`glassgrad ir`: what the compiler made of a function, stage by stage."""

from __future__ import annotations

import ast
import inspect
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import Console, program, verb
from .script import line_in, missing, run_script

if TYPE_CHECKING:
    from ..compiler import Compiled

STAGES = {
    "graph": "every operation, as the function did it",
    "loops": "equal work as one statement over axes, gradients among it",
    "llvm": "what the processor's code is made of",
    "stats": "counts and times",
}
EXAMPLES = """\b
Examples:
  glassgrad ir notes.py:step
  glassgrad ir "notes.py:step(X[:8], y[:8])" --stage loops
  glassgrad ir notes.py:step --stage llvm --all > step.ll
"""


@click.command(epilog=EXAMPLES)
@click.argument("what", metavar="FILE.py:FUNCTION")
@click.option("--stage", type=click.Choice(list(STAGES)), help="Show this stage only.")
@click.option("--lines", type=click.IntRange(min=1), default=40, help="Of each stage so many.")
@click.option("--all", "whole", is_flag=True, help="Of each stage all lines.")
@verb
def ir(console: Console, what: str, stage: str | None, lines: int, whole: bool) -> None:
    """Show what the compiler makes of a function, stage by stage.

    The file is run. What is shown belongs to the latest call of the function that the file made,
    or to a call written out behind the colon, with names of the file:
    FILE.py:FUNCTION(ARGUMENTS). A function without @gg.compile is compiled for it.
    """
    compiled = _called(what)
    for name in [stage] if stage else STAGES:
        text = str(getattr(compiled, name)).splitlines()
        console.object(stage=name, text="\n".join(text))
        if not stage:
            console.result(f"{name}: {STAGES[name]}\n")
        console.result("\n".join(text if whole else text[:lines]))
        if not whole and len(text) > lines:
            console.result(f"... and {len(text) - lines:,} more lines: --all shows them")
        if not stage:
            console.result()


def _called(what: str) -> Compiled:
    """Return the compiled function that the user named, after its latest call."""
    file, colon, text = what.partition(".py:")
    path = Path(file + ".py" if colon else what)
    made = run_script(path)
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        if text:
            raise ValueError(f"{text!r} is neither a name nor a call of a function.") from None
        raise missing(path, "", made, _is_compiled) from None
    call = expression if isinstance(expression, ast.Call) else None
    function = _found(path, call.func if call else expression, made)
    if call:
        return _after_call(path, call, function, made)
    if not _is_compiled(function):
        raise ValueError(
            f"{text} is a plain function: a call says what to compile it for."
            f" {_advice(path, text, function)}"
        )
    compiled: Compiled = _plain(function)
    if not compiled.stats["calls"]:
        raise ValueError(
            f"{path} does not call {text}, and a function is compiled for the"
            f" arguments of a call. {_advice(path, text, function)}"
        )
    return compiled


def _found(path: Path, expression: ast.expr, made: dict[str, Any]) -> Any:
    """Return what a name, or an attribute of one, stands for in the file."""
    name = ast.unparse(expression)
    try:
        found = _evaluated(expression, made)
    except (NameError, AttributeError):
        raise missing(path, name, made, callable) from None
    if not callable(found):
        raise ValueError(f"{name} in {path} is no function, but {found!r:.60}.{_functions(made)}")
    return found


def _after_call(
    path: Path, call: ast.Call, function: Callable[..., Any], made: dict[str, Any]
) -> Compiled:
    from ..compiler import compile as compiled_of

    compiled = function if _is_compiled(function) else compiled_of(function)
    text = ast.unparse(call)
    call.func = ast.copy_location(ast.Name("__function__", ast.Load()), call.func)
    try:
        _evaluated(call, {**made, "__function__": compiled})
    except Exception as error:  # the user's own function may raise anything
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", []))
        raise ValueError(
            f"{text} failed{line_in(path, error)}: {type(error).__name__}: {error}{notes}"
        ) from error
    plain: Compiled = _plain(compiled)
    return plain


def _evaluated(expression: ast.expr, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(expression), "<call>", "eval"), names)


def _is_compiled(thing: Any) -> bool:
    from ..compiler import Compiled

    return isinstance(_plain(thing), Compiled)


def _plain(function: Any) -> Any:
    """Return what a bound method is of, anything else as it is."""
    return getattr(function, "__func__", function)


def _advice(path: Path, name: str, function: Callable[..., Any]) -> str:
    """Return the command with a call in it, its arguments by their names."""
    try:
        arguments = ", ".join(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a built-in function may not tell
        arguments = "..."
    call = shlex.quote(f"{path}:{name}({arguments})")
    return f"Write one behind the colon, with names of the file:\n  {program()} ir {call}"


def _functions(made: dict[str, Any]) -> str:
    names = [name for name, thing in made.items() if _is_compiled(thing)]
    return f" Compiled there: {', '.join(names)}." if names else ""
