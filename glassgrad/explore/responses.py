"""What the neurons of a network answer to points: the numbers behind every map and score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..modes import no_grad
from ..nested import leaves
from ..nn import MLP
from ..training.metrics import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..compiler import Compiled

_CHUNK = 16  # points of which native code is made, and called for as many as there are
_PAYS = 500_000  # products, which take longer eagerly than to compile


def _compiled(function: Callable[..., Any]) -> Compiled:
    from ..compiler import compile

    return compile(function)


def activations(network: Any, x: Sequence[Any]) -> list[list[Any]]:
    """Return what each neuron gives for a sample, by layers; one layer where none are known."""
    if not isinstance(network, MLP):
        return [leaves([network(list(x))])]
    found: list[list[Any]] = []
    for layer in network.layers:
        x = [neuron(x) for neuron in layer.neurons]
        found.append(list(x))
    return found


class Responses:
    """The neurons of a network, asked about many points at a time.

    Args:
        network: whose weights count as they stand when it is asked.
        compiled: whether always by native code; the first call then takes a while. Else it is where
            so much is asked of an `MLP` that this is faster.
    """

    def __init__(self, network: Any, *, compiled: bool) -> None:
        self._network = network
        self._compiled = _compiled(self._chunk) if compiled or isinstance(network, MLP) else None
        self._enough = 0 if compiled else _PAYS

    def __call__(self, points: Sequence[Sequence[float]]) -> NDArray[np.floating[Any]]:
        """Return a row for each point with a number for each neuron, layer by layer."""
        import numpy as np

        given = np.asarray(points, dtype=float)
        if self._compiled and len(given) * len(self._network.parameters()) >= self._enough:
            return self._natively(self._compiled, given)
        with no_grad():
            return np.array([self._row(x) for x in given.tolist()])

    def _natively(
        self, compiled: Compiled, given: NDArray[np.floating[Any]]
    ) -> NDArray[np.floating[Any]]:
        import numpy as np

        from ..compiler.ir.progress import quietly

        self._enough = 0  # from now on it takes no while
        whole = np.zeros((-(-len(given) // _CHUNK), _CHUNK, given.shape[1]))
        whole.reshape(-1, given.shape[1])[: len(given)] = given
        with quietly(), no_grad():
            found = compiled.numbers(whole, each=["points"])
        return found.reshape(whole.shape[0] * _CHUNK, -1)[: len(given)]

    def _row(self, x: list[float]) -> list[float]:
        return [number(a) for layer in activations(self._network, x) for a in layer]

    def _chunk(self, points: Any) -> list[Any]:
        return [a for x in points for layer in activations(self._network, x) for a in layer]
