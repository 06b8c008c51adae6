"""The limit: the workloads written by hand in C++ with vectors, as fast as this machine allows.

    ./dev bench limit

prints microseconds a step, many steps in one call, on one core. It needs g++ (or another compiler
that CXX names); `limit.cpp` is built when it is first asked for. Other benchmarks call `run`.

A is the lecture's 3-4-4-1 network, B the moons' 2-16-16-1, C 64-32-10 on 32 samples, D 784-128-10
on 128, E1 Rosenbrock's function, E2 a pendulum, F 1000 networks like B at once.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg

Array = NDArray[np.floating[Any]]

SIZES = {"A": [3, 4, 4, 1], "B": [2, 16, 16, 1], "C": [64, 32, 10], "D": [784, 128, 10]}
SAMPLES = {"A": 4, "B": 100, "C": 32, "D": 128, "F": 100}
WORKLOADS = ("A", "B", "C", "D", "E1", "E2", "F")
RATE = 0.1
NETWORKS = 1000
VARIABLES = 1000
_ROOM = 352  # numbers from one network of F to the next
_BESIDE = 4096  # numbers behind an array, where whole vectors may reach
_TYPES = {"float32": ("float", ctypes.c_float), "float64": ("double", ctypes.c_double)}


def _vector_bytes() -> int:
    """How wide this machine's vectors are, as the compiler of glassgrad finds it."""
    from glassgrad.compiler.floats import FLOAT64
    from glassgrad.compiler.llvm import lanes

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


def setting(workload: str, seed: int = 1) -> tuple[Array, Array, Array]:
    """Parameters in glassgrad's order (the weights of a neuron, its bias), inputs and targets.

    The targets of C and D are classes. E1 and E2 have parameters alone.
    """
    if workload == "E1":
        return np.random.default_rng(seed).uniform(-1, 1, VARIABLES), np.zeros(0), np.zeros(0)
    if workload == "E2":
        return np.array([1.0, 0.2, 1.5]), np.zeros(0), np.zeros(0)
    if workload == "F":
        nets = [setting("B", seed + k)[0] for k in range(NETWORKS)]
        return np.stack(nets), *setting("B")[1:]
    rng, sizes = random.Random(seed), SIZES[workload]
    rows: list[float] = []
    for nin, nout in pairwise(sizes):
        scale = 1.0 if workload in "AB" else 1.0 / nin**0.5
        for _ in range(nout):
            rows += [rng.uniform(-scale, scale) for _ in range(nin)]
            rows.append(rng.uniform(-scale, scale) if workload == "A" else 0.0)
    if workload == "A":
        X, y = gg.data.lecture()
    elif workload == "B":
        X, y = gg.data.demo_moons()
    else:
        X = [[rng.gauss(0, 1) for _ in range(sizes[0])] for _ in range(SAMPLES[workload])]
        y = [rng.randrange(sizes[-1]) for _ in range(SAMPLES[workload])]
    return np.array(rows), np.array(X, float), np.array(y)


def run(workload: str, dtype: str, steps: int, *at: Array) -> tuple[float, Array, float]:
    """Run so many steps.

    Args:
        at: parameters, inputs and targets as `setting` gives them; by default those.

    Returns:
        The loss of the last step (of F, of its first network), the parameters after it (of E1 and
        E2 the gradient), and the processor's seconds for the steps.
    """
    numbers, X, y = at or setting(workload)
    real = _TYPES[dtype][1]
    call = getattr(library(dtype), f"run_{workload.lower()}")
    call.restype = real
    arrays = [_aligned(x, dtype) for x in _arranged(workload, dtype, numbers, X, y)]
    rest: list[Any] = [ctypes.c_long(steps)]
    if workload not in ("E1", "E2"):
        rest.insert(0, real(RATE))
    if workload == "F":
        losses = _aligned(np.zeros(len(numbers)), dtype)
        rest += [ctypes.c_long(len(numbers)), _at(losses)]
    start = process_time()
    loss = call(*map(_at, arrays), *rest)
    seconds = process_time() - start
    return loss, _in_order(arrays[0], numbers, workload), seconds


def _arranged(workload: str, dtype: str, numbers: Array, X: Array, y: Array) -> list[Array]:
    """The arrays that the function of a workload takes, what it changes first."""
    if workload in ("E1", "E2"):
        return [np.zeros(len(numbers)), numbers]
    if workload in ("A", "B"):
        return [_transposed(numbers, SIZES[workload]), X, y]
    if workload == "F":
        nets = np.zeros((len(numbers), _ROOM))
        for net, own in zip(nets, numbers, strict=True):
            net[: own.size] = _transposed(own, SIZES["B"])
        return [nets, X, y]
    panel = library(dtype).panel()
    classes = np.eye(SIZES[workload][-1])[y.astype(int)]
    rows = [part.ravel() for layer in _layers(numbers, SIZES[workload]) for part in layer]
    return [np.concatenate(rows), *(_panels(x, panel) for x in (X.T, X, classes.T))]


def _in_order(after: Array, before: Array, workload: str) -> Array:
    """The parameters in glassgrad's order again."""
    if workload in ("E1", "E2"):
        return after
    if workload == "F":
        size = before.shape[1]
        return np.stack([_in_order(net[:size], net[:size], "B") for net in after])
    rows, start = [], 0
    for nin, nout in pairwise(SIZES[workload]):
        shape = (nin, nout) if workload in "AB" else (nout, nin)
        weights = after[start : start + nin * nout].reshape(shape)
        weights = weights.T if workload in "AB" else weights
        start += nin * nout
        rows.append(np.column_stack([weights, after[start : start + nout]]).ravel())
        start += nout
    return np.concatenate(rows)


def _layers(numbers: Array, sizes: list[int]) -> list[tuple[Array, Array]]:
    """Of each layer the weights, a row for each neuron, and the biases."""
    layers, start = [], 0
    for nin, nout in pairwise(sizes):
        rows = numbers[start : start + nout * (nin + 1)].reshape(nout, nin + 1)
        layers.append((rows[:, :-1], rows[:, -1]))
        start += rows.size
    return layers


def _transposed(numbers: Array, sizes: list[int]) -> Array:
    """Of each layer a row of weights for each input, then the biases."""
    parts = [np.concatenate([w.T.ravel(), b]) for w, b in _layers(numbers, sizes)]
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
    at = setting(workload)
    steps = 1
    while run(workload, dtype, steps, *at)[2] < 0.01:
        steps *= 2
    times = [run(workload, dtype, steps, *at)[2] for _ in range(repeats)]
    return 1e6 * min(times) / steps / (NETWORKS if workload == "F" else 1)


def main() -> None:
    """Print a line for each workload."""
    chosen = sys.argv[1:] or WORKLOADS
    print(f"{'':<4}{'float32 us':>12}{'float64 us':>12}")
    for workload in chosen:
        both = [microseconds(workload, dtype) for dtype in _TYPES]
        print(f"{workload:<4}{both[0]:>12.3f}{both[1]:>12.3f}")


if __name__ == "__main__":
    main()
