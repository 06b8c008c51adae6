"""A session about an expression alone: a Value, or a function of numbers."""

from __future__ import annotations

from typing import Any

from ..lessons.judging import filled
from ..lessons.telling import lesson, lessons
from ..messages.inside import Ask, Expression, Look
from ..messages.lessons import AskLessons, Fill, OpenLesson
from ..messages.parts import Refused, Report, Request
from ..messages.training import Drawn, Hello
from ..messages.why import Explain, Why
from ..session import Emit, Session
from ..why.because import because
from ..why.code import function_code
from .look import graph_of
from .questions import answer_to
from .subjects import Subject, subject_of


class ExpressionSession(Session):
    """What pages explore where there is an expression and nothing to train."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    def prepare(self) -> None:
        """There is nothing that pages are shown unasked."""

    def join(self, page: Emit) -> None:
        """Nothing happens here that pages do not ask for, so there is nothing to tell them."""

    def leave(self, page: Emit) -> None:
        """See `join`."""

    def handle(self, request: Request, page: Emit) -> None:
        """Answer what a page asks for; tell it why where that cannot be."""
        try:
            report = self._answer(request)
        except Exception as error:  # noqa: BLE001 -- the user's own function may raise anything
            report = Refused(request.id, str(error) or type(error).__name__)
        if report is not None:
            page(report, ())

    def _answer(self, request: Request) -> Report | None:
        match request:
            case Hello():
                return Expression(self.subject.title)
            case Look():
                return graph_of(self.subject, request)
            case Ask():
                return answer_to(self.subject, request)
            case Why():
                return because(self.subject, request)
            case Explain(about="code"):
                return function_code(self.subject, request)
            case AskLessons():
                return lessons(request)
            case OpenLesson():
                return lesson(request)
            case Fill():
                return filled(request)
            case Drawn():
                return None
        raise ValueError("This is an expression; there is no network to train.")


def expression_session(thing: Any) -> ExpressionSession:
    """Return a session for a Value, or for a function of numbers that returns one.

    Raises:
        ValueError: it is neither, or cannot be looked into; says what can.
    """
    return ExpressionSession(subject_of(thing))
