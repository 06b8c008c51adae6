"""The server of the explorer's page, from its first moment to Ctrl-C."""

from __future__ import annotations

import errno
import secrets
import socket
import threading
from collections.abc import Callable

import uvicorn

from .messages import MOST_BYTES
from .server import application
from .session import Session


class _Server(uvicorn.Server):
    """Tells when it is up, and ends at once."""

    def __init__(self, settings: uvicorn.Config, up: Callable[[], None]) -> None:
        super().__init__(settings)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._up()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self.server_state.tasks:  # pages stay open; they need not be waited for
            task.cancel()
        await super().shutdown(sockets)


def serve(session: Session, port: int, up: Callable[[str], None]) -> None:
    """Serve a session's page until Ctrl-C.

    Args:
        session: what is explored.
        port: of this machine; 0: any that is free.
        up: is called with the page's address once it can be opened.

    Raises:
        OSError: the port is in use, or may not be used.
    """
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                f"Port {port} is in use by another program. Choose another --port, or none: then"
                " any that is free is taken."
            ) from None
        raise
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(16)
    settings = uvicorn.Config(
        application(session, port, token),
        log_level="warning",
        ws_max_size=MOST_BYTES,
        ws_per_message_deflate=False,  # nothing goes further than this machine
        timeout_graceful_shutdown=1,
    )

    def ready() -> None:
        threading.Thread(target=session.prepare, daemon=True).start()
        up(f"http://127.0.0.1:{port}/{token}/")

    with listener:
        server = _Server(settings, ready)
        server.run(sockets=[listener])
