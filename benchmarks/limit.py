"""The limit: the workloads written by hand in C++ with vectors, as fast as this machine allows.

    ./dev bench limit [WORKLOAD ...]

prints microseconds a step, many steps in one call, on one core. It needs g++ (or another compiler
that CXX names); `limit.cpp` is built when it is first asked for. `./dev bench workloads` has it
beside the libraries.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.bench import WORKLOADS
from glassgrad.bench.program import Program, Unfit
from glassgrad.bench.workloads import Network, Rosenbrock, Workload

Array = NDArray[np.floating[Any]]

_ROOM = 352  # numbers from one network of F to the next
_BESIDE = 4096  # numbers behind an array, where whole vectors may reach
_TYPES = {"float32": ("float", ctypes.c_float), "float64": ("double", ctypes.c_double)}


def _vector_bytes() -> int:
    """How wide this machine's vectors are, as the compiler of glassgrad finds it."""
    from glassgrad.compiler.ir.floats import FLOAT64
    from glassgrad.compiler.machine.llvm import lanes

    return 8 * lanes(FLOAT64)


@cache
def library(dtype: str) -> ctypes.CDLL:
    """The workloads for one type of numbers, built now.

    Raises:
        FileNotFoundError: there is no C++ compiler.
    """
    compiler = shutil.which(os.environ.get("CXX", "g++"))
    if compiler is None:
        raise FileNotFoundError("The limit needs a C++ compiler: install g++, or set CXX.")
    source = Path(__file__).with_suffix(".cpp")
    # The parts of -ffast-math that leave subnormal numbers of the process as they are.
    loose = ["-fno-math-errno", "-fno-trapping-math", "-ffinite-math-only", "-fno-signed-zeros"]
    loose += ["-fassociative-math", "-freciprocal-math"]
    flags = ["-std=c++20", "-O3", "-march=native", *loose, "-shared", "-fPIC"]
    kinds = [f"-DREAL={_TYPES[dtype][0]}", f"-DBYTES={_vector_bytes()}"]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "limit.so")
        subprocess.run([compiler, *flags, *kinds, str(source), "-o", path], check=True)
        return ctypes.CDLL(path)


def program(workload: Workload, dtype: str) -> Program:
    """One of the workloads A to F."""
    if WORKLOADS.get(workload.name) != workload:
        raise Unfit("it is written for the workloads A to F alone")
    if not isinstance(workload, Network):
        return _descent(workload, dtype)
    layers = workload.initial()
    X, y = workload.data()
    if workload.models > 1:
        return _copies(workload, dtype)
    if workload.loss != "cross-entropy":
        numbers = np.concatenate([part.ravel() for layer in layers for part in layer])
        return _program(workload, dtype, [numbers, X, y])
    numbers = np.concatenate([part.ravel() for W, b in layers for part in (W.T, b)])
    panel = library(dtype).panel()
    classes = np.eye(workload.sizes[-1])[y]
    made = _program(workload, dtype, [numbers, *(_panels(x, panel) for x in (X.T, X, classes.T))])
    return Program(made.run, lambda: _by_inputs(np.asarray(made.parameters()), workload))


def _descent(workload: Workload, dtype: str) -> Program:
    x = np.asarray(workload.initial())
    gradient = [np.zeros_like(x)] if isinstance(workload, Rosenbrock) else []
    return _program(workload, dtype, [x, *gradient])


def _copies(net: Network, dtype: str) -> Program:
    parts = [part.reshape(net.models, -1) for layer in net.initial() for part in layer]
    numbers = np.concatenate(parts, axis=1)
    nets = np.zeros((net.models, _ROOM))
    nets[:, : numbers.shape[1]] = numbers
    losses = _aligned(np.zeros(net.models), dtype)
    made = _program(net, dtype, [nets, *net.data()], ctypes.c_long(net.models), _at(losses))

    def run(steps: int) -> float:
        made.run(steps)
        return float(losses.mean())

    def parameters() -> Array:
        after = np.asarray(made.parameters())
        ends = np.cumsum([part.shape[1] for part in parts])
        pieces = np.split(after[:, : ends[-1]], ends[:-1], axis=1)
        return np.concatenate([piece.ravel() for piece in pieces])

    return Program(run, parameters)


def _program(workload: Workload, dtype: str, numbers: list[Array], *rest: Any) -> Program:
    """The function of a workload on these arrays, of which the first is what it moves."""
    real = _TYPES[dtype][1]
    call = getattr(library(dtype), f"run_{workload.name.lower()}")
    call.restype = real
    arrays = [_aligned(x, dtype) for x in numbers]

    def run(steps: int) -> float:
        pointers = map(_at, arrays)
        return float(call(*pointers, real(workload.rate), ctypes.c_long(steps), *rest))

    return Program(run, lambda: arrays[0])


def _by_inputs(numbers: Array, net: Network) -> Array:
    """The parameters with a row of weights for each input, where there was one for each neuron."""
    parts, start = [], 0
    for nin, nout in zip(net.sizes, net.sizes[1:], strict=False):
        W, b = np.split(numbers[start : start + (nin + 1) * nout], [nin * nout])
        parts += [W.reshape(nout, nin).T.ravel(), b]
        start += (nin + 1) * nout
    return np.concatenate(parts)


def _panels(rows: Array, width: int) -> Array:
    """Columns in panels of some width, one panel after another."""
    count = rows.shape[1] // width
    return rows.reshape(len(rows), count, width).swapaxes(0, 1)


def _aligned(x: Array, dtype: str) -> Array:
    """A copy where a line of the cache begins, with room behind it."""
    size = np.dtype(dtype).itemsize
    raw = np.zeros(x.size + _BESIDE, dtype)
    first = -raw.ctypes.data % 64 // size
    copy = raw[first : first + x.size].reshape(x.shape)
    copy[...] = x
    return copy


def _at(x: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(x.ctypes.data)


def microseconds(workload: str, dtype: str, repeats: int = 15) -> float:
    """The shortest time of a step, which other work disturbed least; in F of one network."""
    made = program(WORKLOADS[workload], dtype)

    def seconds(steps: int) -> float:
        start = process_time()
        made.run(steps)
        return process_time() - start

    steps = 1
    while seconds(steps) < 0.01:
        steps *= 2
    copies = getattr(WORKLOADS[workload], "models", 1)
    return 1e6 * min(seconds(steps) for _ in range(repeats)) / steps / copies


def main() -> None:
    """Print a line for each workload."""
    print(f"{'':<4}{'float32 us':>12}{'float64 us':>12}")
    for workload in sys.argv[1:] or WORKLOADS:
        both = [microseconds(workload, dtype) for dtype in _TYPES]
        print(f"{workload:<4}{both[0]:>12.3f}{both[1]:>12.3f}")


if __name__ == "__main__":
    main()
