"""A stopped run on disk: everything that it takes to go on as if it had never stopped.

The file is JSON, in which a float keeps every bit, with a digest, so that damage is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..files import write_atomically

FORMAT = 1


class CheckpointError(ValueError):
    """A checkpoint is damaged, or belongs to another run; the message says what differs."""


def save_checkpoint(path: Path, facts: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: of the file.
        facts: what makes the run this one and no other, such as its seed and the data's digest.
        state: where it stands.

    Raises:
        OSError: it cannot be written; an older checkpoint is untouched.
    """
    content = json.dumps({"format": FORMAT, "facts": facts, "state": state})
    write_atomically(path, f"{_digest(content)}\n{content}\n".encode())


def load_checkpoint(path: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return where the run of a checkpoint stands.

    Args:
        path: of the file.
        facts: what makes the run that wants to go on; those of the file must be the same.

    Raises:
        CheckpointError: the file is damaged, of another format, or of another run.
    """
    kept = read_checkpoint(path)
    there = kept["facts"]
    other = [
        f"{name} was {_shown(there.get(name))}, now it is {_shown(fact)}"
        for name, fact in facts.items()
        if there.get(name) != fact
    ]
    if other:
        raise CheckpointError(
            f"{path} belongs to another run: {'; '.join(other)}. Go on with what it was begun"
            " with, or begin a new run with another checkpoint file."
        )
    state: dict[str, Any] = kept["state"]
    return state


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Return the facts and the state in a checkpoint file, or raise CheckpointError."""
    try:
        digest, _, content = path.read_text("utf-8").partition("\n")
        if digest != _digest(content.rstrip("\n")):
            raise ValueError
        kept: dict[str, Any] = json.loads(content)
    except ValueError:
        raise CheckpointError(
            f"{path} is no whole checkpoint: it was cut short or changed. Begin the run anew."
        ) from None
    if kept["format"] != FORMAT:
        raise CheckpointError(
            f"{path} has format {kept['format']}, and this version of glassgrad reads {FORMAT}."
            " Go on with the version that wrote it."
        )
    return kept


def digest_of(data: Any) -> str:
    """Return a short digest of numbers and texts in lists, the same for the same bits."""
    return _digest(json.dumps(data, default=description_of))[:16]


def description_of(thing: Any) -> str:
    """Return a thing's own description, without the address that it has in this process."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(thing))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(fact: Any) -> str:
    return "absent" if fact is None else str(fact)
