import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Call = Callable[..., Result]

LESSON = """
from glassgrad import MLP, Value

a, b = Value(2.0, label="a"), Value(-3.0, label="b")
c = a * b
net = MLP(2, [2, 1])
number = 3
"""


def test_expression_in_the_terminal(call: Call) -> None:
    """Numbers and gradients are there: of a * b + c at (2, -3, 5.5), the gradients -3, 2 and 1."""
    done = call("draw", "a*b + c", "a=2", "b=-3", "c=5.5")
    assert done.exit_code == 0, done.output
    assert re.findall(r"∂ ([−+]\d\.\d+)", done.stdout).count("−3.0000") == 1
    assert "−0.5000" in done.stdout
    assert "+2.0000" in done.stdout


def test_expression_of_functions_as_a_file(call: Call, tmp_path: Path) -> None:
    """All operations of the table may be used; the suffix says what kind of file."""
    for suffix, start in (("svg", b"<svg"), ("txt", b""), ("png", b"\x89PNG")):
        if suffix == "png":
            pytest.importorskip("resvg_py")
        done = call("draw", "tanh(x) * maximum(x, 0.5)", "x=0.7", "-o", f"p.{suffix}")
        assert done.exit_code == 0, done.output
        assert done.stdout == ""
        assert start in (tmp_path / f"p.{suffix}").read_bytes()[:200]


def test_model_and_sample(call: Call, penguins: Path, tmp_path: Path) -> None:
    """A run's folder is drawn with its weights, and with the numbers of a row of its table."""
    plain = call("draw", penguins)
    assert plain.exit_code == 0, plain.output
    assert "layers[1]" in plain.stdout
    assert "flipper_length_mm" in plain.stdout
    assert "Chinstrap" in plain.stdout
    row = call("draw", penguins, "--sample", "0")
    assert row.exit_code == 0, row.output
    assert row.stdout != plain.stdout
    assert call("draw", penguins, "--sample", "0", "-o", "n.svg").exit_code == 0
    assert (tmp_path / "n.svg").exists()
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes((penguins / "model.safetensors").read_bytes())
    assert "so name the --table of the row" in call("draw", alone, "--sample", "0").stderr
    named = call("draw", alone, "--sample", "0", "--table", "penguins")
    assert named.stdout == row.stdout
    assert (
        "has 344 rows, counted from 0; there is no 344"
        in call("draw", penguins, "--sample", 344).stderr
    )


def test_object_of_a_file(call: Call, tmp_path: Path) -> None:
    """A value or a network that a Python file makes is drawn by its name."""
    (tmp_path / "lesson.py").write_text(LESSON)
    assert "−6.0000" in call("draw", "lesson.py:c").stdout
    assert "layers[1]" in call("draw", "lesson.py:net").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["lesson.py:d"], 1, r"lesson\.py makes no 'd'\..* There are a, b, c, net"),
        (["lesson.py"], 1, r"mean in lesson\.py: lesson\.py:NAME\. There are a, b, c, net"),
        (["lesson.py:number"], 1, "int"),
        (["none.py:x"], 1, r"There is no file none\.py"),
        (["broken.py:x"], 1, r"Running broken\.py failed at line 2: ZeroDivisionError"),
        (["a*b", "a=1"], 1, "lacks a number for b: add b=1"),
        (["runs/pengin"], 1, r"There is no file 'runs/pengin'"),
        (["1 +"], 1, "no expression"),
        (["lesson.pi"], 1, r"no file 'lesson\.pi', and no run.* Did you mean 'lesson\.py'\?"),
        (["runs/lesson-9"], 1, r"no file 'runs/lesson-9', and .* no folder runs either"),
        (["./leson.py-2"], 1, r"Did you mean 'lesson\.py'\?"),
        (["tanhh(a)", "a=2"], 1, r"There is no function 'tanhh'\. Did you mean 'tanh'\?"),
        (["x*2", "x=1", "y=3"], 2, r"y is not in the expression 'x\*2'"),
        (["3 + 4"], 1, "is 7; there is nothing to draw"),
        (["a.__class__", "a=1"], 1, "An expression has no '__class__', only operations"),
        (["tanh(a, a)", "a=1"], 1, "can't be computed: tanh takes 1 input"),
        (["a*b", "a=1", "b=x"], 2, "'b=x' gives no number"),
        (["a*a", "a=1", "--sample", "1"], 2, "go with a model"),
        (["lesson.py:c", "a=1"], 2, "a=1 go with an expression"),
        (["a*a", "a=1", "-o", "p.sgv"], 1, r"p\.svg"),
    ],
)
def test_what_cannot_be_drawn(
    arguments: list[str], code: int, message: str, call: Call, tmp_path: Path
) -> None:
    """The message says what was found and what to write."""
    (tmp_path / "lesson.py").write_text(LESSON)
    (tmp_path / "broken.py").write_text("x = 1\ny = x / 0\n")
    done = call("draw", *arguments)
    assert done.exit_code == code, done.output
    assert re.search(message, done.stderr), done.stderr
    assert "mistake in glassgrad" not in done.stderr
