"""The table's functions on whole vectors of any width, without branches.

One number is a vector of one lane, so that a result does not depend on how loops were cut.
`ULPS` states how far each may be off over its whole range.
"""

from .activations import elu, sigmoid, silu, softplus
from .arcs import acos, asin, atan, atan2
from .error_function import erf, gelu
from .exponential import cosh, exp, expm1, sinh, tanh
from .logarithm import log, log1p
from .power import power
from .trigonometry import cos, sin, tan
from .vector import Function, Vector

__all__ = ["ELEMENTARY", "Vector"]

_EVERY: tuple[Function, ...] = (
    *(exp, expm1, sinh, cosh, tanh, log, log1p),
    *(sin, cos, tan, asin, acos, atan, atan2),
    *(erf, gelu, sigmoid, softplus, silu, elu),
)

ELEMENTARY: dict[str, Function] = {
    "pow": power,
    **{function.__name__: function for function in _EVERY},
}
