"""What native code made of many batches: losses, and what a metric measures of the outputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..nested import leaves
from .metrics import Metric, number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Outcomes:
    """The results of many batches, without a Python object for each number where that can be.

    Args:
        results: of each batch some numbers, and behind them the list of its outputs. All have the
            same nest.
    """

    def __init__(self, results: Sequence[Any]) -> None:
        self._results = results
        rows = getattr(results, "rows", None)
        whole = rows is not None and rows.shape[1] == len(leaves(results[0]))
        self._rows: NDArray[np.floating[Any]] | None = rows if whole else None

    def column(self, k: int) -> list[float]:
        """The number in place `k` of each result."""
        if self._rows is None:
            return [number(result[k]) for result in self._results]
        found: list[float] = self._rows[:, k].tolist()
        return found

    def totals(self, metric: Metric | None, targets: Any) -> list[float]:
        """What the outputs of each batch add to a metric.

        Args:
            metric: what measures; None: nothing does.
            targets: of each batch a list or an array with one for each output.
        """
        if metric is None:
            return [0.0] * len(self._results)
        outputs = self._outputs() if hasattr(targets, "reshape") else None
        if outputs is None or metric.of_rows is None:
            pairs = zip(self._results, map(_listed, targets), strict=True)
            return [metric.total(result[-1], of_batch) for result, of_batch in pairs]
        found = metric.of_rows(outputs, targets.reshape(-1))
        size = len(found) // len(self._results)
        return [sum(found[start : start + size]) for start in range(0, len(found), size)]

    def _outputs(self) -> NDArray[np.floating[Any]] | None:
        """All outputs, a number or a row of numbers for each; None where they have another form."""
        if self._rows is None:
            return None
        first = self._results[0][-1]
        behind = self._rows[:, -len(leaves(first)) :]
        if not any(isinstance(output, (list, tuple, dict)) for output in first):
            return behind.reshape(-1)
        (size, *others) = {_width(output) for output in first}
        return None if others or not size else behind.reshape(-1, size)


def _width(output: Any) -> int:
    """How many scores an output is a list of; 0 where it is something else."""
    is_flat = isinstance(output, (list, tuple)) and len(leaves(output)) == len(output)
    return len(output) if is_flat else 0


def _listed(x: Any) -> Any:
    return x.tolist() if hasattr(x, "tolist") else x
