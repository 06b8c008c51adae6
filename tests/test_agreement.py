"""Random programs give the same numbers and gradients here, in HIPS autograd and in PyTorch.

A program is a list of steps. Each applies a row of the table to nodes made before (so that parts
are shared) or to plain numbers. Where a row is smooth its operands are first bent into its domain
by a sine; rows that choose between sides get their operands as they are, and both sides occur.
"""

import math
from collections.abc import Callable
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import autograd
import autograd.numpy as anp
import pytest
from autograd.extend import defvjp, primitive
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad import Value
from glassgrad.ops import TABLE

CHOOSING = ["abs", "relu", "leaky_relu", "elu", "minimum", "maximum", "clip", "where"]
FLAT = ["lt", "le", "gt", "ge", "eq", "ne", "sign", "floor"]
SMOOTH = [name for name in TABLE if name not in [*CHOOSING, *FLAT]]
NUMBERS = [0.5, -1.25, 2.0, 3.0]

Program = list[tuple[str, list[int]]]

programs = st.lists(
    st.tuples(
        st.sampled_from([*SMOOTH, *CHOOSING]), st.lists(st.integers(0, 99), min_size=3, max_size=3)
    ),
    min_size=1,
    max_size=10,
)
inputs = st.lists(
    st.floats(-2.0, 2.0).map(lambda x: round(x, 6) + 1e-3 * math.pi), min_size=3, max_size=3
)


def run(program: Program, xs: list[Any], library: Any) -> Any:
    """The sum of all nodes that the program makes, in the functions of one library."""
    nodes = [*xs, *NUMBERS]
    for name, picks in program:
        row = TABLE[name]
        operands = [nodes[-1 - pick % len(nodes)] for pick in picks[: row.arity]]
        if name in CHOOSING:
            operands = apart(name, operands)
        else:
            pairs = zip(operands, row.domain, strict=True)
            operands = [bent(x, *interval, library) for x, interval in pairs]
        nodes.append(getattr(library, name)(*operands))
    total = nodes[0]
    for node in nodes[1:]:
        total = total + library.sin(node) * 0.5
    return total


def bent(x: Any, low: float, high: float, library: Any) -> Any:
    """`x` bent into the interval, clear of its ends."""
    return (low + high) / 2 + library.sin(x) * ((high - low) * 0.45)


def apart(name: str, operands: list[Any]) -> list[Any]:
    """The operands of a choice; a program whose choice is within rounding is left out."""
    if name == "clip":
        operands = [operands[0], -1.0, 1.5]
    if name == "where":
        operands[0] = operands[0] > 0.25
        return operands
    edges = {1: [0.0], 2: operands[1:], 3: operands[1:]}[len(operands)]
    gaps = [abs(plain(operands[0]) - plain(edge)) for edge in edges]
    assume(min(gaps) > 1e-6)
    return operands


def plain(x: Any) -> float:
    """The number in a Value, in boxes of autograd or in a tensor."""
    while hasattr(x, "_value"):
        x = x._value
    if isinstance(x, Value):
        return x.data
    return float(x.detach() if hasattr(x, "detach") else x)


@primitive
def _erf(x: float) -> float:
    return math.erf(x)


defvjp(_erf, lambda y, x: lambda g: g * 2.0 / math.sqrt(math.pi) * anp.exp(-x * x))

ALIKE = "exp expm1 log log1p sqrt sin cos tan sinh cosh tanh abs minimum maximum clip where"
AUTOGRAD = SimpleNamespace(
    **{name: getattr(anp, name) for name in ALIKE.split()},
    add=lambda a, b: a + b,
    sub=lambda a, b: a - b,
    mul=lambda a, b: a * b,
    div=lambda a, b: a / b,
    neg=lambda a: -a,
    pow=lambda a, b: a**b,
    asin=anp.arcsin,
    acos=anp.arccos,
    atan=anp.arctan,
    atan2=anp.arctan2,
    sigmoid=lambda x: 1.0 / (1.0 + anp.exp(-x)),
    softplus=lambda x: anp.logaddexp(0.0, x),
    relu=lambda x: anp.maximum(x, 0.0),
    leaky_relu=lambda x: anp.where(x > 0.0, x, 0.01 * x),
    elu=lambda x: anp.where(x > 0.0, x, anp.expm1(x)),
    gelu=lambda x: 0.5 * x * (1.0 + _erf(x / math.sqrt(2.0))),
    silu=lambda x: x / (1.0 + anp.exp(-x)),
    erf=_erf,
)
OURS = SimpleNamespace(**TABLE)


def agree(program: Program, xs: list[float], value: float, gradient: list[float]) -> None:
    """Fail where this library's value or gradient of the program differs from the given ones."""
    leaves = [Value(x) for x in xs]
    end = run(program, leaves, OURS)
    end.backward()
    by_grad = gg.grad(lambda xs: run(program, xs, OURS))(xs)
    scale = 1.0 + max(map(abs, gradient))
    for got in ([x.grad for x in leaves], by_grad):
        assert got == pytest.approx(gradient, rel=1e-12, abs=1e-12 * scale)
    assert end.data == pytest.approx(value, rel=1e-12)


# HIPS autograd.


def in_autograd(program: Program) -> Callable[..., Any]:
    """The program as a function of an array."""
    return lambda v: run(program, [v[0], v[1], v[2]], AUTOGRAD)


def agree_with_autograd(program: Program, xs: list[float]) -> None:
    """Fail where the program's value or gradient is not that of HIPS autograd."""
    f = in_autograd(program)
    agree(program, xs, float(f(xs)), list(autograd.grad(f)(anp.array(xs))))


def test_every_row_has_its_peer() -> None:
    """All rows but the flat ones take part in the programs."""
    assert set(vars(AUTOGRAD)) == {*SMOOTH, *CHOOSING} == set(vars(OURS)) - set(FLAT)


@pytest.mark.parametrize("name", [*SMOOTH, *CHOOSING])
@given(xs=inputs, picks=st.lists(st.integers(0, 99), min_size=3, max_size=3))
@settings(max_examples=5)
def test_one_row_agrees_with_autograd(name: str, xs: list[float], picks: list[int]) -> None:
    """Each row alone, followed by itself, has value and gradient of HIPS autograd."""
    agree_with_autograd([(name, picks), (name, [0, 1, 2])], xs)


@settings(max_examples=150)
@given(programs, inputs)
def test_random_programs_agree_with_autograd(program: Program, xs: list[float]) -> None:
    """Value and gradient of random programs are those of HIPS autograd, to 1e-12."""
    agree_with_autograd(program, xs)


@settings(max_examples=30)
@given(programs.map(lambda program: program[:6]), inputs)
def test_second_derivatives_agree_with_autograd(program: Program, xs: list[float]) -> None:
    """All second derivatives of random programs are those of HIPS autograd."""
    expected = autograd.hessian(in_autograd(program))(anp.array(xs))
    rows = gg.hessian(lambda xs: run(program, xs, OURS))(xs)
    scale = 1.0 + float(anp.max(anp.abs(expected)))
    for row, peer in zip(rows, expected, strict=True):
        assert row == pytest.approx(list(peer), rel=1e-10, abs=1e-10 * scale)


@settings(max_examples=50)
@given(programs, inputs, st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3))
def test_forward_mode_agrees_with_reverse_mode(
    program: Program, xs: list[float], tangents: list[float]
) -> None:
    """The jvp of a random program is its gradient times the tangent."""
    gradient = gg.grad(lambda xs: run(program, xs, OURS))(xs)
    _, velocity = gg.jvp(lambda xs: run(program, xs, OURS), (xs,), (tangents,))
    expected = math.fsum(g * t for g, t in zip(gradient, tangents, strict=True))
    scale = 1.0 + max(map(abs, gradient))
    assert velocity == pytest.approx(expected, rel=1e-12, abs=1e-12 * scale)


# PyTorch, in double precision.


def pytorch() -> SimpleNamespace:
    """The rows in PyTorch's functions, which take tensors only."""
    import torch

    def of_tensors(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *xs: f(*[torch.as_tensor(x, dtype=torch.float64) for x in xs])

    functional = torch.nn.functional
    names = "exp expm1 log log1p sqrt sin cos tan asin acos atan atan2 sinh cosh tanh sigmoid "
    names += "relu erf abs add sub mul div neg pow minimum maximum"
    rows = {name: of_tensors(getattr(torch, name)) for name in names.split()}
    rows |= {
        "softplus": of_tensors(lambda x: functional.softplus(x, threshold=100.0)),
        "leaky_relu": of_tensors(functional.leaky_relu),
        "elu": of_tensors(functional.elu),
        "gelu": of_tensors(functional.gelu),
        "silu": of_tensors(functional.silu),
        "clip": of_tensors(torch.clip),
        "where": of_tensors(lambda condition, a, b: torch.where(condition != 0, a, b)),
    }
    return SimpleNamespace(**rows)


PYTORCH = pytorch() if find_spec("torch") else SimpleNamespace()


def agree_with_pytorch(program: Program, xs: list[float]) -> None:
    """Fail where the program's value or gradient is not that of PyTorch."""
    import torch

    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
    end = run(program, leaves, PYTORCH)
    end.backward()
    agree(program, xs, end.item(), [0.0 if x.grad is None else x.grad.item() for x in leaves])


@pytest.mark.torch
@pytest.mark.parametrize("name", [*SMOOTH, *CHOOSING])
@given(xs=inputs, picks=st.lists(st.integers(0, 99), min_size=3, max_size=3))
@settings(max_examples=5)
def test_one_row_agrees_with_pytorch(name: str, xs: list[float], picks: list[int]) -> None:
    """Each row alone, followed by itself, has value and gradient of PyTorch."""
    agree_with_pytorch([(name, picks), (name, [0, 1, 2])], xs)


@pytest.mark.torch
@settings(max_examples=150)
@given(programs, inputs)
def test_random_programs_agree_with_pytorch(program: Program, xs: list[float]) -> None:
    """Value and gradient of random programs are those of PyTorch, to 1e-12."""
    agree_with_pytorch(program, xs)


@pytest.mark.torch
@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu", "minimum", "maximum", "clip"])
def test_kinks_agree_with_pytorch(name: str) -> None:
    """At kinks and ties the slopes are PyTorch's."""
    import torch

    points = {"minimum": (0.7, 0.7), "maximum": (0.7, 0.7), "clip": (2.0, -1.5, 2.0)}
    xs = points.get(name, (0.0,))
    bounds = xs[1:] if name == "clip" else ()
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in xs]
    getattr(PYTORCH, name)(*tensors[: len(xs) - len(bounds)], *bounds).backward()
    expected = [t.grad.item() for t in tensors if t.grad is not None]
    slopes = TABLE[name].slopes(TABLE[name](*xs), *xs)
    assert list(slopes[: len(expected)]) == expected
