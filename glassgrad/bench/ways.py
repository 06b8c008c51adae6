"""`WAYS`: every way in which a workload is run, one entry each."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass

from ..spelling import suggestion
from .workloads import Rosenbrock, Workload


@dataclass(frozen=True)
class Way:
    """One row of the table.

    Attributes:
        module, function: what makes the program.
        needs: the package that has to be installed.
        autodiff: whether the gradients are found, and not worked out by hand.
        quick: whether it belongs to a run of a minute.
        only: the kind of workload that it is a way of running; None: any.
    """

    name: str
    module: str
    function: str
    needs: str
    autodiff: bool = True
    quick: bool = True
    only: type[Workload] | None = None

    @property
    def is_ours(self) -> bool:
        """Whether this is glassgrad itself."""
        return self.module.endswith(".ours")

    def is_for(self, workload: Workload) -> bool:
        """Whether a table has this row for the workload, be it with a reason for no time."""
        return self.only is None or isinstance(workload, self.only)

    def is_installed(self) -> bool:
        """Whether what it needs is there."""
        return importlib.util.find_spec(self.needs) is not None


_PEERS = f"{__package__}.peers."

WAYS = [
    Way("glassgrad, eager", _PEERS + "ours", "eager", "glassgrad"),
    Way("glassgrad, a step a call", _PEERS + "ours", "one_by_one", "glassgrad"),
    Way("glassgrad, many steps", _PEERS + "ours", "together", "glassgrad"),
    Way("glassgrad, fast_math", _PEERS + "ours", "fast_math", "glassgrad", quick=False),
    Way("micrograd", _PEERS + "by_micrograd", "program", "micrograd"),
    Way("PyTorch", _PEERS + "by_torch", "eager", "torch"),
    Way(
        "PyTorch, vectorised",
        _PEERS + "by_torch",
        "vectorised",
        "torch",
        quick=False,
        only=Rosenbrock,
    ),
    Way("torch.compile", _PEERS + "by_torch", "compiled", "torch", quick=False),
    Way("JAX, a step a call", _PEERS + "by_jax", "one_by_one", "jax", quick=False),
    Way("JAX, many steps", _PEERS + "by_jax", "together", "jax"),
    Way(
        "JAX, loop as written",
        _PEERS + "by_jax",
        "as_written",
        "jax",
        quick=False,
        only=Rosenbrock,
    ),
    Way("CasADi, C code", _PEERS + "by_casadi", "together", "casadi", quick=False),
    Way("scikit-learn", _PEERS + "by_sklearn", "program", "sklearn", quick=False),
    Way("NumPy by hand", _PEERS + "by_numpy", "program", "numpy", autodiff=False),
    Way("numba by hand", _PEERS + "by_numba", "together", "numba", autodiff=False),
]


def of_names(names: Sequence[str], ways: Sequence[Way] = tuple(WAYS)) -> list[Way]:
    """The ways whose names begin so, in the order of the table.

    Raises:
        ValueError: a name is none's beginning; says the nearest one.

    >>> [way.name for way in of_names(["numpy", "torch"])]
    ['torch.compile', 'NumPy by hand']
    """
    found = []
    for name in names:
        fitting = [way for way in ways if way.name.lower().startswith(name.lower())]
        if not fitting:
            known = [way.name for way in ways]
            raise ValueError(f"There is no way {name!r}.{suggestion(name, known)}")
        found += fitting
    return [way for way in ways if way in found]
