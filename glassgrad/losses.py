"""Losses: how wrong the output for one sample is, as a number to bring down.

Each takes what a network gives for one sample, a `Value` or a list of them, and the target. Over a
batch, add them up as the lecture does, or take their mean:

>>> outputs, targets = [0.5, -2.0], [1.0, -1.0]
>>> sum(squared(o, t) for o, t in zip(outputs, targets))
1.25
>>> mean_loss(squared, outputs, targets)
0.625

Where one sample has several outputs, the loss is the mean over them. All are written in the table's
operations, so they take plain numbers too, and stay exact for finite logits of any size.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .functions import dot, logsumexp, mean, total
from .ops import Operand, eq, minimum, relu, softplus

Loss = Callable[[Any, Any], Any]


def squared(output: Any, target: Any) -> Any:
    """The squared difference, `(output - target) ** 2`.

    Raises:
        ValueError: outputs and targets differ in number; says both. So do the losses below.
    """
    return _over_outputs(lambda o, t: (o - t) * (o - t), output, target)


def absolute(output: Any, target: Any) -> Any:
    """The distance, `|output - target|`: an outlier pulls no harder than any other sample."""
    return _over_outputs(lambda o, t: abs(o - t), output, target)


def huber(output: Any, target: Any, delta: float = 1.0) -> Any:
    """Half the squared difference within `delta`, and from there on a straight line.

    Source: Huber 1964, "Robust estimation of a location parameter".

    Raises:
        ValueError: `delta` is not positive.
    """
    if not delta > 0.0:
        raise ValueError(f"huber turns into a line at a positive delta, but {delta} came.")

    def one(o: Any, t: Any) -> Any:
        distance = abs(o - t)
        bent = minimum(distance, delta)
        return bent * (distance - 0.5 * bent)

    return _over_outputs(one, output, target)


def hinge(output: Any, target: Any) -> Any:
    """How far the output falls short of 1 on the side of its label: `max(0, 1 - target * output)`.

    Args:
        output: the score; its sign is the prediction.
        target: -1 or +1.

    Raises:
        ValueError: the target is another number.
    """

    def one(o: Any, t: Any) -> Any:
        if not isinstance(t, Operand) and t not in (-1, 1):
            raise ValueError(
                f"hinge takes the labels -1 and +1, but {t!r} came. "
                "Write 2 * y - 1 for a label y of 0 or 1."
            )
        return relu(1.0 - t * o)

    return _over_outputs(one, output, target)


def binary_cross_entropy(logit: Any, target: Any) -> Any:
    """How much the label surprises: `-log(p)` for 1 and `-log(1 - p)` for 0, `p = sigmoid(logit)`.

    Args:
        logit: the output, any finite number; that of a linear layer.
        target: 0 or 1, or a probability between.

    Raises:
        ValueError: the target is another number.
    """

    def one(z: Any, t: Any) -> Any:
        if not isinstance(t, Operand) and not 0 <= t <= 1:
            raise ValueError(
                f"binary_cross_entropy takes the labels 0 and 1, but {t!r} came. "
                "Write (y + 1) / 2 for a label y of -1 or +1."
            )
        return t * softplus(-z) + (1 - t) * softplus(z)  # softplus(-z) is -log(sigmoid(z))

    return _over_outputs(one, logit, target)


def cross_entropy(logits: Sequence[Any], label: int) -> Any:
    """How much the label surprises: `-log(softmax(logits)[label])`.

    Args:
        logits: one output for each class, any finite numbers; those of a linear layer.
        label: the index of the right class.

    Raises:
        TypeError: the label is not a whole number, or the logits are not a list.
        ValueError: the label is not the index of a class; says the bounds.
    """
    if not hasattr(logits, "__len__"):
        raise TypeError(
            "cross_entropy takes a list of logits, one for each class, but a single output came. "
            "Give the network two outputs, or take binary_cross_entropy."
        )
    if isinstance(label, Operand):  # while a step is traced, there is no number to check or index
        return logsumexp(logits) - _chosen(logits, label)
    try:
        index = operator.index(label)
    except TypeError:
        raise TypeError(
            f"A label is the index of its class, a whole number from 0 to {len(logits) - 1}, "
            f"but {label!r} ({type(label).__name__}) came."
        ) from None
    if not 0 <= index < len(logits):
        raise ValueError(
            f"The label {label} is outside of 0 to {len(logits) - 1}: there are {len(logits)} "
            "logits, one for each class."
        )
    return logsumexp(logits) - logits[index]


def _chosen(logits: Sequence[Any], label: Operand) -> Any:
    """The logit at a traced index; nan where there is none."""
    is_it = [eq(label, float(i)) for i in range(len(logits))]
    return dot(is_it, logits) / total(is_it)


def mean_loss(loss: Loss, outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """The mean of `loss` over the samples of a batch.

    Args:
        loss: any function of the output and the target of one sample.
        outputs: what the network gives for each sample.
        targets: as many.

    Raises:
        ValueError: there are no samples, or not one target for each output. An error that `loss`
            raises gets a note that says at which sample.
    """
    if len(outputs) != len(targets):
        raise ValueError(f"{len(outputs)} outputs came, but {len(targets)} targets.")
    losses = []
    for i, (output, target) in enumerate(zip(outputs, targets, strict=True)):
        try:
            losses.append(loss(output, target))
        except (TypeError, ValueError) as error:
            error.add_note(f"This is sample {i} of a batch of {len(outputs)}, counted from 0.")
            raise
    return mean(losses)


def l1(parameters: Iterable[Any]) -> Any:
    """The sum of the absolute values: a penalty that brings weights to exactly 0."""
    return total(abs(p) for p in parameters)


def l2(parameters: Iterable[Any]) -> Any:
    """The sum of the squares: a penalty that keeps weights small."""
    ps = list(parameters)
    return dot(ps, ps)


def _over_outputs(one: Loss, output: Any, target: Any) -> Any:
    """The mean of `one` over the outputs of a sample; a bare output counts as a list of one."""
    outputs, targets = _listed(output), _listed(target)
    if len(outputs) != len(targets):
        raise ValueError(
            f"A sample has as many targets as outputs, but {len(outputs)} outputs and "
            f"{len(targets)} targets came. For a batch take mean_loss."
        )
    losses = [one(o, t) for o, t in zip(outputs, targets, strict=True)]
    return losses[0] if len(losses) == 1 else mean(losses)


def _listed(x: Any) -> Sequence[Any]:
    return x if hasattr(x, "__len__") else [x]
