"""Looking inside and Why, driven as a person would; each number is compared with the engine's."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

SERVE = """
import secrets, socket, sys
import uvicorn
import glassgrad as gg
from glassgrad.explore.inside.session import expression_session
from glassgrad.explore.server import application

{made}

listener = socket.create_server(("127.0.0.1", 0))
port, token = listener.getsockname()[1], secrets.token_urlsafe(16)
print(f"http://127.0.0.1:{{port}}/{{token}}/", flush=True)
app = application(expression_session(thing), port, token)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
"""
LECTURE = """
a, b = gg.Value(2.0, label="a"), gg.Value(-3.0, label="b")
c, f = gg.Value(10.0, label="c"), gg.Value(-2.0, label="f")
e = a * b; e.label = "e"
d = e + c; d.label = "d"
thing = d * f; thing.label = "L"
"""
ANOTHER_FRAME = """() => new Promise((done) => {
    const other = new WebSocket(new URL("socket", location.href.replace(/^http/, "ws")));
    other.onopen = () => other.send(JSON.stringify({ type: "set_sample", index: 0, id: 1 }));
    other.onmessage = () => setTimeout(done, 300);
})"""
Opener = Callable[..., Page]


def number(text: str | None) -> float:
    """A number as the page writes it."""
    return float((text or "").replace("−", "-").replace("+", "").replace("∂", "").strip())


def shown(page: Page) -> dict[str, tuple[str, str]]:
    """The value and the gradient on each box, by its name."""
    found = {}
    for box in page.locator(".node").all():
        name = box.locator(".node-name")
        if name.count():
            grad = box.locator(".node-grad")
            texts = (
                box.locator(".node-value").inner_text(),
                grad.inner_text() if grad.count() else "",
            )
            found[name.inner_text()] = texts
    return found


@pytest.fixture
def served() -> Iterator[Callable[[str], str]]:
    """A function that runs a program which prints an address first and serves there."""
    servers: list[subprocess.Popen[str]] = []

    def serve(program: str) -> str:
        command = [sys.executable, "-c", program]
        servers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert servers[-1].stdout is not None
        return servers[-1].stdout.readline().strip()

    yield serve
    for server in servers:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture
def expression(served: Callable[[str], str], window: Callable[..., Page]) -> Opener:
    """A function that opens an expression made by some lines of Python as `thing`."""

    def open_page(made: str, **settings: object) -> Page:
        page = window(**settings)
        page.goto(served(SERVE.format(made=made)))
        page.wait_for_selector(".node, .graph-canvas")
        return page

    return open_page


def test_lecture_forward_and_backward(expression: Opener) -> None:
    """Stepped through node by node, each box shows the number that the engine has there."""
    page = expression(LECTURE)
    page.keyboard.press("Home")
    wanted = {"a": 2, "b": -3, "e": -6, "c": 10, "d": 4, "f": -2, "L": -8}
    for i, name in enumerate(wanted):
        expect(page.locator(".node.current .node-name")).to_have_text(name)
        values = shown(page)
        assert number(values[name][0]) == wanted[name]
        assert all(values[later][0] == "…" for later in list(wanted)[i + 1 :])
        page.keyboard.press("ArrowRight")
    slopes = {"L": 1, "f": 4, "d": -2, "c": -2, "e": -2, "a": 6, "b": -4}
    for i, name in enumerate(slopes):
        expect(page.locator(".node.current .node-name")).to_have_text(name)
        values = shown(page)
        assert number(values[name][1]) == slopes[name]
        assert all(values[later][1] == "∂ later" for later in list(slopes)[i + 1 :])
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".node.current .node-name")).to_have_text("a")
    assert shown(page)["b"][1] == "∂ later"


def test_what_if(expression: Opener) -> None:
    """A value that is typed in changes all that follows: with a = 5, L is 10 and b's slope -10."""
    page = expression(LECTURE)
    page.keyboard.press("End")
    page.get_by_role("treeitem", name=re.compile("^a,")).click()
    field = page.get_by_label("Value of a")
    field.focus()
    field.fill("5")
    field.press("Enter")
    expect(
        page.get_by_role("treeitem", name=re.compile("^L,")).locator(".node-value")
    ).to_have_text("+10.000")
    assert number(shown(page)["b"][1]) == -10.0


def test_shares_of_a_plus_a_add_up(expression: Opener) -> None:
    """In a + a two shares of 1 meet, and `=` in the place of `+=` would have given 1."""
    page = expression("a = gg.Value(3.0, label='a'); thing = a + a; thing.label = 'b'")
    page.get_by_role("treeitem", name=re.compile("^a,")).click()
    side = page.locator(".side")
    expect(side.locator(".sums tbody tr")).to_have_count(3)
    assert number(side.locator(".sums .total td").nth(3).inner_text()) == 2.0
    expect(side.locator(".note-box")).to_contain_text("+1.0000")


def test_questions_are_answered(expression: Opener) -> None:
    """One press answers: second derivative, a smaller h, what moves the result most."""
    page = expression("x = gg.Value(1.5, label='x'); thing = x**3; thing.label = 'y'")
    page.get_by_role("treeitem", name=re.compile("^x,")).click()
    expect(page.locator(".finite")).to_contain_text("agrees")
    page.get_by_role("button", name="Second derivative").click()
    expect(page.locator(".answer-box")).to_contain_text("9.000000")
    page.get_by_role("button", name="A smaller h").click()
    expect(page.locator(".answer-box .sweep")).to_be_visible()
    page.get_by_role("button", name="What moves").click()
    expect(page.locator(".answer-box tbody tr")).to_have_count(1)


def test_first_nan_and_its_line(expression: Opener, tmp_path: Path) -> None:
    """The number that first is nan is at hand, on the line that made it."""
    path = tmp_path / "broken.py"
    path.write_text("def f(a=1.0, b=2.0):\n    c = a - b\n    d = c.log()\n    return d * a\n")
    page = expression(
        f"import runpy; thing = runpy.run_path({str(path)!r})['f']",
    )
    page.get_by_role("button", name="Where did nan begin?").click()
    expect(page.locator(".answer-box")).to_contain_text("line 3 of broken.py")
    expect(page.locator(".ln.on")).to_contain_text("c.log()")


def test_network_numbers_are_pythons(opened: Opener) -> None:
    """In the scalars of a neuron, what is written on a box follows from its neighbours."""
    page = opened(at="view=inside")
    page.wait_for_selector(".node.current")
    rows = page.locator(".side .sums tbody tr").all()
    shares = [number(row.locator("td").nth(3).inner_text()) for row in rows]
    assert sum(shares[:-1]) == pytest.approx(shares[-1], abs=2e-4)
    page.keyboard.press("End")
    values = shown(page)
    x0, w0 = number(values["x[0]"][0]), number(values["w[0]"][0])
    assert number(values["w[0]*x[0]"][0]) == pytest.approx(x0 * w0, abs=2e-3)


def test_questions_about_a_neuron(opened: Opener) -> None:
    """Without it, its bias, its place in the order, what moves it: one press each, with numbers."""
    page = opened(at="view=inside&at=layers[0].neurons[1]")
    page.wait_for_selector(".node.current")
    answer = page.locator(".answer-box")
    for button, said in {
        "Without this neuron": "all 150 training samples",
        "What does the bias do?": "weights can only turn it",
        "Why this order?": "of 149 on the way back",
        "What moves out most?": "layers[0].neurons[1].b",
    }.items():
        page.get_by_role("button", name=button).click()
        expect(answer).to_contain_text(said)
    assert page.get_by_role("button", name="What moves loss most?").count() == 1


def test_an_answer_outlives_another_frame_of_the_same_step(opened: Opener) -> None:
    """What was answered stays while its numbers hold, as where native code takes over."""
    page = opened(at="view=inside&at=layers[0].neurons[1]")
    page.wait_for_selector(".node.current")
    page.get_by_role("button", name="Why this order?").click()
    answer = page.locator(".answer-box")
    expect(answer).to_contain_text("of 149 on the way back")
    page.evaluate(ANOTHER_FRAME)
    expect(answer).to_contain_text("of 149 on the way back")
    page.evaluate(ANOTHER_FRAME.replace("set_sample", "step").replace("index: 0", "steps: 1"))
    expect(answer).to_have_count(0)


def test_hand_made_nodes_are_shown(expression: Opener) -> None:
    """A student's own operation has its value, and the gradients of its own _backward."""
    page = expression(
        "a = gg.Value(3.0, label='a')\n"
        "thing = gg.Value(a.data ** 2, (a,), 'square', label='y')\n"
        "def backward(): a.grad += 2 * a.data * thing.grad\n"
        "thing._backward = backward\n"
    )
    page.keyboard.press("End")
    assert number(shown(page)["a"][1]) == 6.0
    page.get_by_role("treeitem", name=re.compile("^y,")).click()
    expect(page.locator(".side")).to_contain_text("Built by hand")


def test_a_function_shows_its_code(
    started: Callable[..., str], window: Opener, tmp_path: Path
) -> None:
    """Why, Code: the loops that the compiler made of the user's function, under its lines."""
    path = tmp_path / "mine.py"
    path.write_text("def f(x=3.0):\n    return 3 * x**2 - 4 * x + 5\n")
    page = window()
    page.goto(started(f"{path}:f") + "#view=why&about=code")
    expect(page.locator(".why-code")).to_contain_text("# mine.py:2")


def test_why_adds_up_on_the_page(opened: Opener) -> None:
    """By path and by sample the rows as written add up to the sum as written."""
    page = opened(at="view=why&at=layers[0].neurons[1].w[0]")
    page.wait_for_selector(".waterfall .part-total")
    for fall in page.locator(".waterfall").all():
        texts = fall.locator(".part-share").all_inner_texts()
        *parts, total = map(number, texts)
        approximate = "≈" in fall.locator(".part-total").inner_text()
        assert sum(parts) == pytest.approx(total, abs=2e-5 if approximate else 1e-9)


def test_large_graph_is_dragged(expression: Opener) -> None:
    """Of 2,800 nodes what is in sight is drawn on a canvas; a drag shows another part."""
    page = expression(
        "x = gg.Value(0.5, label='x')\n"
        "thing = sum([(gg.Value(0.01 * i) * x).tanh() for i in range(700)], gg.Value(0.0))"
    )
    canvas = page.locator(".graph-canvas")
    expect(canvas).to_be_visible()
    before = canvas.screenshot()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 90, steps=4)
    page.mouse.up()
    page.wait_for_timeout(100)
    assert canvas.screenshot() != before


def test_space_at_the_end_begins_anew(expression: Opener) -> None:
    """Once all nodes have been visited the space bar begins with the first, as the button does."""
    page = expression(LECTURE)
    page.keyboard.press("End")
    expect(page.locator(".node-clock")).to_contain_text("Backward, node 7")
    page.keyboard.press(" ")
    expect(page.locator(".node-clock")).to_contain_text("Forward")
