"""A training run from the first step to the last, and what is kept of it."""

from .anomaly import NotFiniteError
from .checkpoint import CheckpointError
from .fit import fit
from .history import Epoch, History
from .interrupt import Interrupted
from .metrics import METRICS, Metric
from .progress import Progress

__all__ = [
    "METRICS",
    "CheckpointError",
    "Epoch",
    "History",
    "Interrupted",
    "Metric",
    "NotFiniteError",
    "Progress",
    "fit",
]
