"""Slopes three ways: by a small step, by the chain rule, and of a function of many numbers."""

import glassgrad as gg


def f(x):
    """The lecture's parabola."""
    return 3 * x**2 - 4 * x + 5


print("by the chain rule:", gg.grad(f)(3.0))
print("by a step of 0.001:", gg.numeric_derivative(f, 3.0, h=1e-3))
print(gg.sweep(f, 3.0))


def rosenbrock(xs):
    """A curved valley; its lowest point is at (1, 1, 1)."""
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in zip(xs, xs[1:], strict=False))


point = [0.5, -0.3, 0.8]
value, gradient = gg.value_and_grad(rosenbrock)(point)
print("value", value, "gradient", gradient)
for row in gg.hessian(rosenbrock)(point):
    print("hessian", [round(h, 4) for h in row])
