"""The page served on this machine alone.

Note [Who may speak]
The server listens on the loopback address. Everything it gives but refusals needs the token that
stands in the address that `glassgrad explore` opens, which other programs and other pages do not
know. The Host of each request has to be the loopback address, so that a name which resolves to it
(DNS rebinding) is refused; the Origin of the WebSocket has to be this very page.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress

from starlette.applications import Starlette
from starlette.requests import Request as HTTPRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from .assets import ASSETS
from .messages import MessageError, read_request
from .messages.training import Drawn
from .messages.why import Explain
from .outbox import Outbox
from .session import Session

MOST_PAGES = 64  # at a time
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
    " img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>glassgrad</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
viewBox='0 0 16 16'%3E%3Cpath d='M3 3l10 5L3 13' fill='none' stroke='%230a7a5c' \
stroke-width='2'/%3E%3Ccircle cx='13' cy='8' r='2.5' fill='%230a7a5c'/%3E%3C/svg%3E">
<link rel="stylesheet" href="explorer.css">
<body class="glassgrad-page">
<div id="glassgrad-explorer" data-host="socket"></div>
<script type="module" src="explorer.js"></script>
"""
_KINDS = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}


def application(session: Session, port: int, token: str) -> Starlette:
    """Return the server of a session's page, at /TOKEN/ of a port of this machine."""
    pages = 0
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def admitted(connection: HTTPRequest | WebSocket) -> bool:
        given = connection.path_params.get("token", "")
        is_known = secrets.compare_digest(given.encode(), token.encode())
        return connection.headers.get("host") in hosts and is_known

    async def page(request: HTTPRequest) -> Response:
        if not admitted(request):
            return _refusal()
        return Response(_PAGE, media_type="text/html", headers=_HEADERS)

    async def asset(request: HTTPRequest) -> Response:
        name = request.path_params["name"]
        path = next((path for path in ASSETS.iterdir() if path.name == name), None)
        if not admitted(request) or path is None or path.suffix not in _KINDS:
            return _refusal()
        return Response(path.read_bytes(), media_type=_KINDS[path.suffix], headers=_HEADERS)

    async def socket(connection: WebSocket) -> None:
        origin = connection.headers.get("origin", "")
        if not admitted(connection) or origin not in {f"http://{host}" for host in hosts}:
            await connection.close(4403)
            return
        nonlocal pages
        if pages == MOST_PAGES:
            await connection.close(1013)
            return
        pages += 1
        try:
            await connection.accept()
            await _serve(connection, session)
        except asyncio.CancelledError:
            pass  # the program ends, and need not say what each page was waiting for
        finally:
            pages -= 1

    return Starlette(
        routes=[
            Route("/{token}/", page),
            WebSocketRoute("/{token}/socket", socket),
            Route("/{token}/{name}", asset),
        ]
    )


def _refusal() -> Response:
    text = "There is nothing here. Open the address that `glassgrad explore` printed."
    return PlainTextResponse(text, status_code=404, headers=_HEADERS)


async def _serve(connection: WebSocket, session: Session) -> None:
    """Carry messages both ways until the page goes; see Note [Slow pages]."""
    loop = asyncio.get_running_loop()
    woken = asyncio.Event()
    outbox = Outbox(lambda: loop.call_soon_threadsafe(woken.set))
    session.join(outbox.put)
    sending = asyncio.create_task(_send(connection, outbox, woken))
    wrong, aside = "", None
    try:
        while _is_open(connection):
            request = read_request(await connection.receive_text())
            if isinstance(request, Drawn):  # which waits for nothing, and comes with each frame
                session.handle(request, outbox.put)
                continue
            handled = asyncio.create_task(asyncio.to_thread(session.handle, request, outbox.put))
            if isinstance(request, Explain) and (aside is None or aside.done()):
                aside = handled  # which takes long: others need not wait for it
            else:
                await handled
    except WebSocketDisconnect:
        pass
    except (MessageError, KeyError) as error:  # KeyError: bytes came in the place of text
        wrong = str(error) or "text was expected"
    finally:
        sending.cancel()
        loop.run_in_executor(None, session.leave, outbox.put)  # it may wait long for its turn
    if wrong:
        await _close(connection, 1008, wrong)


async def _send(connection: WebSocket, outbox: Outbox, woken: asyncio.Event) -> None:
    """Send what waits until the page goes; give one up that does not read."""
    with suppress(WebSocketDisconnect):
        while not outbox.is_full:
            await woken.wait()
            woken.clear()
            while (message := outbox.take()) is not None:
                await connection.send_bytes(message)
    await _close(connection, 1013, "The page did not read what it was sent.")


def _is_open(connection: WebSocket) -> bool:
    """Whether nothing has yet found the page gone: it may go while it is sent something."""
    return connection.application_state is WebSocketState.CONNECTED


async def _close(connection: WebSocket, code: int, why: str) -> None:
    """End a connection, where the page is still there to be told why."""
    reason = why.encode()[:120].decode(errors="ignore")  # as much as a close may say
    if _is_open(connection):
        with suppress(WebSocketDisconnect):
            await connection.close(code, reason)
