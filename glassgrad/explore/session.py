"""A session: takes the requests of pages and reports to all of them, whatever carries both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from .inside.look import graph_of
from .inside.questions import answer_to
from .messages.inside import Ask, Look
from .messages.parts import Refused, Report, Request
from .messages.training import AskCurve, Drawn, Hello, Pause, Play, SetSample, Step
from .messages.why import Why
from .training import Training
from .why.because import because

Emit = Callable[[Report, Sequence[bytes]], None]
"""Takes a report and its buffers to one page; called from any thread."""


class Session:
    """What one or several pages explore together.

    Args:
        training: the network, its samples and its steps.
    """

    def __init__(self, training: Training) -> None:
        self.training = training
        self._pages: list[Emit] = []
        self._lock = threading.Lock()
        training.tell = self.tell

    def join(self, page: Emit) -> None:
        """Report to a further page."""
        with self._lock:
            self._pages.append(page)

    def leave(self, page: Emit) -> None:
        """Report to a page no more; with the last one training pauses."""
        with self._lock:
            self._pages.remove(page)
            last = not self._pages
        if last:
            self.training.pause()

    def tell(self, report: Report, buffers: Sequence[bytes] = ()) -> None:
        """Report to every page."""
        with self._lock:
            pages = list(self._pages)
        for page in pages:
            page(report, buffers)

    def handle(self, request: Request, page: Emit) -> None:
        """Do what a page asks for; tell it why where that cannot be."""
        try:
            handler = _HANDLERS.get(type(request))
            if handler is None:
                raise ValueError("This is not answered yet.")
            handler(self, request, page)
        except ValueError as error:
            page(Refused(request.id, str(error)), ())


def _hello(session: Session, _request: Hello, page: Emit) -> None:
    page(session.training.setup(), ())
    page(session.training.timeline(), ())
    page(*session.training.curve_of(0))
    page(*session.training.frame())


def _play(session: Session, request: Play, _page: Emit) -> None:
    session.training.play(request.speed)


def _pause(session: Session, _request: Pause, _page: Emit) -> None:
    session.training.pause()


def _step(session: Session, request: Step, _page: Emit) -> None:
    session.training.step(request.steps)


def _drawn(session: Session, request: Drawn, _page: Emit) -> None:
    session.training.drawn(request.serial)


def _set_sample(session: Session, request: SetSample, _page: Emit) -> None:
    session.training.set_sample(request.index)


def _ask_curve(session: Session, request: AskCurve, page: Emit) -> None:
    page(*session.training.curve_of(request.branch))


def _look(session: Session, request: Look, page: Emit) -> None:
    page(graph_of(session.training.network(), request), ())


def _ask(session: Session, request: Ask, page: Emit) -> None:
    page(answer_to(session.training.network(), request), ())


def _why(session: Session, request: Why, page: Emit) -> None:
    page(because(session.training.network(), request), ())


_HANDLERS: dict[type[Request], Callable[..., None]] = {
    Hello: _hello,
    Play: _play,
    Pause: _pause,
    Step: _step,
    Drawn: _drawn,
    SetSample: _set_sample,
    AskCurve: _ask_curve,
    Look: _look,
    Ask: _ask,
    Why: _why,
}
