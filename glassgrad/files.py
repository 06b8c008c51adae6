"""What is written down: files, whole or not at all, and lines of JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any


def json_line(fields: Mapping[str, Any]) -> str:
    """Return a JSON object on one line, with null for inf and nan, which JSON does not have."""
    try:
        return json.dumps(fields, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(fields))


def _finite(nest: Any) -> Any:
    if isinstance(nest, Mapping):
        return {key: _finite(part) for key, part in nest.items()}
    if isinstance(nest, (list, tuple)):
        return list(map(_finite, nest))
    return None if isinstance(nest, float) and not math.isfinite(nest) else nest


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Put `content` at `path` in one move; what was there before stays until that move.

    When it returns, the content is on the disk and not only in the system's memory.

    Raises:
        OSError: the file cannot be written (no room, no permission, no such folder); the message
            tells which file and why, and that what stood there before is untouched.
    """
    place = Path(os.path.realpath(path))  # through a link, so that the link stays one
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
        _keep_name(place.parent)
    except OSError as error:
        kept = " The file that was there before is untouched." if place.exists() else ""
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"{path} could not be written: {reason}.{kept}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _keep_name(folder: Path) -> None:
    """Have the folder's list of names on the disk too, where the system lets one open folders."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
