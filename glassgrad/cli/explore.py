"""`glassgrad explore`: the page in the browser."""

from __future__ import annotations

import click


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any that is free.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def explore(port: int, no_browser: bool) -> None:
    """Open a network in the browser and see every number move."""
    import secrets
    import socket
    import webbrowser

    import uvicorn

    from ..explore.server import application
    from ..explore.session import Session
    from ..explore.training import Training

    listener = socket.create_server(("127.0.0.1", port))
    port = listener.getsockname()[1]
    token = secrets.token_urlsafe(16)
    address = f"http://127.0.0.1:{port}/{token}/"
    click.echo(address)
    if not no_browser:
        webbrowser.open(address)
    app = application(Session(Training()), port, token)
    settings = uvicorn.Config(app, log_level="warning", ws_max_size=4_000_000)
    uvicorn.Server(settings).run(sockets=[listener])
