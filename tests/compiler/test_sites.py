"""Integers that select: what a trace refuses, with all else that a compiled function can do."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler import Interpreter
from glassgrad.compiler.tracing.numbers import TraceError

pytest.importorskip("llvmlite")

w = [Value(1.0), Value(2.0), Value(3.0)]
square = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
plain = np.array([1.0, 2.0, 3.0])
keyed = {0: w[0], 1: w[1]}


def values() -> list[Value]:
    """Give the list, as something that is called."""
    return w


def write(t: Any) -> Any:
    """Write where an integer says."""
    row = list(w)
    row[t] = Value(0.0)
    return sum(row)


def move(t: Any) -> Any:
    """Assign to what an integer selects."""
    w[t].data = 0.5
    return w[0] * 2.0


def equal(t: Any) -> Any:
    """Branch on an element that no probe reaches."""
    chosen = w[t]
    return chosen * 100.0 if chosen == w[2] else chosen


def belongs(t: Any) -> Any:
    """Ask a list for an element that no probe reaches."""
    chosen = w[t]
    return chosen * 100.0 if chosen in w[2:] else chosen


def computed_equal(t: Any) -> Any:
    """Branch on a computed element."""
    parts = [2.0 * v for v in w]
    return parts[t] * (100.0 if parts[t] == parts[2] else 1.0)


def counts(t: Any) -> Any:
    """Compute something else for another integer."""
    chosen = w[t]
    return chosen * {w[0]: 1.0, w[1]: 2.0, w[2]: 300.0}[chosen]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda t: sum(w[i] for i in range(t)), "How often a loop runs must be known"),
        (lambda t: values()[t] * 2.0, r"more than a name: values\(\).*gg.take"),
        (lambda t: sum(w[t:]), "cuts out a part"),
        (lambda t: sum([w[0]] * t), "repeats a list.*x \\* a for a in xs"),
        (lambda t: (0.5 * t) * [w[0]], "repeats a list.*x \\* a for a in xs"),
        (lambda t: keyed[t] * 2.0, "key of a dict"),
        (lambda t: keyed.get(t), "key of a dict"),
        (lambda t: "abc"[t], "selects from what is str"),
        (lambda t, pair=(1.0, 2.0): pair[t] * w[0], "tuple of plain numbers.*gg.take"),
        (lambda t: (1.0, 2.0)[t] * w[0], "more than a name.*gg.take"),
        (lambda t: [w, w[0]][t], "not alike|more than a name"),
        (lambda t: plain[t] * w[0], r"array is indexed.*gg.take\(numbers, i\)"),
        (lambda t: square[t, 1] * 2.0, r"W\[i\]\[j\] for W\[i, j\]"),
        (lambda t: plain[[t, t]].sum() * w[0], "array is indexed"),
        (lambda t: w[w[t].data], "A number that the step itself computes"),
        (lambda t: w[t * 0.5], "must be a whole number"),
        (write, "counts, cuts or writes"),
        (move, "not to other operations, gradients or assignments"),
        (equal, "compared by =="),
        (belongs, "compared by =="),
        (computed_equal, "compared by =="),
        (counts, "not to other operations"),
    ],
)
def test_what_an_integer_cannot_decide(body: Callable[[Any], Any], words: str) -> None:
    """The error says where and what to write; the Values are as they were."""
    before = [v.data for v in w]
    with pytest.raises(TraceError, match=words) as caught:
        gg.compile(body)(1)
    assert "test_sites.py:" in str(caught.value)
    assert [v.data for v in w] == before
    assert keyed == {0: w[0], 1: w[1]}


def test_a_function_without_source() -> None:
    """It cannot be seen what the bracket stands behind; gg.take needs no source."""
    space: dict[str, Any] = {"w": [Value(1.5), Value(2.5)], "gg": gg}
    exec("def by_bracket(t): return w[t] * 2.0\ndef by_take(t): return gg.take(w, t) * 2.0", space)
    with pytest.raises(TraceError, match="source of this line is not at hand"):
        gg.compile(space["by_bracket"])(1)
    assert gg.compile(space["by_take"])(1).data == 5.0


def test_equality_of_what_nothing_selects() -> None:
    """Values that no integer selects are compared as ever, and one is equal to itself."""
    a, b = Value(1.0), Value(2.0)

    @gg.compile
    def step(t: Any) -> Any:
        chosen = w[t]
        return chosen * (1.0 if a == b else 10.0) * (chosen == chosen) * (b in [a, b])

    assert [step(t).data for t in (0, 2)] == [10.0, 30.0]


@pytest.mark.parametrize("sequence", [(1.5, 2.5, 4.0), np.array([1.5, 2.5, 4.0]), range(5)])
def test_take_from_plain_numbers(sequence: Any) -> None:
    """Tuples, arrays and ranges of numbers are selected from by gg.take."""
    scale = Value(2.0)
    step = gg.compile(lambda t: gg.take(sequence, t) * scale)
    assert [step(t).data for t in (0, 2, -1)] == [2.0 * sequence[t] for t in (0, 2, -1)]
    with pytest.raises(IndexError, match="t is 7"):
        step(7)
    assert step.stats["compilations"] == 1


def model() -> tuple[Callable[[Any], Any], list[Value]]:
    """A table of embeddings, whose products pick the probability of the next token."""
    rng = random.Random(3)
    table = [[Value(rng.uniform(-1.0, 1.0)) for _ in range(3)] for _ in range(5)]
    parameters = [p for row in table for p in row]

    def step(ids: Any) -> Any:
        loss: Any = 0.0
        for token, target in pairwise(ids):
            x = table[token]
            probs = gg.softmax([gg.dot(x, row) for row in table])
            loss = loss - probs[target].log()
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad
        return loss

    return step, parameters


TEXTS = [[0, 4, 2, 2, 1], [-1, 3, 3, -5, 0], [1, 1, 1, 1, 1], [4, 0, -2, 3, 2]]


@pytest.mark.parametrize(
    ("options", "within"),
    [
        ({"dtype": "float32"}, 1e-5),
        ({"fast_math": True}, 1e-9),
        ({"dtype": "float32", "fast_math": True}, 1e-4),
    ],
)
def test_integers_in_every_type(options: dict[str, Any], within: float) -> None:
    """They select the same in float32 and under fast_math, and are checked as well."""
    (eager, parameters), (step, parameters2) = model(), model()
    run = gg.compile(step, **options)
    for text in TEXTS:
        assert run(text).data == pytest.approx(eager(text).data, rel=within)
    assert [p.data for p in parameters2] == pytest.approx(
        [p.data for p in parameters], rel=within, abs=within
    )
    with pytest.raises(IndexError, match=r"ids\[1\] is 5"):
        run([0, 5, 0, 0, 0])
    assert run.stats["compilations"] == 1


@pytest.mark.parametrize("backend", [None, Interpreter()])
@pytest.mark.parametrize("stacked", [True, False])
def test_integers_in_repeated_steps(stacked: bool, backend: Any) -> None:
    """Every step selects by the integers of its own entry; a wrong one names itself."""
    (eager, parameters), (step, parameters2) = model(), model()
    run = gg.compile(step, backend=backend) if backend else gg.compile(step)
    got = run.repeat(4, np.array(TEXTS), each=["ids"]) if stacked else run.repeat(4, TEXTS[0])
    wanted = [eager(text).data for text in (TEXTS if stacked else TEXTS[:1] * 4)]
    assert [x.data for x in got] == pytest.approx(wanted, rel=1e-12)
    assert [p.data for p in parameters2] == pytest.approx([p.data for p in parameters], rel=1e-11)
    with pytest.raises(IndexError, match=r"ids\[2\] is -6"):
        run.repeat(2, [TEXTS[0], [0, 1, -6, 1, 0]], each=["ids"])


def test_two_threads_select() -> None:
    """Two threads that use one compiled function get each the numbers of its own integers."""
    table = [Value(float(k)) for k in range(7)]
    step = gg.compile(lambda ids: sum(table[i] * (k + 1.0) for k, i in enumerate(ids)))
    wrong: list[Any] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(300):
            ids = [rng.randrange(-7, 7) for _ in range(4)]
            if step(ids).data != sum(i % 7 * (k + 1.0) for k, i in enumerate(ids)):
                wrong.append(ids)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


PROGRAM = """
import random
import glassgrad as gg

random.seed(5)
table = [[gg.Value(random.random()) for _ in range(2)] for _ in range(4)]

@gg.compile
def step(ids):
    scores = [gg.dot(table[ids[0]], row) for row in table]
    loss = -gg.log_softmax(scores)[1] - gg.take(scores, ids[1]) * 0.5
    for row in table:
        for p in row:
            p.grad = 0.0
    loss.backward()
    for row in table:
        for p in row:
            p.data -= 0.1 * p.grad
    return loss

print([step(ids).data.hex() for ids in ([0, 3], [2, -1], [-4, 1])], step.stats["compilations"])
print("LLVM_ms" in step.stats)
try:
    step([0, 4])
except IndexError as error:
    print(error)
"""


def test_a_later_process_selects_by_code_from_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked up at each call comes with the code; the bounds are checked as before."""
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path))
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-W", "error", str(tmp_path / "program.py")]
    done = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    ]
    assert done[0][0] == done[1][0]
    assert [run[1] for run in done] == ["True", "False"]
    assert all("ids[1] is 4" in run[2] for run in done)


def test_a_value_out_of_sight_is_not_written(tmp_path: Path) -> None:
    """A Value that only an installed package's globals hold is refused, and stays whole."""
    path = tmp_path / "site-packages" / "theirs.py"
    space: dict[str, Any] = {"v": Value(3.0)}
    exec(compile("def f(x):\n    v.data = v.data * x\n    return v * x", str(path), "exec"), space)
    with pytest.raises(TraceError, match=r"theirs.py:2, .* cannot be followed"):
        gg.compile(space["f"])(2.0)
    assert type(space["v"]) is Value
    assert space["v"].data == 3.0
    assert (space["v"] * 2.0).data == 6.0


def agree(make: Callable[[], tuple[Callable[[Any], Any], list[Value]]], integers: Any) -> None:
    """Calls in a row of a function and of the same, compiled, give the same numbers."""
    results = []
    for compile_it in (False, True):
        step, ws = make()
        run = gg.compile(step) if compile_it else step
        numbers = [float(getattr(x, "data", x)) for t in integers for x in run(t)]
        results.append([*numbers, *(v.data for v in ws), *(v.grad for v in ws)])
    assert results[1] == pytest.approx(results[0], rel=1e-12, nan_ok=True)


def test_what_was_selected_before_an_assignment() -> None:
    """It has the new number in Python, so it is refused, for a trace has the old one."""
    ws = [Value(0.5 + i) for i in range(5)]

    def use(t: Any, data: bool = False) -> Any:
        chosen = ws[t]
        before = chosen * 1.5
        ws[3].data = 10.0 * ws[3].data
        return before, chosen if data else chosen * 2.0

    for data in (False, True):
        with pytest.raises(TraceError, match=r"after the data .* Select it again"):
            gg.compile(lambda t, data=data: use(t, data))(0)


def test_what_is_selected_again_after_an_assignment() -> None:
    """Some of the candidates were moved, and gradients flow to all of them as they are by then."""

    def make() -> tuple[Callable[[Any], Any], list[Value]]:
        ws = [Value(0.5 + 0.3 * i) for i in range(6)]
        rows = [ws[:2], ws[2:4], ws[4:]]

        def step(t: Any) -> Any:
            first = gg.dot(rows[t], [0.3, -1.2]) * ws[t + 3]
            for p in ws[:3]:
                p.data = p.data - 0.1 * p.grad
            second = gg.dot(rows[t], [2.5, 0.7]).tanh() * ws[2 * t]
            for p in ws:
                p.grad = 0.0
            second.backward()
            return first, second

        return step, ws

    agree(make, (1, 0, 2, 2, 1))


def test_a_constant_that_is_not_a_number() -> None:
    """nan, which differs from itself, is among the constants of a function that selects."""

    def make() -> tuple[Callable[[Any], Any], list[Value]]:
        ws = [Value(0.5 + 0.3 * i) for i in range(4)]

        def scaled(x: Any, t: Any) -> Any:
            factors = [0.5, 2.0, -1.0, 3.0]
            return x * factors[t]

        return lambda t: [scaled(ws[0], t), ws[t] * float("nan"), *(scaled(v, t) for v in ws)], ws

    agree(make, (0, 3, 1))
