"""The explorer in a real browser, with nothing from outside this machine let in.

A test asks for `opened` and calls it with what `glassgrad explore` takes; it gets a page of
Playwright. A request to another place, an error on the console or one that no script caught fails
the test that caused it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A WebSocket passes by what Playwright can block, a name that nothing resolves does not.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
HERE = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:|file:|about:")
SIZES = {
    "narrow": (1024, 768),
    "regular": (1440, 900),
    "roomy": (2560, 1440),
    "phone": (844, 390),
}
PATIENCE = 15_000  # milliseconds until Playwright gives up, on a machine that does much else
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, and skip them where there is no Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                reason = "Chromium is not here: sudo apt-get install chromium, or your system's way"
                item.add_marker(pytest.mark.skip(reason))


@dataclass
class Watch:
    """What a page did that it may not do."""

    asked: list[str] = field(default_factory=list)
    """Addresses outside this machine."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, exceptions of scripts."""

    def over(self, context: BrowserContext) -> None:
        """Watch all pages of a context."""
        context.set_default_timeout(PATIENCE)
        context.route(lambda address: not HERE.match(address), self._refuse)
        context.on("page", self._follow)

    def _refuse(self, route: Route) -> None:
        self.asked.append(route.request.url)
        route.abort()

    def _follow(self, page: Page) -> None:
        page.on("websocket", lambda s: HERE.match(s.url) or self.asked.append(s.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: said.type in ("error", "warning") and self.complaints.append(said.text),
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once for all tests of a process."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the pages of a test did; a test that expects a complaint takes it from the list."""
    found = Watch()
    yield found
    assert found.asked == [], "the page asked for something outside this machine"
    assert found.complaints == [], "the page complained"


@pytest.fixture
def started() -> Iterator[Callable[..., str]]:
    """A function that starts `glassgrad explore` with its arguments and returns its address."""
    servers: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> str:
        command = [sys.executable, "-m", "glassgrad", "explore", "--no-browser", *arguments]
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"}
        )
        servers.append(server)
        assert server.stdout is not None
        for line in server.stdout:
            if found := re.search(r"http://\S+", line):
                return found[0]
        raise AssertionError(f"{command} ended with {server.wait()} and gave no address")

    yield start
    for server in servers:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture
def window(browser: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """A function that makes an empty page of a size of `SIZES` and a theme, light or dark."""
    contexts: list[BrowserContext] = []

    def make(size: str = "regular", theme: Any = "light", **settings: Any) -> Page:
        width, height = SIZES[size]
        view = {"width": width, "height": height}
        context = browser.new_context(viewport=view, color_scheme=theme, **settings)
        contexts.append(context)
        watch.over(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def opened(started: Callable[..., str], window: Callable[..., Page]) -> Callable[..., Page]:
    """A function that starts the explorer with arguments and opens it; `at` is the hash's text."""

    def open_page(*arguments: str, at: str = "", **settings: Any) -> Page:
        page = window(**settings)
        page.goto(started(*arguments) + (f"#{at}" if at else ""))
        page.wait_for_selector(".frame[aria-busy=false]")
        return page

    return open_page
