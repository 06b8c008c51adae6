"""`Rolled`: a program as rolling a graph gives it, before it is differentiated."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ir.loops import Operand, Program, Storage


@dataclass(slots=True)
class Adjoints:
    """What a GRAD leaf asks for: the adjoints of `root` by the numbers of some storages."""

    root: Operand
    mark: str  # ends the names of what it makes
    of: dict[Storage, Storage] = field(default_factory=dict)


@dataclass(slots=True)
class Rolled:
    """A program, and what differentiating it needs to know."""

    program: Program
    adjoints: list[Adjoints]
    risky: set[Storage]  # may hold inf or nan; see Note [Settled products] in risk.py
    holed: set[Storage]  # not every number of them means something; see Note [Holes] in ragged.py
