"""The server lets in who knows the address, and stays up whatever the others send."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from glassgrad.explore import outbox
from glassgrad.explore.messages import MOST_BYTES, packed
from glassgrad.explore.messages.parts import Refused
from glassgrad.explore.messages.training import Branch, Timeline
from glassgrad.explore.messages.why import Explain
from glassgrad.explore.server import MOST_PAGES, application
from glassgrad.explore.session import Session
from glassgrad.explore.training import Training

TOKEN = "a-token-that-nobody-knows"


@dataclass
class Served:
    """A server that runs in this process."""

    port: int
    session: Session

    def open(self, **changes: Any) -> ClientConnection:
        """Open a socket, as the page does unless something is changed."""
        token = changes.pop("token", TOKEN)
        headers = {"Host": f"127.0.0.1:{self.port}", **changes.pop("headers", {})}
        origin = changes.pop("origin", f"http://127.0.0.1:{self.port}")
        return connect(
            f"ws://{headers.pop('Host')}/{token}/socket",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            origin=origin,
            additional_headers=headers,
            max_size=None,
            **changes,
        )

    def get(self, path: str, host: str | None = None) -> tuple[int, bytes, Any]:
        """Get a path; return the status, the content and the headers."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as asked:
            asked.request("GET", path, headers={"Host": host or f"127.0.0.1:{self.port}"})
            answer = asked.getresponse()
            return answer.status, answer.read(), answer.headers

    def works(self) -> bool:
        """Whether a page that opens now is told how things stand."""
        with self.open() as page:
            page.send('{"type": "hello", "id": 1}')
            return any(b'"type":"setup"' in bytes(page.recv(timeout=20)) for _ in range(9))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve an eager session on a free port."""
    session = Session(Training(compiled=False))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = application(session, port, TOKEN)
    settings = uvicorn.Config(app, log_level="critical", ws_max_size=MOST_BYTES)
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(port, session)
    server.should_exit = True
    thread.join()
    listener.close()


def test_the_page_is_given_to_who_knows_the_token(served: Served) -> None:
    """The page and its files come with a policy that lets nothing in from elsewhere."""
    status, content, headers = served.get(f"/{TOKEN}/")
    assert status == 200
    assert b"explorer.js" in content
    assert b'rel="icon"' in content  # else browsers ask this machine for /favicon.ico, in vain
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert served.get(f"/{TOKEN}/explorer.js")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/wrong/",
        "/wrong/explorer.js",
        f"/{TOKEN}x/",
        "/%F0%9F%94%91/",
        f"/{TOKEN}/../server.py",
        f"/{TOKEN}/%2e%2e%2fserver.py",
        f"/{TOKEN}/server.py",
        f"/{TOKEN}/explorer.js%00",
        f"/{TOKEN}/socket",
    ],
)
def test_nothing_else_is_given(served: Served, path: str) -> None:
    """A wrong token and every path that is no file of the page come to one refusal."""
    status, content, _ = served.get(path)
    assert status == 404
    assert b"script" not in content


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil:80"])
def test_a_name_that_was_rebound_is_refused(served: Served, host: str) -> None:
    """Requests under another Host are refused, though token and address are right."""
    assert served.get(f"/{TOKEN}/", host)[0] == 404
    with pytest.raises(InvalidStatus):
        served.open(headers={"Host": host})


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "wrong"},
        {"token": "%F0%9F%94%91"},
        {"origin": "http://evil.example"},
        {"origin": None},
        {"origin": "null"},
        {"origin": "https://127.0.0.1"},
    ],
)
def test_other_pages_get_no_socket(served: Served, wrong: dict[str, Any]) -> None:
    """A socket is refused to a wrong token and to pages of another origin."""
    with pytest.raises(InvalidStatus):
        served.open(**wrong)
    assert served.works()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no JSON",
        "[]",
        '{"type": "evaluate", "id": 1}',
        '{"type": "play", "id": -1}',
        '{"type": "play", "id": 1, "speed": 1e999}',
        '{"type": "play", "id": 1, "speed": NaN}',
        '{"type": "play", "id": 1, "more": 1}',
        '{"type": "step", "id": 1, "steps": 1000001}',
        '{"type": "step", "id": 1, "steps": "1"}',
        "[" * 100_000,
        '{"type": "hello", "id": 1' + "\u00fc" * 3000,
        b"\xff\xfe bytes",
    ],
)
def test_what_is_no_request_ends_the_connection(served: Served, message: str | bytes) -> None:
    """A message that the schema does not know closes that socket with the reason; others go on."""
    with served.open() as page:
        page.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert served.works()


def test_too_long_a_message_ends_the_connection(served: Served) -> None:
    """A message of more bytes than the bound is not even read to its end."""
    with served.open() as page:
        with suppress(ConnectionClosed):
            page.send('{"type": "hello", "id": 1, "x": "' + "x" * MOST_BYTES + '"}')
        with pytest.raises(ConnectionClosed) as closed:
            page.recv(timeout=20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    assert served.works()


def test_many_pages_and_one_too_many(served: Served) -> None:
    """As many pages as are allowed are all served; a further one is refused until one goes."""
    with ExitStack() as opened:
        pages = [opened.enter_context(served.open()) for _ in range(MOST_PAGES)]
        for page in pages[:50]:
            page.send('{"type": "ask_curve", "id": 1, "branch": 0}')
        for page in pages[:50]:
            assert b'"curve"' in bytes(page.recv(timeout=30))
        with pytest.raises(InvalidStatus):
            served.open()
    wait_for(served.works)


def test_pages_that_vanish_in_training(served: Served) -> None:
    """Sockets that break while training runs leave it, and with the last page it pauses."""
    for _ in range(3):
        with served.open() as page:
            page.send('{"type": "play", "id": 1}')
            page.recv(timeout=20)
            page.socket.shutdown(socket.SHUT_RDWR)  # no closing words
    wait_for(lambda: not served.session.training._player.is_playing)
    assert served.works()


def test_a_long_answer_keeps_nobody_waiting(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a page waits for what a step did, it is told of other things."""
    may_go_on = threading.Event()

    def slowly(_training: Training, _asked: Explain) -> None:
        assert may_go_on.wait(timeout=20)
        raise ValueError("at last")

    monkeypatch.setattr("glassgrad.explore.session.explained", slowly)
    with served.open() as page:
        page.send('{"type": "explain", "id": 1, "about": "step"}')
        page.send('{"type": "look", "id": 2, "sample": 0}')
        assert b'"type":"graph"' in bytes(page.recv(timeout=20))
        may_go_on.set()
        assert b"at last" in bytes(page.recv(timeout=20))


def test_a_page_that_goes_while_it_is_sent_numbers(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it closes or breaks, and asks on or not, the server has nothing to complain of."""
    said = logging.getLogger("uvicorn.error")
    said.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.ERROR, logger=said.name):
            for close in (True, False) * 3:
                with served.open() as page:
                    page.send('{"type": "play", "id": 1}')
                    for k in range(40):
                        page.send(f'{{"type": "look", "id": {k}, "sample": {k}}}')
                    page.recv(timeout=20)
                    if not close:
                        page.socket.shutdown(socket.SHUT_RDWR)
            wait_for(lambda: not served.session.training._player.is_playing)
            wait_for(lambda: not served.session._pages)
            assert served.works()
    finally:
        said.removeHandler(caplog.handler)
    assert caplog.text == ""


def wait_for(met: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 20
    while True:
        try:
            if met():
                return
        except InvalidStatus:
            pass
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_page_that_does_not_read_gets_the_latest_alone() -> None:
    """Of reports on how things stand one of a kind waits; too many answers give a page up."""
    woken: list[int] = []
    waiting = outbox.Outbox(lambda: woken.append(1))
    for k in range(10_000):
        waiting.put(Timeline([Branch(None, 0, k, "")], 0), ())
    assert not waiting.is_full
    message = waiting.take()
    assert message is not None
    assert message == packed(Timeline([Branch(None, 0, 9999, "")], 0))
    assert waiting.take() is None
    for k in range(outbox.MOST + 1):
        waiting.put(Refused(k, "no"), ())
    assert waiting.is_full
    assert waiting.take() is None
