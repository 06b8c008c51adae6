"""The built page in the package is what its sources make."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "page"
BUILT = ROOT / "glassgrad" / "explore" / "page"


@pytest.mark.xfail(reason="172 kB: all views are in it; 63 kB where compressed")
def test_the_bundle_is_small() -> None:
    """All of the page's JavaScript is below 150 kB."""
    assert sum(len(path.read_bytes()) for path in BUILT.glob("*.js")) < 150_000


def test_messages_in_typescript_are_current() -> None:
    """page/src/messages.ts is what tools/make_messages.py writes of today's schema."""
    path = ROOT / "tools" / "make_messages.py"
    spec = importlib.util.spec_from_file_location("make_messages", path)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    assert maker.TARGET.read_text("utf-8") == maker.typescript(), "call ./dev page"


@pytest.fixture
def node() -> str:
    """The command that runs the page's tools."""
    found = shutil.which("node")
    if found is None or not (PAGE / "node_modules").exists():
        pytest.skip("the page's tools are not here: ./dev page brings them")
    return found


def test_page_passes_the_type_check(node: str) -> None:
    """TypeScript's strict check finds nothing in page/."""
    checker = [node, "node_modules/typescript/bin/tsc", "--noEmit"]
    checked = subprocess.run(checker, cwd=PAGE, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_built_page_is_current(tmp_path: Path, node: str) -> None:
    """Building page/ gives the very files that the package holds."""
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=PAGE, check=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    held = {path.name: path.read_bytes() for path in BUILT.iterdir()}
    assert made.keys() == held.keys()
    assert [name for name in made if made[name] != held[name]] == [], "call ./dev page"
