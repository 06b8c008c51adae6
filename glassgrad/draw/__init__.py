"""Pictures of expressions, networks, training runs and decisions: as SVG, PNG or text."""

from glassgrad.draw.boundary import decision_boundary
from glassgrad.draw.curve import loss_curve
from glassgrad.draw.graph import graph
from glassgrad.draw.network import network
from glassgrad.draw.picture import Picture

__all__ = ["Picture", "decision_boundary", "graph", "loss_curve", "network"]
