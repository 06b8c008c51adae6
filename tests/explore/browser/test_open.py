from collections.abc import Callable

from playwright.sync_api import Page, expect

from .conftest import Watch


def test_explorer_opens(opened: Callable[..., Page]) -> None:
    """The page of the command's default shows a network, and nothing went wrong."""
    page = opened()
    expect(page.locator(".bar")).to_contain_text("glassgrad")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_nothing_from_outside_reaches_a_page(window: Callable[..., Page], watch: Watch) -> None:
    """The harness blocks and takes down what a page asks for elsewhere, sockets too."""
    page = window()
    page.goto("about:blank")
    for script in (
        "fetch('http://example.org/a').catch(() => 0)",
        "new Promise(r => { new WebSocket('ws://example.org/b').onerror = () => r(0) })",
    ):
        page.evaluate(script)
    assert watch.asked == ["http://example.org/a", "ws://example.org/b"]
    assert watch.complaints != []
    watch.asked.clear()
    watch.complaints.clear()
