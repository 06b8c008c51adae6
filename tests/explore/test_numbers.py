"""How the page writes numbers: digits, signs, sums that add up."""

import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "page"


def test_numbers_on_the_page_read_back() -> None:
    """Signs survive, the digits are those asked for, and what is said to add up does."""
    node = shutil.which("node")
    if node is None or not (PAGE / "node_modules").exists():
        pytest.skip("the page's tools are not here: ./dev page brings them")
    tried = subprocess.run(
        [node, "test/numbers.mjs"], cwd=PAGE, capture_output=True, text=True, check=False
    )
    assert tried.returncode == 0, tried.stderr
