"""Folds weighted sums into cards, so that hundreds of scalars become readable.

Note [Folding]

The rule knows nothing of networks, only of expressions:

1. A chain of + and − whose inner results nothing else reads is one sum. Its terms become rows.
2. A term that is a product read by nothing else is taken apart: a leaf factor becomes the row's
   number (the weight), what it multiplies enters the row by an edge.
3. A term that is a leaf, or an operation on leaves alone, is a row without an edge (the bias).
4. A function of one argument that alone reads the sum is the card's operation (the activation).
5. A value that the user has named keeps a box of its own; a leaf's name becomes its row's name.

What is not part of such a sum stays a box, as without folding.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from .expression import Expression
from .figures import figure

SUMS = ("+", "-")
PRODUCT = "*"


@dataclass(frozen=True)
class Term:
    """One row of a card: its sign in the sum, the value it shows, what enters it by edges.

    `times` is a plain number that the shown value is multiplied by.
    """

    minus: bool
    name: str
    shown: int
    entering: tuple[int, ...]
    weighs: bool
    times: str = ""


@dataclass
class Card:
    """A sum with its terms; `shown` is the value on top: the activation's, or the sum itself."""

    total: int
    shown: int
    terms: list[Term] = field(default_factory=list)


class Folding:
    """Which values become cards, and which disappear into them.

    Args:
        expression: What to fold.
        parameters: Indices of leaves known to be weights, preferred over other leaves as such.
    """

    def __init__(self, expression: Expression, parameters: Collection[int] = ()) -> None:
        self.expression = expression
        self.parameters = parameters
        self.cards: dict[int, Card] = {}  # by the value on top
        self.absorbed: set[int] = set()  # values inside a card
        for node in range(len(expression.values)):
            if self._is_sum(node) and not self._is_inner_sum(node):
                self._fold(node)
        self._absorb_leaves()

    def _is_sum(self, node: int) -> bool:
        return self.expression.op(node) in SUMS and len(self.expression.parents[node]) == 2

    def _is_inside(self, node: int) -> bool:
        """Whether the value has no name and exactly one reader, which may take it in."""
        e = self.expression
        return len(e.readers[node]) == 1 and node not in e.roots and not e.names[node]

    def _is_inner_sum(self, node: int) -> bool:
        return (
            self._is_sum(node)
            and self._is_inside(node)
            and self._is_sum(self.expression.readers[node][0])
        )

    def _fold(self, total: int) -> None:
        inner: list[int] = []
        terms, taken = [], []
        for minus, node in self._terms(total, inner):
            term = self._taken_apart(minus, node)
            if term:
                taken.append(node)
            terms.append(term or self._plain(minus, node))
        if len(terms) < 3 and not any(term.weighs or not term.entering for term in terms):
            return  # two computed values added: an operation like any other
        shown = self._activation(total)
        self.cards[shown] = Card(total, shown, terms)
        self.absorbed.update(inner, taken, [total] if shown != total else [])

    def _terms(self, total: int, inner: list[int]) -> Iterator[tuple[bool, int]]:
        """The terms of a sum with their signs, in the order written; collects inner sums."""
        stack = [(False, total)]
        while stack:
            minus, node = stack.pop()
            if node == total or self._is_inner_sum(node):
                if node != total:
                    inner.append(node)
                first, second = self.expression.parents[node]
                flips = self.expression.op(node) == "-"
                stack += [(minus != flips, second), (minus, first)]
            else:
                yield minus, node

    def _plain(self, minus: bool, node: int) -> Term:
        """The row of a term that stays as it is."""
        entering = () if self.expression.is_leaf(node) else (node,)
        return Term(minus, self.expression.names[node], node, entering, weighs=False)

    def _taken_apart(self, minus: bool, node: int) -> Term | None:
        """The row of a term that disappears into it, or None if the term has to stay."""
        e = self.expression
        factors = e.parents[node]
        if not factors or not self._is_inside(node) or node in self.cards:
            return None
        if e.op(node) == PRODUCT and len(factors) == 2:
            weight = self._weight(factors)
            if weight is None:
                return Term(minus, "×", node, factors, weighs=False)
            rest = factors[1] if factors[0] == weight else factors[0]
            name = e.names[weight]
            if e.is_constant(rest):
                times = f"× {figure(float(e.values[rest].data), plus=False)}"
                return Term(minus, name, weight, (), weighs=True, times=times)
            if rest != weight:
                return Term(minus, name or "×", weight, (rest,), weighs=True)
        if all(e.is_leaf(factor) for factor in factors):
            return Term(minus, self._written(node), node, (), weighs=False)
        return None

    def _weight(self, factors: tuple[int, ...]) -> int | None:
        """The factor that is the weight: a leaf, best a known parameter, not a plain number."""
        e = self.expression
        leaves = [factor for factor in factors if e.is_leaf(factor)]
        return min(
            leaves,
            key=lambda leaf: (leaf not in self.parameters, self._is_plain_number(leaf)),
            default=None,
        )

    def _is_plain_number(self, leaf: int) -> bool:
        return bool(getattr(self.expression.values[leaf], "is_constant", False))

    def _written(self, node: int) -> str:
        """An operation on leaves as a short text, like `w**2` or `w*w`."""
        e = self.expression
        names = [e.names[p] for p in e.parents[node] if not e.is_constant(p)]
        op = e.op(node)
        if len(names) == 2:
            return f"{names[0]}{op}{names[1]}"
        written = names[0] if names else ""
        return f"{written}{op}" if op.startswith("**") else f"{op}({written})"

    def _activation(self, total: int) -> int:
        """The function that alone reads the sum, or the sum itself."""
        e = self.expression
        if not self._is_inside(total):
            return total
        reader = e.readers[total][0]
        others = [p for p in e.parents[reader] if p != total]
        unary = not others or (e.op(reader).startswith("**") and e.parents[reader][0] == total)
        return reader if unary and all(e.is_constant(p) for p in others) else total

    def _absorb_leaves(self) -> None:
        """A leaf that only rows show needs no box."""
        e = self.expression
        entering = {n for card in self.cards.values() for term in card.terms for n in term.entering}
        tops = {card.shown for card in self.cards.values()}
        for node in range(len(e.values)):
            if e.is_leaf(node) and node not in entering and node not in e.roots:
                readers = e.readers[node]
                if all(reader in self.absorbed or reader in tops for reader in readers):
                    self.absorbed.add(node)
