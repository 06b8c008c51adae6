from __future__ import annotations

import os
from typing import Any

import pytest

import glassgrad as gg
from fuzz import __main__ as fuzz
from fuzz.agreement import Unfit, disagreement
from fuzz.draws import Draws, shrunk
from fuzz.programs import HEAD, program
from fuzz.rounding import rounding
from glassgrad import Value
from glassgrad.compiler.emitting import lower
from glassgrad.compiler.machine import llvm
from glassgrad.compiler.rolling import simplify
from glassgrad.compiler.running.backends import Interpreter

_PROGRAMS, _AT_ONCE = 120, 20  # `./dev fuzz` runs more of them


def difference(seed: int, thorough: bool = False) -> str | None:
    """What differs in one program; None where it cannot run."""
    try:
        return disagreement(program(Draws(seed)), 10 if thorough else 3, thorough)
    except Unfit:
        return None


@pytest.mark.parametrize("first", range(0, _PROGRAMS, _AT_ONCE))
def test_random_programs_agree(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eager code, graph, loops and native code of random steps give the same numbers."""
    for seed in range(first, first + _AT_ONCE):
        thorough = seed % _AT_ONCE == 0
        monkeypatch.setattr(llvm, "OPTIMISATION", 2 if thorough else 0)
        assert not difference(seed, thorough), f"./dev fuzz 1 --seed {seed}"


def test_a_number_carried_on_whose_slope_is_asked_for_at_the_next_step_alone() -> None:
    """The adjoint of what only the next step of a loop reads is there when it is passed on."""
    assert not difference(1000784)


def judged(body: str, steps: int = 10) -> str | None:
    """What differs in a program of one parameter, given the body of its step of `x`."""
    lines = ["def make():", "    p = [Value(0.5)]", "    def step(x):"]
    lines += [f"        {line}" for line in body.splitlines()]
    lines += ["    return step, [p]", "def arguments(k): return [0.1 * k],"]
    return disagreement("\n".join([HEAD, *lines]), steps)


def test_no_step_from_a_parameter_that_is_not_finite_is_judged() -> None:
    """Not even one that plain Python has made so on the compiled copy's Values."""
    overflow = "p[0].data = p[0].data * 10.0 ** 78"  # inf in the fourth step, which is Python's
    slope = "p[0].grad = 0.0\ny = op.relu(-1.0 - p[0] * p[0])\ny.backward()"  # 0 * inf, or nan
    assert not judged(f"{slope}\n{overflow}\nreturn p[0].grad")


def test_the_sign_of_a_gradient_that_is_zero_is_not_judged() -> None:
    """Only that the two infinities are that far apart."""
    slope = "y = p[0] * 0.0 * -x[0]\np[0].grad = 0.0\ny.backward()"
    assert not judged(f"{slope}\nreturn op.tanh(op.div(1.0, p[0].grad))")


def test_the_sign_of_any_other_zero_is_judged() -> None:
    """No noise of rounding gives a product that is zero another sign."""
    w = Value(0.5)
    step = gg.compile(lambda x: (1.0 / (w * 0.0 * x)).tanh(), backend=Interpreter())
    assert step(1.5).data == 1.0
    trace = step._latest.trace  # type: ignore[union-attr]  # it was called
    (moved,) = rounding(trace.graph, ([1.5], [0.5], [0.0], [])) or [2.0]
    assert moved < 1e-12


def test_a_wrong_row_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Native code that is wrong at one row, or off by 1e-9, does not agree."""
    form = lower._FORMS["relu"]
    off = lambda to, x: to.binary("fmul", form(to, x), to.number(1.0 + 1e-9))  # noqa: E731
    monkeypatch.setitem(lower._FORMS, "relu", off)
    assert any("native code" in (difference(seed) or "") for seed in range(60))


def test_a_wrong_gradient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that gradients go through although they must stop there is found."""
    monkeypatch.setattr(simplify, "_stops_that_matter", lambda *_: [])
    assert any(difference(seed) for seed in range(150))


def test_shrinking_keeps_what_fails() -> None:
    """Of thousand draws the one that matters is left, as small as it can be and still matter."""
    draws = Draws(seed=3)
    for _ in range(1000):
        draws.below(100)

    def fails(taken: Any) -> bool:
        return any(x > 70 for x in taken)

    assert shrunk(draws.taken, fails, seconds=10.0) == [71]


def test_every_process_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """All seeds come back from several processes, with what was found, though one process ends."""

    def found(draws: Draws, thorough: bool) -> str | None:
        seed = draws.below(2**60)
        if seed == Draws(7).below(2**60):
            os._exit(3)
        return "differs" if seed == Draws(4).below(2**60) else None

    monkeypatch.setattr(fuzz, "found", found)
    assert dict(fuzz.judged(range(2, 20), jobs=3)) == {
        **dict.fromkeys(range(2, 20)),
        4: "differs",
        7: "the process ended with 3",
    }


def test_the_same_seed_gives_the_same_program() -> None:
    """A program is its seed; other seeds give others; what was drawn gives it again."""
    draws = Draws(7)
    assert program(draws) == program(Draws(7)) == program(Draws(given=draws.taken))
    assert len({program(Draws(seed)) for seed in range(50)}) == 50
