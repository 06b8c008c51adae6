"""Graph -> loops, with the adjoint of each statement."""
