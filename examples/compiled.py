"""A training step, compiled. `glassgrad ir examples/compiled.py:step` shows what became of it."""

import random

import glassgrad as gg

random.seed(7)


class Neuron:
    """A neuron: tanh of a weighted sum."""

    def __init__(self, nin):
        self.w = [gg.Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = gg.Value(0.0)

    def __call__(self, x):
        """Give the output."""
        z = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return z.tanh()


hidden, out = [Neuron(2) for _ in range(4)], Neuron(4)
parameters = [p for n in [*hidden, out] for p in [*n.w, n.b]]


@gg.compile
def step(X, y):
    """Descend once along the gradient, and return the loss before."""
    loss = sum((out([n(x) for n in hidden]) - yi) ** 2 for x, yi in zip(X, y))
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= 0.05 * p.grad
    return loss


X = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(8)]
y = [1.0 if a * b > 0 else -1.0 for a, b in X]
losses = [step(X, y).data for _ in range(200)]
print(f"loss {losses[0]:.3f}, after 200 steps {losses[-1]:.3f}")
