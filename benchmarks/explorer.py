"""The explorer in headless Chromium: how soon it is there, how it keeps up, how long it lasts.

    ./dev bench explorer [--rounds 5] [--minutes 0] [--json FILE]

Start: from the program's first moment until it listens, and from there to the first picture, in a
browser that runs already. Training: pictures a second while 2-16-16-1 trains on moons as fast as it
can, with a boundary of 64x64 points. Graph: pictures a second while a graph of 3,000 nodes is
dragged and zoomed. Time: from the key to the picture, for a step back and forward after 100,000
steps. With --minutes it trains for so long, and tells each minute what server and page take of
memory; then it goes back in that run. Each time ends with the picture that the browser shows next.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

BUILT = Path(__file__).parents[1] / "glassgrad" / "explore" / "page"
NETWORK = "import glassgrad as gg\nnet = gg.MLP(2, [16, 16, 1], ['tanh', 'tanh', 'linear'])\n"
GRAPH = """
import glassgrad as gg
x = gg.Value(0.5, label="x")
f = sum([(gg.Value(0.01 * i) * x).tanh() for i in range(750)], gg.Value(0.0))
"""
STEPS = 100_000
SECONDS = 5.0  # of training, of dragging

# Counts the pictures of training.
WATCH = """
window.drawn = 0;
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  if (text.includes('"drawn"')) window.drawn++;
  return send.call(this, text);
};
"""
# From a key until the clock shows another step and the browser has painted.
PRESSED = """(key) => new Promise((done, failed) => {
  const clock = document.querySelector('.clock b');
  const before = clock.textContent, start = performance.now();
  setTimeout(() => failed(new Error(`${key} led nowhere from ${before}`)), 10_000);
  new MutationObserver((_, observer) => {
    if (clock.textContent === before) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  }).observe(clock, { characterData: true, childList: true, subtree: true });
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
})"""
# Draws the graph on by a little in each picture, every second one by the wheel.
DRAGGED = """(seconds) => new Promise((done) => {
  const canvas = document.querySelector('.graph-canvas'), box = canvas.getBoundingClientRect();
  const at = (i) => ({ bubbles: true, cancelable: true, pointerId: 1, button: 0, buttons: 1,
    clientX: box.x + 300 + 100 * Math.sin(i / 9), clientY: box.y + 200 + 60 * Math.cos(i / 7) });
  canvas.dispatchEvent(new PointerEvent('pointerdown', at(0)));
  const start = performance.now();
  let i = 0;
  const next = () => {
    if (performance.now() - start > 1000 * seconds) {
      canvas.dispatchEvent(new PointerEvent('pointerup', at(i)));
      done(i / seconds);
      return;
    }
    canvas.dispatchEvent(new PointerEvent('pointermove', at(++i)));
    const turned = { ...at(i), deltaY: i % 4 > 1 ? 9 : -9 };
    if (i % 2) canvas.dispatchEvent(new WheelEvent('wheel', turned));
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})"""


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, float, int]]:
    """Run `glassgrad explore`; give its address, the seconds until it listened, its process."""
    command = [sys.executable, "-m", "glassgrad", "explore", "--no-browser", *arguments]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = next(filter(None, (re.search(r"http://\S+", line) for line in server.stdout)))
            yield found[0], time.perf_counter() - start, server.pid
        finally:
            server.send_signal(signal.SIGINT)


def opened(browser: Browser, address: str) -> tuple[Page, float]:
    """Open a page; return it and the seconds until its first picture with numbers."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    page.add_init_script(WATCH)
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".frame[aria-busy=false]")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page, time.perf_counter() - start


def start(browser: Browser) -> tuple[float, float]:
    """Seconds until the program listens, and from there until the first picture."""
    with serving() as (address, listening, _):
        page, picture = opened(browser, address)
        page.close()
    return listening, picture


@contextmanager
def training(browser: Browser, file: Path) -> Iterator[tuple[Page, int]]:
    """Train 2-16-16-1 by native code, as fast as it can; give the page and the process."""
    file.write_text(NETWORK, "utf-8")
    with serving(f"{file}:net") as (address, _, process):
        page, _ = opened(browser, address)
        page.get_by_role("radio", name="max").click()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Native, how fast?").wait_for()
        yield page, process
        page.close()


def step(page: Page) -> int:
    """The step that is shown."""
    return int(page.locator(".clock b").inner_text().removeprefix("Step ").replace(",", ""))


def pictures(page: Page) -> tuple[float, float]:
    """Pictures and steps a second while it trains."""
    drawn, steps, begun = page.evaluate("() => window.drawn"), step(page), time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    past = time.perf_counter() - begun
    return (page.evaluate("() => window.drawn") - drawn) / past, (step(page) - steps) / past


def way_back(page: Page) -> list[float]:
    """Milliseconds to the step before and to the one after, from places all over the run."""
    if page.get_by_role("button", name="Pause").count():
        page.keyboard.press("Space")
    page.get_by_role("button", name="Play").wait_for()
    slider = page.get_by_role("slider", name="Step", exact=True)
    found = []
    for _ in range(9):  # tenths of the run: the last of ten would be its first step
        before = step(page)
        slider.press("PageDown")
        page.wait_for_function(
            "(before) => document.querySelector('.clock b').textContent !== before",
            arg=f"Step {before:,}",
        )
        page.wait_for_timeout(150)  # the slider's own patience
        page.evaluate("() => document.activeElement.blur()")
        found += [page.evaluate(PRESSED, key) for key in ("ArrowLeft", "ArrowRight")]
    return found


def dragged(browser: Browser, file: Path) -> float:
    """Pictures a second of a graph of 3,000 nodes that is dragged and zoomed."""
    file.write_text(GRAPH, "utf-8")
    with serving(f"{file}:f") as (address, _, _):
        page, _ = opened(browser, address)
        page.wait_for_selector(".graph-canvas")
        found: float = page.evaluate(DRAGGED, SECONDS)
        page.close()
    return found


def memory(page: Page, process: int) -> dict[str, float]:
    """What the server holds, and what the page's scripts do, in millions of bytes."""
    status = Path(f"/proc/{process}/status").read_text("utf-8")
    resident = re.search(r"VmRSS:\s+(\d+)", status)
    talk = page.context.new_cdp_session(page)
    talk.send("HeapProfiler.collectGarbage")
    heap = talk.send("Runtime.getHeapUsage")["usedSize"]
    talk.detach()
    server = int(resident[1]) / 1000 if resident else 0.0
    return {"step": step(page), "server": server, "page": heap / 1e6}


def lasting(page: Page, process: int, minutes: int) -> list[dict[str, float]]:
    """The memory at the beginning and after each minute of training."""
    found = [memory(page, process)]
    for minute in range(1, minutes + 1):
        page.wait_for_timeout(60_000)
        found.append(memory(page, process))
        print(f"  minute {minute}: {told(found[-1])}", file=sys.stderr, flush=True)
    return found


def told(taken: dict[str, float]) -> str:
    """A line about memory."""
    return f"step {taken['step']:,}, server {taken['server']:.0f} MB, page {taken['page']:.1f} MB"


def main() -> None:
    """Print the figures, and how busy the machine was."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="starts (default 5)")
    parser.add_argument("--minutes", type=int, default=0, help="of training for the memory")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is not here: sudo apt-get install chromium, or your system's way.")
    found: dict[str, object] = {"load": os.getloadavg()[0]}

    def tell(name: str, figure: float, unit: str, target: str = "") -> None:
        found[name] = {"figure": figure, "unit": unit, "target": target}
        print(f"{name:<32}{figure:>9.3g} {unit:<4} {target}", flush=True)

    print(f"load {found['load']:.1f} on {os.cpu_count()} cores; last, the target")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        start(browser)  # the disk's cache
        starts = [start(browser) for _ in range(options.rounds)]
        tell("program to listening", statistics.median(s for s, _ in starts), "s", "< 1")
        tell("listening to first picture", statistics.median(p for _, p in starts), "s", "< 1")
        size = sum(path.stat().st_size for path in BUILT.glob("*.js")) / 1000
        tell("JavaScript", size, "kB", "< 150")
        tell("3,000 nodes dragged", dragged(browser, Path(folder, "f.py")), "/s", ">= 20")
        with training(browser, Path(folder, "net.py")) as (page, process):
            rate, steps = pictures(page)
            tell("training pictures", rate, "/s", ">= 30")
            tell("training steps", steps, "/s")
            if options.minutes:
                found["memory"] = lasting(page, process, options.minutes)
            while step(page) < STEPS:
                page.wait_for_timeout(1000)
            times = way_back(page)
            tell("one step in time", statistics.median(times), "ms", "< 50")
            tell("the slowest of them", max(times), "ms")
        browser.close()
    print(f"load {os.getloadavg()[0]:.1f}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
