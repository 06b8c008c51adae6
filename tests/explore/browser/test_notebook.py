"""The explorer in a cell of JupyterLab."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import Watch

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".dev" / f"notebook-{sys.version_info.major}.{sys.version_info.minor}/bin/python"
CELLS = [
    "import time; import glassgrad as gg; shown = gg.explore(); shown",
    "then = shown.session.training.steps; time.sleep(0.5); shown.session.training.steps - then",
]
# Lab asks for news and for newer versions of itself unless told not to.
QUIET = [
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a notebook in a JupyterLab of its own."""
    if not PYTHON.exists():
        pytest.skip("JupyterLab is not here: ./dev notebook --version brings it")
    cells = [
        {"cell_type": "code", "id": f"c{n}", "source": source, "metadata": {}, "outputs": []}
        | {"execution_count": None}
        for n, source in enumerate(CELLS)
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "try.ipynb").write_text(json.dumps(notebook), "utf-8")
    command = [PYTHON, "-m", "jupyterlab", "--allow-root", "--no-browser", "--ip=127.0.0.1"]
    command += ["--port=0", "--IdentityProvider.token=known", *QUIET]
    home = {name: str(tmp_path / "home") for name in ("HOME", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    log = tmp_path / "lab.log"
    with log.open("w") as said:
        environment = {**os.environ, **home}
        server = subprocess.Popen(command, cwd=tmp_path, stderr=said, env=environment)
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/lab", log.read_text("utf-8"))):
        assert server.poll() is None, log.read_text("utf-8")
        time.sleep(0.1)
    yield f"{found[0]}/tree/try.ipynb?token=known"
    server.terminate()
    server.wait(timeout=30)


def test_a_cell_shows_the_explorer_and_ends_it(
    lab: str, window: Callable[..., Page], watch: Watch
) -> None:
    """With all outside requests blocked a cell draws, trains, and rests once it is closed."""
    page = window()
    page.set_default_timeout(60_000)
    page.goto(lab)
    shown, asked = page.locator(".jp-Cell").first, page.locator(".jp-Cell").last
    # A cell that is run before there is a kernel makes JupyterLab ask, in a dialog, which to take.
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()

    def run(cell: Locator) -> None:
        """Run a cell; until JupyterLab is all there it takes no keys."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text().strip()
        while prompt.inner_text().strip() in ("", "[ ]:", before):
            cell.locator(".cm-content").click()
            page.keyboard.press("Control+Enter")
            page.wait_for_timeout(1000)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))

    def made_steps() -> int:
        """Run the cell that counts the steps made while it waits."""
        run(asked)
        return int(asked.locator(".jp-OutputArea-output").inner_text())

    run(shown)
    cell = page.locator(".glassgrad-cell")
    cell.locator("canvas").first.wait_for()
    cell.get_by_role("button", name="Play").first.click()
    assert made_steps() > 0
    shown.locator(".jp-InputPrompt").click()
    page.keyboard.press("d")
    page.keyboard.press("d")
    expect(cell).to_have_count(0)
    # Word of the closing may reach the kernel after the cell that counts.
    assert 0 in (made_steps() for _ in range(5))
    watch.complaints.clear()  # JupyterLab's own
