from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

import glassgrad as gg
from glassgrad.explore.messages.training import Step


def test_a_saved_file_opens_from_disk(window: Callable[..., Page], tmp_path: Path) -> None:
    """A saved explorer shows its numbers offline, and says why it cannot train on."""
    shown = gg.explore()
    shown.session.handle(Step(id=1, steps=20), lambda report, buffers: None)
    frame, _ = shown.session.training.frame()
    assert shown.save(tmp_path / "x.html") == (tmp_path / "x.html").stat().st_size
    shown.close()
    page = window(offline=True)
    page.goto((tmp_path / "x.html").as_uri())
    expect(page.locator(".transport")).to_contain_text("Step 20")
    assert f"{frame.training.loss:.3f}" in page.locator(".glassgrad").inner_text()
    page.keyboard.press("Space")
    expect(page.get_by_role("alert")).to_contain_text("This is a saved file, without Python")
