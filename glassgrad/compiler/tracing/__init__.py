"""The user's function, run once and written down as a graph."""
