from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.compiler.ir.graph import Graph, opcode
from glassgrad.compiler.machine import cache, llvm
from glassgrad.ops import TABLE, Primitive

KEY = "a" * 64


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for the entries, not there yet."""
    folder = tmp_path / "deep" / "cache"
    monkeypatch.setenv("GLASSGRAD_CACHE", str(folder))
    return folder


def entry(seed: int = 0, size: int = 100) -> dict[str, np.ndarray]:
    """Any entry of two arrays."""
    rng = np.random.default_rng(seed)
    return {"code": rng.integers(0, 256, 8 * size).astype(np.uint8), "numbers": rng.normal(size=3)}


def same(one: cache.Entry | None, other: cache.Entry) -> bool:
    """Whether two entries hold the same bits."""
    return one is not None and {k: v.tobytes() for k, v in one.items()} == {
        k: v.tobytes() for k, v in other.items()
    }


def test_an_entry_comes_back(kept: Path) -> None:
    """What was stored is loaded bit by bit, from a folder that only the user may enter."""
    assert cache.load(KEY) is None
    cache.store(KEY, entry())
    assert same(cache.load(KEY), entry())
    cache.store(KEY, entry(1))
    assert same(cache.load(KEY), entry(1))
    assert [path.name for path in kept.iterdir()] == [f"{KEY}.code"]
    if os.name == "posix":
        assert kept.stat().st_mode & 0o777 == 0o700


def test_a_damaged_entry_is_none(kept: Path) -> None:
    """A file cut anywhere, or with any byte changed, gives nothing."""
    cache.store(KEY, entry())
    (path,) = kept.iterdir()
    whole = path.read_bytes()
    for cut in range(0, len(whole), 97):
        path.write_bytes(whole[:cut])
        assert cache.load(KEY) is None
    for at in range(0, len(whole), 13):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        assert cache.load(KEY) is None
    path.write_text("nothing of ours")
    assert cache.load(KEY) is None


def test_an_entry_of_another_digest_is_none(kept: Path) -> None:
    """A file that was renamed by hand is not taken for what its name says."""
    cache.store(KEY, entry())
    (kept / f"{KEY}.code").rename(kept / f"{'b' * 64}.code")
    assert cache.load("b" * 64) is None


def test_the_size_is_bounded(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it becomes too much, entries go that were not used for longest; so do old leftovers."""
    keys = [letter * 64 for letter in "abc0"]
    for age, key in enumerate(keys[:3]):
        cache.store(key, entry())
        os.utime(kept / f"{key}.code", (1e9 + age, 1e9 + age))
    size = (kept / f"{keys[0]}.code").stat().st_size
    assert cache.load(keys[0]) is not None  # used now, so it stays
    (kept / "left.tmp").write_text("by a process that was killed")
    os.utime(kept / "left.tmp", (1e9, 1e9))
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * size)
    cache.store(keys[3], entry())
    assert sorted(path.name[0] for path in kept.iterdir()) == ["0", "a", "c"]


def test_a_folder_that_cannot_be_is_no_error(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the folder is a file, where others may write to it, and where it is off."""
    kept.parent.mkdir()
    kept.write_text("a file")
    cache.store(KEY, entry())
    assert cache.load(KEY) is None
    assert cache.entries() == []
    cache.clear()
    kept.unlink()
    cache.store(KEY, entry())
    if os.name == "posix":
        kept.chmod(0o777)
        assert cache.load(KEY) is None
        cache.store("b" * 64, entry())
        assert len(cache.entries()) == 1
    monkeypatch.setenv("GLASSGRAD_CACHE", "off")
    assert cache.folder() is None
    cache.store(KEY, entry())
    assert cache.load(KEY) is None


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """GLASSGRAD_CACHE comes first, then the platform's folder of caches."""
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path / "here"))
    assert cache.folder() == tmp_path / "here"
    monkeypatch.delenv("GLASSGRAD_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == tmp_path / "xdg" / "glassgrad"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.folder() == tmp_path / ".cache" / "glassgrad"


WORKER = """
import sys
import numpy as np
import glassgrad as gg
from glassgrad.compiler.machine import cache
from glassgrad.compiler.machine import llvm
cache.MOST_BYTES = 40_000
whole = 0
for turn in range(150):
    key = "abcde0"[turn % 6] * 64
    fill = (turn + int(sys.argv[1])) % 251
    cache.store(key, {"code": np.full(9000, fill, np.uint8), "fill": np.array([fill])})
    found = cache.load(key)
    if found is not None:
        assert (found["code"] == found["fill"][0]).all() and len(found["code"]) == 9000
        whole += 1
    if turn % 50 == 49:
        cache.clear()
print(whole)
"""


def test_processes_do_not_disturb_each_other(kept: Path) -> None:
    """While three write, read, trim and clear the same entries, each finds whole ones or none."""
    command = [sys.executable, "-W", "error", "-c", WORKER]
    workers = [
        subprocess.Popen([*command, str(k)], stdout=subprocess.PIPE, text=True) for k in range(3)
    ]
    for worker in workers:
        out, _ = worker.communicate()
        assert worker.returncode == 0
        assert int(out) > 10
    assert not list(kept.glob("*.tmp"))


def graph(rate: float = 0.5, line: str = "a.py:1") -> Graph:
    """A small trace."""
    g = Graph([(2,)])
    g.lines.append(line)
    g.output("result", 0, g.add("mul", g.add("INPUT", 0), g.constant(rate)))
    g.line[-1] = 0
    return g


def test_what_tells_digests_apart() -> None:
    """Constants, operations, outputs, shapes and settings do; the user's lines and names do not."""
    g = graph()
    known = cache.digest(g, "float64")
    other = graph(line="b.py:7")
    other.names = ["rows"]
    assert cache.digest(other, "float64") == known
    assert known is not None
    assert len(known) == 64
    others = [graph(0.25), graph(-0.5), graph(), graph()]
    others[2].output("result", 1, 0)
    others[3].inputs = [(2, 1)]
    found = {cache.digest(each, "float64") for each in others}
    found |= {cache.digest(g, "float32"), cache.digest(g, "float64", (0, 1)), known}
    assert len(found) == 7


def test_rows_of_the_users_own_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what they do in another process; what comes with glassgrad is kept."""
    row = Primitive(
        name="half",
        forward=lambda x: x / 2.0,
        partials=lambda y, x: (0.5,),
        domain=((1.0, 2.0),),
        says="A half.",
    )
    monkeypatch.setitem(TABLE, "half", row)
    for each, known in ((row, False), (TABLE["tanh"], True), (TABLE["floor"], True)):
        g = graph()
        opcode(each)
        g.output("result", 1, g.add(each.name, 0))
        assert (cache.digest(g) is not None) == known


def test_another_version_is_another_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sources or a processor that changed, nothing that was kept before is found."""
    before = cache.digest(graph())
    with monkeypatch.context() as changed:
        changed.setattr(Path, "read_bytes", lambda self: b"other")
        cache._version.cache_clear()
        assert cache.digest(graph()) != before
    cache._version.cache_clear()
    assert cache.digest(graph()) == before
    monkeypatch.setattr(llvm, "OPTIMISATION", 1)
    assert cache.digest(graph()) != before
    monkeypatch.undo()
    monkeypatch.setattr(llvm.llvm, "get_host_cpu_name", lambda: "another")
    assert cache.digest(graph()) != before


PROGRAM = """
import random, sys
import glassgrad as gg

random.seed(3)
model = gg.MLP(2, [5, 1])

@gg.compile
def step(X, y):
    loss = sum((model(x) - t) ** 2 for x, t in zip(X, y))
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= 0.05 * p.grad
    return loss

X, y = [[0.1, 0.9], [0.8, -0.3], [-0.5, 0.4]], [1.0, -1.0, 0.5]
print([step(X, y).data.hex() for _ in range(5)], [p.data.hex() for p in model.parameters()])
print(int("roll_ms" in step.stats))
print("tanh(h" in str(step.loops), "roll_ms" in step.stats)
"""


def test_a_later_process_rolls_nothing(kept: Path) -> None:
    """It takes the code from disk, computes the same bits, and can still show its stages."""
    done = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert done[0][0] == done[1][0]
    assert [run[1] for run in done] == ["1", "0"]
    assert [run[2] for run in done] == ["True True", "True False"]
    assert len(cache.entries()) == 1


def test_functions_of_one_trace_share_their_code(kept: Path) -> None:
    """The same trace from another function, on other Values, is not compiled a second time."""

    def made() -> Any:
        w = [gg.Value(0.3), gg.Value(-1.2)]

        @gg.compile
        def step(x: Any) -> Any:
            loss = (w[0] * x[0] - w[1] * x[1]).sin()
            loss.backward()
            return loss

        return step, w

    (first, w), (second, v) = made(), made()
    assert first([0.7, 2.0]).data == second([0.7, 2.0]).data
    assert [p.grad for p in w] == [p.grad for p in v]
    assert "LLVM_ms" in first.stats
    assert "LLVM_ms" not in second.stats
