"""The script `dev`: when it makes an environment, how it refuses, what it runs."""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, at home in a checkout of its own in a folder with a space."""
    monkeypatch.chdir(tmp_path)  # a command may change the folder; this takes it back
    checkout = tmp_path / "a checkout"
    (checkout / "requirements").mkdir(parents=True)
    for name in ("dev", "pyproject.toml", "requirements/dev.lock", "requirements/setup.lock"):
        shutil.copy(ROOT / name, checkout / name)
    loader = SourceFileLoader("dev", str(checkout / "dev"))
    spec = importlib.util.spec_from_loader("dev", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def made(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the environments made so far, in place of really installing packages."""
    names: list[str] = []

    def make(group: str) -> None:
        names.append(group)
        dev.environment_of(group).mkdir(parents=True, exist_ok=True)
        dev.mark_of(group).write_text(dev.digest(group), "utf-8")

    monkeypatch.setattr(dev, "make", make)
    return names


def test_a_second_call_finds_the_environment(dev: ModuleType, made: list[str]) -> None:
    """An environment is made once, inside the checkout."""
    python = dev.ready("dev")
    assert dev.ready("dev") == python
    assert made == ["dev"]
    assert python.is_relative_to(dev.ROOT / ".dev")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("requirements/dev.lock", "numpy==", "numpy==99."),
        ("pyproject.toml", "glassgrad.__main__:main", "glassgrad.cli:main"),
    ],
)
def test_a_changed_file_makes_it_anew(
    dev: ModuleType, made: list[str], file: str, old: str, new: str
) -> None:
    """A change of the lock, or of what pyproject.toml says of the package, makes a new one."""
    dev.ready("dev")
    path = dev.ROOT / file
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    dev.ready("dev")
    assert made == ["dev", "dev"]


def test_a_change_of_a_tool_setting_keeps_it(dev: ModuleType, made: list[str]) -> None:
    """What pyproject.toml says to ruff, mypy or pytest has no part in the environment."""
    dev.ready("dev")
    path = dev.ROOT / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("line-length = 100", "line-length = 99"))
    dev.ready("dev")
    assert made == ["dev"]


def test_another_python_has_another_environment(
    dev: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each version of Python has its own folder; another build of the same one makes it anew."""
    first = dev.ready("dev")
    monkeypatch.setattr(sys, "version", "another build")
    assert dev.ready("dev") == first
    assert made == ["dev", "dev"]
    monkeypatch.setattr(sys, "version_info", SimpleNamespace(major=3, minor=99))
    assert dev.environment_of("dev").name == "dev-3.99"


def test_a_moved_checkout_makes_it_anew(
    dev: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's scripts hold its path, so that one in a moved folder is not used."""
    dev.ready("dev")
    moved = dev.ROOT.with_name("moved")
    dev.ROOT.rename(moved)
    monkeypatch.setattr(dev, "ROOT", moved)
    dev.ready("dev")
    assert made == ["dev", "dev"]


def test_an_interrupted_setup_is_made_anew(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setup that stops half-way leaves nothing that counts; the next call begins from nothing."""
    commands: list[list[str]] = []

    def must(command: list[str]) -> None:
        commands.append(command)
        folder = dev.environment_of("dev")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"left by call {len(commands)}").touch()
        if len(commands) == 2:
            raise dev.Refusal("the disk is full")

    monkeypatch.setattr(dev, "must", must)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    with pytest.raises(dev.Refusal, match="the disk is full"):
        dev.ready("dev")
    assert not dev.is_current("dev")
    dev.ready("dev")
    assert dev.is_current("dev")
    names = {path.name for path in dev.environment_of("dev").iterdir()}
    assert names == {"made-from", "left by call 3", "left by call 4", "left by call 5"}


def test_two_at_once_make_it_once(dev: ModuleType, tmp_path: Path) -> None:
    """While one process sets up, a second one waits and then uses what the first one made."""
    script = tmp_path / "call.py"
    script.write_text(
        "import runpy, sys, time\n"
        "dev = runpy.run_path(sys.argv[1])\n"
        "def make(group):\n"
        "    print('made', flush=True)\n"
        "    time.sleep(0.3)\n"
        "    dev['environment_of'](group).mkdir()\n"
        "    dev['mark_of'](group).write_text(dev['digest'](group))\n"
        "dev['ready'].__globals__['make'] = make\n"
        "dev['ready']('dev')\n"
    )
    command = [sys.executable, str(script), str(dev.ROOT / "dev")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(said) == ["", "made\n"]


@pytest.mark.parametrize(
    ("present", "begins"),
    [
        ({"uv", "venv", "pip", "ensurepip"}, [["/bin/uv", "pip"]]),
        ({"venv", "pip", "ensurepip"}, [[sys.executable, "-m", "pip"]]),
        ({"venv", "ensurepip"}, [[sys.executable, "-m", "venv"], ["bin/python", "-m", "pip"]]),
    ],
    ids=["uv is installed", "pip brings uv", "a venv's pip brings uv"],
)
def test_it_takes_what_the_machine_has(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, present: set[str], begins: list[list[str]]
) -> None:
    """It uses an installed uv, else pip brings one, else the pip of a venv; all need hashes."""
    commands = record_commands(dev, monkeypatch, present)
    dev.make("dev")
    assert commands[0][1:4] == ["-m", "venv", "--without-pip"]
    for command, begin in zip(commands[1:], begins, strict=False):
        assert command[0].endswith(begin[0])
        assert command[1 : len(begin)] == begin[1:]
    *_, packages, itself = commands
    assert Path(packages[0]).name == "uv"
    assert packages[-3:] == ["--require-hashes", "--requirement", str(dev.lock_of("dev"))]
    assert itself[-2:] == ["--editable", str(dev.ROOT)]
    for command in commands:
        if "pip" in command and command is not itself:
            assert "--require-hashes" in command


@pytest.mark.parametrize(
    ("present", "advice"),
    [
        ({"venv", "apt-get"}, "sudo apt-get install python3-venv"),
        ({"pip", "apt-get"}, "sudo apt-get install python3-venv"),
        ({"venv"}, "Install them, or uv"),
    ],
)
def test_with_no_way_it_says_what_helps(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, present: set[str], advice: str
) -> None:
    """Where Python came without venv, or without pip and uv, it names what to install."""
    record_commands(dev, monkeypatch, present)
    with pytest.raises(dev.Refusal, match=advice):
        dev.make("dev")


def record_commands(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, present: set[str]
) -> list[list[str]]:
    """Let `dev` find just these programs and modules; return the list of what it would run."""
    commands: list[list[str]] = []

    def must(command: list[str]) -> None:
        commands.append(command)
        dev.environment_of("dev").mkdir(parents=True, exist_ok=True)

    monkeypatch.setattr(dev, "must", must)
    monkeypatch.setattr(dev, "has_module", present.__contains__)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in present else None)
    return commands


def test_a_failing_installer_is_named(dev: ModuleType) -> None:
    """When an installer fails, the message holds its command and how to go on."""
    with pytest.raises(dev.Refusal, match=r"setting up failed at: .* -c 'exit\(3\)'(?s:.*)\./dev"):
        dev.must([sys.executable, "-c", "exit(3)"])


@pytest.mark.parametrize("version", [(3, 6), (3, 10)])
def test_an_old_python_is_refused(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    """The message names the version that is needed, the one that came and one that works."""
    monkeypatch.setattr(dev, "runs", lambda command: command[0] == "python3.12")
    with pytest.raises(dev.Refusal) as refused:
        dev.refuse_unfit(version, "linux")
    message = str(refused.value)
    assert "needs Python 3.11 or later" in message
    assert f"this is {version[0]}.{version[1]} ({sys.executable})" in message
    assert "Try: python3.12 ./dev" in message


@pytest.mark.parametrize("version", [(3, 11), (3, 13), (4, 0)])
def test_a_new_enough_python_is_not_refused(dev: ModuleType, version: tuple[int, int]) -> None:
    """Python 3.11 and everything later is taken."""
    dev.refuse_unfit(version, "linux")


def test_windows_is_refused(dev: ModuleType) -> None:
    """On Windows the message names WSL."""
    with pytest.raises(dev.Refusal, match="WSL"):
        dev.refuse_unfit((3, 12), "win32")


def test_unknown_command_suggests_the_nearest(
    dev: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    """A mistyped command ends with code 2 and names the command that was meant."""
    assert dev.main(["tset"]) == 2
    assert capfd.readouterr().err == "no command 'tset'; did you mean 'test'?\n"


def test_unknown_command_lists_them_all(dev: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    """A word that is near no command is answered with all of them."""
    assert dev.main(["xyzzy"]) == 2
    said = capfd.readouterr().err
    assert all(name in said for name in dev.COMMANDS)


def test_help_names_every_command(dev: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    """`./dev --help` prints each command with a sentence, in 100 columns, and succeeds."""
    assert dev.main(["--help"]) == 0
    lines = capfd.readouterr().out.splitlines()
    for name in dev.COMMANDS:
        assert any(line.startswith(f"  {name} ") and line.endswith(".") for line in lines)
    assert max(map(len, lines)) <= 100


def test_without_a_command_it_shows_the_help(
    dev: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    """No command at all is a wrong use, answered with the help."""
    assert dev.main([]) == 2
    assert capfd.readouterr().out.startswith("usage: ./dev COMMAND")


@pytest.fixture
def executed(dev: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The program, its arguments, its folder and PYTHONPATH: what `dev` would become."""
    seen: list[Any] = []

    def execv(program: Path, arguments: list[str]) -> None:
        seen.extend([program, arguments[1:], Path.cwd(), os.environ.get("PYTHONPATH")])

    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("PYTHONPATH", "/packages/of/another/environment")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "/of/another/checkout")
    return seen


@pytest.mark.parametrize(
    ("typed", "arguments"),
    [
        (["test"], ["-m", "pytest", "--numprocesses=auto", "--dist=worksteal"]),
        (["test", "-k", "two words"], ["-m", "pytest", "-k", "two words"]),
        (["python", "-c", "1"], ["-c", "1"]),
    ],
)
def test_arguments_go_on_to_the_program(
    dev: ModuleType, executed: list[Any], typed: list[str], arguments: list[str]
) -> None:
    """A command becomes the environment's Python, with the user's arguments as they are."""
    assert dev.main(typed) == 0
    assert executed[0] == dev.environment_of("dev") / "bin" / "python"
    assert executed[1] == arguments
    assert executed[3] is None


def test_bytecode_is_kept_beside_the_environments(dev: ModuleType, executed: list[Any]) -> None:
    """Python compiles a source once, whatever the user's settings, and puts nothing beside it."""
    dev.main(["test"])
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ
    assert os.environ["PYTHONPYCACHEPREFIX"] == str(dev.ROOT / ".dev" / "bytecode")


def test_run_trains_on_the_embedded_table(dev: ModuleType, executed: list[Any]) -> None:
    """`./dev run` trains on the penguins and passes further options on."""
    assert dev.main(["run", "--epochs", "3"]) == 0
    assert executed[1][:4] == ["-m", "glassgrad", "train", "penguins"]
    assert executed[1][-2:] == ["--epochs", "3"]


def test_only_python_stays_where_the_user_stands(dev: ModuleType, executed: list[Any]) -> None:
    """`./dev python` keeps the user's folder; the other commands work in the checkout."""
    dev.main(["python"])
    dev.main(["test"])
    assert executed[2] == dev.ROOT.parent
    assert executed[6] == dev.ROOT


def test_bench_suggests_the_nearest(dev: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    """A mistyped benchmark is answered with the one that was meant."""
    (dev.ROOT / "benchmarks").mkdir()
    (dev.ROOT / "benchmarks" / "eager.py").touch()
    assert dev.main(["bench", "eagre"]) == 1
    assert capfd.readouterr().err == "no benchmark 'eagre'; did you mean 'eager'?\n"


@pytest.fixture
def ran(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run, each without success, beside two benchmarks."""
    (dev.ROOT / "benchmarks").mkdir()
    for name in ("eager", "digits"):
        (dev.ROOT / "benchmarks" / f"{name}.py").touch()
    shutil.copy(dev.lock_of("dev"), dev.lock_of("bench"))
    commands: list[list[str]] = []

    def end(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        commands.append(command[1:])
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", end)
    return commands


def test_bench_runs_beside_the_peers(
    dev: ModuleType,
    executed: list[Any],
    ran: list[list[str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A benchmark runs in the environment of the peers, with its own arguments.

    PyTorch is looked for once, as the build for CPUs alone; where there is none, it says so.
    """
    assert dev.main(["bench", "eager", "--quick"]) == 0
    assert executed[0] == dev.environment_of("bench") / "bin" / "python"
    assert executed[1] == ["-m", "benchmarks.eager", "--quick"]
    assert ran == [["-m", "pip", "install", "--quiet", dev.TORCH]]
    assert dev.TORCH.endswith("+cpu")
    assert "go without PyTorch" in capfd.readouterr().err
    dev.main(["bench", "eager"])
    assert len(ran) == 1


def test_bench_runs_all(
    dev: ModuleType,
    executed: list[Any],
    ran: list[list[str]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Without a name every benchmark runs, and those that failed are named."""
    assert dev.main(["bench"]) == 1
    assert ran[1:] == [["-m", "benchmarks.digits"], ["-m", "benchmarks.eager"]]
    assert "failed: digits, eager" in capfd.readouterr().err
    assert executed == []


def test_check_stops_before_the_tests_where_a_check_fails(
    dev: ModuleType,
    executed: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """All quick checks run; those that fail are named and the tests do not begin."""
    ran: list[str] = []

    def end(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command[2])
        return subprocess.CompletedProcess(command, int(command[2] == "mypy"))

    monkeypatch.setattr(subprocess, "run", end)
    assert dev.main(["check"]) == 1
    assert ran == ["ruff", "ruff", "mypy"]
    assert "check failed: types" in capfd.readouterr().err
    assert executed == []


def test_a_folder_that_cannot_be_written_is_named(
    dev: ModuleType, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where .dev/ cannot be made, the message names it and why, without a traceback."""
    (dev.ROOT / ".dev").touch()
    assert dev.main(["test"]) == 1
    said = capfd.readouterr().err
    assert said.startswith(f"./dev stopped at {dev.ROOT}/.dev")
    assert said.endswith(": Not a directory\n")
