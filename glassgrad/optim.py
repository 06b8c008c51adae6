"""Optimisers, which move parameters against their gradients, and schedules of the learning rate.

All is plain arithmetic on `data` and `grad`, with PyTorch's formulas and defaults. What an
optimiser remembers of earlier steps stands in lists, one float for each parameter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from .functions import total
from .nested import with_article
from .ops import (
    Operand,
    absolute,
    clip,
    cos,
    eq,
    floor,
    lt,
    maximum,
    minimum,
    number,
    power,
    sqrt,
    where,
)
from .ranges import positive, within
from .value import Value

Schedule = Callable[[int], float]  # the number of steps already done -> the learning rate


class Optimiser:
    """What every optimiser has: parameters, a learning rate `lr` and the count of steps `t`.

    Args:
        parameters: leaf Values, as `model.parameters()` gives them.
        lr: a number, or a schedule such as `lambda t: 1.0 - 0.9 * t / 100`.

    Raises:
        TypeError: a parameter is not a Value.
        ValueError: there is no parameter, or one twice, or one that is computed from others; or a
            setting is out of its range. Says which.
    """

    memory: ClassVar[tuple[str, ...]] = ()  # the attributes with a float for each parameter

    def __init__(self, parameters: Iterable[Value], lr: float | Schedule) -> None:
        self.parameters = _leaves(parameters)
        self.lr = lr if callable(lr) else within("lr", lr)
        self.t = 0
        for name in self.memory:
            setattr(self, name, [0.0] * len(self.parameters))

    def step(self) -> None:
        """Move every parameter once.

        Raises:
            ValueError: the schedule gives a rate below 0, infinite or nan; says after how many
                steps. Nothing has moved.
        """
        self.move(self.rate())

    def rate(self, ahead: int = 0) -> float:
        """The learning rate of the next step, or so many steps later; raises as `step` does."""
        lr = self.lr
        if callable(lr):
            done = self.t + ahead
            lr = lr(done)
            if not isinstance(lr, Operand):  # while a step is traced, there is no number to check
                lr = within(f"The rate that the schedule gives after {done} steps", lr)
        return lr

    def move(self, lr: float) -> None:
        """Move every parameter once, at this rate."""
        self.t += 1
        self._move(lr)

    def _move(self, lr: float) -> None:
        raise NotImplementedError(f"{type(self).__name__} must say how it moves its parameters.")

    def __repr__(self) -> str:
        hidden = {"parameters", *self.memory}
        shown = [f"{name}={x!r}" for name, x in vars(self).items() if name not in hidden]
        return f"{type(self).__name__}(parameters={len(self.parameters)}, {', '.join(shown)})"

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for p in self.parameters:
            p.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """What the steps so far have left behind, ready for JSON; the settings are not in it."""
        memory = {name: list(getattr(self, name)) for name in self.memory}
        return {"optimiser": type(self).__name__, "t": self.t, **memory}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken. Where that fails, nothing has changed.

        Raises:
            ValueError: `state` is of another optimiser or number of parameters; says what differs.
            TypeError: an entry is not a number.
        """
        own = self.state_dict()
        if state.keys() != own.keys() or state["optimiser"] != own["optimiser"]:
            raise ValueError(
                f"This {own['optimiser']} needs a state with {', '.join(own)}; one of "
                f"{state.get('optimiser')} with {', '.join(state)} came."
            )
        memory = {name: [number(x, f"Each of {name}") for x in state[name]] for name in self.memory}
        for name, numbers in memory.items():
            if len(numbers) != len(self.parameters):
                raise ValueError(
                    f"There are {len(self.parameters)} parameters, but the state has "
                    f"{len(numbers)} numbers in {name}."
                )
        self.t = int(within("t", state["t"]))
        for name, numbers in memory.items():  # in place, where compiled steps look for it
            getattr(self, name)[:] = numbers


class SGD(Optimiser):
    """Stochastic gradient descent, with momentum where asked for.

        g = grad + weight_decay * data
        velocity = momentum * velocity + g
        data -= lr * velocity

    With `nesterov`, the last line has `g + momentum * velocity` in place of `velocity`.

    Source: Sutskever et al. 2013, "On the importance of initialization and momentum".
    """

    memory = ("velocity",)
    velocity: list[float]

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 1e-3,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = within("momentum", momentum, 1.0)
        self.nesterov = nesterov
        self.weight_decay = within("weight_decay", weight_decay)
        if nesterov and not momentum:
            raise ValueError("nesterov is a form of momentum: give a momentum such as 0.9 too.")

    def _move(self, lr: float) -> None:
        for i, p in enumerate(self.parameters):
            g = p.grad + self.weight_decay * p.data
            if self.momentum:
                v = self.velocity[i] = self.momentum * self.velocity[i] + g
                g = g + self.momentum * v if self.nesterov else v
            p.data -= lr * g


class Adam(Optimiser):
    """Steps of about `lr` whatever the size of the gradients.

        g = grad + weight_decay * data
        m = beta1 * m + (1 - beta1) * g            the mean of the gradients
        v = beta2 * v + (1 - beta2) * g ** 2       the mean of their squares
        data -= lr * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + eps)

    Source: Kingma and Ba 2015, algorithm 1.
    """

    memory = ("m", "v")
    m: list[float]
    v: list[float]

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.betas = within("betas[0]", betas[0], 1.0), within("betas[1]", betas[1], 1.0)
        self.eps = within("eps", eps)
        self.weight_decay = within("weight_decay", weight_decay)

    def _move(self, lr: float) -> None:
        self._adapt(lr, [p.grad + self.weight_decay * p.data for p in self.parameters])

    def _adapt(self, lr: float, gradients: list[float]) -> None:
        beta1, beta2 = self.betas
        # Both means start at 0; these undo how far that still pulls them down.
        scale1, scale2 = 1.0 - beta1**self.t, 1.0 - beta2**self.t
        for i, (p, g) in enumerate(zip(self.parameters, gradients, strict=True)):
            m = self.m[i] = beta1 * self.m[i] + (1.0 - beta1) * g
            v = self.v[i] = beta2 * self.v[i] + (1.0 - beta2) * g * g
            p.data -= lr * (m / scale1) / (sqrt(v / scale2) + self.eps)


class AdamW(Adam):
    """Adam, with the weight decay taken off the parameters and not put into the gradients.

        data -= lr * weight_decay * data, before Adam's step with g = grad

    Source: Loshchilov and Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _move(self, lr: float) -> None:
        for p in self.parameters:
            p.data -= lr * self.weight_decay * p.data
        self._adapt(lr, [p.grad for p in self.parameters])


class RMSprop(Optimiser):
    """Divides each gradient by the size that it had of late.

        g = grad + weight_decay * data
        square = alpha * square + (1 - alpha) * g ** 2
        velocity = momentum * velocity + g / (sqrt(square) + eps)
        data -= lr * velocity

    Source: Hinton 2012, "Neural networks for machine learning", lecture 6e.
    """

    memory = ("square", "velocity")
    square: list[float]
    velocity: list[float]

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha = within("alpha", alpha, 1.0)
        self.eps = within("eps", eps)
        self.weight_decay = within("weight_decay", weight_decay)
        self.momentum = within("momentum", momentum, 1.0)

    def _move(self, lr: float) -> None:
        for i, p in enumerate(self.parameters):
            g = p.grad + self.weight_decay * p.data
            s = self.square[i] = self.alpha * self.square[i] + (1.0 - self.alpha) * g * g
            step = g / (sqrt(s) + self.eps)
            v = self.velocity[i] = self.momentum * self.velocity[i] + step
            p.data -= lr * v


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients together so that their norm is at most `max_norm`.

    Returns:
        The norm as it was: the root of the sum of the squares.
    """
    ps = list(parameters)
    norm: float = _length([p.grad for p in ps])
    scale = minimum(1.0, within("max_norm", max_norm) / (norm + 1e-6))
    for p in ps:
        p.grad *= scale
    return norm


def clip_grad_value(parameters: Iterable[Value], limit: float) -> None:
    """Bring each gradient to within `-limit` and `limit`."""
    limit = within("limit", limit)
    for p in parameters:
        p.grad = clip(p.grad, -limit, limit)


def constant(lr: float) -> Schedule:
    """Always `lr`."""
    lr = within("lr", lr)
    return lambda _: lr


def step_decay(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """`lr`, times `factor` after each `every` steps."""
    lr, every, factor = within("lr", lr), positive("every", every), within("factor", factor)
    return lambda t: lr * power(factor, floor(t / every))


def cosine(lr: float, steps: int, low: float = 0.0) -> Schedule:
    """From `lr` down to `low` along half a cosine wave of `steps` steps; `low` from there on.

    Source: Loshchilov and Hutter 2017, "SGDR", equation 5.
    """
    lr, steps, low = within("lr", lr), positive("steps", steps), within("low", low)
    return lambda t: low + (lr - low) * 0.5 * (1.0 + cos(math.pi * minimum(t / steps, 1.0)))


def warm_up(then: float | Schedule, steps: int) -> Schedule:
    """Up to the schedule's first rate in `steps` equal stairs; then the schedule from its start.

    >>> schedule = warm_up(step_decay(0.8, every=2, factor=0.5), steps=4)
    >>> [schedule(t) for t in range(8)]
    [0.2, 0.4, 0.6000000000000001, 0.8, 0.8, 0.8, 0.4, 0.4]

    Source: Goyal et al. 2017, "Accurate, large minibatch SGD", section 2.2.
    """
    schedule = then if callable(then) else constant(then)
    steps = positive("steps", steps)

    def rate(t: Any) -> Any:
        stair = schedule(0) * (t + 1) / steps
        if isinstance(t, Operand):  # a traced count: both are written down, and one is taken
            return where(lt(t, steps), stair, schedule(maximum(t - steps, 0.0)))
        return stair if t < steps else schedule(t - steps)

    return rate


def _length(numbers: Sequence[Any]) -> Any:
    """The root of the sum of the squares; no square of a large number overflows."""
    if not any(isinstance(x, Operand) for x in numbers):
        return math.hypot(*numbers)
    size = total(map(absolute, numbers))
    unit = where(eq(size, 0.0), 1.0, size)
    return unit * sqrt(total((x / unit) ** 2 for x in numbers))


def _leaves(parameters: Any) -> list[Value]:
    leaves = list(parameters) if isinstance(parameters, Iterable) else [parameters]
    if not leaves:
        raise ValueError("An optimiser needs parameters to move, but none came.")
    for p in leaves:
        if not isinstance(p, Value):
            raise TypeError(
                f"An optimiser moves Values, but {with_article(type(p).__name__)} came. "
                "Write model.parameters() for those of a network."
            )
        if p._prev:
            raise ValueError(f"{p!r} is computed from other Values. Move those in its place.")
    if len(set(leaves)) < len(leaves):
        raise ValueError("A parameter came twice, and would be moved twice in a step.")
    return leaves
