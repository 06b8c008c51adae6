"""The explorer in a cell of a notebook, Jupyter's or marimo's, by anywidget.

Each view of the widget, one for every place where it is shown, is a page of the session of its own:
its messages carry its number, and with the last view that is closed training pauses.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import anywidget

from ..files import write_atomically
from . import assets
from .messages import MessageError, packed, read_request
from .messages.parts import Refused, Report
from .record import saved
from .session import Emit, Session
from .subject import session_of


class Explorer(anywidget.AnyWidget):
    """What `gg.explore` returns: a notebook shows it as the page that `glassgrad explore` opens.

    Args:
        session: what is explored.
    """

    _esm = assets.script()
    _css = assets.style()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._views: dict[int, Emit] = {}
        self.on_msg(self._take)

    def save(self, path: str | os.PathLike[str], samples: Sequence[int] | None = None) -> int:
        """Write what is shown as one HTML file that opens offline from disk.

        It holds recorded numbers: the training so far, thinned to what fits, can be gone through
        step by step, and the expressions of `samples` looked into. Training on needs Python.

        Args:
            path: of the file, written whole or not at all.
            samples: numbers of samples; by default the one at hand.

        Returns:
            The file's size in bytes: the page's 0.2 million, and at most 8 million of numbers.

        Raises:
            OSError: the file cannot be written; the message says why.
        """
        content = saved(self.session, samples)
        write_atomically(path, content)
        return len(content)

    def close(self) -> None:
        """End what runs in the background, and every view."""
        for view in list(self._views):
            self._leave(view)
        super().close()

    def _take(self, _widget: Explorer, content: dict[str, Any], _buffers: Sequence[Any]) -> None:
        """Do what a view asks for; a message without a request says that the view has gone."""
        view = int(content["view"])
        if "request" not in content:
            self._leave(view)
            return
        if view not in self._views:
            self._views[view] = self._page(view)
            self.session.join(self._views[view])
        try:
            request = read_request(content["request"])
        except MessageError as error:
            self._views[view](Refused(0, str(error)), ())
        else:
            self.session.handle(request, self._views[view])

    def _page(self, view: int) -> Emit:
        def emit(report: Report, buffers: Sequence[bytes]) -> None:
            self.send({"view": view}, [packed(report, buffers)])

        return emit

    def _leave(self, view: int) -> None:
        if page := self._views.pop(view, None):
            self.session.leave(page)


def explore(
    thing: Any = None,
    X: Sequence[Any] | None = None,
    y: Sequence[Any] | None = None,
    *,
    target: str | None = None,
) -> Explorer:
    """Return a page for a notebook's cell, or to save as a file.

    Args:
        thing: a network, a `data.Table`, a Value, or a function of numbers that returns one; by
            default a small network on moons.
        X: the samples of a network; without them it trains on a toy set that fits.
        y: their classes or numbers.
        target: the column of a table that is predicted; by default the last.

    Raises:
        ValueError: it is none of these, or does not fit the samples; the message says in what.
    """
    return Explorer(session_of(thing, X, y, target=target))
