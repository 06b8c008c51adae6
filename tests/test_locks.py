import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from glassgrad import MLP, losses, optim
from glassgrad.locks import InUseError, claimed
from glassgrad.training import fit

ROOT = Path(__file__).parents[1]
HOLD = """
import sys
from pathlib import Path
from glassgrad.locks import claimed
with claimed(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """A process that has claimed a file, until its standard input ends."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_two_processes_do_not_train_with_one_checkpoint(tmp_path: Path) -> None:
    """The second is refused, with the number of the first; once that has ended it goes on."""
    checkpoint = tmp_path / "run.json"
    process = holder(checkpoint)

    def train() -> None:
        model = MLP(1, [1])
        optimiser = optim.SGD(model.parameters(), lr=0.1)
        fit(
            model, [[0.5]], [1.0], loss=losses.squared, optimiser=optimiser, epochs=1,
            progress=False, checkpoint=checkpoint, resume=True,
        )  # fmt: skip

    with pytest.raises(InUseError, match=rf"run\.json is in use: a process, {process.pid}, is tra"):
        train()
    assert not checkpoint.exists()
    process.communicate("")
    train()
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    """After kill -9 the file of the lock is there still, and stops nobody."""
    path = tmp_path / "run.json"
    process = holder(path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (tmp_path / ".run.json.lock").exists()
    with (
        claimed(path),
        pytest.raises(InUseError, match=f"a process, {os.getpid()}, is"),
        claimed(path),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_its_owner_removes_meanwhile_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opened the file before it was removed holds nothing, and tries again."""
    path, lock = tmp_path / "run.json", tmp_path / ".run.json.lock"
    opened: list[int] = []
    real = os.open

    def slow(name: Path, *rest: int) -> int:
        descriptor = real(name, *rest)
        opened.append(descriptor)
        if len(opened) == 1:
            lock.unlink()
        return descriptor

    monkeypatch.setattr("glassgrad.locks.os.open", slow)
    with claimed(path):
        assert len(opened) == 2
        assert lock.read_text() == str(os.getpid())
