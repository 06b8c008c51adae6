import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]

NOTES = """
import random
import glassgrad as gg

random.seed(7)
model = gg.MLP(2, [3, 1])
X, y = [[0.1, 0.9], [0.8, -0.3], [-0.5, 0.4]], [1.0, -1.0, 0.5]
print("the file ran")

@gg.compile
def step(X, y):
    loss = sum((model(x) - t) ** 2 for x, t in zip(X, y))
    model.zero_grad()
    loss.backward()
    return loss

@gg.compile
def later(a, b):
    return a / b

class Plain:
    def times(self, x):
        return 3.0 * x

plain = Plain()
number = 3.0

def choosing(x):
    return x if x > 0 else -x

step(X, y)
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A file of a user's, in the folder where the program is called."""
    (tmp_path / "notes.py").write_text(NOTES)
    return tmp_path


def test_all_stages_of_the_call_that_the_file_made(call: Call, notes: Path) -> None:
    """Each stage has a head, a layer is one statement with its line, what is long is cut."""
    done = call("ir", "notes.py:step")
    assert done.exit_code == 0, done.output
    heads = [
        line for line in done.stdout.splitlines() if re.match(r"(graph|loops|llvm|stats): ", line)
    ]
    assert [head.partition(":")[0] for head in heads] == ["graph", "loops", "llvm", "stats"]
    assert "inputs {'X': (3, 2), 'y': (3,)}" in done.stdout
    assert re.search(r"sum\(r<2: X\[.*\] \* param\[", done.stdout)
    assert "# notes.py:12" in done.stdout
    assert re.search(r"\.\.\. and \d+ more lines: --all shows them", done.stdout)
    assert "the file ran" not in done.stdout
    assert "the file ran" in done.stderr
    heads_and_stats = [*heads, *done.stdout.partition("stats:")[2].splitlines()]
    assert max(map(len, heads_and_stats)) <= 80


def test_one_stage_as_a_file(call: Call, notes: Path) -> None:
    """With --stage and --all standard output is that stage alone, so LLVM can read it."""
    text = call("ir", "notes.py:step", "--stage", "llvm", "--all").stdout
    assert text.startswith(("declare ", "define "))
    assert text.endswith("}\n")
    cut = call("ir", "notes.py:step", "--stage", "llvm", "--lines", "5").stdout.splitlines()
    assert cut[:5] == text.splitlines()[:5]
    assert len(cut) == 6


def test_a_call_written_out(call: Call, notes: Path) -> None:
    """Names of the file stand in it; a function that is not compiled yet is, methods too."""
    assert "inputs {'X': (2, 2), 'y': (2,)}" in call("ir", "notes.py:step(X[:2], y[:2])").stdout
    assert "h1 " in call("ir", "notes.py:later(number, 2.0)", "--stage", "loops").stdout
    method = call("ir", "notes.py:plain.times(number)", "--stage", "graph")
    assert "mul %1 %0" in method.stdout or "mul %0 %1" in method.stdout, method.output


def test_json(call: Call, notes: Path) -> None:
    """--json gives one object for each stage, whole."""
    objects = [
        json.loads(line) for line in call("ir", "notes.py:step", "--json").stdout.splitlines()
    ]
    assert [each["stage"] for each in objects] == ["graph", "loops", "llvm", "stats"]
    assert objects[2]["text"].endswith("}")


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("none.py:step", r"There is no file none\.py"),
        ("notes.py", r"mean in notes\.py: notes\.py:NAME\. There are step, later"),
        ("notes.py:stpe", r"notes\.py makes no 'stpe'\. Did you mean 'step'\?"),
        ("notes.py:number", r"number in notes\.py is no function, but 3\.0"),
        ("notes.py:later", r"does not call later.*\n  glassgrad ir 'notes\.py:later\(a, b\)'"),
        ("notes.py:choosing", r"plain function.*\n  glassgrad ir 'notes\.py:choosing\(x\)'"),
        ("notes.py:choosing(2.0)", r"choosing\(2\.0\) failed at line 29: TraceError:.*gg\.where"),
        ("notes.py:step(Z, y)", r"step\(Z, y\) failed: NameError: name 'Z'"),
        ("notes.py:step(X", r"Error: 'step\(X' is neither a name nor a call"),
        ("broken.py:f", r"Running broken\.py failed at line 1: ZeroDivisionError"),
    ],
)
def test_errors_teach(call: Call, notes: Path, what: str, says: str) -> None:
    """What is missing, which names there are, and the command to call instead."""
    (notes / "broken.py").write_text("1 / 0\n")
    done = call("ir", what)
    assert done.exit_code == 1, done.output
    assert re.search(says, done.stderr, re.DOTALL), done.stderr


def test_help_fits(call: Call) -> None:
    """The help is at most 80 columns wide and says how to give arguments."""
    text = call("ir", "--help").stdout
    assert max(map(len, text.splitlines())) <= 80
    assert "FILE.py:FUNCTION(ARGUMENTS)" in text
