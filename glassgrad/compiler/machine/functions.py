"""Functions of a module of LLVM's text, compiled once for all processes: the cache keeps them."""

from __future__ import annotations

import numpy as np

from . import cache
from .llvm import Loaded, machine_code


def functions(text: str) -> Loaded:
    """The functions of a module, from disk or made now."""
    key = cache.digest_of(text)
    entry = cache.load(key)
    if entry is None:
        entry = {"machine": np.frombuffer(machine_code(text), np.uint8)}
        cache.store(key, entry)
    return Loaded(entry["machine"].tobytes())
