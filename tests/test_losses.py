import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp, mpf

from glassgrad import Value, losses
from glassgrad.losses import (
    absolute,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    huber,
    l1,
    l2,
    mean_loss,
    squared,
)

HOSTILE = [-1000.0, -745.2, -40.0, -3.7, -1e-9, 0.0, 0.6, 36.5, 710.0, 1000.0]
ROWS = [
    [0.0, 3.0, -2.0, 1.0],
    [1000.0, -1000.0, 0.0],
    [-1000.0, -1000.0, -999.0],
    [1000.0, 1000.0 + 1e-9, 500.0],
    [40.0, 0.0],
    [1e-12, -1e-12],
]
OF_ONE = [squared, absolute, huber, hinge, binary_cross_entropy]


def value_and_slope(loss: Callable[..., Any], output: float, target: float) -> tuple[float, float]:
    """Return the loss and its slope along the output."""
    o = Value(output)
    out = loss(o, target)
    out.backward()
    return out.data, o.grad


@pytest.mark.parametrize(
    ("loss", "output", "target", "expected", "slope"),
    [
        (squared, 2.5, -1.0, 12.25, 7.0),
        (squared, 1e200, 0.0, math.inf, 2e200),
        (absolute, 2.5, -1.0, 3.5, 1.0),
        (absolute, -2.5, -1.0, 1.5, -1.0),
        (absolute, 1.5, 1.5, 0.0, 0.0),
        (huber, 0.25, 1.0, 0.28125, -0.75),
        (huber, 2.5, -1.0, 3.0, 1.0),
        (huber, -2.5, -1.0, 1.0, -1.0),
        (huber, -2.0, -1.0, 0.5, -1.0),
        (huber, 1.5, 1.5, 0.0, 0.0),
        (huber, -1e200, 0.0, 1e200, -1.0),
        (hinge, 0.25, 1, 0.75, -1.0),
        (hinge, 0.25, -1, 1.25, 1.0),
        (hinge, -3.0, -1, 0.0, 0.0),
        (hinge, 1.0, 1, 0.0, 0.0),
        (hinge, -1000.0, 1, 1001.0, -1.0),
    ],
)
def test_losses_worked_by_hand(
    loss: Callable[..., Any], output: float, target: float, expected: float, slope: float
) -> None:
    """The loss and its slope along the output are those of its formula, at the kinks too."""
    assert value_and_slope(loss, output, target) == (expected, slope)
    assert loss(output, target) == expected


def test_huber_bends_at_delta() -> None:
    """With delta 2, a distance of 1.5 costs 1.125 and one of 3 costs 2*(3 - 1)."""
    assert value_and_slope(lambda o, t: huber(o, t, 2.0), 1.5, 0.0) == (1.125, 1.5)
    assert value_and_slope(lambda o, t: huber(o, t, delta=2.0), 3.0, 0.0) == (4.0, 2.0)


@pytest.mark.parametrize("z", HOSTILE)
@pytest.mark.parametrize("target", [0, 1, 0.3, 0.9375])
def test_binary_cross_entropy_at_hostile_logits(z: float, target: float) -> None:
    """It is right to 13 digits however sure the network is, and so is its slope p - target."""
    value, slope = value_and_slope(binary_cross_entropy, z, target)
    with mp.workdps(900):
        p, t = 1 / (1 + mp.exp(-mpf(z))), mpf(target)
        expected, expected_slope = -t * mp.log(p) - (1 - t) * mp.log(1 - p), p - t
    assert value == pytest.approx(float(expected), rel=1e-13, abs=1e-320)
    cancelled = 2e-16 if target not in (0, 1) else 1e-320
    assert slope == pytest.approx(float(expected_slope), rel=1e-13, abs=cancelled)


@pytest.mark.parametrize("logits", ROWS, ids=str)
def test_cross_entropy_at_hostile_logits(logits: list[float]) -> None:
    """For every label it is -log(p[label]), and its gradient p - 1 at the label, p elsewhere."""
    with mp.workdps(900):
        parts = [mp.exp(mpf(x)) for x in logits]
        p = [part / sum(parts) for part in parts]
        surprises = [-mp.log(share) for share in p]
    for label, surprise in enumerate(surprises):
        values = [Value(x) for x in logits]
        out = cross_entropy(values, label)
        out.backward()
        assert out.data == pytest.approx(float(surprise), rel=1e-13, abs=3e-13)
        expected = [float(share - (i == label)) for i, share in enumerate(p)]
        assert [value.grad for value in values] == pytest.approx(expected, rel=1e-12, abs=4e-16)
        assert cross_entropy(logits, label) == out.data


def test_cross_entropy_of_the_lecture() -> None:
    """The exercise's gradients for logits 0, 3, -2, 1 and label 3."""
    values = [Value(x) for x in (0.0, 3.0, -2.0, 1.0)]
    cross_entropy(values, 3).backward()
    expected = [
        0.041772570515350445,
        0.8390245074625319,
        0.005653302662216329,
        -0.8864503806400986,
    ]
    assert [value.grad for value in values] == pytest.approx(expected, rel=1e-14)


def test_two_classes_or_one_logit() -> None:
    """Cross-entropy of logits 0 and z is binary cross-entropy of z."""
    for z in (-4.0, 0.7, 9.0):
        assert cross_entropy([0.0, z], 1) == pytest.approx(binary_cross_entropy(z, 1), rel=1e-12)


@pytest.mark.parametrize("loss", OF_ONE)
def test_several_outputs_give_their_mean(loss: Callable[..., Any]) -> None:
    """For lists of outputs and targets the loss is the mean over the pairs."""
    outputs, targets = [0.3, -1.7, 2.2], [1, 1, 1]
    each = [loss(o, t) for o, t in zip(outputs, targets, strict=True)]
    values = [Value(o) for o in outputs]
    assert loss(values, targets).data == pytest.approx(math.fsum(each) / 3, rel=1e-15)


@pytest.mark.parametrize("loss", OF_ONE)
def test_one_output_in_a_list(loss: Callable[..., Any]) -> None:
    """A list of one counts as its one output, on either side."""
    assert loss([0.3], 1) == loss(0.3, [1]) == loss([0.3], [1]) == loss(0.3, 1)


def test_mean_loss_is_the_mean_over_samples() -> None:
    """Squared differences of 1.5, 0 and 3 have the mean 3.75."""
    assert mean_loss(squared, [Value(2.5), 1.0, [4.0]], [1.0, 1.0, [1.0]]).data == 3.75


def test_penalties() -> None:
    """l1 adds sizes, with the sign as gradient; l2 adds squares, with twice the number."""
    ps = [Value(1.5), Value(-0.25), Value(0.0)]
    out = l1(ps)
    out.backward()
    assert (out.data, [p.grad for p in ps]) == (1.75, [1.0, -1.0, 0.0])
    for p in ps:
        p.grad = 0.0
    out = l2(p for p in ps)
    out.backward()
    assert (out.data, [p.grad for p in ps]) == (2.3125, [3.0, -0.5, 0.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: squared([1.0, 2.0, 3.0], [1.0, 2.0]), ValueError, "3 outputs and 2 targets"),
        (lambda: huber([1.0, 2.0], 1.0), ValueError, "2 outputs and 1 targets"),
        (lambda: huber(1.0, 1.0, delta=0.0), ValueError, "positive delta, but 0.0 came"),
        (lambda: hinge(0.5, 0), ValueError, r"-1 and \+1, but 0 came. Write 2 \* y - 1"),
        (lambda: binary_cross_entropy(0.5, -1), ValueError, r"0 and 1, but -1 came. Write \(y"),
        (lambda: binary_cross_entropy(0.5, math.nan), ValueError, "but nan came"),
        (lambda: cross_entropy([1.0, 2.0, 3.0], 3), ValueError, "label 3 is outside of 0 to 2"),
        (lambda: cross_entropy([1.0, 2.0, 3.0], -1), ValueError, "label -1 is outside of 0 to 2"),
        (lambda: cross_entropy([1.0, 2.0], 1.0), TypeError, r"from 0 to 1, but 1.0 \(float\)"),
        (lambda: cross_entropy([1.0, 2.0], "b"), TypeError, r"from 0 to 1, but 'b' \(str\)"),
        (lambda: cross_entropy(Value(1.0), 0), TypeError, "take binary_cross_entropy"),
        (lambda: mean_loss(squared, [1.0, 2.0], [1.0]), ValueError, "2 outputs came, but 1 tar"),
        (lambda: mean_loss(squared, [], []), ValueError, "at least one number"),
    ],
)
def test_wrong_use_is_explained(
    call: Callable[[], Any], error: type[Exception], message: str
) -> None:
    """The message says what was expected and what came."""
    with pytest.raises(error, match=message):
        call()


def test_errors_in_a_batch_name_the_sample() -> None:
    """A bad label in a batch is reported with the position of its sample."""
    with pytest.raises(ValueError, match="label 2 is outside of 0 to 1") as caught:
        mean_loss(cross_entropy, [[0.5, 1.0]] * 4, [0, 1, 2, 1])
    assert caught.value.__notes__ == ["This is sample 2 of a batch of 4, counted from 0."]


@pytest.mark.torch
@pytest.mark.parametrize("name", [*(loss.__name__ for loss in OF_ONE), "cross_entropy"])
def test_losses_agree_with_pytorch(name: str) -> None:
    """Values and gradients are PyTorch's with its default reduction, out to logits of 1000."""
    import torch

    loss, F = getattr(losses, name), torch.nn.functional
    theirs = {
        "squared": F.mse_loss,
        "absolute": F.l1_loss,
        "huber": F.huber_loss,
        "hinge": lambda o, t: torch.clamp(1 - t * o, min=0).mean(),
        "binary_cross_entropy": F.binary_cross_entropy_with_logits,
        "cross_entropy": F.cross_entropy,
    }[name]
    rng = random.Random(0)
    for scale in (1.0, 30.0, 1000.0):
        rows = [[rng.uniform(-scale, scale) for _ in range(3)] for _ in range(5)]
        if name == "cross_entropy":
            targets: Any = [rng.randrange(3) for _ in rows]
        else:
            choices = {"hinge": [-1.0, 1.0], "binary_cross_entropy": [0.0, 1.0, 0.3]}
            pick = choices.get(name, [-2.0, 0.5, 7.25])
            targets = [[rng.choice(pick) for _ in row] for row in rows]
        outputs = [[Value(x) for x in row] for row in rows]
        ours = mean_loss(loss, outputs, targets)
        ours.backward()
        x = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
        y = torch.tensor(targets, dtype=torch.int64 if name == "cross_entropy" else x.dtype)
        expected = theirs(x, y)
        expected.backward()
        assert ours.data == pytest.approx(expected.item(), rel=1e-12)
        grads = [[o.grad for o in row] for row in outputs]
        for row, theirs_row in zip(grads, x.grad.tolist(), strict=True):
            assert row == pytest.approx(theirs_row, rel=1e-12, abs=1e-15)
