"""The documents are true to the code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_picture_in_the_readme_is_the_one_that_the_example_makes(tmp_path: Path) -> None:
    """examples/neuron.py draws, byte for byte, the picture that the README shows."""
    drawn = tmp_path / "neuron.svg"
    subprocess.run([sys.executable, ROOT / "examples" / "neuron.py", drawn], check=True)
    assert drawn.read_text("utf-8") == (ROOT / "docs/pictures/neuron.svg").read_text("utf-8")


def shown(stage: str) -> list[str]:
    """Return the lines of a stage of the example that docs/compiler.md walks through."""
    command = [sys.executable, "-m", "glassgrad", "ir", "examples/compiled.py:step"]
    command += ["--stage", stage, "--all"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("stage", ["graph", "loops", "llvm"])
def test_the_walk_through_the_compiler_shows_what_it_does(stage: str) -> None:
    """The blocks of docs/compiler.md are the stages of the example, but for what `...` leaves out.

    Of the code only the shape is compared: the width of vectors and the count of names before a
    line differ from one processor to another.
    """
    (block,) = re.findall(
        rf"(?s)```ir-{stage}\n(.*?)```", (ROOT / "docs/compiler.md").read_text("utf-8")
    )
    lines = shown(stage)
    if stage == "llvm":
        lines = [re.sub(r"\d+", "0", line) for line in lines]
        block = re.sub(r"\d+", "0", block)
    at = 0
    for part in block.split("...\n"):
        wanted = part.splitlines()
        while lines[at : at + len(wanted)] != wanted:
            at += 1
            assert at < len(lines), "not found in this order:\n" + part
        at += len(wanted)
    if "..." not in block:
        assert at == len(lines)


def test_every_file_that_a_document_links_to_exists() -> None:
    """Links and file names in the README and in docs/ point to something."""
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_file_that_a_document_names_with_its_folder_exists() -> None:
    """`rolling/roll.py` and `glassgrad/data/` are there, from the package or a part of it."""
    roots = [ROOT, ROOT / "glassgrad", ROOT / "glassgrad/compiler"]
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = document.read_text("utf-8")
        for name in re.findall(r"`([\w./-]+/(?:[\w.-]+\.(?:py|md|cpp))?)`", text):
            if "/" in name.rstrip("/"):
                assert any((root / name).exists() for root in roots), f"{document.name}: {name}"
