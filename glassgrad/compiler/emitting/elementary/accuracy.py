"""How far each function may be off, in units in the last place of the true value.

`ULPS` holds for every number that either type has, subnormal ones and results too. `FAST_ULPS`
holds for every function in fast code, by the name of the type, where the result is a number of a
size between `2 ** (16 - bias)` and `2 ** (bias - 4)`; beyond, fast code may stop short of 0 and
inf. They are what `tests/compiler/test_elementary.py` checks against mpmath, and what
`docs/compiler.md` prints.
"""

ULPS: dict[str, float] = {
    "exp": 1.5,
    "expm1": 2.5,
    "sinh": 2.5,
    "cosh": 2.0,
    "tanh": 3.0,
    "log": 1.0,
    "log1p": 1.5,
    "sin": 2.0,
    "cos": 2.0,
    "tan": 3.5,
    "asin": 2.0,
    "acos": 2.0,
    "atan": 2.0,
    "atan2": 2.0,
    "pow": 2.0,
    "erf": 1.5,
    "gelu": 6.0,
    "sigmoid": 3.0,
    "softplus": 2.5,
    "silu": 3.0,
    "elu": 2.0,
}

FAST_ULPS = {"float64": 2.0**17, "float32": 2.0**5}
