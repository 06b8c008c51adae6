import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import glassgrad as gg
from glassgrad.explore.widget import Explorer


class Sent(list[Any]):
    """What a widget sends to its views."""

    def types(self, view: int) -> list[str]:
        """Return the types of the reports that a view got."""
        return [type for number, type in self if number == view]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What widgets send instead of telling a kernel."""
    found = Sent()

    def send(self: Explorer, content: dict[str, int], buffers: list[bytes]) -> None:
        count = int.from_bytes(buffers[0][:4], "little")
        start = -(-4 * (count + 1) // 8) * 8
        length = int.from_bytes(buffers[0][4:8], "little")
        report = json.loads(buffers[0][start : start + length])
        found.append((content["view"], report["type"]))

    monkeypatch.setattr(Explorer, "send", send)
    return found


def deliver(shown: Explorer, **content: Any) -> None:
    """Hand a widget what a view of it sent."""
    data = {"method": "custom", "content": content}
    shown._handle_msg({"content": {"data": data}, "buffers": []})


def ask(shown: Explorer, view: int, **request: Any) -> None:
    """Send a request as a view of the widget does."""
    deliver(shown, view=view, request=json.dumps(request))


def test_each_view_is_a_page_of_its_own(sent: Sent) -> None:
    """A view is answered alone; all views are told of a step; one that has gone is not."""
    shown = gg.explore()
    ask(shown, 1, type="hello", id=1)
    assert {"setup", "frame"} <= set(sent.types(1))
    assert sent.types(2) == []
    ask(shown, 2, type="hello", id=1)
    sent.clear()
    ask(shown, 1, type="step", id=2, steps=1)
    assert "frame" in sent.types(1)
    assert "frame" in sent.types(2)
    deliver(shown, view=2)
    sent.clear()
    ask(shown, 1, type="step", id=3, steps=1)
    assert sent.types(2) == []
    shown.close()


def test_a_network_of_ones_own_is_explored() -> None:
    """A network brings its own weights; the session trains a copy of it."""
    model = gg.MLP(2, [3, 1])
    shown = gg.explore(model)
    weights = [p.data for p in model.parameters()]
    assert shown.session.training.engine.weights == weights
    shown.close()


def test_samples_of_ones_own_are_trained_on() -> None:
    """X and y go with a network; a table brings its own, and the column that is learnt."""
    X, y = [[0.5, 1.5], [-1.0, 0.25], [2.0, -0.5]], [1, 0, 1]
    shown = gg.explore(gg.MLP(2, [3, 1]), X, y)
    assert [list(row) for row in shown.session.training.data.inputs] == X
    shown.close()
    table = gg.data.Table(["a", "kind", "b"], [["1", "x", "2"], ["3", "y", "1"]] * 12)
    shown = gg.explore(table, target="kind")
    assert shown.session.training.data.classes == ("x", "y")
    shown.close()
    shown = gg.explore(table)
    assert shown.session.training.data.target == "b"
    shown.close()


def test_samples_without_a_network_are_refused() -> None:
    """X without y, samples of an expression and a target without a table each say what is amiss."""
    with pytest.raises(ValueError, match="both X"):
        gg.explore(gg.MLP(2, [1]), [[0.0, 1.0]])
    with pytest.raises(ValueError, match="float is none"):
        gg.explore(1.5, [[0.0, 1.0]], [1])
    with pytest.raises(ValueError, match="column of a table"):
        gg.explore(gg.MLP(2, [1]), target="kind")


def test_an_expression_is_looked_into(sent: Sent, tmp_path: Path) -> None:
    """A Value is shown as an expression, and saved as one."""
    a = gg.Value(2.0, label="a")
    shown = gg.explore(a * a + 3.0)
    ask(shown, 1, type="hello", id=1)
    ask(shown, 1, type="look", id=2)
    assert sent.types(1) == ["expression", "graph"]
    assert shown.save(tmp_path / "x.html") < 1_000_000
    shown.close()


def test_what_cannot_be_explored_is_refused() -> None:
    """A thing that is neither network nor expression is answered by what is."""
    with pytest.raises(ValueError, match="Value"):
        gg.explore("moons of Jupiter")


def test_closing_ends_the_training(sent: Sent) -> None:
    """Once its last view has gone, or it is closed, a widget leaves no thread running."""
    before = set(threading.enumerate())
    shown = gg.explore()
    for end in (
        lambda: deliver(shown, view=5),
        shown.close,
    ):
        ask(shown, 5, type="hello", id=1)
        ask(shown, 5, type="play", id=2)
        end()
        for thread in set(threading.enumerate()) - before:
            thread.join(20)
            assert not thread.is_alive()


def test_a_request_that_is_none_is_refused(sent: Sent) -> None:
    """What is no request is answered by what is wrong with it, not by a traceback in the kernel."""
    shown = gg.explore()
    ask(shown, 1, type="jump", id=4)
    assert sent.types(1) == ["refused"]
    shown.close()


def test_the_name_is_callable_whatever_was_imported_first() -> None:
    """`gg.explore` can be called after its modules have been imported, which share its name."""
    script = "import glassgrad.explore.server, glassgrad as gg; print(callable(gg.explore))"
    command = [sys.executable, "-c", script]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "True\n"


def test_without_the_extra_the_error_names_it() -> None:
    """Where anywidget is absent, the error says what to install."""
    script = "import sys; sys.modules['anywidget'] = None; import glassgrad as gg; gg.explore()"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stderr
    assert (
        'ImportError: The explorer needs packages that come with the extra: pip install "glass'
        in said
    )
