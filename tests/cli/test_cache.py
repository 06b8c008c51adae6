import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from glassgrad.compiler.machine import cache

Call = Callable[..., Result]


def test_shows_and_clears(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder, the entries and their size; after `clear` there are none."""
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path / "kept"))
    for letter in "ab":
        cache.store(letter * 64, {"code": np.zeros(300_000, np.uint8)})
    shown = call("cache")
    assert shown.exit_code == 0, shown.output
    assert str(tmp_path / "kept") in shown.stdout
    assert "entries  2\n" in shown.stdout
    assert "size     586." in shown.stdout
    assert " KiB of at most 256 MiB\n" in shown.stdout
    found = json.loads(call("cache", "--json").stdout)
    assert found["entries"] == 2
    assert 600_000 < found["bytes"] < 610_000
    cleared = call("cache", "clear")
    assert cleared.exit_code == 0
    assert "2 entries are gone" in cleared.stderr
    assert not list((tmp_path / "kept").iterdir())
    assert "entries  0\nsize     0 bytes of at most 256 MiB\n" in call("cache").stdout


def test_off_and_wrong(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is kept it says so; an action that there is not is wrong usage."""
    monkeypatch.setenv("GLASSGRAD_CACHE", "off")
    assert "Nothing is kept: GLASSGRAD_CACHE is off." in call("cache").stdout
    assert call("cache", "clear").exit_code == 0
    assert call("cache", "clean").exit_code == 2
