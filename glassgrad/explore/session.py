"""A session: takes the requests of pages and reports to all of them, whatever carries both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from .comparing import compared
from .inside.look import graph_of
from .inside.questions import answer_to
from .lessons.judging import filled
from .lessons.telling import lesson, lessons
from .messages.comparing import Compare
from .messages.inside import Ask, Look
from .messages.lessons import AskLessons, Fill, OpenLesson
from .messages.parts import Refused, Report, Request
from .messages.take_away import TakeAway
from .messages.training import (
    AddPoint,
    AskCurve,
    Configure,
    Drawn,
    EditInput,
    EditParameter,
    Hello,
    LeaveOut,
    Pause,
    Peek,
    Peeked,
    Play,
    Reset,
    Seek,
    SetPlane,
    SetSample,
    Step,
    ToEpoch,
    Upload,
)
from .messages.why import Explain, Why
from .take_away import taken
from .training import Training
from .why.because import because
from .why.explaining import explained

_NO_TURN = (Drawn, Explain)  # what waits for nothing, and what takes turns by itself

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

    def prepare(self) -> None:
        """Compute what pages are shown first, while a browser opens."""
        with suppress(Exception), self.training.turn():  # a page that asks is told what is wrong
            self.training.frame()

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
            with self.training.turn():
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
            handler = _HANDLERS[type(request)]
            if isinstance(request, _NO_TURN):
                handler(self, request, page)
            else:
                with self.training.turn():
                    handler(self, request, page)
        except Exception as error:  # noqa: BLE001 -- the user's own network may raise anything
            page(Refused(request.id, str(error) or type(error).__name__), ())


def _hello(session: Session, _request: Hello, page: Emit) -> None:
    for report, buffers in session.training.everything():
        page(report, buffers)


def _drawn(session: Session, request: Drawn, _page: Emit) -> None:
    session.training.drawn(request.serial)


def _peek(session: Session, request: Peek, page: Emit) -> None:
    frame, buffers = session.training.peek(request.step, request.branch)
    page(Peeked(request.id, frame), buffers)


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
    Drawn: _drawn,
    Look: _look,
    Ask: _ask,
    Why: _why,
    Explain: lambda session, request, page: page(explained(session.training, request), ()),
    AskLessons: lambda _session, request, page: page(lessons(request), ()),
    OpenLesson: lambda _session, request, page: page(lesson(request), ()),
    TakeAway: lambda session, request, page: page(*taken(session.training, request)),
    Fill: lambda _session, request, page: page(filled(request), ()),
    Peek: _peek,
    Compare: lambda session, request, page: page(*compared(session.training, request)),
    AskCurve: _ask_curve,
    Play: lambda session, request, _: session.training.play(request.speed),
    Pause: lambda session, _request, _: session.training.pause(),
    Step: lambda session, request, _: session.training.step(request.steps),
    ToEpoch: lambda session, _request, _: session.training.step(session.training.engine.steps_left),
    Reset: lambda session, _request, _: session.training.reset(),
    Configure: lambda session, asked, _: session.training.configure(asked.configuration),
    SetSample: lambda session, asked, _: session.training.set_sample(asked.index),
    SetPlane: lambda session, p, _: session.training.set_plane(p.x, p.y, p.held),
    Seek: lambda session, asked, _: session.training.seek(asked.step, asked.branch),
    EditParameter: lambda session, e, _: session.training.edit_parameter(e.index, e.value),
    EditInput: lambda session, e, _: session.training.edit_input(e.sample, e.input, e.value),
    LeaveOut: lambda session, asked, _: session.training.leave_out(asked.sample, asked.out),
    Upload: lambda session, u, _: session.training.upload(u.name, u.text, u.target),
    AddPoint: lambda session, asked, _: session.training.add_point(asked.inputs, asked.target),
}
