import json
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from click.testing import Result

from glassgrad import load_model
from glassgrad.locks import claimed

Call = Callable[..., Result]
Start = Callable[..., subprocess.Popen[str]]
SHORT = ("--epochs", "2", "--hidden", "2")


def write_table(path: Path, rows: int = 40) -> Path:
    """Write a table with a gap, a category and a class that follows from a number."""
    lines = ["length;colour;kind"]
    for i in range(rows):
        length = "" if i == 3 else f"{(i * 7) % 20 / 2}"
        lines.append(
            f"{length};{'red' if i % 3 else 'blue'};{'big' if (i * 7) % 20 > 9 else 'small'}"
        )
    path.write_text("\n".join(lines) + "\n")
    return path


def test_trains_on_a_file_of_ones_own(call: Call, tmp_path: Path) -> None:
    """The plan, the results beside the baseline, and all files of the run are there."""
    write_table(tmp_path / "things.csv")
    done = call("train", "things.csv", "--target", "kind", "--hidden", "5,3", "--epochs", "2")
    assert done.exit_code == 0, done.output
    plan = dict(re.findall(r"(?m)^(\w+) {2,}(.*)$", done.stdout))
    assert plan["table"] == "things.csv, 40 rows"
    assert plan["target"] == "kind, 2 classes: big 20, small 20"
    assert plan["inputs"] == "3 from 2 columns: length, colour (2 values)"
    assert plan["split"] == "28 rows to train on, 6 to validate, 6 to test"
    assert plan["network"] == "3 → 5 tanh → 3 tanh → 1, 42 parameters"
    assert plan["run"] == "runs/things"
    assert re.search(r"rows +accuracy +always big\ntraining +28 +\d+\.\d % +50\.0 %", done.stdout)
    assert "glassgrad predict runs/things " in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if tmp_path.name not in line)
    folder = tmp_path / "runs" / "things"
    assert {path.name for path in folder.iterdir()} == {
        "checkpoint.json", "log.jsonl", "loss.svg", "model.safetensors", "network.svg",
        "report.txt", "settings.json",
    }  # fmt: skip
    assert "<svg" in (folder / "loss.svg").read_text()[:200]
    assert "is / predicted" in (folder / "report.txt").read_text()
    assert load_model(folder / "model.safetensors").network.sizes == [3, 5, 3, 1]


def test_the_plan_quotes_names_that_hold_a_comma(call: Call, tmp_path: Path) -> None:
    """Such a name, or class, would read as two."""
    rows = [f'{i * 7 % 20},{"rb"[i % 2]},"{"big, round" if i % 3 else "small"}"' for i in range(40)]
    (tmp_path / "things.csv").write_text("\n".join(['length,"colour, main",kind', *rows]))
    plan = call("train", "things.csv", *SHORT, "--text", "colour, main").stdout
    assert "2 classes: 'big, round' 26, small 14" in plan
    assert " from 2 columns: length, 'colour, main' (2 values)" in plan


def test_progress_and_notes_are_no_results(call: Call) -> None:
    """Standard output has the plan and the scores, standard error the progress."""
    done = call("train", "penguins", *SHORT)
    assert "epoch 2/2  loss" in done.stderr
    assert "epoch 2/2" not in done.stdout
    quiet = call("train", "penguins", *SHORT, "-q")
    assert quiet.stderr == ""
    assert [line.split()[0] for line in quiet.stdout.splitlines()] == [
        "rows", "training", "validation", "test",
    ]  # fmt: skip
    assert call("train", "penguins", *SHORT, "--no-progress").stderr.count("epoch") == 0


def test_results_as_json(call: Call) -> None:
    """With --json each line of standard output is an object: the plan, epochs, the result."""
    done = call("train", "auto-mpg", *SHORT, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events] == ["plan", "epoch", "epoch", "result"]
    assert events[0]["rows"] == {"train": 278, "validation": 60, "test": 60}
    assert events[0]["sizes"] == [9, 2, 1]
    assert events[2]["validation_r2"] == pytest.approx(events[3]["scores"]["validation"]["r2"])
    assert events[3]["scores"]["test"]["rmse"] > 0


def test_two_inputs_get_a_boundary(call: Call, tmp_path: Path) -> None:
    """A toy set trains too, and its picture is in the units of the table."""
    done = call("train", "moons", *SHORT, "--loss", "hinge", "--optimiser", "sgd")
    assert done.exit_code == 0, done.output
    boundary = (tmp_path / "runs" / "moons" / "boundary.svg").read_text()
    assert ">x1<" in boundary
    assert ">x2<" in boundary


def test_older_run_stays_as_it_is(call: Call, tmp_path: Path) -> None:
    """A folder in use is left alone: the new run goes to the next free number, and says so."""
    for folder in ("runs/penguins", "runs/penguins-2"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "mine.txt").write_text("mine")
    done = call("train", "penguins", *SHORT)
    assert (
        "runs/penguins is in use and stays as it is; this run goes to runs/penguins-3"
        in done.stderr
    )
    assert [path.name for path in (tmp_path / "runs/penguins").iterdir()] == ["mine.txt"]
    assert (tmp_path / "runs/penguins-3/model.safetensors").exists()
    assert call("train", "moons", *SHORT, "--out", "runs/penguins").exit_code == 0
    assert (tmp_path / "runs/penguins-4/boundary.svg").exists()


def test_tiny_table_keeps_nothing_aside(call: Call) -> None:
    """The four points of xor all train; the plan says why."""
    done = call("train", "xor", *SHORT)
    assert done.exit_code == 0, done.output
    plan = " ".join(done.stdout.split())
    assert "all 4 rows to train on, fewer than 20; nothing is kept aside to test on" in plan
    assert "validation" not in done.stdout


def test_rows_without_a_target_are_left_out(call: Call, tmp_path: Path) -> None:
    """They are counted in the plan."""
    path = write_table(tmp_path / "things.csv")
    path.write_text(path.read_text() + "3.5;red;\n;blue;NA\n")
    done = call("train", "things.csv", *SHORT)
    assert "things.csv, 40 rows, and 2 left out whose target is missing" in done.stdout
    assert "kind, the last column, 2 classes" in done.stdout


def test_same_command_same_model(call: Call, tmp_path: Path) -> None:
    """The model file of a second run has the same bytes; of another seed, others."""
    for folder, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        call("train", "penguins", *SHORT, "--out", folder, "--seed", seed)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b != c


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["pengins"], 1, r"neither a file 'pengins' nor a table.*Did you mean 'penguins'\?"),
        (["none.csv"], 1, r"There is no file none\.csv"),
        ([], 2, "Name a TABLE to train on, or a run to --resume"),
        (["penguins", "--target", "Specis"], 1, "no column 'Specis'. Did you mean 'species'"),
        (["penguins", "--activation", "tnh"], 1, "no activation 'tnh'. Did you mean 'tanh'"),
        (["penguins", "--hidden", "8,x"], 2, "'8,x' are not sizes of layers, such as 16"),
        (["penguins", "--hidden", "8,-1"], 2, "'8,-1' are not sizes"),
        (["penguins", "--split", "70,30"], 2, "'70,30' are not three shares"),
        (["penguins", "--split", "0,50,50"], 2, "'0,50,50' are not three shares"),
        (["penguins", "--loss", "huber"], 1, "'huber' does not fit classification of 'species'"),
        (["penguins", "--loss", "hinge"], 1, "'hinge' tells two classes apart, but .* has 3"),
        (["penguins", "--drop", "iland"], 1, "no column 'iland'. Did you mean 'island'"),
        (["penguins", "--encoding", "latin-1"], 1, "penguins comes with glassgrad"),
        (["penguins", "--epoch", "3"], 2, "No such option '?--epoch'?.*--epochs"),
        (["penguins", "--task", "regression"], 1, "regression needs numbers in target 'species'"),
    ],
)
def test_wrong_arguments_are_told(
    arguments: list[str], code: int, message: str, call: Call, tmp_path: Path
) -> None:
    """Usage errors end with code 2, others with 1, in words; nothing is left behind."""
    done = call("train", *arguments)
    assert done.exit_code == code
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"table\.csv is empty"),
        (b"a,kind\n", "has column names but no rows"),
        (b"a,kind\n1,x\n2,x\n3,x\n", "target 'kind' is 'x' in all 3 training rows"),
        (b"a,kind\n1,x\n1,y\n", r"(?s)no column left|Left out|always"),
        (b"a,b,kind\n1,2,x\n1,y\n", r"line 3 has 2"),
        ("a,größe\n1,x\n2,y\n".encode("windows-1252"), "try|--encoding windows-1252"),
        (
            b"a,kind\n1,x\n2,y\nlots,x\n4,y\n5,x\n6,y\n7,x\n",
            r"'lots' \(line 4\).*--numeric a.*--text a",
        ),
    ],
)
def test_unfit_tables_are_told(content: bytes, message: str, call: Call, tmp_path: Path) -> None:
    """What is wrong in a file is said with its line, and the way out as options of this program."""
    (tmp_path / "table.csv").write_bytes(content)
    done = call("train", "table.csv")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_nan_keeps_the_last_good_checkpoint(call: Call, tmp_path: Path) -> None:
    """A loss that becomes nan ends with code 1: step, operation, line, and what is kept."""
    done = call("train", "moons", "--activation", "log")
    assert done.exit_code == 1
    assert re.search(
        r"step 1, batch 1 of epoch 1: log\(-.*\) is nan, at glassgrad/nn\.py", done.stderr
    )
    assert "last good checkpoint is runs/moons/checkpoint.json" in done.stderr
    assert (tmp_path / "runs/moons/checkpoint.json").exists()
    assert not (tmp_path / "runs/moons/model.safetensors").exists()
    predicted = call("predict", "runs/moons", "moons")
    assert "no model.safetensors in runs/moons: its run did not end" in predicted.stderr


def test_full_disk_says_how_to_go_on(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the model can't be written, the checkpoint stands and the command given resumes."""
    from glassgrad import files

    real = files.write_atomically

    def full(path: Path, content: bytes) -> None:
        if path.name == "model.safetensors":
            raise OSError(28, f"{path} could not be written: No space left on device.")
        real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr("glassgrad.model_file.write_atomically", full)
        done = call("train", "penguins", *SHORT)
    assert done.exit_code == 1
    assert "model.safetensors could not be written: No space left" in done.stderr
    command = done.stderr.strip().splitlines()[-1]
    assert command == "  glassgrad train --resume runs/penguins"
    assert call(*shlex.split(command)[1:]).exit_code == 0
    assert call("train", "penguins", *SHORT, "--out", "whole").exit_code == 0
    resumed, whole = (tmp_path / name for name in ("runs/penguins", "whole"))
    name = "model.safetensors"
    assert (resumed / name).read_bytes() == (whole / name).read_bytes()


def test_suggested_commands_are_the_callers_own(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script that calls the program for the user has its own name in what is suggested."""
    monkeypatch.setenv("GLASSGRAD_COMMAND", "./dev python -m glassgrad")
    done = call("train", "moons", *SHORT)
    assert "\n  ./dev python -m glassgrad predict runs/moons moons\n" in done.stdout


# Stopping and going on


def wait_for_steps(checkpoint: Path, steps: int, process: subprocess.Popen[str]) -> int:
    """Wait until a run has kept at least so many steps; return how many."""
    for _ in range(6000):
        if checkpoint.exists():
            kept = json.loads(checkpoint.read_text().split("\n")[1])["state"]["steps"]
            if kept >= steps:
                return int(kept)
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    pytest.fail("the run did not get on")


LONG = ("penguins", "--epochs", "25", "--hidden", "3", "--eager")  # a second or two


def test_interrupt_says_how_to_go_on(start: Start, tmp_path: Path) -> None:
    """Ctrl-C ends with code 130 and a command that, as it stands, ends as if never stopped."""
    process = start("train", *LONG, "--out", "my runs/stopped", often=True)
    wait_for_steps(tmp_path / "my runs/stopped/checkpoint.json", 1, process)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert re.search(
        r"Stopped after step \d+; all of it is kept in my runs/stopped. Go on with:", told
    )
    assert "Traceback" not in told
    command = shlex.split(told.strip().splitlines()[-1])
    assert command[:4] == ["python", "-m", "glassgrad", "train"]
    resumed, whole = start(*command[3:]), start("train", *LONG, "--out", "whole")
    assert [process.wait(120) for process in (resumed, whole)] == [0, 0]
    for process in (resumed, whole):
        process.communicate()
    model = "model.safetensors"
    resumed_bytes = (tmp_path / "my runs/stopped" / model).read_bytes()
    assert resumed_bytes == (tmp_path / "whole" / model).read_bytes()


def test_kill_9_and_resume_is_the_whole_run(start: Start, tmp_path: Path) -> None:
    """Killed twice by SIGKILL, the run's model has the bytes of one left in peace."""
    checkpoint = tmp_path / "runs/penguins/checkpoint.json"
    process, steps = start("train", *LONG, often=True), 0
    for delay in (0.01, 0.2):
        steps = wait_for_steps(checkpoint, steps + 1, process)
        time.sleep(delay)
        assert process.poll() is None, "it had ended by itself; the test proved nothing"
        process.kill()
        process.communicate()
        process = start("train", "--resume", "runs/penguins", often=True)
    process.communicate(timeout=120)
    assert process.returncode == 0
    whole = start("train", *LONG, "--out", "whole")
    whole.communicate(timeout=120)
    killed = tmp_path / "runs/penguins"
    for name in ("model.safetensors", "report.txt", "loss.svg"):
        texts = [(folder / name).read_bytes() for folder in (killed, tmp_path / "whole")]
        assert texts[0].replace(b"runs/penguins", b"whole") == texts[1], name


def _interrupted(*_: Any, **__: Any) -> NoReturn:
    raise KeyboardInterrupt


def test_resume_takes_more_epochs(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two epochs and then two more are four, also if they are asked for and then stopped."""
    call("train", "penguins", *SHORT, "--out", "a")
    with monkeypatch.context() as patch:
        patch.setattr("glassgrad.training.fit", _interrupted)
        stopped = call("train", "--resume", "a", "--epochs", "4")
    assert stopped.stderr.endswith("Go on with:\n  glassgrad train --resume a\n")
    done = call("train", "--resume", "a")
    assert done.exit_code == 0, done.output
    call("train", "penguins", "--epochs", "4", "--hidden", "2", "--out", "b")
    a, b = ((tmp_path / name / "model.safetensors").read_bytes() for name in "ab")
    assert a == b
    assert len((tmp_path / "a/log.jsonl").read_text().splitlines()) == 4


def test_a_run_at_which_another_process_is_stays_as_it_is(call: Call, tmp_path: Path) -> None:
    """What it was asked for is not exchanged under its hands."""
    call("train", "penguins", *SHORT)
    run = tmp_path / "runs" / "penguins"
    before = (run / "settings.json").read_bytes()
    with claimed(run / "checkpoint.json"):
        refused = call("train", "--resume", "runs/penguins", "--epochs", "9")
    assert "is in use" in refused.stderr
    assert (run / "settings.json").read_bytes() == before


def test_resume_refuses_another_run(call: Call, tmp_path: Path) -> None:
    """Other sizes, another table, a changed table and a folder without a run are all told."""
    table = write_table(tmp_path / "things.csv")
    call("train", "things.csv", *SHORT)
    wrong = call("train", "--resume", "runs/things", "--hidden", "9")
    assert wrong.exit_code == 2
    assert "--hidden can't be given with --resume; --epochs and --patience can" in wrong.stderr
    table.write_text(table.read_text().replace("red", "green", 1))
    changed = call("train", "--resume", "runs/things")
    assert changed.exit_code == 1
    assert "things.csv is not what it was when the run began: cells differ" in changed.stderr
    assert call("train", "penguins", "--resume", "runs/things").exit_code == 1
    none = call("train", "--resume", "runs/thing")
    assert (
        "There is no run in runs/thing: it has no settings.json. In runs there are things"
        in none.stderr
    )
    (tmp_path / "runs/things/settings.json").write_text("{")
    damaged = call("train", "--resume", "runs/things")
    assert "settings.json is damaged" in damaged.stderr
    assert "Traceback" not in damaged.output


# The whole


def test_help_says_of_each_verb_what_it_does(call: Call) -> None:
    """No summary is cut short."""
    assert "..." not in call("--help").stdout.partition("Commands:")[2]


def test_help_is_quick_and_light() -> None:
    """No heavy package is loaded to show help, nor a table read."""
    script = (
        "import sys; from glassgrad.cli import program; program(['--help'], standalone_mode=False);"
        "print(*sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in ended.stdout.split("\n")[-2].split()}
    assert not loaded & {"numpy", "rich", "safetensors", "resvg_py"}
    order = re.findall(r"(?m)^  (\w+)  ", ended.stdout.partition("Commands:")[2])
    assert order == [
        "train",
        "predict",
        "evaluate",
        "explore",
        "draw",
        "data",
        "ir",
        "cache",
        "bench",
    ]


def test_version_and_near_misses(start: Start) -> None:
    """The version is the package's; a mistyped verb ends with code 2 and the nearest one."""
    from glassgrad import __version__

    assert start("--version").communicate()[0] == f"glassgrad, version {__version__}\n"
    process = start("trian")
    told = process.communicate()[1]
    assert process.returncode == 2
    assert "train" in told


def test_mistake_of_our_own_is_no_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody expected is told as such; -v shows where it came from."""

    def broken(_settings: object) -> None:
        raise TypeError("no such thing")

    monkeypatch.setattr("glassgrad.cli.experiment.prepare", broken)
    done = call("train", "penguins")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: this is a mistake in glassgrad. TypeError: no such thing")
    assert isinstance(call("train", "penguins", "-v").exception, TypeError)


def test_strays_in_rows_kept_aside_are_told_before_anything_is_written(
    call: Call, tmp_path: Path
) -> None:
    """Wherever the split puts the cell that is no number, the advice is there and no folder."""
    lines = ["a,b,y"]
    lines += [f"{i % 13},{'inf' if i == 3 else i % 4},{'p' if i % 3 else 'q'}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    told = []
    for seed in range(12):
        done = call("train", "t.csv", "--epochs", "1", "--seed", seed)
        assert done.exit_code == 1
        assert "1 cell is not: 'inf' (line 5)" in done.stderr
        for option in ("--numeric b", "--text b", "--drop b"):
            assert option in done.stderr
        assert done.stdout == ""
        told.append("in the training rows" in done.stderr)
    assert set(told) == {True, False}
    assert not (tmp_path / "runs").exists()


def test_resume_to_fewer_epochs_is_told(call: Call) -> None:
    """A run that has as many epochs as are asked for, or more, says so."""
    call("train", "moons", *SHORT)
    fewer = call("train", "--resume", "runs/moons", "--epochs", "1")
    assert fewer.exit_code == 2
    assert "The run in runs/moons has 2 epochs already, so there is nothing to do" in fewer.stderr
    same = call("train", "--resume", "runs/moons", "--epochs", "2")
    assert same.exit_code == 0
    assert "the run has 2 epochs already; only its results are written anew" in same.stderr


def test_headless_file_and_odd_delimiter_get_options(call: Call, tmp_path: Path) -> None:
    """The advice is an option of the command line, not an argument of Python."""
    (tmp_path / "t.csv").write_text("0,0,p\n1,2,q\n")
    assert "read the file with --no-header" in call("train", "t.csv").stderr
    (tmp_path / "t.csv").write_text("a,b\n1,2\n1,2,3\n")
    assert "name it, such as --delimiter :." in call("train", "t.csv").stderr


def test_plan_of_one_column_and_measures_of_numbers(call: Call, tmp_path: Path) -> None:
    """One column is no columns; each score of a number says what it measures."""
    lines = ["x,y", *(f"{i * i % 11},{i / 7}" for i in range(40))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    done = call("train", "t.csv", *SHORT)
    assert "1 from 1 column: x" in done.stdout
    assert re.search(r"rows +R² +mean error +RMS error +RMS saying the mean", done.stdout)
    assert "leaky_relu" in call("train", "--help").stdout


def test_ctrl_c_while_packages_load_is_no_traceback() -> None:
    """The program ends with code 130 and a word."""
    script = (
        "import sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'click': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from glassgrad.__main__ import main\n"
        "main()"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "\nStopped.\n")


def test_resuming_a_run_that_stopped_early_says_so(call: Call, tmp_path: Path) -> None:
    """More epochs do not bring back to life what its patience has ended; a larger patience does."""
    options = ("--lr", "3", "--optimiser", "sgd", "--epochs", "40", "--hidden", "2")
    first = call("train", "moons", *options, "--patience", "2")
    (ended,) = re.findall(
        r"Trained for (\d+) epochs, the last 2 no better. The model is that of epoch (\d+)",
        first.stdout,
    )
    again = call("train", "--resume", "runs/moons", "--epochs", "80")
    assert again.exit_code == 0
    told = " ".join(again.stderr.split())
    assert f"the run has ended: of its {ended[0]} epochs the last 2 were no better" in told
    assert f"than epoch {ended[1]}, and its patience is 2" in told
    assert "Go on with a larger --patience" in told
    assert f"Trained for {ended[0]} epochs, the last 2 no better" in again.stdout
    more = call("train", "--resume", "runs/moons", "--epochs", "40", "--patience", "30")
    assert "the run has ended" not in more.stderr
    call("train", "moons", *options, "--patience", "30", "--out", "whole")
    resumed, whole = (tmp_path / name for name in ("runs/moons", "whole"))
    for name in ("model.safetensors", "settings.json"):
        assert (resumed / name).read_bytes() == (whole / name).read_bytes()


def test_a_run_is_compiled_or_eager_as_asked(call: Call, tmp_path: Path) -> None:
    """Both ways come to the same scores; the checkpoint tells which it was."""
    pytest.importorskip("llvmlite")
    scores = []
    for way in ("--eager", "--compiled"):
        done = call("train", "auto-mpg", *SHORT, way, "--out", way.strip("-"), "--json")
        assert done.exit_code == 0, done.output
        told = re.sub("glassgrad: compiling a training step.*\n", "", done.stderr)
        assert told == "", "nothing is told but that a slow machine is at it"
        checkpoint = (tmp_path / way.strip("-") / "checkpoint.json").read_text()
        assert json.loads(checkpoint.split("\n")[1])["state"]["way"] == way.strip("-")
        scores.append(json.loads(done.stdout.splitlines()[-1])["scores"])
    assert scores[0]["test"] == pytest.approx(scores[1]["test"], rel=1e-9)
    resumed = call("train", "--resume", "compiled", "--epochs", "3", "--eager")
    assert "the run was compiled so far and goes on eager, as asked" in resumed.stderr
