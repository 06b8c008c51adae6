"""`glassgrad bench`: how fast this machine is, with glassgrad and with what else is installed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from .console import Console, say, verb

QUICK = ("A", "B", "C", "E1", "E2")
EXAMPLES = """\b
Examples:
  glassgrad bench --quick
  glassgrad bench A B --way glassgrad --way torch
  glassgrad bench --svg speed.svg --json > speed.jsonl
"""


@click.command(epilog=EXAMPLES)
@click.argument("workloads", nargs=-1, metavar="[WORKLOAD]...")
@click.option("--quick", is_flag=True, help="In about a minute: A B C E1 E2, float64, fewer rows.")
@click.option("--way", "names", multiple=True, help="Only rows whose name begins so; repeatable.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, help="Samples of each cell.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write a picture to this file.")
@verb
def bench(
    console: Console,
    workloads: tuple[str, ...],
    quick: bool,
    names: tuple[str, ...],
    rounds: int,
    svg: Path | None,
) -> None:
    """Time training steps, also with what else is installed.

    A is the lecture's network, B the moons demo, C and D are classifiers, E1 and E2 scalar
    programs, F a thousand networks like B. NumPy, PyTorch, JAX, numba, CasADi, scikit-learn and
    micrograd take part where they are installed. Each cell is timed only after it was checked to
    compute the same numbers as NumPy by hand. All run on one thread.
    """
    from ..bench import WAYS, WORKLOADS, as_table, compare, machine, of_names
    from ..bench.picture import picture
    from ..spelling import suggestion

    for name in workloads:
        if name not in WORKLOADS:
            raise click.UsageError(
                f"There is no workload {name!r}, but {', '.join(WORKLOADS)}."
                f"{suggestion(name, WORKLOADS)}"
            )
    ways = of_names(names) if names else [way for way in WAYS if way.quick or not quick]
    cells = compare(
        workloads or (QUICK if quick else list(WORKLOADS)),
        ["float64"] if quick else ["float32", "float64"],
        ways,
        rounds=rounds,
        seconds=0.03 if quick else 0.05,
        patience=30.0 if quick else 120.0,
        said=(lambda _: None) if console.quiet else say,
    )
    about = machine()
    console.object(machine=about)
    for cell in cells:
        console.object(**asdict(cell))
    console.comment(f"\n{about['processor']}, Python {about['python']}")
    console.result(as_table(cells, ways))
    if svg:
        picture(cells, ways).save(svg)
        console.note(f"The picture is in {svg}.")
