"""Where a run went wrong whose numbers stopped being finite."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from ..modes import AnomalyError, detect_anomaly
from ..nn import Module
from .recipe import Recipe, State

_PACKAGE = Path(__file__).parents[1]
_ENGINE = {"backward", "functions", "modes", "ops", "value"}  # how an operation is done, not why


class NotFiniteError(ArithmeticError):
    """A loss, a gradient or a weight became nan or infinite; the message says where it began."""


def is_finite(loss: float, recipe: Recipe) -> bool:
    """Whether a step left the loss and all parameters finite."""
    return math.isfinite(loss) and all(map(math.isfinite, recipe.weights))


def where_it_began(recipe: Recipe, attempt: Callable[[], object], before: State) -> str:
    """Do again what failed, watching every number, and say which was the first to fail.

    Args:
        recipe: whose parameters they are.
        attempt: what failed.
        before: the state of the recipe before it, which it is set to, and left at.
    """
    recipe.restore(before)
    try:
        with detect_anomaly():
            attempt()
    except AnomalyError as error:
        return _with_line(error)
    else:
        return _update(recipe, before.weights)
    finally:
        recipe.restore(before)


def _update(recipe: Recipe, before: Sequence[float]) -> str:
    """Say which parameter an update broke whose gradients were finite."""
    after = recipe.weights
    broken = [i for i, data in enumerate(after) if not math.isfinite(data)]
    if not broken:
        return "It did not happen again when the step was made once more."
    first = broken[0]
    return (
        f"the gradients are finite, but the update took {_name(recipe, first)} from"
        f" {before[first]:.6g} to {after[first]}. A smaller learning rate may help."
    )


def _with_line(error: AnomalyError) -> str:
    """Name the line that asked for the operation: of the user's model or loss, or of ours."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        ours = path.is_relative_to(_PACKAGE)
        part = path.relative_to(_PACKAGE).with_suffix("").parts[0] if ours else ""
        if part == "training":  # the way back, whose error names the line of the way there
            break
        if part not in _ENGINE:
            shown = f"glassgrad/{path.relative_to(_PACKAGE)}" if ours else path
            what = str(error).rpartition(", at ")[0]
            return f"{what}, at {shown}:{frame.lineno}:\n  {frame.line}"
    return str(error)


def _name(recipe: Recipe, index: int) -> str:
    """Return the name of a parameter, if the model has names."""
    parameter = recipe.optimiser.parameters[index]
    if isinstance(recipe.model, Module):
        for name, p in recipe.model.named_parameters():
            if p is parameter:
                return name
    return f"parameter {index}"
