"""The documents are true to the code."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_picture_in_the_readme_is_the_one_that_the_example_makes(tmp_path: Path) -> None:
    """examples/neuron.py draws, byte for byte, the picture that the README shows."""
    drawn = tmp_path / "neuron.svg"
    subprocess.run([sys.executable, ROOT / "examples" / "neuron.py", drawn], check=True)
    assert drawn.read_text("utf-8") == (ROOT / "docs/pictures/neuron.svg").read_text("utf-8")


def test_every_file_that_a_document_links_to_exists() -> None:
    """Links and file names in the README and in docs/ point to something."""
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"
