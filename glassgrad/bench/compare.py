"""`compare`: every way of running a workload, checked against the reference and timed in turn.

A cell is timed only where its loss and parameters after a few steps are those of the reference,
NumPy's float64 by hand. The ways take turns, a short while each, and the median counts: what
disturbs the machine for a moment meets all of them alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from .ways import Way
from .worker import CHECKED, ONE_THREAD
from .workloads import Network, Workload, workload_of

TOLERANCE = {"float64": 1e-9, "float32": 1e-4}  # of the largest number of a kind, after all steps
_TIDYING = 5.0  # seconds
_LONG = 1.0  # seconds of a step, from which on one sample does


@dataclass
class Cell:
    """One way of running one workload in one type.

    Attributes:
        us: microseconds of CPU time for a step and a model, the median; None: see `why`.
        first_s: seconds until the first step was made, compilation included.
        off: the largest difference from the reference, relative to the largest number of a kind.
        why: the reason that there is no time.
    """

    workload: str
    dtype: str
    way: str
    us: float | None = None
    first_s: float | None = None
    off: float | None = None
    why: str = ""
    samples: list[float] = field(default_factory=list, repr=False)


def compare(
    workloads: Iterable[str],
    dtypes: Sequence[str],
    ways: Sequence[Way],
    *,
    rounds: int = 7,
    seconds: float = 0.05,
    patience: float = 120.0,
    said: Callable[[str], None] = lambda _: None,
) -> list[Cell]:
    """Check and time each way on each workload.

    Args:
        workloads: names that `workload_of` knows.
        dtypes: "float32", "float64".
        ways: what takes part; what is not installed gets a cell that says so.
        rounds: samples of each cell.
        seconds: what a sample takes, about.
        patience: seconds that a way may take until its first steps are made, compilation included.
        said: takes a line about what is being done.
    """
    cells = []
    with ExitStack() as stack:
        workers = {way.name: Process(way, patience) for way in ways if way.is_installed()}
        for process in workers.values():
            stack.callback(process.end)
        for name in workloads:
            for dtype in dtypes:
                said(f"{name} {dtype}: {workload_of(name).title}")
                cells += _column(name, dtype, ways, workers, rounds, seconds)
    return cells


def _column(
    name: str,
    dtype: str,
    ways: Sequence[Way],
    workers: dict[str, Process],
    rounds: int,
    seconds: float,
) -> list[Cell]:
    workload = workload_of(name)
    ways = [way for way in ways if way.is_for(workload)]
    cells = {way.name: Cell(name, dtype, way.name) for way in ways}
    reference = _reference(workload)
    for way in ways:
        cell = cells[way.name]
        if way.name in workers:
            _check(cell, workers[way.name], reference)
        else:
            cell.why = f"{way.needs} is not installed"
    timed = [cell for cell in cells.values() if not cell.why]
    models = _models(workload)
    for _ in range(rounds):
        for cell in timed:
            if cell.samples and cell.samples[0] > 1e6 * _LONG:
                continue
            answer = workers[cell.way].ask(do="time", seconds=seconds)
            if "unfit" in answer:
                cell.why = answer["unfit"]
                continue
            cell.samples.append(1e6 * answer["cpu"] / models)
    for cell in timed:
        if cell.samples and not cell.why:
            cell.us = statistics.median(cell.samples)
    return list(cells.values())


def _models(workload: Workload) -> int:
    return workload.models if isinstance(workload, Network) else 1


Reference = tuple[list[float], list[Any]]


def _reference(workload: Workload) -> Reference:
    """Losses, and the parameters after 0, 1, 2, ... steps."""
    from .peers.by_numpy import program

    made = program(workload, "float64")
    losses, parameters = [], [made.parameters().copy()]
    for _ in range(CHECKED):
        losses.append(made.run(1))
        parameters.append(made.parameters().copy())
    return losses, parameters


def _check(cell: Cell, process: Process, reference: Reference) -> None:
    """Have the program made, and its first steps compared."""
    import numpy as np

    answer = process.ask(do="make", workload=cell.workload, dtype=cell.dtype)
    if "unfit" in answer:
        cell.why = answer["unfit"]
        return
    steps = len(answer["losses"])
    pairs = [
        (np.array(answer["losses"]), np.array(reference[0][:steps])),
        (np.array(answer["parameters"]), reference[1][steps]),
    ]
    if any(got.shape != wanted.shape for got, wanted in pairs):
        cell.why = "it has another number of parameters"
        return
    cell.first_s = answer["first"]
    # Of a thousand networks, one may see a relu's input rounded to the other side of 0.
    share = 1.0 if _models(workload_of(cell.workload)) == 1 else 0.99
    offs = [np.quantile(abs(got - wanted), share) / abs(wanted).max() for got, wanted in pairs]
    off = float(np.max(offs))
    if not off <= TOLERANCE[cell.dtype]:  # be it nan
        cell.why = f"its numbers are off by {off:.0e}"
        return
    cell.off = off


class Process:
    """A worker, started when it is first asked, and anew when it died."""

    def __init__(self, way: Way, patience: float) -> None:
        self._way = way
        self._patience = patience
        self._running: subprocess.Popen[str] | None = None

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer; where there is none, a sentence that says why, under "unfit"."""
        running = self._running = self._running or self._started()
        assert running.stdin
        assert running.stdout
        late = threading.Timer(self._patience, running.kill)
        late.start()
        try:
            running.stdin.write(json.dumps(request) + "\n")
            running.stdin.flush()
            line = running.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            was_late = not late.is_alive()
            late.cancel()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.end()
        if was_late:
            return {"unfit": f"not ready after {self._patience:.0f} s"}
        return {"unfit": f"its process ended ({running.returncode})"}

    def _started(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "glassgrad.bench.worker"]
        return subprocess.Popen(
            [*command, self._way.module, self._way.function],
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def end(self) -> None:
        """Have it tidy up and end, or else end it."""
        if self._running:
            try:
                self._running.communicate(timeout=_TIDYING)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.communicate()
            self._running = None
