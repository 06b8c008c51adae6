"""`glassgrad explore`: what it takes, and what it says of what it does not take."""

import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import Result
from websockets.sync.client import connect
from websockets.typing import Origin

from glassgrad import load_model, save_model
from glassgrad.explore import serve
from glassgrad.explore.inside.session import ExpressionSession
from glassgrad.explore.messages.inside import Graph, Look
from glassgrad.explore.messages.training import Hello
from glassgrad.explore.session import Session

Call = Callable[..., Result]
NOTES = """import glassgrad as gg

a = gg.Value(2.0, label="a")
m = a * -3.0
L = m + 10.0
net = gg.MLP(2, [3, 1])
X, y = [[0.5, 1.5], [-1.0, 0.25], [2.0, -0.5]], [1, 0, 1]


def square(x=3.0):
    return x * x


_hidden = gg.Value(1.0)
word = "moons"
"""


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Session]:
    """The sessions for which a page would have been served until Ctrl-C."""
    found: list[Session] = []
    monkeypatch.setattr(serve, "serve", lambda session, _port, _up: found.append(session))
    return found


@pytest.fixture
def notes(tmp_path: Path) -> str:
    """The name of a user's file, in the folder where the program is called."""
    (tmp_path / "notes.py").write_text(NOTES)
    return "notes.py"


def graph(session: Session) -> Graph:
    """Return what a page is told that looks at an expression."""
    reports: list[Any] = []
    session.handle(Look(id=1), lambda report, _buffers: reports.append(report))
    return reports[0]


def test_an_expression_of_a_file_knows_its_lines(
    call: Call, served: list[Session], notes: str
) -> None:
    """Each operation has its line of the file; without a label its variable's name is shown."""
    assert call("explore", f"{notes}:L").exit_code == 0
    shown = graph(served[0])
    assert [source.file for source in shown.sources] == ["notes.py"]
    lines = {node.op: node.code[1] for node in shown.nodes if node.kind == "operation"}
    assert lines == {"*": 4, "+": 5}
    assert (shown.title, shown.nodes[-1].data) == ("L", 4.0)


def test_a_function_of_a_file(call: Call, served: list[Session], notes: str) -> None:
    """A function is looked into at its default, and needs no Value to have been made."""
    assert call("explore", f"{notes}:square").exit_code == 0
    assert isinstance(served[0], ExpressionSession)
    assert graph(served[0]).nodes[-1].data == 9.0


def test_a_network_of_a_file_has_its_samples(call: Call, served: list[Session], notes: str) -> None:
    """The X and y beside a network are what it is trained on."""
    assert call("explore", f"{notes}:net").exit_code == 0
    assert served[0].training.data.inputs == ((0.5, 1.5), (-1.0, 0.25), (2.0, -0.5))


def test_a_table_and_a_toy_set(call: Call, served: list[Session], tmp_path: Path) -> None:
    """A table brings its columns; --target chooses which is learnt, else the known one or last."""
    (tmp_path / "t.csv").write_text("a,b,kind\n" + "1,2,x\n3,4,y\n2,5,x\n" * 8)
    for words, title, target in (
        (["t.csv"], "t.csv", "kind"),
        (["t.csv", "--target", "b"], "t.csv", "b"),
        (["penguins"], "penguins", "species"),
        (["spirals"], "spirals", "class"),
    ):
        done = call("explore", *words)
        assert done.exit_code == 0, done.output
        data = served.pop().training.data
        assert (data.name, data.target) == (title, target)


def test_a_model_file_brings_its_weights(call: Call, served: list[Session], penguins: Path) -> None:
    """The folder of a run opens with the very weights that it ended with."""
    assert call("explore", penguins).exit_code == 0
    weights = [p.data for p in load_model(penguins).network.parameters()]
    assert served[0].training.engine.weights == weights


def test_a_run_opens_with_its_table_read_as_it_was(
    call: Call, served: list[Session], tmp_path: Path
) -> None:
    """Where the table lies and how it is read is what the run says, wherever the program is."""
    (tmp_path / "data").mkdir()
    lines = [f"{i * 7 % 20 / 2:.1f};{'größer' if i % 3 else 'klein'}" for i in range(40)]
    text = "Länge;Art\n" + "\n".join(lines).replace(".", ",")
    (tmp_path / "data/t.csv").write_text(text, encoding="latin-1")
    options = ("--encoding", "latin-1", "--decimal", ",", "--epochs", "2", "--hidden", "2")
    assert call("train", "data/t.csv", *options).exit_code == 0
    done = call("explore", "runs/t")
    assert done.exit_code == 0, done.output
    data = served[0].training.data
    assert (data.classes, len(data.inputs)) == (("größer", "klein"), 40)
    moved = load_model(tmp_path / "runs/t")
    save_model(tmp_path / "alone.safetensors", moved)
    assert "t.csv, which is not here. Say where" in call("explore", "alone.safetensors").stderr
    (tmp_path / "t.csv").write_text("Länge,Art\n1.5,klein\n2.5,größer\n" * 1)
    assert call("explore", "alone.safetensors").exit_code == 0
    assert len(served[1].training.data.inputs) == 2


def test_columns_are_taken_as_asked(call: Call, served: list[Session], tmp_path: Path) -> None:
    """What the messages on columns propose can be said: to drop one, to take one as text."""
    rows = [f"{i + 1:02d}.03.2024,{i % 3},{i % 5 / 2},{i % 7}" for i in range(30)]
    (tmp_path / "t.csv").write_text("\n".join(["day,code,length,kind", *rows]))
    assert "--drop day" in call("explore", "t.csv").stderr
    words = ("explore", "t.csv", "--drop", "day", "--text", "code", "--task", "regression")
    done = call(*words)
    assert done.exit_code == 0, done.output
    data = served[0].training.data
    assert [scale.name for scale in data.features] == ["code=0", "code=1", "code=2", "length"]
    assert data.classes == ()


def test_of_a_large_table_some_rows_are_shown(
    call: Call, served: list[Session], tmp_path: Path
) -> None:
    """They are drawn by chance, of each class its share, and the page says how many there are."""
    rows = [f"{i / 7:.3f},{'rare' if i % 20 == 0 else 'usual'}" for i in range(6000)]
    (tmp_path / "t.csv").write_text("\n".join(["length,kind", *rows]))
    assert call("train", "t.csv", "--epochs", "1", "--hidden", "2").exit_code == 0
    for words in (("t.csv",), ("runs/t",)):
        done = call("explore", *words)
        assert done.exit_code == 0, done.output
        data = served.pop().training.data
        assert len(data.inputs) == 5000
        assert data.targets.count(0.0) == 250
        assert data.note == "Of 6,000 samples 5,000 are shown, drawn by chance."


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["notes.py"], "notes.py:NAME. There are a, m, L, net, square."),
        (["notes.py:squre"], "makes no 'squre'. Did you mean 'square'? There are a, m, L"),
        (["notes.py:word"], "A str has no expression to look into."),
        (["none.py:L"], "There is no file none.py."),
        (["bad.py:L"], "Running bad.py failed at line 2: ZeroDivisionError"),
        (["pengins"], "Did you mean 'penguins'?"),
        (["notes.py:net", "--port", "70000"], "70000 is not in the range"),
        (["t.csv", "--target", "kid"], "no column 'kid'"),
    ],
)
def test_wrong_names(
    call: Call, served: list[Session], notes: str, tmp_path: Path, words: list[str], says: str
) -> None:
    """What is not there is answered by what is, without a traceback, and nothing is served."""
    (tmp_path / "bad.py").write_text("n = 0\nL = 1 / n\n")
    (tmp_path / "t.csv").write_text("a,kind\n" + "1,x\n3,y\n" * 8)
    done = call("explore", *words)
    assert done.exit_code in (1, 2)
    assert says in done.stderr
    assert "Traceback" not in done.output
    assert served == []


def test_what_a_run_names_next_works(call: Call, served: list[Session]) -> None:
    """Each command that stands below the results of a run does its work as it is written there."""
    done = call("train", "moons", "--epochs", "2", "--hidden", "2", "--no-progress")
    lines = done.stdout.partition("Next:\n")[2].splitlines()
    commands = [shlex.split(line.partition("glassgrad ")[2]) for line in lines]
    assert [words[0] for words in commands] == ["evaluate", "predict", "draw", "explore"]
    for words in commands:
        assert call(*words).exit_code == 0, words
    assert len(served) == 1


def test_help_shows_every_way_to_begin(call: Call) -> None:
    """A table, a model and a file of one's own stand in the examples, each on its line."""
    lines = [line.strip() for line in call("explore", "--help").stdout.splitlines()]
    for example in ("glassgrad explore", "glassgrad explore notes.py:model"):
        assert example in lines


def test_without_the_extra_the_error_names_it() -> None:
    """Where the server's packages are absent, the error says what to install."""
    script = (
        "import sys; sys.modules['uvicorn'] = None; from glassgrad.cli import program;"
        " program(['explore', '--no-browser'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert 'pip install "glassgrad[explore]"' in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_it_prints_its_address_and_ends_with_ctrl_c(
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    """With --no-browser the address is all that it prints; Ctrl-C ends it without a traceback."""
    process = start("explore", "--no-browser")
    assert process.stdout is not None
    line = process.stdout.readline()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{20,}/\n", line)
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=60)
    assert rest == ""
    assert "Traceback" not in said
    assert process.returncode in (0, 130)


def test_ctrl_c_ends_it_while_a_page_waits_for_an_answer(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """What a page asked for and did not get yet is no error."""
    slow = "import time\n\ndef slow(x=1.0):\n    time.sleep(2.0)\n    return x * x\n"
    (tmp_path / "slow.py").write_text(slow)
    process = start("explore", "--no-browser", "slow.py:slow")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    origin, _, _token = address.removesuffix("/").rpartition("/")
    with connect(f"{address}socket".replace("http", "ws"), origin=Origin(origin)) as page:
        page.send(msgspec.json.encode(Hello(1)).decode())
        page.recv()
        page.send(msgspec.json.encode(Look(2)).decode())
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert said == "\nStopped.\n"
