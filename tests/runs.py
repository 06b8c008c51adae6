"""Compiled runs of `fit` for tests."""

from __future__ import annotations

from typing import Any

from glassgrad import Module, losses, optim
from glassgrad.training import History, fit


def weights(model: Module) -> list[float]:
    """Its numbers."""
    return [p.data for p in model.parameters()]


def compiled(model: Module, X: Any, y: Any, **settings: Any) -> History:
    """A silent compiled run on two classes by Adam, but for the settings that say otherwise."""
    usual = {
        "loss": losses.binary_cross_entropy,
        "optimiser": optim.Adam(model.parameters(), lr=0.05),
        "progress": False,
        "eager": False,
    }
    return fit(model, X, y, **usual | settings)
