"""Operations a second against the width of a layer and the size of a batch.

    ./dev bench throughput [--patience 60] [--out FOLDER]

Networks width-width-10 with relu and softmax cross-entropy, a training step in float32. What takes
too long to trace or to compile is left out, and said. GFLOP/s count two for each multiplication
with its addition: forward, the gradients of the weights, and those of the hidden layer.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from glassgrad.bench import WAYS, Cell, compare, of_names
from glassgrad.bench.workloads import Network, workload_of

ROWS = ["glassgrad, many", "PyTorch", "JAX, many", "NumPy", "numba"]
WIDTHS = [f"4x{n}" for n in (32,)] + [f"{width}x32" for width in (16, 64, 256, 1024, 2048)]
BATCHES = [f"16x{batch}" for batch in (1, 16, 64, 256, 1024, 4096)]


def gflops(cell: Cell) -> float:
    """Billions of operations a second."""
    net = workload_of(cell.workload)
    assert isinstance(net, Network)
    assert cell.us, "only what has a time has a speed"
    wide, middle, out = net.sizes
    return 2 * net.batch * (2 * wide * middle + 3 * middle * out) / cell.us / 1e3


def main() -> None:
    """Print a table by width and one by batch."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="samples of a cell (default 5)")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to compile in")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder to write to")
    options = parser.parse_args()
    ways = [way for way in of_names(ROWS) if way.name != "PyTorch, vectorised"]
    assert set(ways) <= set(WAYS)
    cells = compare(
        [*WIDTHS, *BATCHES],
        ["float32"],
        ways,
        rounds=options.rounds,
        patience=options.patience,
        said=lambda line: print(line, file=sys.stderr, flush=True),
    )
    for title, names in (("width, 32 samples", WIDTHS), ("samples, width 16", BATCHES)):
        heads = [name.split("x")[title.startswith("samples")] for name in names]
        print(f"\nGFLOP/s by {title}\n{'':<24}" + "".join(f"{head:>9}" for head in heads))
        for way in ways:
            own = {cell.workload: cell for cell in cells if cell.way == way.name}
            texts = [f"{gflops(own[n]):>9.2f}" if own[n].us else f"{'-':>9}" for n in names]
            print(f"{way.name:<24}{''.join(texts)}")
    for cell in cells:
        if cell.why:
            print(f"  {cell.way}, {cell.workload}: {cell.why}")
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(cell) for cell in cells], indent=1)
    (options.out / "throughput.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
