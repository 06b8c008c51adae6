"""What the tests of the command line share: a way to call it, and a run that is done."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from glassgrad.cli import program

ROOT = Path(__file__).parents[2]
Call = Callable[..., Result]
SAVING_OFTEN = """
import runpy
from glassgrad.training import fit
fit.__globals__["_SAVE_EVERY"] = 0.05
runpy.run_module("glassgrad", run_name="__main__", alter_sys=True)
"""


def invoke(*arguments: str | Path) -> Result:
    """Call the program in this process."""
    words = [str(argument) for argument in arguments]
    return CliRunner().invoke(program, words, prog_name="glassgrad")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the program in this process, in an empty folder.

    However slow the machine, compiling takes too short to be told of.
    """
    monkeypatch.setattr("glassgrad.compiler.ir.progress._QUIET", 600.0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GLASSGRAD_COMMAND", raising=False)
    return invoke


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the program in a process of its own, in an empty folder.

    With `often` it keeps its checkpoint twenty times a second, instead of once.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    environment.pop("GLASSGRAD_COMMAND", None)

    def begin(*arguments: str | Path, often: bool = False) -> subprocess.Popen[str]:
        program = ["-c", SAVING_OFTEN] if often else ["-m", "glassgrad"]
        return subprocess.Popen(
            [sys.executable, *program, *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def train_once(folder: Path, *arguments: str) -> Path:
    """Train a short run into a folder."""
    done = invoke("train", *arguments, "--out", folder, "-q")
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="session")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run on the penguins."""
    folder = tmp_path_factory.mktemp("runs") / "penguins"
    return train_once(folder, "penguins", "--epochs", "4", "--hidden", "4", "--lr", "0.05")


@pytest.fixture(scope="session")
def cars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run on the cars, whose target is a number."""
    folder = tmp_path_factory.mktemp("runs") / "cars"
    return train_once(folder, "auto_mpg", "--epochs", "4", "--hidden", "3")
