"""Comparisons with other libraries: what is timed was checked, and what is not says why."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from glassgrad.bench import WAYS, Cell, Way, as_table, compare, of_names
from glassgrad.bench.peers import by_numpy, ours
from glassgrad.bench.picture import picture
from glassgrad.bench.program import Program
from glassgrad.bench.workloads import Network, Pendulum, Rosenbrock, Workload

SMALL: list[Workload] = [
    Network("squared", (3, 5, 2, 1), "tanh", "squared", 7),
    Network("hinge", (2, 6, 3, 1), "relu", "hinge", 9),
    Network("classes", (4, 5, 3), "tanh", "cross-entropy", 6),
    Network("relu classes", (3, 7, 4), "relu", "cross-entropy", 5),
    Rosenbrock("E1", n=7),
    Pendulum("E2", steps=9),
]
NUMPY, EAGER, TOGETHER = (
    of_names([name])[0] for name in ("NumPy", "glassgrad, eager", "glassgrad, many")
)


def numbers_after(program: Program, steps: int) -> list[float]:
    """The loss and the parameters."""
    return [program.run(steps), *np.asarray(program.parameters(), float)]


@pytest.mark.parametrize("workload", SMALL, ids=lambda workload: workload.name)
def test_gradients_by_hand_are_those_of_values(workload: Workload) -> None:
    """Three steps with the formulas worked out in NumPy give what eager Values give."""
    wanted = numbers_after(ours.eager(workload, "float64"), 3)
    assert numbers_after(by_numpy.program(workload, "float64"), 3) == pytest.approx(wanted, 1e-12)
    compiled = ours.together(workload, "float64")
    assert numbers_after(compiled, 3) == pytest.approx(wanted, 1e-11)


@pytest.mark.torch
@pytest.mark.parametrize("workload", SMALL, ids=lambda workload: workload.name)
def test_gradients_by_hand_are_those_of_pytorch(workload: Workload) -> None:
    """So do they with PyTorch's own layers and losses."""
    pytest.importorskip("torch")
    from glassgrad.bench.peers import by_torch

    wanted = numbers_after(by_torch.eager(workload, "float64"), 3)
    assert numbers_after(by_numpy.program(workload, "float64"), 3) == pytest.approx(wanted, 1e-11)


def test_copies_are_independent() -> None:
    """Each of several models in one step moves as it does alone; the loss is their mean."""
    net = Network("", (2, 4, 1), "relu", "hinge", 5, models=3)
    together = by_numpy.program(net, "float64")
    loss, shapes = together.run(2), [part.shape for layer in net.initial() for part in layer]
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    moved = [
        row.reshape(shape)
        for row, shape in zip(np.split(together.parameters(), ends[:-1]), shapes, strict=True)
    ]

    class Alone(Network):
        def initial(self) -> list[tuple[np.ndarray, np.ndarray]]:
            return [tuple(part[self.which] for part in layer) for layer in net.initial()]

    losses = []
    for which in range(3):
        alone = Alone("", (2, 4, 1), "relu", "hinge", 5)
        object.__setattr__(alone, "which", which)
        program = by_numpy.program(alone, "float64")
        losses.append(program.run(2))
        own = np.concatenate([part[which].ravel() for part in moved])
        assert program.parameters() == pytest.approx(own, 1e-12)
    assert loss == pytest.approx(np.mean(losses), 1e-12)


@pytest.mark.parametrize("make", [ours.together, ours.one_by_one])
def test_replicas_are_the_copies_by_hand(make: Callable[[Workload, str], Program]) -> None:
    """Compiled replicas, each from weights of its own, move as NumPy's do by hand."""
    net = Network("", (2, 4, 1), "relu", "hinge", 5, models=3)
    wanted = numbers_after(by_numpy.program(net, "float64"), 4)
    assert numbers_after(make(net, "float64"), 4) == pytest.approx(wanted, rel=1e-11)


def test_what_agrees_is_timed() -> None:
    """Rows that compute the same get times; the first step's time covers compilation."""
    cells = compare(["A"], ["float32"], [NUMPY, EAGER, TOGETHER], rounds=1, seconds=0.01)
    assert [cell.why for cell in cells] == ["", "", ""]
    assert all(cell.us and cell.us > 0 and cell.off < 1e-4 for cell in cells)
    by_way = {cell.way: cell for cell in cells}
    assert by_way[TOGETHER.name].first_s > by_way[EAGER.name].first_s


PEER = """
import time
from glassgrad.bench.peers import by_numpy
from glassgrad.bench.program import Program, Unfit

def wrong(workload, dtype):
    right = by_numpy.program(workload, dtype)
    return Program(right.run, lambda: right.parameters() * 1.001)

def nan(workload, dtype):
    right = by_numpy.program(workload, dtype)
    return Program(lambda steps: right.run(steps) * float("nan"), right.parameters)

def nan_in_parameters(workload, dtype):
    right = by_numpy.program(workload, dtype)
    return Program(right.run, lambda: [float("nan"), *right.parameters()[1:]])

def short(workload, dtype):
    right = by_numpy.program(workload, dtype)
    return Program(right.run, lambda: right.parameters()[1:])

def unfit(workload, dtype):
    raise Unfit("this is not for me")

def failing(workload, dtype):
    print("a library may print")
    raise ZeroDivisionError("oh")

def ending(workload, dtype):
    import os
    os._exit(3)

def endless(workload, dtype):
    time.sleep(100)
"""


def test_what_cannot_be_trusted_is_not_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong numbers, an error, a crash and an endless compilation each end in a reason."""
    (tmp_path / "a_peer.py").write_text(PEER)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    names = ["wrong", "nan", "nan_in_parameters", "short", "unfit", "failing", "ending"]
    ways = [Way(name, "a_peer", name, "numpy") for name in names]
    ways.append(Way("absent", "a_peer", "wrong", "a_package_that_there_is_not"))
    cells = compare(["A"], ["float64"], ways, rounds=1)
    endless = [Way("endless", "a_peer", "endless", "numpy")]
    cells += compare(["A"], ["float64"], endless, rounds=1, patience=1.0)
    assert [cell.us for cell in cells] == [None] * 9
    assert [cell.why for cell in cells] == [
        "its numbers are off by 1e-03",
        "its numbers are off by nan",
        "its numbers are off by nan",
        "it has another number of parameters",
        "this is not for me",
        "ZeroDivisionError: oh",
        "its process ended (3)",
        "a_package_that_there_is_not is not installed",
        "not ready after 1 s",
    ]


def test_a_row_for_one_kind_of_workload_is_in_no_other_table() -> None:
    """PyTorch over whole tensors is a way of running E1, so A has no cell of it to explain."""
    ways = [*of_names(["PyTorch, vec"]), NUMPY]
    cells = compare(["A"], ["float64"], ways, rounds=1, seconds=0.001)
    assert [cell.way for cell in cells] == [NUMPY.name]
    assert "vectorised" not in as_table(cells, ways)


def test_ways_with_the_same_reason_share_a_line() -> None:
    """Several rows of a library that is not there are explained once, whatever the types."""
    ways = of_names(["JAX, a", "JAX, many"])
    why = "jax is not installed"
    places = [(workload, dtype) for workload in "AB" for dtype in ("float32", "float64")]
    cells = [Cell(*place, way.name, why=why) for place in places for way in ways]
    _, reasons = as_table(cells, ways).split("Not measured:\n")
    assert reasons == "  JAX, a step a call; JAX, many steps, A B: jax is not installed"


CELLS = [
    Cell("A", "float32", NUMPY.name, us=12.3),
    Cell("A", "float64", NUMPY.name, us=13.4),
    Cell("A", "float32", "PyTorch", us=127.0),
    Cell("A", "float64", "PyTorch", us=1260.0),
    Cell("A", "float32", TOGETHER.name, us=0.4),
    Cell("A", "float64", TOGETHER.name, why="it was tired"),
]


def test_table_has_ratios_and_reasons() -> None:
    """Ratios are of the fastest row of each kind; what is missing is explained below."""
    slower = Cell("A", "float32", "torch.compile", us=500.0)
    ways = [TOGETHER, of_names(["PyTorch"])[0], *of_names(["torch.compile"]), NUMPY]
    lines = as_table([*CELLS, slower], ways).splitlines()
    rows = dict(line.rsplit(maxsplit=1) for line in lines if "/" in line)
    assert rows == {
        "microseconds a step, float32 / float64; medians of CPU time on one": "thread",
        "glassgrad, many steps": "0.40/-",
        "PyTorch": "127/1,260",
        "torch.compile": "500/-",
        "NumPy by hand": "12/13",
        "times the best autodiff": "318/-",
        "times the best by hand": "31/-",
    }
    assert "  glassgrad, many steps, A: it was tired" in lines
    assert max(map(len, lines)) <= 100


def test_picture_has_a_bar_for_each_time() -> None:
    """Every time stands in the picture; where there are none it says so."""
    drawn = picture(CELLS, [TOGETHER, of_names(["PyTorch"])[0], NUMPY]).svg()
    for text in ("0.40", "127", "1,260", "13", "glassgrad, many steps"):
        assert f">{text}</text>" in drawn
    with pytest.raises(ValueError, match="nothing to draw"):
        picture([Cell("A", "float64", "x", why="no")], [TOGETHER])


def test_names_of_ways() -> None:
    """A row is found by how its name begins; an unknown one is answered with the nearest."""
    assert of_names([""]) == WAYS
    assert {way.needs for way in of_names(["jax", "NUMBA"])} == {"jax", "numba"}
    with pytest.raises(ValueError, match="Did you mean 'PyTorch'"):
        of_names(["pytroch"])
