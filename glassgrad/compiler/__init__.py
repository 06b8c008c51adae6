"""The compiler: a user's step is traced once, and then runs without Python in between.

`jit.py` has the whole way on one page. Its rooms, each of which uses only those before it: `ir` has
the forms that a step takes, `machine` is LLVM, `tracing` makes a graph of Python, `rolling` loops
of the graph, `emitting` LLVM's text of the loops, and `running` is what a call does.
"""

from .decorator import compile
from .jit import Compiled
from .running.backends import Backend, Interpreter
from .tracing.numbers import TraceError

__all__ = ["Backend", "Compiled", "Interpreter", "TraceError", "compile"]
