import functools
import inspect
import math
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import glassgrad as gg
from glassgrad import Value

NUMBERS = st.floats(-2.0, 2.0)


def close(got: Any, expected: Any, relative: float = 1e-12) -> None:
    """Two nests of numbers are alike to a relative accuracy."""
    np.testing.assert_allclose(np.array(got, float), np.array(expected, float), relative, 1e-14)


def numbers(tree: Any) -> Any:
    """A nest of Values as a nest of floats."""
    if isinstance(tree, (list, tuple)):
        return type(tree)(map(numbers, tree))
    return tree.data if isinstance(tree, Value) else tree


def nested(f: Callable[..., Any], order: int) -> Callable[..., Any]:
    """The derivative of that order."""
    for _ in range(order):
        f = gg.grad(f)
    return f


# What goes in and what comes out.


def test_gradient_of_one_number() -> None:
    """d(3x² - 4x + 5)/dx = 6x - 4."""
    assert gg.grad(lambda x: 3 * x**2 - 4 * x + 5)(3.0) == 14.0


def test_the_first_argument_is_meant() -> None:
    """By default `grad` differentiates by the first argument only, and leaves the others alone."""
    seen = []

    def f(x: Any, y: Any, word: str) -> Any:
        seen.append((type(y), word))
        return x**3 * y

    assert gg.grad(f)(2.0, 5.0, "as it is") == 60.0
    assert seen == [(float, "as it is")]


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [(0, 6.0), (1, 9.0), (-1, 7.0), ((1,), (9.0,)), ((0, 2), (6.0, 7.0)), ((2, 0), (7.0, 6.0))],
)
def test_argnums(argnums: Any, expected: Any) -> None:
    """`argnums` chooses an argument, or several in the order given; -1 is the last."""
    assert gg.grad(lambda a, b, c: 6 * a + 9 * b + 7 * c, argnums)(1.0, 2.0, 3.0) == expected


def test_keyword_arguments_reach_the_function() -> None:
    """Keyword arguments are passed on as constants."""
    assert gg.grad(lambda x, *, scale: scale * x * x)(3.0, scale=10.0) == 60.0


def test_nests_come_back_in_their_shape() -> None:
    """The gradient by nested lists, tuples and dicts has their shape and their keys."""
    Pair = namedtuple("Pair", "left right")

    def f(net: Any) -> Any:
        w, (a, b) = net["w"], net["pair"]
        return w[0][0] * 2 + w[1][0] * w[1][1] + a * a + 5 * b

    net = {"w": [[1.0], [2.0, 3.0]], "pair": Pair(4.0, 6.0), "unused": (7.0,)}
    gradient = gg.grad(f)(net)
    assert gradient == {"w": [[2.0], [3.0, 2.0]], "pair": (8.0, 5.0), "unused": (0.0,)}
    assert isinstance(gradient["pair"], Pair)


def test_numbers_give_floats() -> None:
    """Where only plain numbers take part, value and gradient are floats, for integers too."""
    value, gradient = gg.value_and_grad(lambda x: x[0] ** 2 + 3)([2, np.float64(1.0)])
    assert (value, gradient) == (7.0, [4.0, 0.0])
    assert [type(x) for x in (value, *gradient)] == [float, float, float]


def test_values_give_values() -> None:
    """Where an argument is a Value, so are value and gradient: a graph over the argument."""
    x = Value(2.0)
    value, gradient = gg.value_and_grad(lambda x: x**3)(x)
    assert (value.data, gradient.data) == (8.0, 12.0)
    (value + gradient).backward()
    assert x.grad == 12.0 + 12.0


def test_a_captured_value_gives_values() -> None:
    """A Value that the function finds outside of itself takes part: the gradient depends on it."""
    w = Value(5.0)
    slope = gg.grad(lambda x: (w * x).tanh())(0.3)
    slope.backward()
    # d/dw of w (1 - tanh²(wx)) = (1 - t²) (1 - 2 w x t)
    t = math.tanh(1.5)
    assert w.grad == pytest.approx((1 - t * t) * (1 - 2 * 1.5 * t), rel=1e-13)


def test_an_own_constant_result_is_a_value_too() -> None:
    """With a Value among the arguments even a constant gradient is a Value."""
    by_x, by_y = gg.grad(lambda x, y: x * 3, (0, 1))(Value(1.0), 2.0)
    assert (by_x.data, by_y.data) == (3.0, 0.0)


@pytest.mark.parametrize("constant", [4, 4.5, np.float64(2.0)])
def test_constant_function(constant: Any) -> None:
    """A function that returns a plain number has the gradient 0.0."""
    assert gg.value_and_grad(lambda x: constant)([1.0, 2.0]) == (float(constant), [0.0, 0.0])


def test_identity_function() -> None:
    """A function that returns its argument has the gradient 1.0."""
    assert gg.grad(lambda x: x)(3.0) == 1.0
    assert gg.grad(lambda x: x[1])([3.0, 4.0]) == [0.0, 1.0]


def test_no_grad_of_the_user_changes() -> None:
    """No transform touches the `grad` of an argument, of a captured Value or of their graph."""
    leaf, w = Value(2.0), Value(3.0)
    x = leaf * 2
    for node, g in ((leaf, 0.5), (w, -7.0), (x, 0.25)):
        node.grad = g
    f = lambda x: (w * x * leaf).sin()  # noqa: E731 - the same function for five calls
    gg.grad(f)(x)
    gg.hessian(f)(x)
    gg.jvp(f, (x,), (w,))
    gg.vjp(f, x)[1](1.0)
    gg.grad(f)(0.3)
    assert (leaf.grad, w.grad, x.grad) == (0.5, -7.0, 0.25)


def test_the_same_value_twice() -> None:
    """One Value in two places counts as two arguments."""
    x = Value(3.0)
    by_place = gg.grad(lambda v: v[0] * v[0] * v[1])([x, x])
    assert numbers(by_place) == [18.0, 9.0]


def test_the_argument_keeps_its_label() -> None:
    """Inside of the function an argument carries the label of the Value that was given."""
    gg.grad(lambda x: x if x.label == "rate" else 1 / 0)(Value(1.0, label="rate"))


def test_result_is_no_node_of_the_user() -> None:
    """The gradient by x of w * x is equal to w but another node: changing one leaves the other."""
    w = Value(2.0)
    slope = gg.grad(lambda x: w * x)(3.0)
    assert slope.data == 2.0
    assert slope is not w


# Derivatives of derivatives.


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_nested_to_any_order(order: int) -> None:
    """The nth derivative of tanh(x) x³ is that of mpmath, up to the fifth."""
    with mp.workdps(60):
        expected = mp.diff(lambda x: mp.tanh(x) * x**3, mpf(0.7), order)
    close(nested(lambda x: x.tanh() * x**3, order)(0.7), expected)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_nested_by_forward_mode(order: int) -> None:
    """The jvp of jvp of ... gives the same derivatives as grad of grad of ... ."""

    def velocity(f: Callable[..., Any]) -> Callable[..., Any]:
        return lambda x: gg.jvp(f, (x,), (1.0,))[1]

    f: Callable[..., Any] = lambda x: gg.exp(x.sin()) / (1 + x * x)  # noqa: E731 - rebound below
    g = nested(f, order)
    for _ in range(order):
        f = velocity(f)
    close(f(0.4), g(0.4))


def test_no_perturbation_confusion() -> None:
    """d/dx of x * d/dy(x y) is 2x: the inner derivative keeps its x apart from the outer one."""
    assert gg.grad(lambda x: x * gg.grad(lambda y: x * y)(x))(3.0) == 6.0
    assert gg.grad(lambda x: x * gg.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert gg.grad(lambda x: x * gg.grad(lambda y: x + y)(1.0))(3.0) == 1.0


def test_no_perturbation_confusion_forward() -> None:
    """The same holds in forward mode, and where the two modes stand in one another."""

    def push(f: Callable[..., Any], x: Any) -> Any:
        return gg.jvp(f, (x,), (1.0,))[1]

    assert push(lambda x: x * push(lambda y: x * y, x), 3.0) == 6.0
    assert push(lambda x: x * push(lambda y: x + y, 1.0), 3.0) == 1.0
    assert push(lambda x: x * gg.grad(lambda y: x * y)(2.0), 3.0) == 6.0
    assert gg.grad(lambda x: x * push(lambda y: x * y, 2.0))(3.0) == 6.0


def test_nested_by_the_same_value() -> None:
    """d/dx of d/dy(x y²) at y = x is 2x + 2x where both derivatives go by one Value."""
    x = Value(3.0)
    mixed = gg.grad(lambda x: gg.grad(lambda y: x * y * y)(x))(x)
    assert mixed.data == 12.0
    mixed.backward()
    assert x.grad == 4.0


def test_inner_value_counts() -> None:
    """The value that an inner value_and_grad returns depends on the outer argument too."""
    outer = gg.grad(lambda x: gg.value_and_grad(lambda y: x)(2.0)[0])
    assert outer(3.0) == 1.0


def test_minimum_by_newton_inside_of_a_derivative() -> None:
    """d/da of the root of y² = a, found by Newton steps that use `grad`, is 1 / (2 √a)."""

    def root(a: Any) -> Any:
        y = 1.0
        for _ in range(6):
            value, slope = gg.value_and_grad(lambda y: y * y - a)(y)
            y = y - value / slope
        return y

    assert root(2.0) == pytest.approx(math.sqrt(2.0), rel=1e-14)
    assert gg.grad(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-13)


def test_a_derivative_of_zero_is_positive() -> None:
    """As the gradient of backward(): what flows is added to 0.0."""
    for found in gg.grad(lambda x, y: -(x * y), (0, 1))(0.0, 0.0):
        assert math.copysign(1.0, found) == 1.0


def test_second_derivative_through_a_zero() -> None:
    """The slope of a (b c) by b is 0 at a = 0, its derivative by a is not."""
    assert gg.hessian(lambda v: v[0] * (v[1] * v[2]))([0.0, 2.0, 1.0]) == [
        [0.0, 1.0, 2.0],
        [1.0, 0.0, 0.0],
        [2.0, 0.0, 0.0],
    ]


# jacobian, hessian, vjp, jvp against HIPS autograd.


def spiral(t: Any, m: Any = gg) -> list[Any]:
    """One input and three outputs, in the functions of module `m`."""
    return [t * m.cos(t), t * m.sin(t), m.exp(-t * t)]


def mixed(v: Any, m: Any = gg) -> list[Any]:
    """Three inputs, two outputs."""
    return [m.tanh(v[0] * v[1]) + v[2] ** 3, m.log(2.0 + v[0] * v[0]) / (1.0 + v[2] * v[2])]


def scalar(v: Any, m: Any = gg) -> Any:
    """Three inputs, one output."""
    return m.sin(v[0] * v[1]) * v[2] ** 2 + m.exp(v[0] - v[2]) * v[1]


@given(st.lists(NUMBERS, min_size=3, max_size=3))
def test_jacobian_is_that_of_autograd(v: list[float]) -> None:
    """The jacobian of a function of many inputs has one row per output."""
    close(gg.jacobian(mixed)(v), autograd.jacobian(lambda v: anp.array(mixed(v, anp)))(np.array(v)))


@given(NUMBERS)
def test_jacobian_of_few_inputs(t: float) -> None:
    """With fewer inputs than outputs, where it walks forward, the jacobian is right as well."""
    close(gg.jacobian(spiral)(t), autograd.jacobian(lambda t: anp.array(spiral(t, anp)))(t))


@given(st.lists(NUMBERS, min_size=3, max_size=3))
def test_hessian_is_that_of_autograd(v: list[float]) -> None:
    """The hessian holds every second derivative."""
    close(gg.hessian(scalar)(v), autograd.hessian(lambda v: scalar(v, anp))(np.array(v)), 1e-11)


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.lists(NUMBERS, min_size=3, max_size=3))
def test_jvp_is_the_jacobian_times_the_tangent(v: list[float], tangent: list[float]) -> None:
    """It gives the value, and the jacobian from autograd times the tangent."""
    rows = autograd.jacobian(lambda v: anp.array(mixed(v, anp)))(np.array(v))
    value, velocity = gg.jvp(mixed, (v,), (tangent,))
    close(value, mixed(np.array(v), anp))
    np.testing.assert_allclose(velocity, rows @ np.array(tangent), rtol=1e-11, atol=1e-12)


@given(st.lists(NUMBERS, min_size=3, max_size=3), st.lists(NUMBERS, min_size=2, max_size=2))
def test_vjp_is_the_weights_times_the_jacobian(v: list[float], weights: list[float]) -> None:
    """It gives the value, and the weights times the jacobian from autograd."""
    rows = autograd.jacobian(lambda v: anp.array(mixed(v, anp)))(np.array(v))
    value, pull = gg.vjp(mixed, v)
    close(value, mixed(np.array(v), anp))
    np.testing.assert_allclose(pull(weights)[0], np.array(weights) @ rows, rtol=1e-11, atol=1e-12)


def test_jacobian_of_nests() -> None:
    """The jacobian is the nest of outputs with the nest of inputs in place of each."""

    def f(at: Any) -> Any:
        return {"product": at["x"] * at["y"], "rest": (at["x"] ** 2, 4.0)}

    assert gg.jacobian(f)({"x": 3.0, "y": 5.0}) == {
        "product": {"x": 5.0, "y": 3.0},
        "rest": ({"x": 6.0, "y": 0.0}, {"x": 0.0, "y": 0.0}),
    }


def test_jacobian_by_several_arguments() -> None:
    """With a tuple of argnums each output has a tuple of gradients; a number is its gradient."""
    assert gg.jacobian(lambda a, b: [a * b, b], (0, 1))(2.0, 3.0) == [(3.0, 2.0), (0.0, 1.0)]
    assert gg.jacobian(lambda a, b: a * b, (1, 0))(2.0, 3.0) == (2.0, 3.0)


def test_hessian_by_several_arguments() -> None:
    """The hessian by (a, b) gives a tuple of tuples."""
    assert gg.hessian(lambda a, b: a * a * b, (0, 1))(3.0, 5.0) == ((10.0, 6.0), (6.0, 0.0))


def test_hessian_of_values_is_differentiable() -> None:
    """d/dx of the hessian of x⁴, 12x², is 24x."""
    x = Value(2.0)
    second = gg.hessian(lambda x: x**4)(x)
    second.backward()
    assert (second.data, x.grad) == (48.0, 48.0)


def test_one_output_twice() -> None:
    """An output that is returned twice gathers both of its weights."""

    def f(x: Any) -> list[Any]:
        y = x * x
        return [y, x, y]

    assert gg.vjp(f, 3.0)[1]([1.0, 10.0, 100.0]) == (6.0 * 101.0 + 10.0,)
    assert gg.jacobian(f)(3.0) == [6.0, 1.0, 6.0]


def test_vjp_by_value_weights() -> None:
    """Weights and tangents may be Values: what comes back depends on them."""
    w = Value(2.0)
    _, pull = gg.vjp(lambda x: x * x, 3.0)
    (pulled,) = pull(w)
    pulled.backward()
    _, pushed = gg.jvp(lambda x: x**3, (2.0,), (w,))
    pushed.backward()
    assert (pulled.data, pushed.data, w.grad) == (12.0, 24.0, 6.0 + 12.0)
    unused, used = gg.vjp(lambda x, y: 2 * y, 3.0, 4.0)[1](w)
    assert (unused.data, used.data) == (0.0, 4.0)


@given(NUMBERS, NUMBERS)
def test_forward_and_reverse_agree(x: float, t: float) -> None:
    """<w, J t> is the same number by jvp and by vjp, for a graph with shared parts."""

    def f(x: Any) -> list[Any]:
        s = x.sigmoid()
        return [s * s + x, (s * x).softplus(), s]

    w = [0.3, -1.1, 2.0]
    _, pushed = gg.jvp(f, (x,), (t,))
    (pulled,) = gg.vjp(f, x)[1](w)
    assert sum(a * b for a, b in zip(w, pushed, strict=True)) == pytest.approx(
        pulled * t, rel=1e-12, abs=1e-14
    )


# Zero times infinity, and modes.


def test_untaken_branch_leaks_nothing() -> None:
    """The nan of a branch not taken stays there, in both modes and in second derivatives."""

    def f(x: Any) -> Any:
        return gg.where(x.gt(0.0), gg.log(x) + gg.sqrt(x), x * x)

    for x in (-1.5, 0.0):
        assert gg.grad(f)(x) == 2 * x
        assert gg.grad(f)(Value(x)).data == 2 * x
        assert gg.jvp(f, (x,), (1.0,)) == (x * x, 2 * x)
        assert gg.grad(gg.grad(f))(x) == 2.0
        assert gg.jvp(gg.grad(f), (x,), (1.0,))[1] == 2.0


def test_an_infinite_slope_is_told() -> None:
    """Where the slope is asked for and infinite it is inf, not 0."""
    assert gg.grad(lambda x: x.sqrt())(0.0) == math.inf
    assert gg.jvp(lambda x: x.sqrt(), (0.0,), (1.0,))[1] == math.inf
    assert gg.jvp(lambda x: x.sqrt(), (0.0,), (0.0,))[1] == 0.0


def test_no_grad_around_a_derivative() -> None:
    """Inside of no_grad derivatives are right, and what they return is no graph."""
    with gg.no_grad():
        x = Value(3.0)
        value, slope = gg.value_and_grad(lambda x: x * x)(x)
        assert gg.hessian(lambda x: x**3)(2.0) == 12.0
        assert gg.jvp(lambda x: x**3, (2.0,), (1.0,)) == (8.0, 12.0)
    assert (value.data, slope.data) == (9.0, 6.0)
    assert (value._prev, slope._prev) == ((), ())


def test_no_grad_inside_of_a_function() -> None:
    """What a function computes inside of no_grad is a constant to its derivative."""

    def f(x: Any) -> Any:
        with gg.no_grad():
            scale = x * x
        return scale * x

    assert numbers(gg.grad(f)(3.0)) == 9.0


def test_detect_anomaly_sees_the_derivative() -> None:
    """Under detect_anomaly the first rate that is not finite is named, in both directions."""
    with gg.detect_anomaly():
        for derivative in (gg.grad(gg.sqrt), lambda x: gg.jvp(gg.sqrt, (x,), (1.0,))):
            with pytest.raises(gg.AnomalyError, match=r"inf on its way through sqrt\(0\.0\)"):
                derivative(0.0)


def test_threads_do_not_meet() -> None:
    """Derivatives of one function by one Value in several threads do not mix."""
    x = Value(2.0)
    found: list[float] = []

    def work() -> None:
        found.extend(gg.grad(gg.grad(lambda x: x**4))(x).data for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [48.0] * 200


def test_deep_chains() -> None:
    """A chain of 100,000 operations has gradient, jvp and second derivative on a small stack."""
    script = """if True:
        import threading
        import glassgrad as gg
        N, C = 34_000, 1e-5
        def f(x):
            for _ in range(N):
                x = x - C * (x * x)
            return x
        def work():
            x, first, second = 0.3, 1.0, 0.0  # of one step: 1 - 2Cx, -2C
            for _ in range(N):
                second = second * (1 - 2 * C * x) - 2 * C * first**2
                first *= 1 - 2 * C * x
                x = x - C * (x * x)
            slope, bend = gg.jvp(gg.grad(f), (0.3,), (1.0,))
            assert abs(slope / first - 1) < 1e-11
            assert abs(bend / second - 1) < 1e-9, (bend, second)
            print("done")
        threading.stack_size(1024 * 1024)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ended.stdout == "done\n", ended.stderr


def test_the_walk_stops_at_its_arguments() -> None:
    """A derivative by a Value with a long history takes no longer than by a fresh one."""
    x = Value(0.5)
    for _ in range(20_000):
        x = x * 1.0
    steps = 0
    original = Value._prev.fget

    def counted(self: Value) -> Any:
        nonlocal steps
        steps += 1
        return original(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Value, "_prev", property(counted))
        assert gg.grad(lambda x: x.sin())(x).data == math.cos(0.5)
    assert steps < 100


# Wrong uses.


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: gg.grad(lambda x: [x, x])(1.0), "a list of 2 came. jacobian takes functions of"),
        (lambda: gg.grad(lambda x: {"a": x})(1.0), "a dict of 1 came. jacobian"),
        (lambda: gg.grad(lambda x: None)(1.0), "What f returns must be .* None"),
        (lambda: gg.grad(lambda x: "y")(1.0), "What f returns must be .* 'y'"),
        (lambda: gg.grad(Value(2.0)), "must be a function, but a Value came.* backward"),
        (lambda: gg.jacobian(3), "must be a function, but an int came"),
        (lambda: gg.vjp(3, 1.0), "must be a function, but an int came"),
        (lambda: gg.jvp([], (1.0,), (1.0,)), "must be a function, but a list came"),
        (lambda: gg.grad(lambda x: x, 1)(1.0), "argument 1, .* 1 positional argument[.]"),
        (lambda: gg.grad(lambda x: x, (0, -2))(1.0, 2.0), "one argument twice"),
        (lambda: gg.grad(lambda x: x)("a"), "must be a real number, but 'a'"),
        (lambda: gg.grad(lambda x: x)([1.0, None]), "must be a real number, but None"),
        (lambda: gg.grad(lambda x: x)(np.ones(2)), "must be one number, but a ndarray"),
        (lambda: gg.jvp(gg.sin, (1.0,), ("t",)), "tangent must be a real number, but 't'"),
    ],
)
def test_wrong_use(wrong: Callable[[], Any], says: str) -> None:
    """A wrong use raises a TypeError that says what was expected and what came."""
    with pytest.raises(TypeError, match=says):
        wrong()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            lambda: gg.jvp(gg.sin, (1.0,), (1.0, 2.0)),
            r"tangents must be a tuple of 1, but a tuple of",
        ),
        (lambda: gg.jvp(gg.dot, ([1.0], [2.0]), ([1.0], 2.0)), r"tangents\[1\] must be a list of"),
        (lambda: gg.jvp(gg.sin, (1.0,), ([1.0],)), r"tangents\[0\] must be one number"),
        (lambda: gg.vjp(lambda x: [x, x], 1.0)[1]([1.0]), "weights of the outputs must be a list"),
        (lambda: gg.vjp(lambda x: {"a": x}, 1.0)[1]({"b": 1.0}), "keys .*'a'.* came"),
    ],
)
def test_wrong_shape(wrong: Callable[[], Any], says: str) -> None:
    """Tangents and weights of another shape raise a ValueError that says where they differ."""
    with pytest.raises(ValueError, match=says):
        wrong()


def test_a_node_built_by_hand_is_refused() -> None:
    """Through a student's closure there is no `grad`; the message names the way to have one."""

    def cube(x: Value) -> Value:
        out = Value(x.data**3, (x,), "cube")
        out._backward = lambda: None
        return out

    for derivative in (gg.grad(cube), lambda x: gg.jvp(cube, (x,), (1.0,))):
        with pytest.raises(TypeError, match=r"'cube' was built by hand.*gg\.primitive"):
            derivative(2.0)
    constant = cube(Value(2.0))
    assert numbers(gg.grad(lambda x: x * constant)(5.0)) == 8.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x - 1).relu().sqrt(),
        lambda x: gg.maximum(x - 1, 0.0).sqrt(),
        lambda x: (gg.clip(x, 1.0, 3.0) - 1).sqrt(),
    ],
)
def test_selection_lets_nothing_leak_in_compiled_steps(f: Any) -> None:
    """At 0.5 nothing was chosen, though sqrt has an infinite slope at 0; at 2 it is 1 / 2."""

    @gg.compile
    def slopes(x: Any) -> Any:
        return gg.grad(f)(x), gg.jvp(f, (x,), (1.0,))[1], gg.grad(gg.grad(f))(x)

    assert slopes(0.5) == (0.0, 0.0, 0.0)
    assert slopes(2.0) == (0.5, 0.5, -0.25)


def test_a_derivative_has_the_arguments_of_its_function() -> None:
    """Messages and completion show what to call it with, and whose derivative it is."""

    def price(spot: float, rate: float = 0.02) -> Any:
        return spot * gg.exp(-rate)

    for transform in (gg.grad, gg.value_and_grad, gg.jacobian):
        derivative = transform(price)
        assert inspect.signature(derivative) == inspect.signature(price)
        assert derivative.__qualname__ == f"{transform.__name__}(price)"
    assert gg.hessian(price).__name__ == "jacobian(grad(price))"
    assert gg.grad(functools.partial(price, rate=0.1)).__name__ == "grad(partial)"
