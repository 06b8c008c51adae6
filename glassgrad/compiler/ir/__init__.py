"""The forms that a step takes: the graph of its operations, and loops over axes."""
