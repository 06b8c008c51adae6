"""How long the first call takes, against the length of the trace.

    ./dev bench compile_time [--json FILE]

Two programs grow: the moons network over more and more samples, and a pendulum over more and more
steps. Nothing is kept from earlier calls. Beside it stands JAX's jit of the pendulum as the same
loop, which it unrolls, as far as that ends within half a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glassgrad.bench.peers import ours
from glassgrad.bench.workloads import Network, Pendulum, Workload

SAMPLES, TIMES, UNROLLED = (
    (10, 30, 100, 300, 1000),
    (30, 100, 300, 1000, 10_000),
    (10, 30, 100, 300),
)
PATIENCE = 30.0  # seconds of the last program, after which no longer one is tried


def ours_first(workload: Workload) -> tuple[int, float]:
    """Operations in the trace, and seconds of the first call."""
    step, _, data = ours.step_of(workload)
    from glassgrad import compile

    compiled = compile(step)
    start = time.process_time()
    compiled(*data)
    return int(compiled.stats["nodes"]), time.process_time() - start


def jax_first(pendulum: Pendulum) -> tuple[int, float]:
    """The same of JAX; it counts no operations."""
    import jax
    import jax.numpy as jnp

    def value_of(x: Any) -> Any:
        angle, speed, length = x
        pull = -pendulum.gravity / length
        for _ in range(pendulum.steps):
            angle, speed = (
                angle + pendulum.dt * speed,
                speed + pendulum.dt * (pull * jnp.sin(angle)),
            )
        return (angle - pendulum.aim[0]) ** 2 + (speed - pendulum.aim[1]) ** 2

    x = jnp.asarray(pendulum.initial())
    start = time.process_time()
    jax.block_until_ready(jax.jit(jax.value_and_grad(value_of))(x))
    return 0, time.process_time() - start


def grow(
    title: str, first: Callable[[Any], tuple[int, float]], workloads: dict[int, Workload]
) -> list[dict[str, float]]:
    """Print and give a row for each size."""
    print(f"\n{title}\n{'size':>10}{'operations':>14}{'seconds':>10}{'us each':>10}")
    rows = []
    for size, workload in workloads.items():
        operations, seconds = first(workload)
        each = f"{1e6 * seconds / operations:>10.2f}" if operations else f"{'':>10}"
        print(f"{size:>10,}{operations or '':>14}{seconds:>10.2f}{each}", flush=True)
        rows.append({"size": size, "operations": operations, "seconds": seconds})
        if seconds > PATIENCE:
            break
    return rows


def main() -> None:
    """Print a table for each program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    os.environ["GLASSGRAD_CACHE"] = "off"
    ours_first(Pendulum("", steps=3))  # loads what every compilation needs
    nets = {n: Network("", (2, 16, 16, 1), "relu", "hinge", n) for n in SAMPLES}
    found = {
        "moons": grow("glassgrad: 2-16-16-1, by samples", ours_first, nets),
        "pendulum": grow(
            "glassgrad: a pendulum, by steps", ours_first, {n: Pendulum("", n) for n in TIMES}
        ),
    }
    try:
        jax_first(Pendulum("", 1))
        unrolled = {n: Pendulum("", n) for n in UNROLLED}
        found["pendulum, JAX"] = grow("JAX: the same pendulum, unrolled", jax_first, unrolled)
    except ImportError:
        print("\nJAX is not installed", file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
