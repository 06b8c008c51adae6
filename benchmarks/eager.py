"""Eager glassgrad beside micrograd: one training step of the moons demo, each in its own process.

    ./dev bench eager [--rounds N] [--json FILE]

The program is the same for both, with only the import changed: the micrograd demo's network
(2-16-16-1, relu, 337 parameters), 100 points, hinge loss and an L2 penalty. It is measured as
Python starts (garbage collector on) and with the collector off during a step. Before anything is
timed, all 337 gradients are compared. Then come glassgrad's own figures: bytes a node, a chain of
10 million nodes, and the time that `import glassgrad` adds to Python's start.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import statistics
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

ENGINES = {"glassgrad": "glassgrad.value", "micrograd": "micrograd.engine"}
POINTS, STEPS = 100, 5


def moons() -> tuple[list[list[float]], list[int]]:
    """The demo's 100 points and their labels, -1 or 1."""
    from glassgrad.data import demo_moons

    return demo_moons()


def network(Value: Any, rng: random.Random) -> Any:
    """The notes' Neuron, Layer and MLP, with the micrograd demo's relu and zero biases."""

    class Neuron:
        def __init__(self, nin: int, activated: bool) -> None:
            self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
            self.b = Value(0.0)
            self.activated = activated

        def __call__(self, x: list[Any]) -> Any:
            act = sum((wi * xi for wi, xi in zip(self.w, x, strict=False)), self.b)
            return act.relu() if self.activated else act

    class MLP:
        def __init__(self, nin: int, nouts: list[int]) -> None:
            sizes = [nin, *nouts]
            self.layers = [
                [Neuron(sizes[i], activated=i < len(nouts) - 1) for _ in range(nout)]
                for i, nout in enumerate(nouts)
            ]

        def __call__(self, x: list[Any]) -> Any:
            for layer in self.layers:
                x = [neuron(x) for neuron in layer]
            return x[0]

        def parameters(self) -> list[Any]:
            return [p for layer in self.layers for n in layer for p in [*n.w, n.b]]

    return MLP(2, [16, 16, 1])


def one_step(Value: Any, model: Any, X: list[list[float]], y: list[int]) -> Any:
    """Forward, zero the gradients, backward, update; gives the loss."""
    scores = [model([Value(x) for x in row]) for row in X]
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=False)]
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    loss = sum(losses) * (1.0 / len(losses)) + penalty
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    return loss


def measure_steps(engine: str, collector: bool) -> dict[str, Any]:
    """Milliseconds a step in this process, and the first step's loss and gradients."""
    Value = import_module(ENGINES[engine]).Value
    X, y = moons()
    model = network(Value, random.Random(1337))
    loss = one_step(Value, model, X, y)
    first = [loss.data, *(p.grad for p in model.parameters())]
    if not collector:
        gc.disable()
    times = []
    for _ in range(STEPS):
        start = time.perf_counter()
        loss = one_step(Value, model, X, y)
        times.append(1e3 * (time.perf_counter() - start))
        if not collector:
            gc.collect()  # outside of the measured time: micrograd's graphs are cycles
    return {"ms": statistics.median(times), "first": first}


def measure_chain(length: int) -> dict[str, Any]:
    """Seconds to build, walk back and free a chain; bytes a node at its peak and after backward."""
    from glassgrad import Value

    before = _resident()
    x = Value(1.0)
    start = time.perf_counter()
    y = x
    for _ in range(length):
        y = y * x
    built, resident = time.perf_counter(), _resident()
    y.backward()
    done, after = time.perf_counter(), _resident()
    exact = x.grad == length + 1.0
    del y
    freed = time.perf_counter()
    return {
        "build_s": built - start,
        "backward_s": done - built,
        "free_s": freed - done,
        "bytes_built": (resident - before) / length,
        "bytes_after_backward": (after - before) / length,
        "exact": exact,
    }


def _resident() -> int:
    """Bytes of memory this process holds (Linux)."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


def in_own_process(*arguments: str) -> dict[str, Any]:
    """What this file's `--worker` measures, in a Python of its own."""
    command = [sys.executable, __file__, "--worker", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def import_milliseconds(rounds: int) -> float:
    """What `import glassgrad` and its Value add to the start of Python, by medians."""

    def start(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return 1e3 * (time.perf_counter() - begin)

    codes = ("pass", "from glassgrad import Value")
    pairs = [[start(code) for code in codes] for _ in range(rounds + 2)]
    return statistics.median(with_it - bare for bare, with_it in pairs[1:])


def same_numbers(ours: list[float], theirs: list[float]) -> float:
    """The largest relative difference; the program ends where it is more than rounding."""
    worst = max(abs(a - b) / max(abs(a), abs(b), 1e-12) for a, b in zip(ours, theirs, strict=True))
    if worst > 1e-9:
        sys.exit(f"The engines disagree (relative difference {worst:.1e}): nothing was timed.")
    return worst


def main() -> None:
    """Run every cell, check that the engines agree, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="processes per cell (default 5)")
    parser.add_argument("--chain", type=int, default=10_000_000, help="nodes in the long chain")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        kind, argument = options.worker
        chain = kind == "chain"
        result = measure_chain(int(argument)) if chain else measure_steps(kind, argument == "on")
        print(json.dumps(result))
        return

    cells: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        for collector in ("on", "off"):
            results = {engine: in_own_process(engine, collector) for engine in ENGINES}
            worst = same_numbers(*(results[engine]["first"] for engine in ENGINES))
            for engine in ENGINES:
                cells.setdefault(f"{engine} {collector}", []).append(results[engine]["ms"])
    medians = {cell: statistics.median(times) for cell, times in cells.items()}

    print(f"one step of the moons demo, {options.rounds} processes a cell, medians;")
    print(f"loss and 337 gradients agree to {worst:.0e}\n")
    print(f"{'collector':<11}{'glassgrad':>12}{'micrograd':>12}{'ratio':>8}")
    for collector in ("on", "off"):
        ours, theirs = (medians[f"{engine} {collector}"] for engine in ENGINES)
        print(f"{collector:<11}{ours:>9.1f} ms{theirs:>9.1f} ms{theirs / ours:>8.2f}")

    chain = in_own_process("chain", str(options.chain))
    print(f"\na chain of {options.chain:,} nodes: built in {chain['build_s']:.1f} s,", end=" ")
    print(f"backward {chain['backward_s']:.1f} s, freed {chain['free_s']:.1f} s;", end=" ")
    print("gradient exact" if chain["exact"] else "GRADIENT WRONG")
    print(f"bytes a node: {chain['bytes_built']:.0f} built,", end=" ")
    print(f"{chain['bytes_after_backward']:.0f} after backward")
    milliseconds = import_milliseconds(options.rounds)
    print(f"from glassgrad import Value: {milliseconds:.0f} ms over bare Python")
    if options.json:
        figures = {"medians_ms": medians, "chain": chain, "import_ms": milliseconds}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
