import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from glassgrad.explore import record, widget
from glassgrad.explore.configuration import START
from glassgrad.explore.messages import packed
from glassgrad.explore.messages.inside import Look
from glassgrad.explore.session import Session
from glassgrad.explore.start import Start
from glassgrad.explore.training import Training
from glassgrad.explore.widget import Explorer


@pytest.fixture
def shown() -> Explorer:
    """A network on forty moons after 3 steps."""
    return Explorer(Session(trained()))


def trained() -> Training:
    """Return a training that stands at its third step."""
    few = msgspec.structs.replace(START, size=40)
    training = Training(Start(few), compiled=False)
    for _ in range(3):
        training.step()
    return training


def content(page: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Return a saved file's record and the messages in it."""
    found = re.search(rb'id="glassgrad-record">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    said = json.loads(found[1])
    stream = zlib.decompress(base64.b64decode(said["stream"]))
    messages, at = [], 0
    for length in said["lengths"]:
        messages.append(stream[at : at + length])
        at += length
    assert at == len(stream)
    return said, messages


def test_answers_are_those_of_the_session(shown: Explorer) -> None:
    """A recorded answer is, to the byte, what the session says to the same request."""
    said, messages = content(record.saved(shown.session))
    now: list[bytes] = []
    request = Look(id=0, sample=shown.session.training.view.sample, detail="all")
    shown.session.handle(request, lambda *report: now.append(packed(*report)))
    key = {"type": "look", "sample": request.sample, "detail": "all", "focus": -1}
    text = json.dumps(key | {"held": [], "five": False}, sort_keys=True, separators=(",", ":"))
    assert [messages[i] for i in said["answers"][text]] == now
    assert said["defaults"]["look"]["focus"] == -1


def test_what_is_explored_stays_as_it_was(shown: Explorer) -> None:
    """Saving moves nothing: the next frame is the one before it."""
    before, _ = shown.session.training.frame()
    record.saved(shown.session)
    after, _ = shown.session.training.frame()
    assert (after.step, after.branch, after.training) == (
        before.step,
        before.branch,
        before.training,
    )


def test_the_file_is_bounded(shown: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With less room less is recorded, the first report always."""
    monkeypatch.setattr(record, "MOST_BYTES", 1)
    said, _ = content(record.saved(shown.session))
    assert [key for key in said["answers"] if '"hello"' not in key] == []


def test_text_of_the_user_ends_no_script(shown: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a script's end in it stays inside the record."""
    key = record._key
    monkeypatch.setattr(record, "_key", lambda request: key(request) + "</script>b")
    page = record.saved(shown.session)
    assert "</script>b" in "".join(content(page)[0]["answers"])
    assert page.count(b"</script>") == 2


def test_saving_where_there_is_no_folder_says_so(
    shown: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be written is named with the reason."""
    monkeypatch.setattr(widget, "saved", lambda *_: b"")
    with pytest.raises(OSError, match=r"x\.html could not be written: No such file"):
        shown.save(tmp_path / "none" / "x.html")
