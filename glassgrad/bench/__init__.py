"""glassgrad beside other libraries: the same programs, checked to compute the same, then timed.

`workloads.py` says what is computed, `peers/` does it with each library, `worker.py` runs one of
them in a process of its own, `compare.py` checks and times them in turn, `report.py` tells it.
"""

from .compare import Cell, compare
from .report import as_table, machine
from .ways import WAYS, Way, of_names
from .workloads import WORKLOADS

__all__ = ["WAYS", "WORKLOADS", "Cell", "Way", "as_table", "compare", "machine", "of_names"]
