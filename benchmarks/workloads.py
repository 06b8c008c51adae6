"""Training steps and scalar programs, glassgrad beside its peers and the limit by hand.

    ./dev bench workloads [A B ...] [--way glassgrad] [--way jax] [--rounds 7] [--out FOLDER]

A is the lecture's network, B the moons demo, C and D are classifiers, E1 and E2 scalar programs, F
a thousand networks like B. Each cell computes the same as all others, or is not timed. The table is
printed; FOLDER (by default runs/bench) gets it with all numbers as JSON, and a picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from glassgrad.bench import WAYS, WORKLOADS, Way, as_table, compare, machine, of_names
from glassgrad.bench.picture import picture

LIMIT = Way("limit, by hand in C++", "benchmarks.limit", "program", "glassgrad", autodiff=False)


def main() -> None:
    """Compare, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="by default all")
    parser.add_argument("--way", action="append", help="only rows whose name begins so")
    parser.add_argument("--rounds", type=int, default=7, help="samples of a cell (default 7)")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds to compile in")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder to write to")
    options = parser.parse_args()
    names = options.workloads or list(WORKLOADS)
    if unknown := set(names) - set(WORKLOADS):
        sys.exit(f"no workload {unknown.pop()!r}; there are: {', '.join(WORKLOADS)}")
    try:
        ways = of_names(options.way or [""], [*WAYS, LIMIT])
    except ValueError as error:
        sys.exit(str(error))

    cells = compare(
        names,
        ["float32", "float64"],
        ways,
        rounds=options.rounds,
        patience=options.patience,
        said=lambda line: print(line, file=sys.stderr, flush=True),
    )
    about = machine()
    table = as_table(cells, ways)
    print(f"{about['processor']}, Python {about['python']}\n\n{table}")
    options.out.mkdir(parents=True, exist_ok=True)
    found = {"machine": about, "cells": [asdict(cell) for cell in cells]}
    (options.out / "workloads.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (options.out / "workloads.txt").write_text(table + "\n", "utf-8")
    picture(cells, ways).save(options.out / "workloads.svg")


if __name__ == "__main__":
    main()
