"""Programs that were written for the lecture's engine run here with only the import changed."""

import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "programs"


def load(name: str, engine: str = "") -> dict[str, Any]:
    """The names that a program defines, when it takes Value from glassgrad or another engine."""
    source = (PROGRAMS / f"{name}.py").read_text("utf-8")
    if engine:
        assert "from glassgrad import Value" in source
        source = source.replace("from glassgrad import Value", f"from {engine} import Value")
    scope: dict[str, Any] = {"__name__": name}
    exec(compile(source, name, "exec"), scope)
    return scope


@pytest.fixture
def closures(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that holds the lecture's engine, written with closures."""
    module = ModuleType("closures")
    vars(module).update(load("closures"))
    monkeypatch.setitem(sys.modules, "closures", module)
    return "closures"


@pytest.mark.parametrize(("program", "steps"), [("gpt", 6), ("classifier", 5)])
def test_program_runs_with_the_import_changed(program: str, steps: int, closures: str) -> None:
    """Losses and gradients of every training step are those of the lecture's engine."""
    losses, gradients = load(program)["train"](steps)
    their_losses, their_gradients = load(program, closures)["train"](steps)
    assert losses == pytest.approx(their_losses, rel=1e-10)
    for ours, theirs in zip(gradients, their_gradients, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
        assert max(map(abs, ours)) > 1e-3


@pytest.mark.parametrize(("program", "steps", "start"), [("gpt", 60, 1.6), ("classifier", 40, 1.1)])
def test_program_learns(program: str, steps: int, start: float) -> None:
    """The loss begins near that of guessing and falls to less than half of it."""
    losses, _ = load(program)["train"](steps)
    assert losses[0] == pytest.approx(start, rel=0.25)
    assert max(losses[-3:]) < start / 2


def test_gradients_of_the_language_model_are_measured() -> None:
    """Along a random direction the slope of the loss is what a nudge of all weights measures."""
    gpt = load("gpt")
    rng = random.Random(3)
    w = gpt["model"](rng)
    params = [p for weights in w.values() for row in weights for p in row]
    gpt["loss_of"](w, "hanna").backward()
    start, direction = [p.data for p in params], [rng.gauss(0, 1) for _ in params]

    def nudged(h: float) -> float:
        for p, x, d in zip(params, start, direction, strict=True):
            p.data = x + h * d
        return gpt["loss_of"](w, "hanna").data

    measured = (nudged(1e-5) - nudged(-1e-5)) / 2e-5
    slope = sum(p.grad * d for p, d in zip(params, direction, strict=True))
    assert slope == pytest.approx(measured, rel=1e-7)
