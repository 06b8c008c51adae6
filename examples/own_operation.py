"""Your own operation: one row, and it computes, differentiates and is drawn like the others."""

import glassgrad as gg

# Everything that glassgrad needs to know of the operation x * exp(-x * x).
wavelet = gg.primitive(
    "wavelet",
    forward=lambda x: x * gg.exp(-x * x),
    partials=lambda y, x: ((1 - 2 * x * x) * gg.exp(-x * x),),
    domain=[(-2.0, 2.0)],
    says="A bump on one side of 0 and a dent on the other.",
)

x = gg.Value(0.6, label="x")
y = wavelet(x)
y.backward()
print(f"wavelet({x.data}) = {y.data:.6f}, slope {x.grad:.6f}")

# The partials are written in glassgrad's operations, so they differentiate again.
second = gg.grad(gg.grad(wavelet))
print(f"second derivative {second(0.6):.6f}")

# Does the rule agree with a finite difference? A wrong one would be named here.
print(gg.check_grad(wavelet, 0.6))
