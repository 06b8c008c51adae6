"""What is wrong with a network in training, and the number that proves it."""

from __future__ import annotations

from .messages.training import Finding


def findings_of() -> list[Finding]:
    """Return what is wrong."""
    return []
