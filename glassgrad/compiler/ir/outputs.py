"""What a call leaves behind, as columns: a step may have as many outputs as it has parameters."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = Sequence[int] | NDArray[np.integer[Any]]

OUTPUTS = ("result", "data", "grad", "state")


@dataclass(slots=True)
class Output:
    """What a call leaves behind: number `index` of a kind is the number of `node`.

    Kinds: "result" counts what the function returned, "data" and "grad" are those of captured
    Value `index`, "state" is state `index`.
    """

    kind: str
    index: int
    node: int


class Outputs:
    """The outputs of a graph, in order.

    Attributes:
        kind: of each output its kind's place in OUTPUTS.
        index: which number of that kind it is.
        node: the node whose number it is.
    """

    def __init__(self) -> None:
        self.kind, self.index, self.node = array("i"), array("i"), array("i")

    def __len__(self) -> int:
        return len(self.kind)

    def __getitem__(self, k: int) -> Output:
        return Output(OUTPUTS[self.kind[k]], self.index[k], self.node[k])

    def __iter__(self) -> Iterator[Output]:
        return map(self.__getitem__, range(len(self)))

    def append(self, kind: str, index: int, node: int) -> None:
        """Add one output.

        Raises:
            ValueError: there is no such kind.
        """
        self.kind.append(OUTPUTS.index(kind))
        self.index.append(index)
        self.node.append(node)

    def extend(self, *columns: Numbers) -> None:
        """Add outputs: their kinds as places in OUTPUTS, their indices and their nodes."""
        for whole, part in zip((self.kind, self.index, self.node), columns, strict=True):
            whole.frombytes(np.asarray(part, np.int32).tobytes())

    def by(self, node: Numbers) -> Outputs:
        """The same outputs of other nodes, one for each."""
        new = Outputs()
        new.extend(self.kind, self.index, node)
        return new

    def of(self, kind: str) -> NDArray[np.int32]:
        """The indices of the outputs of one kind."""
        kinds = np.frombuffer(self.kind, np.int32)
        found: NDArray[np.int32] = np.frombuffer(self.index, np.int32)[kinds == OUTPUTS.index(kind)]
        return found
