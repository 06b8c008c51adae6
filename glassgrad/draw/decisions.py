"""The points of a data set with their classes, and what a model decides about each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .figures import tick
from .plane import Plane, as_scores, decide

Predict = Callable[[list[list[float]]], Sequence[Any]]


@dataclass(frozen=True)
class Decisions:
    """A plane with the points on it.

    `wrong` has for each point whether the model decides otherwise. With two classes the output has
    a sign, class 0 lies on the side of minus and class 1 on that of plus.
    """

    plane: Plane
    points: list[tuple[float, float]]
    labels: list[int]
    wrong: list[bool]
    names: list[str]
    features: tuple[str, str]

    @property
    def signed(self) -> bool:
        """Whether there are two classes, told apart by the sign of one output."""
        return len(self.plane.scores[0]) == 1

    def says(self) -> str:
        """How many points the model gets right."""
        right = len(self.points) - sum(self.wrong)
        return f"{right} of {len(self.points)} right"

    def missing(self) -> str:
        """What to say of places where the model gives no number; empty if there are none."""
        nowhere = sum(decision is None for decision in self.plane.decided())
        if not nowhere:
            return ""
        return f"× nan on {100 * nowhere / len(self.plane.scores):.0f} % of the plane"


def decide_all(
    predict: Predict,
    X: Sequence[Sequence[float]],
    y: Sequence[Any],
    *,
    resolution: int,
    features: Sequence[str],
    classes: Sequence[str] | None,
) -> Decisions:
    """Asks the model over the plane and at the points.

    Raises:
        ValueError: The points have not two inputs each, or not one label each, or the model does
            not tell their classes apart.
    """
    points = [[float(value) for value in point] for point in X]
    if not points:
        raise ValueError("a decision boundary needs at least one point; X is empty")
    odd = next((point for point in points if len(point) != 2), None)
    if odd is not None:
        raise ValueError(f"a plane has two inputs, but a point of X has {len(odd)}: {odd!r:.60}")
    if len(y) != len(points):
        raise ValueError(f"each point has a label, but X has {len(points)} points and y {len(y)}")
    plane = Plane.sample(predict, points, resolution)
    found = sorted({int(label) for label in y})
    kinds = _kinds(found, plane.classes)
    labels = [kinds.index(int(label)) for label in y]
    scores = as_scores(predict(points), len(points))
    wrong = [decide(s) != label for s, label in zip(scores, labels, strict=True)]
    names = [str(name) for name in classes] if classes else _names(kinds)
    if len(names) != len(kinds):
        raise ValueError(f"there are {len(kinds)} classes, but {len(names)} names: {names!r:.80}")
    return Decisions(
        plane=plane,
        points=[(point[0], point[1]) for point in points],
        labels=labels,
        wrong=wrong,
        names=names,
        features=(str(features[0]), str(features[1])),
    )


def _kinds(found: list[int], classes: int) -> list[int]:
    """The labels in the order of the model's scores: 0, 1, 2, ... or for two also -1 and +1."""
    if set(found) <= set(range(classes)):
        return list(range(classes))
    if classes == 2 and set(found) <= {-1, 1}:
        return [-1, 1]
    if len(found) == classes:
        return found
    raise ValueError(
        f"the model tells {classes} classes apart, but y has the labels {found!r:.80}; "
        f"labels are 0 to {classes - 1}, or for two classes -1 and +1"
    )


def _names(kinds: list[int]) -> list[str]:
    return ["−1", "+1"] if kinds == [-1, 1] else [tick(kind) for kind in kinds]
