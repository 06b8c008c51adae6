import errno
import json
import os
import random
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from glassgrad import MLP, Value, losses, optim
from glassgrad.data import moons
from glassgrad.files import write_atomically
from glassgrad.training import CheckpointError, History, fit
from glassgrad.training.checkpoint import save_checkpoint
from glassgrad.training.progress import Silence

ROOT = Path(__file__).parents[1]
X, Y = moons(22, seed=2)
ASIDE = moons(10, seed=3)
Make = Callable[[MLP], optim.Optimiser]

OPTIMISERS: dict[str, Make] = {
    "momentum": lambda model: optim.SGD(model.parameters(), lr=0.2, momentum=0.9),
    "adam": lambda model: optim.Adam(model.parameters(), lr=0.03),
    "adamw": lambda model: optim.AdamW(model.parameters(), lr=0.03),
    "rmsprop": lambda model: optim.RMSprop(model.parameters(), lr=0.01, momentum=0.5),
    "schedule": lambda model: optim.Adam(model.parameters(), lr=optim.cosine(0.05, steps=9)),
}


class Killed(Exception):
    """Stands for a power cut."""


class Kill(Silence):
    """Cuts a run off right after a step, before anything is saved."""

    def __init__(self, step: int) -> None:
        self.at = step

    def step(self, done: int) -> None:
        """Cut off at the step."""
        if done == self.at:
            raise Killed


@pytest.fixture(autouse=True)
def _save_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fit.__globals__, "_SAVE_EVERY", 0.0)


def train(checkpoint: Path | None, *, make: str = "adam", **changes: Any) -> tuple[MLP, History]:
    """Train for 3 epochs of 3 steps with all that a run can have; return the model too."""
    model = MLP(2, [3, 1], activation=["tanh", "linear"], rng=random.Random(4))
    settings: dict[str, Any] = {
        "loss": losses.binary_cross_entropy,
        "optimiser": OPTIMISERS[make](model),
        "epochs": 3,
        "batch_size": 8,
        "validation": ASIDE,
        "patience": 3,
        "metric": "accuracy",
        "l2": 0.01,
        "seed": 7,
        "checkpoint": checkpoint,
        "resume": True,
        "progress": False,
    }
    settings |= changes
    return model, fit(model, settings.pop("X", X), settings.pop("y", Y), **settings)


def facts(model: MLP, history: History) -> Any:
    """All of a run that must not depend on whether it was stopped: everything but the time."""
    epochs = [{**epoch.to_dict(), "seconds": 0} for epoch in history]
    return model.state_dict(), epochs, history.best_epoch, history.stopped_early


@pytest.mark.parametrize("make", OPTIMISERS)
def test_resumed_run_is_bit_for_bit_the_whole_one(make: str, tmp_path: Path) -> None:
    """Cut off after any of its 9 steps, a run ends in the same weights, scores and best epoch."""
    whole = facts(*train(None, make=make))
    for step in range(1, 10):
        checkpoint = tmp_path / f"{step}.json"
        with pytest.raises(Killed):
            train(checkpoint, make=make, progress=Kill(step))
        assert facts(*train(checkpoint, make=make)) == whole


def test_run_cut_off_again_and_again(tmp_path: Path) -> None:
    """Even if each attempt makes but one step, the end is the same."""
    whole = facts(*train(None))
    checkpoint = tmp_path / "run.json"
    for step in range(2, 10):  # the step a run was cut off in is not saved, and made again
        with pytest.raises(Killed):
            train(checkpoint, progress=Kill(step))
    assert facts(*train(checkpoint)) == whole


def test_finished_run_goes_on_with_more_epochs(tmp_path: Path) -> None:
    """Six epochs at once are three and then three more; three again change nothing."""
    whole = facts(*train(None, epochs=6, patience=6))
    checkpoint = tmp_path / "run.json"
    first = facts(*train(checkpoint, patience=6))
    assert facts(*train(checkpoint, patience=6)) == first
    assert facts(*train(checkpoint, epochs=6, patience=6)) == whole


def test_run_that_patience_ended_goes_on_with_more(tmp_path: Path) -> None:
    """With more it is the run that had it from the first; with less again it ends at once."""
    rough = {"make": "momentum", "epochs": 12, "l2": 0.3}
    _, stopped = train(None, patience=1, **rough)
    whole = facts(*train(None, patience=9, **rough))
    assert stopped.stopped_early
    assert len(stopped) < len(whole[1])
    checkpoint = tmp_path / "run.json"
    train(checkpoint, patience=1, **rough)
    assert facts(*train(checkpoint, patience=9, **rough)) == whole
    assert facts(*train(checkpoint, patience=1, **rough))[1] == whole[1]


def test_log_fits_the_checkpoint_after_resuming(tmp_path: Path) -> None:
    """Lines that a cut-off run wrote after its last checkpoint are not there twice."""
    log, checkpoint = tmp_path / "log.jsonl", tmp_path / "run.json"
    with pytest.raises(Killed):
        train(checkpoint, log=log, progress=Kill(7))
    with log.open("a") as file:
        file.write('{"epoch": 3, "step": 9, "lo')  # half a line, as a power cut leaves it
    train(checkpoint, log=log)
    assert [json.loads(line)["epoch"] for line in log.read_text().splitlines()] == [1, 2, 3]


def test_checkpoint_is_not_overwritten(tmp_path: Path) -> None:
    """Without resume=True a run refuses to begin where another one is kept."""
    checkpoint = tmp_path / "run.json"
    train(checkpoint)
    before = checkpoint.read_bytes()
    with pytest.raises(FileExistsError, match=r"run\.json has a run in it.*resume=True"):
        train(checkpoint, resume=False)
    assert checkpoint.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"seed": 8}, "seed was 7, now it is 8"),
        ({"batch_size": 4}, "batch_size was 8, now it is 4"),
        ({"l2": 0.0}, r"l2 was 0\.01, now it is 0\.0"),
        ({"clip": 1.0}, r"clip was absent, now it is 1\.0"),
        ({"metric": None}, "metric was accuracy, now it is absent"),
        ({"validation": (X, Y)}, "digest of the validation samples was"),
        ({"X": [[x1, x2 + 1e-9] for x1, x2 in X]}, "digest of the samples was"),
        ({"X": X[1:], "y": Y[1:]}, "samples was 22, now it is 21"),
        ({"loss": losses.squared}, "loss was <function binary_cross_entropy>, now it is"),
        ({"make": "adamw"}, "optimiser was Adam .*now it is AdamW"),
        ({"make": "schedule"}, r"lr was 0\.03, now it is \[0\.05, "),
    ],
)
def test_other_run_is_refused(changes: dict[str, Any], differs: str, tmp_path: Path) -> None:
    """A checkpoint of other data or settings is refused, with what differs; it is untouched."""
    checkpoint = tmp_path / "run.json"
    train(checkpoint)
    before = checkpoint.read_bytes()
    with pytest.raises(CheckpointError, match=f"belongs to another run: .*{differs}"):
        train(checkpoint, **changes)
    assert checkpoint.read_bytes() == before


def test_network_of_other_sizes_is_refused(tmp_path: Path) -> None:
    """The message has both networks."""
    checkpoint = tmp_path / "run.json"
    train(checkpoint)
    model = MLP(2, [5, 1])
    with pytest.raises(CheckpointError, match=r"parameters was 13, now it is 21; model was MLP\(2"):
        fit(
            model, X, Y, loss=losses.binary_cross_entropy, progress=False,
            optimiser=optim.Adam(model.parameters()), checkpoint=checkpoint, resume=True,
        )  # fmt: skip


def test_model_without_a_name_of_its_own_resumes(tmp_path: Path) -> None:
    """An object's address is no part of what a run is: the same code resumes in a new process."""

    class Line:
        def __init__(self) -> None:
            self.w = MLP(2, [1], activation="linear", init="zero")

        def __call__(self, x: list[float]) -> Any:
            return self.w(x)

    for epochs in (1, 2):
        model = Line()
        history = fit(
            model, X, Y, loss=losses.binary_cross_entropy, epochs=epochs, progress=False,
            optimiser=optim.SGD(model.w.parameters()), checkpoint=tmp_path / "run", resume=True,
        )  # fmt: skip
        assert len(history) == epochs


def test_model_that_shows_its_weights_resumes(tmp_path: Path) -> None:
    """A dataclass of Values shows other numbers after each step, and is the same model still."""

    @dataclass
    class Line:
        w: Value
        b: Value

        def __call__(self, x: list[float]) -> Any:
            return self.w * x[0] + self.b

    model = Line(Value(0.3), Value(-0.2))
    optimiser = optim.SGD([model.w, model.b])
    for epochs in (2, 4):
        history = fit(
            model, X, Y, loss=losses.squared, epochs=epochs, progress=False,
            optimiser=optimiser, checkpoint=tmp_path / "run", resume=True,
        )  # fmt: skip
        assert len(history) == epochs


def test_damage_is_noticed(tmp_path: Path) -> None:
    """A checkpoint cut short anywhere, or with any one character changed, is refused."""
    checkpoint = tmp_path / "run.json"
    train(checkpoint, epochs=1)
    content = checkpoint.read_bytes()
    rng = random.Random(0)
    damaged = [content[: rng.randrange(len(content) - 1)] for _ in range(20)]
    for _ in range(20):
        place = rng.randrange(len(content) - 1)
        digit = b"7" if content[place : place + 1] != b"7" else b"8"
        damaged.append(content[:place] + digit + content[place + 1 :])
    for wrong in damaged:
        checkpoint.write_bytes(wrong)
        with pytest.raises(CheckpointError, match=r"run\.json is no whole checkpoint"):
            train(checkpoint)


def test_checkpoint_of_another_format_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message tells both formats."""
    checkpoint = tmp_path / "run.json"
    train(checkpoint)
    monkeypatch.setattr("glassgrad.training.checkpoint.FORMAT", 2)
    with pytest.raises(
        CheckpointError, match="has format 1, and this version of glassgrad reads 2"
    ):
        train(checkpoint)


# The real thing

SCRIPT = """
import json, random, sys
from pathlib import Path
from glassgrad import MLP, losses, optim
from glassgrad.data import moons
from glassgrad.training import fit
from glassgrad.training import compiled
fit.__globals__["_SAVE_EVERY"] = 0.0
compiled._GATHERED = 50  # room for the samples of two steps, so that an epoch is some five calls
X, y = moons(56, seed=2)
model = MLP(2, [3, 1], activation=["tanh", "linear"], rng=random.Random(4))
optimiser = optim.Adam(model.parameters(), lr=0.03)
history = fit(model, X, y, loss=losses.binary_cross_entropy, optimiser=optimiser, epochs=60,
              batch_size=7, validation=moons(20, seed=3), patience=60, metric="accuracy",
              checkpoint=sys.argv[1], log=sys.argv[2], resume=True, progress=False,
              eager=False)
Path(sys.argv[3]).write_text(json.dumps([model.state_dict(), history["loss"]]))
"""


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Start the script; its files are in the folder, and its code beside it once it is compiled."""
    files = [str(folder / name) for name in ("run.json", "log.jsonl", "model.json")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment["GLASSGRAD_CACHE"] = str(folder.parent / "cache")
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *files], env=environment)


def steps_kept(folder: Path) -> tuple[int, int]:
    """How many steps the checkpoint in a folder has, and how many samples of its epoch."""
    try:
        state = json.loads((folder / "run.json").read_text().split("\n")[1])["state"]
    except FileNotFoundError:
        return 0, 0
    return state["steps"], state["done"]


def test_kill_9_loses_nothing(tmp_path: Path) -> None:
    """Killed at random moments by SIGKILL, a run ends with the same bytes as one left in peace.

    It is compiled; `tests/cli/test_train.py` kills an eager one.
    """
    pytest.importorskip("llvmlite")
    in_peace, killed = tmp_path / "in peace", tmp_path / "killed"
    in_peace.mkdir()
    killed.mkdir()
    assert start(in_peace).wait(120) == 0
    rng = random.Random(5)
    inside = 0
    for _ in range(4):
        process = start(killed)
        wanted = steps_kept(killed)[0] + rng.randint(1, 12)
        while steps_kept(killed)[0] < wanted:
            assert process.poll() is None
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.004))
        process.kill()
        process.wait()
        inside += steps_kept(killed)[1] > 0
    assert inside, "no kill fell inside an epoch; the test proved too little"
    assert start(killed).wait(120) == 0
    assert (killed / "model.json").read_bytes() == (in_peace / "model.json").read_bytes()
    log = (killed / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in log] == list(range(1, 61))


# Files


@pytest.mark.parametrize(
    "call",
    ["glassgrad.files.Path.open", "glassgrad.files.os.fsync", "glassgrad.files.Path.replace"],
)
def test_full_disk_leaves_the_old_file(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever step of saving finds no room, the old checkpoint stands and resumes; no litter."""
    checkpoint = tmp_path / "run.json"
    with pytest.raises(Killed):
        train(checkpoint, progress=Kill(4))
    before = checkpoint.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(call, full)
        with pytest.raises(OSError, match=r"run\.json could not be written: No space left.*untou"):
            save_checkpoint(checkpoint, {}, {"new": True})
    assert checkpoint.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert facts(*train(checkpoint)) == facts(*train(None))


def test_file_size_limit_leaves_the_old_file(tmp_path: Path) -> None:
    """The same with a limit that the system itself sets, in a process of its own."""
    pytest.importorskip("resource")
    path = tmp_path / "file"
    script = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from glassgrad.files import write_atomically
        path = Path(sys.argv[1])
        write_atomically(path, b"old")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_atomically(path, b"new" * 1000)
        except OSError as error:
            print(error.strerror)
        """
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert "file could not be written: File too large. The file that was there" in ended.stdout
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody open a folder")
def test_writing_syncs_the_file_and_then_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut loses neither content nor name: the folder is synced once the name is there."""
    path = tmp_path / "file"
    synced: list[tuple[bool, bool]] = []  # is it the folder, and does the file have its name

    def fsync(descriptor: int) -> None:
        is_folder = os.path.samestat(os.fstat(descriptor), tmp_path.stat())
        synced.append((is_folder, path.exists()))

    monkeypatch.setattr("glassgrad.files.os.fsync", fsync)
    write_atomically(path, b"new")
    assert synced == [(False, False), (True, True)]


def test_writing_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    """A link goes on pointing at the file that was written."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_writing_where_there_is_no_folder(tmp_path: Path) -> None:
    """The message names the file and the reason, and promises nothing of a file before."""
    with pytest.raises(OSError, match=r"run\.json could not be written: No such file[^.]*\.$"):
        write_atomically(tmp_path / "none" / "run.json", b"")
