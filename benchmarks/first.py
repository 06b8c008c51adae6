"""The first call of a compiled function: from the trace to machine code.

    ./dev bench first
    ./dev bench first --beside ../another/checkout

A training step of four networks, each written with a neuron of its own: the lecture's 3-4-4-1 on 4
samples (A), 2-16-16-1 on 100 (B), 64-32-10 on 32 (C) and 784-128-10 on 8 (D). Then B on ever more
samples. Every first call has a process of its own, in which another function was compiled before:
what is imported does not count. `cold` finds nothing on disk, `warm` what the run before has left.
`cold` and `warm` are times of the processor, those of the stages are of the clock, which counts
waiting on a busy machine too: milliseconds, the medians of three runs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

ROUNDS = 3
SAMPLES = [10, 100, 1000, 10_000]
Step = tuple[Callable[..., Any], tuple[Any, ...]]


def network(sizes: list[int], activation: str, last: bool) -> tuple[Callable[[Any], Any], Any]:
    """The forward pass of a network, as the notes write it, and its parameters."""
    import glassgrad as gg

    rng = random.Random(1)
    layers = [
        [
            ([gg.Value(rng.uniform(-1, 1) / nin**0.5) for _ in range(nin)], gg.Value(0.0))
            for _ in range(nout)
        ]
        for nin, nout in pairwise(sizes)
    ]

    def forward(x: Any) -> Any:
        for k, layer in enumerate(layers):
            sums = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            active = last or k < len(layers) - 1
            x = [getattr(z, activation)() for z in sums] if active else sums
        return x

    return forward, [p for layer in layers for w, b in layer for p in (*w, b)]


def descend(loss: Any, parameters: list[Any]) -> Any:
    """One step of gradient descent."""
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    for p in parameters:
        p.data -= 0.1 * p.grad
    return loss


def lecture(_samples: int) -> Step:
    """A: squared error."""
    forward, parameters = network([3, 4, 4, 1], "tanh", last=True)

    def step(X: Any, y: Any) -> Any:
        pairs = zip(X, y, strict=True)
        return descend(sum((forward(x)[0] - t) ** 2 for x, t in pairs), parameters)

    X = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    return step, (X, [1.0, -1.0, -1.0, 1.0])


def moons(samples: int) -> Step:
    """B: hinge loss and an L2 penalty."""
    import numpy as np

    forward, parameters = network([2, 16, 16, 1], "relu", last=False)

    def step(X: Any, y: Any) -> Any:
        losses = [(1 - t * forward(x)[0]).relu() for x, t in zip(X, y, strict=True)]
        decay = 1e-4 * sum(p * p for p in parameters)
        return descend(sum(losses) * (1.0 / len(losses)) + decay, parameters)

    rng = np.random.default_rng(0)
    return step, (rng.normal(size=(samples, 2)), np.sign(rng.normal(size=samples)))


def classes(sizes: list[int], activation: str, samples: int) -> Step:
    """C and D: softmax cross-entropy."""
    import numpy as np

    forward, parameters = network(sizes, activation, last=False)

    def step(X: Any, Y: Any) -> Any:
        loss = 0.0
        for x, t in zip(X, Y, strict=True):
            powers = [z.exp() for z in forward(x)]
            total = sum(powers)
            loss = loss - sum(ti * (p / total).log() for ti, p in zip(t, powers, strict=True))
        return descend(loss * (1.0 / len(X)), parameters)

    rng = np.random.default_rng(0)
    X = rng.normal(size=(samples, sizes[0]))
    return step, (X, np.eye(sizes[-1])[rng.integers(0, sizes[-1], samples)])


NETWORKS: dict[str, tuple[Callable[[int], Step], int]] = {
    "A": (lecture, 4),
    "B": (moons, 100),
    "C": (lambda samples: classes([64, 32, 10], "tanh", samples), 32),
    "D": (lambda samples: classes([784, 128, 10], "relu", samples), 8),
}


def first_call(name: str, samples: int) -> dict[str, float]:
    """What the first call of a network's step takes, and its stages, in this process."""
    import glassgrad as gg

    gg.compile(lambda x: [gg.tanh(x * k) for k in range(2000)])(1.0)
    step, arguments = NETWORKS[name][0](samples)
    compiled = gg.compile(step)
    start = time.process_time()
    compiled(*arguments)
    taken = {"all": 1e3 * (time.process_time() - start)}
    stages = {key[:-3]: x for key, x in compiled.stats.items() if key.endswith("_ms")}
    rolling = sum(stages.get(stage, 0.0) for stage in ("shorten", "simplify", "roll"))
    taken |= {"trace": stages["trace"], "roll": rolling, "LLVM": stages.get("LLVM", 0.0)}
    return taken | {"nodes": compiled.stats["nodes"]}


def medians(name: str, samples: int, checkout: Path) -> tuple[dict[str, float], dict[str, float]]:
    """The first call without and with code on disk, each the median of its runs."""
    runs: tuple[list[dict[str, float]], ...] = ([], [])
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as cache:
            settings = {"GLASSGRAD_CACHE": cache, "PYTHONPATH": str(checkout)}
            command = [sys.executable, __file__, "--one", name, "--samples", str(samples)]
            for kind in runs:
                done = subprocess.run(
                    command, env=os.environ | settings, check=True, stdout=subprocess.PIPE
                )
                kind.append(json.loads(done.stdout))
    cold, warm = ({k: statistics.median(run[k] for run in kind) for k in kind[0]} for kind in runs)
    return cold, warm


def line(title: str, checkout: Path, name: str, samples: int) -> float:
    """Measure and print a line; the time of the first call."""
    cold, warm = medians(name, samples, checkout)
    each = 1e6 * cold["trace"] / cold["nodes"]
    numbers = [cold["all"], warm["all"], cold["trace"], cold["roll"], cold["LLVM"], each]
    print(f"{title:<14}{cold['nodes']:>10,.0f}" + "".join(f"{x:>9,.0f}" for x in numbers))
    return cold["all"]


def main() -> None:
    """Print a line for each network, and for each number of samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, help="another checkout, measured in turn")
    parser.add_argument("--one", choices=NETWORKS, help="measure in this process, print JSON")
    parser.add_argument("--samples", type=int)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(first_call(given.one, given.samples)))
        return
    here = Path(__file__).parents[1]
    heads = ["nodes", "cold", "warm", "trace", "roll", "LLVM", "ns/node"]
    print(f"{'':<14}{heads[0]:>10}" + "".join(f"{head:>9}" for head in heads[1:]))
    lines = [(name, samples) for name, (_, samples) in NETWORKS.items()]
    lines += [("B", samples) for samples in SAMPLES if samples != NETWORKS["B"][1]]
    for name, samples in lines:
        ours = line(f"{name}, {samples}", here, name, samples)
        if given.beside:
            theirs = line("  beside", given.beside.resolve(), name, samples)
            print(f"{'':<14}{'':>10}{theirs / ours:>9.1f} times")


if __name__ == "__main__":
    main()
