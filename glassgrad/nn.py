"""Networks: a neuron is a weighted sum and an activation, a layer is a list of neurons.

>>> model = MLP(3, [4, 4, 1])  # 3 inputs, two hidden layers of 4 neurons, one output
>>> len(model.parameters())
41
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import sqrt
from reprlib import recursive_repr
from typing import Any

from .ops import TABLE, Primitive, number
from .ranges import positive
from .spelling import suggestion
from .value import Value


class Module:
    """Anything that has parameters; they are found by walking its attributes.

    A parameter is a leaf `Value` that stands in an attribute, or in a Module there, or in a list,
    tuple or dict of these. One that stands in several places counts once, under its first name.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(-1.0)
    ...
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> Line().state_dict()
    {'slope': 2.0, 'offset': -1.0}
    """

    def parameters(self) -> list[Value]:
        """The parameters, in the order in which the attributes were first set."""
        return [p for _, p in self.named_parameters()]

    def named_parameters(self) -> list[tuple[str, Value]]:
        """The parameters, each with the Python that reaches it: `layers[1].neurons[2].w[4]`."""
        names: dict[Value, str] = {}
        _name_leaves(self, "", names, set())
        return [(name, p) for p, name in names.items()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for p in self.parameters():
            p.grad = 0.0

    def state_dict(self) -> dict[str, float]:
        """The parameters as plain numbers, by name."""
        return {name: p.data for name, p in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter to its number in `state`. Where that fails, none has changed.

        Raises:
            ValueError: names are missing or unknown; says which, and what they are near to.
            TypeError: an entry is not a number; says which.
        """
        parameters = dict(self.named_parameters())
        _check_names(state.keys(), parameters.keys())
        numbers = [number(state[name], f"The entry {name!r}") for name in parameters]
        for p, data in zip(parameters.values(), numbers, strict=True):
            p.data = data

    @recursive_repr()
    def __repr__(self) -> str:
        lines = [f"{self._written()}, {_counted(len(self.parameters()), 'parameter')}"]
        lines += [f"{path}: {part!r}" for path, part in _parts(self) if isinstance(part, Module)]
        return "\n".join(lines).replace("\n", "\n  ")

    def _written(self) -> str:
        return type(self).__name__


class Neuron(Module):
    """A weighted sum of the inputs, plus a bias, through an activation.

    Args:
        nin: the number of inputs.
        activation: an operation of one input, `"tanh"` or `gg.tanh`; `"linear"` for none.
        init: how the weights are drawn, each from uniform(-limit, limit):
            "uniform": limit = 1, and the bias is drawn likewise (the others set it to 0);
            "glorot": limit = sqrt(6 / (nin + nout)), which keeps signals and gradients of one
                size from layer to layer under tanh (Glorot and Bengio 2010, equation 16);
            "he": limit = sqrt(6 / nin), the same for relu (He et al. 2015, equation 10);
            "zero": limit = 0.
        rng: draws the numbers; by default Python's own `random`, so that `random.seed` holds.
        bias: the bias at the start, in place of what `init` says.
        nout: the number of neurons in the layer, which "glorot" asks for.

    Raises:
        ValueError: an activation or init of this name does not exist; says the nearest one.
    """

    def __init__(
        self,
        nin: int,
        activation: str | Primitive = "tanh",
        init: str = "uniform",
        rng: random.Random | None = None,
        *,
        bias: float | None = None,
        nout: int = 1,
    ) -> None:
        nin = positive("nin", nin)
        uniform = rng.uniform if rng else random.uniform
        limit = _limit(init, nin, nout)
        self.w = [Value(uniform(-limit, limit)) for _ in range(nin)]
        if bias is None:
            bias = uniform(-limit, limit) if init == "uniform" else 0.0
        self.b = Value(bias)
        self.activation = _activation(activation)

    def __call__(self, x: Sequence[Any], *more: Any) -> Any:
        """The output for one sample: `nin` numbers or Values."""
        if more:
            raise _one_by_one(x, *more)
        x = x if hasattr(x, "__len__") else [x]  # a layer of one neuron gives no list
        if len(x) != len(self.w):
            raise ValueError(
                f"{self._written()} takes {_counted(len(self.w), 'input')}, one for each weight, "
                f"but {len(x)} came. Call a network with one sample at a time."
            )
        # w * x + b
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return act if self.activation == "linear" else getattr(act, self.activation)()

    def _written(self) -> str:
        return f"Neuron({len(self.w)}, {self.activation!r})"


class Layer(Module):
    """A list of neurons, all on the same inputs. The arguments are those of `Neuron`."""

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: str | Primitive = "tanh",
        init: str = "uniform",
        rng: random.Random | None = None,
        *,
        bias: float | None = None,
    ) -> None:
        self.neurons = [
            Neuron(nin, activation, init, rng, bias=bias, nout=nout)
            for _ in range(positive("nout", nout))
        ]

    def __call__(self, x: Sequence[Any], *more: Any) -> Any:
        """The outputs of the neurons: a list, or the bare `Value` where there is one."""
        if more:
            raise _one_by_one(x, *more)
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def __repr__(self) -> str:
        return f"{self._written()}, {_counted(len(self.parameters()), 'parameter')}"

    def _written(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)}, {len(self.neurons)}, {first.activation!r})"


class MLP(Module):
    """A multi-layer perceptron: a list of layers, each on the outputs of the one before.

    Args:
        nin: the number of inputs.
        nouts: the number of neurons in each layer; the last layer's are the outputs.
        activation: that of all layers, or a list of one for each.
        init: as for `Neuron`, and likewise `rng` and `bias`.
        rng: see `init`.
        bias: see `init`.

    Raises:
        ValueError: there is no layer, or not one activation for each.
        TypeError: `nouts` is a number, or an activation a plain function.

    >>> MLP(2, [16, 16, 1], activation=["relu", "relu", "linear"], bias=0.0)
    MLP(2, [16, 16, 1]), 337 parameters
      layers[0]: Layer(2, 16, 'relu'), 48 parameters
      layers[1]: Layer(16, 16, 'relu'), 272 parameters
      layers[2]: Layer(16, 1, 'linear'), 17 parameters
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: str | Primitive | Sequence[str | Primitive] = "tanh",
        init: str = "uniform",
        rng: random.Random | None = None,
        *,
        bias: float | None = None,
    ) -> None:
        if isinstance(nouts, int):
            raise TypeError(
                "nouts is a list, the number of neurons in each layer, but a number came. "
                f"Write MLP({nin}, [{nouts}])."
            )
        if isinstance(activation, str) or not isinstance(activation, Sequence):
            activation = [activation] * len(nouts)
        if not nouts or len(activation) != len(nouts):
            raise ValueError(
                "An MLP needs a layer, and one activation or as many as layers, but "
                f"nouts={list(nouts)} and activation={list(activation)} came."
            )
        sz = [nin, *nouts]
        self.layers = [
            Layer(sz[i], sz[i + 1], activation[i], init, rng, bias=bias) for i in range(len(nouts))
        ]

    def __call__(self, x: Sequence[Any], *more: Any) -> Any:
        """The outputs for one sample: a list, or the bare `Value` where there is one."""
        if more:
            raise _one_by_one(x, *more)
        for layer in self.layers:
            x = layer(x)
        return x

    @property
    def sizes(self) -> list[int]:
        """The number of inputs, then of neurons in each layer."""
        return [len(self.layers[0].neurons[0].w), *(len(layer.neurons) for layer in self.layers)]

    @property
    def activations(self) -> list[str]:
        """The activation of each layer."""
        return [layer.neurons[0].activation for layer in self.layers]

    def _written(self) -> str:
        return f"MLP({self.sizes[0]}, {self.sizes[1:]})"


def _one_by_one(*inputs: Any) -> TypeError:
    numbers = [getattr(x, "data", x) for x in inputs]
    return TypeError(f"Call a network with one list of its inputs: n({numbers!r:.60}).")


def _limit(init: str, nin: int, nout: int) -> float:
    limits = {
        "uniform": 1.0,
        "glorot": sqrt(6.0 / (nin + nout)),
        "he": sqrt(6.0 / nin),
        "zero": 0.0,
    }
    if init not in limits:
        raise ValueError(_unknown("init", init, limits))
    return limits[init]


def _activation(given: str | Primitive) -> str:
    name = given.name if isinstance(given, Primitive) else given
    if not isinstance(name, str):
        raise TypeError(
            "activation is a name such as 'tanh' or an operation such as gg.tanh, but "
            f"a {type(name).__name__} came. gg.primitive makes an operation of a function."
        )
    known = ["linear", *(row.name for row in TABLE.values() if row.arity == 1)]
    if name not in known:
        raise ValueError(_unknown("activation", name, known))
    return name


def _unknown(what: str, name: Any, known: Iterable[str]) -> str:
    hint = suggestion(str(name), known) or f" There are {', '.join(known)}."
    return f"There is no {what} {name!r}.{hint}"


def _check_names(given: Collection[str], wanted: Collection[str]) -> None:
    missing = [name for name in wanted if name not in given]
    unknown = [name for name in given if name not in wanted]
    if missing or unknown:
        lines = [f"missing: {name!r}" for name in missing[:3]]
        lines += [f"unknown: {name!r}.{suggestion(name, missing)}" for name in unknown[:3]]
        raise ValueError(
            f"The state does not fit this network of {_counted(len(wanted), 'parameter')}: "
            f"{len(missing)} missing, {len(unknown)} unknown. The first are\n  "
            + "\n  ".join(lines)
        )


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _name_leaves(module: Module, prefix: str, names: dict[Value, str], seen: set[int]) -> None:
    seen.add(id(module))
    for path, part in _parts(module):
        if isinstance(part, Value):
            if not part._prev:  # an output that is kept in an attribute is no parameter
                names.setdefault(part, prefix + path)
        elif id(part) not in seen:
            _name_leaves(part, f"{prefix}{path}.", names, seen)


def _parts(module: Module) -> Iterator[tuple[str, Value | Module]]:
    """The Values and Modules in the attributes, each with its path; not those inside of Modules."""
    for name, attribute in vars(module).items():
        yield from _unpacked(attribute, name)


def _unpacked(thing: Any, path: str) -> Iterator[tuple[str, Value | Module]]:
    if isinstance(thing, (Value, Module)):
        yield path, thing
    elif isinstance(thing, (list, tuple)):
        for i, part in enumerate(thing):
            yield from _unpacked(part, f"{path}[{i}]")
    elif isinstance(thing, dict):
        for key, part in thing.items():
            yield from _unpacked(part, f"{path}[{key!r}]")
