"""The Python that rebuilds what is on screen: the same weights to the bit, and training on."""

from __future__ import annotations

import textwrap

from ..nn import MLP
from .dataset import TOYS
from .training import Training

_OPTIMISERS = {
    "sgd": "gg.optim.SGD(model.parameters(), lr={rate})",
    "momentum": "gg.optim.SGD(model.parameters(), lr={rate}, momentum=0.9)",
    "adam": "gg.optim.Adam(model.parameters(), lr={rate})",
    "adamw": "gg.optim.AdamW(model.parameters(), lr={rate})",
    "rmsprop": "gg.optim.RMSprop(model.parameters(), lr={rate})",
}

_PROGRAM = '''"""{title}, after step {step} of its training in the explorer."""

import glassgrad as gg

model = gg.MLP({nin}, {nouts}, activation={activations})

# The weights in the order of model.parameters(): each is read back as the same number.
weights = [
{weights}
]
for p, w in zip(model.parameters(), weights, strict=True):
    p.data = w

# The samples that are trained on.
{samples}


def loss_of(batch):
    """Return the mean loss of some samples, given by their numbers{and_penalty}."""
    loss = sum(gg.losses.{loss}(model(X[i]), y[i]) for i in batch) / len(batch){penalty}
    return loss


def train(steps, batch_size={batch}):
    """Train on from here, sample after sample."""
    optimiser = {optimiser}
    for step in range(steps):
        batch = [(step * batch_size + i) % len(X) for i in range(batch_size)]
        loss = loss_of(batch)
{zero}        loss.backward()
        optimiser.step()


if __name__ == "__main__":
    print("loss of the samples:", loss_of(range(len(X))).data)
'''


def code_of(network: MLP, training: Training) -> str:
    """Return the program."""
    c = training.configuration
    data = training.data
    loss = c.loss
    if loss == "cross_entropy" and data.task == "binary":
        loss = "binary_cross_entropy"
    rows = [repr(p.data) for p in network.parameters()]
    return _PROGRAM.format(
        title=f"A network on {data.name}".replace("\\", "").replace('"', "'"),
        step=training.timeline.step,
        nin=network.sizes[0],
        nouts=list(network.sizes[1:]),
        activations=list(network.activations),
        weights=_wrapped(rows),
        samples=_samples(training),
        loss=loss,
        batch=min(c.batch_size, len(data.train)),
        and_penalty=", and the penalty of large weights" if c.l1 or c.l2 else "",
        penalty=_penalty(c.l1, c.l2),
        optimiser=_OPTIMISERS[c.optimiser].format(rate=c.rate),
        zero="        optimiser.zero_grad()\n" if c.zero_grad else "",
    )


def _wrapped(parts: list[str]) -> str:
    text = textwrap.wrap(", ".join(parts) + ",", 92, break_long_words=False)
    return "\n".join(f"    {line}" for line in text)


def _samples(training: Training) -> str:
    """Return how the samples are made where a function makes them, else the samples."""
    engine, data = training.engine, training.data
    targets = [engine.targets[i] for i in data.train]
    inputs = [list(data.inputs[i]) for i in data.train]
    written = _wrapped([f"({x!r}, {t!r})" for x, t in zip(inputs, targets, strict=True)])
    origin = "made" if data.name in TOYS else "as the network reads them, from the table"
    return (
        f"# {data.name}, {origin}.\nsamples = [\n{written}\n]\n"
        "X = [x for x, _ in samples]\ny = [t for _, t in samples]"
    )


def _penalty(l1: float, l2: float) -> str:
    terms = ""
    if l1:
        terms += f"\n    loss += {l1} * gg.losses.l1(model.parameters())"
    if l2:
        terms += f"\n    loss += {l2} * gg.losses.l2(model.parameters())"
    return terms
