"""LLVM: text in, a callable address out. The only place that knows llvmlite."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

try:
    import llvmlite.binding as llvm  # type: ignore[import-untyped]  # it ships no types
except OSError as error:  # it is there, but not its library, or that of another machine
    raise ImportError(f"llvmlite does not load: {error}") from error

from ..ir.floats import Float
from ..ir.unsupported import Unsupported

OPTIMISATION = 2  # of code generation: 0 makes slower code, several times sooner
_POINTER = ctypes.c_void_p
_SIGNATURE = ctypes.CFUNCTYPE(  # as `emit.module` writes it
    None, _POINTER, _POINTER, _POINTER, _POINTER, ctypes.c_int64, _POINTER, _POINTER
)
_DRIVING = ctypes.CFUNCTYPE(None, _POINTER, ctypes.c_int64, ctypes.c_int64)


class UnknownProcessor(Unsupported):
    """LLVM makes no code for this processor."""


def _features() -> llvm.FeatureMap:
    """What this processor has beyond the first of its kind; nothing, where LLVM cannot tell."""
    try:
        return llvm.get_host_cpu_features()
    except RuntimeError:
        return llvm.FeatureMap()


def _machine() -> llvm.TargetMachine:
    """A description of this processor; an engine takes it over, so each has its own."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features().flatten(), opt=OPTIMISATION, jit=True
    )


@lru_cache(maxsize=1)
def _width() -> int:
    """The bits of this machine's vectors; 128 are there on every processor that has any."""
    features = _features()
    if features.get("avx512f"):
        return 512
    return 256 if features.get("avx") else 128


def lanes(kind: Float) -> int:
    """How many numbers this machine's vectors hold."""
    return _width() // kind.bits


def machine_name() -> str:
    """What tells apart LLVMs and processors that do not run each other's code."""
    version = ".".join(map(str, llvm.llvm_version_info))
    processor = f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {_features().flatten()}"
    return f"{version} -O{OPTIMISATION} {processor}"


def machine_code(text: str) -> bytes:
    """The object file that LLVM makes of a module: a single long call, bounded by the text.

    Raises:
        UnknownProcessor: says which, and what LLVM said.
    """
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_process_triple()
    module.verify()
    with _told():
        code: bytes = _machine().emit_object(module)
    return code


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise UnknownProcessor(
            f"LLVM makes no code for this processor ({platform.machine()}): {error}"
        ) from error


class Loaded:
    """An object file in memory, where it stays as long as this object is.

    Raises:
        UnknownProcessor: as above.
    """

    def __init__(self, code: bytes) -> None:
        with _told():
            self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
            self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function or a row of numbers stands."""
        found: int = self._engine.get_global_value_address(name)
        return found


class Function:
    """A step's function of an object file, loaded, alive as long as this object is."""

    def __init__(self, code: bytes, name: str) -> None:
        self._loaded = Loaded(code)
        self.address = self._loaded.address(name)
        self.call: Callable[[int, int, int, int, int, int, int], None] = _SIGNATURE(self.address)


def driving_function(address: int) -> Callable[[int, int, int], None]:
    """A function of an address and two whole numbers, during which Python's lock is free."""
    return _DRIVING(address)
