from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import glassgrad as gg
from glassgrad.compiler.ir.floats import FLOAT32, FLOAT64
from glassgrad.compiler.machine import llvm
from glassgrad.compiler.running import code


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    """The width of vectors and all code are found anew in each test, and after it."""
    llvm._width.cache_clear()
    code._recent.clear()
    yield
    llvm._width.cache_clear()


@pytest.mark.parametrize(
    ("features", "wide", "narrow"),
    [
        ({"avx512f": True, "avx": True, "sse2": True}, 8, 16),
        ({"avx512f": False, "avx": True, "sse2": True}, 4, 8),
        ({"avx512f": False, "avx": False, "sse2": True}, 2, 4),
        ({"neon": True, "fp-armv8": True}, 2, 4),
        ({}, 2, 4),
    ],
)
def test_lanes_fit_the_processor(
    features: dict[str, bool], wide: int, narrow: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors have 512 or 256 bits where AVX has them, else 128, as on aarch64."""
    monkeypatch.setattr(llvm, "_features", lambda: features)
    assert (llvm.lanes(FLOAT64), llvm.lanes(FLOAT32)) == (wide, narrow)


def _refuse(*_: Any) -> Any:
    raise RuntimeError("No available targets are compatible with triple")


def test_a_processor_that_cannot_be_asked_has_narrow_vectors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where LLVM cannot tell what a processor has, vectors are the narrow ones that all have."""
    monkeypatch.setattr(llvm.llvm, "get_host_cpu_features", _refuse)
    assert llvm.lanes(FLOAT64) == 2


@pytest.mark.parametrize(
    "where", ["Target.from_triple", "create_mcjit_compiler", "ExecutionEngine.finalize_object"]
)
def test_an_unknown_processor_runs_the_interpreter(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where LLVM makes no code a function still computes, and one line says why."""
    monkeypatch.setattr(f"llvmlite.binding.{where}", _refuse)
    cube = gg.compile(lambda x: x**3)
    assert (cube(2.0), cube(3.0)) == (8.0, 27.0)
    (line,) = capsys.readouterr().err.splitlines()
    assert "runs without native code: LLVM makes no code for this processor" in line
    assert "No available targets" in line
