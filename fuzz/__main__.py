"""`./dev fuzz N [--seed S] [--jobs J]`: programs S to S + N - 1, judged in J processes.

What is found is made small and printed as Python, with the seed that repeats it. Exits with 1 where
anything was found.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path

from glassgrad.compiler.machine import llvm

from .agreement import Unfit, disagreement
from .draws import Draws, shrunk
from .programs import program

_THOROUGH = 10  # one program in so many is judged stage by stage, in the code that users run
_STEPS = 10
_SECONDS = 60  # of the processor, more than any program takes: it hangs
_COLLECTED = 50  # programs, after which the collector looks for circles
_SHRINKING = 60.0  # seconds for each program
_MOST, _SHRUNK = 20, 3  # wrong programs after which to stop, and how many are made small


def found(draws: Draws, thorough: bool) -> str | None:
    """What differs in the program of these draws; None where nothing does or it cannot run."""
    llvm.OPTIMISATION = 2 if thorough else 0
    try:
        return disagreement(program(draws), _STEPS, thorough)
    except Unfit:
        return None


def fails(taken: Sequence[int], thorough: bool) -> bool:
    """Whether a program of given draws differs, or ends the process that runs it."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _limit()
        with Path(os.devnull).open("w") as nowhere:
            sys.stderr = nowhere
            os._exit(1 if found(Draws(given=taken), thorough) else 0)
    return os.waitpid(child, 0)[1] != 0


def work(seeds: range, to: Connection) -> None:
    """Judge the programs of these seeds; send each with what was found."""
    os.environ["GLASSGRAD_CACHE"] = "off"  # no program comes again
    gc.freeze()
    gc.disable()  # it would take a fifth of the time
    for done, seed in enumerate(seeds):
        _limit()
        to.send((seed, found(Draws(seed), seed % _THOROUGH == 0)))
        if done % _COLLECTED == 0:
            gc.collect()


def _limit() -> None:
    """End this process, even in native code, if a program takes too long."""
    signal.setitimer(signal.ITIMER_PROF, _SECONDS)


class Worker:
    """A process and the seeds that are left to it."""

    def __init__(self, seeds: range) -> None:
        self.seeds = seeds
        self.receiver, sender = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=work, args=(seeds, sender), daemon=True)
        self.process.start()
        sender.close()

    def results(self) -> Iterator[tuple[int, str | None]]:
        """Those that have come. A process that ended too early failed at its next seed."""
        try:
            while self.receiver.poll():
                seed, difference = self.receiver.recv()
                self.seeds = self.seeds[1:]
                yield seed, difference
        except EOFError:
            self.process.join()
            if self.seeds:
                yield self.seeds[0], f"the process ended with {self.process.exitcode}"


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("count", type=int, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the first one (0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    start, wrong = time.monotonic(), dict[int, str]()
    seeds = range(options.seed, options.seed + options.count)
    done = 0
    for done, (seed, difference) in enumerate(judged(seeds, options.jobs), 1):
        if difference:
            wrong[seed] = difference
            print(f"\rseed {seed}: {difference}", flush=True)
        if done % 100 == 0:
            rate = done / (time.monotonic() - start)
            progress = f"{done} of {len(seeds)}, {rate:.0f} a second, {len(wrong)} wrong"
            print(f"\r{progress}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
        if len(wrong) >= _MOST:
            break
    print(f"\r{done} programs in {time.monotonic() - start:.0f} s, {len(wrong)} wrong")
    for seed in list(wrong)[:_SHRUNK]:
        show(seed)
    return 1 if wrong else 0


def judged(seeds: range, jobs: int) -> Iterator[tuple[int, str | None]]:
    """Every seed with what was found, as they come from so many processes."""
    workers = [Worker(seeds[k::jobs]) for k in range(min(jobs, len(seeds)))]
    try:
        while workers:
            wait([worker.receiver for worker in workers])
            for worker in list(workers):
                yield from worker.results()
                if worker.process.is_alive():
                    continue
                yield from worker.results()
                workers.remove(worker)
                if worker.seeds[1:]:
                    workers.append(Worker(worker.seeds[1:]))
    finally:
        for worker in workers:
            worker.process.kill()


def show(seed: int) -> None:
    """Print a small program that fails as that of `seed` does."""
    thorough = seed % _THOROUGH == 0
    draws = Draws(seed)
    program(draws)
    print(f"\n# seed {seed}, made small:\n", flush=True)
    small = Draws(given=shrunk(draws.taken, lambda taken: fails(taken, thorough), _SHRINKING))
    print(program(small))
    print(f"# to repeat: ./dev fuzz 1 --seed {seed}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
