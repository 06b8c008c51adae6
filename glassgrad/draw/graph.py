"""Draws the expression behind a value: every number that took part, and its gradient."""

from collections.abc import Iterable, Sequence
from typing import Any

from .diagram import MOST_ROWS, Box, Diagram, Edge, Kind, Row
from .expression import Expression, read_expression
from .fold import Card, Folding, Term
from .layout import Direction
from .picture import Picture, picture_of_diagram

FOLD_ABOVE = 60
"""An expression of more values is folded into cards unless the caller says otherwise."""
MOST_NUMBERS = 160
"""Where all cards together have more rows, the longer cards show bars in their place."""
MOST_BARS = 48
FEW_ROWS = 6


def graph(
    values: Any,
    *,
    direction: Direction = "LR",
    fold: bool | None = None,
    parameters: Any = (),
    limit: int = 600,
) -> Picture:
    """A picture of the expression that a value, or several, were computed from.

    Each box is one value: its operation, its name, its number, and its gradient after ∂. Rounded
    boxes were computed, square ones given; parameters have a bar. Boxes are dashed as long as no
    backward() has reached any of them. The picture keeps the numbers of this moment.

    Args:
        values: A Value, or several; any object with data, grad, label, _prev and _op will do.
        direction: "LR" from left to right, "TB" from top to bottom.
        fold: True gathers weighted sums into cards with a row for each weight; False draws every
            value; None folds expressions of more than 60 values.
        parameters: The leaves to draw as parameters, or a model that has `parameters()`; one with
            `named_parameters()` gives those their names that have no label.
        limit: The most boxes to draw.

    Raises:
        TypeError: Something is not a value; the message says what is missing.
        ValueError: The picture would have more boxes than the limit; the message says how many.

    >>> from glassgrad import Value
    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> picture = graph(a * b)
    """
    many = isinstance(values, Iterable) and not hasattr(values, "_prev")
    roots = list(values) if many else [values]
    named = _named(parameters)
    expression = read_expression(roots, named)
    known = frozenset(i for i, value in enumerate(expression.values) if id(value) in named)
    count = len(expression.values)
    folded = count > FOLD_ABOVE if fold is None else fold
    folding = Folding(expression, known) if folded else None
    boxes = [i for i in range(count) if folding is None or i not in folding.absorbed]
    if len(boxes) > limit:
        raise ValueError(_too_large(count, len(boxes), limit, folded))
    return picture_of_diagram(_Builder(expression, folding, known, boxes).diagram(direction))


def _named(parameters: Any) -> dict[int, str]:
    """The parameters by `id`, with the names that a model has for its own."""
    if hasattr(parameters, "named_parameters"):
        return {id(parameter): name for name, parameter in parameters.named_parameters()}
    if hasattr(parameters, "parameters"):
        parameters = parameters.parameters()
    return {id(parameter): "" for parameter in parameters}


def _too_large(count: int, boxes: int, limit: int, folded: bool) -> str:
    size = f"this expression has {count:,} values"
    if folded:
        return (
            f"{size}, which are {boxes:,} boxes even when folded: more than {limit} are not "
            f"readable. Draw a part of it (the output for one sample, one layer), or force all of "
            f"it by draw.graph(..., limit={boxes})."
        )
    return (
        f"{size}: more than {limit} boxes are not readable. Let them be folded (fold=None), or "
        f"force them by draw.graph(..., fold=False, limit={boxes})."
    )


class _Builder:
    """Turns values, or cards of values, into the boxes and edges of a diagram."""

    def __init__(
        self,
        expression: Expression,
        folding: Folding | None,
        parameters: frozenset[int],
        shown: Sequence[int],
    ) -> None:
        self.expression = expression
        self.cards: dict[int, Card] = folding.cards if folding else {}
        self.parameters = parameters
        self.shown = shown
        self.place = {node: place for place, node in enumerate(shown)}
        self.edges: list[Edge] = []
        # Of many long cards the rows become bars, as there is no reading so many numbers.
        self.bars = sum(min(len(c.terms), MOST_ROWS) for c in self.cards.values()) > MOST_NUMBERS

    def diagram(self, direction: Direction) -> Diagram:
        boxes = [self._box(node) for node in self.shown]
        visited = any(float(value.grad) != 0 for value in self.expression.values)
        return Diagram(
            title=f"Expression of {self._name_of_roots() or 'unnamed values'}",
            caption=self._caption(visited),
            boxes=boxes,
            edges=self.edges,
            direction=direction,
            visited=visited,
        )

    def _name_of_roots(self) -> str:
        names = self.expression.names
        return ", ".join(names[root] for root in sorted(self.expression.roots) if names[root])

    def _caption(self, visited: bool) -> str:
        count = len(self.expression.values)
        name = self._name_of_roots() if len(self.expression.roots) == 1 else ""
        says = f"∂ gradient of {name or 'the output'}" if visited else "∂ before backward()"
        size = f"{count} value{'s' if count != 1 else ''}"
        if self.cards:
            size += f" in {len(self.shown)} box{'es' if len(self.shown) != 1 else ''}"
        return f"{says}   ·   {size}"

    def _box(self, node: int) -> Box:
        e = self.expression
        value = e.values[node]
        kind: Kind = "operation"
        if e.is_leaf(node):
            kind = "parameter" if node in self.parameters else "input"
        rows: tuple[Row, ...] = ()
        op, name = e.op(node), e.names[node]
        if node in self.cards:
            owner = "" if name else _owner(self.cards[node])
            rows = self._rows(self.cards[node], owner)
            name = name or owner.rstrip(".")
            op = "∑" if self.cards[node].total == node else op
        else:
            here = self.place[node]
            self.edges += [Edge(self.place[parent], here) for parent in e.parents[node]]
        return Box(
            name=name,
            op=op,
            kind=kind,
            value=float(value.data),
            grad=float(value.grad),
            rows=rows,
            bars=self.bars and len(rows) > FEW_ROWS,
        )

    def _rows(self, card: Card, owner: str) -> tuple[Row, ...]:
        """The card's rows; of too many those with the largest gradients stay, in their order."""
        values = self.expression.values
        terms = [t for t in card.terms if t.entering or t.name or float(values[t.shown].data) != 0]
        room = MOST_BARS if self.bars else MOST_ROWS
        kept = list(range(len(terms)))
        if len(terms) > room:
            kept.sort(key=lambda i: -_size(float(values[terms[i].shown].grad)))
            kept = sorted(kept[: room - 1])
        rows: list[Row] = []
        for index in kept:
            term = terms[index]
            shown = values[term.shown]
            weight = float(shown.data) if term.weighs else None
            self._enter(card, term, len(rows), weight)
            parts = ("−" if term.minus else "", term.name.removeprefix(owner), term.times)
            name = " ".join(part for part in parts if part)
            rows.append(Row(name, float(shown.data), float(shown.grad), term.weighs))
        if len(kept) < len(terms):
            for index in set(range(len(terms))) - set(kept):
                self._enter(card, terms[index], len(rows), None)
            rows.append(Row(f"and {len(terms) - len(kept)} more"))
        if card.total != card.shown and not self.bars:
            total = values[card.total]
            rows.append(Row("∑", float(total.data), float(total.grad)))
        return tuple(rows)

    def _enter(self, card: Card, term: Term, row: int, weight: float | None) -> None:
        head = self.place[card.shown]
        self.edges += [Edge(self.place[tail], head, row, weight) for tail in term.entering]


def _owner(card: Card) -> str:
    """What the names of a card's rows begin with, up to a last dot: `layers[0].neurons[2].`."""
    names = [term.name for term in card.terms if term.name.strip("×")]
    owners = {name[: name.rfind(".") + 1] for name in names}
    return owners.pop() if len(owners) == 1 and len(names) > 1 else ""


def _size(number: float) -> float:
    """Absolute size for sorting; nan counts as the largest, because it must be seen."""
    return float("inf") if number != number else abs(number)
