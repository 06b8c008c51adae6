import json
import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad import MLP, Value, optim
from glassgrad.optim import (
    SGD,
    Adam,
    AdamW,
    Optimiser,
    RMSprop,
    clip_grad_norm,
    clip_grad_value,
    constant,
    cosine,
    step_decay,
    warm_up,
)

SETTINGS: list[tuple[type[Optimiser], dict[str, Any]]] = [
    (SGD, {}),
    (SGD, {"lr": 0.1, "weight_decay": 0.03}),
    (SGD, {"lr": 0.05, "momentum": 0.9}),
    (SGD, {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02}),
    (Adam, {}),
    (Adam, {"lr": 0.03, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.05}),
    (AdamW, {}),
    (AdamW, {"lr": 0.03, "betas": (0.7, 0.99), "eps": 1e-5, "weight_decay": 0.2}),
    (RMSprop, {}),
    (RMSprop, {"lr": 0.02, "alpha": 0.9, "eps": 1e-4, "weight_decay": 0.05, "momentum": 0.6}),
]


def named(settings: list[tuple[type[Optimiser], dict[str, Any]]]) -> list[Any]:
    """Return the settings as parameters of a test, each under a readable name."""
    return [
        pytest.param(kind, given, id=f"{kind.__name__}-{','.join(given)}")
        for kind, given in settings
    ]


def take(optimiser: Optimiser, gradients: list[float]) -> list[float]:
    """Make one step along these gradients; return the parameters after it."""
    for p, g in zip(optimiser.parameters, gradients, strict=True):
        p.grad = g
    optimiser.step()
    return [p.data for p in optimiser.parameters]


# The formulas.


def test_sgd_of_the_notes() -> None:
    """Without settings a step is `p.data += -lr * p.grad`."""
    assert take(SGD([Value(2.0), Value(-1.0)], lr=0.1), [5.0, -2.5]) == [1.5, -0.75]


def test_momentum_worked_by_hand() -> None:
    """With momentum 0.5, gradients 4 and 2 move by 4 and then by 2 + 4/2."""
    optimiser = SGD([Value(10.0)], lr=1.0, momentum=0.5)
    assert take(optimiser, [4.0]) == [6.0]
    assert take(optimiser, [2.0]) == [2.0]


def test_nesterov_worked_by_hand() -> None:
    """It looks ahead by half the velocity: 4 + 4/2, and then 2 + (2 + 4/2)/2."""
    optimiser = SGD([Value(10.0)], lr=1.0, momentum=0.5, nesterov=True)
    assert take(optimiser, [4.0]) == [4.0]
    assert take(optimiser, [2.0]) == [0.0]


def test_rmsprop_worked_by_hand() -> None:
    """With alpha 3/4, a gradient of 2 has the mean square 1, so it moves by 2."""
    optimiser = RMSprop([Value(10.0)], lr=1.0, alpha=0.75, eps=0.0)
    assert take(optimiser, [2.0]) == [8.0]


@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize("gradient", [1e-3, -40.0, 1e9])
def test_adams_first_step_is_of_the_rates_size(kind: type[Adam], gradient: float) -> None:
    """Whatever the size of the gradient, the first step is `lr` against its sign."""
    moved = take(kind([Value(0.0)], lr=0.25), [gradient])
    assert moved == pytest.approx([math.copysign(0.25, -gradient)], rel=2e-5)


def test_adamw_shrinks_without_a_gradient() -> None:
    """With lr 0.5 and weight decay 0.1 a parameter loses a twentieth; under Adam it moves by lr."""
    assert take(AdamW([Value(8.0)], lr=0.5, weight_decay=0.1), [0.0]) == [7.6]
    moved = take(Adam([Value(8.0)], lr=0.5, weight_decay=0.1), [0.0])
    assert moved == pytest.approx([7.5], rel=1e-8)


def from_history(kind: type[Optimiser], given: dict[str, Any], gradients: list[float]) -> float:
    """Return where a parameter starting at 1.5 gets, by sums over all the gradients so far.

    This is each method without its running means: a mean that decays by b is the sum of
    b ** age * g over the gradients g, which is how the papers derive them.
    """
    x, history, steps = 1.5, [], []
    decay = given.get("weight_decay", 0.01 if kind is AdamW else 0.0)
    lr = given.get("lr", 1e-2 if kind is RMSprop else 1e-3)
    eps = given.get("eps", 1e-8)

    def faded(b: float, numbers: list[float]) -> float:
        return math.fsum(b**age * number for age, number in enumerate(reversed(numbers)))

    for t, gradient in enumerate(gradients, start=1):
        history.append(gradient + (0.0 if kind is AdamW else decay * x))
        squares = [g * g for g in history]
        if kind is SGD:
            mu = given.get("momentum", 0.0)
            velocity = faded(mu, history)
            x -= lr * (history[-1] + mu * velocity if given.get("nesterov") else velocity)
        elif kind is RMSprop:
            alpha = given.get("alpha", 0.99)
            steps.append(history[-1] / (math.sqrt((1 - alpha) * faded(alpha, squares)) + eps))
            x -= lr * faded(given.get("momentum", 0.0), steps)
        else:
            b1, b2 = given.get("betas", (0.9, 0.999))
            mean = faded(b1, history) / math.fsum(b1**age for age in range(t))
            square = faded(b2, squares) / math.fsum(b2**age for age in range(t))
            x = x * (1 - lr * decay) if kind is AdamW else x
            x -= lr * mean / (math.sqrt(square) + eps)
    return x


@pytest.mark.parametrize(("kind", "given"), named(SETTINGS))
def test_running_means_are_sums_over_history(kind: type[Optimiser], given: dict[str, Any]) -> None:
    """After thirty random gradients it is where the sums over all of them lead."""
    rng = random.Random(4)
    gradients = [rng.gauss(0.0, 2.0) for _ in range(30)]
    optimiser = kind([Value(0.3), Value(1.5)], **given)
    for g in gradients:
        moved = take(optimiser, [1.0, g])
    assert moved[1] == pytest.approx(from_history(kind, given, gradients), rel=1e-12)


@pytest.mark.parametrize(("kind", "given"), named(SETTINGS))
def test_every_optimiser_goes_downhill(kind: type[Optimiser], given: dict[str, Any]) -> None:
    """Two hundred steps bring (x - 3)**2 nearer to its minimum."""
    x = Value(2.0)
    optimiser = kind([x], **given)
    for _ in range(200):
        optimiser.zero_grad()
        ((x - 3.0) ** 2).backward()
        optimiser.step()
    assert abs(x.data - 3.0) < 0.9


def test_zero_grad_clears_its_parameters() -> None:
    """After zero_grad the gradients of its own parameters are 0, those of others are not."""
    own, other = Value(1.0), Value(2.0)
    (own * other).backward()
    SGD([own]).zero_grad()
    assert (own.grad, other.grad) == (0.0, 1.0)


# State.


@pytest.mark.parametrize(("kind", "given"), named(SETTINGS))
def test_resumed_run_has_the_same_bits(kind: type[Optimiser], given: dict[str, Any]) -> None:
    """Ten steps are five, a trip through JSON into a new optimiser, and five more."""
    rng = random.Random(8)
    gradients = [[rng.gauss(0.0, 1.0) for _ in range(3)] for _ in range(10)]
    whole = kind([Value(x) for x in (0.1, -2.0, 30.0)], **given)
    for row in gradients:
        expected = take(whole, row)

    first = kind([Value(x) for x in (0.1, -2.0, 30.0)], **given)
    for row in gradients[:5]:
        halfway = take(first, row)
    second = kind([Value(x) for x in halfway], **given)
    second.load_state_dict(json.loads(json.dumps(first.state_dict())))
    assert second.t == 5
    for row in gradients[5:]:
        resumed = take(second, row)
    assert resumed == expected
    assert second.state_dict() == whole.state_dict()


def test_state_is_a_copy() -> None:
    """A state taken earlier does not move with later steps."""
    optimiser = Adam([Value(1.0)], betas=(0.5, 0.75))
    take(optimiser, [2.0])
    before = optimiser.state_dict()
    take(optimiser, [3.0])
    assert before == {"optimiser": "Adam", "t": 1, "m": [1.0], "v": [1.0]}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"optimiser": "RMSprop"}, ValueError, "This Adam needs .* one of RMSprop"),
        ({"extra": 1}, ValueError, "with optimiser, t, m, v, extra came"),
        ({"m": [1.0]}, ValueError, "2 parameters, but the state has 1 numbers in m"),
        ({"v": [1.0, "2"]}, TypeError, "Each of v must be a real number"),
        ({"t": -1}, ValueError, "t must be at least 0"),
        ({"t": None}, TypeError, "t must be a real number"),
    ],
)
def test_state_that_does_not_fit(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    """The message says what is wrong, and nothing has changed."""
    optimiser = Adam([Value(1.0), Value(2.0)])
    take(optimiser, [0.5, -0.5])
    before = optimiser.state_dict()
    state = {"optimiser": "Adam", "t": 7, "m": [9.0, 9.0], "v": [9.0, 9.0], **changes}
    with pytest.raises(error, match=message):
        optimiser.load_state_dict(state)
    assert optimiser.state_dict() == before


# Clipping.


def test_clip_grad_norm_scales_all_together() -> None:
    """Gradients 3 and -4 of norm 5 are scaled by 2.5 / 5.000001, as PyTorch does it."""
    ps = [Value(0.0), Value(0.0)]
    ps[0].grad, ps[1].grad = 3.0, -4.0
    assert clip_grad_norm(iter(ps), 2.5) == 5.0
    assert [p.grad for p in ps] == pytest.approx([7.5 / 5.000001, -10 / 5.000001], rel=1e-15)


def test_clip_grad_norm_keeps_the_direction_of_huge_gradients() -> None:
    """Gradients of 1e200 have the norm 1e200 * sqrt(2), though their squares are infinite."""
    ps = [Value(0.0), Value(0.0)]
    ps[0].grad, ps[1].grad = 1e200, -1e200
    assert clip_grad_norm(ps, 1.0) == pytest.approx(1.4142135623730951e200, rel=1e-15)
    assert [p.grad for p in ps] == pytest.approx([math.sqrt(0.5), -math.sqrt(0.5)], rel=1e-15)


def test_clip_grad_norm_leaves_small_gradients_alone() -> None:
    """Below the limit not a bit changes."""
    ps = [Value(0.0), Value(0.0)]
    ps[0].grad, ps[1].grad = 0.3, -0.4
    assert clip_grad_norm(ps, 0.6) == pytest.approx(0.5, rel=1e-15)
    assert [p.grad for p in ps] == [0.3, -0.4]


@given(st.floats(-1e6, 1e6), st.floats(0.0, 1e6))
def test_clip_grad_value_is_a_bound(gradient: float, limit: float) -> None:
    """A gradient within the limit stays, one beyond it becomes the limit with its sign."""
    p = Value(0.0)
    p.grad = gradient
    clip_grad_value([p], limit)
    expected = gradient if abs(gradient) <= limit else math.copysign(limit, gradient)
    assert p.grad == expected


# Schedules.


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        (constant(0.3), {0: 0.3, 7: 0.3}),
        (step_decay(0.8, every=3, factor=0.5), {0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.2}),
        (step_decay(1.0, every=2), {1: 1.0, 2: 0.1, 4: 0.01}),
        (cosine(1.0, 6), {0: 1.0, 1: 0.5 + math.sqrt(3) / 4, 2: 0.75, 3: 0.5, 4: 0.25, 6: 0.0}),
        (cosine(0.9, 4, low=0.1), {0: 0.9, 2: 0.5, 4: 0.1, 5: 0.1, 100: 0.1}),
        (warm_up(0.8, 4), {0: 0.2, 1: 0.4, 3: 0.8, 4: 0.8, 50: 0.8}),
        (warm_up(cosine(1.0, 6), 2), {0: 0.5, 1: 1.0, 2: 1.0, 4: 0.75, 5: 0.5, 8: 0.0}),
    ],
)
def test_schedules_worked_by_hand(schedule: optim.Schedule, rates: dict[int, float]) -> None:
    """After so many steps the learning rate is this."""
    assert {t: schedule(t) for t in rates} == pytest.approx(rates, rel=1e-14, abs=1e-16)


def test_schedule_is_asked_for_each_step() -> None:
    """A step uses the rate for the steps done before it, also after a resumption."""
    optimiser = SGD([Value(10.0)], lr=lambda t: [1.0, 0.5, 0.25][t])
    assert [take(optimiser, [1.0]) for _ in range(2)] == [[9.0], [8.5]]
    resumed = SGD([Value(8.5)], lr=lambda t: [1.0, 0.5, 0.25][t])
    resumed.load_state_dict(optimiser.state_dict())
    assert take(resumed, [1.0]) == [8.25]


def test_rate_may_be_changed() -> None:
    """A number put into `lr` holds from the next step on."""
    optimiser = SGD([Value(10.0)], lr=1.0)
    take(optimiser, [1.0])
    optimiser.lr = 0.5
    assert take(optimiser, [1.0]) == [8.5]


@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf])
def test_schedule_out_of_range_is_refused_at_its_step(rate: float) -> None:
    """A third rate that is none stops the third step, before anything of it is done."""
    p = Value(2.0)
    optimiser = Adam([p], lr=lambda t: 0.1 if t < 2 else rate)
    p.grad = 1.0
    optimiser.step()
    optimiser.step()
    before = p.data, optimiser.state_dict()
    with pytest.raises(ValueError, match=f"schedule gives after 2 steps must be .* but {rate} c"):
        optimiser.step()
    assert (p.data, optimiser.state_dict()) == before


# Errors.


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: SGD([p], lr=-0.1), ValueError, "lr must be at least 0 and finite, but -0.1"),
        (lambda p: SGD([p], lr=math.nan), ValueError, "lr must be .* but nan came"),
        (lambda p: SGD([p], lr="0.1"), TypeError, "lr must be a real number"),
        (lambda p: SGD([p], momentum=1.0), ValueError, "momentum must be .* less than 1"),
        (lambda p: SGD([p], nesterov=True), ValueError, "nesterov is a form of momentum"),
        (lambda p: SGD([p], weight_decay=-1), ValueError, "weight_decay must be at least 0"),
        (lambda p: Adam([p], betas=(1.0, 0.9)), ValueError, r"betas\[0\] must be .* less than 1"),
        (lambda p: AdamW([p], betas=(0.9, -1)), ValueError, r"betas\[1\] must be at least 0"),
        (lambda p: Adam([p], eps=math.inf), ValueError, "eps must be .* finite, but inf"),
        (lambda p: RMSprop([p], alpha=1.5), ValueError, "alpha must be .* less than 1"),
        (lambda p: SGD([]), ValueError, "needs parameters to move"),
        (lambda p: SGD([p, p]), ValueError, "came twice"),
        (lambda p: SGD([p * 2.0]), ValueError, "is computed from other Values"),
        (lambda p: SGD([p, 2.0]), TypeError, "moves Values, but a float came"),
        (lambda p: SGD(MLP(1, [1])), TypeError, "a MLP came. Write model.parameters()"),
        (lambda p: SGD(MLP(1, [1]).parameters), TypeError, "a method came. Write"),
        (lambda p: clip_grad_norm([p], -1.0), ValueError, "max_norm must be at least 0"),
        (lambda p: clip_grad_value([p], math.nan), ValueError, "limit must be at least 0"),
        (lambda p: step_decay(0.1, every=0), ValueError, "every must be a whole number of at"),
        (lambda p: cosine(0.1, steps=2.5), ValueError, "steps must be a whole number .* 2.5"),
        (lambda p: warm_up(-0.1, steps=2), ValueError, "lr must be at least 0"),
    ],
)
def test_wrong_use_is_explained(
    call: Callable[[Value], Any], error: type[Exception], message: str
) -> None:
    """The message says which setting, its range and what came."""
    with pytest.raises(error, match=message):
        call(Value(1.0))


def test_repr_shows_the_settings() -> None:
    """An optimiser shows its settings, and not the lists of its memory."""
    assert repr(SGD([Value(1.0)], lr=0.1, momentum=0.9)) == (
        "SGD(parameters=1, lr=0.1, t=0, momentum=0.9, nesterov=False, weight_decay=0.0)"
    )


# PyTorch.


def train_both(
    make_ours: Callable[[list[Value]], Optimiser],
    make_theirs: Callable[[list[Any]], Any],
    after: Callable[[list[Value], list[Any]], None] = lambda ours, theirs: None,
    schedule: Callable[[Any], Any] | None = None,
) -> None:
    """Train one network for 50 steps in both libraries; their parameters agree at every step.

    `after` runs between the backward pass and the step.
    """
    import torch

    X = [[0.3, -1.2], [1.5, 0.4], [-0.7, 0.9], [-1.1, -0.2]]
    y = [0.8, -0.5, 0.1, 0.6]
    model = MLP(2, [3, 1], rng=random.Random(2))
    ours = make_ours(model.parameters())
    flat = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in ours.parameters]
    theirs = make_theirs(flat)
    scheduler = schedule(theirs) if schedule else None
    for _ in range(50):
        loss = sum((model(x) - target) ** 2 for x, target in zip(X, y, strict=True))
        ours.zero_grad()
        loss.backward()

        w = torch.stack(flat)
        hidden = torch.tanh(
            torch.tensor(X, dtype=torch.float64) @ w[:9].reshape(3, 3)[:, :2].T + w[2:9:3]
        )
        out = torch.tanh(hidden @ w[9:12] + w[12])
        theirs.zero_grad()
        ((out - torch.tensor(y, dtype=torch.float64)) ** 2).sum().backward()

        after(ours.parameters, flat)
        ours.step()
        theirs.step()
        if scheduler:
            scheduler.step()
        expected = [p.item() for p in flat]
        assert [p.data for p in ours.parameters] == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.torch
@pytest.mark.parametrize(("kind", "given"), named(SETTINGS))
def test_optimisers_agree_with_pytorch(kind: type[Optimiser], given: dict[str, Any]) -> None:
    """For 50 steps, and with its defaults, every parameter is PyTorch's to 1e-12."""
    import torch

    theirs = getattr(torch.optim, kind.__name__)
    train_both(lambda ps: kind(ps, **given), lambda ps: theirs(ps, **given))


@pytest.mark.torch
def test_clipping_agrees_with_pytorch() -> None:
    """Clipping by norm, then by value, before each of 50 steps gives PyTorch's parameters."""
    from torch.nn.utils import clip_grad_norm_, clip_grad_value_
    from torch.optim import SGD as TheirSGD

    def clip(ours: list[Value], theirs: list[Any]) -> None:
        norm = clip_grad_norm(ours, 0.5)
        assert norm == pytest.approx(clip_grad_norm_(theirs, 0.5).item(), rel=1e-12)
        clip_grad_value(ours, 0.2)
        clip_grad_value_(theirs, 0.2)

    train_both(lambda ps: SGD(ps, lr=0.3), lambda ps: TheirSGD(ps, lr=0.3), clip)


@pytest.mark.torch
@pytest.mark.parametrize("name", ["step", "cosine", "warm_up"])
def test_schedules_agree_with_pytorch(name: str) -> None:
    """Under each schedule 50 steps give PyTorch's parameters."""
    from torch.optim import SGD as TheirSGD
    from torch.optim import lr_scheduler as theirs

    schedule, make_theirs = {
        "step": (step_decay(0.4, 7, 0.6), lambda o: theirs.StepLR(o, 7, 0.6)),
        "cosine": (cosine(0.4, 50, 0.01), lambda o: theirs.CosineAnnealingLR(o, 50, 0.01)),
        "warm_up": (
            warm_up(step_decay(0.4, 7, 0.6), 10),
            lambda o: theirs.SequentialLR(
                o, [theirs.LinearLR(o, 0.1, 1.0, 9), theirs.StepLR(o, 7, 0.6)], [10]
            ),
        ),
    }[name]
    train_both(
        lambda ps: SGD(ps, lr=schedule),
        lambda ps: TheirSGD(ps, lr=0.4),
        schedule=make_theirs,
    )
