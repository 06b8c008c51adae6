"""Pictures of expressions, networks, training runs and decisions: as SVG, PNG or text."""

from .boundary import decision_boundary
from .curve import loss_curve
from .graph import graph
from .network import network
from .picture import Picture

__all__ = ["Picture", "decision_boundary", "graph", "loss_curve", "network"]
