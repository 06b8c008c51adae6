"""glassgrad: neural networks in which every number can be seen.

    import glassgrad as gg

Names are looked up on first use, so that importing the package costs next to nothing.
"""

from importlib import import_module

TYPE_CHECKING = False  # as in `typing`, whose import would be most of this package's
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_MODULES = (
    "data",
    "draw",
    "explore",
    "functions",
    "losses",
    "nn",
    "numeric",
    "ops",
    "optim",
    "transforms",
)
_HOMES = {
    "ops": (
        "acos asin atan atan2 clip cos cosh elu erf exp expm1 floor gelu leaky_relu log log1p "
        "maximum minimum primitive relu sigmoid sign silu sin sinh softplus sqrt tan tanh where"
    ),
    "value": "Value",
    "backward": "topological",
    "modes": "AnomalyError detect_anomaly no_grad",
    "functions": "dot log_softmax logsumexp mean softmax take",
    "transforms": "grad hessian jacobian jvp value_and_grad vjp",
    "numeric": "check_grad numeric_derivative sweep",
    "compiler": "TraceError compile",
    "nn": "MLP Layer Module Neuron",
    "training": "fit",
    "model_file": "load_model save_model",
}
_HOME = {name: (module, name) for module, names in _HOMES.items() for name in names.split()}
_HOME |= {"abs": ("ops", "absolute"), "pow": ("ops", "power")}

# Methods that are looked for here, and where they are.
_METHODS = {
    "backward": "value.backward()",
    "parameters": "model.parameters()",
    "zero_grad": "model.zero_grad() or value.zero_grad()",
}

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name: str) -> "Any":
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOME:
        from .spelling import nearest

        meant = _METHODS.get(name) or nearest(name, __all__)
        hint = f" Did you mean {meant}?" if meant else ""
        raise AttributeError(f"glassgrad has no name {name!r}.{hint}")
    module, attribute = _HOME[name]
    found = globals()[name] = getattr(import_module(f".{module}", __name__), attribute)
    return found


def __dir__() -> list[str]:
    return __all__.copy()
