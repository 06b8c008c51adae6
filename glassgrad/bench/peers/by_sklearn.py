"""scikit-learn: `MLPClassifier.partial_fit` on the whole batch, with plain gradient descent."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier

from ..program import Program, Unfit
from ..workloads import Network, Workload


def program(workload: Workload, dtype: str) -> Program:
    """The classifiers."""
    if not isinstance(workload, Network) or workload.loss != "cross-entropy":
        raise Unfit("it has no such loss")
    X, y = workload.data()
    X = X.astype(dtype)
    model = MLPClassifier(
        workload.sizes[1:-1],
        activation=workload.hidden,
        solver="sgd",
        learning_rate_init=workload.rate,
        momentum=0.0,
        alpha=0.0,
        batch_size=workload.batch,
    )
    classes = np.arange(workload.sizes[-1])
    model.partial_fit(X, y, classes=classes)  # makes the arrays that are filled next
    for place, given in zip(
        [*model.coefs_, *model.intercepts_],
        [*(W for W, _ in workload.initial()), *(b for _, b in workload.initial())],
        strict=True,
    ):
        place[...] = given

    def run(steps: int) -> float:
        for _ in range(steps):
            model.partial_fit(X, y)
        return float(model.loss_)

    def parameters() -> np.ndarray:
        layers = zip(model.coefs_, model.intercepts_, strict=True)
        return np.concatenate([a.ravel() for layer in layers for a in layer])

    return Program(run, parameters)
