from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

import glassgrad as gg


def test_the_weights_are_saved(opened: Callable[..., Page], tmp_path: Path) -> None:
    """Two presses save the model file, which glassgrad reads."""
    page = opened()
    page.get_by_role("button", name="Take it away").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Weights", exact=True).click()
    download.value.save_as(tmp_path / download.value.suggested_filename)
    model = gg.load_model(tmp_path / "model.safetensors")
    assert model.network.sizes == [2, 6, 4, 1]
