"""Answers to what is asked about a whole run."""

from __future__ import annotations

from collections.abc import Callable

from ..messages.why import About, Explain, Explained
from ..training import Training
from .code import step_code
from .rates import rates_explained
from .step import step_explained

_ANSWERS: dict[About, Callable[[Training, Explain], Explained]] = {
    "step": step_explained,
    "rate": rates_explained,
    "code": step_code,
}


def explained(training: Training, asked: Explain) -> Explained:
    """Answer an `Explain`.

    Raises:
        ValueError: there is nothing to explain yet; says what to do.
    """
    return _ANSWERS[asked.about](training, asked)
