"""The compiler: a user's step is traced once, and then runs without Python in between."""

from .backends import Backend, Interpreter
from .decorator import compile
from .jit import Compiled
from .numbers import TraceError

__all__ = ["Backend", "Compiled", "Interpreter", "TraceError", "compile"]
