"""Time to 97 % on the 8x8 digits: glassgrad, compiled, beside scikit-learn's MLP at equal settings.

    ./dev bench digits [--seeds 3] [--json FILE]

Both train 64-32-10, tanh, on the same 1,437 images in batches of 32, by plain gradient descent at
the rate 0.1 with the same kind of initial weights. After each epoch 360 held-out images are scored.
glassgrad's time includes tracing and compilation; scoring counts for neither.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import glassgrad as gg

GOAL, BATCH, RATE, EPOCHS = 0.97, 32, 0.1, 60


def images() -> tuple[Any, Any, Any, Any]:
    """Inputs and labels to train on, and those held out."""
    table = gg.data.tables.load("digits")
    train, held_out = gg.data.split(len(table), (0.8, 0.2))
    pixels = [name for name in table.columns if name != "digit"]
    X = np.array([table.column(name) for name in pixels], float).T / 16.0
    y = np.array(table.column("digit")).astype(int)
    return X[train], y[train], X[held_out], y[held_out]


def by_glassgrad(seed: int, X: Any, y: Any) -> Iterator[Callable[[Any], Any]]:
    """After each epoch a function from images to labels."""
    rng = random.Random(seed)
    model = gg.MLP(64, [32, 10], activation=["tanh", "linear"], init="glorot", rng=rng)

    @gg.compile
    def step(X: Any, y: Any) -> Any:
        total = 0.0
        for x, label in zip(X, y, strict=True):
            log_p = gg.log_softmax(model(x))
            total = total - log_p[label]
        loss = total / len(X)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= RATE * p.grad
        return loss

    def labels(X: Any) -> Any:
        W = [np.array([[w.data for w in n.w] for n in layer.neurons]) for layer in model.layers]
        b = [np.array([n.b.data for n in layer.neurons]) for layer in model.layers]
        return (np.tanh(X @ W[0].T + b[0]) @ W[1].T + b[1]).argmax(1)

    order = np.arange(len(X))
    while True:
        rng.shuffle(order)
        rows = order[: len(X) // BATCH * BATCH].reshape(-1, BATCH)
        step.repeat(len(rows), X[rows], y[rows], each=["X", "y"])
        yield labels


def by_sklearn(seed: int, X: Any, y: Any) -> Iterator[Callable[[Any], Any]]:
    """The same by `MLPClassifier.partial_fit`, an epoch a call."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (32,),
        activation="tanh",
        solver="sgd",
        momentum=0.0,
        alpha=0.0,
        learning_rate_init=RATE,
        batch_size=BATCH,
        random_state=seed,
    )
    while True:
        model.partial_fit(X, y, classes=np.arange(10))
        yield model.predict


def time_to_goal(epochs: Iterator[Callable[[Any], Any]], X: Any, y: Any) -> dict[str, float]:
    """Seconds and epochs until the held-out images are told apart well enough."""
    seconds = 0.0
    for epoch in range(1, EPOCHS + 1):
        start = time.process_time()
        labels = next(epochs)
        seconds += time.process_time() - start
        score = float((labels(X) == y).mean())
        if score >= GOAL or epoch == EPOCHS:
            return {"seconds": seconds, "epochs": epoch, "score": score}
    raise AssertionError("there is at least one epoch")


def main() -> None:
    """Print medians over the seeds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    X, y, X_held, y_held = images()
    found = {}
    print(f"{'':<14}{'seconds':>10}{'epochs':>10}{'score':>10}   medians of {options.seeds} seeds")
    for name, train in (("glassgrad", by_glassgrad), ("scikit-learn", by_sklearn)):
        try:
            runs = [time_to_goal(train(s, X, y), X_held, y_held) for s in range(options.seeds)]
        except ImportError:
            print(f"{name} is not installed")
            continue
        row = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        found[name] = row
        print(f"{name:<14}{row['seconds']:>10.2f}{row['epochs']:>10.0f}{row['score']:>10.3f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
