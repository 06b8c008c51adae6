"""How a program meets the world: the numbers that it finds, and those that it leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from .graph import PARAM, PARAM_GRAD, STATE, Graph
from .graph import size as shape_size
from .storages import Storage

KIND_OF_OUTPUT = {"data": "PARAM", "grad": "PARAM_GRAD", "state": "STATE", "result": "RESULT"}
# The names that storages get in loops; an argument of such a name gets another.
_OURS = re.compile(r"param(_grad)?|state|result|h\d+|[ds]\d*_.*|(c|t|p|old)\d+")


@dataclass(slots=True)
class Outside:
    """The storages by which a program meets the world: PARAM, ..., RESULT, and the arguments."""

    kinds: dict[str, Storage]
    inputs: list[Storage]


def outside_of(graph: Graph) -> Outside:
    """The storages that a graph needs: as many numbers as its leaves and outputs name."""
    op, index = np.array(graph.op, np.int64), np.array(graph.a, np.int64)

    def size(code: int, *outputs: str) -> int:
        named = [graph.count_outputs(kind) for kind in outputs]
        return max(int(index[op == code].max(initial=-1)) + 1, *named)

    captured = max(size(PARAM, "data"), size(PARAM_GRAD, "grad"))
    sizes = {
        "PARAM": captured,
        "PARAM_GRAD": captured,
        "STATE": size(STATE, "state"),
        "RESULT": size(-1, "result"),
    }
    inputs = [
        Storage(
            name + "_" * bool(_OURS.fullmatch(name)),
            "INPUT",
            shape if isinstance(shape, tuple) else (shape_size(shape),),
        )
        for name, shape in zip(graph.names, graph.inputs, strict=True)
    ]
    return Outside(
        {kind: Storage(kind.lower(), kind, (count,)) for kind, count in sizes.items()}, inputs
    )
