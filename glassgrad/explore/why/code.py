"""What the compiler made of a training step, or of a function, and how fast each way is."""

from __future__ import annotations

import inspect
import statistics
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...modes import enable_grad
from ...transforms import value_and_grad
from ...value import Value
from ..inside.subjects import OfFunction
from ..messages.inside import Point
from ..messages.parts import real
from ..messages.why import Explain, Explained, Section, Stage
from ..training import Training

if TYPE_CHECKING:
    from ...compiler import Compiled

_STAGES = {
    "loops": "equal work as one statement over axes, gradients among it; above each, your line",
    "graph": "every operation, in the order in which it was done, with your line",
    "llvm": "what the processor's code is made of",
}
_LINES = 400  # of a stage
_UNITS = {"ms": "ms", "us": "µs", "bytes": "bytes"}


def step_code(training: Training, asked: Explain) -> Explained:
    """Say how long a step takes by eager and by native code, and show the code."""
    with training.turn(), training.timeline.staying():
        engine = training.engine
        batch, code = engine.batch(), engine.code
        eager = _median(lambda: engine.recipe.step(batch), 5)
        native = _median(engine.advance, 25) if code else 0.0
        why = engine.trouble or ("it is being made" if training.way == "compiling" else "")
    return _explained(asked, "A step", code, eager, native, why)


def function_code(subject: Any, asked: Explain) -> Explained:
    """Say the same of a function of numbers and its gradient.

    Raises:
        ValueError: the subject is a Value: what made it is not at hand.
    """
    if not isinstance(subject, OfFunction):
        raise ValueError(
            "Of a Value only its numbers are at hand. Explore the function that makes it, and its"
            " code can be compiled."
        )
    from ...compiler import compile
    from ...compiler.ir.progress import quietly

    function, given = subject.function, list(subject.given.values())
    both = value_and_grad(function, tuple(range(len(given))))

    def called(*numbers: float) -> Any:
        return both(*numbers)

    called.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # see inspect
    code = compile(called)
    why, native = "", 0.0
    try:
        with quietly():
            code(*given)
        native = _median(lambda: code(*given), 100)
    except Exception as error:  # noqa: BLE001 -- the user's own function may raise anything
        why = " ".join(str(error).split())

    def eagerly() -> None:
        with enable_grad():
            function(*map(Value, given)).backward()

    return _explained(asked, "A call with its gradient", code, _median(eagerly, 100), native, why)


def _median(step: Callable[[], object], times: int) -> float:
    """Microseconds of a step."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        taken.append(1e6 * (time.perf_counter() - start))
    return statistics.median(taken)


def _explained(
    asked: Explain, what: str, code: Compiled | None, eager: float, native: float, why: str
) -> Explained:
    if code is None or not native:
        said = f"{what} takes {{0}} µs by eager code, which makes a node for every operation."
        said += f" There is no native code: {why}." if why else " There is no native code."
        return Explained(asked.id, asked.about, [Section("Why is it slow?", said, [eager])])
    verdict = Section(
        "Why is it slow?" if native > eager else "How fast is it?",
        f"{what} takes {{0}} µs by eager code, which makes a node for every operation, and {{1}} µs"
        " by native code: {2} times as fast. The arithmetic takes {3} µs of that; the rest is the"
        " way from Python and back.",
        [eager, native, eager / native, code.stats.get("call_us", 0.0)],
    )
    figures = Section("The compiler's figures", columns=["", ""], rows=list(_figures(code)))
    return Explained(asked.id, asked.about, [verdict, figures], stages=list(_stages(code)))


def _figures(code: Compiled) -> Iterator[Point]:
    for name, x in code.stats.items():
        *words, unit = name.split("_")
        label = " ".join(words) + f", {_UNITS[unit]}" if unit in _UNITS else name.replace("_", " ")
        yield Point(label, [real(x)])


def _stages(code: Compiled) -> Iterator[Stage]:
    for name, says in _STAGES.items():
        lines = str(getattr(code, name)).splitlines()
        yield Stage(name, says, lines[:_LINES], max(0, len(lines) - _LINES))
