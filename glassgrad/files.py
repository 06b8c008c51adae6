"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


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
