from collections.abc import Callable
from pathlib import Path

import msgspec
from playwright.sync_api import Page, expect

from glassgrad.explore.configuration import START
from glassgrad.explore.session import Session
from glassgrad.explore.start import Start
from glassgrad.explore.training import Training
from glassgrad.explore.widget import Explorer


def test_a_saved_file_opens_from_disk(window: Callable[..., Page], tmp_path: Path) -> None:
    """A saved explorer shows its numbers offline, and says why it cannot train on."""
    few = msgspec.structs.replace(START, size=40)
    training = Training(Start(few), compiled=False)
    for _ in range(4):
        training.step()
    frame, _ = training.frame()
    shown = Explorer(Session(training))
    assert shown.save(tmp_path / "x.html") == (tmp_path / "x.html").stat().st_size
    shown.close()
    page = window(offline=True)
    page.goto((tmp_path / "x.html").as_uri())
    expect(page.locator(".transport")).to_contain_text("Step 4")
    assert f"{frame.training.loss:.3f}" in page.locator(".glassgrad").inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".transport")).to_contain_text("Step 3")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".transport")).to_contain_text("Step 4")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("alert")).to_contain_text("This is a saved file, without Python")
