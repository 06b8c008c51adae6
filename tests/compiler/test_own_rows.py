"""Operations that a user adds to the table, in native code, against eager code."""

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.ir.unsupported import Unsupported
from glassgrad.compiler.running.backends import Native
from glassgrad.ops import TABLE, Operand, Primitive, eq, gt, lt

pytest.importorskip("llvmlite")

Make = Callable[..., Primitive]


@pytest.fixture
def row() -> Iterator[Make]:
    """Add an operation, for the length of a test."""
    names: list[str] = []

    def make(name: str, forward: Any, partials: Any, domain: Any = ((0.5, 1.5),)) -> Primitive:
        names.append(name)
        return gg.primitive(
            name, forward=forward, partials=partials, domain=domain, says="For a test."
        )

    yield make
    for name in names:
        del TABLE[name]
        delattr(Operand, name)


def swish(row: Make) -> Primitive:
    """A smooth one, in functions of glassgrad and operators."""

    def partials(y: Any, x: Any) -> Any:
        s = gg.sigmoid(1.5 * x)
        return (s + 1.5 * x * s * (1.0 - s),)

    return row("own_swish", lambda x: x * gg.sigmoid(1.5 * x), partials)


def hard_tanh(row: Make) -> Primitive:
    """One with two kinks, at which its author says the slope is 0.25."""

    def partials(y: Any, x: Any) -> Any:
        return (gg.where(eq(gg.abs(x), 1.0), 0.25, lt(gg.abs(x), 1.0)),)

    return row("own_hard_tanh", lambda x: gg.clip(x, -1.0, 1.0), partials, [(-0.9, 0.9)])


def wave(row: Make) -> Primitive:
    """One of two inputs, with comparisons, powers and another own row inside."""
    inner = swish(row)

    def forward(a: Any, b: Any) -> Any:
        return inner(a) ** 2 + (a > b) * gg.sin(b) / 3

    def partials(y: Any, a: Any, b: Any) -> Any:
        s = gg.sigmoid(1.5 * a)
        slope = s + 1.5 * a * s * (1.0 - s)
        return 2.0 * inner(a) * slope, gg.where(gt(a, b), gg.cos(b) / 3, 0.0)

    return row("own_wave", forward, partials, [(1.0, 1.5), (0.2, 0.5)])


POINTS = [-2.0, -1.0, -0.7, -0.0, 0.0, 0.3, 1.0, 1.7, 40.0, -700.0]


@pytest.mark.parametrize("make", [swish, hard_tanh, wave], ids=lambda make: make.__name__)
@pytest.mark.parametrize("most_families", [200, 0], ids=["loops", "one by one"])
def test_own_rows_compile_to_native_code(
    make: Any, most_families: int, row: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values, slopes and second derivatives are the eager ones, at the kinks too."""
    monkeypatch.setattr("glassgrad.compiler.running.native._MOST_FAMILIES", most_families)
    own = make(row)
    w, v = [Value(x) for x in POINTS], [Value(0.3 * x + 0.1) for x in POINTS]

    def step(scale: Any) -> Any:
        pairs = zip(w, v, strict=True)
        outputs = [own(*(scale * a, b)[: own.arity]) for a, b in pairs]
        loss = sum((k + 1.0) * y for k, y in enumerate(outputs))
        for p in (*w, *v):
            p.grad = 0.0
        loss.backward()
        return outputs

    def curvatures(scale: Any) -> Any:
        def along(t: Any) -> Any:
            others = (t * scale, t * 0.5)[: own.arity]
            return own(*others)

        return [gg.grad(gg.grad(along))(x) for x in (-0.4, 0.55, 1.3)]

    fast, fast_curvatures = (gg.compile(f, backend=Native()) for f in (step, curvatures))
    for scale in (1.0, -0.5):
        wanted = [y.data for y in step(scale)]
        gradients = [p.grad for p in (*w, *v)]
        got = [y.data for y in fast(scale)]
        assert got == pytest.approx(wanted, rel=1e-13, abs=1e-300)
        assert [p.grad for p in (*w, *v)] == pytest.approx(gradients, rel=1e-13, abs=1e-15)
        assert fast_curvatures(scale) == pytest.approx(curvatures(scale), rel=1e-12, abs=1e-14)


def test_the_slopes_are_those_that_the_row_states(row: Make) -> None:
    """Compiled code takes the row's partials, and does not differentiate its forward."""
    own = row("own_steep", lambda x: 2.0 * x, lambda y, x: (gg.where(eq(x, 3.0), 7.0, 2.0),))
    w = Value(3.0)

    def step() -> None:
        w.grad = 0.0
        own(w).backward()

    gg.compile(step, backend=Native())()
    assert w.grad == 7.0


def test_what_an_own_row_hides_leaks_no_nan(row: Make) -> None:
    """A missing number that the row passes over has no part in a gradient."""

    def partials(y: Any, x: Any) -> Any:
        known = eq(x, x)
        return (gg.where(known, 1.0, 0.0),)

    own = row("own_known", lambda x: gg.where(x == x, x, 0.0), partials)
    w = Value(2.0)

    def step(xs: Any) -> Any:
        w.grad = 0.0
        loss = sum(own(w * x) for x in xs)
        loss.backward()
        return loss

    fast = gg.compile(step, backend=Native())
    assert fast([1.5, math.nan, 2.0]).data == 7.0
    assert w.grad == 3.5


UNABLE: dict[str, tuple[Any, str]] = {
    "math": (lambda x: math.exp(x), "float\\(\\), or a function of math"),
    "branch": (lambda x: math.e**x if x > -9.0 else 0.0, "A decision"),
    "max": (lambda x: max(gg.exp(x), 0.0), "A decision"),
}


@pytest.mark.parametrize("name", UNABLE)
def test_a_forward_in_plain_python_runs_all_the_same(
    name: str, row: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it cannot be traced the interpreter runs it, and one line says which row and why."""
    forward, reason = UNABLE[name]
    own = row(f"own_{name}", forward, lambda y, x: (y,))
    w = Value(0.5)

    @gg.compile
    def step(x: Any) -> Any:
        w.grad = 0.0
        y = own(w * x)
        y.backward()
        return y

    assert step(3.0).data == pytest.approx(math.exp(1.5), rel=1e-15)
    assert w.grad == pytest.approx(3.0 * math.exp(1.5), rel=1e-15)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert f"the forward of own_{name} is not written in glassgrad's operations alone" in told
    with pytest.raises(Unsupported, match=reason):
        gg.compile(lambda x: own(w * x), backend=Native())(1.0)


def test_a_network_of_an_own_activation_trains_natively(row: Make) -> None:
    """Twenty steps of a layer with it agree with eager ones; its name stands in the statements."""
    own = swish(row)
    X = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]]
    found = []
    for compiled in (False, True):
        model = gg.MLP(2, [4, 1], activation=[own, "linear"], rng=random.Random(2))

        def step(xs: Any, model: Any = model) -> Any:
            loss = sum((model(x) - 0.5) ** 2 for x in xs)
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.05 * p.grad
            return loss

        run = gg.compile(step, backend=Native()) if compiled else step
        losses = [run(X).data for _ in range(20)]
        found.append([*losses, *(p.data for p in model.parameters())])
    assert found[1] == pytest.approx(found[0], rel=1e-12)
