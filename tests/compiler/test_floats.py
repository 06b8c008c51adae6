from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.compiler.ir.floats import FLOAT32, FLOAT64, FLOATS, Float
from glassgrad.compiler.ir.outside import outside_of
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.expand import expand_gradients
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified
from glassgrad.compiler.running.backends import Native
from glassgrad.compiler.running.native import build


def agrees(case: Any, got: Any, tolerance: float) -> None:
    """Assert that outputs are the expected ones, relative to the largest of a kind."""
    kinds = np.array([out.kind for out in case.graph.outputs])
    for kind in set(kinds.tolist()):
        a, b = np.asarray(got)[kinds == kind], case.expected[kinds == kind]
        finite = np.abs(b[np.isfinite(b)])
        scale = max(1e-3, finite.max() if len(finite) else 1.0)
        np.testing.assert_allclose(a, b, rtol=0.0, atol=tolerance * scale)


@pytest.mark.parametrize("most_families", [200, 0])
def test_float32_agrees_with_eager_code(case: Any, make: Any, most_families: int) -> None:
    """A step in float32 is within 1e-5 of eager code in float64, relative to the largest number."""
    if most_families == 0 and len(case.graph) > 50_000:
        pytest.skip("the scalar adjoint of a long trace takes seconds, and shows nothing new")
    step = build(case.graph, most_families, FLOAT32)
    assert step.parameters.dtype == "float32"
    agrees(case, make[2](step, case), 1e-5)


@pytest.mark.parametrize("bits", [128, 256, 512])
@pytest.mark.parametrize("kind", FLOATS.values(), ids=list(FLOATS))
def test_every_width_of_vectors_agrees(case: Any, make: Any, kind: Float, bits: int) -> None:
    """Vectors of 128, 256 and 512 bits give the same up to rounding, on any machine."""
    step = build(case.graph, kind=kind, width=bits // kind.bits)
    if step.loops is not None and len(case.graph) > 300:
        assert f"<{bits // kind.bits} x {kind.llvm}>" in step.llvm
    agrees(case, make[2](step, case), {FLOAT64: 1e-12, FLOAT32: 1e-5}[kind])


def test_four_samples_fill_half_a_vector(make: Any) -> None:
    """Where no axis is as long as a vector, a narrower one is taken, and none goes one by one."""
    trace = make[0]((4, 3))
    weights = trace.params(3)
    for k, x in enumerate(trace.inputs(4, 3)):
        score = sum(w * xi for w, xi in zip(weights, x, strict=True))
        trace.graph.output("result", k, score.tanh().node)
    case = make[1](trace.graph)
    step = build(case.graph, kind=FLOAT32, width=8)
    assert "<4 x float>" in step.llvm
    assert "glassgrad.tanh.f32" not in step.llvm
    agrees(case, make[2](step, case), 1e-5)


def test_the_loop_interpreter_runs_float32(case: Any) -> None:
    """The statements interpreted on float32 agree with eager code to 1e-5."""
    if len(case.graph) > 50_000:
        pytest.skip("NumPy takes seconds for it")
    outside = outside_of(case.graph)
    rolled = roll(simplified(case.graph) or expand_gradients(case.graph), outside)
    program = differentiate(rolled)
    kinds = outside.kinds
    memory = {
        kinds["PARAM"]: case.params.astype("float32"),
        kinds["PARAM_GRAD"]: case.grads.astype("float32"),
        kinds["STATE"]: case.states.astype("float32"),
    }
    for storage, numbers in zip(outside.inputs, case.arguments, strict=True):
        memory[storage] = np.ravel(numbers).astype("float32")
    program.run(memory, "float32")
    names = {"data": "PARAM", "grad": "PARAM_GRAD", "state": "STATE", "result": "RESULT"}
    got = [memory[kinds[names[out.kind]]][out.index] for out in case.graph.outputs]
    assert {numbers.dtype for numbers in memory.values()} == {np.dtype("float32")}
    agrees(case, got, 1e-5)


def training(dtype: str) -> list[float]:
    """The losses of twenty compiled steps of a small network, and a parameter at the end."""
    random.seed(3)
    model = gg.MLP(2, [8, 8, 1])

    @gg.compile(dtype=dtype)
    def step(rows: Any, targets: Any) -> Any:
        scores = [model(x) for x in rows]
        loss = sum((s - t) ** 2 for s, t in zip(scores, targets, strict=True)) / len(rows)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return loss

    rng = random.Random(4)
    rows = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(20)]
    targets = [x * y for x, y in rows]
    losses = [step(rows, targets).data for _ in range(20)]
    return [*losses, model.parameters()[5].data]


def test_results_of_float32_are_python_floats() -> None:
    """Losses, and parameters afterwards, are floats that float32 can hold, near the float64 run."""
    narrow, wide = training("float32"), training("float64")
    assert {type(x) for x in narrow} == {float}
    assert [float(np.float32(x)) for x in narrow] == narrow
    assert narrow != wide
    np.testing.assert_allclose(narrow, wide, rtol=1e-4)


@pytest.mark.parametrize("dtype", ["float16", "double", np.float32, 32, None])
def test_other_types_are_refused(dtype: Any) -> None:
    """A name that is none of the two raises, and names the two."""
    with pytest.raises(ValueError, match="'float64' or 'float32'"):
        gg.compile(lambda x: x, dtype=dtype)


@pytest.mark.parametrize("kind", FLOATS.values(), ids=list(FLOATS))
def test_fast_code_agrees_within_its_bounds(case: Any, make: Any, kind: Float) -> None:
    """Fast code is within 1e-9 of eager code in float64, within 1e-4 in float32."""
    if not np.isfinite(case.expected).all():
        pytest.skip("fast code promises nothing of inf and nan")
    step = build(case.graph, kind=replace(kind, fast=True))
    assert "fmul reassoc" in step.llvm or "fmul" not in step.llvm
    agrees(case, make[2](step, case), {FLOAT64: 1e-9, FLOAT32: 1e-4}[kind])


def test_fast_math_is_off_until_asked_for() -> None:
    """`gg.compile(f)` rounds as IEEE says; `fast_math=True` may not."""
    exact, fast = gg.compile(gg.exp), gg.compile(gg.exp, fast_math=True)
    xs = np.linspace(-3.0, 3.0, 50)

    def off(function: Any) -> float:
        return max(abs(function(x) / np.exp(x) - 1.0) for x in xs.tolist())

    assert off(exact) < 4e-16 < off(fast) < 1.5e-11


def test_a_backend_says_its_type() -> None:
    """`Native` works in the type that it is given."""
    assert Native().float is FLOAT64
    assert Native(FLOAT32).float.name == "float32"
