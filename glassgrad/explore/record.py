"""A saved explorer: one HTML file with the page and recorded numbers, which needs no Python.

A record is a table from requests to the reports that answered them, as `page/src/hosts/recorded.ts`
reads it. Frames of a training run are thinned until they fit; the page goes to the nearest one.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec

from . import assets
from .messages import REQUESTS, packed
from .messages.inside import Ask, Graph, Look, Question
from .messages.lessons import AskLessons, Lessons, OpenLesson
from .messages.parts import Refused, Report, Request
from .messages.take_away import Kind, TakeAway
from .messages.training import AskCurve, Frame, Hello, Peek, Peeked, Setup, Timeline
from .messages.why import About, Explain, Why
from .session import Session

MOST_BYTES = 6_000_000
"""Of the recorded numbers, before they are packed; the file is not longer by much."""

_MOST_FRAMES = 100
_KINDS: tuple[Kind, ...] = ("svg", "png", "code", "weights", "log")
_FEW_NODES = 120  # an expression so small is recorded with the answers about each of its nodes
_PLAIN: tuple[Question, ...] = ("difference", "second", "sweep", "inputs", "movers", "order")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline';
 style-src 'unsafe-inline'; img-src data: blob:; font-src data:">
<title>glassgrad</title>
<style>{style}</style>
<body class="glassgrad-page">
<div id="glassgrad-explorer" data-host="recorded"></div>
<script type="application/json" id="glassgrad-record">{record}</script>
<script type="module">{script}</script>
"""


@dataclass
class _Recording:
    """Messages one after another, and where the answers to each request stand among them."""

    messages: list[bytes] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    frames: list[tuple[int, int, int]] = field(default_factory=list)  # branch, step, message
    size: int = 0

    def add(self, report: Report, buffers: Sequence[bytes]) -> int:
        """Take a message and return its number."""
        self.messages.append(packed(report, buffers))
        self.size += len(self.messages[-1])
        return len(self.messages) - 1


def saved(session: Session, samples: Sequence[int] | None = None) -> bytes:
    """Return the file: what a session shows now, how it came to be, and what can be looked into.

    Args:
        session: is left as it is.
        samples: those whose expressions can be stepped through; by default the one at hand.
    """
    record = _Recording()
    _record_session(session, record, samples)
    stream = zlib.compress(b"".join(record.messages), 9)
    said = {
        "stream": base64.b64encode(stream).decode(),
        "lengths": [len(message) for message in record.messages],
        "answers": record.answers,
        "frames": record.frames,
        "shown": record.answers[_key(Hello(id=0))][-1],
        "defaults": {request.__struct_config__.tag: _defaults(request) for request in REQUESTS},
    }
    text = json.dumps(said, separators=(",", ":")).replace("<", "\\u003c")
    script = assets.script().replace("</script", "<\\/script")
    return _PAGE.format(style=assets.style(), record=text, script=script).encode()


def _record_session(session: Session, record: _Recording, samples: Sequence[int] | None) -> None:
    """Record what the views ask for, the most important first, until there is no more room."""
    first = _answers(session, Hello(id=0))
    _keep(record, Hello(id=0), first)
    reports = {type(report): report for report, _ in first}
    setup, timeline, frame = reports.get(Setup), reports.get(Timeline), reports.get(Frame)
    about: Sequence[int] = samples or ((frame.sample.index,) if isinstance(frame, Frame) else (0,))
    for sample in about:
        _record_inside(session, record, sample)
    for what in _KINDS:
        _record(session, record, TakeAway(id=0, what=what))
    for report in _record(session, record, AskLessons(id=0)):
        if isinstance(report, Lessons):
            for head in report.lessons:
                _record(session, record, OpenLesson(id=0, name=head.name))
    if isinstance(setup, Setup):
        for subject in get_args(About):
            _record(session, record, Explain(id=0, about=subject))
        for parameter in setup.parameters:
            _record(session, record, Why(id=0, parameter=parameter))
    if isinstance(timeline, Timeline) and isinstance(frame, Frame):
        for branch in range(len(timeline.branches)):
            _record(session, record, AskCurve(id=0, branch=branch))
        _record_frames(session, record, timeline, frame)


def _record_inside(session: Session, record: _Recording, sample: int) -> None:
    """Record what can be asked of one sample's expression."""
    first = _record(session, record, Look(id=0, sample=sample))
    _record(session, record, Look(id=0, sample=sample, detail="all"))
    for graph in first:
        if not isinstance(graph, Graph):
            return
        small = len(graph.nodes) <= _FEW_NODES
        for node in range(len(graph.nodes)) if small else [box.node for box in graph.boxes]:
            _record(session, record, Look(id=0, sample=sample, focus=node, detail="focus"))
            for question in _PLAIN:
                _record(session, record, Ask(id=0, sample=sample, node=node, question=question))


def _record_frames(session: Session, record: _Recording, timeline: Timeline, now: Frame) -> None:
    """Record the frame at hand, and those of all branches evenly thinned to what has room."""
    index = record.answers[_key(Hello(id=0))][-1]
    each = len(record.messages[index])
    record.frames.append((now.branch, now.step, index))
    places = [
        (number, step)
        for number, branch in enumerate(timeline.branches)
        for step in range(branch.step, branch.last + 1)
        if (number, step) != (now.branch, now.step)
    ]
    count = min(_MOST_FRAMES, len(places), max(1, (MOST_BYTES - record.size) // each))
    for i in range(count):
        branch, step = places[i * (len(places) - 1) // max(1, count - 1)]
        for report, buffers in _answers(session, Peek(id=0, step=step, branch=branch)):
            if isinstance(report, Peeked):
                record.frames.append((branch, step, record.add(report.frame, buffers)))
    record.frames.sort()


def _record(session: Session, record: _Recording, request: Request) -> list[Report]:
    """Record what is answered to a request, and return it; nothing where there is no room."""
    if record.size >= MOST_BYTES // 2:
        return []
    answers = _answers(session, request)
    reports = [report for report, _ in answers]
    if not any(isinstance(report, Refused) for report in reports):
        _keep(record, request, answers)
    return reports


def _keep(
    record: _Recording, request: Request, answers: list[tuple[Report, Sequence[bytes]]]
) -> None:
    record.answers[_key(request)] = [record.add(*answer) for answer in answers]


def _answers(session: Session, request: Request) -> list[tuple[Report, Sequence[bytes]]]:
    """Return what a session answers to one page alone."""
    found: list[tuple[Report, Sequence[bytes]]] = []
    session.handle(request, lambda report, buffers: found.append((report, list(buffers))))
    return found


def _key(request: Request) -> str:
    """Return a request as text that the page writes in the same way."""
    said = {name: value for name, value in msgspec.to_builtins(request).items() if name != "id"}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _defaults(request: type[Request]) -> dict[str, Any]:
    """Return what a page may leave out of a request, with what it then means."""
    fields = msgspec.structs.fields(request)
    return {f.name: f.default for f in fields if f.default is not msgspec.NODEFAULT}
