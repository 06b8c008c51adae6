"""One way of running workloads, in a process of its own: `python -m glassgrad.bench.worker ...`.

Note [Workers]
Each library gets its own process, so that none meets another's garbage, threads or settings, and a
crash or an endless compilation takes only itself away. The parent writes a line of JSON for each
thing to do, and reads one as the answer:

    {"do": "make", "workload": "A", "dtype": "float32"}   -> losses, parameters, seconds
    {"do": "time", "seconds": 0.05}                       -> cpu: seconds a step

All libraries run on one thread, so a process's CPU time is the time it takes, whatever else the
machine does meanwhile.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any, TextIO

from .program import Program, Unfit
from .workloads import Workload, workload_of

CHECKED = 5  # steps, compared with the reference
_PATIENCE = 2.0  # seconds after which fewer do
ONE_THREAD = {
    "GLASSGRAD_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


class Worker:
    """Does what the parent asks for, with the program it made last."""

    def __init__(self, make: Callable[[Workload, str], Program]) -> None:
        self._make = make
        self._program: Program | None = None
        self._steps = 1

    def make(self, workload: str, dtype: str) -> dict[str, Any]:
        """Make a program and its first steps."""
        self._program = None  # let go of the one before
        gc.collect()
        start = time.perf_counter()
        program = self._make(workload_of(workload), dtype)
        losses = [program.run(1)]
        first = time.perf_counter() - start
        while len(losses) < CHECKED and time.perf_counter() - start - first < _PATIENCE:
            losses.append(program.run(1))
        self._program, self._steps = program, 1
        parameters = [float(x) for x in program.parameters()]
        return {"losses": losses, "parameters": parameters, "first": first}

    def time(self, seconds: float) -> dict[str, Any]:
        """The time of a step, over about so many seconds of steps."""
        assert self._program, "there is nothing to time"
        gc.collect()
        while True:
            cpu, wall = time.process_time(), time.perf_counter()
            self._program.run(self._steps)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            if cpu > seconds / 3 or wall > 3 * seconds:
                return {"cpu": cpu / self._steps}
            self._steps = int(self._steps * min(20.0, 1 + 0.7 * seconds / max(cpu, 1e-6)))


def serve(worker: Worker, asked: TextIO, answers: TextIO) -> None:
    """Answer each line until there is no more."""
    for line in asked:
        request = json.loads(line)
        try:
            answer = getattr(worker, request.pop("do"))(**request)
        except Unfit as reason:
            answer = {"unfit": str(reason)}
        except Exception as error:  # noqa: BLE001  # a peer may raise anything; the table tells it
            traceback.print_exc()
            answer = {"unfit": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main(module: str, function: str) -> None:
    """Serve with a function of a module."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints may not mix with the answers
    serve(Worker(getattr(import_module(module), function)), sys.stdin, answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
