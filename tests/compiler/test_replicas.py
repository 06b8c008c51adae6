"""Replicas: many independent copies of a step's numbers, each what it would be alone."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Interpreter
from glassgrad.compiler.running import driven
from glassgrad.compiler.running.backends import Native

pytest.importorskip("llvmlite")
COUNT = 5
SETTINGS = [
    pytest.param({"backend": Interpreter()}, id="interpreter"),
    pytest.param({"backend": Native()}, id="native"),
]
RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(7, 2)), RNG.normal(size=7)


class Trained:
    """A network of two layers and Adam, drawn by seed, with their step."""

    def __init__(self, seed: int) -> None:
        random.seed(seed)
        self.model = gg.MLP(2, [4, 1], activation="tanh")
        self.adam = gg.optim.Adam(self.model.parameters(), lr=0.1, weight_decay=0.01)
        self.parameters = self.model.parameters()

    def step(self, rows: Any, targets: Any, rate: Any) -> Any:
        """Return the loss and an output before a step of Adam."""
        outs = [self.model(x) for x in rows]
        loss = sum((o - y) ** 2 for o, y in zip(outs, targets, strict=True)) / len(targets)
        self.adam.zero_grad()
        loss.backward()
        self.adam.move(rate)
        return loss, outs[0]

    def numbers(self) -> list[float]:
        """List all that a step changes."""
        numbers = [*self.adam.m, *self.adam.v, float(self.adam.t)]
        for p in self.parameters:
            numbers += (p.data, p.grad)
        return numbers


def started(replicas: Any, trained: Trained) -> None:
    """Give each replica the weights of its own seed."""
    for k, replica in enumerate(replicas):
        with replica:
            for p, own in zip(trained.parameters, Trained(k).parameters, strict=True):
                p.data = own.data


def numbers_of(replicas: Any, trained: Trained) -> list[list[float]]:
    """For every replica all that a step changes."""
    rows = []
    for replica in replicas:
        with replica:
            rows.append(trained.numbers())
    return rows


@pytest.mark.parametrize(
    "settings", [{}, {"dtype": "float32"}, {"fast_math": True}], ids=["f64", "f32", "fast"]
)
def test_each_replica_is_a_run_of_its_own(settings: Any) -> None:
    """Losses, weights, gradients and moments have the bits of functions compiled one by one."""
    rates = np.linspace(0.05, 0.3, COUNT)
    batches, targets = RNG.normal(size=(6, 7, 2)), RNG.normal(size=(6, COUNT, 7))
    one = Trained(99)
    before = one.numbers()
    step = gg.compile(one.step, replicas=COUNT, own=["rate", "targets"], **settings)
    started(step.replicas, one)
    losses = [step(X, np.tile(Y, (COUNT, 1)), rates)]
    losses += step.repeat(3, X.tolist(), [Y.tolist()] * COUNT, rates)
    losses += step.repeat(6, batches, targets, rate=rates, each=["rows", "targets"])
    rows = numbers_of(step.replicas, one)
    for k in range(COUNT):
        alone = Trained(k)
        run = gg.compile(alone.step, **settings)
        wanted = [run(X, Y, rates[k]), *run.repeat(3, X.tolist(), Y.tolist(), rates[k])]
        own = targets[:, k]
        wanted += run.repeat(6, batches, own, float(rates[k]), each=["rows", "targets"])
        got = [tuple(x.data for x in by_replica[k]) for by_replica in losses]
        assert got == [tuple(x.data for x in result) for result in wanted]
        assert rows[k] == alone.numbers()
    assert one.numbers() == before
    assert step.stats["compilations"] == 3  # numbers in arrays, in lists, and in rows of arrays
    assert step.stats["calls"] == 10


@pytest.mark.parametrize("settings", SETTINGS)
def test_replicas_are_eager_runs(settings: Any) -> None:
    """Both backends come to what eager steps come to."""
    rates = [0.02, 0.1, 0.3]
    one = Trained(7)
    step = gg.compile(one.step, replicas=3, own=["rate"], **settings)
    started(step.replicas, one)
    losses = [step(X, Y, rates) for _ in range(4)]
    rows = numbers_of(step.replicas, one)
    for k, rate in enumerate(rates):
        alone = Trained(k)
        wanted = [alone.step(X, Y, rate)[0].data for _ in range(4)]
        assert [by_replica[k][0].data for by_replica in losses] == pytest.approx(wanted, rel=1e-10)
        assert rows[k] == pytest.approx(alone.numbers(), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("settings", SETTINGS)
def test_what_is_only_read_is_shared(settings: Any) -> None:
    """Gradients for each sample are those at the weights that the model has at the call."""
    one = Trained(3)

    def of_sample(x: Any, y: Any) -> Any:
        loss = (one.model(x) - y) ** 2
        one.model.zero_grad()
        loss.backward()
        return loss, [p.grad for p in one.parameters]

    gradients = gg.compile(of_sample, replicas=len(Y), own=["x", "y"], **settings)
    for scale in (1.0, 0.5):
        for p in one.parameters:
            p.data *= scale
        got = gradients(X, Y)
        rows = gradients.replicas.grad(one.parameters)
        numbers = gradients.numbers(X, Y)
        for k, (loss, grads) in enumerate(got):
            wanted_loss, wanted = of_sample(X[k].tolist(), float(Y[k]))
            assert loss.data == pytest.approx(wanted_loss.data, rel=1e-12)
            assert grads == pytest.approx(wanted, rel=1e-11, abs=1e-15)
            assert rows[k].tolist() == grads
            assert numbers[k].tolist() == [loss.data, *grads]
        data = gradients.replicas.data(one.parameters)
        assert (data == [p.data for p in one.parameters]).all()


def test_functions_may_share_replicas() -> None:
    """What one function trains the other scores, replica by replica; constants stay common."""
    one = Trained(1)
    shift = Value(0.25)
    step = gg.compile(one.step, replicas=3, own=["rate"])
    score = gg.compile(lambda x: one.model(x) + shift, replicas=step.replicas, dtype="float32")
    started(step.replicas, one)
    for _ in range(2):
        step(X, Y, [0.1, 0.2, 0.3])
        got = [y.data for y in score(X[0])]
        shift.data += 1.0
        later = [y.data for y in score(X[0])]
        assert later == pytest.approx([y + 1.0 for y in got], rel=1e-5)
        for k, replica in enumerate(step.replicas):
            with replica:
                wanted = one.model(X[0].tolist()).data + shift.data
            assert later[k] == pytest.approx(wanted, rel=1e-5)
    assert len({round(y, 5) for y in got}) == 3


def test_a_block_writes_to_one_replica() -> None:
    """Data, gradients and moments assigned in a block are where the next call of it starts."""
    one = Trained(5)
    step = gg.compile(one.step, replicas=3)
    step(X, Y, 0.1)
    rows = numbers_of(step.replicas, one)
    with step.replicas[-2]:
        one.parameters[0].data = 3.0
        one.parameters[1].grad = 4.0
        one.adam.m[2] = 5.0
        one.adam.load_state_dict(one.adam.state_dict() | {"t": 40})
    after = numbers_of(step.replicas, one)
    assert after[0] == rows[0]
    assert after[2] == rows[2]
    size = len(one.parameters)
    changed = {i: x for i, (x, y) in enumerate(zip(after[1], rows[1], strict=True)) if x != y}
    assert changed == {2: 5.0, 2 * size: 40.0, 2 * size + 1: 3.0, 2 * size + 4: 4.0}
    alone = Trained(5)
    alone.step(X.tolist(), Y.tolist(), 0.1)
    alone.parameters[0].data, alone.adam.m[2], alone.adam.t = 3.0, 5.0, 40
    alone.step(X.tolist(), Y.tolist(), 0.1)
    step(X, Y, 0.1)
    assert numbers_of(step.replicas, one)[1] == pytest.approx(alone.numbers(), rel=1e-9)


def test_one_replica_can_be_kept() -> None:
    """`keep` gives the model and the optimiser the numbers of a replica, which stays as it is."""
    one = Trained(5)
    step = gg.compile(one.step, replicas=2, own=["rate"])
    step(X, Y, [0.1, 0.2])
    rows = numbers_of(step.replicas, one)
    step.replicas[1].keep()
    assert one.numbers() == rows[1]
    step(X, Y, [0.1, 0.2])
    assert one.numbers() == rows[1]
    alone = gg.compile(one.step)
    alone(X, Y, 0.2)
    assert one.numbers() == numbers_of(step.replicas, one)[1]


def test_what_a_step_has_assigned_is_no_longer_that_of_the_model() -> None:
    """Another number in the Value itself changes no replica, neither before nor after a block."""
    w = Value(1.0)

    def grow() -> None:
        w.data = w.data + 1.0

    step = gg.compile(grow, replicas=2)
    step()
    w.data = 50.0
    step()
    assert step.replicas.data(w).tolist() == [3.0, 3.0]
    w.data = 60.0
    step()
    assert step.replicas.data(w).tolist() == [4.0, 4.0]


def test_arrays_read_and_set_data() -> None:
    """A row serves all, a matrix each; Values that no replica owns show their own numbers."""
    a, b = Value(1.0), Value(-2.0)
    step = gg.compile(lambda x: a * x + b, replicas=2)
    replicas = step.replicas
    assert replicas.data([a, b]).tolist() == [[1.0, -2.0]] * 2
    replicas.set_data([b, a], [[1.0, 2.0], [3.0, 4.0]])
    assert [y.data for y in step(10.0)] == [21.0, 43.0]
    replicas.set_data([a, b], [5.0, 6.0])
    assert [y.data for y in step(10.0)] == [56.0, 56.0]
    replicas.set_data(a, [0.0, 1.0])
    assert [y.data for y in step(10.0)] == [6.0, 16.0]
    assert replicas.data(b).tolist() == [6.0, 6.0]
    assert (a.data, b.data) == (1.0, -2.0)


@pytest.mark.parametrize("settings", SETTINGS)
def test_integers_may_select_by_replica(settings: Any) -> None:
    """Rows that whole numbers choose are those of each replica and step, and their ranges count."""
    table = [Value(0.5), Value(-1.0), Value(2.0)]

    def look(k: Any, j: Any) -> Any:
        return table[k] * 10.0 + table[j]

    own = gg.compile(look, replicas=3, own=["k"], **settings)
    own.replicas.set_data(table, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    assert [y.data for y in own([0, 2, -1], 1)] == [12.0, 65.0, 98.0]
    steps = own.repeat(2, [[0, 0, 0], [1, 1, 1]], [2, 0], each=["k", "j"])
    assert [[y.data for y in row] for row in steps] == [[13.0, 46.0, 79.0], [21.0, 54.0, 87.0]]
    with pytest.raises(IndexError, match="k is 3"):
        own([0, 1, 3], 1)
    shared = gg.compile(look, replicas=own.replicas, **settings)
    assert [y.data for y in shared(2, 0)] == [31.0, 64.0, 97.0]


def test_results_of_many_steps_are_made_when_asked_for() -> None:
    """They can be indexed, cut, and read as numbers by step and replica."""
    w = Value(1.0)

    def grow(x: Any) -> Any:
        w.data = w.data * x
        return {"w": w.data}

    steps = gg.compile(grow, replicas=2, own=["x"]).repeat(3, [2.0, 3.0])
    assert len(steps) == 3
    assert steps[-1] == [{"w": 8.0}, {"w": 27.0}]
    assert steps[:2] == [[{"w": 2.0}, {"w": 3.0}], [{"w": 4.0}, {"w": 9.0}]]
    assert steps.numbers.tolist() == [[[2.0], [3.0]], [[4.0], [9.0]], [[8.0], [27.0]]]


def test_what_a_step_stores_elsewhere_is_that_of_the_last_replica() -> None:
    """An attribute that a step sets holds one number, as in eager code."""
    w = Value(1.0)
    seen: dict[str, Any] = {}

    def step(x: Any) -> Any:
        seen["y"] = w * x
        return seen["y"]

    gg.compile(step, replicas=3, own=["x"])([1.0, 2.0, 3.0])
    assert seen["y"].data == 3.0


def test_anomalies_are_found_in_eager_code() -> None:
    """Under `detect_anomaly` each replica runs the plain function, and its own nan is named."""
    one = Trained(2)
    step = gg.compile(one.step, replicas=2, own=["rate"])
    other = gg.compile(one.step, replicas=2, own=["rate"])
    step(X, Y, [0.1, 0.2])
    with gg.detect_anomaly():
        watched = other(X.tolist(), Y.tolist(), [0.1, 0.2])
    assert [loss.data for loss, _ in watched] == [watched[0][0].data] * 2
    rows, wanted = (np.array(numbers_of(f.replicas, one)) for f in (other, step))
    assert rows[:, -len(one.parameters) :] == pytest.approx(wanted[:, -len(one.parameters) :])
    with step.replicas[1]:
        one.parameters[0].data = float("inf")
    with gg.detect_anomaly(), pytest.raises(gg.AnomalyError):
        step(X.tolist(), Y.tolist(), [0.1, 0.2])


w0, w1 = Value(1.0), Value(2.0)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda f: gg.compile(f, replicas=0), ValueError, "at least 1 replica"),
        (lambda f: gg.compile(f, replicas=2.0), TypeError, r"number of copies.*not 2\.0"),
        (lambda f: gg.compile(f, replicas=True), TypeError, "not True"),
        (lambda f: gg.compile(f, replicas=2, own="x"), TypeError, r"own=\['x'\]"),
        (lambda f: gg.compile(f, replicas=2, own=["z"]), ValueError, "names 'z'.*are x, y"),
        (lambda f: gg.compile(f, own=["x"]), ValueError, "say replicas="),
        (lambda f: gg.compile(f, threads=0), ValueError, "threads must be.*0 came"),
        (
            lambda f: gg.compile(f, replicas=2, own=["x"])(1.0, 2.0),
            TypeError,
            "x must hold an entry for each of 2 replicas, but a float came",
        ),
        (
            lambda f: gg.compile(f, replicas=2, own=["x"])([1.0, 2.0, 3.0], 2.0),
            ValueError,
            "each of 2 replicas, but it has 3",
        ),
        (
            lambda f: gg.compile(f, replicas=2, own=["x"])([1.0, [2.0, 3.0]], 2.0),
            ValueError,
            "same shape in x",
        ),
        (
            lambda f: gg.compile(f, replicas=2, own=["x"]).repeat(3, [[1.0, 2.0]], 1.0, each=["x"]),
            ValueError,
            "each of 3 steps, but it has 1",
        ),
        (lambda f: gg.compile(f, replicas=2).replicas[2], IndexError, "2 replicas, and no.*2"),
        (lambda f: gg.compile(f, replicas=2).replicas.data([1.0]), TypeError, r"not of 1\.0"),
        (
            lambda f: gg.compile(f, replicas=2).replicas.set_data([w0, w1], [[1.0]] * 3),
            ValueError,
            r"the shape \(2, 2\), but \(3, 1\)",
        ),
        (
            lambda f: gg.compile(lambda x: sum(gg.compile(f, replicas=2)(x, x)))(1.0),
            gg.TraceError,
            "call it outside",
        ),
    ],
)
def test_wrong_uses_teach(call: Callable[[Any], Any], kind: type[Exception], words: str) -> None:
    """What is wrong is named: the number of copies, of entries, a name, a shape."""
    with pytest.raises(kind, match=words):
        call(lambda x, y: w0 * x + w1 * y)


def test_within_a_block_there_is_one_replica_alone() -> None:
    """There, calls, arrays and other blocks are refused, and the block still ends well."""
    w = Value(1.0)
    step = gg.compile(lambda x: w * x, replicas=2)
    for wrong in (
        lambda: step(1.0),
        lambda: step.replicas.data(w),
        lambda: step.replicas[1].__enter__(),
    ):
        with step.replicas[0]:
            w.data = 5.0
            with pytest.raises(RuntimeError, match="Within the block of replica 0"):
                wrong()
    assert [y.data for y in step(2.0)] == [10.0, 2.0]


def test_numbers_exchanged_in_a_block_are_refused() -> None:
    """A rate or a Value that is put in the place of another would change all replicas."""
    one = Trained(1)
    step = gg.compile(one.step, replicas=2)
    with pytest.raises(RuntimeError, match=r"'lr'.* the block of replica 1"), step.replicas[1]:
        one.adam.lr = 0.5
    with pytest.raises(RuntimeError, match="named in `own`"), step.replicas[0]:
        one.model.layers[0].neurons[0].w[0] = Value(3.0)
    with pytest.raises(ZeroDivisionError), step.replicas[0]:
        one.adam.lr = 1 / 0


@pytest.mark.parametrize("count", [2, 7])
def test_threads_leave_the_same_bits(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, also in a forked process."""
    monkeypatch.setattr(driven, "_LONG", 0.0)
    rates = np.linspace(0.01, 0.2, count)

    def outcome(threads: int) -> bytes:
        one = Trained(4)
        step = gg.compile(one.step, replicas=count, own=["rate"], threads=threads)
        losses = step.repeat(9, X, Y, rates).numbers
        return losses.tobytes() + step.replicas.data(one.parameters).tobytes()

    alone = outcome(1)
    assert outcome(3) == alone
    assert outcome(12) == alone
    if hasattr(os, "fork"):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, b"same" if outcome(3) == alone else b"else")
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(reading, 4) == b"same"


def test_threads_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """GLASSGRAD_THREADS counts where the function says nothing, and must be a number."""
    monkeypatch.setenv("GLASSGRAD_THREADS", "many")
    with pytest.raises(ValueError, match=r"GLASSGRAD_THREADS must be.*'many'"):
        gg.compile(lambda x: x, replicas=2)
    gg.compile(lambda x: x, replicas=2, threads=2)


def test_ctrl_c_leaves_whole_steps_of_all_replicas() -> None:
    """An interrupt during a long repeat ends it soon, and all replicas have made as many steps."""
    w = [Value(1.0) for _ in range(50)]
    count = 0

    def step() -> Any:
        nonlocal count
        count += 1
        for p in w:
            p.data = p.data + 1.0

    run = gg.compile(step, replicas=3)
    run()
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run.repeat(200_000_000)
    data = run.replicas.data(w)
    counts = []
    for replica in run.replicas:
        with replica:
            counts.append(count)
    assert len(set(counts)) == 1
    assert counts[0] > 1
    assert (data == 1.0 + counts[0]).all()
    run()
    assert (run.replicas.data(w) == 2.0 + counts[0]).all()


def test_without_llvm_replicas_still_run() -> None:
    """Where llvmlite is absent they run in the interpreter, and standard error says so once."""
    program = (
        "import sys; sys.modules['llvmlite'] = None\n"
        "import glassgrad as gg\n"
        "w = gg.Value(3.0)\n"
        "step = gg.compile(lambda x: w * x, replicas=2, own=['x'])\n"
        "print([y.data for y in step([1.0, 2.0])], step.loops)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.startswith("[3.0, 6.0] There are no loops: the interpreter"), done.stderr
    assert done.stderr.count("runs without native code") == 1
